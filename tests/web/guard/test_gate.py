"""Who may talk to the app, over plain HTTP."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.support import PHOTOS
from tests.support.asking import COOKIE, OTHER_COOKIE, Answer, ask, form, post, upload, wait_until
from tests.support.served import App


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app of someone without a key, on loopback."""
    app = App(tmp_path_factory.mktemp("app"))
    yield app
    app.stop()
    assert "Traceback" not in app.log


@pytest.fixture
def port(app: App) -> int:
    return urlsplit(app.url).port


# ── under which names ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST", "localhost."])
def test_on_loopback_its_own_names_are_served(app: App, port: int, name: str):
    assert ask(app.url, "/", {"Host": f"{name}:{port}"}).status == 200
    assert ask(app.url, "/", {"Host": name}).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "127.0.0.2", "", "["],
)
@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/assets/x.js"])
def test_on_loopback_other_names_are_refused(app: App, port: int, host: str, path: str):
    answer = ask(app.url, path, {"Host": f"{host}:{port}"})
    assert (answer.status, "does not answer to" in answer.text) == (403, True)


def test_a_forwarded_name_must_be_served_as_well(app: App):
    assert ask(app.url, "/", {"X-Forwarded-Host": "evil.example"}).status == 403
    assert ask(app.url, "/", {"X-Forwarded-Host": "localhost"}).status == 200


def test_a_refusal_is_in_the_visitors_language(app: App):
    answer = ask(app.url, "/", {"Host": "evil.example", "Accept-Language": "zh-CN"})
    assert "不接受通过“evil.example”访问" in answer.text


# ── from which pages ─────────────────────────────────────────────────────────────────────────

FOREIGN = [
    "http://localhost:3000",
    "http://127.0.0.1:1",
    "http://localhost",
    "https://evil.example",
    "null",
    "",
    "http://[",
    "file://",
]
PATHS = [
    ("GET", "/"),
    ("GET", "/config"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/queue/data?session_hash=abc"),
    ("GET", "/gradio_api/heartbeat/abc"),
    ("GET", "/gradio_api/file=/etc/hostname"),
    ("HEAD", "/"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/run/edit"),
    ("OPTIONS", "/gradio_api/queue/join"),
    ("OPTIONS", "/"),
]


def has_cors(answer: Answer) -> bool:
    return any(name.lower().startswith("access-control-") for name in answer.headers)


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_origin_gets_nothing(app: App, origin: str):
    for method, path in PATHS:
        answer = ask(
            app.url,
            path,
            {"Origin": origin, "Access-Control-Request-Method": "POST", **COOKIE},
            method=method,
        )
        assert (method, path, answer.status) == (method, path, 403)
        assert not has_cors(answer)


def test_the_apps_own_page_is_served(app: App, port: int):
    for name in ("127.0.0.1", "localhost"):
        headers = {"Host": f"{name}:{port}", "Origin": f"http://{name}:{port}"}
        assert ask(app.url, "/config", headers).status == 200


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("same-origin", "no-cors", 200),
        ("none", "navigate", 200),
        ("cross-site", "navigate", 200),  # a link, or an iframe as on a Space
        ("cross-site", "no-cors", 403),  # <img> and <script> of another site's page
        ("same-site", "no-cors", 403),  # of another port
        ("same-site", "cors", 403),
    ],
)
def test_a_page_of_another_origin_embeds_nothing(app: App, site: str, mode: str, status: int):
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    assert ask(app.url, "/config", headers).status == status


def test_a_form_of_another_site_is_refused_without_an_origin(app: App):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert post(app.url, "/gradio_api/call/edit", {"data": []}, headers).status == 403


