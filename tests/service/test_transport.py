from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest

from tests.support.calling import OK, Waits, call, fail, transport
from tests.support.gateway import (
    Answer,
    Gateway,
    chunked,
    close_unanswered,
    cut_off,
    raw,
    redirect,
    reply,
)
from volcedit import (
    AuthenticationError,
    HistoryError,
    KeyPair,
    RateLimitError,
    ServiceError,
    StoppedError,
    UnreachableError,
    Words,
)
from volcedit.service.auth import SignatureAuth
from volcedit.service.transport import (
    Transport,
    Wait,
    longest_call_s,
    poll_delay_s,
    read_retry_after_s,
    read_skew_s,
    retry_delay_s,
)
from volcedit.words import say

BUSY = reply(429, {"code": 50430, "message": "busy", "data": None})


# ── one call ─────────────────────────────────────────────────────────────────────────────────


def test_a_call_is_the_published_request(gateway: Gateway):
    gateway.script(reply(200, OK))
    call(gateway, b'{"exact": "bytes"}')
    (request,) = gateway.requests
    assert (request.method, request.path) == ("POST", "/volcv/v1")
    assert request.query == {"Action": "CVProcess", "Version": "2022-08-31"}
    assert request.headers["Authorization"] == "Bearer k-123"
    assert request.headers["Content-Type"] == "application/json"
    assert request.body == b'{"exact": "bytes"}'


def test_a_chunked_response_is_complete(gateway: Gateway):
    gateway.script(chunked(b'{"code": 10', b"000", b', "new": "field"}'))
    assert call(gateway) == {"code": 10000, "new": "field"}


def test_several_threads_may_call_at_once(gateway: Gateway):
    gateway.script(reply(200, OK))
    shared = transport(gateway)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shared.call("CVProcess", b"{}"), range(40)))
    assert answers == [OK] * 40
    assert len(gateway.requests) == 40


# ── retries ──────────────────────────────────────────────────────────────────────────────────

RETRIED = {
    "50429": reply(429, {"code": 50429, "message": "qps"}),
    "50430": reply(429, {"code": 50430, "message": "concurrency"}),
    "50430 with HTTP 200": reply(200, {"code": 50430, "message": "concurrency"}),
    "50500": reply(500, {"code": 50500, "message": "internal"}),
    "50501": reply(500, {"code": 50501, "message": "internal"}),
    "429 of a gateway": reply(429, {"error": {"message": "slow down", "code": "rate_limit"}}),
    "429 without a body": reply(429),
    "500 as HTML": reply(500, b"<html>oops</html>"),
    "502 as HTML": reply(502, b"<html>bad gateway</html>"),
    "503 without a body": reply(503),
    "525 of a proxy": reply(525),
    "50500 with 504": reply(504, {"code": 50500, "message": "internal"}),
}
NOT_RETRIED = {
    "50200": reply(400, {"code": 50200, "message": "invalid"}),
    "50400": reply(400, {"code": 50400, "message": "no permission"}),
    "50411": reply(400, {"code": 50411, "message": "risk"}),
    "50511, where only another seed helps": reply(400, {"code": 50511, "message": "risk"}),
    "50519, where only another seed helps": reply(400, {"code": 50519, "message": "copyright"}),
    "50520": reply(400, {"code": 50520, "message": "review failed"}),
    "401": reply(401, {"error": {"message": "invalid key"}}),
    "403": reply(403),
    "404": reply(404),
    "413": reply(413),
    "a redirect": redirect("/elsewhere", 307),
    "HTML with HTTP 200": reply(200, b"<html>welcome</html>"),
    "504 of a proxy": reply(504, b"<html>gateway timeout</html>"),
    "504 without a body": reply(504),
    "504 of a gateway": reply(504, {"error": {"message": "upstream timed out"}}),
    "520": reply(520, b"<html>unknown error</html>"),
    "524": reply(524, b"<html>a timeout occurred</html>"),
    "no answer at all": close_unanswered(),
    "half an answer": cut_off(b'{"code": 50500}', 8),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
}


@pytest.mark.parametrize("answer", RETRIED.values(), ids=RETRIED)
def test_transient_failures_are_retried(gateway: Gateway, answer: Answer):
    gateway.script(answer, answer, reply(200, OK))
    assert call(gateway, max_attempts=3) == OK
    assert len(gateway.requests) == 3


@pytest.mark.parametrize("answer", RETRIED.values(), ids=RETRIED)
def test_persistent_failures_end_after_the_last_attempt(gateway: Gateway, answer: Answer):
    gateway.script(answer)
    assert fail(gateway, max_attempts=3).retryable
    assert len(gateway.requests) == 3


