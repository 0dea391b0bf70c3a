"""`/export` and `/import_notebook`, as programs call them."""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.support.served import App
from tests.support.studio import PHOTOS

CHELSEA = str(PHOTOS / "chelsea.png")


@pytest.fixture
def connect(sandbox_app: App, tmp_path: Path) -> Callable[[], Client]:
    """Connect as a new visitor with their own cookie, without analytics."""

    def connect() -> Client:
        headers = {"Cookie": f"volcedit_notebook={secrets.token_urlsafe(16)}"}
        return Client(
            sandbox_app.url,
            headers=headers,
            download_files=tmp_path,
            verbose=False,
            analytics_enabled=False,
        )

    return connect


def edit(client: Client, **values: object) -> list[dict]:
    defaults = {"image": handle_file(CHELSEA), "prompt": "make it snow"}
    return client.predict(**defaults | values, api_name="/edit")[1]


def names_in(path: str) -> set[str]:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return set(file.namelist())


def take_in(client: Client, path: str | Path) -> dict:
    return client.predict(file=handle_file(str(path)), api_name="/import_notebook")


def test_a_notebook_is_exported_and_imported_by_another_visitor(
    connect: Callable[[], Client],
):
    one, other = connect(), connect()
    ids = {record["id"] for record in edit(one, count=2)}
    path = one.predict(api_name="/export")
    assert {f"records/{record_id}.json" for record_id in ids} < names_in(path)
    counts = take_in(other, path)
    assert counts == {"added": 2, "known": 0, "differing": 0, "lost": 0}
    assert take_in(other, path) == {"added": 0, "known": 2, "differing": 0, "lost": 0}
    assert names_in(other.predict(api_name="/export")) == names_in(path)


def test_a_selection_is_exported(connect: Callable[[], Client]):
    client = connect()
    first, second, third = (record["id"] for record in edit(client, count=3))
    path = client.predict(record_ids=f"{first}, {third}", api_name="/export")
    records = {name for name in names_in(path) if name.startswith("records/")}
    assert records == {f"records/{first}.json", f"records/{third}.json"}


def test_another_visitors_edits_are_not_exported(connect: Callable[[], Client]):
    one, other = connect(), connect()
    [record] = edit(one)
    with pytest.raises(AppError, match="not in your history"):
        other.predict(record_ids=record["id"], api_name="/export")
    path = other.predict(api_name="/export")
    assert names_in(path) == {"index.html", "records.csv", "manifest.json"}


def test_each_export_has_its_own_url(connect: Callable[[], Client], sandbox_app: App):
    client = connect()
    edit(client)
    for _ in range(2):
        client.predict(api_name="/export")
    folders = {path.parent.name for path in sandbox_app.temp_dir.rglob("volcedit-*.zip")}
    assert len(folders) >= 2
    assert all(len(name) == 64 for name in folders)


def test_a_file_that_is_not_an_archive_is_rejected_with_advice(connect: Callable[[], Client]):
    with pytest.raises(AppError, match=r"not a ZIP.*Nothing was changed"):
        take_in(connect(), CHELSEA)


def test_a_server_path_is_not_opened(sandbox_app: App, tmp_path: Path):
    call = f"{sandbox_app.url}/gradio_api/call/import_notebook"
    data = [{"path": str(tmp_path / "x.zip"), "meta": {"_type": "gradio.FileData"}}]
    asked = requests.post(call, json={"data": data}, timeout=30)
    events = requests.get(f"{call}/{asked.json()['event_id']}", timeout=30)
    assert "event: error" in events.text
    assert "event: complete" not in events.text


def test_an_archive_may_be_larger_than_a_photo(connect: Callable[[], Client], tmp_path: Path):
    path = tmp_path / "large.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("notes.txt", b"\0" * 12_000_000)
    with pytest.raises(AppError, match="does not belong"):
        take_in(connect(), path)


def test_a_photo_of_eleven_megabytes_is_rejected_with_the_limit(
    connect: Callable[[], Client], tmp_path: Path
):
    path = tmp_path / "large.bmp"
    Image.effect_noise((2000, 1850), 50).convert("RGB").save(path)
    assert path.stat().st_size > 11_000_000
    with pytest.raises(AppError, match=r"the limit is 10,000,000"):
        edit(connect(), image=handle_file(str(path)))


def test_the_signatures_match_the_contract(connect: Callable[[], Client]):
    endpoints = connect().view_api(return_format="dict")["named_endpoints"]
    told = {
        name: [
            (it["parameter_name"], it["parameter_default"] if it["parameter_has_default"] else ...)
            for it in endpoints[name]["parameters"]
        ]
        for name in ("/export", "/import_notebook")
    }
    assert told == {"/export": [("record_ids", "")], "/import_notebook": [("file", ...)]}
