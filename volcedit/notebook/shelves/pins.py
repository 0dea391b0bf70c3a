"""Reservations of pictures: what a save is about to name, a sweep must leave.

No lock is held while anything is written: a save pins the hashes that its record names, then
writes; a sweep waits for the pins on a picture that it is about to delete, and learns which records
were written meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Set
from contextlib import contextmanager


class Watch:
    """The records that were written under pins since a sweep began."""

    def __init__(self) -> None:
        self._new: set[str] = set()

    def add(self, record_id: str) -> None:
        """A record was written, or should have been."""
        self._new.add(record_id)

    def take_new(self) -> set[str]:
        """Those that were not asked for before."""
        new, self._new = self._new, set()
        return new

    @property
    def has_new(self) -> bool:
        """Whether a record was written since they were last asked for."""
        return bool(self._new)


class Pins:
    """Which pictures of one notebook are about to be named, and by which records."""

    def __init__(self) -> None:
        self._pinned: list[tuple[frozenset[bytes], str]] = []
        self._removing: set[bytes] = set()
        self._watches: list[Watch] = []
        self._changed = threading.Condition()

    @contextmanager
    def held(self, hashes: Set[bytes], record_id: str = "") -> Iterator[None]:
        """Nothing of `hashes` is deleted while the block runs.

        Afterwards it is if no record names it, for which the files of `record_id` are looked at.
        """
        pin = (frozenset(hashes), record_id)
        with self._changed:
            # A deletion is short, and the picture must not go after it was found to be there.
            self._changed.wait_for(lambda: not self._removing & hashes)
            self._pinned.append(pin)
        try:
            yield
        finally:
            with self._changed:
                self._pinned.remove(pin)
                for watch in self._watches if record_id else ():
                    watch.add(record_id)
                self._changed.notify_all()

    @contextmanager
    def watched(self) -> Iterator[Watch]:
        """What is written from now on, for a sweep."""
        watch = Watch()
        with self._changed:
            self._watches.append(watch)
        try:
            yield watch
        finally:
            with self._changed:
                self._watches.remove(watch)

    @contextmanager
    def removing(self, sha256: bytes, watch: Watch) -> Iterator[bool]:
        """Whether the block may delete the picture, once nobody has it pinned.

        False when a record was written since `watch` was last asked: it may name the picture.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    sha256 not in self._removing  # by another sweep
                    and all(sha256 not in hashes for hashes, _ in self._pinned)
                )
            )
            may = not watch.has_new
            if may:
                self._removing.add(sha256)
        try:
            yield may
        finally:
            if may:
                with self._changed:
                    self._removing.discard(sha256)
                    self._changed.notify_all()
