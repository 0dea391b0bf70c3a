"""The stored record of one attempt: frozen, versioned, readable in every format there ever was."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, NamedTuple, TypeVar

import orjson
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
)

from volcedit.errors import VolceditError
from volcedit.notebook.recipe import Recipe
from volcedit.pictures.opening import extension
from volcedit.types import (
    FailureKind,
    Language,
    PictureFacts,
    State,
    Touched,
    Value,
    Verdict,
    Words,
)
from volcedit.words import say

FORMAT = 3
"""Format of a record's file. A change needs a new number and a step at the end of `_MIGRATIONS`."""
MARK_FORMAT = 1
"""Format of a mark's file."""

ID = re.compile(r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}")
"""The pattern of ids, see `new_id`."""
NOTE_MAX_CHARS = 2000
SAFE_INT_MAX = 2**53  # the largest integer that every JSON parser represents exactly
SIDE_MAX_PX = 100_000
MESSAGE_MAX_CHARS = 10_000

_SHA256 = re.compile(r"[0-9a-f]{64}")
_STRICT = ConfigDict(strict=True, allow_inf_nan=False, hide_input_in_errors=True, defer_build=True)
"""No coercion: no "1" for 1, no true for 1, no NaN for a number.

Validators are built on first use, to keep a tenth of a second out of the import time.
"""


# ── checks beyond types ──────────────────────────────────────────────────────────────────────


def _check_id(text: str) -> str:
    if not ID.fullmatch(text):
        raise ValueError("not an id")
    return text


