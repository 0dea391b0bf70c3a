from __future__ import annotations

import base64
import json
import logging
import time
import traceback

import pytest

from tests.support.gateway import Answer, Gateway, hang, redirect, reply
from volcedit import (
    AnswerError,
    AuthenticationError,
    Client,
    DownloadError,
    KeyPair,
    MalformedAnswerError,
    Photo,
    RateLimitError,
    RefusedError,
    RejectedError,
    ServiceError,
    VolceditError,
)
from volcedit.service.transport import Transport
from volcedit.words import say

KEY = "sk-Ab/12&34+=="  # has characters that JSON may escape and that base64 may end with
PAIR = KeyPair("AKLT" + KEY, "WVRC" + KEY, "STS2" + KEY)
HTML = b"<html><title>welcome</title></html>"


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def success(data: object) -> dict:
    return {"code": 10000, "message": "Success", "data": data, "request_id": "2025ABC"}


def fail(
    gateway: Gateway, photo: Photo, *answers: Answer, key: str | KeyPair = KEY
) -> VolceditError:
    """The error raised by an edit with `key`."""
    gateway.script(*answers)
    with pytest.raises(VolceditError) as caught:
        Client(gateway.url, key, max_attempts=1, timeout_s=10).edit(photo, "make it snow")
    return caught.value


# ── success without a picture ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        "",
        {"binary_data_base64": [], "image_urls": []},
        {"binary_data_base64": None, "image_urls": None},
        {"binary_data_base64": [None], "image_urls": [""]},
        {"image_urls": [17]},
    ],
    ids=str,
)
def test_a_success_without_a_picture_is_malformed(gateway: Gateway, photo: Photo, data: object):
    error = fail(gateway, photo, reply(200, success(data)))
    assert type(error) is MalformedAnswerError and not error.retryable
    assert (error.envelope, error.request_id) == (success(data), "2025ABC")


@pytest.mark.parametrize(
    "text",
    ["not base64!", "QUJDR", base64_of(b"hello"), base64_of(HTML), "%%%%", "图片"],
    ids=ascii,
)
def test_a_success_with_something_other_than_a_picture_is_malformed(
    gateway: Gateway, photo: Photo, text: str
):
    data = {"binary_data_base64": [text]}
    error = fail(gateway, photo, reply(200, success(data)))
    assert type(error) is MalformedAnswerError
    assert (error.envelope, error.request_id) == (success(data), "2025ABC")


@pytest.mark.parametrize("left_out", [2, 20, 600])
def test_a_truncated_picture_is_malformed(
    gateway: Gateway, photo: Photo, jpeg: bytes, left_out: int
):
    data = {"binary_data_base64": [base64_of(jpeg[:-left_out])]}
    assert type(fail(gateway, photo, reply(200, success(data)))) is MalformedAnswerError


def test_a_link_to_something_other_than_a_picture_is_malformed(gateway: Gateway, photo: Photo):
    data = {"image_urls": [gateway.url + "/p.jpg"]}
    error = fail(gateway, photo, reply(200, success(data)), reply(200, HTML))
    assert type(error) is MalformedAnswerError
    assert error.envelope == success(data)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/p.jpg",
        "https://10.0.0.1/p.jpg",
        "file:///etc/passwd",
        "not an address",
    ],
)
def test_a_link_into_the_network_is_not_fetched(gateway: Gateway, photo: Photo, url: str):
    data = {"image_urls": [url]}
    error = fail(gateway, photo, reply(200, success(data)))
    assert type(error) is DownloadError
    assert (error.envelope, error.request_id) == (success(data), "2025ABC")


def test_a_redirect_into_the_network_is_not_followed(gateway: Gateway, photo: Photo):
    with Gateway() as inside:
        data = {"image_urls": [gateway.url + "/p.jpg"]}
        answers = reply(200, success(data)), redirect(inside.url)
        assert type(fail(gateway, photo, *answers)) is DownloadError
        assert inside.requests == []


@pytest.mark.parametrize("status", [404, 410])
def test_an_expired_link_is_reported_with_the_response(gateway: Gateway, photo: Photo, status: int):
    data = {"image_urls": [gateway.url + "/p.jpg"]}
    error = fail(gateway, photo, reply(200, success(data)), reply(status))
    assert (type(error), error.http_status) == (DownloadError, status)
    assert (error.envelope, error.request_id) == (success(data), "2025ABC")


def test_a_download_that_hangs_times_out(gateway: Gateway, photo: Photo):
    data = {"image_urls": [gateway.url + "/p.jpg"]}
    gateway.script(reply(200, success(data)), hang())
    started = time.monotonic()
    with pytest.raises(DownloadError):
        Client(gateway.url, KEY, timeout_s=0.3).edit(photo, "make it snow")
    assert time.monotonic() - started < 5


