"""One POST with retries. Time, waiting and randomness are parameters."""

from __future__ import annotations

import ipaddress
import random
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, InvalidHeader, NewConnectionError, ReadTimeoutError
from urllib3.util.retry import Retry

from volcedit.config import GATEWAY_PATH
from volcedit.errors import (
    AnswerLostError,
    AuthenticationError,
    RateLimitError,
    ServiceError,
    StoppedError,
    UnreachableError,
    VolceditError,
)
from volcedit.service import codes
from volcedit.service.answers import (
    parse_answer,
    too_large,
)
from volcedit.service.auth import Auth
from volcedit.service.connections import TimeoutAdapter
from volcedit.service.redaction import redacting
from volcedit.service.wire import build_query
from volcedit.types import Words

CONNECT_TIMEOUT_S = 10.0
ANSWER_MAX_BYTES = 64_000_000  # a 20 MB picture in base64 is 27 MB
RETRY_AFTER_MAX_S = 60.0
SKEW_REPORTED_S = 180.0  # more than sending a large photo can take
HEADERS = {
    # Pictures do not compress, and this rules out decompression bombs.
    "Accept-Encoding": "identity",
    "User-Agent": "volcedit",
}

T = TypeVar("T")


class Readable(Protocol):
    """The part of a urllib3 response that `read_capped` needs."""

    def read1(self, amt: int) -> bytes:
        """The bytes that have arrived, at most `amt`; empty at the end."""


@dataclass(frozen=True)
class Wait:
    """A pause before a retry."""

    error: VolceditError
    delay_s: float
    attempt: int
    """The number of the next attempt, from 2."""
    max_attempts: int


