"""How much room everything takes that the app stores, and the limit on it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from volcedit.errors import HistoryError
from volcedit.notebook.shelves.blobs import FOLDER as BLOBS
from volcedit.notebook.shelves.names import DELETED, MARKS, RECORDS
from volcedit.notebook.shelves.thumbnails import FOLDER as THUMBS
from volcedit.notebook.store.failures import UNREADABLE, as_history_error
from volcedit.notebook.store.protocol import Store
from volcedit.types import Words

TOLD_EVERY_S = 60.0
"""How often the owner reads that the storage is full."""
RECOUNT_AFTER_S = 60.0
"""Age of the total in a store that cannot tell what has changed."""
_SHELVES = (RECORDS, BLOBS, THUMBS, MARKS, DELETED)
_TICK_S = 0.05  # longer than a tick of any file system's clock that counts in milliseconds

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Counted:
    """One folder."""

    marker: Hashable
    since_s: float
    """When this marker was first seen."""
    is_settled: bool
    """Whether it was listed long enough after `since_s`: two writes within one tick of the file
    system's clock leave the same marker."""
    size_bytes: int


class Usage:
    """The size of all notebooks of a store, whichever process wrote them. Thread-safe.

    Only folders that have changed are listed, by the store's change markers.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._folders: dict[str, _Counted] = {}
        self._total: tuple[float, int] | None = None
        """When everything was counted, and the result, in a store without change markers."""

    def used_bytes(self) -> int:
        """The bytes in all notebooks. Raises `HistoryError`."""
        with self._lock, as_history_error(UNREADABLE):
            if self._store.changes("notebooks") is None:
                return self._count_all()
            self._folders = {
                folder: self._count(folder)
                for name in self._store.folders("notebooks")
                for folder in (f"notebooks/{name}/{shelf}" for shelf in _SHELVES)
            }
            return sum(counted.size_bytes for counted in self._folders.values())

    def _count_all(self) -> int:
        now_s = self._clock()
        if self._total is None or now_s - self._total[0] > RECOUNT_AFTER_S:
            self._total = now_s, self._store.room().used_bytes
        return self._total[1]

    def _count(self, folder: str) -> _Counted:
        marker, now_s = self._store.changes(folder), self._clock()
        known = self._folders.get(folder)
        if known is None or known.marker != marker:
            known = _Counted(marker, now_s, False, 0)
        if known.is_settled:
            return known
        size_bytes = sum(found.size_bytes for found in self._store.files(folder).values())
        return _Counted(marker, known.since_s, now_s - known.since_s > _TICK_S, size_bytes)


@dataclass(frozen=True)
class _Part:
    used_bytes: Callable[[], int]
    make_room: Callable[[], None]


class Storage:
    """How much may still be stored. Thread-safe."""

    def __init__(self, max_bytes: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        """None for no limit: then nothing is ever counted."""
        self._max_bytes = max_bytes
        self._clock = clock
        self._parts: list[_Part] = []
        self._told_at_s: float | None = None
        self._lock = threading.Lock()

    def include(
        self, used_bytes: Callable[[], int], make_room: Callable[[], None] = lambda: None
    ) -> None:
        """Count `used_bytes` as well. `make_room` deletes what can be spared."""
        self._parts.append(_Part(used_bytes, make_room))

    def room_bytes(self, needed_bytes: int = 0) -> int | None:
        """How much may still be stored; None for no limit.

        If that is less than `needed_bytes`, room is made first, as far as possible. Raises
        `HistoryError`.
        """
        if self._max_bytes is None:
            return None
        room = self._max_bytes - self._used_bytes()
        if room < max(1, needed_bytes):
            for part in self._parts:
                part.make_room()
            room = self._max_bytes - self._used_bytes()
        return max(0, room)

    def check(self, needed_bytes: int = 0) -> None:
        """Raise `HistoryError` unless there is room for `needed_bytes`, and for at least one."""
        room = self.room_bytes(needed_bytes)
        if room is not None and room < max(1, needed_bytes):
            raise self.full()

    def full(self) -> HistoryError:
        """The error for a full storage, of which the owner is told in the log."""
        most = (self._max_bytes or 0) // 1_000_000
        with self._lock:
            now_s = self._clock()
            if self._told_at_s is None or now_s - self._told_at_s >= TOLD_EVERY_S:
                self._told_at_s = now_s
                _logger.warning(
                    "storage is full: %.1f of %d MB (VOLCEDIT_STORAGE_MB) are used",
                    self._used_bytes() / 1e6,
                    most,
                )
        return HistoryError(
            Words(
                "The storage of this app is full ({most} MB). Try again in an hour, or delete "
                "edits, which frees their space after ten minutes.",
                most=most,
            )
        )

    def _used_bytes(self) -> int:
        return sum(part.used_bytes() for part in self._parts)
