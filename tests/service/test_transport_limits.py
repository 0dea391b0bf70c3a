from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable

import pytest

from tests.support.calling import OK, Waits, call, fail
from tests.support.gateway import (
    CA_CERTS,
    Answer,
    Gateway,
    close_unanswered,
    cut_off,
    drip,
    drip_head,
    hang,
    raw,
    redirect,
    reply,
)
from volcedit import (
    AnswerLostError,
    AuthenticationError,
    MalformedAnswerError,
    RejectedError,
    UnreachableError,
)
from volcedit.service.transport import is_loopback
from volcedit.words import say

# ── limits ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "answer",
    [
        hang(),
        hang(b'{"code"'),
        drip(),
        drip_head(b"HTTP/1.1 200 OK and so on"),
        drip_head(b"HTTP/1.1 100 Continue\r\n\r\n", every_s=0.001),
    ],
    ids=["silent", "silent in the middle", "dripping", "dripping its head", "ever to continue"],
)
def test_a_slow_response_times_out_and_the_limit_is_named(gateway: Gateway, answer: Answer):
    gateway.script(answer)
    started = time.monotonic()
    error = fail(gateway, timeout_s=0.3)
    assert time.monotonic() - started < 3
    assert isinstance(error, AnswerLostError) and not error.retryable
    assert "0.3 s" in str(error.words) and "0.3" in say("zh", error.words)


@pytest.mark.parametrize(
    "answer",
    [close_unanswered(), cut_off(b'{"code": 10000}', 8), raw(b"HTTP/1.1 2")],
    ids=["unanswered", "in the body", "in the head"],
)
def test_an_interrupted_response_may_have_been_charged(gateway: Gateway, answer: Answer):
    gateway.script(answer)
    error = fail(gateway)
    assert isinstance(error, AnswerLostError) and not error.retryable
    assert "charged" in str(error.words) and "计费" in say("zh", error.words)


def test_a_response_of_the_maximum_size_is_read(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("volcedit.service.transport.ANSWER_MAX_BYTES", 1000)
    gateway.script(reply(200, b'{"code": 10000}'.ljust(1000)))
    assert call(gateway) == {"code": 10000}


def test_a_response_one_byte_larger_is_refused(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("volcedit.service.transport.ANSWER_MAX_BYTES", 1000)
    gateway.script(reply(200, b'{"code": 10000}'.ljust(1001)))
    error = fail(gateway)
    assert isinstance(error, MalformedAnswerError)
    assert "larger" in str(error.words) and "charged" in str(error.words)


def test_an_oversized_response_is_classified_by_its_status(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("volcedit.service.transport.ANSWER_MAX_BYTES", 1000)
    gateway.script(reply(401, bytes(1001)))
    assert isinstance(fail(gateway), AuthenticationError)


def test_a_slow_upload_is_not_subject_to_the_connect_timeout(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("volcedit.service.transport.CONNECT_TIMEOUT_S", 0.1)
    gateway.reads_after_s = 0.4
    gateway.script(reply(200, OK))
    assert call(gateway, bytes(32_000_000)) == OK


def test_an_upload_that_hangs_times_out(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("volcedit.service.connections.SEND_TIMEOUT_S", 0.2)
    gateway.reads_after_s = 60
    with pytest.raises(AnswerLostError):
        call(gateway, bytes(32_000_000))


# ── where requests go ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(gateway: Gateway, status: int):
    with Gateway() as elsewhere:
        gateway.script(redirect(elsewhere.url + "/volcv/v1", status))
        assert isinstance(fail(gateway), RejectedError)
        assert elsewhere.requests == []


def test_loopback_ignores_proxies(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    gateway.script(reply(200, OK))
    with Gateway() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert call(gateway) == OK
        assert proxy.requests == []


def test_other_hosts_are_called_through_the_proxy(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", gateway.url)
    gateway.script(reply(200, OK))
    assert call("http://gateway.test") == OK
    assert gateway.requests[0].headers["Host"] == "gateway.test"


def test_a_slow_upload_through_a_proxy_is_not_subject_to_the_connect_timeout(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", gateway.url)
    monkeypatch.setattr("volcedit.service.transport.CONNECT_TIMEOUT_S", 0.1)
    gateway.reads_after_s = 0.4
    gateway.script(reply(200, OK))
    assert call("http://gateway.test", bytes(32_000_000)) == OK


def test_an_unreachable_proxy_means_nothing_was_sent(monkeypatch: pytest.MonkeyPatch):
    with Gateway() as gone:
        monkeypatch.setenv("HTTP_PROXY", gone.url)
    assert isinstance(fail("http://gateway.test", max_attempts=1), UnreachableError)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:8000", True),
        ("http://LOCALHOST", True),
        ("http://127.0.0.1", True),
        ("http://127.9.9.9:1", True),
        ("http://[::1]:8000", True),
        ("http://127.example.com", False),
        ("http://localhost.example.com", False),
        ("http://128.0.0.1", False),
        ("http://[::2]", False),
        ("", False),
    ],
)
def test_loopback_is_detected_by_address(url: str, loopback: bool):
    assert is_loopback(url) is loopback


def test_with_an_untrusted_certificate_nothing_is_sent():
    with Gateway(tls=True) as gateway:
        waits = Waits()
        error = fail(gateway, wait=waits)
        assert isinstance(error, UnreachableError) and not error.retryable
        assert "certificate" in str(error.words) and "证书" in say("zh", error.words)
        assert (gateway.requests, waits.delays_s) == ([], [])


def hang_up(connection: socket.socket) -> None:
    """Close the connection cleanly, without a response."""


def reset(connection: socket.socket) -> None:
    """Reset the connection in the middle: Python leaves a socket open if it was reset earlier."""
    connection.recv(1000)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def speak_http(connection: socket.socket) -> None:
    """Answer like a server without TLS."""
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize("answer", [hang_up, reset, speak_http])
def test_a_failed_handshake_means_nothing_was_sent(answer: Callable[[socket.socket], None]):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def shake_hands() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with connection:
                    answer(connection)

        thread = threading.Thread(target=shake_hands)
        thread.start()
        waits = Waits()
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        error = fail(url, max_attempts=2, wait=waits)
        thread.join()
    assert isinstance(error, UnreachableError) and error.retryable
    assert len(waits.delays_s) == 1  # it was retried


def test_a_handshake_that_hangs_means_nothing_was_sent(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("volcedit.service.transport.CONNECT_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        error = fail(f"https://127.0.0.1:{server.getsockname()[1]}", max_attempts=1)
    assert isinstance(error, UnreachableError) and error.retryable


def test_a_proxy_that_refuses_the_tunnel_means_nothing_was_sent(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTPS_PROXY", gateway.url)  # responds to CONNECT with 501
    error = fail("https://gateway.test", max_attempts=1)
    assert isinstance(error, UnreachableError)
    assert gateway.requests == []


def test_a_trusted_certificate_is_accepted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", CA_CERTS)
    with Gateway(tls=True) as gateway:
        gateway.script(reply(200, OK))
        assert call(gateway) == OK


# ── compression ──────────────────────────────────────────────────────────────────────────────


def test_an_unrequested_compressed_response_is_not_decompressed(gateway: Gateway):
    gateway.script(reply(200, b"\x1f\x8b...", Content_Encoding="gzip"))
    assert isinstance(fail(gateway), MalformedAnswerError)
    assert gateway.requests[0].headers["Accept-Encoding"] == "identity"
