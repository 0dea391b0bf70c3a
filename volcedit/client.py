"""The library's front door: edit a photo, get a picture."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path

from volcedit import codes
from volcedit.auth import BearerAuth
from volcedit.config import Settings, read_base_url, read_key, read_settings
from volcedit.download import Downloader
from volcedit.errors import (
    ConfigError,
    DownloadError,
    MalformedAnswerError,
    PhotoError,
    VolceditError,
)
from volcedit.images import inspect_picture, read_photo
from volcedit.transport import Transport, Wait
from volcedit.types import (
    Delivery,
    EditParams,
    EditRequest,
    EditResult,
    Photo,
    Watermark,
    Words,
    digest,
)
from volcedit.wire import (
    ACTION,
    DEFAULT_REQ_KEY,
    SCALE_DEFAULT,
    SEED_MAX,
    SEED_MIN,
    build_body,
    decode_picture,
    elapsed_s_of,
    picture_sources,
    redact_links,
    request_id_of,
)


def draw_seed() -> int:
    """A seed to make the edit again with: uniform over 1 … 2147483647."""
    return random.SystemRandom().randint(SEED_MIN, SEED_MAX)


class Client:
    """Edits photos through one gateway. Safe to use from several threads."""

    def __init__(
        self,
        base_url: str,
        api_key: str = "",
        *,
        req_key: str = DEFAULT_REQ_KEY,
        timeout_s: float = 120.0,
        max_attempts: int = 4,
    ) -> None:
        """`base_url` is the root of the gateway, without `/volcv/v1`. Raises `ConfigError`."""
        base_url = read_base_url(base_url)
        self._req_key = req_key
        self._auth = BearerAuth(read_key(api_key))
        self._transport = Transport(
            base_url, self._auth, timeout_s=timeout_s, max_attempts=max_attempts
        )
        self._downloader = Downloader(base_url, timeout_s=timeout_s)

    @classmethod
    def from_settings(cls, settings: Settings) -> Client:
        """A client of the gateway that `settings` name. Raises `ConfigError` if they name none."""
        if not settings.base_url:
            raise ConfigError(
                Words(
                    "Set VOLCEDIT_BASE_URL to a gateway, or to a sandbox started with "
                    "`python -m volcedit.sandbox --port 8000`.",
                    "请将 VOLCEDIT_BASE_URL 设为网关地址，或设为用 "
                    "`python -m volcedit.sandbox --port 8000` 启动的沙盒地址。",
                )
            )
        return cls(
            settings.base_url,
            settings.api_key,
            req_key=settings.req_key,
            timeout_s=settings.timeout_s,
            max_attempts=settings.max_attempts,
        )

    @classmethod
    def from_env(cls) -> Client:
        """A client of VOLCEDIT_BASE_URL with VOLCEDIT_API_KEY. Raises `ConfigError`."""
        return cls.from_settings(read_settings())

    def edit(
        self,
        photo: Photo | str | Path | bytes,
        prompt: str,
        *,
        negative_prompt: str = "",
        seed: int | None = None,
        scale: float = SCALE_DEFAULT,
        watermark: Watermark | None = None,
        delivery: Delivery = "base64",
    ) -> EditResult:
        """One edit of `photo`; without a seed one is drawn, see `result.seed`.

        Raises `InputError` before anything is sent, else `NoAnswerError`, `AnswerError` or
        `DownloadError`.
        """
        if not isinstance(photo, Photo):
            photo = read_photo(photo).photo
        seed = draw_seed() if seed is None else seed
        params = EditParams(prompt, negative_prompt, seed, scale, watermark)
        return self.send(EditRequest(photo, params, self._req_key, delivery))

    def send(
        self,
        request: EditRequest,
        *,
        on_wait: Callable[[Wait | None], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> EditResult:
        """The picture that answers exactly `request`; errors as in `edit`.

        `on_wait` is told of each pause before another try, and with None of its end; setting `stop`
        ends one.
        """
        body = build_body(request)
        envelope = self._transport.call(ACTION, body, on_wait=on_wait, stop=stop)
        sources = picture_sources(envelope)
        envelope = redact_links(envelope, self._auth.redact)
        try:
            picture, (media_type, width_px, height_px) = self._take_picture(sources)
        except VolceditError as error:
            # The picture may still be had from the answer that it was found in.
            error.envelope, error.request_id = envelope, request_id_of(envelope)
            raise
        return EditResult(
            request=request,
            picture=picture,
            media_type=media_type,
            width_px=width_px,
            height_px=height_px,
            sha256=digest(picture),
            envelope=envelope,
            request_id=request_id_of(envelope),
            elapsed_s=elapsed_s_of(envelope),
        )

    def _take_picture(
        self, sources: list[tuple[Delivery, str]]
    ) -> tuple[bytes, tuple[str, int, int]]:
        """The first picture that can be read, and what `inspect_picture` says of it."""
        failure: VolceditError = MalformedAnswerError(codes.NO_PICTURE)
        for kind, text in sources:  # base64 comes first: it needs no second connection
            try:
                picture = decode_picture(text) if kind == "base64" else self._downloader.fetch(text)
                return picture, inspect_picture(picture)
            except PhotoError as error:
                failure = MalformedAnswerError(codes.NOT_A_PICTURE)
                failure.__cause__ = error
            except (MalformedAnswerError, DownloadError) as error:
                failure = error
        raise failure