def test_a_websocket_of_another_origin_is_refused(app: App):
    headers = {
        "Origin": "http://localhost:3000",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert ask(app.url, "/gradio_api/queue/join", headers).status == 403


# ── which addresses ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    [
        "/monitoring",
        "/monitoring/",
        "/monitoring/summary",
        "/monitoring/some-key",
        "/%6donitoring",
        "/login",
        "/logout",
        "/gradio_api/deep_link?session_hash=abc",
        "/gradio_api/dev/reload",
        "/gradio_api/file/etc/hostname",
        "/gradio_api/file=https://example.com/",
        "/gradio_api/file=HTTP://169.254.169.254/",
        "/gradio_api/proxy=https://example.hf.space/",
        "/gradio_api/queue/status",
        "/gradio_api/runs",
        "/gradio_api/stream/abc/1/2/playlist.m3u8",
        "/gradio_api/token",
        "/gradio_api/user",
        "/gradio_api/vibe-code",
    ],
)
def test_addresses_that_show_or_change_others_are_closed(app: App, path: str):
    assert ask(app.url, path).status == 404


@pytest.mark.parametrize("path", ["component_server", "process_recording", "vibe-edit"])
def test_posts_that_nothing_here_sends_are_closed(app: App, path: str):
    assert post(app.url, f"/gradio_api/{path}", {}).status == 404


def test_no_file_outside_the_uploads_is_served(app: App):
    (data_file,) = (app.data_dir.parent / "app.log",)
    for path in ("/etc/hostname", str(data_file), f"{app.temp_dir}/../app.log", "app.py"):
        assert ask(app.url, f"/gradio_api/file={path}").status == 403


# ── whose session ────────────────────────────────────────────────────────────────────────────

NONE: dict[str, str] = {}


def begin(app: App, session: str, headers: dict[str, str]) -> str:
    """Start an event that fails at once. Returns its id."""
    call = {"data": [None, "x", "", 0.5, 1, 1], "session_hash": session}
    answer = post(app.url, "/gradio_api/call/edit", call, headers)
    assert answer.status == 200
    return answer.json()["event_id"]


@pytest.mark.parametrize(
    ("mine", "others"), [(COOKIE, (OTHER_COOKIE, NONE)), (NONE, (COOKIE,))], ids=["cookie", "none"]
)
def test_only_who_began_a_session_reads_or_ends_it(app: App, mine: dict, others: tuple):
    session = f"session-of-{len(mine)}"
    event = begin(app, session, mine)
    for other in others:
        for path in (
            f"/gradio_api/queue/data?session_hash={session}",
            f"/gradio_api/queue/data?session_hash={event}",
            f"/gradio_api/call/edit/{event}",
            f"/gradio_api/call/v2/edit/{event}",
            f"/gradio_api/heartbeat/{session}",
        ):
            assert ask(app.url, path, other).status == 403
        names = {"session_hash": session, "event_id": event, "fn_index": 0}
        for path in ("cancel", "queue/join", "run/edit", "call/edit"):
            assert post(app.url, f"/gradio_api/{path}", names | {"data": []}, other).status == 403
        foreign = names | {"session_hash": f"own-{len(other)}"}
        assert post(app.url, "/gradio_api/cancel", foreign, other).status == 403
    assert "event: error" in ask(app.url, f"/gradio_api/call/edit/{event}", mine).text


def test_the_progress_of_an_upload_is_shown_to_its_visitor_alone(app: App):
    more, body = form(b"x")
    headers = more | COOKIE
    path = "/gradio_api/upload?upload_id=mine"
    assert ask(app.url, path, headers, method="POST", body=body).status == 200
    assert ask(app.url, "/gradio_api/upload_progress?upload_id=mine", OTHER_COOKIE).status == 403


# ── bad requests ─────────────────────────────────────────────────────────────────────────────

