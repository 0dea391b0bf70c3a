"""An app whose storage is small, below a sub-path, behind proxies, and under names of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support import PHOTOS
from tests.support.asking import COOKIE, ask, form, post, upload
from tests.support.served import App

ROOT_PATH = "/app"
PHOTO = (PHOTOS / "rocket.jpg").read_bytes()
MB = bytes(1_000_000)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """It starts although all of its traffic would go to proxies that do not exist."""
    app = App(
        tmp_path_factory.mktemp("app"),
        VOLCEDIT_STORAGE_MB="2",
        VOLCEDIT_HOSTS="photos.example.com",
        GRADIO_ROOT_PATH=ROOT_PATH,
        HTTP_PROXY="http://127.0.0.1:9",
        ALL_PROXY="socks5://127.0.0.1:9",
    )
    yield app
    app.stop()
    assert "Traceback" not in app.log, app.log[-6000:]


# ── below a sub-path, and behind a proxy ─────────────────────────────────────────────────────

TLS = {"X-Forwarded-Proto": "https"}
# What the proxy passes on, for a page at https://photos.example.com/app/.
PROXIES = {
    "Host $host": TLS | {"Host": "photos.example.com"},
    "Host $http_host": TLS | {"Host": "photos.example.com:443"},
    "X-Forwarded-Host": TLS | {"X-Forwarded-Host": "photos.example.com"},
    "two in a row": TLS | {"X-Forwarded-Host": "photos.example.com, inner"},
}


@pytest.mark.parametrize("headers", PROXIES.values(), ids=PROXIES)
@pytest.mark.parametrize("prefix", [ROOT_PATH, ""], ids=["kept", "removed"])
def test_a_proxy_may_keep_or_remove_the_sub_path(app: App, prefix: str, headers: dict):
    own = headers | {"Origin": "https://photos.example.com"}
    page = ask(app.url, f"{prefix}/", headers)
    assert page.status == 200
    assert '"root":"https://photos.example.com/app"' in page.text
    assert ask(app.url, f"{prefix}/healthz", headers).text == "ok\n"
    assert ask(app.url, f"{prefix}/config", own).status == 200
    assert ask(app.url, f"{prefix}/monitoring", own).status == 404
    for foreign in ("http://photos.example.com", "https://photos.example.com:8443"):
        assert ask(app.url, f"{prefix}/config", headers | {"Origin": foreign}).status == 403


@pytest.mark.parametrize("lost", [{"Host": "photos.example.com"}, {}], ids=["scheme", "name"])
def test_what_a_proxy_hides_the_browser_tells(app: App, lost: dict):
    own = lost | {"Origin": "https://photos.example.com:8443", "Sec-Fetch-Site": "same-origin"}
    assert ask(app.url, "/config", own).status == 200
    assert ask(app.url, "/config", own | {"Sec-Fetch-Site": "same-site"}).status == 403
    assert ask(app.url, "/config", own | {"Origin": "https://evil.example"}).status == 403


def test_only_names_that_are_set_are_served(app: App):
    assert ask(app.url, "/", {"Host": "photos.example.com:8080"}).status == 200
    assert ask(app.url, "/", {"Host": "www.photos.example.com"}).status == 403


@pytest.mark.parametrize("prefix", [ROOT_PATH, ""], ids=["kept", "removed"])
def test_a_photo_is_uploaded_edited_and_fetched_below_the_sub_path(app: App, prefix: str):
    (path,) = upload(app.url, PHOTO, COOKIE, root=prefix).json()
    photo = {"path": path, "meta": {"_type": "gradio.FileData"}}
    call = {"data": [photo, "make it snow", "", 0.5, 7, 1]}
    event = post(app.url, f"{prefix}/gradio_api/call/edit", call, COOKIE).json()["event_id"]
    answer = ask(app.url, f"{prefix}/gradio_api/call/edit/{event}", COOKIE)
    assert "event: complete" in answer.text
    assert ask(app.url, f"{prefix}/gradio_api/file={path}", COOKIE).body == PHOTO


# ── what the owner sees ──────────────────────────────────────────────────────────────────────


def test_a_refusal_is_one_line_in_the_log(app: App):
    ask(app.url, "/once", {"Origin": "http://x.example"})
    (line,) = [line for line in app.log.splitlines() if "/once" in line]
    assert re.search(r"WARNING refused \(origin, 403\): GET '/once', .*'http://x\.example'", line)


# ── a full storage ───────────────────────────────────────────────────────────────────────────


def size_of(app: App) -> int:
    folders = (app.data_dir, app.temp_dir)
    return sum(it.stat().st_size for top in folders for it in top.rglob("*") if it.is_file())


def test_a_flood_of_uploads_stays_below_the_limit_and_is_told(app: App):
    (path,) = upload(app.url, PHOTO, COOKIE).json()
    answers = [upload(app.url, bytes([each]) * 200_000) for each in range(15)]
    assert {answer.status for answer in answers} == {200, 507}
    assert answers[-1].text.startswith("The storage of this app is full (2 MB).")
    chinese = upload(app.url, MB, {"Accept-Language": "zh"})
    assert "存储空间已满（2 MB）" in chinese.text
    assert size_of(app) <= 2_000_000

    # Neither does an edit start then, and nothing is paid.
    photo = {"path": path, "meta": {"_type": "gradio.FileData"}}
    filler = [upload(app.url, bytes([each]) * 20_000).status for each in range(15)]
    assert filler[-1] == 507
    call = {"data": [photo, "make it snow", "", 0.5, 7, 1]}
    event = post(app.url, "/gradio_api/call/edit", call, COOKIE).json()["event_id"]
    answer = ask(app.url, f"/gradio_api/call/edit/{event}", COOKIE)
    assert "The storage of this app is full (2 MB)" in answer.text
    assert app.log.count("storage is full") == 1


def test_an_upload_of_unknown_size_is_cut_at_the_limit(app: App):
    headers, body = form(MB * 4)
    before = size_of(app)
    chunks = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    answer = ask(app.url, "/gradio_api/upload", headers, method="POST", body=chunks)
    assert answer.status == 507
    assert size_of(app) == before
