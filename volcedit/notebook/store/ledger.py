"""The count of edits made at the owner's cost, in one file that all processes of a store share.

    edits.json   {"format": 1, "hour": [[<time>, <notebook>, <address>], …], "day": [<time>, …]}
    lock         held by the process that changes it

An edit is kept for a day. After an hour it counts for everybody, but for no visitor any more, and
whoever made it is forgotten. Every edit reads and writes the file, so its entries are plain lists.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson

from volcedit.errors import LimitError
from volcedit.notebook.store.failures import UNWRITABLE, as_history_error
from volcedit.notebook.store.protocol import Lock, Store
from volcedit.types import Words

FORMAT = 1
HOUR_S = 3600.0
DAY_S = 86400.0
LOCK_WAIT_S = 75.0
"""Longer than the lock of a killed process lasts in a store where locks expire (60 s)."""
LOCK_POLL_S = 0.005

_EDITS, _LOCK = "edits.json", "lock"

_logger = logging.getLogger(__name__)


Entry = tuple[float, str, str]
"""One edit: when it was counted, in seconds since 1970, and who made it: the notebook and the
network address, both hashed."""


@dataclass
class Edits:
    """The edits that still count."""

    hour: list[Entry] = field(default_factory=list)
    """Those of the last hour."""
    day: list[float] = field(default_factory=list)
    """The times of the others."""

    @property
    def times_s(self) -> list[float]:
        """The times of all."""
        return self.day + [time_s for time_s, _, _ in self.hour]

    def prune(self, now_s: float) -> None:
        """Forget who made edits more than an hour ago, and edits made more than a day ago.

        One from the future still counts: the clock was set back, which must not make room.
        """
        self.day += [time_s for time_s, _, _ in self.hour if time_s <= now_s - HOUR_S]
        self.day = [time_s for time_s in self.day if time_s > now_s - DAY_S]
        self.hour = [entry for entry in self.hour if entry[0] > now_s - HOUR_S]

    def remove(self, entry: Entry) -> None:
        """Remove one edit, if it still counts."""
        if entry in self.hour:
            self.hour.remove(entry)
        elif entry[0] in self.day:
            self.day.remove(entry[0])


class Ledger:
    """The edits of the last day. Thread-safe; other processes may use the same store."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`store` holds nothing else."""
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._changing = threading.Lock()
        self._told = False
        """Whether the log already says that the file is damaged."""

    def read(self, now_s: float) -> Edits:
        """The edits that still count. Raises `LimitError` if they cannot be read."""
        try:
            edits = _parse(self._store.read(_EDITS))
        except FileNotFoundError:
            edits = Edits()
        except (OSError, ValueError) as error:
            if not self._told:
                _logger.error(
                    "%s/%s cannot be read, so no edits are made at the owner's cost. Delete it to "
                    "start counting anew: %r",
                    *(self._store.address, _EDITS, error),
                )
                self._told = True
            raise LimitError(_UNREADABLE) from error
        self._told = False
        edits.prune(now_s)
        return edits

    @contextmanager
    def change(self, now_s: float) -> Iterator[Edits]:
        """The edits that still count, to be changed in place; durable when the block ends.

        If the block raises, nothing is changed. Raises `LimitError` or `HistoryError`.
        """
        with self._changing, self._locked() as lock:
            edits = self.read(now_s)
            yield edits
            if not lock.is_held:  # it expired, so another process may have counted meanwhile
                raise LimitError(_BUSY)
            with as_history_error(UNWRITABLE):
                self._store.write(_EDITS, _text(edits))

    @contextmanager
    def _locked(self) -> Iterator[Lock]:
        deadline = self._clock() + LOCK_WAIT_S
        with as_history_error(UNWRITABLE):
            while (lock := self._store.lock(_LOCK)) is None:
                if self._clock() > deadline:
                    raise LimitError(_BUSY)
                self._sleep(LOCK_POLL_S)
        try:
            yield lock
        finally:
            lock.release()


def _text(edits: Edits) -> bytes:
    return orjson.dumps({"format": FORMAT, "hour": edits.hour, "day": edits.day})


def _parse(text: bytes) -> Edits:
    """Raises ValueError unless all of `text` is as `_text` writes it."""
    found = orjson.loads(text)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError("not in this format")
    hour, day = found.get("hour"), found.get("day")
    if not isinstance(hour, list) or not isinstance(day, list):
        raise ValueError("no lists of edits")
    if not all(type(it) is list and len(it) == len(_ENTRY) for it in hour):
        raise ValueError("not an edit")
    for kind, column in zip(_ENTRY, zip(*hour, strict=True), strict=False):
        if not all(type(value) is kind for value in column):
            raise ValueError("not an edit")
    edits = Edits([(time_s, notebook, address) for time_s, notebook, address in hour], day)
    if not all(type(time_s) is float and math.isfinite(time_s) for time_s in edits.times_s):
        raise ValueError("not a time")
    return edits


_ENTRY = (float, str, str)
_UNREADABLE = Words(
    "The edits made at the owner's cost cannot be counted, so nothing was sent. The owner finds "
    "the reason in the app's log."
)
_BUSY = Words(
    "The edits made at the owner's cost could not be counted, so nothing was sent. Try again."
)
