"""Recipes in files: downloaded, dropped and opened on the page, and read by the endpoint."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, PngImagePlugin
from playwright.sync_api import expect

from tests.support.gateway import Gateway, reply
from tests.support.inscribed import make_picture, recipe_with
from tests.support.served import App
from tests.support.studio import PHOTOS, Studio
from volcedit.notebook.inscription import inscribe

ROCKET = (PHOTOS / "rocket.jpg").read_bytes()
COFFEE = base64.b64encode((PHOTOS / "coffee.png").read_bytes()).decode()
DONE = {
    "code": 10000,
    "data": {"binary_data_base64": [base64.b64encode(ROCKET).decode()]},
    "request_id": "r-1",
}
PROMPT = '把背景换成“雪山” 🏔 "quoted"\nnew line'


@pytest.fixture(scope="module")
def app(server: Gateway, start_app: Callable[..., App]) -> App:
    return start_app(VOLCEDIT_BASE_URL=server.url, VOLCEDIT_API_KEY="key")


@pytest.fixture
def gateway(server: Gateway) -> Gateway:
    server.requests.clear()
    server.script(reply(200, DONE))
    return server


@pytest.fixture
def studio(visit: Callable[..., Studio], app: App, gateway: Gateway) -> Studio:
    return visit(app)


def set_everything(studio: Studio) -> None:
    """Change every control from its default."""
    studio["more"].get_by_role("button").first.click()
    studio["negative-prompt"].locator("input, textarea").fill("rain")
    studio["delivery"].get_by_label("as a link").check()
    studio["watermark"].locator("input").check()
    studio["watermark-text"].locator("input, textarea").fill("试验 🐈")
    studio["watermark-language"].get_by_label("English").check()
    studio["watermark-position"].get_by_label("top left").check()
    studio.set_number("watermark-opacity", 0.37)
    studio.set_number("scale", 0.73)


CONTROLS = """() => ['prompt', 'negative-prompt', 'scale', 'seed', 'count', 'delivery', 'model',
  'mode', 'watermark', 'watermark-text', 'watermark-language', 'watermark-position',
  'watermark-opacity'].map(id => {
    const box = document.getElementById(id), tick = box.querySelector('input[type=checkbox]');
    return [id, tick ? tick.checked :
      box.querySelector('textarea, input[type=number], input[type=text], input:checked').value];
  })"""


def controls(studio: Studio) -> list:
    return studio.page.evaluate(CONTROLS)


def download(studio: Studio, link: str) -> dict:
    """Download a file from the page, as `drop` takes it."""
    with studio.page.expect_download() as download:
        studio["compare"].get_by_role("link", name=link).click()
    name = download.value.suggested_filename
    return {"name": name, "mimeType": "image/jpeg", "buffer": download.value.path().read_bytes()}


def drop(studio: Studio, file: dict) -> None:
    """Drop `file` onto the results, where no component of Gradio accepts it."""
    studio.page.evaluate(
        """async ({name, mimeType, text}) => {
          const data = await (await fetch(`data:${mimeType};base64,${text}`)).blob();
          const transfer = new DataTransfer();
          transfer.items.add(new File([data], name, {type: mimeType}));
          document.querySelector('#look').dispatchEvent(
            new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer}));
        }""",
        file | {"text": base64.b64encode(file.pop("buffer")).decode()},
    )


def download_of(picture: bytes, prompt: str) -> dict:
    """A picture with a recipe, as downloaded from another app."""
    data = inscribe(picture, recipe_with(prompt=prompt))
    return {"name": "elsewhere.png", "mimeType": "image/png", "buffer": data}


def edit_everything(studio: Studio) -> dict:
    """Make an edit with every control changed, and download it."""
    set_everything(studio)
    studio.edit(PROMPT, seed=2147483647)
    return download(studio, "Download")


def with_parameters(text: str) -> dict:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", text)
    data = make_picture("PNG", pnginfo=info)
    return {"name": "cat.png", "mimeType": "image/png", "buffer": data}


def test_a_file_fills_what_it_can_and_a_result_restores_every_control_and_the_photo(
    studio: Studio, gateway: Gateway, app: App, client: Client, tmp_path: Path
) -> None:
    # Another tool's file fills what it can.
    text = "a cat in boots\nNegative prompt: dog\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5"
    studio["by-url"].locator("input[type=file]").set_input_files(with_parameters(text))
    expect(studio["recipe-note"]).to_contain_text("another tool")
    expect(studio["prompt"].locator("textarea")).to_have_value("a cat in boots")
    expect(studio["prompt-count"]).to_contain_text("14 / 120")
    assert studio.form() | {"count": ""} == {
        "prompt": "a cat in boots", "seed": "5", "scale": "0.5", "count": "",
    }  # fmt: skip

    # A downloaded picture contains its recipe, and its pixels are unchanged.
    result = edit_everything(studio)
    assert result["name"].endswith("-seed-2147483647.jpg")
    picture, came = Image.open(io.BytesIO(result["buffer"])), Image.open(io.BytesIO(ROCKET))
    assert picture.tobytes() == came.tobytes()
    comment = picture.getexif().get_ifd(0x8769)[0x9286].decode("utf-16-be", "replace")
    assert "Seed: 2147483647, CFG scale: 0.73" in comment

    # The endpoint returns it.
    newest = max(app.data_dir.rglob("records/*.json"), key=lambda path: path.name)
    recipe = read(client, result["buffer"], tmp_path / "snow.jpg")
    assert len(recipe.pop("id")) == 64
    assert recipe == json.loads(newest.read_text("utf-8"))["recipe"]

    # A dropped JSON recipe fills at once.
    before = controls(studio)
    studio.write("something else")
    drop(studio, {"name": "r.json", "mimeType": "application/json", "buffer": newest.read_bytes()})
    expect(studio["recipe-note"]).to_contain_text("including the photo")
    assert controls(studio) == before

    # In a new tab, files without a recipe offer none.
    studio.reopen()
    as_before = [name for name, value in controls(studio) if [name, value] in before]
    assert as_before == ["count", "model", "mode"]
    studio["by-url"].locator("input[type=file]").set_input_files(PHOTOS / "chelsea.png")
    expect(studio.page.get_by_test_id("toast-body")).to_contain_text("contains no recipe")
    studio.choose_photo(PHOTOS / "chelsea.png")
    expect(studio["use-recipe"]).to_be_hidden()
    expect(studio["recipe-note"]).to_be_hidden()

    # Dropping the result restores everything.
    drop(studio, result)
    expect(studio["photo-note"]).to_contain_text("JPEG")
    expect(studio["recipe-note"]).to_contain_text("contains its recipe")
    expect(studio["recipe-note"]).to_contain_text("seed 2147483647")
    studio["use-recipe"].click()
    expect(studio["recipe-note"]).to_contain_text("including the photo")
    expect(studio["photo-note"]).to_contain_text("451×300 PNG")
    expect(studio["use-recipe"]).to_be_hidden()
    assert controls(studio) == before
    studio.run()
    first, again = gateway.requests
    assert again.body == first.body


def clear_photo(studio: Studio) -> None:
    studio["image"].get_by_role("button", name="Clear").or_(
        studio["image"].get_by_role("button", name="Remove")
    ).first.click()


def test_another_visitor_must_supply_the_photo_which_is_checked_and_may_carry_a_recipe(
    visit: Callable[..., Studio], studio: Studio, app: App, gateway: Gateway
) -> None:
    result = edit_everything(studio)
    made = gateway.requests[-1]
    other = visit(app)
    drop(other, result)
    other["use-recipe"].click()
    expect(other["recipe-note"]).to_contain_text("not in this notebook")
    expect(other["recipe-note"]).to_contain_text("451×300 PNG")
    expect(other["image"].locator("img")).to_have_count(0)
    other.choose_photo(PHOTOS / "rocket.jpg")
    expect(other["recipe-note"].get_by_role("alert")).to_contain_text("not the recipe's photo")
    drop(other, download_of(make_picture("PNG", size=(60, 40)), "make it rain"))
    expect(other["recipe-note"].get_by_role("alert")).to_contain_text("not the recipe's photo")
    expect(other["recipe-note"]).to_contain_text("make it rain")
    expect(other["use-recipe"]).to_be_visible()
    clear_photo(other)
    expect(other["recipe-note"]).to_contain_text("not in this notebook")
    other.choose_photo(PHOTOS / "chelsea.png")
    expect(other["recipe-note"]).to_contain_text("byte for byte")
    other.run()
    assert len(gateway.requests) == 2
    assert gateway.requests[-1].body == made.body

    # The photo may itself carry a recipe. The other visitor already has the first result.
    gateway.script(reply(200, DONE | {"data": {"binary_data_base64": [COFFEE]}}))
    studio.edit("make it snow")
    parent = download(studio, "Download")
    studio["use-as-input"].click()
    expect(studio["photo-note"]).to_contain_text("600×400")
    studio.write("sepia")
    studio.run()
    made = gateway.requests[-1]
    child = download(studio, "Download")
    drop(other, child)
    other["use-recipe"].click()
    expect(other["recipe-note"]).to_contain_text("not in this notebook")
    drop(other, parent)
    expect(other["recipe-note"]).to_contain_text("byte for byte")
    other.run()
    assert len(gateway.requests) == 5
    assert gateway.requests[-1].body == made.body


# ── the endpoint ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def client(app: App) -> Client:
    return Client(app.url, verbose=False, analytics_enabled=False)


def read(client: Client, data: bytes, path: Path) -> dict:
    path.write_bytes(data)
    return client.predict(file=handle_file(str(path)), api_name="/recipe")


def test_the_endpoint_returns_what_another_tool_wrote(client: Client, tmp_path: Path) -> None:
    file = with_parameters("a cat\nSteps: 20, CFG scale: 0.4, Seed: 5, Size: 45x30")
    assert read(client, file["buffer"], tmp_path / "cat.png") == {
        "prompt": "a cat", "negative_prompt": "", "seed": 5, "scale": 0.4, "model": "",
        "width_px": 45, "height_px": 30,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "said"),
    [(ROCKET, "no recipe"), (b'{"format": 2}', "newer version"), (b"\xff\xd8\xff", "damaged")],
)
def test_the_endpoint_says_why_there_is_no_recipe(
    client: Client, data: bytes, said: str, tmp_path: Path
) -> None:
    with pytest.raises(AppError, match=said):
        read(client, data, tmp_path / "file.jpg")
