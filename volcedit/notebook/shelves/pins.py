"""Pins protect pictures that a save is about to reference from a concurrent sweep.

No lock is held while anything is written. A save pins the hashes that its record names, then
writes. A sweep waits for the pins on a picture it is about to delete, and learns which records were
written meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Set
from contextlib import contextmanager


class Watch:
    """Collects the records written under pins since a sweep began."""

    def __init__(self) -> None:
        self._new: set[str] = set()

    def add(self, record_id: str) -> None:
        """Note that a record was written, or may have been."""
        self._new.add(record_id)

    def take_new(self) -> set[str]:
        """The records since the last call."""
        new, self._new = self._new, set()
        return new

    @property
    def has_new(self) -> bool:
        """Whether a record was written since the last `take_new`."""
        return bool(self._new)


class Pins:
    """The pictures of one notebook that are about to be referenced, and by which records."""

    def __init__(self) -> None:
        self._pinned: list[tuple[frozenset[bytes], str]] = []
        self._removing: set[bytes] = set()
        self._watches: list[Watch] = []
        self._changed = threading.Condition()

    @contextmanager
    def held(self, hashes: Set[bytes], record_id: str = "") -> Iterator[None]:
        """Protect `hashes` from deletion for the duration of the block.

        Afterwards a sweep may delete them, after checking whether `record_id` references them.
        """
        pin = (frozenset(hashes), record_id)
        with self._changed:
            # Deletions are short. Wait, so that a picture cannot vanish after it was found to
            # exist.
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
    def watch(self) -> Iterator[Watch]:
        """Watch for records written during a sweep."""
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
        """Wait until the picture is unpinned, then yield whether the block may delete it.

        False if a record was written since the last `take_new` of `watch`: it may reference the
        picture.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    sha256 not in self._removing  # by another sweep
                    and all(sha256 not in hashes for hashes, _ in self._pinned)
                )
            )
            can_delete = not watch.has_new
            if can_delete:
                self._removing.add(sha256)
        try:
            yield can_delete
        finally:
            if can_delete:
                with self._changed:
                    self._removing.discard(sha256)
                    self._changed.notify_all()
