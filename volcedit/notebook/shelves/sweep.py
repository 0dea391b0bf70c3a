"""Garbage collection: deletes pictures that no record references any more."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import suppress

from volcedit.notebook.shelves import blobs, thumbnails
from volcedit.notebook.shelves.bin import Bin
from volcedit.notebook.shelves.files import RecordFiles
from volcedit.notebook.shelves.names import MARKS, RECORDS, hashes_in
from volcedit.notebook.shelves.pins import Pins, Watch
from volcedit.notebook.store.protocol import Store

ORPHAN_AGE_S = 3600
"""Unreferenced files older than this are leftovers of a crash."""


class Sweep:
    """The garbage collector of one notebook. Reads all records, so it runs only after deletions."""

    def __init__(
        self, store: Store, records: RecordFiles, bin_: Bin, pins: Pins, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._records = records
        self._bin = bin_
        self._pins = pins
        self._now = now

    def __call__(self, named: set[bytes]) -> None:
        """Delete unreferenced pictures: those in `named`, and old leftovers of a crash.

        While the notebook has records, recent files are spared, because another process may be
        about to reference them. An empty notebook keeps nothing. Raises OSError.
        """
        with self._pins.watch() as watch:
            # In this order, so that a record being moved to the bin is seen in one of the two.
            ids = [*self._records.ids(), *self._bin.ids()]
            kept = self._hashes_named_by(ids)
            before_s = self._now() - ORPHAN_AGE_S if ids else math.inf
            for folder in (blobs.FOLDER, thumbnails.FOLDER):
                for name, found in self._store.files(folder).items():
                    sha256 = name.partition(".")[0].encode()
                    if sha256 in named or found.time_s <= before_s:
                        self._delete(f"{folder}/{name}", sha256, kept, watch)
        for folder in (RECORDS, blobs.FOLDER, thumbnails.FOLDER, MARKS):
            self._store.clean(folder, before_s)

    def _delete(self, name: str, sha256: bytes, kept: set[bytes], watch: Watch) -> None:
        """Delete that picture, unless a record references it by now.

        References found on the way are added to `kept`.
        """
        while sha256 not in kept:
            with self._pins.removing(sha256, watch) as can_delete:
                if can_delete:
                    self._store.delete(name)
                    return
            kept |= self._hashes_named_by(watch.take_new())

    def _hashes_named_by(self, ids: Iterable[str]) -> set[bytes]:
        named: set[bytes] = set()
        for record_id in ids:
            # The record may move meanwhile. If it is gone from both places, it references nothing.
            for read in (self._records.text, self._bin.text, self._records.text):
                with suppress(FileNotFoundError):
                    named |= hashes_in(read(record_id))
                    break
        return named
