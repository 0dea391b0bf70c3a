"""The history on disk: notebooks of records and blobs, as plain files.

    <data_dir>/notebooks/<name>/records/<id>.json    one attempt each, replaced atomically
                                blobs/<sha256>.<ext> photos sent and pictures made, written once
                                thumbs/<sha256>.jpg  can be made again
                                marks/<id>.json      a star, a note
                                deleted/<id>.json    records that can be taken back for a while
                                taken                how many records limits have taken
                                imported/<id>        empty: see `Record.imported`
    <data_dir>/claims/<id>                           locked by who is at that record's task

Ids sort by time, so the newest page is a listing of names and one read a row. What is searched, an
index in memory knows (`finding`): it is made of all records once, and follows what this process
writes; what others write it finds by the time of the folders.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import math
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from volcedit.errors import HistoryError
from volcedit.notebook.claims import Claim, Claims
from volcedit.notebook.finding import Entry, Index, Query
from volcedit.notebook.records import ID, Mark, Record
from volcedit.pictures.opening import extension
from volcedit.pictures.pixels import make_thumbnail
from volcedit.types import PictureFacts, State, Words, digest

THUMBNAIL_SIDE_PX = 160
LEFT_BEHIND_S = 3600
"""A file that no record names is what a crash left, once it is this old."""
INDEXES_KEPT = 16
"""Of how many notebooks at a time the index is kept; ten thousand records take some 10 MB."""
LOOK_AGAIN_S = 60.0
"""A mounted bucket may not tell that another wrote to it: after this its names are listed anew."""

EVERYTHING = Query()

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASHES = re.compile(rb"[0-9a-f]{64}")
_logger = logging.getLogger(__name__)


class History:
    """All notebooks below one directory."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / "notebooks"
        self._claims = Claims(data_dir / "claims")
        # Between a blob and the record that names it, nothing may sweep.
        self._lock = threading.Lock()
        self._listings: OrderedDict[str, _Listing] = OrderedDict()

    def notebook(self, owner: str) -> Notebook:
        """The notebook of `owner`, a secret; on disk it is named by a hash of it."""
        return self._open(hashlib.sha256(owner.encode()).hexdigest()[:32])

    def _open(self, name: str) -> Notebook:
        with self._lock:
            listing = self._listings.setdefault(name, _Listing())
            self._listings.move_to_end(name)
            while len(self._listings) > INDEXES_KEPT:
                self._listings.popitem(last=False)
        return Notebook(self._root / name, self._lock, listing)

    def notebooks(self) -> list[Notebook]:
        """All that there are."""
        with _told_as(_UNREADABLE), suppress(FileNotFoundError):
            names = sorted(path.name for path in os.scandir(self._root) if path.is_dir())
            return list(map(self._open, names))
        return []

    def claim(self, record_id: str) -> Claim | None:
        """The right to work on that record's task, or None when somebody is at it."""
        with _told_as(_UNWRITABLE):
            return self._claims.take(_checked(ID, record_id))

    def is_claimed(self, record_id: str) -> bool:
        """Is anybody, in whatever process, at that record's task?"""
        return self._claims.is_taken(_checked(ID, record_id))


class _Listing:
    """What is known of a notebook's files, and when it was last seen to be so."""

    def __init__(self) -> None:
        self.index = Index()
        self.stamps: dict[str, object] = {}
        """Of the files that each entry was made of, by record id."""
        self.seen: object = None
        """The times of the folders then; None before the first look."""
        self.seen_at_s = 0.0
        self.lock = threading.Lock()


