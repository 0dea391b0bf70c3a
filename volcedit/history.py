"""The history on disk: notebooks of records and blobs, as plain files.

    <data_dir>/notebooks/<name>/records/<id>.json    one attempt each, replaced atomically
                                blobs/<sha256>.<ext> photos sent and pictures made, written once
                                thumbs/<sha256>.jpg  can be made again
    <data_dir>/claims/<id>                           locked by who is at that record's task

Ids sort by time, so the newest page is a listing of names and one read a row.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from volcedit.claims import Claim, Claims
from volcedit.errors import HistoryError
from volcedit.images import extension, make_thumbnail
from volcedit.records import ID, Record
from volcedit.types import PictureFacts, Words, digest

THUMBNAIL_SIDE_PX = 160
LEFT_BEHIND_S = 3600
"""A file that no record names is what a crash left, once it is this old."""

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

    def notebook(self, owner: str) -> Notebook:
        """The notebook of `owner`, a secret; on disk it is named by a hash of it."""
        name = hashlib.sha256(owner.encode()).hexdigest()[:32]
        return Notebook(self._root / name, self._lock)

    def notebooks(self) -> list[Notebook]:
        """All that there are."""
        with _told_as(_UNREADABLE), suppress(FileNotFoundError):
            names = sorted(path.name for path in os.scandir(self._root) if path.is_dir())
            return [Notebook(self._root / name, self._lock) for name in names]
        return []

    def claim(self, record_id: str) -> Claim | None:
        """The right to work on that record's task, or None when somebody is at it."""
        with _told_as(_UNWRITABLE):
            return self._claims.take(_checked(ID, record_id))

    def is_claimed(self, record_id: str) -> bool:
        """Is anybody, in whatever process, at that record's task?"""
        return self._claims.is_taken(_checked(ID, record_id))


class Notebook:
    """One visitor's attempts. Every method may raise `HistoryError`."""

    def __init__(self, root: Path, lock: threading.Lock) -> None:
        self._lock = lock
        self._records = root / "records"
        self._blobs = root / "blobs"
        self._thumbs = root / "thumbs"

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
            _write(self._record_path(record.id), text.encode())

    def get(self, record_id: str) -> Record:
        """The record of that id."""
        path = self._record_path(record_id)
        try:
            record = Record.from_json(json.loads(path.read_bytes()))
            if record.id != record_id:
                raise ValueError(f"this file holds record {record.id}")
            return record
        except FileNotFoundError as error:
            raise HistoryError(_NO_RECORD) from error
        except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise HistoryError(_UNREADABLE) from error

    def ids(self) -> list[str]:
        """The ids of all records, newest first."""
        with _told_as(_UNREADABLE), suppress(FileNotFoundError):
            names = (path.name.removesuffix(".json") for path in os.scandir(self._records))
            return sorted(filter(ID.fullmatch, names), reverse=True)
        return []

    def page(self, number: int, size: int) -> tuple[list[Record], int]:
        """Page `number` (from 0) of `size` records, newest first, and how many there are in all.

        A damaged record is left out and logged: one bad file must not hide the others.
        """
        ids = self.ids()
        return self._get_all(ids[number * size : (number + 1) * size]), len(ids)

    def since(self, time: datetime) -> list[Record]:
        """All records asked for since `time`, newest first; damaged ones as in `page`."""
        oldest = f"{time.astimezone(timezone.utc):%Y%m%dT%H%M%S%f}"
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
        path = self._thumbs / f"{_checked(_SHA256, facts.sha256)}.jpg"
        with suppress(OSError):
            return path.read_bytes()
        data = make_thumbnail(self.read(facts), THUMBNAIL_SIDE_PX)
        with self._lock, suppress(HistoryError, OSError):
            if self.blob_path(facts).exists():  # what was deleted meanwhile must not come back
                _write(path, data)
        return data

    def delete(self, doomed: Iterable[str]) -> None:
        """Delete those records, and every blob of theirs that no other record needs."""
        paths = [self._record_path(record_id) for record_id in doomed]
        with self._lock, _told_as(_UNWRITABLE):
            named: set[bytes] = set()
            for path in paths:
                with suppress(FileNotFoundError):
                    named.update(_HASHES.findall(path.read_bytes()))
                    path.unlink()
            self._sweep(named)

    def _sweep(self, named: set[bytes]) -> None:
        """Unlink what no record needs: the blobs `named`, and what a crash left long ago.

        Of a notebook that still holds records nothing new goes, which another process may be about
        to write a record for; an empty one keeps nothing. Reads all records, so only on delete.
        """
        kept: set[bytes] = set()
        for record_id in (ids := self.ids()):
            kept.update(_HASHES.findall(self._record_path(record_id).read_bytes()))
        old = time.time() - LEFT_BEHIND_S if ids else math.inf
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


def _checked(pattern: re.Pattern[str], name: str) -> str:
    """`name`, which may come from outside, if it cannot lead out of its folder."""
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise HistoryError(_NO_RECORD)
    return name


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
def _told_as(words: Words):
    try:
        yield
    except OSError as error:
        raise HistoryError(words) from error


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
_BLOB_GONE = Words(
    "The picture of this edit is missing or damaged on disk. Choose the photo again.",
    "此次编辑的图片在磁盘上缺失或已损坏。请重新选择图片。",
)
