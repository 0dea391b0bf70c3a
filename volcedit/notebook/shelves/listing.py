"""A notebook's index, kept in step with its files.

It is built of all records once and follows what this process writes; what others write is found by
what the store tells of its folders.
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
from volcedit.notebook.shelves import files, marks
from volcedit.notebook.shelves.files import RecordFiles, record_name
from volcedit.notebook.shelves.marks import Marks, mark_name
from volcedit.notebook.store.failures import UNREADABLE, told_as
from volcedit.notebook.store.protocol import Found, Store

LOOK_AGAIN_S = 60.0
"""A store may not tell that another process wrote to it: after this its names are listed anew."""

_UNMARKED = Mark()
# What reading JSON of unknown shape may come upon.
_SHAPE_RAISES = (
    AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError,
)  # fmt: skip
_logger = logging.getLogger(__name__)


class Listing:
    """The index of one notebook. Safe across threads, which never wait for a record to be read
    or written, but for the first list."""

    def __init__(
        self,
        store: Store,
        records: RecordFiles,
        marks: Marks,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._records = records
        self._marks = marks
        self._clock = clock
        self._building = threading.Lock()
        """Held by whoever lists all, and waited for by those alone who need the list."""
        self._lock = threading.Lock()
        """Of all that follows."""
        self._index = Index()
        self._stamps: dict[str, Hashable] = {}
        """Of the files that each entry was made of, by record id."""
        self._seen: Hashable = None
        """What the store told of the folders when the index was in step; None before that."""
        self._seen_at_s = 0.0
        self._writing = 0
        """Changes by this process that are under way."""
        self._followed: set[str] | None = None
        """Records that this process changed since listing all has begun; None when nobody lists."""

    @property
    def is_built(self) -> bool:
        """Whether the index has been built, so that asking it takes no time."""
        return self._seen is not None

    def index(self) -> Index:
        """What is known of all records, as they are now."""
        with self._building, told_as(UNREADABLE):
            current = self._current()
            return self._list() if current is None else current

    def forget(self) -> None:
        """Let go of the index; it is built again when it is asked for."""
        with self._lock:
            self._seen = None
            self._stamps = {}
            self._index = Index()

    @contextmanager
    def follows(self, record_id: str) -> Iterator[None]:
        """The index, if there is one, follows what the block does to that record's files.

        Whoever enters has the record's turn.
        """
        with self._lock:
            if not self._writing and self._seen is not None and self._seen != self._look():
                self._seen = _OUT_OF_STEP  # whoever asks next looks at all that changed
            self._writing += 1
        follows = False
        try:
            yield
        finally:
            try:
                if self.is_built or self._followed is not None:
                    self._read_again(record_id)
                follows = True
            except OSError as error:  # what was written is written all the same
                _logger.warning("the index does not follow record %s yet: %s", record_id, error)
            finally:
                self._end_writing(follows)

    def _end_writing(self, follows: bool) -> None:
        with self._lock:
            self._writing -= 1
            if self._seen in (None, _OUT_OF_STEP) or (follows and self._writing):
                return
            self._seen = _OUT_OF_STEP  # also if looking fails
            if follows:
                with suppress(OSError):
                    self._seen = self._look()

    def _look(self) -> Hashable:
        return self._store.changes(files.FOLDER), self._store.changes(marks.FOLDER)

    def _current(self) -> Index | None:
        """The index, if nothing has changed that it has not followed."""
        with self._lock:
            if self._seen in (None, _OUT_OF_STEP):
                return None
            if self._clock() - self._seen_at_s > LOOK_AGAIN_S:
                return None
            # What this process is writing just now is no reason: the index follows it.
            return self._index if self._writing or self._seen == self._look() else None

    def _list(self) -> Index:
        """Read what changed since the last look, and forget what is gone."""
        with self._lock:
            followed = self._followed = set()
            known, index = dict(self._stamps), self._index
        try:
            seen, seen_at_s = self._look(), self._clock()
            marked = self._store.files(marks.FOLDER)
            stamps = {
                record_id: _stamp(found, marked.get(name))
                for name, found in self._store.files(files.FOLDER).items()
                if ID.fullmatch(record_id := name.removesuffix(".json"))
            }
            changed = [it for it, stamp in stamps.items() if known.get(it) != stamp]
            entries = []
            for record_id in changed:
                try:
                    entries.append(self._read(record_id, f"{record_id}.json" in marked))
                except OSError as error:
                    del stamps[record_id]  # read again next time
                    _logger.warning("record %s is not listed now: %s", record_id, error)
            with self._lock:
                gone = known.keys() - stamps.keys()
                fresh = [it for it in entries if it is not None and it.id not in followed]
                index.change(fresh, [it for it in (*changed, *gone) if it not in followed])
                if index is self._index:  # else it was forgotten meanwhile
                    for record_id in followed:
                        stamps.pop(record_id, None)
                        if record_id in self._stamps:
                            stamps[record_id] = self._stamps[record_id]
                    self._stamps = stamps
                    self._seen, self._seen_at_s = seen, seen_at_s
                return index
        finally:
            with self._lock:
                self._followed = None

    def _read_again(self, record_id: str) -> None:
        """Put what that record's files say now into the index."""
        found = self._store.find(record_name(record_id))
        mark = self._store.find(mark_name(record_id))
        entry = self._read(record_id, mark is not None) if found else None
        with self._lock:
            if self._followed is not None:
                self._followed.add(record_id)
            if found:
                self._stamps[record_id] = _stamp(found, mark)
            else:
                self._stamps.pop(record_id, None)
            self._index.change(filter(None, [entry]), [record_id])

    def _read(self, record_id: str, is_marked: bool) -> Entry | None:
        """What the index is to know of that record; None, and logged, if it is damaged.

        Raises OSError if it cannot be read now, which says nothing of the record.
        """
        try:
            values = orjson.loads(self._records.text(record_id))
            if values["id"] != record_id:
                raise ValueError(f"this file holds record {values['id']}")
            return Entry.of(values, self._marks.get(record_id) if is_marked else _UNMARKED)
        except FileNotFoundError:
            return None  # deleted since it was listed
        except _SHAPE_RAISES as error:
            _logger.warning("record %s is not listed: %s", record_id, error)
            return None


_OUT_OF_STEP = "out of step"
"""Like no folders: something was changed that the index has not followed."""


def _stamp(record: Found, mark: Found | None) -> Hashable:
    return record.stamp, mark and mark.stamp
