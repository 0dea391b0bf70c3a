"""One visitor's attempts: what a notebook has, and what can be done with it.

Nothing here is locked while something is written, but the record it is about (`shelves.turns`);
pictures that are about to be named are pinned instead (`shelves.pins`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import BinaryIO

from volcedit.errors import HistoryError
from volcedit.notebook.finding import Index, Query
from volcedit.notebook.records import Mark, Record
from volcedit.notebook.shelves.bin import Bin
from volcedit.notebook.shelves.blobs import Blobs
from volcedit.notebook.shelves.files import RecordFiles, text_of
from volcedit.notebook.shelves.listing import Listing
from volcedit.notebook.shelves.marks import Marks
from volcedit.notebook.shelves.names import checked_id, hashes_in
from volcedit.notebook.shelves.pins import Pins
from volcedit.notebook.shelves.sweep import Sweep
from volcedit.notebook.shelves.thumbnails import Thumbnails
from volcedit.notebook.shelves.turns import Turns
from volcedit.notebook.store.failures import NO_RECORD, UNREADABLE, UNWRITABLE, told_as
from volcedit.notebook.store.protocol import Store
from volcedit.types import PictureFacts, State, Touched

EVERYTHING = Query()

_TAKEN = "taken"


class Notebook:
    """One visitor's attempts. Every method may raise `HistoryError`. Safe across threads, as long
    as all threads share the one that `History` gives out."""

    def __init__(
        self,
        name: str,
        store: Store,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`name` is its id, and `store` holds its files alone."""
        self._name = name
        self._store = store
        self._now = now
        self._turns = Turns()
        self._pins = Pins()
        self._records = RecordFiles(store)
        self._marks = Marks(store)
        self._blobs = Blobs(store)
        self._bin = Bin(store)
        self._thumbnails = Thumbnails(store, self._blobs, self._pins)
        self._listing = Listing(store, self._records, self._marks, clock)
        self._sweep = Sweep(store, self._records, self._bin, self._pins, now)

    @property
    def name(self) -> str:
        """Its id, which names it in the store."""
        return self._name

    @property
    def address(self) -> str:
        """Where it is kept."""
        return self._store.address

    def is_same(self, other: Notebook) -> bool:
        """Whether both stand for the same notebook."""
        return self.address == other.address

    # ── records ──────────────────────────────────────────────────────────────────────────────

    def save(self, record: Record, blobs: Mapping[PictureFacts, bytes] = {}) -> None:
        """Write `record`, in place of an earlier one of its id, after the bytes it speaks of.

        All is in the store when this returns.
        """
        text = text_of(record)
        checked_id(record.id)
        with told_as(UNWRITABLE), self._pins.held(hashes_in(text), record.id):
            for facts, data in blobs.items():
                self._blobs.put(facts, data)
            with self._turns.of(record.id), self._listing.follows(record.id):
                self._records.put(record.id, text)

    def amend(self, record_id: str, *, touched: Touched | None) -> Record:
        """Write down what that edit changed; a record that was deleted does not come back."""
        checked_id(record_id)
        with told_as(UNWRITABLE), self._turns.of(record_id):
            record = replace(self.get(record_id), touched=touched)
            text = text_of(record)
            with self._pins.held(hashes_in(text), record_id), self._listing.follows(record_id):
                self._records.put(record_id, text)
        return record

    def get(self, record_id: str) -> Record:
        """The record of that id."""
        return self._records.get(record_id)

    def ids(self) -> list[str]:
        """The ids of all records, newest first."""
        return self._records.ids()

    def page(self, number: int, size: int, query: Query = EVERYTHING) -> tuple[list[Record], int]:
        """Page `number` (from 0) of `size` records that `query` asks for, and how many do in all.

        A damaged record is left out and logged: one bad file must not hide the others.
        """
        # The newest are there at once, before the index has read anything.
        known = query != EVERYTHING or self._listing.is_built
        ids = self.index().find(query) if known else self.ids()
        return self._records.get_all(ids[number * size : (number + 1) * size]), len(ids)

    def since(self, time: datetime) -> list[Record]:
        """All records asked for since `time`, newest first; damaged ones as in `page`."""
        oldest = f"{time.astimezone(UTC):%Y%m%dT%H%M%S%f}"
        return self._records.get_all([it for it in self.ids() if it >= oldest])

    def index(self) -> Index:
        """What is known of all records, as they are now. The first time, it is built."""
        return self._listing.index()

    def forget_index(self) -> None:
        """Give the index's memory back, until it is asked for again."""
        self._listing.forget()

    # ── marks ────────────────────────────────────────────────────────────────────────────────

    def mark_of(self, record_id: str) -> Mark:
        """The star and the note of that record; neither if they cannot be read."""
        return self._marks.get(record_id)

    def mark(self, record_id: str, mark: Mark) -> None:
        """Star that record, or write a note to it, in place of what it had."""
        checked_id(record_id)
        with told_as(UNWRITABLE), self._turns.of(record_id):
            if not self._records.has(record_id):
                raise HistoryError(NO_RECORD)
            with self._listing.follows(record_id):
                self._marks.put(record_id, mark)

    # ── pictures ─────────────────────────────────────────────────────────────────────────────

    def has(self, facts: PictureFacts) -> bool:
        """Whether what `facts` describe is here; whether it is whole, `read` finds out."""
        with told_as(UNREADABLE):
            return self._blobs.has(facts)

    def read(self, facts: PictureFacts) -> bytes:
        """The bytes that `facts` describe, checked against their hash."""
        return self._blobs.read(facts)

    def open(self, facts: PictureFacts) -> BinaryIO:
        """The bytes that `facts` describe as a stream, unchecked."""
        return self._blobs.open(facts)

    def thumbnail(self, facts: PictureFacts) -> bytes:
        """A small JPEG of what `facts` describe, made on first use; kept if the store lets it."""
        return self._thumbnails.get(facts)

    def kept_thumbnail(self, facts: PictureFacts) -> bytes | None:
        """The thumbnail if it was made before; None takes no time to find out."""
        return self._thumbnails.kept(facts)

    # ── for archives ─────────────────────────────────────────────────────────────────────────

    def files_of(self, record_id: str) -> tuple[bytes, bytes | None]:
        """(the record's file, the file of its mark or None), as they stand."""
        checked_id(record_id)
        try:
            with told_as(UNREADABLE):
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
        """Write what an archive holds of `record`; what is here already is left as it is.

        `text` is its file, None when one is here; `mark` that of its mark. Each of `blobs` is read
        only if it is missing or damaged here.
        """
        hashes = {facts.sha256.encode() for facts in blobs} | hashes_in(text or b"")
        checked_id(record.id)
        with told_as(UNWRITABLE), self._pins.held(hashes, record.id):
            for facts, read in blobs.items():
                try:
                    self._blobs.read(facts)
                    self._blobs.touch(facts)
                except HistoryError:
                    self._blobs.put(facts, read())
            with self._turns.of(record.id), self._listing.follows(record.id):
                if mark is not None:
                    self._marks.adopt(record.id, mark)
                if text is not None:
                    if record.state != State.DONE:
                        self._records.mark_imported(record.id)
                    self._records.put(record.id, text)
                    self._bin.delete(record.id)  # or its mark would go with what was put away

    # ── deleting ─────────────────────────────────────────────────────────────────────────────

    def delete(self, doomed: Iterable[str]) -> None:
        """Delete those records, and every blob of theirs that no other record needs."""
        doomed = list(map(checked_id, doomed))
        named: set[bytes] = set()
        with told_as(UNWRITABLE):
            for record_id in doomed:
                with self._turns.of(record_id), self._listing.follows(record_id):
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

    def discard(self, doomed: Iterable[str]) -> list[str]:
        """Put those records away, from where `take_back` gets them until `empty_bin`; which did."""
        gone = []
        with told_as(UNWRITABLE):
            for record_id in map(checked_id, doomed):
                with self._turns.of(record_id), self._listing.follows(record_id):
                    if self._bin.put(record_id):
                        gone.append(record_id)
        return gone

    def take_back(self, ids: Iterable[str]) -> list[str]:
        """Undo `discard` for those that are still there; which are.

        One that another process wrote anew meanwhile, with its picture maybe, stays as it is now.
        """
        back = []
        with told_as(UNWRITABLE):
            for record_id in map(checked_id, ids):
                with self._turns.of(record_id):
                    try:
                        hashes = hashes_in(self._bin.text(record_id))
                    except FileNotFoundError:
                        continue
                    with self._pins.held(hashes, record_id), self._listing.follows(record_id):
                        if self._bin.take_back(record_id):
                            back.append(record_id)
        return back

    def binned(self) -> list[str]:
        """The ids of the records that `take_back` could get."""
        return self._bin.ids()

    def empty_bin(self, age_s: float = 0.0) -> float | None:
        """Delete for good what was put away `age_s` ago or earlier, with its star and its note.

        Returns in how many seconds the next is that old; None when nothing is left.
        """
        before_s = self._now() - age_s
        with told_as(UNWRITABLE):
            named: set[bytes] = set()
            times_s = self._bin.times_s()
            doomed = [record_id for record_id, time_s in times_s.items() if time_s <= before_s]
            for record_id in doomed:
                with self._turns.of(record_id):
                    named |= self._empty_of(record_id, before_s)
            if doomed:
                self._sweep(named)
        left = [time_s - before_s for time_s in times_s.values() if time_s > before_s]
        return min(left, default=None)

    def _empty_of(self, record_id: str, before_s: float) -> set[bytes]:
        """Delete that record for good; the hashes that it named."""
        time_s = self._bin.time_s(record_id)
        if time_s is None or time_s > before_s:
            return set()  # taken back meanwhile, and maybe put away again
        try:
            named = hashes_in(self._bin.text(record_id))
        except FileNotFoundError:
            return set()  # another process was faster
        if not self._records.has(record_id):  # or it was written anew meanwhile
            with self._listing.follows(record_id):
                self._marks.delete(record_id)
            self._records.unmark_imported(record_id)
        self._bin.delete(record_id)
        return named

    # ── limits ───────────────────────────────────────────────────────────────────────────────

    @property
    def taken(self) -> int:
        """How many records limits have taken so far."""
        try:
            return int(self._store.read(_TAKEN).decode("ascii"))
        except (OSError, ValueError):
            return 0

    def count_taken(self, count: int) -> None:
        """Add `count` to what limits have taken."""
        with told_as(UNWRITABLE), self._turns.of(_TAKEN):
            self._store.write(_TAKEN, str(self.taken + count).encode())
