"""The library's entry point: send a photo, get an edited picture."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from volcedit.config import (
    DEFAULT_REQ_KEY,
    GATEWAY_PATH,
    Settings,
    check_key_pair,
    read_base_url,
    read_key,
    read_settings,
)
from volcedit.errors import (
    AnswerLostError,
    ConfigError,
    DownloadError,
    MalformedAnswerError,
    NoAnswerError,
    PhotoError,
    RateLimitError,
    RejectedError,
    ServiceError,
    StoppedError,
    TaskPendingError,
    VolceditError,
)
from volcedit.pictures import photos
from volcedit.pictures.decoder import Decoder, LocalDecoder
from volcedit.pictures.opening import TOO_MUCH, state_facts
from volcedit.service import codes
from volcedit.service.answers import (
    TASK_DONE,
    TASK_UNDER_WAY,
    decode_picture,
    elapsed_s_of,
    picture_sources,
    request_id_of,
    task_id_of,
    task_state_of,
)
from volcedit.service.auth import Auth, BearerAuth, SignatureAuth
from volcedit.service.download import OF_PHOTO, OF_RESULT, Downloader, Sentences, check_photo_link
from volcedit.service.fields import (
    PHOTO_LIMITS,
    SEED_MAX,
    SEED_MIN,
    check_photo_url,
)
from volcedit.service.models import SCALE_DEFAULT, settle
from volcedit.service.redaction import redacting
from volcedit.service.transport import (
    STOPPED,
    RetryPolicy,
    Transport,
    Wait,
    may_repeat,
    poll_delay_s,
)
from volcedit.service.wire import (
    ACTION,
    DIRECT_PATH,
    RESULT_ACTION,
    SUBMIT_ACTION,
    build_body,
    build_result_body,
)
from volcedit.types import (
    Delivery,
    EditParams,
    EditRequest,
    EditResult,
    KeyPair,
    Mode,
    Photo,
    PhotoLink,
    PictureFacts,
    Watermark,
    Words,
    digest,
)

TASK_WAIT_S = 900.0
"""How long a task is polled. An edit takes about ten seconds [P], longer if it is queued."""

STATE_MAX_CHARS = 100


def read_photo(source: str | Path | bytes) -> photos.Reading:
    """Read a photo from a path or from bytes, in a form that the service accepts.

    JPEG and PNG within the vendor's limits keep their bytes. Anything else is converted to JPEG,
    always to the same bytes. Raises `PhotoError`.
    """
    return photos.read_photo(source, PHOTO_LIMITS)


def draw_seed() -> int:
    """A random seed, uniform over 1 … 2147483647."""
    return random.SystemRandom().randint(SEED_MIN, SEED_MAX)


@dataclass(frozen=True)
class Poll:
    """The outcome of one poll of a task."""

    number: int
    """From 1."""
    state: str
    """As the service spells it, "in_queue" or "generating". If this poll failed, the last known
    state; empty if there is none yet."""
    error: VolceditError | None
    """Why this poll failed, if it did. It will be repeated."""


class Client:
    """Edits photos through a gateway or directly at Volcengine. Thread-safe."""

    def __init__(
        self,
        base_url: str,
        api_key: str | KeyPair = "",
        *,
        req_key: str = DEFAULT_REQ_KEY,
        mode: Mode = "sync",
        timeout_s: float = 120.0,
        max_attempts: int = 4,
        decoder: Decoder | None = None,
        jitter: Callable[[], float] = random.random,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`base_url` is the root of the gateway, without `/volcv/v1`, and `api_key` its key.

        To call Volcengine directly (`https://visual.volcengineapi.com`), pass a `KeyPair`; requests
        are then signed. `mode` is the mode that `edit` uses. Pictures are decoded in this process
        unless there is a `decoder`. `wait(stop, s)` returns after `s` seconds or when `stop` is
        set. Raises `ConfigError`.
        """
        self._base_url = base_url = read_base_url(base_url)
        self._req_key = req_key
        self._mode = mode
        self._retries = RetryPolicy(max_attempts, jitter, wait)
        self._decoder = decoder or LocalDecoder()
        self._clock = clock
        self._auth: Auth
        if isinstance(api_key, KeyPair):
            self._auth, path = SignatureAuth(check_key_pair(api_key)), DIRECT_PATH
        else:
            self._auth, path = BearerAuth(read_key(api_key)), GATEWAY_PATH
        self._transport = Transport(
            base_url,
            self._auth,
            path=path,
            timeout_s=timeout_s,
            max_attempts=max_attempts,
            jitter=jitter,
            wait=wait,
        )
        self._secrets = self._auth.secrets
        self._downloader = Downloader(base_url, timeout_s=timeout_s)

    @classmethod
    def from_settings(cls, settings: Settings, decoder: Decoder | None = None) -> Client:
        """A client for the service in `settings`; `decoder` as for the constructor.

        Raises `ConfigError` if there is none, or if the model is unknown.
        """
        settings = settle(settings)
        if not settings.base_url:
            raise ConfigError(
                Words(
                    "Set VOLCEDIT_BASE_URL to a gateway, or to a sandbox started with `python -m "
                    "volcedit.sandbox --port 8000`."
                )
            )
        return cls(
            settings.base_url,
            settings.key_pair or settings.api_key,
            req_key=settings.req_key,
            mode=settings.mode,
            timeout_s=settings.timeout_s,
            max_attempts=settings.max_attempts,
            decoder=decoder,
        )

    @classmethod
    def from_env(cls) -> Client:
        """A client configured by VOLCEDIT_BASE_URL and VOLCEDIT_API_KEY, or by the VOLC_… keys.

        Raises `ConfigError`.
        """
        return cls.from_settings(read_settings())

    def edit(
        self,
        photo: Photo | PhotoLink | str | Path | bytes,
        prompt: str,
        *,
        negative_prompt: str = "",
        seed: int | None = None,
        scale: float = SCALE_DEFAULT,
        watermark: Watermark | None = None,
        width_px: int | None = None,
        height_px: int | None = None,
        delivery: Delivery = "base64",
    ) -> EditResult:
        """Edit `photo` once. Without a seed, one is drawn at random; see `result.seed`.

        The service itself fetches a `PhotoLink`. Only some models accept a size or a negative
        prompt. Raises `InputError` before anything is sent, otherwise `NoAnswerError`,
        `AnswerError` or `DownloadError`.
        """
        if not isinstance(photo, Photo | PhotoLink):
            photo = self._decoder.read_photo(photo, PHOTO_LIMITS).photo
        seed = draw_seed() if seed is None else seed
        params = EditParams(prompt, negative_prompt, seed, scale, watermark, width_px, height_px)
        request = EditRequest(photo, params, self._req_key, delivery)
        if self._mode == "async":
            return self.edit_as_task(request)
        return self.send(request)

    def send(
        self,
        request: EditRequest,
        *,
        on_send: Callable[[int], None] = lambda _: None,
        on_wait: Callable[[Wait | None], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> EditResult:
        """Send exactly `request` in one synchronous call. Raises the same errors as `edit`.

        `on_send` is called before each attempt with the size of the body in bytes. `on_wait` is
        called when a pause before a retry starts, and with None when it ends. Setting `stop` ends
        a pause.
        """
        envelope = self._transport.call(
            ACTION, self._body(request), on_send=on_send, on_wait=on_wait, stop=stop
        )
        return self._read_result(request, envelope)

    def submit(
        self,
        request: EditRequest,
        *,
        on_send: Callable[[int], None] = lambda _: None,
        on_wait: Callable[[Wait | None], None] = lambda _: None,
        stop: threading.Event | None = None,
        max_attempts: int | None = None,
    ) -> str:
        """Submit `request` as a task and return its id, for `await_task`. Otherwise like `send`.

        Should the id contain the key, a mark stands for it, so that the id can be stored.
        """
        task_id = self._submit(
            request, on_send=on_send, on_wait=on_wait, stop=stop, max_attempts=max_attempts
        )
        return self._secrets.redact(task_id)

    def _submit(
        self,
        request: EditRequest,
        *,
        on_send: Callable[[int], None],
        on_wait: Callable[[Wait | None], None] = lambda _: None,
        stop: threading.Event | None,
        max_attempts: int | None,
    ) -> str:
        """The id of the task, as it came."""
        envelope = self._transport.call(
            SUBMIT_ACTION,
            self._body(request, "async"),
            on_send=on_send,
            on_wait=on_wait,
            stop=stop,
            max_attempts=max_attempts,
        )
        if task_id := task_id_of(envelope):
            return task_id
        shown = self._secrets.redact_values(envelope)
        raise MalformedAnswerError(codes.NO_TASK, envelope=shown, request_id=request_id_of(shown))

    def await_task(
        self,
        request: EditRequest,
        task_id: str,
        *,
        on_poll: Callable[[Poll], None] = lambda _: None,
        stop: threading.Event | None = None,
        deadline_s: float = TASK_WAIT_S,
    ) -> EditResult:
        """Poll the task submitted for `request` until its picture is ready.

        `request` needs no bytes in its photo. The pauses between polls grow, and the last poll is
        at the deadline; a `deadline_s` of 0 polls once. `on_poll` is called after each poll.
        Setting `stop` ends polling with `StoppedError`. Raises `TaskPendingError` at the deadline,
        `TaskError` if the task is gone, otherwise the same errors as `edit`.
        """
        task_id = self._secrets.put_back(task_id)
        return self._await(request, task_id, on_poll, stop, deadline_s)

    def _await(
        self,
        request: EditRequest,
        task_id: str,
        on_poll: Callable[[Poll], None],
        stop: threading.Event | None,
        deadline_s: float = TASK_WAIT_S,
    ) -> EditResult:
        stop = stop or threading.Event()
        body = build_result_body(request, task_id)
        deadline = self._clock() + deadline_s
        state, failures = "", 0
        error: VolceditError | None = None
        for number in itertools.count(1):
            retry_after_s = error.retry_after_s if error else None
            pause_s = poll_delay_s(number, retry_after_s, self._retries.jitter())
            self._retries.wait(stop, min(pause_s, max(0.0, deadline - self._clock())))
            if stop.is_set():
                raise StoppedError(STOPPED)
            is_last = self._clock() >= deadline
            try:
                envelope = self._transport.call(RESULT_ACTION, body, stop=stop, max_attempts=1)
            except VolceditError as lost:
                failures += 1
                if not _may_poll_again(lost, failures, self._retries.max_attempts):
                    raise
                error = lost
            else:
                state, error, failures = task_state_of(envelope), None, 0
            on_poll(Poll(number, self._secrets.redact(state)[:STATE_MAX_CHARS], error))
            if error is None and state not in TASK_UNDER_WAY:
                return self._read_task(request, state, envelope)
            if is_last:
                words = codes.TASK_PENDING
                # A lost response is not worth reporting: only a poll was lost.
                if error is not None and not isinstance(error, AnswerLostError):
                    words += error.words
                raise TaskPendingError(words) from error
        raise AssertionError("the loop only ends by returning or raising")

    def edit_as_task(
        self,
        request: EditRequest,
        *,
        on_send: Callable[[int], None] = lambda _: None,
        on_wait: Callable[[Wait | None], None] = lambda _: None,
        on_task: Callable[[str], None] = lambda _: None,
        on_poll: Callable[[Poll], None] = lambda _: None,
        stop: threading.Event | None = None,
        leave: threading.Event | None = None,
    ) -> EditResult:
        """Run `request` as a task: `submit`, then `await_task`.

        `on_task` is called with the task's id, as `submit` returns it, before the first poll. If
        the service reports that the task failed with a retryable code, it is submitted again,
        within the same limit of attempts. A task that may still be running is never submitted
        again. Setting `stop` ends a pause before a retry; setting `leave` ends polling.
        """
        task_id = ""

        def attempt_once() -> EditResult:
            nonlocal task_id
            task_id = ""
            task_id = self._submit(request, on_send=on_send, stop=stop, max_attempts=1)
            on_task(self._secrets.redact(task_id))
            return self._await(request, task_id, on_poll, leave)

        def may_submit_again(error: VolceditError) -> bool:
            return may_repeat(error) and (not task_id or _is_final(error.envelope))

        return self._retries.run(attempt_once, may_submit_again, on_wait=on_wait, stop=stop)

    def probe(self) -> bool:
        """Test the connection by polling a task that does not exist, which is free [V].

        Returns False if tasks are not supported, as with a gateway that only has synchronous calls:
        then only an edit would tell. Raises `NoAnswerError`, or `AnswerError` if the key is refused
        or the response is not from this service.
        """
        nothing = Photo(b"", "image/jpeg", 0, 0, digest(b""))
        body = build_result_body(EditRequest(nothing, EditParams("-"), self._req_key), "0")
        try:
            self._transport.call(RESULT_ACTION, body, max_attempts=1)
        except (RejectedError, ServiceError) as error:
            # Any of the service's own codes proves that the call reached it.
            return error.code in codes.CODES and error.code != codes.NO_SUCH_ACTION
        return True

    def fetch_picture(self, url: str) -> tuple[bytes, PictureFacts]:
        """Download the picture linked in an earlier, redacted response to this account.

        Raises `DownloadError`.
        """
        try:
            picture = self._download(self._secrets.put_back(url, partial(quote, safe="")))
            media_type, width_px, height_px = self._inspect(picture)
        except PhotoError as error:
            raise DownloadError(codes.NOT_A_PICTURE) from error
        return picture, PictureFacts(digest(picture), media_type, width_px, height_px, len(picture))

    def fetch_photo(self, url: str) -> bytes:
        """Download a photo to edit: up to 20 MB, from any address allowed for results.

        No key is sent. Raises `PhotoError`, or `ParameterError` if `url` is not a valid address.
        """
        check_photo_url(url)
        try:
            return self._download(url, OF_PHOTO)
        except DownloadError as error:  # a DownloadError would mean that an edit was made
            raise PhotoError(error.words, http_status=error.http_status) from error

    def _body(self, request: EditRequest, mode: Mode = "sync") -> bytes:
        if isinstance(request.photo, PhotoLink):
            check_photo_link(request.photo.url, self._base_url)
        return build_body(request, mode)

    def _inspect(self, picture: bytes) -> tuple[str, int, int]:
        """(media type, width_px, height_px). Raises `PhotoError`, but not for a large picture."""
        try:
            return self._decoder.inspect_picture(picture)
        except PhotoError as error:
            if error.code != TOO_MUCH:
                raise
            return state_facts(picture)  # it is paid for

    def _download(self, url: str, sentences: Sentences = OF_RESULT) -> bytes:
        with redacting(self._secrets.redact):  # the service may have put the key into the link
            return self._downloader.fetch(url, sentences)

    def _read_task(self, request: EditRequest, state: str, envelope: dict[str, Any]) -> EditResult:
        # A task with a picture is done, whatever its state says.
        if state in (TASK_DONE, "") or picture_sources(envelope):
            return self._read_result(request, envelope)
        shown = self._secrets.redact_values(envelope)
        state = task_state_of(shown)[:STATE_MAX_CHARS]
        raise codes.task_error(state, request_id_of(shown), shown)

    def _read_result(self, request: EditRequest, envelope: dict[str, Any]) -> EditResult:
        try:
            source, picture, (media_type, width_px, height_px) = self._take_picture(envelope)
        except VolceditError as error:
            # Keep the response: the picture can still be fetched from it later.
            error.envelope = self._secrets.redact_values(envelope)
            error.request_id = request_id_of(error.envelope)
            raise
        shown = self._secrets.redact_values(envelope, spared=source)
        return EditResult(
            request=request,
            picture=picture,
            media_type=media_type,
            width_px=width_px,
            height_px=height_px,
            sha256=digest(picture),
            envelope=shown,
            request_id=request_id_of(shown),
            elapsed_s=elapsed_s_of(envelope),
        )

    def _take_picture(
        self, envelope: dict[str, Any]
    ) -> tuple[str | None, bytes, tuple[str, int, int]]:
        """The first readable picture: its base64, its bytes, and what `_inspect` returns."""
        failure: VolceditError = MalformedAnswerError(codes.NO_PICTURE)
        # base64 comes first: it needs no second connection
        for kind, text in picture_sources(envelope):
            is_base64 = kind == "base64"
            try:
                picture = decode_picture(text) if is_base64 else self._download(text)
                return text if is_base64 else None, picture, self._inspect(picture)
            except PhotoError as error:
                failure = MalformedAnswerError(codes.NOT_A_PICTURE)
                failure.__cause__ = error
            except (MalformedAnswerError, DownloadError) as error:
                failure = error
        raise failure


def _may_poll_again(error: VolceditError, failures: int, max_attempts: int) -> bool:
    """Whether to keep polling after a poll failed with `error`.

    `failures` counts consecutive failures. Polling is free, so after a lost response it continues
    until the deadline. An error code of the service may be about the task itself, so it is retried
    only a few times.
    """
    if _is_final(error.envelope):
        return False
    if isinstance(error, AnswerLostError | RateLimitError):
        return True
    if not isinstance(error, NoAnswerError | ServiceError) or not error.retryable:
        return False
    return error.code not in codes.CODES or failures < max_attempts


def _is_final(envelope: Mapping[str, Any] | None) -> bool:
    """Whether this failure reports a task that has ended."""
    state = task_state_of(envelope) if envelope else ""
    return state != "" and state not in TASK_UNDER_WAY
