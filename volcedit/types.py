"""The nouns of volcedit: what is sent, what comes back, what is written down. All frozen."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

Delivery = Literal["url", "base64"]
Mode = Literal["sync", "async"]
"""One call that answers with the picture, or a task that is submitted and then asked after."""
Language = Literal["en", "zh"]

# ── the kinds of things ──────────────────────────────────────────────────────────────────────


Tone = Literal["good", "fair", "bad", "busy", "quiet", "unknown"]
"""How a kind looks wherever it is shown: stylesheets know tones, never kinds."""


class Kind(StrEnum):
    """A closed set of words to us, an open one to files: a newer version may have written them.

    `State("resting")` is a member like any other, called by its own name, that no other names:
    it is shown and written back as it came. `is_known` tells.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str) or not value:
            return None
        kind = str.__new__(cls, value)
        kind._name_ = kind._value_ = value
        return kind

    @property
    def is_known(self) -> bool:
        """Whether this version has a row for it."""
        return self._name_ in type(self).__members__

    @property
    def tone(self) -> Tone:
        """How it looks."""
        return "quiet" if self.is_known else "unknown"


class State(Kind):
    """How far an attempt has come."""

    QUEUED = "queued"
    SENT = "sent"
    TASK = "task"
    """The service has taken it as a task, which is polled."""
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def is_under_way(self) -> bool:
        """Whether it may still end in another state."""
        return self in (State.QUEUED, State.SENT, State.TASK)

    @property
    def tone(self) -> Tone:
        """How it looks."""
        if self.is_under_way:
            return "busy"
        if self is State.DONE:
            return "good"
        return "bad" if self is State.FAILED else super().tone


class Provider(Kind):
    """Whose service a request goes to."""

    GATEWAY = "gateway"
    VOLCENGINE = "volcengine"
    SANDBOX = "sandbox"

    @property
    def is_free(self) -> bool:
        """Whether an edit costs nothing there."""
        return self is Provider.SANDBOX


class VerdictKind(Kind):
    """How a repeat compares with the first, the best first."""

    SAME_BYTES = "same_bytes"
    SAME_PIXELS = "same_pixels"
    NEAR = "near"
    """A PSNR of 35 dB or more, and at most 1 % of the pixels off by more than 16 of 255."""
    DRIFTED = "drifted"

    @property
    def is_same(self) -> bool:
        """Whether no pixel differs, so that there are no numbers and no difference to look at."""
        return self in (VerdictKind.SAME_BYTES, VerdictKind.SAME_PIXELS)

    @property
    def tone(self) -> Tone:
        """How it looks."""
        if self.is_same:
            return "good"
        if self is VerdictKind.NEAR:
            return "fair"
        return "bad" if self is VerdictKind.DRIFTED else super().tone


class FailureKind(Kind):
    """Why something failed, for programs; each is the `kind` of one error of `volcedit.errors`."""

    ERROR = "error"
    CONFIG = "config"
    INPUT = "input"
    PHOTO = "photo"
    PARAMETER = "parameter"
    ARCHIVE = "archive"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    ANSWER_LOST = "answer_lost"
    TASK_PENDING = "task_pending"
    ANSWER = "answer"
    AUTHENTICATION = "authentication"
    REJECTED = "rejected"
    REFUSED = "refused"
    RATE_LIMIT = "rate_limit"
    SERVICE = "service"
    MALFORMED_ANSWER = "malformed_answer"
    TASK = "task"
    DOWNLOAD = "download"
    STOPPED = "stopped"
    HISTORY = "history"


# ── what is said, sent and received ──────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Words:
    """One sentence in the languages people read here."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The sentence in `language` ("en" or "zh"); anything else reads English."""
        return self.zh if language == "zh" else self.en

    def __add__(self, other: Words) -> Words:
        """Both sentences, one after the other; Chinese needs no space between them."""
        return Words(f"{self.en} {other.en}".strip(), f"{self.zh}{other.zh}")