def _check_time(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a time without a time zone")
    return text


def _check_facts(facts: PictureFacts) -> PictureFacts:
    if not _SHA256.fullmatch(facts.sha256):
        raise ValueError("not a SHA-256")
    if not all(1 <= px <= SIDE_MAX_PX for px in (facts.width_px, facts.height_px)):
        raise ValueError(f"a side is not 1 to {SIDE_MAX_PX} px long")
    if not 0 <= facts.size_bytes <= SAFE_INT_MAX:
        raise ValueError("not a size in bytes")
    try:
        extension(facts.media_type)
    except KeyError as error:
        raise ValueError("not the media type of a picture") from error
    return facts


def _check_safe_int(value: int) -> int:
    if abs(value) > SAFE_INT_MAX:
        raise ValueError("an integer that not every JSON parser represents exactly")
    return value


def _check_verdict(verdict: Verdict) -> Verdict:
    for value in verdict.largest or ():
        _check_safe_int(value)
    return verdict


def _check_touched(touched: Touched) -> Touched:
    for value in touched.box or ():
        _check_safe_int(value)
    return touched


def _read_recipe(values: object) -> Recipe:
    if not isinstance(values, Mapping):
        raise ValueError("not an object")
    try:
        recipe = Recipe.from_json(values)
    except KeyError as error:
        raise ValueError(f"{error.args[0]} is missing") from error
    except TypeError as error:
        raise ValueError(str(error)) from error
    if recipe.photo is not None:
        _check_facts(recipe.photo)
    return recipe


def _read_message(values: object) -> Words | Pair:
    """A failure's message of any format. An archive may bring one made up to grow without end."""
    if not isinstance(values, dict):
        raise ValueError("not an object")
    if "en" in values:
        pair = Pair(values["en"], values["zh"])
        if not isinstance(pair.en, str) or not isinstance(pair.zh, str):
            raise ValueError("not text")
        return pair
    words = _read_words(values)
    if words.length > MESSAGE_MAX_CHARS:
        raise ValueError(f"more than {MESSAGE_MAX_CHARS} characters")
    return words


def _read_words(values: Mapping[str, Any]) -> Words:
    template, one, filled = values["template"], values["one"], values["values"]
    if not isinstance(template, str) or not isinstance(one, str) or not isinstance(filled, dict):
        raise ValueError("not a template and its values")
    return Words(template, one=one, **{name: _read_value(it) for name, it in filled.items()})


def _read_value(value: Any) -> Value:
    return [_read_item(it) for it in value] if isinstance(value, list) else _read_item(value)


def _read_item(value: Any) -> str | int | float | Words:
    if isinstance(value, dict):
        return _read_words(value)
    if not isinstance(value, str | int | float):
        raise ValueError("a value that is none")
    return value


_SafeInt = Annotated[int, AfterValidator(_check_safe_int)]
_Id = Annotated[str, AfterValidator(_check_id)]
_Time = Annotated[str, AfterValidator(_check_time)]
"""ISO 8601 with a time zone. Everything we write is in UTC."""
_Facts = Annotated[PictureFacts, AfterValidator(_check_facts)]
_Verdict = Annotated[Verdict, AfterValidator(_check_verdict)]
_Touched = Annotated[Touched, AfterValidator(_check_touched)]
_Message = Annotated["Words | Pair", PlainValidator(_read_message)]
_Recipe = Annotated[Recipe, PlainValidator(_read_recipe)]


# ── records ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Pair:
    """A message as records before format 3 hold it: in the two languages that there were."""

    en: str
    zh: str


@dataclass(frozen=True)
class Failure:
    """Why an attempt has no picture."""

    kind: FailureKind
    code: _SafeInt | str | None
    message: _Message
    request_id: str
    retryable: bool

    @classmethod
    def of(cls, error: VolceditError) -> Failure:
        """The failure to store for `error`."""
        return cls(error.kind, error.code, error.words, error.request_id, error.retryable)

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """As returned to programs: one message, in `language`."""
        return {**asdict(self), "message": self.told(language)}

    def told(self, language: Language) -> str:
        """The message in `language`."""
        if isinstance(self.message, Pair):
            return {"zh": self.message.zh}.get(language, self.message.en)
        return say(language, self.message)


class Unknown(NamedTuple):
    """Fields in a record that a newer version wrote and this one does not know."""

    path: tuple[str, ...]
    """Their place: ("failure", "message"), or () for the record itself."""
    part: object
    """The object they belong to. They are dropped if another takes its place."""
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """One attempt. Frozen: a change is a new record with the same id.

    `parse` validates against the field types, whatever the source.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    id: _Id
    time: _Time
    """When it was requested: ISO 8601, UTC."""
    recipe: _Recipe
    state: State
    picture: _Facts | None = None
    failure: Failure | None = None
    response: Mapping[str, Any] | None = None
    """The response as received, with base64 replaced by its size and hash."""
    request_id: str = ""
    elapsed_s: float | None = None
    """Duration reported by the service."""
    took_s: float | None = None
    """From sending to having the picture, measured by us, including pauses and retries."""
    task_id: str | None = None
    parent: _Id | None = None
    """The id of the record whose picture is this one's photo."""
    sent_at: _Time | None = None
    """When it was last sent: ISO 8601, UTC."""
    sent_bytes: _SafeInt | None = None
    """The size of the body that was sent."""
    own_key: bool = False
    """Whether it was sent with a visitor's own key, which is never stored."""
    task_state: str = ""
    """The last task status, as the service spells it."""
    picture_url: str = ""
    """The URL of a picture that could not be fetched or stored."""
    picture_url_expires: _Time | None = None
    """When that URL expires: ISO 8601, UTC."""
    replay_of: _Id | None = None
    """The id of the record that this one repeats, byte for byte."""
    verdict: _Verdict | None = None
    """For a finished repeat: how its picture compares with the first one."""
    touched: _Touched | None = None
    """What the edit changed in its photo; None until measured."""
    imported: bool = False
    """Whether it was imported without a picture. Such records are never polled or fetched here:
    they may be in progress elsewhere, or forged. Stored beside the record's file, whose bytes stay
    unchanged."""
    unknown: tuple[Unknown, ...] = field(default=(), repr=False)
    """Fields of a newer version, which are written back."""

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values; the inverse of `from_json`."""
        values = {name: getattr(self, name) for name in _STORED}
        values["recipe"] = self.recipe.to_json()
        for name in ("picture", "failure", "verdict", "touched"):
            values[name] = None if values[name] is None else asdict(values[name])
        for path, part, more in self.unknown:
            if _part(self, path) == part:
                _inside(values, path).update(more)
        return {"format": FORMAT, **values}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Record:
        """Parse JSON values. Raises like `parse`."""
        return cls.parse(_as_text(values))

    @classmethod
    def parse(cls, text: bytes) -> Record:
        """Parse a record's file of any format.

        Raises KeyError, TypeError, ValueError or RecursionError, naming the field, for an invalid
        one.
        """
        found = _migrated(_read_json(text))
        if "imported" in found:
            raise ValueError("imported: is stored beside a record, not in it")
        if missing := [name for name in _STORED if name not in found]:
            raise ValueError(f"{missing[0]}: missing")
        response = found["response"]
        if not isinstance(response, dict | None):
            raise TypeError("response: not an object")
        # Skip validating the response: it may contain anything and is most of the record.
        known = {name: found[name] for name in _STORED} | {"response": None}
        record = _validated(_RECORDS, known)
        return replace(record, response=response, unknown=tuple(_find_unknown(found, record)))


@dataclass(frozen=True)
class Mark:
    """A person's star and note. Stored beside the record, which is what happened."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    starred: bool = False
    note: Annotated[str, Field(max_length=NOTE_MAX_CHARS)] = ""

    def to_json(self) -> dict[str, Any]:
        """The mark as JSON values; the inverse of `from_json`."""
        return {"format": MARK_FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Mark:
        """Parse JSON values. Raises like `parse`."""
        return cls.parse(_as_text(values))

    @classmethod
    def parse(cls, text: bytes) -> Mark:
        """Parse a mark's file. Raises KeyError, TypeError, ValueError or RecursionError."""
        values = _read_json(text)
        if type(values["format"]) is not int or values["format"] != MARK_FORMAT:
            raise ValueError(f"format: {values['format']!r} is not {MARK_FORMAT}")
        return _validated(_MARKS, {"starred": values["starred"], "note": values["note"]})


# ── reading ──────────────────────────────────────────────────────────────────────────────────

_T = TypeVar("_T")

_STORED = tuple(it.name for it in fields(Record) if it.name not in ("imported", "unknown"))
_PARTS: Mapping[tuple[str, ...], frozenset[str]] = {
    (): frozenset(_STORED),
    **{
        path: frozenset(it.name for it in fields(kind))
        for path, kind in {
            ("picture",): PictureFacts,
            ("failure",): Failure,
            ("verdict",): Verdict,
            ("touched",): Touched,
        }.items()
    },
    ("failure", "message"): frozenset(it.name for it in (*fields(Words), *fields(Pair))),
}
"""The keys that this version knows, by place. Recipes handle their own."""


_RECORDS, _MARKS = TypeAdapter(Record), TypeAdapter(Mark)


def _as_text(values: object) -> bytes:
    return json.dumps(values, ensure_ascii=False, allow_nan=False).encode()


def _read_json(text: bytes) -> dict[str, Any]:
    """The object in `text`: at most 1,024 levels deep, no NaN, no lone surrogates."""
    values = orjson.loads(text)
    if not isinstance(values, dict):
        raise TypeError("not an object")
    return values


def _validated(reader: TypeAdapter[_T], values: dict[str, Any]) -> _T:
    """Validate `values`, which were read from JSON. Raises ValueError."""
    try:
        # Validate as JSON: on Python values, strict mode accepts no list for a tuple and no string
        # for an enum.
        return reader.validate_json(orjson.dumps(values))
    except ValidationError as error:
        raise ValueError(_reasons(error)) from error


def _reasons(error: ValidationError) -> str:
    """Which fields are wrong and why, in one line, without their values."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in errors)


def _find_unknown(values: dict[str, Any], record: Record) -> Iterator[Unknown]:
    """The parts of a record's JSON values that `record` has no field for."""
    for path, names in _PARTS.items():
        inside = _inside(values, path)
        if inside is not None and not inside.keys() <= names:
            more = {name: value for name, value in inside.items() if name not in names}
            yield Unknown(path, _part(record, path), more)


def _part(record: Record, path: tuple[str, ...]) -> object:
    """The object at that place, or None. Also None for the record itself, which changes."""
    if not path:
        return None
    part: object = record
    for name in path:
        part = getattr(part, name, None)
    return part


def _inside(values: Any, path: tuple[str, ...]) -> Any:
    """The value at that place in a record's JSON, or None."""
    for name in path:
        values = values[name]
        if values is None:
            return None
    return values


def _add_replays(values: dict[str, Any]) -> dict[str, Any]:
    """1 → 2: adds repeats with their verdict, and what an edit touched."""
    return _FIRST | values | {"replay_of": None, "verdict": None, "touched": None}


def _keep_pairs(values: dict[str, Any]) -> dict[str, Any]:
    """From 2 to 3: a message is a template and its values; the pairs stay as they are."""
    return values


_FIRST = {
    "sent_at": None,
    "sent_bytes": None,
    "own_key": False,
    "task_state": "",
    "picture_url": "",
    "picture_url_expires": None,
}
"""Fields that format 1 gained without a new number. Its first records lack them."""
# Append-only: step n migrates from format n+1 to n+2, so that every record ever written is
# readable.
_MIGRATIONS = (_add_replays, _keep_pairs)


def _migrated(values: dict[str, Any]) -> dict[str, Any]:
    """Migrate the fields of a record to the current format. Raises ValueError."""
    written = values.get("format")
    if type(written) is not int or not 1 <= written <= FORMAT:
        raise ValueError(f"format: {written!r} is not one of 1 to {FORMAT}")
    found = {name: value for name, value in values.items() if name != "format"}
    for step in _MIGRATIONS[written - 1 :]:
        found = step(found)
    return found


def new_id(now: datetime) -> str:
    """A unique, unguessable id that sorts by time."""
    return f"{now:%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(4)}"


def utc_now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)
