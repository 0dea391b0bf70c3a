"""The data types of volcedit: what is sent, received and stored. All are frozen."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, Union

Delivery = Literal["url", "base64"]
Mode = Literal["sync", "async"]
"""One call that returns the picture, or a task that is submitted and then polled."""
Language = str
"""The name of a file in `volcedit.words`: "en", "zh" …"""

# ── enumerations ─────────────────────────────────────────────────────────────────────────────


Tone = Literal["good", "fair", "bad", "busy", "quiet", "unknown"]
"""How a kind is displayed. Stylesheets know only tones, not kinds."""


class Kind(StrEnum):
    """An enumeration that accepts unknown values, because a newer version may have written a file.

    `State("resting")` returns a member named after its value. It is displayed and written back
    unchanged; its `is_known` is False.
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
        """Whether this version defines it."""
        return self._name_ in type(self).__members__

    @property
    def tone(self) -> Tone:
        """How it is displayed."""
        return "quiet" if self.is_known else "unknown"


class State(Kind):
    """The state of an edit."""

    QUEUED = "queued"
    SENT = "sent"
    TASK = "task"
    """Accepted by the service as a task, which is being polled."""
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def is_under_way(self) -> bool:
        """Whether the state can still change."""
        return self in (State.QUEUED, State.SENT, State.TASK)

    @property
    def tone(self) -> Tone:
        """How it is displayed."""
        if self.is_under_way:
            return "busy"
        if self is State.DONE:
            return "good"
        return "bad" if self is State.FAILED else super().tone


class Provider(Kind):
    """Which service a request goes to."""

    GATEWAY = "gateway"
    VOLCENGINE = "volcengine"
    SANDBOX = "sandbox"

    @property
    def is_free(self) -> bool:
        """Whether edits are free."""
        return self is Provider.SANDBOX


class VerdictKind(Kind):
    """How a repeat compares with the original, from best to worst."""

    SAME_BYTES = "same_bytes"
    SAME_PIXELS = "same_pixels"
    NEAR = "near"
    """A PSNR of at least 35 dB, and at most 1 % of the pixels off by more than 16 of 255."""
    DRIFTED = "drifted"

    @property
    def is_same(self) -> bool:
        """Whether no pixel differs, so that there is no difference to measure or to show."""
        return self in (VerdictKind.SAME_BYTES, VerdictKind.SAME_PIXELS)

    @property
    def tone(self) -> Tone:
        """How it is displayed."""
        if self.is_same:
            return "good"
        if self is VerdictKind.NEAR:
            return "fair"
        return "bad" if self is VerdictKind.DRIFTED else super().tone


class FailureKind(Kind):
    """Why something failed, for programs. Each is the `kind` of one class in `volcedit.errors`."""

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
    LIMIT = "limit"
    STOPPED = "stopped"
    HISTORY = "history"


# ── requests, results and their parts ────────────────────────────────────────────────────────


_Item = Union[str, int, float, "Words"]
Value = _Item | Sequence[_Item]
"""What a sentence is filled with: text, a number, another sentence, or a list of these."""
_PLACE = re.compile(r"\{([A-Za-z_]\w*)\}")


@dataclass(frozen=True, init=False)
class Words:
    """A message for people: an English template and the values to fill it with.

    `str(words)` is the English; `volcedit.words.say` says it in another language. Unlike
    `str.format`, filling never looks inside a value, so a template may come from a file that
    anybody wrote.
    """

    template: str
    """English, with `{name}` where a value goes."""
    values: Mapping[str, Value]
    one: str
    """The template for a `count` of 1; "" if it is no different."""

    def __init__(self, template: str, /, *, one: str = "", **values: Value) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "one", one)

    def __str__(self) -> str:
        return self.english(", ", str)

    def __add__(self, other: Words) -> Words:
        """Both sentences, one after the other."""
        return Words("{first} {second}", first=self, second=other)

    def given(self, **values: Value) -> Words:
        """The same sentence with these values too."""
        return Words(self.template, one=self.one, **{**self.values, **values})

    def english(self, separator: str, say: Callable[[Words], str]) -> str:
        """The English, with lists and sentences among the values as another language has them."""
        is_one = self.one and self.values.get("count") == 1
        return self.fill(self.one if is_one else self.template, separator, say)

    @property
    def length(self) -> int:
        """About how many characters it has once it is filled; a million stands for any more."""
        lengths = {name: _length_of(value) for name, value in self.values.items()}
        places = _PLACE.findall(self.template + self.one)
        return min(len(self.template) + sum(lengths.get(name, 0) for name in places), 1_000_000)

    def fill(self, template: str, separator: str, say: Callable[[Words], str]) -> str:
        """`template` with the values of these words; a place without a value stays as it is."""

        def show(value: Value) -> str:
            if isinstance(value, Words):
                return say(value)
            if isinstance(value, str | int | float):
                return str(value)
            return separator.join(map(show, value))

        def put(place: re.Match[str]) -> str:
            name = place[1]
            return show(self.values[name]) if name in self.values else place[0]

        return _PLACE.sub(put, template)


