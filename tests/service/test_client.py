from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.gateway import Gateway, hang, reply
from volcedit import (
    AnswerLostError,
    AuthenticationError,
    Client,
    ConfigError,
    EditResult,
    InputError,
    KeyPair,
    ParameterError,
    Photo,
    PhotoError,
    PhotoLink,
    RateLimitError,
    StoppedError,
    Watermark,
    draw_seed,
)
from volcedit.config import read_settings
from volcedit.service.models import (
    MODELS,
)


def envelope_with(picture: bytes, **fields: object) -> dict:
    """A response with the picture in it."""
    data = {"binary_data_base64": [base64.b64encode(picture).decode()], "image_urls": []}
    return {"code": 10000, "message": "Success", "data": data} | fields


def client(gateway: Gateway) -> Client:
    return Client(gateway.url, "k-123", max_attempts=1, timeout_s=10)


@pytest.fixture
def edit(gateway: Gateway, photo: Photo, jpeg: bytes):
    """Edit the photo, and return the JPEG, in a response with extra `fields`."""

    def run(fields: dict | None = None, **options: object) -> EditResult:
        gateway.script(reply(200, envelope_with(jpeg, **(fields or {}))))
        return client(gateway).edit(photo, "make it snow", **options)

    return run


# ── what is sent ─────────────────────────────────────────────────────────────────────────────


def test_the_gateway_gets_exactly_the_published_body(edit, gateway: Gateway, jpeg: bytes):
    edit(
        negative_prompt="rain",
        seed=2147483647,
        scale=0.7,
        watermark=Watermark("我的", position=2, language=1, opacity=0.25),
        delivery="base64",
    )
    expected = (
        '{"req_key":"byteedit_v2.0","binary_data_base64":["BASE64"],"prompt":"make it snow",'
        '"negative_prompt":"rain","seed":2147483647,"scale":0.7,"return_url":false,'
        '"logo_info":{"add_logo":true,"position":2,"language":1,"opacity":0.25,'
        '"logo_text_content":"我的"}}'
    ).replace("BASE64", base64.b64encode(jpeg).decode())
    assert gateway.requests[0].body == expected.encode()


def test_the_defaults_are_the_published_ones(edit, gateway: Gateway):
    edit(seed=1)
    fields = json.loads(gateway.requests[0].body)
    del fields["binary_data_base64"]
    assert fields == {
        "req_key": "byteedit_v2.0",
        "prompt": "make it snow",
        "negative_prompt": "",
        "seed": 1,
        "scale": 0.5,
        "return_url": False,
        "logo_info": {"add_logo": False},
    }


def test_equal_requests_have_equal_bytes(edit, gateway: Gateway):
    result = edit(watermark=Watermark())
    client(gateway).send(result.request)
    first, again = gateway.requests
    assert first.body == again.body


def test_a_photo_may_be_a_path(gateway: Gateway, photo: Photo, jpeg: bytes, tmp_path: Path):
    (tmp_path / "cat.jpg").write_bytes(jpeg)
    gateway.script(reply(200, envelope_with(jpeg)))
    assert client(gateway).edit(tmp_path / "cat.jpg", "snow").request.photo == photo
    assert client(gateway).edit(str(tmp_path / "cat.jpg"), "snow").request.photo == photo


def test_a_photo_may_be_the_bytes_of_a_file(gateway: Gateway, photo: Photo, jpeg: bytes):
    gateway.script(reply(200, envelope_with(jpeg)))
    assert client(gateway).edit(jpeg, "snow").request.photo == photo


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"prompt": " "}, ParameterError),
        ({"seed": -1}, ParameterError),
        ({"seed": 0}, ParameterError),
        ({"scale": 1.01}, ParameterError),
        ({"photo": b"no picture"}, PhotoError),
        ({"photo": "/no/such/file.jpg"}, PhotoError),
    ],
    ids=str,
)
def test_invalid_input_is_not_sent(
    gateway: Gateway, photo: Photo, changes: dict, kind: type[InputError]
):
    with pytest.raises(kind):
        client(gateway).edit(**({"photo": photo, "prompt": "make it snow"} | changes))
    assert gateway.requests == []


# ── seeds ────────────────────────────────────────────────────────────────────────────────────


def test_a_seed_is_drawn_sent_and_returned(edit, gateway: Gateway):
    seed = edit().seed
    assert 1 <= seed <= 2147483647
    assert json.loads(gateway.requests[0].body)["seed"] == seed


