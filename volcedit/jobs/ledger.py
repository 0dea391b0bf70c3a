"""The count of edits made at the owner's cost, in one file that all processes of a store share.

    edits.json   {"format": 1, "edits": [[<time>, <notebook>, <address>], …, [<time>], …]}
    lock         held by the process that changes it

An edit is kept for a day. After an hour it counts for everybody, but for no visitor any more, and
whoever made it is forgotten.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

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


class Entry(NamedTuple):
    """One edit."""

    time_s: float
    """When it was counted, in seconds since 1970."""
    notebook: str = ""
    """Who made it, by notebook and by address, both hashed; empty after an hour."""
    address: str = ""


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

    def read(self, now_s: float) -> list[Entry]:
        """The edits that still count. Raises `LimitError` if they cannot be read."""
        try:
            entries = _parse(self._store.read(_EDITS))
        except FileNotFoundError:
            entries = []
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
        return _prune(entries, now_s)

    @contextmanager
    def change(self, now_s: float) -> Iterator[list[Entry]]:
        """The edits that still count, to be changed in place; durable when the block ends.

        If the block raises, nothing is changed. Raises `LimitError` or `HistoryError`.
        """
        with self._changing, self._locked() as lock:
            entries = self.read(now_s)
            yield entries
            if not lock.is_held:  # it expired, so another process may have counted meanwhile
                raise LimitError(_BUSY)
            with as_history_error(UNWRITABLE):
                self._store.write(_EDITS, _text(entries))

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


def _prune(entries: list[Entry], now_s: float) -> list[Entry]:
    """`entries` without those older than a day, and those older than an hour without names.

    An entry from the future counts: the clock was set back, which must not make room.
    """
    return [
        entry if entry.time_s > now_s - HOUR_S else Entry(entry.time_s)
        for entry in entries
        if entry.time_s > now_s - DAY_S
    ]


def _text(entries: list[Entry]) -> bytes:
    edits = [list(entry) if any(entry[1:]) else [entry.time_s] for entry in entries]
    return orjson.dumps({"format": FORMAT, "edits": edits})


def _parse(text: bytes) -> list[Entry]:
    """Raises ValueError unless all of `text` is as `_text` writes it."""
    found = orjson.loads(text)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError("not in this format")
    if not isinstance(found.get("edits"), list):
        raise ValueError("no list of edits")
    return [_parse_entry(edit) for edit in found["edits"]]


def _parse_entry(edit: object) -> Entry:
    if not isinstance(edit, list) or len(edit) not in (1, 3):
        raise ValueError("not an edit")
    time_s, *names = edit
    if isinstance(time_s, bool) or not isinstance(time_s, int | float) or math.isinf(time_s):
        raise ValueError("not a time")
    if not all(isinstance(name, str) for name in names):
        raise ValueError("not a name")
    return Entry(float(time_s), *names)


_UNREADABLE = Words(
    "The edits made at the owner's cost cannot be counted, so nothing was sent. The owner finds "
    "the reason in the app's log."
)
_BUSY = Words(
    "The edits made at the owner's cost could not be counted, so nothing was sent. Try again."
)
