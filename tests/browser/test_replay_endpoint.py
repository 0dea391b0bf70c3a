"""`/replay`, as programs call it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from tests.support.gateway import Gateway, reply
from tests.support.served import App
from tests.support.studio import PHOTOS

CHELSEA = str(PHOTOS / "chelsea.png")
COOKIE = {"Cookie": "volcedit_notebook=a-notebook-to-repeat-in"}


def connect(app: App, folder: Path, **headers: str) -> Client:
    return Client(
        app.url, verbose=False, analytics_enabled=False, headers=headers, download_files=folder
    )


@pytest.fixture(scope="module")
def client(sandbox_app: App, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return connect(sandbox_app, tmp_path_factory.mktemp("files"), **COOKIE)


@pytest.fixture(scope="module")
def first(client: Client) -> tuple[bytes, dict]:
    """A picture and its record."""
    [path], [record] = client.predict(
        image=handle_file(CHELSEA), prompt="make it snow", seed=7, api_name="/edit"
    )
    return Path(path).read_bytes(), record


def test_it_returns_the_picture_and_the_verdict(client: Client, first: tuple[bytes, dict]) -> None:
    [path], verdict = client.predict(record_id=first[1]["id"], api_name="/replay")
    assert Path(path).read_bytes() == first[0]
    record = verdict.pop("record")
    assert verdict == {
        "kind": "same_bytes",
        "largest": [0, 0, 0],
        "mean": [0, 0, 0],
        "changed_share": 0,
        "psnr_db": None,
        "replay_of": first[1]["id"],
    }
    assert record["state"] == "done"
    assert record["id"] != first[1]["id"]
    assert record["recipe"]["id"] == first[1]["recipe"]["id"]


@pytest.mark.parametrize("record_id", ["20260102T030405000006Z-0123abcd", "../..", "", None])
def test_an_edit_not_in_the_history_is_rejected(client: Client, record_id: str | None) -> None:
    with pytest.raises(AppError, match="not in your history"):
        client.predict(record_id=record_id, api_name="/replay")


def test_it_does_not_repeat_edits_of_another_notebook(
    sandbox_app: App, first: tuple[bytes, dict], tmp_path: Path
) -> None:
    other = connect(sandbox_app, tmp_path, Cookie="volcedit_notebook=the-notebook-of-another")
    with pytest.raises(AppError, match="not in your history"):
        other.predict(record_id=first[1]["id"], api_name="/replay")


@pytest.fixture(scope="module")
def forgetful_app(start_app: Callable[..., App]) -> Iterator[App]:
    """An app whose gateway answers only once."""
    picture = base64.b64encode((PHOTOS / "rocket.jpg").read_bytes()).decode()
    done = {"code": 10000, "data": {"binary_data_base64": [picture]}}
    with Gateway() as gateway:
        gateway.script(reply(200, done), reply(400, {"code": 50411, "message": "-"}))
        yield start_app(VOLCEDIT_BASE_URL=gateway.url)


def test_a_failed_repeat_has_no_verdict_and_says_why(forgetful_app: App, tmp_path: Path) -> None:
    client = connect(forgetful_app, tmp_path, **COOKIE)
    _, [record] = client.predict(
        image=handle_file(CHELSEA), prompt="make it snow", api_name="/edit"
    )
    files, verdict = client.predict(record_id=record["id"], api_name="/replay")
    assert (files, verdict["kind"], verdict["replay_of"]) == ([], None, record["id"])
    assert verdict["record"]["error"]["code"] == 50411
