"""Searches thousands of records: queries, and an in-memory index that answers them.

The index holds only what queries need. It reads no files: `shelves.listing` feeds it changes.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from volcedit.notebook.records import Mark
from volcedit.types import Provider, State

Order = Literal["newest", "oldest", "prompt", "seed", "slowest"]
ANSWERS_KEPT = 8
"""Number of queries whose results are cached, so that paging does not search again."""


@dataclass(frozen=True)
class Query:
    """A filter and an order. Defaults match everything."""

    words: str = ""
    """Each word must occur in the prompt, the negative prompt, the note, the seed, the model or the
    host. Case-insensitive."""
    state: str = ""
    """A state, or "under_way" for everything unfinished, or "repeat" for repeats."""
    provider: str = ""
    starred: bool = False
    seeds: tuple[int, int] | None = None
    """Lowest and highest, inclusive."""
    since: str = ""
    until: str = ""
    """Days in UTC, like 2026-01-31; both inclusive."""
    order: Order = "newest"


class Entry(NamedTuple):
    """One record, as indexed. A tuple, because there are ten thousand."""

    id: str
    text: str
    """Everything that words are matched against, casefolded."""
    prompt: str
    seed: int
    state: State
    provider: Provider
    starred: bool
    parent: str | None
    replay_of: str | None
    elapsed_s: float | None
    took_s: float | None
    blobs: tuple[tuple[str, int], ...]
    """SHA-256 and size in bytes of its photo, and of its picture if it has one."""
    has_picture: bool

    @property
    def day(self) -> str:
        """The day of the request, like 20260131: ids start with it."""
        return self.id[:8]

    @classmethod
    def of(cls, values: Mapping[str, Any], mark: Mark) -> Entry:
        """Build an entry from a record's JSON values of any format, even with unknown kinds.

        Checks only what would break the index; reading the record checks the rest. Raises
        AttributeError, KeyError, TypeError, ValueError or OverflowError.
        """
        recipe = values["recipe"]
        params, photo, picture = recipe["params"], recipe["photo"], values["picture"]
        searchable = (
            params["prompt"], params["negative_prompt"], mark.note, str(params["seed"]),
            recipe["req_key"], recipe["provider"], recipe["host"],
        )  # fmt: skip
        return cls(
            id=values["id"],
            text="\n".join(searchable).casefold(),
            prompt=params["prompt"].casefold(),
            seed=int(params["seed"]),
            state=State(values["state"]),
            provider=Provider(recipe["provider"]),
            starred=mark.starred,
            parent=_text(values["parent"]),
            replay_of=_text(values.get("replay_of")),
            elapsed_s=_number(values["elapsed_s"]),
            took_s=_number(values["took_s"]),
            blobs=tuple(
                (_hash(it["sha256"]), int(it["size_bytes"])) for it in (photo, picture) if it
            ),
            has_picture=bool(picture),
        )


@dataclass(frozen=True)
class Totals:
    """Totals of a notebook."""

    count: int
    done: int
    """Records with a picture."""
    paid: int
    """Done, but not by the sandbox."""
    median_s: float | None
    """Median of the times reported by the service; None if there are none."""
    slow_s: float | None
    """The 95th percentile of these times."""
    size_bytes: int
    """All photos and pictures, each counted once."""


class Index:
    """The entries of one notebook, with cached query results. Thread-safe."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._answers: dict[Query, list[str]] = {}
        self._totals: Totals | None = None
        self._lock = threading.Lock()

    def change(self, put: Iterable[Entry] = (), drop: Iterable[str] = ()) -> None:
        """Add or replace entries, and drop others."""
        with self._lock:
            for record_id in drop:
                self._entries.pop(record_id, None)
            self._entries.update((entry.id, entry) for entry in put)
            self._answers.clear()
            self._totals = None

    def get(self, record_id: str) -> Entry | None:
        """The entry of that record, if there is one."""
        return self._entries.get(record_id)

    def entries(self) -> list[Entry]:
        """All entries, in no particular order."""
        with self._lock:
            return list(self._entries.values())

    def find(self, query: Query) -> list[str]:
        """The ids of the records that match `query`, in its order."""
        with self._lock:
            if query not in self._answers:
                while len(self._answers) >= ANSWERS_KEPT:
                    del self._answers[next(iter(self._answers))]
                self._answers[query] = _find(self._entries.values(), query)
            return self._answers[query]

    def totals(self) -> Totals:
        """The totals, cached until the next change."""
        with self._lock:
            if self._totals is None:
                self._totals = _add_up(self._entries.values())
            return self._totals


def _find(entries: Iterable[Entry], query: Query) -> list[str]:
    tests = _tests(query)
    found = [entry for entry in entries if all(test(entry) for test in tests)]
    key, reverse = _ORDERS[query.order]
    return [entry.id for entry in sorted(found, key=key, reverse=reverse)]


# Ties: newest first.
_ORDERS: Mapping[Order, tuple[Callable[[Entry], Any], bool]] = {
    "newest": (lambda entry: entry.id, True),
    "oldest": (lambda entry: entry.id, False),
    "prompt": (lambda entry: (entry.prompt, _newest_first(entry)), False),
    "seed": (lambda entry: (entry.seed, _newest_first(entry)), False),
    "slowest": (lambda entry: (entry.took_s or 0.0, entry.id), True),
}


def _newest_first(entry: Entry) -> int:
    return -int(entry.id[:8] + entry.id[9:21])


def _tests(query: Query) -> list[Callable[[Entry], bool]]:
    """The conditions of `query`, cheapest first."""
    tests: list[Callable[[Entry], bool]] = []
    if query.starred:
        tests.append(lambda entry: entry.starred)
    if query.state == "repeat":
        tests.append(lambda entry: entry.replay_of is not None)
    elif query.state:
        if query.state == "under_way":
            tests.append(lambda entry: entry.state.is_under_way)
        else:
            tests.append(lambda entry: entry.state == query.state)
    if query.provider:
        tests.append(lambda entry: entry.provider == query.provider)
    if query.seeds:
        lowest, highest = query.seeds
        tests.append(lambda entry: lowest <= entry.seed <= highest)
    if query.since:
        since = query.since.replace("-", "")
        tests.append(lambda entry: entry.day >= since)
    if query.until:
        until = query.until.replace("-", "")
        tests.append(lambda entry: entry.day <= until)
    words = query.words.casefold().split()
    if words:
        tests.append(lambda entry: all(word in entry.text for word in words))
    return tests


def _add_up(entries: Iterable[Entry]) -> Totals:
    entries = list(entries)
    done = [entry for entry in entries if entry.has_picture]
    times = sorted(entry.elapsed_s for entry in entries if entry.elapsed_s is not None)
    blobs = dict(blob for entry in entries for blob in entry.blobs)
    return Totals(
        count=len(entries),
        done=len(done),
        paid=sum(not entry.provider.is_free for entry in done),
        median_s=_quantile(times, 0.5),
        slow_s=_quantile(times, 0.95),
        size_bytes=sum(blobs.values()),
    )


def _quantile(ordered: list[float], share: float) -> float | None:
    """The quantile of `ordered` by nearest rank."""
    if not ordered:
        return None
    return ordered[math.ceil(share * len(ordered)) - 1]


def _number(value: Any) -> float | None:
    return float(value) if value is not None else None


def _text(value: Any) -> str | None:
    if not isinstance(value, str | None):
        raise TypeError("an id must be a string")
    return value


def _hash(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a hash must be a string")
    return value
