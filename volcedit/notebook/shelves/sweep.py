"""Deleting pictures that no record needs any more."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import suppress

from volcedit.notebook.shelves import blobs, files, marks, thumbnails
from volcedit.notebook.shelves.bin import Bin
from volcedit.notebook.shelves.files import RecordFiles
from volcedit.notebook.shelves.names import hashes_in
from volcedit.notebook.shelves.pins import Pins, Watch
from volcedit.notebook.store.protocol import Store

LEFT_BEHIND_S = 3600
"""A file that no record names is what a crash left, once it is this old."""


class Sweep:
    """Reads all records of a notebook, so only after something was deleted."""

    def __init__(
        self, store: Store, records: RecordFiles, bin_: Bin, pins: Pins, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._records = records
        self._bin = bin_
        self._pins = pins
        self._now = now

    def __call__(self, named: set[bytes]) -> None:
        """Delete what no record needs: the pictures `named`, and what a crash left long ago.

        Of a notebook that still holds records nothing new goes, which another process may be about
        to write a record for; an empty one keeps nothing. Raises OSError.
        """
        with self._pins.watched() as watch:
            # In this order: what is put into the bin meanwhile is in one of both.
            ids = [*self._records.ids(), *self._bin.ids()]
            kept = self._named_by(ids)
            before_s = self._now() - LEFT_BEHIND_S if ids else math.inf
            for folder in (blobs.FOLDER, thumbnails.FOLDER):
                for name, found in self._store.files(folder).items():
                    sha256 = name.partition(".")[0].encode()
                    if sha256 in named or found.time_s <= before_s:
                        self._delete(f"{folder}/{name}", sha256, kept, watch)
        for folder in (files.FOLDER, blobs.FOLDER, thumbnails.FOLDER, marks.FOLDER):
            self._store.clean(folder, before_s)

    def _delete(self, name: str, sha256: bytes, kept: set[bytes], watch: Watch) -> None:
        """Delete that picture, if no record names it by now; adds to `kept` what is found."""
        while sha256 not in kept:
            with self._pins.removing(sha256, watch) as may:
                if may:
                    self._store.delete(name)
                    return
            kept |= self._named_by(watch.take_new())

    def _named_by(self, ids: Iterable[str]) -> set[bytes]:
        named: set[bytes] = set()
        for record_id in ids:
            # From where it lies now; one that is gone from both names nothing.
            for read in (self._records.text, self._bin.text, self._records.text):
                with suppress(FileNotFoundError):
                    named |= hashes_in(read(record_id))
                    break
        return named