def test_the_largest_seed_survives(edit, gateway: Gateway):
    assert edit(seed=2147483647).seed == 2147483647
    assert json.loads(gateway.requests[0].body)["seed"] == 2147483647


def test_seeds_are_drawn_from_the_whole_range():
    drawn = [draw_seed() for _ in range(1000)]
    assert 1 <= min(drawn) < 2147483647 // 10
    assert 2147483647 // 10 * 9 < max(drawn) <= 2147483647


@pytest.mark.parametrize("end", [0, 1])
def test_both_ends_of_the_range_can_be_drawn(end: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("random.SystemRandom.randint", lambda _, *ends: ends[end])
    assert draw_seed() == (1, 2147483647)[end]


# ── what comes back ──────────────────────────────────────────────────────────────────────────


def test_a_picture_in_the_response_is_kept_byte_for_byte(edit, jpeg: bytes):
    result = edit(delivery="base64")
    assert (result.picture, result.media_type) == (jpeg, "image/jpeg")
    assert (result.width_px, result.height_px) == (96, 64)


def test_a_linked_picture_is_kept_byte_for_byte(gateway: Gateway, photo: Photo, jpeg: bytes):
    link = {"code": 10000, "data": {"image_urls": [gateway.url + "/p.jpg"]}}
    gateway.script(reply(200, link), reply(200, jpeg))
    assert client(gateway).edit(photo, "make it snow", delivery="url").picture == jpeg
    assert json.loads(gateway.requests[0].body)["return_url"] is True


def test_the_key_is_not_sent_with_a_download(gateway: Gateway, photo: Photo, jpeg: bytes):
    link = {"code": 10000, "data": {"image_urls": [gateway.url + "/p.jpg"]}}
    gateway.script(reply(200, link, Set_Cookie="session=k-123"), reply(200, jpeg))
    client(gateway).edit(photo, "make it snow", delivery="url")
    edit, download = gateway.requests
    assert edit.headers["Authorization"] == "Bearer k-123"
    assert "k-123" not in str(download)


def test_a_picture_with_the_other_delivery_is_accepted(edit, jpeg: bytes):
    assert edit(delivery="url").picture == jpeg


def test_the_response_is_kept_with_its_unknown_fields(edit):
    fields = {"new": {"deep": [1, None, {"é": 2.5}]}, "request_id": "2025ABC"}
    result = edit(fields)
    assert {name: result.envelope[name] for name in fields} == fields
    assert set(result.envelope) == {"code", "message", "data", *fields}


def test_the_request_id_and_elapsed_time_are_returned(edit):
    result = edit({"request_id": "2025ABC", "time_elapsed": "10.618578556s"})
    assert (result.request_id, result.elapsed_s) == ("2025ABC", pytest.approx(10.618578556))


@pytest.mark.parametrize(
    ("time_elapsed", "seconds"),
    [
        ("36.79ms", 0.03679),
        (2500, 2.5),
        (None, None),
        ("?", None),
        ("9" * 100_000, None),  # would take minutes to match
        (10**15, None),
    ],
)
def test_the_elapsed_time_may_have_any_format(edit, time_elapsed: object, seconds: float | None):
    assert edit({"time_elapsed": time_elapsed}).elapsed_s == pytest.approx(seconds)


@pytest.mark.parametrize("absent", ["code", "message", "both"])
def test_a_response_needs_nothing_but_its_picture(
    gateway: Gateway, photo: Photo, jpeg: bytes, absent: str
):
    envelope = envelope_with(jpeg)
    for name in ("code", "message") if absent == "both" else (absent,):
        del envelope[name]
    gateway.script(reply(200, envelope))
    result = client(gateway).edit(photo, "make it snow")
    assert (result.picture, result.request_id, result.elapsed_s) == (jpeg, "", None)


def test_null_fields_count_as_absent(edit):
    result = edit({"request_id": None, "time_elapsed": None, "message": None, "status": None})
    assert (result.request_id, result.elapsed_s) == ("", None)


def test_a_picture_is_saved_byte_for_byte(edit, jpeg: bytes, tmp_path: Path):
    assert edit().save(tmp_path / "snow.jpg").read_bytes() == jpeg


def test_the_repr_of_a_result_shows_no_bytes_and_no_response(edit):
    shown = repr(edit({"message": "looooong"}))
    assert "\\xff" not in shown and "looooong" not in shown


# ── waiting and stopping ─────────────────────────────────────────────────────────────────────


def test_a_link_replaces_a_broken_base64_picture(gateway: Gateway, photo: Photo, jpeg: bytes):
    data = {"binary_data_base64": ["bm90IGEgcGljdHVyZQ=="], "image_urls": [f"{gateway.url}/r.jpg"]}
    gateway.script(reply(200, {"code": 10000, "data": data}), reply(200, jpeg))
    assert client(gateway).edit(photo, "make it snow").picture == jpeg


def test_a_link_with_the_key_in_it_is_fetched_but_not_kept(
    gateway: Gateway, photo: Photo, jpeg: bytes
):
    link = f"{gateway.url}/r.jpg?key=k-123"
    gateway.script(
        reply(200, {"code": 10000, "data": {"image_urls": [link]}, "k-123": 1}), reply(200, jpeg)
    )
    result = client(gateway).edit(photo, "make it snow")
    assert gateway.requests[1].query == {"key": "k-123"}
    assert "k-123" not in json.dumps(result.envelope)


def test_a_wait_is_reported_before_the_edit_succeeds(gateway: Gateway, edit, jpeg: bytes):
    request = edit().request
    busy = reply(429, {"code": 50430, "message": "busy"}, Retry_After="0")
    gateway.script(busy, reply(200, envelope_with(jpeg)))
    told = []
    result = Client(gateway.url, max_attempts=2).send(request, on_wait=told.append)
    assert (result.picture, [wait and wait.attempt for wait in told]) == (jpeg, [2, None])


def test_an_edit_can_be_stopped_while_it_waits(gateway: Gateway, edit):
    request = edit().request
    gateway.script(reply(429, {"code": 50430, "message": "busy"}, Retry_After="60"))
    stop = threading.Event()
    with pytest.raises(StoppedError):
        Client(gateway.url).send(request, on_wait=lambda _: stop.set(), stop=stop)


# ── making a client ──────────────────────────────────────────────────────────────────────────


def test_a_client_is_configured_by_the_environment(
    gateway: Gateway, photo: Photo, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("VOLCEDIT_BASE_URL", gateway.url)
    monkeypatch.setenv("VOLCEDIT_API_KEY", "k-env")
    monkeypatch.setitem(MODELS, "other_v1", replace(MODELS["byteedit_v2.0"], req_key="other_v1"))
    monkeypatch.setenv("VOLCEDIT_REQ_KEY", "other_v1")
    gateway.script(reply(200, envelope_with(jpeg)))
    Client.from_env().edit(photo, "make it snow")
    assert gateway.requests[0].headers["Authorization"] == "Bearer k-env"
    assert json.loads(gateway.requests[0].body)["req_key"] == "other_v1"


def test_the_settings_limit_the_attempts(gateway: Gateway, photo: Photo):
    environ = {"VOLCEDIT_BASE_URL": gateway.url, "VOLCEDIT_MAX_ATTEMPTS": "2"}
    gateway.script(reply(429, Retry_After="0"))
    with pytest.raises(RateLimitError):
        Client.from_settings(read_settings(environ)).edit(photo, "make it snow")
    assert len(gateway.requests) == 2


def test_the_settings_limit_the_response_time(gateway: Gateway, photo: Photo):
    environ = {"VOLCEDIT_BASE_URL": gateway.url, "VOLCEDIT_TIMEOUT_S": "1"}
    gateway.script(hang())
    with pytest.raises(AnswerLostError, match="within 1 s"):
        Client.from_settings(read_settings(environ)).edit(photo, "make it snow")


def test_a_key_pair_calls_volcengine_directly_and_signs(
    gateway: Gateway, photo: Photo, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
):
    for name, value in {
        "VOLC_ACCESSKEY": "AKLTx",
        "VOLC_SECRETKEY": "sk",
        "VOLC_SESSION_TOKEN": "STS2x",
        "VOLCEDIT_VOLC_URL": gateway.url,
    }.items():
        monkeypatch.setenv(name, value)
    gateway.script(reply(200, envelope_with(jpeg)))
    Client.from_env().edit(photo, "make it snow")
    (request,) = gateway.requests
    assert (request.path, request.query["Action"]) == ("/", "CVProcess")
    assert re.fullmatch(
        r"HMAC-SHA256 Credential=AKLTx/\d{8}/cn-north-1/cv/request, "
        r"SignedHeaders=content-type;host;x-content-sha256;x-date;x-security-token, "
        r"Signature=[0-9a-f]{64}",
        request.headers["Authorization"],
    )
    assert request.headers["X-Content-Sha256"] == hashlib.sha256(request.body).hexdigest()
    assert request.headers["X-Security-Token"] == "STS2x"
    assert request.headers["Host"] == gateway.url.removeprefix("http://")


def test_half_a_key_pair_is_refused():
    with pytest.raises(ConfigError, match="VOLC_SECRETKEY must be set"):
        Client("https://visual.volcengineapi.com", KeyPair("AKLTx", ""))


def test_settings_without_a_gateway_are_refused():
    with pytest.raises(ConfigError, match="VOLCEDIT_BASE_URL"):
        Client.from_settings(read_settings({}))


def test_the_base_url_may_be_the_whole_endpoint(gateway: Gateway, photo: Photo, jpeg: bytes):
    gateway.script(reply(200, envelope_with(jpeg)))
    Client(gateway.url + "/volcv/v1?Action=CVProcess").edit(photo, "make it snow")
    assert gateway.requests[0].path == "/volcv/v1"


@pytest.mark.parametrize("key", ["s3cret\n", "s3cret\r\nX: 1", "s3cret 密钥"], ids=ascii)
def test_a_key_that_does_not_fit_a_header_is_refused_and_not_quoted(key: str):
    with pytest.raises(ConfigError) as caught:
        Client("https://gateway.test", key)
    assert "s3cret" not in f"{caught.value} {caught.value.words!r}"


def test_an_invalid_base_url_is_refused():
    with pytest.raises(ConfigError, match="VOLCEDIT_BASE_URL"):
        Client("gateway.test")


# ── the probe ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (reply(200, {"code": 10000, "data": {"status": "not_found"}}), True),
        (reply(400, {"code": 50200, "message": "", "data": None}), True),
        (reply(500, {"code": 50500, "message": "", "data": None}), True),
        (reply(400, {"code": 50402, "message": "", "data": None}), False),
        (reply(404, {"error": {"message": "no route", "code": "not_found"}}), False),
        (reply(405), False),
    ],
)
def test_a_probe_polls_a_nonexistent_task_once(answer, known):
    with Gateway() as gateway:
        gateway.script(answer)
        assert Client(gateway.url).probe() is known
        (request,) = gateway.requests
    assert request.query["Action"] == "CVSync2AsyncGetResult"