@pytest.mark.parametrize("answer", NOT_RETRIED.values(), ids=NOT_RETRIED)
def test_failures_that_are_final_or_may_be_charged_are_not_retried(
    gateway: Gateway, answer: Answer
):
    gateway.script(answer, reply(200, OK))
    fail(gateway, max_attempts=3)
    assert len(gateway.requests) == 1


def test_each_attempt_sends_the_same_bytes(gateway: Gateway):
    gateway.script(BUSY, BUSY, reply(200, OK))
    call(gateway, b'{"seed": 7}')
    assert [request.body for request in gateway.requests] == [b'{"seed": 7}'] * 3


def test_a_refused_connection_is_retried():
    with Gateway() as gone:
        url = gone.url
    waits = Waits()
    assert isinstance(fail(url, max_attempts=3, wait=waits), UnreachableError)
    assert waits.delays_s == [1.0, 2.0]


def test_a_host_that_cannot_be_resolved_is_unreachable(monkeypatch: pytest.MonkeyPatch):
    def find_nothing(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", find_nothing)
    assert isinstance(fail("http://gateway.test", max_attempts=1), UnreachableError)


@pytest.mark.parametrize("url", ["http://" + "a" * 64 + ".test", "http://a b", "ftp://h", "h"])
def test_an_invalid_address_is_not_retried(url: str):
    waits = Waits()
    assert isinstance(fail(url, wait=waits), UnreachableError)
    assert waits.delays_s == []


@pytest.fixture
def full_backlog() -> Iterator[str]:
    """The URL of a server with a full backlog, which neither accepts nor refuses connections."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for client in waiting:
            client.close()


def test_a_connection_that_takes_too_long_is_unreachable(full_backlog: str):
    started = time.monotonic()
    assert isinstance(fail(full_backlog, timeout_s=0.2, max_attempts=1), UnreachableError)
    assert time.monotonic() - started < 5


# ── delays ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("attempt", "retry_after_s", "jitter", "delay_s"),
    [
        (1, None, 0.0, 1.0),
        (2, None, 0.0, 2.0),
        (3, None, 0.0, 4.0),
        (4, None, 0.0, 8.0),
        (5, None, 0.0, 8.0),
        (9, None, 0.0, 8.0),
        (1, None, 1.0, 0.5),
        (6, None, 0.5, 6.0),
        (1, 0.0, 0.0, 0.0),
        (1, 7.0, 1.0, 7.0),
        (9, 7.0, 0.0, 7.0),
        (1, 60.0, 0.0, 60.0),
        (1, 61.0, 0.0, 60.0),
    ],
)
def test_the_delay_grows_with_jitter_and_obeys_retry_after_up_to_a_minute(
    attempt: int, retry_after_s: float | None, jitter: float, delay_s: float
):
    assert retry_delay_s(attempt, retry_after_s, jitter) == delay_s


@pytest.mark.parametrize("retry_after_s", [None, 1e9])
@pytest.mark.parametrize(("max_attempts", "timeout_s", "longest_s"), [(1, 5, 65), (10, 120, 1800)])
def test_no_call_takes_longer_than_all_attempts_and_pauses(
    max_attempts: int, timeout_s: float, longest_s: float, retry_after_s: float | None
):
    assert longest_call_s(max_attempts, timeout_s) == longest_s
    pauses_s = sum(retry_delay_s(n, retry_after_s, 0.0) for n in range(1, max_attempts))
    assert max_attempts * timeout_s + pauses_s <= longest_s


@pytest.mark.parametrize(
    ("poll", "retry_after_s", "jitter", "delay_s"),
    [
        (1, None, 0.0, 0.5),
        (2, None, 0.0, 0.6),
        (3, None, 0.0, 0.72),
        (17, None, 0.0, 9.2442),
        (18, None, 0.0, 10.0),
        (10**9, None, 0.0, 10.0),
        (1, None, 1.0, 0.375),
        (18, None, 1.0, 7.5),
        (1, 30.0, 0.0, 30.0),
        (1, 61.0, 1.0, 60.0),
        (18, 3.0, 0.0, 10.0),
    ],
)
def test_the_pauses_between_polls_grow(
    poll: int, retry_after_s: float | None, jitter: float, delay_s: float
):
    assert poll_delay_s(poll, retry_after_s, jitter) == pytest.approx(delay_s, abs=1e-4)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("7", 7),
        (" 61 ", 61),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 5000, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 99 Foo 2015 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(header: str | None, seconds: float | None):
    assert read_retry_after_s(header) == seconds


def test_retry_after_as_a_future_date_is_the_time_until_then():
    header = formatdate(time.time() + 30, usegmt=True)
    assert read_retry_after_s(header) == pytest.approx(30, abs=5)


@pytest.mark.parametrize(
    ("header", "delays_s"),
    [("7", [7, 7]), ("3600", [60, 60]), ("0", [0, 0]), ("soon", [1, 2])],
)
def test_retry_after_is_respected(gateway: Gateway, header: str, delays_s: list):
    gateway.script(reply(429, {"code": 50429}, Retry_After=header))
    waits = Waits()
    fail(gateway, max_attempts=3, wait=waits)
    assert waits.delays_s == delays_s


def test_each_wait_is_reported_with_its_reason(gateway: Gateway):
    gateway.script(BUSY, reply(503), reply(200, OK))
    told: list[Wait | None] = []
    transport(gateway, max_attempts=4).call("CVProcess", b"{}", on_wait=told.append)
    first, first_end, second, second_end = told
    assert (type(first.error), first.delay_s, first.attempt) == (RateLimitError, 1.0, 2)
    assert (type(second.error), second.delay_s, second.attempt) == (ServiceError, 2.0, 3)
    assert first.max_attempts == second.max_attempts == 4
    assert (first_end, second_end) == (None, None)


def test_each_attempt_is_reported_with_its_size_before_it_is_sent(gateway: Gateway):
    gateway.script(BUSY, reply(200, OK))
    told: list[tuple[int, int]] = []
    transport(gateway).call(
        "CVProcess", b"12345", on_send=lambda size: told.append((size, len(gateway.requests)))
    )
    assert told == [(5, 0), (5, 1)]


def test_if_on_send_raises_nothing_is_sent(gateway: Gateway):
    def refuse(_: int) -> None:
        raise HistoryError(Words("The disk is full."))

    with pytest.raises(HistoryError):
        transport(gateway).call("CVProcess", b"{}", on_send=refuse)
    assert gateway.requests == []


# ── stopping ─────────────────────────────────────────────────────────────────────────────────


def test_a_call_stopped_before_sending_is_not_sent(gateway: Gateway):
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        transport(gateway).call("CVProcess", b"{}", stop=stop)
    assert gateway.requests == []


def test_stopping_ends_a_wait_immediately(gateway: Gateway):
    gateway.script(reply(429, {"code": 50429}, Retry_After="60"))
    stop = threading.Event()
    waiting = transport(gateway, wait=threading.Event.wait)
    started = time.monotonic()
    with pytest.raises(StoppedError):
        waiting.call("CVProcess", b"{}", stop=stop, on_wait=lambda _: stop.set())
    assert time.monotonic() - started < 5
    assert len(gateway.requests) == 1


def test_stopping_does_not_discard_a_response(gateway: Gateway):
    stop = threading.Event()

    def answer_after_stop(exchange: object) -> None:
        stop.set()
        reply(200, OK)(exchange)

    gateway.script(answer_after_stop)
    assert transport(gateway).call("CVProcess", b"{}", stop=stop) == OK


# ── the clock ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("signed_at", "answered_at", "seconds"),
    [
        ("20250102T030405Z", "Thu, 02 Jan 2025 03:04:05 GMT", 0),
        ("20250102T030405Z", "Thu, 02 Jan 2025 03:14:05 GMT", -600),
        ("20250102T031405Z", "Thu, 02 Jan 2025 03:04:05 GMT", 600),
        ("20250102T030405Z", "Thu, 02 Jan 2025 03:14:05", 0),
        ("20250102T030405Z", "soon", 0),
        ("20250102T030405Z", None, 0),
        (None, "Thu, 02 Jan 2025 03:14:05 GMT", 0),
        ("soon", "Thu, 02 Jan 2025 03:14:05 GMT", 0),
    ],
)
def test_clock_skew_is_computed_from_the_date_of_the_response(
    signed_at: str | None, answered_at: str | None, seconds: float
):
    assert read_skew_s(signed_at, answered_at) == seconds


@pytest.mark.parametrize(("off_s", "told"), [(-179, False), (-181, True), (181, True)])
@pytest.mark.parametrize("status", [401, 403])
def test_clock_skew_is_reported_with_any_refusal(
    gateway: Gateway, status: int, off_s: float, told: bool
):
    date = formatdate(1e9, usegmt=True)
    gateway.script(raw(f"HTTP/1.1 {status} No\r\nDate: {date}\r\n\r\n{{}}".encode()))
    auth = SignatureAuth(KeyPair("ak", "sk"), lambda: 1e9 + off_s)
    with pytest.raises(AuthenticationError) as caught:
        Transport(gateway.url, auth).call("CVProcess", b"{}")
    assert ("clock is 3 min" in str(caught.value.words)) is told
    assert ("本机时钟" in say("zh", caught.value.words)) is told


def test_clock_skew_is_not_reported_for_unsigned_calls(gateway: Gateway):
    date = formatdate(1e9, usegmt=True)
    gateway.script(raw(f"HTTP/1.1 401 No\r\nDate: {date}\r\n\r\n{{}}".encode()))
    assert "clock" not in str(fail(gateway).words)