JSON = {"Content-Type": "application/json"}
BAD = {
    "not JSON": (b"{", 400),
    "not UTF-8": (b'{"data": "\xff"}', 400),
    "a list": (b"[]", 400),
    "too deep": (b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    "a session that is a number": (b'{"data": [], "session_hash": 7}', 400),
    "a session of 101 characters": (b'{"data": [], "session_hash": "%s"}' % (b"a" * 101), 400),
    "an unknown function": (b'{"data": [], "fn_index": 9999, "session_hash": "bad"}', 400),
    "data of the wrong type": (b'{"data": 7, "fn_index": 0, "session_hash": "bad"}', 422),
    "a million bytes": (b'{"data": ["%s"]}' % (b"x" * 1_000_000), 413),
    "ten thousand arrays": (b'{"data": [%s]}' % b",".join([b"[]"] * 10_000), 400),
}


@pytest.mark.parametrize(("body", "status"), BAD.values(), ids=BAD)
def test_a_bad_post_is_refused_without_a_traceback(app: App, body: bytes, status: int):
    answer = ask(app.url, "/gradio_api/queue/join", JSON, method="POST", body=body)
    assert answer.status == status


def test_an_event_whose_handler_fails_leaves_no_traceback(app: App):
    config = ask(app.url, "/config").json()["dependencies"]
    for each in config:
        for junk in ({"a": 1}, "x", None, -1):
            body = {"data": [junk] * len(each["inputs"]), "fn_index": each["id"]}
            session = {"session_hash": "junk", "event_data": {"record_id": junk, "ids": junk}}
            answer = post(app.url, f"/gradio_api/run/{each['api_name']}", body | session)
            assert answer.status in (200, 500), answer.text
    assert "Traceback" not in app.log


@pytest.mark.parametrize("path", ["call/nothing", "call/v2/nothing", "run/nothing", "api/nothing"])
def test_an_unknown_endpoint_is_refused_without_a_traceback(app: App, path: str):
    assert post(app.url, f"/gradio_api/{path}", {"data": []}).status == 400
    assert ask(app.url, "/?page=nothing").status == 400


@pytest.mark.parametrize(
    "data",
    [[1, 2], [{"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}, "x", "", 1, 1, 1]],
    ids=["too few", "another file"],
)
def test_inputs_that_no_page_sends_are_answered_in_both_languages(app: App, data: list):
    event = post(app.url, "/gradio_api/call/edit", {"data": data}).json()["event_id"]
    answer = ask(app.url, f"/gradio_api/call/edit/{event}")
    assert "does not understand this request" in answer.text
    assert "\\u65e0\\u6cd5\\u7406\\u89e3" in answer.text  # 无法理解


def test_an_upload_that_breaks_off_leaves_no_file(app: App, port: int):
    headers, body = form(bytes(100_000))
    before = set(app.temp_dir.rglob("*"))
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}"
        connection.sendall(f"{head}\r\nContent-Type: {headers['Content-Type']}\r\n\r\n".encode())
        connection.sendall(body[:70_000])
        wait_until(lambda: set(app.temp_dir.rglob("*")) - before)
    wait_until(lambda: set(app.temp_dir.rglob("*")) == before)


def test_an_upload_above_the_limit_is_refused_before_it_is_read(app: App):
    headers, _ = form(b"")
    headers |= {"Content-Length": "201000001"}
    answer = ask(app.url, "/gradio_api/upload", headers, method="POST")
    assert (answer.status, answer.text) == (413, "This request is larger than 201 MB.")


# ── what the owner sees ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_health_is_told_to_anybody(app: App, method: str):
    answer = ask(app.url, "/healthz", {"Host": "10.0.0.7"}, method=method)
    assert (answer.status, answer.text) == (200, "ok\n" if method == "GET" else "")


def test_an_edit_is_one_line_in_the_log(app: App):
    (path,) = upload(app.url, (PHOTOS / "chelsea.png").read_bytes(), COOKIE).json()
    photo = {"path": path, "meta": {"_type": "gradio.FileData"}}
    call = {"data": [photo, "make it snow", "", 0.5, 7, 1]}
    event = post(app.url, "/gradio_api/call/edit", call, COOKIE).json()["event_id"]
    assert "event: complete" in ask(app.url, f"/gradio_api/call/edit/{event}", COOKIE).text
    # The start of SHA-256 of the cookie, which is the notebook's id.
    owner = "ec7c494d"
    line = rf"INFO edit \S+ by {owner}: done after \d+\.\d s, free"
    wait_until(lambda: re.search(line, app.log))  # it is written after the edit is shown
    assert "a" * 22 not in app.log
