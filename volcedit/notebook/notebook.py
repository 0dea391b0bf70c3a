"""One visitor's attempts: everything that can be done with a notebook.

A write locks only its own record (`shelves.keyed_locks`); pictures that are about to be referenced
are pinned instead (`shelves.pins`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import BinaryIO

from volcedit.errors import HistoryError
from volcedit.notebook.finding import Index, Query
from volcedit.notebook.records import Mark, Record
from volcedit.notebook.shelves.bin import Bin
from volcedit.notebook.shelves.blobs import Blobs
from volcedit.notebook.shelves.files import RecordFiles, text_of
from volcedit.notebook.shelves.keyed_locks import KeyedLocks
from volcedit.notebook.shelves.listing import Listing
from volcedit.notebook.shelves.marks import Marks
from volcedit.notebook.shelves.names import checked_id, hashes_in
from volcedit.notebook.shelves.pins import Pins
from volcedit.notebook.shelves.sweep import Sweep
from volcedit.notebook.shelves.thumbnails import Thumbnails
from volcedit.notebook.store.failures import NO_RECORD, UNREADABLE, UNWRITABLE, as_history_error
from volcedit.notebook.store.protocol import Store
from volcedit.pictures.decoder import Decoder, LocalDecoder
from volcedit.types import PictureFacts, State, Touched

EVERYTHING = Query()

HELD_MAX = 8
"""How many pictures that could not be stored are kept in memory. After the first, only calls that
were already sent can bring more."""

_TAKEN, _HELD, _OWN_KEY = "taken", "held", "own_key"


class Notebook:
    """One visitor's attempts. Every method may raise `HistoryError`.

    Thread-safe, provided that all threads share the instance from `History`.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        decoder: Decoder | None = None,
    ) -> None:
        """`name` is its id; `store` holds nothing but its files."""
        self._name = name
        self._store = store
        self._now = now
        self._locks = KeyedLocks()
        self._held: dict[str, tuple[PictureFacts, bytes]] = {}
        self._pins = Pins()
        self._records = RecordFiles(store)
        self._marks = Marks(store)
        self._blobs = Blobs(store)
        self._bin = Bin(store)
        self._thumbnails = Thumbnails(store, self._blobs, self._pins, decoder or LocalDecoder())
        self._listing = Listing(store, self._marks, clock)
        self._sweep = Sweep(store, self._records, self._bin, self._pins, now)

    @property
    def name(self) -> str:
        """Its id, which is also its name in the store."""
        return self._name

    @property
    def address(self) -> str:
        """The store's address."""
        return self._store.address

    def is_same(self, other: Notebook) -> bool:
        """Whether both are the same notebook."""
        return self.address == other.address

    # ── records ──────────────────────────────────────────────────────────────────────────────

    def save(self, record: Record, blobs: Mapping[PictureFacts, bytes] = {}) -> None:
        """Write `record`, after the pictures it refers to. Replaces an earlier one with its id.

        Everything is durable on return.
        """
        text = text_of(record)
        checked_id(record.id)
        with as_history_error(UNWRITABLE), self._pins.held(hashes_in(text), record.id):
            for facts, data in blobs.items():
                self._blobs.put(facts, data)
            with self._locks.hold(record.id), self._listing.tracking(record.id):
                self._records.put(record.id, text)
        if record.picture is not None:
            self._held.pop(record.id, None)

    def amend(self, record_id: str, *, touched: Touched | None) -> Record:
        """Store what that edit changed. A deleted record is not recreated."""
        checked_id(record_id)
        with as_history_error(UNWRITABLE), self._locks.hold(record_id):
            record = replace(self.get(record_id), touched=touched)
            text = text_of(record)
            with self._pins.held(hashes_in(text), record_id), self._listing.tracking(record_id):
                self._records.put(record_id, text)
        return record

    def get(self, record_id: str) -> Record:
        """The record with that id."""
        return self._records.get(record_id)

    def ids(self) -> list[str]:
        """The ids of all records, newest first."""
        return self._records.ids()

    def page(self, number: int, size: int, query: Query = EVERYTHING) -> tuple[list[Record], int]:
        """Page `number` (from 0) of the records that match `query`, and the number of matches.

        Damaged records are skipped and logged: one bad file must not hide the others.
        """
        # The newest are available before the index is built.
        known = query != EVERYTHING or self._listing.is_built
        ids = self.index().find(query) if known else self.ids()
        return self._records.get_all(ids[number * size : (number + 1) * size]), len(ids)

    def since(self, time: datetime) -> list[Record]:
        """All records since `time`, newest first. Damaged ones are skipped as in `page`."""
        oldest = f"{time.astimezone(UTC):%Y%m%dT%H%M%S%f}"
        return self._records.get_all([it for it in self.ids() if it >= oldest])

    def index(self) -> Index:
        """The up-to-date index. The first call builds it."""
        return self._listing.index()

    def forget_index(self) -> None:
        """Free the index's memory. It is rebuilt on demand."""
        self._listing.forget()

    # ── marks ────────────────────────────────────────────────────────────────────────────────

    def mark_of(self, record_id: str) -> Mark:
        """The star and note of that record; neither if they cannot be read."""
        return self._marks.get(record_id)

    def mark(self, record_id: str, mark: Mark) -> None:
        """Set the star and note of that record."""
        checked_id(record_id)
        with as_history_error(UNWRITABLE), self._locks.hold(record_id):
            if not self._records.has(record_id):
                raise HistoryError(NO_RECORD)
            with self._listing.tracking(record_id):
                self._marks.put(record_id, mark)

    # ── pictures ─────────────────────────────────────────────────────────────────────────────

    def has(self, facts: PictureFacts) -> bool:
        """Whether the picture is present. Only `read` finds out whether it is intact."""
        with as_history_error(UNREADABLE):
            return self._blobs.has(facts)

    def read(self, facts: PictureFacts) -> bytes:
        """The picture's bytes, verified against their hash."""
        return self._blobs.read(facts)

    def open(self, facts: PictureFacts) -> BinaryIO:
        """The picture's bytes as a stream, unverified."""
        return self._blobs.open(facts)

    def thumbnail(self, facts: PictureFacts) -> bytes:
        """A small JPEG of the picture, made on first use and cached if the store allows it."""
        return self._thumbnails.get(facts)

    def kept_thumbnail(self, facts: PictureFacts) -> bytes | None:
        """The thumbnail if it is cached, else None. Always fast."""
        return self._thumbnails.kept(facts)

    def hold(self, record_id: str, facts: PictureFacts, picture: bytes) -> None:
        """Keep in memory a picture that could not be stored, so that it can still be shown."""
        with self._locks.hold(_HELD):
            self._held[record_id] = facts, picture
            while len(self._held) > HELD_MAX:
                del self._held[next(iter(self._held))]

    def held(self, record_id: str) -> tuple[PictureFacts, bytes] | None:
        """That record's picture, if it could not be stored but is still in memory."""
        return self._held.get(record_id)

    # ── archives ─────────────────────────────────────────────────────────────────────────────

    def files_of(self, record_id: str) -> tuple[bytes, bytes | None]:
        """(contents of the record's file, contents of its mark's file or None)."""
        checked_id(record_id)
        try:
            with as_history_error(UNREADABLE):
                mark = self._marks.text(record_id)
                return self._records.text(record_id), mark
        except HistoryError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise HistoryError(NO_RECORD) from error.__cause__
            raise

    def adopt(
        self,
        record: Record,
        text: bytes | None,
        mark: bytes | None,
        blobs: Mapping[PictureFacts, Callable[[], bytes]],
    ) -> None:
        """Import `record` from an archive. Whatever is already here stays unchanged.

        `text` is its file, or None if the record is already here; `mark` is the file of its mark.
        Each of `blobs` is read only if it is missing or damaged here.
        """
        hashes = {facts.sha256.encode() for facts in blobs} | hashes_in(text or b"")
        checked_id(record.id)
        with as_history_error(UNWRITABLE), self._pins.held(hashes, record.id):
            for facts, read in blobs.items():
                try:
                    self._blobs.read(facts)
                    self._blobs.touch(facts)
                except HistoryError:
                    self._blobs.put(facts, read())
            with self._locks.hold(record.id), self._listing.tracking(record.id):
                if mark is not None:
                    self._marks.adopt(record.id, mark)
                if text is not None:
                    if record.state != State.DONE:
                        self._records.mark_imported(record.id)
                    self._records.put(record.id, text)
                    self._bin.delete(record.id)  # or emptying the bin would delete its mark

    # ── deleting ─────────────────────────────────────────────────────────────────────────────

    def delete(self, ids: Iterable[str]) -> None:
        """Permanently delete records, and those of their blobs that no other record needs."""
        ids = list(map(checked_id, ids))
        named: set[bytes] = set()
        with as_history_error(UNWRITABLE):
            for record_id in ids:
                with self._locks.hold(record_id), self._listing.tracking(record_id):
                    self._marks.delete(record_id)
                    named |= self._hashes_of(record_id)
                    self._records.delete(record_id)
                    self._records.unmark_imported(record_id)
            self._sweep(named)

    def _hashes_of(self, record_id: str) -> set[bytes]:
        try:
            return hashes_in(self._records.text(record_id))
        except FileNotFoundError:
            return set()

    def discard(self, ids: Iterable[str]) -> list[str]:
        """Move records to the bin, from where `take_back` restores them until `empty_bin`.

        Returns the ids that were moved.
        """
        moved = []
        with as_history_error(UNWRITABLE):
            for record_id in map(checked_id, ids):
                with self._locks.hold(record_id), self._listing.tracking(record_id):
                    if self._bin.put(record_id):
                        moved.append(record_id)
        return moved

    def take_back(self, ids: Iterable[str]) -> list[str]:
        """Restore records from the bin. Returns the ids that were restored.

        If another process rewrote a record meanwhile, perhaps with its picture, that version stays.
        """
        back = []
        with as_history_error(UNWRITABLE):
            for record_id in map(checked_id, ids):
                with self._locks.hold(record_id):
                    try:
                        hashes = hashes_in(self._bin.text(record_id))
                    except FileNotFoundError:
                        continue
                    with self._pins.held(hashes, record_id), self._listing.tracking(record_id):
                        if self._bin.take_back(record_id):
                            back.append(record_id)
        return back

    def binned(self) -> list[str]:
        """The ids of the records in the bin."""
        return self._bin.ids()

    def bin_stamps(self) -> dict[str, Hashable]:
        """A value for each record in the bin, which differs if it is discarded again."""
        with as_history_error(UNREADABLE):
            return self._bin.stamps()

    def empty_bin(self, stamps: Mapping[str, Hashable] | None = None) -> None:
        """Permanently delete records in the bin, with star and note: all, or those in `stamps`.

        Those that were restored since, and perhaps discarded again, stay.
        """
        with as_history_error(UNWRITABLE):
            named: set[bytes] = set()
            doomed = self._bin.stamps() if stamps is None else stamps
            for record_id, stamp in doomed.items():
                with self._locks.hold(record_id):
                    named |= self._purge(record_id, stamp)
            if doomed:
                self._sweep(named)

    def _purge(self, record_id: str, stamp: Hashable) -> set[bytes]:
        """Permanently delete that record. Returns the hashes that it named."""
        if self._bin.stamp(record_id) != stamp:
            return set()
        try:
            named = hashes_in(self._bin.text(record_id))
        except FileNotFoundError:
            return set()  # another process was faster
        if not self._records.has(record_id):  # else it was rewritten meanwhile
            with self._listing.tracking(record_id):
                self._marks.delete(record_id)
            self._records.unmark_imported(record_id)
        self._bin.delete(record_id)
        return named

    # ── limits ───────────────────────────────────────────────────────────────────────────────

    @property
    def evicted(self) -> int:
        """Number of records that the limits have deleted so far."""
        try:
            return int(self._store.read(_TAKEN).decode("ascii"))
        except (OSError, ValueError):
            return 0

    def count_evicted(self, count: int) -> None:
        """Add `count` to `evicted`."""
        with as_history_error(UNWRITABLE), self._locks.hold(_TAKEN):
            self._store.write(_TAKEN, str(self.evicted + count).encode())

    # ── the visitor's key ────────────────────────────────────────────────────────────────────

    @property
    def has_own_key(self) -> bool:
        """Whether edits here are made with a key of the visitor's own, which is not stored.

        Read from the store each time, because another process may have changed it.
        """
        with as_history_error(UNREADABLE):
            return self._store.find(_OWN_KEY) is not None

    def note_own_key(self) -> None:
        """The visitor chose a key of their own. Exports leave this out."""
        with as_history_error(UNWRITABLE):
            self._store.write(_OWN_KEY, b"")

    def note_no_key(self) -> None:
        """The visitor chose the app's own account."""
        with as_history_error(UNWRITABLE):
            self._store.delete(_OWN_KEY)
