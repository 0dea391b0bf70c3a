"""Bad input in the page: a message where it belongs, nothing sent, nothing lost."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.gateway import Gateway, reply
from tests.support.served import App
from tests.support.studio import PHOTOS, Studio


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    with Gateway() as gateway:
        gateway.script(reply(500))
        yield gateway


@pytest.fixture(scope="module")
def app(server: Gateway, start_app: Callable[..., App]) -> App:
    return start_app(VOLCEDIT_BASE_URL=server.url, VOLCEDIT_MAX_ATTEMPTS="1")


@pytest.fixture
def studio(visit: Callable[..., Studio], app: App, server: Gateway) -> Iterator[Studio]:
    """A visitor whose input never reaches the gateway."""
    server.requests.clear()
    studio = visit(app)
    yield studio
    assert server.requests == []
    expect(studio["history"].locator(".empty")).to_be_visible()


def _bomb() -> bytes:
    """A PNG of 30000×30000 in some hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(9)
    row = b"\0" + bytes(30000 // 8)
    pixels = b"".join(packer.compress(row) for _ in range(30000)) + packer.flush()
    header = struct.pack(">IIBBBBB", 30000, 30000, 1, 0, 0, 0, 0)
    png = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + png


def _png(width_px: int, height_px: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width_px, height_px), "red").save(file, "PNG")
    return file.getvalue()


FILES = {
    "a text file": ("notes.png", b"just some notes"),
    "an HTML page": ("page.jpg", b"<!doctype html><html><body>hello</body></html>"),
    "an SVG": ("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    "a truncated JPEG": ("half.jpg", (PHOTOS / "rocket.jpg").read_bytes()[:50_000]),
    "an empty file": ("empty.png", b""),
    "a decompression bomb": ("bomb.png", _bomb()),
    "a single pixel": ("dot.png", _png(1, 1)),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_cannot_be_sent_is_refused_at_the_photo(studio: Studio, what: str) -> None:
    name, data = FILES[what]
    studio.write("make it snow")
    studio.choose_photo({"name": name, "mimeType": "image/png", "buffer": data})
    expect(studio["photo-note"].get_by_role("alert")).to_be_visible()
    expect(studio["image"].locator("img")).to_have_count(0)
    expect(studio["prompt"].locator("textarea")).to_have_value("make it snow")


def test_a_strip_longer_than_3_to_1_can_be_cropped_right_there(studio: Studio) -> None:
    studio.choose_photo({"name": "strip.png", "mimeType": "image/png", "buffer": _png(601, 200)})
    expect(studio["photo-note"].get_by_role("alert")).to_contain_text("3:1")
    studio["crop"].get_by_role("button").first.click()
    studio["aspect"].get_by_label("1:1", exact=True).check()
    expect(studio["photo-note"]).to_contain_text("200×200 PNG")
    studio["aspect"].get_by_label("3:1", exact=True).check()
    expect(studio["photo-note"]).to_contain_text("600×200 PNG")
    studio["aspect"].get_by_label("whole").check()
    expect(studio["photo-note"].get_by_role("alert")).to_contain_text("3:1")


def test_a_bad_file_after_a_good_one_is_refused_as_well(studio: Studio) -> None:
    studio.choose_photo(PHOTOS / "coffee.png")
    studio.page.get_by_role("button", name="Clear").or_(
        studio["image"].get_by_role("button", name="Remove Image")
    ).first.click()
    expect(studio["photo-note"]).to_contain_text("up to 10 MB")
    name, data = FILES["a decompression bomb"]
    studio.choose_photo({"name": name, "mimeType": "image/png", "buffer": data})
    expect(studio["photo-note"].get_by_role("alert")).to_contain_text("pixels")


def test_an_upload_of_11_mb_is_refused_with_the_limit(studio: Studio) -> None:
    studio.write("make it snow")
    data = (PHOTOS / "rocket.jpg").read_bytes() + bytes(11_000_000)
    file = {"name": "huge.jpg", "mimeType": "image/jpeg", "buffer": data}
    studio["image"].locator("input[type=file]").set_input_files(file)
    expect(studio.page.get_by_role("alert")).to_contain_text("over 10 MB")
    expect(studio["prompt"].locator("textarea")).to_have_value("make it snow")
    studio.choose_photo(PHOTOS / "rocket.jpg")
    expect(studio.page.get_by_role("alert")).to_have_count(0)


def test_no_photo_is_told_at_the_photo(studio: Studio) -> None:
    studio.write("make it snow")
    studio["run"].click()
    expect(studio["image"]).to_contain_text("Choose a photo first")
    expect(studio["prompt"].locator("textarea")).to_have_value("make it snow")


@pytest.mark.parametrize("prompt", ["", "  \n "])
def test_no_prompt_is_told_at_the_prompt(studio: Studio, prompt: str) -> None:
    studio.choose_photo(PHOTOS / "coffee.png")
    studio.write(prompt)
    studio["run"].click()
    expect(studio["prompt"]).to_contain_text("Say what should change")
    expect(studio["image"].locator("img")).to_be_visible()


def test_5000_characters_of_prompt_are_told_at_the_prompt_and_stay_there(studio: Studio) -> None:
    studio.choose_photo(PHOTOS / "coffee.png")
    studio.write("雪" * 5000)
    studio["run"].click()
    expect(studio["prompt"]).to_contain_text("5000 characters")
    expect(studio["prompt"].locator("textarea")).to_have_value("雪" * 5000)


def test_what_is_wrong_in_a_folded_panel_unfolds_it(studio: Studio) -> None:
    more = studio["more"].get_by_role("button").first
    more.click()
    studio["negative-prompt"].locator("textarea").fill("x" * 2000)
    more.click()
    expect(studio["negative-prompt"]).to_be_hidden()
    studio.choose_photo(PHOTOS / "chelsea.png")
    studio.write("make it snow")
    studio["run"].click()
    expect(studio["negative-prompt"]).to_contain_text("at most 800")
    expect(studio["negative-prompt"].locator("textarea")).to_be_in_viewport()


@pytest.mark.parametrize("seed", ["2147483648", "1.5", "-2", "abc", "9" * 400])
def test_a_seed_outside_the_range_is_told_at_the_seed(studio: Studio, seed: str) -> None:
    studio.choose_photo(PHOTOS / "coffee.png")
    studio.write("make it snow")
    studio.set_number("seed", seed)
    studio["run"].click()
    expect(studio["seed"]).to_contain_text("whole number from 1 to 2147483647")
    expect(studio["seed"].locator("input")).to_have_value(seed)


@pytest.mark.parametrize(
    ("elem_id", "typed", "said"),
    [
        ("scale", "1.01", "from 0 to 1"),
        ("scale", "-1", "from 0 to 1"),
        ("scale", "", "from 0 to 1"),
        ("count", "99", "1 to 8"),
        ("count", "0", "1 to 8"),
    ],
)
def test_a_number_beyond_a_slider_is_told_there_and_stays(
    studio: Studio, elem_id: str, typed: str, said: str
) -> None:
    studio.choose_photo(PHOTOS / "coffee.png")
    studio.write("make it snow")
    studio.set_number(elem_id, typed)
    studio["run"].click()
    expect(studio[elem_id]).to_contain_text(said)
    expect(studio[elem_id].locator("input[type=number]")).to_have_value(typed)
