"""One attempt, as it is written down: frozen, versioned, and readable in every format there was."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from volcedit.errors import VolceditError
from volcedit.notebook.recipe import Recipe
from volcedit.pictures.opening import extension
from volcedit.types import FailureKind, PictureFacts, State, Touched, Verdict, VerdictKind, Words

FORMAT = 2
"""Of a record's file. A change gets a new number, and a step at the end of `_MIGRATIONS`."""
MARK_FORMAT = 1
"""Of a mark's file."""

ID = re.compile(r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}")
"""What an id looks like, see `new_id`."""


@dataclass(frozen=True)
class Failure:
    """Why an attempt brought no picture."""

    kind: FailureKind
    code: int | str | None
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


@dataclass(frozen=True)
class Record:
    """One attempt. Frozen: a change is a new record under the same id."""

    id: str
    time: str
    """When it was asked for: ISO 8601, UTC."""
    recipe: Recipe
    state: State
    picture: PictureFacts | None = None
    failure: Failure | None = None
    response: Mapping[str, Any] | None = None
    """The answer as it came, base64 replaced by its size and hash."""
    request_id: str = ""
    elapsed_s: float | None = None
    """What the service says it took."""
    took_s: float | None = None
    """From sending to having the picture, measured here, pauses and further tries included."""
    task_id: str | None = None
    parent: str | None = None
    """The id of the record whose picture is this one's photo."""
    sent_at: str | None = None
    """When it last left this machine: ISO 8601, UTC."""
    sent_bytes: int | None = None
    """How large a body left then."""
    own_key: bool = False
    """Was it sent with a visitor's own key, which is never written down?"""
    task_state: str = ""
    """What the service last said of the task, as it spells it."""
    picture_url: str = ""
    """Where the picture lies that could not be fetched or kept."""
    picture_url_expires: str | None = None
    """Until when it lies there: ISO 8601, UTC."""
    replay_of: str | None = None
    """The id of the record that this one repeats, byte for byte."""
    verdict: Verdict | None = None
    """Of a repeat that is done: how its picture compares with that of the first."""
    touched: Touched | None = None
    """What the edit changed of its photo; None until it was measured."""
    imported: bool = False
    """Did an archive bring it without a picture? Then nothing is asked after or fetched for it
    here: it may be under way elsewhere, or made up. Kept beside its file, whose bytes stay."""

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values; `from_json` reads them back."""
        values = asdict(self)
        del values["imported"]
        return {"format": FORMAT, **values, "recipe": self.recipe.to_json()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Record:
        """Raises KeyError, TypeError or ValueError when `values` are no record of this format."""
        fields = _migrated(values)
        if "imported" in fields:
            raise ValueError("what is kept beside a record stands in it")
        fields["state"] = State(fields["state"])
        fields["recipe"] = Recipe.from_json(fields["recipe"])
        if fields["picture"] is not None:
            fields["picture"] = PictureFacts(**fields["picture"])
        if fields["failure"] is not None:
            failure = dict(fields["failure"])
            kind, message = FailureKind(failure["kind"]), Words(**failure["message"])
            fields["failure"] = Failure(**failure | {"kind": kind, "message": message})
        for name, part in (("verdict", Verdict), ("touched", Touched)):
            if fields[name] is not None:
                told = dict(fields[name])
                if part is Verdict:
                    told["kind"] = VerdictKind(told["kind"])
                # JSON knows lists alone.
                fields[name] = part(
                    **{key: tuple(it) if isinstance(it, list) else it for key, it in told.items()}
                )
        record = cls(**fields)
        record._check()
        return record

    def _check(self) -> None:
        """Raise KeyError, TypeError or ValueError for what no row of the history could show."""
        if not self.state.is_known or not math.isfinite(self.recipe.params.scale):
            raise ValueError("unknown state, or a scale that is no number")
        for time_ in (self.time, self.sent_at, self.picture_url_expires):
            if time_ is not None and datetime.fromisoformat(time_).tzinfo is None:
                raise ValueError("a time without its zone")
        if not isinstance(self.response, Mapping | None):
            raise TypeError("an answer is an object")
        for facts in filter(None, (self.recipe.photo, self.picture)):
            extension(facts.media_type)


NOTE_MAX_CHARS = 2000


@dataclass(frozen=True)
class Mark:
    """What a person says of a record. Kept beside it: the record is what happened."""

    starred: bool = False
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """The mark as JSON values; `from_json` reads them back."""
        return {"format": MARK_FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Mark:
        """Raises KeyError, TypeError or ValueError when `values` are no mark of this format."""
        mark = cls(values["starred"], values["note"])
        if values["format"] != MARK_FORMAT or len(mark.note) > NOTE_MAX_CHARS:
            raise ValueError("a mark of another format, or a note that is too long")
        if not isinstance(mark.starred, bool) or not isinstance(mark.note, str):
            raise TypeError("a star is yes or no, a note is text")
        return mark


def _add_replays(values: dict[str, Any]) -> dict[str, Any]:
    """From 1 to 2: repeats with their verdict, and what an edit touched."""
    return values | {"replay_of": None, "verdict": None, "touched": None}


# Append only: step n leads from format n+1 to n+2, so that every record ever written can be read.
_MIGRATIONS = (_add_replays,)


def _migrated(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record of any format up to today's. Raises KeyError or ValueError."""
    written = values["format"]
    if type(written) is not int or not 1 <= written <= FORMAT:
        raise ValueError(f"record format {written} is not one of 1 to {FORMAT}")
    fields = {name: value for name, value in values.items() if name != "format"}
    for step in _MIGRATIONS[written - 1 :]:
        fields = step(fields)
    return fields


def new_id(now: datetime) -> str:
    """A name that sorts by time and that nobody guesses or meets twice."""
    return f"{now:%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(4)}"


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