def _length_of(value: Value) -> int:
    if isinstance(value, Words):
        return value.length
    if isinstance(value, str | int | float):
        return len(str(value))
    return sum(2 + _length_of(it) for it in value)


def places_of(template: str) -> set[str]:
    """The names of the values that `template` wants."""
    return set(_PLACE.findall(template))


@dataclass(frozen=True)
class KeyPair:
    """Volcengine's keys, which sign requests. The repr does not show them."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    """For temporary (STS) keys; empty for permanent ones."""


@dataclass(frozen=True)
class Photo:
    """A photo in a form that the service accepts. Created by `read_photo`."""

    data: bytes = field(repr=False)
    """The exact bytes to send."""
    media_type: str
    """"image/jpeg" or "image/png"."""
    width_px: int
    height_px: int
    sha256: str
    """Hash of `data`, in hex."""

    @cached_property
    def base64(self) -> bytes:
        """`data` as it is sent, encoded once for all edits of one photo."""
        return binascii.b2a_base64(self.data, newline=False)

    @property
    def facts(self) -> PictureFacts:
        """The photo without its bytes."""
        return PictureFacts(
            self.sha256, self.media_type, self.width_px, self.height_px, len(self.data)
        )


@dataclass(frozen=True)
class PhotoLink:
    """A photo that the service fetches itself. Its bytes are not known here."""

    url: str
    """http or https, without credentials in it."""


@dataclass(frozen=True)
class PictureFacts:
    """What is stored about a photo or a picture; its bytes are found by their hash."""

    sha256: str
    media_type: str
    width_px: int
    height_px: int
    size_bytes: int


@dataclass(frozen=True)
class Watermark:
    """The visible mark that the service adds to its picture."""

    text: str = ""
    """If empty, the service's default text in `language`."""
    position: int = 0
    """0 … 3: bottom right, bottom left, top left, top right."""
    language: int = 0
    """The language of the default text. 0: Chinese, 1: English."""
    opacity: float = 1.0
    """0 … 1, where 1 is opaque."""


@dataclass(frozen=True)
class EditParams:
    """What to do to the photo."""

    prompt: str
    """The instruction, in Chinese or English."""
    negative_prompt: str = ""
    """What not to draw."""
    seed: int = 1
    """1 … 2147483647. Always a concrete number, because a random edit cannot be repeated."""
    scale: float = 0.5
    """0 … 1; higher values follow the prompt more and the photo less."""
    watermark: Watermark | None = None
    width_px: int | None = None
    """Size of the picture, for models that accept one. If None, the model chooses."""
    height_px: int | None = None


@dataclass(frozen=True)
class EditRequest:
    """Everything that one call depends on."""

    photo: Photo | PhotoLink
    params: EditParams
    req_key: str
    """The vendor's name for the model."""
    delivery: Delivery = "base64"
    """How the picture is returned: in the response, or as a link, which is fetched at once."""


@dataclass(frozen=True)
class EditResult:
    """A picture, and the response that returned it."""

    request: EditRequest
    picture: bytes = field(repr=False)
    """The exact bytes that the service returned."""
    media_type: str
    width_px: int
    height_px: int
    sha256: str
    """Hash of `picture`, in hex."""
    envelope: Mapping[str, Any] = field(repr=False)
    """The complete response, with marks instead of keys; see `service.redaction`."""
    request_id: str
    """The service's id for this call; empty if it sent none."""
    elapsed_s: float | None
    """The elapsed time reported by the service; None if it reports none."""

    @property
    def facts(self) -> PictureFacts:
        """The picture without its bytes."""
        return PictureFacts(
            self.sha256, self.media_type, self.width_px, self.height_px, len(self.picture)
        )

    @property
    def seed(self) -> int:
        """The seed that reproduces this picture."""
        return self.request.params.seed

    def save(self, path: str | Path) -> Path:
        """Write the picture's exact bytes to `path`, and return the path."""
        path = Path(path)
        path.write_bytes(self.picture)
        return path


@dataclass(frozen=True)
class Verdict:
    """How the picture of a repeat compares with the original. Per RGB channel, 0 … 255."""

    kind: VerdictKind
    largest: tuple[int, int, int] | None
    """Largest difference of any pixel, per channel. None if the pictures differ in size."""
    mean: tuple[float, float, float] | None
    """Mean difference per channel."""
    changed_share: float
    """0 … 1: share of the pixels that differ by more than a small threshold in any channel."""
    psnr_db: float | None
    """Peak signal-to-noise ratio. None if nothing differs, or if the pictures differ in size."""


@dataclass(frozen=True)
class Touched:
    """What an edit changed in its photo, with both scaled to the size of the picture."""

    preserved_share: float
    """0 … 1: share of the pixels that did not change by more than a small threshold."""
    mean: float
    """Mean difference over all pixels and channels, 0 … 255."""
    box: tuple[int, int, int, int] | None
    """The box around most of the change: left, top, right, bottom in px of the picture; right and
    bottom are exclusive. None if nothing changed."""


def digest(data: bytes) -> str:
    """The SHA-256 of `data`, in hex, which identifies photos and pictures."""
    return hashlib.sha256(data).hexdigest()