@dataclass(frozen=True)
class RetryPolicy:
    """How many attempts are made, and how to wait in between."""

    max_attempts: int
    jitter: Callable[[], float]
    """Returns 0 … 1, see `retry_delay_s`."""
    wait: Callable[[threading.Event, float], bool]
    """`wait(stop, s)` returns after `s` seconds or when `stop` is set."""

    def run(
        self,
        attempt_once: Callable[[], T],
        may_repeat: Callable[[VolceditError], bool],
        *,
        on_wait: Callable[[Wait | None], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> T:
        """Return the result of `attempt_once`, retrying while `may_repeat` allows it.

        `on_wait` is called when a pause starts, and with None when it ends. Setting `stop` ends a
        pause with `StoppedError`. Raises the error of the last attempt.
        """
        stop = stop or threading.Event()
        for attempt in range(1, self.max_attempts + 1):
            if stop.is_set():
                raise StoppedError(STOPPED)
            try:
                return attempt_once()
            except VolceditError as error:
                if attempt == self.max_attempts or not may_repeat(error):
                    raise
                delay_s = retry_delay_s(attempt, error.retry_after_s, self.jitter())
                on_wait(Wait(error, delay_s, attempt + 1, self.max_attempts))
            self.wait(stop, delay_s)
            on_wait(None)
        raise AssertionError("the last attempt returns or raises")


class Transport:
    """Calls one service with one key. Thread-safe."""

    def __init__(
        self,
        base_url: str,
        auth: Auth,
        *,
        path: str = GATEWAY_PATH,
        timeout_s: float = 120.0,
        max_attempts: int = 4,
        jitter: Callable[[], float] = random.random,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        """Calls go to `path` below `base_url`; `timeout_s` limits one attempt.

        `wait(stop, s)` returns whether `stop` was set.
        """
        self._url = base_url + path
        self._auth = auth
        self._timeout_s = timeout_s
        self._retries = RetryPolicy(max_attempts, jitter, wait)
        # A proxy cannot reach this machine's loopback address.
        self._trust_env = not is_loopback(base_url)

    def call(
        self,
        action: str,
        body: bytes,
        *,
        on_send: Callable[[int], None] = lambda _: None,
        on_wait: Callable[[Wait | None], None] = lambda _: None,
        stop: threading.Event | None = None,
        max_attempts: int | None = None,
    ) -> dict[str, Any]:
        """Post `body` and return the response's envelope, retrying when that is safe.

        `on_send` is called with the size of the body just before each attempt; if it raises,
        nothing is sent. `on_wait` is called when a pause starts, and with None when it ends.
        Setting `stop` ends a pause with `StoppedError`. Raises `NoAnswerError` or `AnswerError`.
        """

        def attempt_once() -> dict[str, Any]:
            on_send(len(body))
            with redacting(self._auth.secrets.redact):
                return self._post(action, body)

        retries = self._retries
        if max_attempts is not None:
            retries = replace(retries, max_attempts=max_attempts)
        return retries.run(attempt_once, may_repeat, on_wait=on_wait, stop=stop)

    def _open_session(self) -> requests.Session:
        """A session for one call.

        Connections are not reused: if the server closed an idle one at that moment, it would look
        like a lost response, which may have been charged. A new connection is cheap next to an
        edit.
        """
        session = requests.Session()
        session.trust_env = self._trust_env
        for scheme in ("http://", "https://"):
            session.mount(scheme, TimeoutAdapter())
        return session

    def _post(self, action: str, body: bytes) -> dict[str, Any]:
        deadline = time.monotonic() + self._timeout_s
        try:
            with (
                self._open_session() as session,
                session.post(
                    self._url,
                    params=build_query(action),
                    data=body,
                    headers={**HEADERS, "Content-Type": "application/json"},
                    auth=self._auth,
                    timeout=(min(CONNECT_TIMEOUT_S, self._timeout_s), self._timeout_s),
                    stream=True,
                    allow_redirects=False,
                ) as response,
            ):
                answer = read_capped(response.raw, deadline, ANSWER_MAX_BYTES)
        except TooLargeError as error:
            raise too_large(response.status_code) from error
        except (requests.RequestException, HTTPError, OSError) as error:
            late = time.monotonic() > deadline
            raise _no_answer(error, self._timeout_s, late=late) from error
        try:
            return parse_answer(response.status_code, answer, self._auth.secrets.redact_values)
        except VolceditError as error:
            error.retry_after_s = read_retry_after_s(response.headers.get("Retry-After"))
            if isinstance(error, AuthenticationError):
                signed_at = response.request.headers.get("X-Date", "")
                skew_s = read_skew_s(str(signed_at), response.headers.get("Date"))
                if abs(skew_s) >= SKEW_REPORTED_S:
                    error.words += codes.clock_skew(skew_s)
            raise


def may_repeat(error: VolceditError) -> bool:
    """Whether the request may be retried automatically, without the risk of paying twice.

    True after a rate limit, a failed connection, or a server that reports a failure.
    """
    repeatable = isinstance(error, UnreachableError | RateLimitError | ServiceError)
    return repeatable and error.retryable


def retry_delay_s(attempt: int, retry_after_s: float | None, jitter: float) -> float:
    """How long to wait after attempt number `attempt` (from 1); `jitter` is 0 … 1.

    `retry_after_s` if the service sent it, up to a minute; otherwise 1, 2, 4, then 8 s, minus up to
    half, so that calls that failed together are not retried together.
    """
    if retry_after_s is not None:
        return min(retry_after_s, RETRY_AFTER_MAX_S)
    return min(2.0 ** (attempt - 1), 8.0) * (1 - jitter / 2)


def longest_call_s(max_attempts: int, timeout_s: float) -> float:
    """The longest that a call can take, including all attempts and pauses."""
    return max_attempts * (timeout_s + RETRY_AFTER_MAX_S)


def poll_delay_s(poll: int, retry_after_s: float | None, jitter: float) -> float:
    """How long to wait before poll number `poll` of a task (from 1).

    0.5, 0.6, 0.72 … 10 s, minus up to a quarter; longer if the last response had a Retry-After, up
    to a minute. An edit takes about ten seconds [P]. A task holds its slot until a poll finds it
    done: for tasks of 3 to 60 s that adds a tenth to its running time, at most a sixth.
    """
    usual_s = min(0.5 * 1.2 ** min(poll - 1, 20), 10.0) * (1 - jitter / 4)
    return max(usual_s, min(retry_after_s or 0.0, RETRY_AFTER_MAX_S))


def read_retry_after_s(header: str | None) -> float | None:
    """The delay in a Retry-After header, given in seconds or as a date; None if invalid."""
    if not header:
        return None
    try:
        return max(0.0, Retry().parse_retry_after(header))
    except (InvalidHeader, ValueError, OverflowError):
        return None


def read_skew_s(signed_at: str | None, answered_at: str | None) -> float:
    """How many seconds our clock is ahead: the X-Date sent minus the Date of the response.

    0 if either is missing. A small difference is normal, since the response comes later.
    """
    try:
        ours = datetime.strptime(signed_at or "", "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        theirs = parsedate_to_datetime(answered_at or "")
        return (ours - theirs).total_seconds()
    except (TypeError, ValueError):  # also for a Date without a time zone
        return 0.0


class TooLargeError(OSError):
    """A response body exceeds the size limit."""


def read_capped(raw: Readable, deadline: float, max_bytes: int) -> bytes:
    """Read the whole body.

    Stops reading with TimeoutError after `deadline` (monotonic s), with `TooLargeError` beyond
    `max_bytes`.
    """
    chunks, size = [], 0
    # read() would block past the deadline if a server sends byte by byte; read1() does not.
    while chunk := raw.read1(1 << 18):
        size += len(chunk)
        if size > max_bytes:
            raise TooLargeError(f"more than {max_bytes} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError
        chunks.append(chunk)
    # A response that was cut off within its headers looks complete.
    if not chunks and time.monotonic() > deadline:
        raise TimeoutError
    return b"".join(chunks)


def is_loopback(url: str) -> bool:
    """Whether `url` points to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _no_answer(error: Exception, timeout_s: float, *, late: bool) -> VolceditError:
    """The error for a call without a response, depending on whether anything may have been sent."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(getattr(reason, "args", [None])[0], ssl.SSLCertVerificationError):
        return UnreachableError(_NOT_TRUSTED, retryable=False)
    if isinstance(error, ValueError):  # an address that requests or urllib3 rejects
        return UnreachableError(_UNREACHABLE, retryable=False)
    never_made = requests.ConnectTimeout | requests.exceptions.ProxyError
    if isinstance(error, never_made) or isinstance(reason, NewConnectionError):
        return UnreachableError(_UNREACHABLE)
    if late or isinstance(error, requests.Timeout | ReadTimeoutError | TimeoutError):
        return AnswerLostError(
            Words(
                "No response within {timeout_s} s. The edit may have been made and charged: "
                "check your bill before you run it again, or raise VOLCEDIT_TIMEOUT_S.",
                timeout_s=f"{timeout_s:g}",
            )
        )
    return AnswerLostError(_BROKEN_OFF)


_UNREACHABLE = Words(
    "The service cannot be reached; nothing was sent. Check the network and the address "
    "(VOLCEDIT_BASE_URL or VOLCEDIT_VOLC_URL)."
)
_NOT_TRUSTED = Words(
    "The service's certificate is not trusted; nothing was sent. Check the address "
    "(VOLCEDIT_BASE_URL or VOLCEDIT_VOLC_URL) and this machine's clock."
)
_BROKEN_OFF = Words(
    "The connection was lost before the response was complete. The edit may have been made "
    "and charged: check your bill before you run it again."
)
STOPPED = Words("Stopped before it was sent. Run it again.")