# ── gateways and proxies ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, HTML, MalformedAnswerError),
        (200, b'{"code": 10000, "data": {"binary_data_ba', MalformedAnswerError),
        (200, b"", MalformedAnswerError),
        (200, b"{}", MalformedAnswerError),
        (200, b"[]", MalformedAnswerError),
        (401, HTML, AuthenticationError),
        (404, HTML, RejectedError),
        (413, HTML, RejectedError),
        (429, HTML, RateLimitError),
        (502, HTML, ServiceError),
        (502, b'{"code": 10000, "da', ServiceError),
    ],
)
def test_a_response_of_an_intermediary_is_classified_by_its_status(
    gateway: Gateway, photo: Photo, status: int, body: bytes, kind: type
):
    error = fail(gateway, photo, reply(status, body))
    assert (type(error), error.http_status) == (kind, status)
    assert "html" not in str(error.words)


# API.md, "Answer": a gateway's own failure.
@pytest.mark.parametrize(
    ("status", "error_field", "kind", "code"),
    [
        (401, {"message": "m", "type": "auth", "code": "invalid_api_key"}, AuthenticationError,
         "invalid_api_key"),
        (403, {"message": "m", "type": "quota", "code": "insufficient_quota"}, AuthenticationError,
         "insufficient_quota"),
        (429, {"message": "m", "type": "rate", "code": 17}, RateLimitError, 17),
        (400, {"message": "m", "type": "bad", "code": ""}, RejectedError, 400),
        (400, {"message": "m", "code": None}, RejectedError, 400),
        (500, {"message": "m"}, ServiceError, 500),
        (401, "m", AuthenticationError, 401),
    ],
)  # fmt: skip
def test_a_gateways_own_failure_is_understood(
    gateway: Gateway, photo: Photo, status: int, error_field: object, kind: type, code: object
):
    envelope = {"error": error_field, "request_id": "gw-1"}
    error = fail(gateway, photo, reply(status, envelope))
    assert (type(error), error.code, error.request_id) == (kind, code, "gw-1")
    assert (error.http_status, error.envelope) == (status, envelope)
    assert "“m”" in str(error.words) and "“m”" in say("zh", error.words)


# API.md, "Answer": a failure before the service is reached.
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "SignatureDoesNotMatch", AuthenticationError),
        (400, "InvalidAccessKey", AuthenticationError),
        (400, "AccessDenied", AuthenticationError),
        (200, "InvalidCredential", AuthenticationError),
        (400, "InvalidActionOrVersion", RejectedError),
        (429, "RequestLimitExceeded", RateLimitError),
        (429, "AuthLimitExceeded", RateLimitError),
        (500, "AuthServiceError", ServiceError),
        (500, "InternalServiceError", ServiceError),
    ],
)
def test_a_failure_before_the_service_is_understood(
    gateway: Gateway, photo: Photo, status: int, code: str, kind: type
):
    told = {"CodeN": 100010, "Code": code, "Message": "as it said"}
    envelope = {"ResponseMetadata": {"RequestId": "2025XYZ", "Region": "cn", "Error": told}}
    error = fail(gateway, photo, reply(status, envelope))
    assert (type(error), error.code, error.request_id) == (kind, code, "2025XYZ")
    assert "as it said" in str(error.words) and error.envelope == envelope


@pytest.mark.parametrize("metadata", [None, [], {"Error": "?"}, {"Error": {"Code": None}}], ids=str)
def test_a_failure_without_details_is_still_a_failure(
    gateway: Gateway, photo: Photo, metadata: object
):
    error = fail(gateway, photo, reply(400, {"ResponseMetadata": metadata}))
    assert type(error) is RejectedError


@pytest.mark.parametrize("code", [50999, 0, -1, "50999"])
def test_an_undocumented_code_is_a_failure_and_is_reported(
    gateway: Gateway, photo: Photo, code: int | str
):
    error = fail(gateway, photo, reply(200, {"code": code, "message": "new", "data": None}))
    assert isinstance(error, AnswerError) and not error.retryable
    assert "new" in str(error.words)


@pytest.mark.parametrize("code", [10000, None])
def test_a_picture_with_a_failing_status_is_not_a_success(
    gateway: Gateway, photo: Photo, jpeg: bytes, code: int | None
):
    envelope = success({"binary_data_base64": [base64_of(jpeg)]}) | {"code": code}
    error = fail(gateway, photo, reply(500, envelope))
    assert (type(error), error.envelope) == (ServiceError, envelope)


def test_a_code_takes_precedence_over_the_status(gateway: Gateway, photo: Photo):
    error = fail(gateway, photo, reply(500, {"code": 50411, "message": "risk", "data": None}))
    assert type(error) is RefusedError


# ── the key ──────────────────────────────────────────────────────────────────────────────────