class Notebook:
    """One visitor's attempts. Every method may raise `HistoryError`."""

    def __init__(self, root: Path, lock: threading.Lock, listing: _Listing) -> None:
        self._lock = lock
        self._listing = listing
        self._records = root / "records"
        self._blobs = root / "blobs"
        self._thumbs = root / "thumbs"
        self._marks = root / "marks"
        self._deleted = root / "deleted"
        self._taken = root / "taken"
        self._imported = root / "imported"

    def is_same(self, other: Notebook) -> bool:
        """Do both stand for the same notebook?"""
        return self._records == other._records

    def save(self, record: Record, blobs: Mapping[PictureFacts, bytes] = {}) -> None:
        """Write `record`, in place of an earlier one of its id, after the bytes it speaks of.

        All is on disk when this returns.
        """
        text = json.dumps(record.to_json(), ensure_ascii=False, indent=1)
        with self._lock, _told_as(_UNWRITABLE):
            for facts, data in blobs.items():
                path = self.blob_path(facts)
                # A damaged one is mended: it cannot be told from a whole one by its name.
                if path.exists() and path.read_bytes() == data:
                    os.utime(path)  # new again, for a sweep by another process
                else:
                    _write(path, data)
            with self._followed(record.id):
                _write(self._record_path(record.id), text.encode())

    def mark_of(self, record_id: str) -> Mark:
        """The star and the note of that record; neither if they cannot be read."""
        with suppress(OSError, KeyError, TypeError, ValueError, RecursionError):
            return Mark.parse(self._mark_path(record_id).read_bytes())
        return Mark()

    def mark(self, record_id: str, mark: Mark) -> None:
        """Star that record, or write a note to it, in place of what it had."""
        text = json.dumps(mark.to_json(), ensure_ascii=False)
        with self._lock, _told_as(_UNWRITABLE):
            if not self._record_path(record_id).exists():
                raise HistoryError(_NO_RECORD)
            with self._followed(record_id):
                _write(self._mark_path(record_id), text.encode())

    def get(self, record_id: str) -> Record:
        """The record of that id."""
        path = self._record_path(record_id)
        try:
            record = Record.parse(path.read_bytes())
            if record.id != record_id:
                raise ValueError(f"this file holds record {record.id}")
            if record.state != State.DONE and (self._imported / record_id).exists():
                return replace(record, imported=True)
            return record
        except FileNotFoundError as error:
            raise HistoryError(_NO_RECORD) from error
        except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise HistoryError(_UNREADABLE) from error

    def amend(self, record_id: str, **changes: Any) -> Record:
        """Change those fields of the record as it stands; what was deleted does not come back."""
        with self._lock, _told_as(_UNWRITABLE):
            record = replace(self.get(record_id), **changes)
            text = json.dumps(record.to_json(), ensure_ascii=False, indent=1)
            with self._followed(record_id):
                _write(self._record_path(record_id), text.encode())
        return record

    def ids(self) -> list[str]:
        """The ids of all records, newest first."""
        with _told_as(_UNREADABLE), suppress(FileNotFoundError):
            names = (path.name.removesuffix(".json") for path in os.scandir(self._records))
            return sorted(filter(ID.fullmatch, names), reverse=True)
        return []

    def page(self, number: int, size: int, query: Query = EVERYTHING) -> tuple[list[Record], int]:
        """Page `number` (from 0) of `size` records that `query` asks for, and how many do in all.

        A damaged record is left out and logged: one bad file must not hide the others.
        """
        # The newest are there at once, before the index has read anything.
        known = query != EVERYTHING or self._listing.seen is not None
        ids = self.index().find(query) if known else self.ids()
        return self._get_all(ids[number * size : (number + 1) * size]), len(ids)

    def index(self) -> Index:
        """What is known of all records, as they are on disk now."""
        listing = self._listing
        with listing.lock, _told_as(_UNREADABLE):
            seen = self._look()
            late = time.monotonic() - listing.seen_at_s > LOOK_AGAIN_S
            if seen != listing.seen or late:
                self._list_anew()
                listing.seen, listing.seen_at_s = seen, time.monotonic()
        return listing.index

    def _look(self) -> object:
        """The times of the folders: a folder's changes with every file that is written in it."""
        return tuple(
            path.stat().st_mtime_ns if path.exists() else 0 for path in (self._records, self._marks)
        )

    def _list_anew(self) -> None:
        """Read what changed since the last look, and forget what is gone."""
        listing = self._listing
        marks = _stamps_in(self._marks)
        stamps = {
            record_id: (stamp, marks.get(record_id))
            for record_id, stamp in _stamps_in(self._records).items()
        }
        changed = [it for it, stamp in stamps.items() if listing.stamps.get(it) != stamp]
        gone = listing.stamps.keys() - stamps.keys()
        listing.index.change(filter(None, map(self._read_entry, changed)), [*changed, *gone])
        listing.stamps = stamps

    def _read_entry(self, record_id: str) -> Entry | None:
        """What the index is to know of that record; None, and logged, if it is damaged."""
        try:
            values = orjson.loads(self._record_path(record_id).read_bytes())
            if values["id"] != record_id:
                raise ValueError(f"this file holds record {values['id']}")
            return Entry.of(values, self.mark_of(record_id))
        except (OSError, AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            _logger.warning("record %s is not listed: %s", record_id, error)
            return None

    @contextmanager
    def _followed(self, record_id: str) -> Iterator[None]:
        """The index, if there is one, follows what the block does to that record's files."""
        listing = self._listing
        with listing.lock:
            is_current = listing.seen is not None and listing.seen == self._look()
            yield
            if not is_current:
                return  # the next who asks looks at all that changed
            stamps = _stamp_of(self._record_path(record_id)), _stamp_of(self._mark_path(record_id))
            listing.stamps[record_id] = stamps
            entry = self._read_entry(record_id) if stamps[0] else None
            listing.index.change(filter(None, [entry]), [record_id])
            listing.seen = self._look()

    def since(self, time: datetime) -> list[Record]:
        """All records asked for since `time`, newest first; damaged ones as in `page`."""
        oldest = f"{time.astimezone(UTC):%Y%m%dT%H%M%S%f}"
        return self._get_all([record_id for record_id in self.ids() if record_id >= oldest])

    def _get_all(self, ids: list[str]) -> list[Record]:
        records = []
        for record_id in ids:
            try:
                records.append(self.get(record_id))
            except HistoryError as error:
                _logger.warning("record %s left out: %s", record_id, error.__cause__ or error)
        return records

    def read(self, facts: PictureFacts) -> bytes:
        """The bytes that `facts` describe, held against their hash."""
        with _told_as(_BLOB_GONE):
            data = self.blob_path(facts).read_bytes()
        if digest(data) != facts.sha256:
            raise HistoryError(_BLOB_GONE)
        return data

    def blob_path(self, facts: PictureFacts) -> Path:
        """Where the bytes that `facts` describe are kept."""
        return self._blobs / f"{_checked(_SHA256, facts.sha256)}.{extension(facts.media_type)}"

    def thumbnail(self, facts: PictureFacts) -> bytes:
        """A small JPEG of what `facts` describe, made on first use; kept if the disk lets it."""
        kept = self.kept_thumbnail(facts)
        if kept is not None:
            return kept
        path = self._thumbs / f"{facts.sha256}.jpg"
        data = make_thumbnail(self.read(facts), THUMBNAIL_SIDE_PX)
        with self._lock, suppress(HistoryError, OSError):
            if self.blob_path(facts).exists():  # what was deleted meanwhile must not come back
                _write(path, data)
        return data

    def kept_thumbnail(self, facts: PictureFacts) -> bytes | None:
        """The thumbnail if it was made before; None takes no time to find out."""
        with suppress(OSError):
            return (self._thumbs / f"{_checked(_SHA256, facts.sha256)}.jpg").read_bytes()
        return None

    def files_of(self, record_id: str) -> tuple[bytes, bytes | None]:
        """(the record's file, the file of its mark or None), as they are on disk."""
        path = self._record_path(record_id)
        mark = None
        try:
            with suppress(FileNotFoundError):
                mark = self._mark_path(record_id).read_bytes()
            return path.read_bytes(), mark
        except FileNotFoundError as error:
            raise HistoryError(_NO_RECORD) from error
        except OSError as error:
            raise HistoryError(_UNREADABLE) from error

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
        path = self._record_path(record.id)
        with self._lock, _told_as(_UNWRITABLE):
            for facts, read in blobs.items():
                try:
                    self.read(facts)
                    os.utime(self.blob_path(facts))
                except HistoryError:
                    _write(self.blob_path(facts), read())
            with self._followed(record.id):
                if mark is not None and not self._mark_path(record.id).exists():
                    _write(self._mark_path(record.id), mark)
                if text is not None:
                    if record.state != State.DONE:
                        _write(self._imported / record.id, b"")
                    _write(path, text)
                    # Or its mark would go with what was put away.
                    (self._deleted / path.name).unlink(missing_ok=True)

    def delete(self, doomed: Iterable[str]) -> None:
        """Delete those records, and every blob of theirs that no other record needs."""
        paths = [self._record_path(record_id) for record_id in doomed]
        with self._lock, _told_as(_UNWRITABLE):
            named: set[bytes] = set()
            for path in paths:
                self._mark_path(path.stem).unlink(missing_ok=True)
                with suppress(FileNotFoundError), self._followed(path.stem):
                    named.update(_HASHES.findall(path.read_bytes()))
                    path.unlink()
                (self._imported / path.stem).unlink(missing_ok=True)
            self._sweep(named)

    def discard(self, doomed: Iterable[str]) -> list[str]:
        """Put those records away, from where `take_back` gets them until `empty_bin`; which did."""
        gone = []
        with self._lock, _told_as(_UNWRITABLE):
            self._deleted.mkdir(parents=True, exist_ok=True, mode=0o700)
            for record_id in doomed:
                path = self._record_path(record_id)
                with suppress(FileNotFoundError), self._followed(record_id):
                    os.utime(path)  # its time here begins
                    path.replace(self._deleted / path.name)
                    gone.append(record_id)
        return gone

    def take_back(self, ids: Iterable[str]) -> list[str]:
        """Undo `discard` for those that are still there; which are.

        One that another process wrote anew meanwhile, with its picture maybe, stays as it is now.
        """
        back = []
        with self._lock, _told_as(_UNWRITABLE):
            for record_id in ids:
                path = self._record_path(record_id)
                with suppress(FileNotFoundError), self._followed(record_id):
                    if path.exists():
                        (self._deleted / path.name).unlink()
                    else:
                        (self._deleted / path.name).replace(path)
                    back.append(record_id)
        return back

    def binned(self) -> list[str]:
        """The ids of the records that `take_back` could get."""
        with _told_as(_UNREADABLE):
            return [path.stem for path in _files_in(self._deleted)]

    def empty_bin(self, age_s: float = 0.0) -> float | None:
        """Delete for good what was put away `age_s` ago or earlier, with its star and its note.

        Returns in how many seconds the next is that old; None when nothing is left.
        """
        before = time.time() - age_s
        with self._lock, _told_as(_UNWRITABLE):
            named: set[bytes] = set()
            times = {path: path.stat().st_mtime for path in _files_in(self._deleted)}
            doomed = [path for path, time_ in times.items() if time_ <= before]
            for path in doomed:
                named.update(_HASHES.findall(path.read_bytes()))
                if not self._record_path(path.stem).exists():  # or it was written anew meanwhile
                    self._mark_path(path.stem).unlink(missing_ok=True)
                    (self._imported / path.stem).unlink(missing_ok=True)
                path.unlink(missing_ok=True)
            if doomed:
                self._sweep(named)
        return min((time_ - before for time_ in times.values() if time_ > before), default=None)

    @property
    def name(self) -> str:
        """That of its folder: a hash of whose it is."""
        return self._records.parent.name

    @property
    def taken(self) -> int:
        """How many records limits have taken so far."""
        with suppress(OSError, ValueError):
            return int(self._taken.read_text("ascii"))
        return 0

    def count_taken(self, count: int) -> None:
        """Limits took `count` more."""
        with self._lock, _told_as(_UNWRITABLE):
            _write(self._taken, str(self.taken + count).encode())

    def _sweep(self, named: set[bytes]) -> None:
        """Unlink what no record needs: the blobs `named`, and what a crash left long ago.

        Of a notebook that still holds records nothing new goes, which another process may be about
        to write a record for; an empty one keeps nothing. Reads all records, so only on delete.
        """
        kept: set[bytes] = set()
        paths = [*map(self._record_path, self.ids()), *_files_in(self._deleted)]
        for path in paths:
            kept.update(_HASHES.findall(path.read_bytes()))
        old = time.time() - LEFT_BEHIND_S if paths else math.inf
        for folder in filter(Path.exists, (self._blobs, self._thumbs)):
            for path in folder.iterdir():
                name = path.stem.encode()
                if name not in kept and (name in named or path.stat().st_mtime < old):
                    path.unlink(missing_ok=True)
        for path in self._records.glob(".*.json.*"):
            if path.stat().st_mtime < old:
                path.unlink(missing_ok=True)

    def _record_path(self, record_id: str) -> Path:
        return self._records / f"{_checked(ID, record_id)}.json"

    def _mark_path(self, record_id: str) -> Path:
        return self._marks / f"{_checked(ID, record_id)}.json"


def _checked(pattern: re.Pattern[str], name: str) -> str:
    """`name`, which may come from outside, if it cannot lead out of its folder."""
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise HistoryError(_NO_RECORD)
    return name


def _stamp_of(path: Path) -> object:
    """What changes when the file is replaced: two writes may fall into one tick of the clock."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino


def _stamps_in(folder: Path) -> dict[str, object]:
    """The stamps of a folder's files by record id."""
    stamps = {}
    with suppress(FileNotFoundError):
        for file in os.scandir(folder):
            record_id = file.name.removesuffix(".json")
            if ID.fullmatch(record_id):
                with suppress(FileNotFoundError):
                    found = file.stat()
                    stamps[record_id] = (found.st_mtime_ns, found.st_ino)
    return stamps


def _files_in(folder: Path) -> list[Path]:
    """The records' files in a folder, if there is one."""
    with suppress(FileNotFoundError):
        return [path for path in folder.iterdir() if ID.fullmatch(path.stem)]
    return []


def _write(path: Path, data: bytes) -> None:
    """All of `data` or nothing, also when the power fails."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with _told_as(_UNWRITABLE):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def _told_as(words: Words) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise HistoryError(_FULL if full else words) from error


_NO_RECORD = Words(
    "This edit is not in your history. Reload the page to see what is.",
    "历史中没有这次编辑。请刷新页面查看现有记录。",
)
_UNREADABLE = Words(
    "The history could not be read. Look at VOLCEDIT_DATA_DIR.",
    "无法读取历史。请检查 VOLCEDIT_DATA_DIR。",
)
_UNWRITABLE = Words(
    "The history could not be written. See that VOLCEDIT_DATA_DIR has space and may be written to.",
    "无法写入历史。请确认 VOLCEDIT_DATA_DIR 有空间且可写。",
)
_FULL = Words(
    "The disk is full; nothing that was there is damaged. Make room where VOLCEDIT_DATA_DIR lies, "
    "then try again. What is deleted here frees its room after ten minutes.",
    "磁盘已满；已有内容未受损。请在 VOLCEDIT_DATA_DIR 所在磁盘腾出空间后重试。"
    "在此删除的内容十分钟后释放空间。",
)
_BLOB_GONE = Words(
    "The picture of this edit is missing or damaged on disk. Choose the photo again.",
    "此次编辑的图片在磁盘上缺失或已损坏。请重新选择图片。",
)