@dataclass(frozen=True)
class KeyPair:
    """Volcengine's own keys, which requests are signed with; repr shows nothing of them."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    """Of temporary (STS) keys; empty for lasting ones."""


@dataclass(frozen=True)
class Photo:
    """A picture that the service accepts as it is. Made by `read_photo`."""

    data: bytes = field(repr=False)
    """The exact bytes to send."""
    media_type: str
    """"image/jpeg" or "image/png"."""
    width_px: int
    height_px: int
    sha256: str
    """Of `data`, in hex."""

    @cached_property
    def base64(self) -> bytes:
        """`data` as it is sent; encoded once for all variations of one photo."""
        return binascii.b2a_base64(self.data, newline=False)

    @property
    def facts(self) -> PictureFacts:
        """The photo without its bytes."""
        return PictureFacts(
            self.sha256, self.media_type, self.width_px, self.height_px, len(self.data)
        )


@dataclass(frozen=True)
class PhotoLink:
    """A photo that the service fetches itself; what it gets there is not known here."""

    url: str
    """http or https, without a user or a password in it."""


@dataclass(frozen=True)
class PictureFacts:
    """What is written down of a photo or a picture; its bytes are found by their hash."""

    sha256: str
    media_type: str
    width_px: int
    height_px: int
    size_bytes: int


@dataclass(frozen=True)
class Watermark:
    """The visible mark that the service draws into its picture."""

    text: str = ""
    """Empty: the service's own words, in `language`."""
    position: int = 0
    """0 … 3: bottom right, bottom left, top left, top right."""
    language: int = 0
    """Of the service's own words. 0: Chinese, 1: English."""
    opacity: float = 1.0
    """0 … 1, 1 hides what lies below."""


@dataclass(frozen=True)
class EditParams:
    """What to do to the photo."""

    prompt: str
    """The instruction, Chinese or English."""
    negative_prompt: str = ""
    """What not to draw."""
    seed: int = 1
    """1 … 2147483647. Always a concrete number: what is random cannot be made again."""
    scale: float = 0.5
    """0 … 1; higher follows the text more and the photo less."""
    watermark: Watermark | None = None
    width_px: int | None = None
    """Of the picture to be made, with its height, for models that take it; else they choose."""
    height_px: int | None = None


@dataclass(frozen=True)
class EditRequest:
    """Everything one call depends on."""

    photo: Photo | PhotoLink
    params: EditParams
    req_key: str
    """The vendor's name of the model."""
    delivery: Delivery = "base64"
    """How the picture comes back: inside the answer, or as a link to fetch at once."""


@dataclass(frozen=True)
class EditResult:
    """One picture that came back, and the answer it came in."""

    request: EditRequest
    picture: bytes = field(repr=False)
    """The exact bytes that the service made."""
    media_type: str
    width_px: int
    height_px: int
    sha256: str
    """Of `picture`, in hex."""
    envelope: Mapping[str, Any] = field(repr=False)
    """The answer as it came, every field of it."""
    request_id: str
    """The service's name for this call; empty if it gave none."""
    elapsed_s: float | None
    """What the service says it took; None if it does not say."""

    @property
    def facts(self) -> PictureFacts:
        """The picture without its bytes."""
        return PictureFacts(
            self.sha256, self.media_type, self.width_px, self.height_px, len(self.picture)
        )

    @property
    def seed(self) -> int:
        """The seed to make this picture again with."""
        return self.request.params.seed

    def save(self, path: str | Path) -> Path:
        """Write the picture's exact bytes to `path` and return it."""
        path = Path(path)
        path.write_bytes(self.picture)
        return path


@dataclass(frozen=True)
class Verdict:
    """How the picture of a repeat compares with that of the first; RGB, 0 … 255 a channel."""

    kind: VerdictKind
    largest: tuple[int, int, int] | None
    """Largest difference of a pixel, a channel. None: the pictures differ in size."""
    mean: tuple[float, float, float] | None
    """Mean difference, a channel."""
    changed_share: float
    """0 … 1: the pixels that differ by more than a small threshold in any channel."""
    psnr_db: float | None
    """Peak signal to noise ratio; None where there is no noise, or no common size."""


@dataclass(frozen=True)
class Touched:
    """What an edit changed of its photo, both at the size of its picture."""

    preserved_share: float
    """0 … 1: the pixels that stayed as they were, but for a small threshold."""
    mean: float
    """Mean difference over all pixels and channels, 0 … 255."""
    box: tuple[int, int, int, int] | None
    """Around most of the change: left, top, right, bottom in px of the picture, the last two
    beyond it. None where nothing changed."""


def digest(data: bytes) -> str:
    """The SHA-256 of `data`, in hex: the name by which photos and pictures are known here."""
    return hashlib.sha256(data).hexdigest()
