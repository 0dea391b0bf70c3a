"""`/edit`, as programs call it: gradio_client, and curl."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

from tests.support.gateway import Gateway, reply
from tests.support.served import App
from tests.support.studio import PHOTOS, Studio

CHELSEA = str(PHOTOS / "chelsea.png")


@pytest.fixture(scope="module")
def client(sandbox_app: App, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return connect(sandbox_app, download_files=tmp_path_factory.mktemp("files"))


def connect(app: App, **options: object) -> Client:
    """A client without analytics."""
    return Client(app.url, verbose=False, analytics_enabled=False, **options)


def edit(client: Client, **values: object) -> tuple[list[str], list[dict]]:
    defaults = {"image": handle_file(CHELSEA), "prompt": "make it snow"}
    return client.predict(**defaults | values, api_name="/edit")


def test_it_returns_the_pictures_and_a_record_for_each(client: Client) -> None:
    pictures, records = edit(client, seed=7, count=2)
    assert [record["seed"] for record in records] == [7, 8]
    for path in pictures:
        with Image.open(path) as picture:
            assert (picture.format, picture.size) == ("JPEG", (1248, 832))
    for record in records:  # has the contract's fields
        assert set(record) == {"id", "state", "seed", "recipe", "response", "error"}
        assert (record["state"], record["error"]) == ("done", None)
        assert record["recipe"]["params"]["prompt"] == "make it snow"
        assert record["response"]["code"] == 10000
        [picture] = record["response"]["data"]["binary_data_base64"]
        assert picture["base64_of_bytes"] > 10_000
        assert re.fullmatch("[0-9a-f]{64}", picture["sha256"])


def test_the_same_seed_gives_the_same_bytes(client: Client) -> None:
    [first], _ = edit(client, seed=2147483647)
    [again], _ = edit(client, seed=2147483647)
    assert Path(first).read_bytes() == Path(again).read_bytes()


@pytest.mark.parametrize("seed", [-1, 0])
def test_without_a_seed_one_is_drawn_and_returned(client: Client, seed: int) -> None:
    _, [record] = edit(client, seed=seed)
    assert 1 <= record["seed"] <= 2147483647


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"prompt": ""}, "Say what should change"),
        ({"prompt": "x" * 5000}, "5000 characters"),
        ({"seed": 2147483648}, "whole number"),
        ({"seed": 1.5}, "whole number"),
        ({"seed": "abc"}, "whole number"),
        ({"scale": 1.01}, "from 0 to 1"),
        ({"scale": "strong"}, "from 0 to 1"),
        ({"count": 0}, "1 to 8"),
        ({"count": 99}, "1 to 8"),
        ({"negative_prompt": None}, "must be text"),
    ],
)
def test_an_invalid_value_is_rejected_with_advice(client: Client, wrong: dict, said: str) -> None:
    with pytest.raises(AppError, match=said):
        edit(client, **wrong)


def test_a_file_that_is_not_a_photo_is_rejected_with_advice(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "notes.png"
    file.write_text("just some notes")
    with pytest.raises(AppError, match="JPEG, PNG"):
        edit(client, image=handle_file(str(file)))


def test_a_missing_photo_is_rejected_with_advice(client: Client) -> None:
    with pytest.raises(AppError, match="photo"):
        edit(client, image=None)


@pytest.mark.parametrize("meta", [{"meta": {"_type": "gradio.FileData"}}, {}])
def test_a_server_path_is_not_opened(sandbox_app: App, meta: dict) -> None:
    elsewhere = sandbox_app.data_dir.parent / "elsewhere.png"
    elsewhere.write_bytes((PHOTOS / "chelsea.png").read_bytes())
    data = [{"path": str(elsewhere), **meta}, "make it snow", "", 0.5, 1, 1]
    call = f"{sandbox_app.url}/gradio_api/call/edit"
    asked = requests.post(call, json={"data": data}, timeout=30)
    events = requests.get(f"{call}/{asked.json()['event_id']}", timeout=30)
    assert "event: error" in events.text
    assert "event: complete" not in events.text


def test_a_link_instead_of_an_upload_is_not_fetched(client: Client, gateway: Gateway) -> None:
    link = {"path": f"{gateway.url}/cat.png", "meta": {"_type": "gradio.FileData"}}
    with pytest.raises(AppError, match="Upload the photo itself"):
        edit(client, image=link)
    assert gateway.requests == []


def test_a_chosen_cookie_selects_its_notebook_and_the_key_entered_on_its_page(
    sandbox_app: App,
    client: Client,
    visit: Callable[..., Studio],
    other_gateway: Gateway,
    tmp_path: Path,
) -> None:
    cookie = "a-notebook-of-my-own-choice"
    headers = {"Cookie": f"volcedit_notebook={cookie}"}
    mine = connect(sandbox_app, headers=headers, download_files=tmp_path)
    edit(mine, seed=424242)
    named = {"name": "volcedit_notebook", "value": cookie, "domain": "127.0.0.1", "path": "/"}
    lasting = {"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
    studio = visit(sandbox_app, storage_state={"cookies": [named | lasting], "origins": []})
    expect(studio.rows).to_have_count(1)
    expect(studio.rows.first).to_contain_text("seed 424242")

    studio["connection"].get_by_role("button").first.click()
    studio["gateway"].locator("input").fill(other_gateway.url)
    studio["api-key"].locator("input").fill("canary-key-1234")
    studio["api-key"].locator("input").press("Enter")
    expect(studio["key-note"]).to_contain_text("set …1234")
    _, [record] = edit(mine)
    assert record["error"]["kind"] == "rejected"
    assert other_gateway.requests[0].headers["Authorization"] == "Bearer canary-key-1234"
    _, [record] = edit(client)  # of another visitor
    assert (record["state"], len(other_gateway.requests)) == ("done", 1)


def test_curl_can_call_it(sandbox_app: App, tmp_path: Path) -> None:
    api = f"{sandbox_app.url}/gradio_api"

    def curl(*arguments: str) -> str:
        command = ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    [path] = json.loads(curl("-F", f"files=@{CHELSEA}", f"{api}/upload"))
    image = {"path": path, "meta": {"_type": "gradio.FileData"}}
    data = json.dumps({"data": [image, "改成素描", "", 0.5, 5, 1]})
    asked = json.loads(curl("-H", "Content-Type: application/json", "-d", data, f"{api}/call/edit"))
    events = curl("-N", f"{api}/call/edit/{asked['event_id']}")
    files, [record] = json.loads(re.search(r"event: complete\ndata: (.+)", events)[1])
    assert record["seed"] == 5
    picture = Image.open(
        io.BytesIO(requests.get(f"{api}/file={files[0]['path']}", timeout=30).content)
    )
    assert picture.size == (1248, 832)


def test_the_pages_listeners_are_not_endpoints(client: Client) -> None:
    endpoints = client.view_api(return_format="dict")
    public = ["/edit", "/recipe", "/replay", "/export", "/import_notebook"]
    assert list(endpoints["named_endpoints"]) == public
    assert endpoints["unnamed_endpoints"] == {}


def test_the_signature_matches_the_contract(client: Client) -> None:
    parameters = client.view_api(return_format="dict")["named_endpoints"]["/edit"]["parameters"]
    assert [
        (
            each["parameter_name"],
            each["parameter_default"] if each["parameter_has_default"] else ...,
        )
        for each in parameters
    ] == [
        ("image", ...),
        ("prompt", ...),
        ("negative_prompt", ""),
        ("scale", 0.5),
        ("seed", -1),
        ("count", 1),
    ]


@pytest.fixture(scope="module")
def app_at_gateway(server: Gateway, start_app: Callable[..., App]) -> App:
    return start_app(VOLCEDIT_BASE_URL=server.url)


def test_a_response_that_looks_like_a_file_stays_text(app_at_gateway: App, server: Gateway) -> None:
    file = {"path": str(PHOTOS / "SOURCES.md"), "meta": {"_type": "gradio.FileData"}}
    answer = {"code": 10000, "data": {"image_urls": []}, "a": file, "b": [{"path": "/etc/passwd"}]}
    server.script(reply(200, answer))
    pictures, [record] = edit(connect(app_at_gateway))
    assert (pictures, record["error"]["kind"]) == ([], "malformed_answer")
    assert json.loads(record["response"]["a"])["path"].endswith("SOURCES.md")
    assert record["response"]["b"] == ['{"path": "/etc/passwd"}']
    published = [path.name for path in app_at_gateway.temp_dir.rglob("*") if path.is_file()]
    assert "SOURCES.md" not in published


def test_a_service_failure_is_in_the_record(app_at_gateway: App, server: Gateway) -> None:
    refused = {"code": 50511, "data": None, "message": "Risk", "request_id": "r-9"}
    server.script(reply(400, refused))
    pictures, [record] = edit(connect(app_at_gateway))
    assert pictures == []
    assert record["state"] == "failed"
    error = record["error"]
    assert set(error) == {"kind", "code", "message", "request_id", "retryable"}
    assert (error["kind"], error["code"], error["request_id"]) == ("refused", 50511, "r-9")
    assert error["retryable"] is True
    assert "Try another seed" in error["message"]