QUOTING_THE_KEY = {
    "envelope": {"code": 50400, "message": f"no rights for {KEY}", "request_id": f"id-{KEY}"},
    "unknown code": {"code": 777, "message": KEY},
    "gateway": {"error": {"message": f"Incorrect API key: {KEY}", "code": KEY, "type": KEY}},
    "gateway, as text": {"error": f"Bearer {KEY} is wrong"},
    "before the service": {
        "ResponseMetadata": {"RequestId": KEY, "Error": {"Code": KEY, "Message": KEY}}
    },
    "field nobody knows": {"code": 50500, "debug": [{"headers": {"a": f"Bearer {KEY}"}}]},
    "cut in the middle": {"code": 50400, "message": "x" * 290 + KEY},
    "without a picture": success({"image_urls": [], "echo": KEY}),
}
SPELLINGS = {
    "plain": str,
    "slashes escaped": lambda text: text.replace("/", "\\/"),
    "for HTML": lambda text: text.replace("&", "\\u0026").replace("=", "\\u003D"),
}


QUOTING_THE_PAIR = {
    name: json.dumps(envelope).replace(json.dumps(KEY)[1:-1], json.dumps(secret)[1:-1])
    for secret in (PAIR.access_key, PAIR.secret_key, PAIR.session_token)
    for name, envelope in {
        f"{secret[:4]}, {place}": envelope for place, envelope in QUOTING_THE_KEY.items()
    }.items()
}


@pytest.mark.parametrize("status", [200, 401, 500])
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("said", QUOTING_THE_PAIR.values(), ids=QUOTING_THE_PAIR)
def test_a_quoted_key_pair_or_token_is_redacted(
    gateway: Gateway,
    photo: Photo,
    caplog: pytest.LogCaptureFixture,
    status: int,
    spell,
    said: str,
):
    caplog.set_level(logging.DEBUG)
    error = fail(gateway, photo, reply(status, spell(said).encode()), key=PAIR)
    told = [str(error), repr(error), repr(vars(error)), json.dumps(error.envelope)]
    told += [*traceback.format_exception(error), caplog.text]
    signature = gateway.requests[0].headers["Authorization"].rpartition("=")[2]
    secrets = (PAIR.access_key[:13], PAIR.secret_key[:13], PAIR.session_token[:13], signature)
    assert not [text for text in told for secret in secrets if secret in text]


def test_a_quoted_signature_is_redacted(gateway: Gateway, photo: Photo):
    def quote(exchange) -> None:
        header = gateway.requests[-1].headers["Authorization"]
        told = {"Code": "SignatureDoesNotMatch", "Message": f"We calculated other than {header}"}
        reply(401, {"ResponseMetadata": {"Error": told}})(exchange)

    error = fail(gateway, photo, quote, key=PAIR)
    signature = gateway.requests[0].headers["Authorization"].rpartition("=")[2]
    told = f"{error} {vars(error)!r}"
    assert "SignedHeaders" in told
    assert signature not in told and PAIR.access_key not in told


@pytest.mark.parametrize("status", [200, 401, 500])
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("envelope", QUOTING_THE_KEY.values(), ids=QUOTING_THE_KEY)
def test_a_key_quoted_by_a_gateway_is_redacted(
    gateway: Gateway,
    photo: Photo,
    caplog: pytest.LogCaptureFixture,
    status: int,
    spell,
    envelope: dict,
):
    caplog.set_level(logging.DEBUG)
    body = spell(json.dumps(envelope)).encode()
    error = fail(gateway, photo, reply(status, body))
    told = [str(error), repr(error), repr(vars(error)), json.dumps(error.envelope)]
    told += [*traceback.format_exception(error), caplog.text]
    assert not [text for text in told if KEY in text or KEY[:9] in text]


def test_a_key_quoted_in_an_html_page_is_redacted(gateway: Gateway, photo: Photo):
    error = fail(gateway, photo, reply(502, f"<html>Bearer {KEY}</html>".encode()))
    assert KEY not in f"{error} {vars(error)!r}"


def test_a_key_quoted_in_a_success_is_redacted(gateway: Gateway, photo: Photo, jpeg: bytes):
    envelope = success({"binary_data_base64": [base64_of(jpeg)], "headers": f"Bearer {KEY}"})
    gateway.script(reply(200, envelope))
    result = Client(gateway.url, KEY).edit(photo, "make it snow")
    assert KEY not in json.dumps(dict(result.envelope))


@pytest.mark.parametrize("start", [40, 41, 42, 43])
def test_redacting_a_short_key_does_not_damage_pictures(
    gateway: Gateway, photo: Photo, jpeg: bytes, start: int
):
    text = base64_of(jpeg)
    gateway.script(reply(200, success({"binary_data_base64": [text]})))
    key = text[start : start + 2]
    assert Client(gateway.url, key).edit(photo, "make it snow").picture == jpeg


@pytest.mark.parametrize("key", [KEY, PAIR], ids=["bearer", "pair"])
def test_the_client_shows_no_key(key: str | KeyPair):
    shown = Client("https://gateway.test", key)
    (transport,) = (part for part in vars(shown).values() if isinstance(part, Transport))
    assert KEY not in f"{shown!r} {vars(shown)!r} {vars(transport)!r}"