def test_a_probe_raises_when_the_key_is_refused():
    with Gateway() as gateway:
        gateway.script(reply(401, {"error": {"message": "wrong"}}))
        with pytest.raises(AuthenticationError):
            Client(gateway.url, "canary").probe()


# ── a photo by its address ───────────────────────────────────────────────────────────────────


def test_a_link_is_sent_for_the_service_to_fetch(gateway: Gateway, jpeg: bytes):
    gateway.script(reply(200, envelope_with(jpeg)))
    result = client(gateway).edit(PhotoLink("https://example.com/cat.jpg"), "make it snow")
    (request,) = gateway.requests
    assert json.loads(request.body)["image_urls"] == ["https://example.com/cat.jpg"]
    assert result.picture == jpeg


def test_a_photo_is_fetched_byte_for_byte_and_without_the_key(gateway: Gateway, jpeg: bytes):
    gateway.script(reply(200, jpeg))
    assert client(gateway).fetch_photo(f"{gateway.url}/cat.jpg?size=large") == jpeg
    (request,) = gateway.requests
    assert (request.method, request.query) == ("GET", {"size": "large"})
    assert "Authorization" not in request.headers


def test_a_failed_photo_download_is_not_a_failed_edit(gateway: Gateway):
    gateway.script(reply(404))
    with pytest.raises(PhotoError, match="photo could not be fetched") as caught:
        client(gateway).fetch_photo(f"{gateway.url}/cat.jpg")
    assert caught.value.http_status == 404


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/cat.jpg", "https://127.0.0.1/cat.jpg", "https://100.64.0.1/a"]
)
def test_a_photo_is_not_fetched_from_inside_the_network(gateway: Gateway, url: str):
    with pytest.raises(PhotoError, match="only public https"):
        client(gateway).fetch_photo(url)


def test_a_photo_url_with_a_password_is_not_fetched(gateway: Gateway):
    with pytest.raises(ParameterError):
        client(gateway).fetch_photo(gateway.url.replace("://", "://user:password@"))
    assert gateway.requests == []


def test_a_link_into_a_network_is_not_sent_to_the_service(gateway: Gateway):
    with pytest.raises(ParameterError, match="on the public internet"):
        client(gateway).edit(PhotoLink("https://169.254.169.254/latest/meta-data"), "make it snow")
    assert gateway.requests == []
