"""One attempt, as it is written down: frozen, versioned, and readable in every format there was."""

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
from volcedit.types import FailureKind, PictureFacts, State, Touched, Verdict, Words

FORMAT = 2
"""Of a record's file. A change gets a new number, and a step at the end of `_MIGRATIONS`."""
MARK_FORMAT = 1
"""Of a mark's file."""

ID = re.compile(r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}")
"""What an id looks like, see `new_id`."""
NOTE_MAX_CHARS = 2000
WHOLE_MAX = 2**53  # what every reader of JSON holds exactly
SIDE_MAX_PX = 100_000

_SHA256 = re.compile(r"[0-9a-f]{64}")
_STRICT = ConfigDict(strict=True, allow_inf_nan=False, hide_input_in_errors=True, defer_build=True)
"""Nothing is taken for something else: no "1" for 1, no true for 1, no NaN for a number.

Built at first use, since importing this module should not take a tenth of a second.
"""


# ── what pydantic cannot know from a type ────────────────────────────────────────────────────


def _check_id(text: str) -> str:
    if not ID.fullmatch(text):
        raise ValueError("not an id")
    return text


def _check_time(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a time without its zone")
    return text


def _check_facts(facts: PictureFacts) -> PictureFacts:
    if not _SHA256.fullmatch(facts.sha256):
        raise ValueError("not a SHA-256")
    if not all(1 <= px <= SIDE_MAX_PX for px in (facts.width_px, facts.height_px)):
        raise ValueError(f"a side is not 1 to {SIDE_MAX_PX} px long")
    if not 0 <= facts.size_bytes <= WHOLE_MAX:
        raise ValueError("not a size")
    try:
        extension(facts.media_type)
    except KeyError as error:
        raise ValueError("not the media type of a picture") from error
    return facts


def _check_whole(value: int) -> int:
    if abs(value) > WHOLE_MAX:
        raise ValueError("a number that few readers of JSON hold exactly")
    return value


def _check_verdict(verdict: Verdict) -> Verdict:
    for value in verdict.largest or ():
        _check_whole(value)
    return verdict


def _check_touched(touched: Touched) -> Touched:
    for value in touched.box or ():
        _check_whole(value)
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


_Whole = Annotated[int, AfterValidator(_check_whole)]
_Id = Annotated[str, AfterValidator(_check_id)]
_Time = Annotated[str, AfterValidator(_check_time)]
"""ISO 8601, with its zone, which is UTC in all that is written here."""
_Facts = Annotated[PictureFacts, AfterValidator(_check_facts)]
_Verdict = Annotated[Verdict, AfterValidator(_check_verdict)]
_Touched = Annotated[Touched, AfterValidator(_check_touched)]
_Recipe = Annotated[Recipe, PlainValidator(_read_recipe)]


# ── the nouns ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Failure:
    """Why an attempt brought no picture."""

    kind: FailureKind
    code: _Whole | str | None
    message: Words
    request_id: str
    retryable: bool

    @classmethod
    def of(cls, error: VolceditError) -> Failure:
        """What is written down of `error`."""
        return cls(error.kind, error.code, error.words, error.request_id, error.retryable)

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """As programs get it: one message, in `language`."""
        return {**asdict(self), "message": self.message.in_language(language)}


class Unknown(NamedTuple):
    """What a newer version wrote into a record and this one does not know."""

    path: tuple[str, ...]
    """Where it stood: ("failure", "message"), or () for the record itself."""
    part: object
    """The part that it was said of: it is not true of another that takes its place."""
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """One attempt. Frozen: a change is a new record under the same id.

    The types are also what is checked when one is read (`parse`), wherever it comes from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    id: _Id
    time: _Time
    """When it was asked for: ISO 8601, UTC."""
    recipe: _Recipe
    state: State
    picture: _Facts | None = None
    failure: Failure | None = None
    response: Mapping[str, Any] | None = None
    """The answer as it came, base64 replaced by its size and hash."""
    request_id: str = ""
    elapsed_s: float | None = None
    """What the service says it took."""
    took_s: float | None = None
    """From sending to having the picture, measured here, pauses and further tries included."""
    task_id: str | None = None
    parent: _Id | None = None
    """The id of the record whose picture is this one's photo."""
    sent_at: _Time | None = None
    """When it last left this machine: ISO 8601, UTC."""
    sent_bytes: _Whole | None = None
    """How large a body left then."""
    own_key: bool = False
    """Whether it was sent with a visitor's own key, which is never written down."""
    task_state: str = ""
    """What the service last said of the task, as it spells it."""
    picture_url: str = ""
    """Where the picture lies that could not be fetched or kept."""
    picture_url_expires: _Time | None = None
    """Until when it lies there: ISO 8601, UTC."""
    replay_of: _Id | None = None
    """The id of the record that this one repeats, byte for byte."""
    verdict: _Verdict | None = None
    """Of a repeat that is done: how its picture compares with that of the first."""
    touched: _Touched | None = None
    """What the edit changed of its photo; None until it was measured."""
    imported: bool = False
    """Whether an archive brought it without a picture. Then nothing is polled or fetched for it
    here: it may be under way elsewhere, or made up. Kept beside its file, whose bytes stay."""
    unknown: tuple[Unknown, ...] = field(default=(), repr=False)
    """What a newer version wrote; it is written back."""

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values; `from_json` reads them back."""
        values = {name: getattr(self, name) for name in _WRITTEN}
        values["recipe"] = self.recipe.to_json()
        for name in ("picture", "failure", "verdict", "touched"):
            values[name] = None if values[name] is None else asdict(values[name])
        for path, part, more in self.unknown:
            if _part(self, path) == part:
                _inside(values, path).update(more)
        return {"format": FORMAT, **values}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Record:
        """The record that those JSON values are; raises as `parse` does."""
        return cls.parse(_as_text(values))

    @classmethod
    def parse(cls, text: bytes) -> Record:
        """The record in a file of any format.

        Raises KeyError, TypeError, ValueError or RecursionError, saying which field, for what is
        none.
        """
        found = _migrated(_read_json(text))
        if "imported" in found:
            raise ValueError("imported: is kept beside a record, not in it")
        if missing := [name for name in _WRITTEN if name not in found]:
            raise ValueError(f"{missing[0]}: missing")
        response = found["response"]
        if not isinstance(response, dict | None):
            raise TypeError("response: not an object")
        # The answer may hold anything, and is most of the record.
        known = {name: found[name] for name in _WRITTEN} | {"response": None}
        record = _validated(_RECORDS, known)
        return replace(record, response=response, unknown=tuple(_find_unknown(found, record)))


@dataclass(frozen=True)
class Mark:
    """What a person says of a record. Kept beside it: the record is what happened."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    starred: bool = False
    note: Annotated[str, Field(max_length=NOTE_MAX_CHARS)] = ""

    def to_json(self) -> dict[str, Any]:
        """The mark as JSON values; `from_json` reads them back."""
        return {"format": MARK_FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Mark:
        """The mark that those JSON values are; raises as `parse` does."""
        return cls.parse(_as_text(values))

    @classmethod
    def parse(cls, text: bytes) -> Mark:
        """The mark in a file. Raises KeyError, TypeError, ValueError or RecursionError for none."""
        values = _read_json(text)
        if type(values["format"]) is not int or values["format"] != MARK_FORMAT:
            raise ValueError(f"format: {values['format']!r} is not {MARK_FORMAT}")
        return _validated(_MARKS, {"starred": values["starred"], "note": values["note"]})


# ── reading ──────────────────────────────────────────────────────────────────────────────────

_Noun = TypeVar("_Noun")

_WRITTEN = tuple(it.name for it in fields(Record) if it.name not in ("imported", "unknown"))
_PARTS: Mapping[tuple[str, ...], frozenset[str]] = {
    (): frozenset(_WRITTEN),
    **{
        path: frozenset(it.name for it in fields(noun))
        for path, noun in {
            ("picture",): PictureFacts,
            ("failure",): Failure,
            ("failure", "message"): Words,
            ("verdict",): Verdict,
            ("touched",): Touched,
        }.items()
    },
}
"""The keys that this version knows, by where they stand. A recipe sees to its own."""


_RECORDS, _MARKS = TypeAdapter(Record), TypeAdapter(Mark)


def _as_text(values: object) -> bytes:
    return json.dumps(values, ensure_ascii=False, allow_nan=False).encode()


def _read_json(text: bytes) -> dict[str, Any]:
    """The object in `text`: at most 1,024 levels, no NaN, no half of a surrogate pair."""
    values = orjson.loads(text)
    if not isinstance(values, dict):
        raise TypeError("not an object")
    return values


def _validated(reader: TypeAdapter[_Noun], values: dict[str, Any]) -> _Noun:
    """The noun that `values`, as they were read from JSON, are. Raises ValueError."""
    try:
        # By way of JSON: of Python's values, strictness would take no list for a tuple and no word
        # for a kind.
        return reader.validate_json(orjson.dumps(values))
    except ValidationError as error:
        raise ValueError(_reasons(error)) from error


def _reasons(error: ValidationError) -> str:
    """In one line, which field is wrong and why; nothing of what is in it."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in told)


def _find_unknown(values: dict[str, Any], record: Record) -> Iterator[Unknown]:
    """What of a record's JSON values `record` has no place for."""
    for path, names in _PARTS.items():
        inside = _inside(values, path)
        if inside is not None and not inside.keys() <= names:
            more = {name: value for name, value in inside.items() if name not in names}
            yield Unknown(path, _part(record, path), more)


def _part(record: Record, path: tuple[str, ...]) -> object:
    """The part of a record there, or None; also None for the record itself, which changes."""
    if not path:
        return None
    part: object = record
    for name in path:
        part = getattr(part, name, None)
    return part


def _inside(values: Any, path: tuple[str, ...]) -> Any:
    """That part in a record's JSON values, or None."""
    for name in path:
        values = values[name]
        if values is None:
            return None
    return values


def _add_replays(values: dict[str, Any]) -> dict[str, Any]:
    """From 1 to 2: repeats with their verdict, and what an edit touched."""
    return _FIRST | values | {"replay_of": None, "verdict": None, "touched": None}


_FIRST = {
    "sent_at": None,
    "sent_bytes": None,
    "own_key": False,
    "task_state": "",
    "picture_url": "",
    "picture_url_expires": None,
}
"""What format 1 gained without a new number: its first records do not have it."""
# Append only: step n leads from format n+1 to n+2, so that every record ever written can be read.
_MIGRATIONS = (_add_replays,)


def _migrated(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a record of any format up to today's. Raises ValueError."""
    written = values.get("format")
    if type(written) is not int or not 1 <= written <= FORMAT:
        raise ValueError(f"format: {written!r} is not one of 1 to {FORMAT}")
    found = {name: value for name, value in values.items() if name != "format"}
    for step in _MIGRATIONS[written - 1 :]:
        found = step(found)
    return found


def new_id(now: datetime) -> str:
    """A name that sorts by time and that nobody guesses or meets twice."""
    return f"{now:%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(4)}"


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
