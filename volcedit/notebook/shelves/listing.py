"""Keeps a notebook's index in sync with its files.

The index is built once from all records. It then tracks this process's writes directly, and notices
those of other processes through the store's change markers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress

import orjson

from volcedit.notebook.finding import Entry, Index
from volcedit.notebook.records import ID, Mark
from volcedit.notebook.shelves.marks import Marks
from volcedit.notebook.shelves.names import MARKS, RECORDS, mark_name, record_name
from volcedit.notebook.store.failures import UNREADABLE, as_history_error
from volcedit.notebook.store.protocol import Found, Store

RELIST_AFTER_S = 60.0
"""Not every store reports writes by other processes: after this long, names are listed again."""

_UNMARKED = Mark()
# What reading JSON of unknown shape may raise.
_SHAPE_RAISES = (
    AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError,
)  # fmt: skip
_logger = logging.getLogger(__name__)


class Listing:
    """The index of one notebook. Thread-safe.

    Apart from the first build, no thread waits for another to read or write a record.
    """

    def __init__(
        self,
        store: Store,
        marks: Marks,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._marks = marks
        self._clock = clock
        self._building = threading.Lock()
        """Held while listing everything; only those who need the list wait for it."""
        self._lock = threading.Lock()
        """Guards everything below."""
        self._index = Index()
        self._stamps: dict[str, Hashable] = {}
        """Stamps of the files behind each entry, by record id."""
        self._markers: Hashable = None
        """The store's change markers when the index was last in sync; None before the first
        build."""
        self._synced_at_s = 0.0
        self._writing = 0
        """Number of writes by this process in progress."""
        self._tracked: set[str] | None = None
        """Records that this process changed during the current listing; None if none is running."""

    @property
    def is_built(self) -> bool:
        """Whether the index has been built, so that using it is fast."""
        return self._markers is not None

    def index(self) -> Index:
        """The up-to-date index."""
        with self._building, as_history_error(UNREADABLE):
            current = self._current()
            return self._list() if current is None else current

    def forget(self) -> None:
        """Drop the index. It is rebuilt on demand."""
        with self._lock:
            self._markers = None
            self._stamps = {}
            self._index = Index()

    @contextmanager
    def tracking(self, record_id: str) -> Iterator[None]:
        """Update the index, if there is one, with what the block does to that record's files.

        Callers must hold the record's lock.
        """
        with self._lock:
            if (
                not self._writing
                and self._markers is not None
                and self._markers != self._change_markers()
            ):
                self._markers = _OUT_OF_SYNC  # the next read checks everything that changed
            self._writing += 1
        tracked = False
        try:
            yield
        finally:
            try:
                if self.is_built or self._tracked is not None:
                    self._read_again(record_id)
                tracked = True
            except OSError as error:  # the write itself succeeded
                _logger.warning("index not yet updated for record %s: %s", record_id, error)
            finally:
                self._end_writing(tracked)

    def _end_writing(self, tracked: bool) -> None:
        with self._lock:
            self._writing -= 1
            if self._markers in (None, _OUT_OF_SYNC) or (tracked and self._writing):
                return
            self._markers = _OUT_OF_SYNC  # in case reading the markers fails
            if tracked:
                with suppress(OSError):
                    self._markers = self._change_markers()

    def _change_markers(self) -> Hashable:
        return self._store.changes(RECORDS), self._store.changes(MARKS)

    def _current(self) -> Index | None:
        """The index, if it is in sync."""
        with self._lock:
            if self._markers in (None, _OUT_OF_SYNC):
                return None
            if self._clock() - self._synced_at_s > RELIST_AFTER_S:
                return None
            # Writes by this process do not count: the index tracks them.
            return self._index if self._writing or self._markers == self._change_markers() else None

    def _list(self) -> Index:
        """Read what changed since the last listing, and drop what is gone."""
        with self._lock:
            tracked = self._tracked = set()
            known, index = dict(self._stamps), self._index
        try:
            markers, synced_at_s = self._change_markers(), self._clock()
            marked = self._store.files(MARKS)
            stamps = {
                record_id: _stamp(found, marked.get(name))
                for name, found in self._store.files(RECORDS).items()
                if ID.fullmatch(record_id := name.removesuffix(".json"))
            }
            changed = [it for it, stamp in stamps.items() if known.get(it) != stamp]
            entries = []
            for record_id in changed:
                try:
                    entries.append(
                        self._read(record_id, record_name(record_id), f"{record_id}.json" in marked)
                    )
                except OSError as error:
                    del stamps[record_id]  # read it again next time
                    _logger.warning(
                        "cannot read record %s, retrying on the next listing: %s", record_id, error
                    )
            with self._lock:
                gone = known.keys() - stamps.keys()
                fresh = [it for it in entries if it is not None and it.id not in tracked]
                index.change(fresh, [it for it in (*changed, *gone) if it not in tracked])
                if index is self._index:  # else the index was dropped meanwhile
                    for record_id in tracked:
                        stamps.pop(record_id, None)
                        if record_id in self._stamps:
                            stamps[record_id] = self._stamps[record_id]
                    self._stamps = stamps
                    self._markers, self._synced_at_s = markers, synced_at_s
                return index
        finally:
            with self._lock:
                self._tracked = None

    def _read_again(self, record_id: str) -> None:
        """Update the index from that record's files."""
        name = record_name(record_id)
        found, mark = self._store.find(name), self._store.find(mark_name(record_id))
        entry = self._read(record_id, name, mark is not None) if found else None
        with self._lock:
            if self._tracked is not None:
                self._tracked.add(record_id)
            if found:
                self._stamps[record_id] = _stamp(found, mark)
            else:
                self._stamps.pop(record_id, None)
            self._index.change(filter(None, [entry]), [record_id])

    def _read(self, record_id: str, name: str, is_marked: bool) -> Entry | None:
        """The index entry of that record, whose file is `name`; None, and logged, if damaged.

        Raises OSError if it cannot be read right now, which says nothing about the record.
        """
        try:
            values = orjson.loads(self._store.read(name))
            if values["id"] != record_id:
                raise ValueError(f"this file holds record {values['id']}")
            return Entry.of(values, self._marks.get(record_id) if is_marked else _UNMARKED)
        except FileNotFoundError:
            return None  # deleted since it was listed
        except _SHAPE_RAISES as error:
            _logger.warning("skipping damaged record %s: %s", record_id, error)
            return None


_OUT_OF_SYNC = "out of sync"
"""Equals no change marker: something changed that the index has not tracked."""


def _stamp(record: Found, mark: Found | None) -> Hashable:
    return record.stamp, mark and mark.stamp
