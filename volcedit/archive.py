"""A notebook, or a part of it, as one ZIP that can be looked at, carried anywhere and taken in.

    manifest.json          format, time, and the SHA-256 and size of every other member
    records/<id>.json      the records' files, byte for byte
    marks/<id>.json        their stars and notes, likewise
    blobs/<sha256>.<ext>   photos sent and pictures made
    index.html             a page that shows it all, see `report`
    records.csv            for spreadsheets, see `table`

Nothing is deflated: most of it are pictures, which would gain nothing.

Taking one in trusts nothing: all is checked before the first byte is written, and what is written
are the records' own bytes, so that an empty notebook becomes the one that was exported. What an
archive brings without a picture is never asked after here (`Record.imported`): it may be under way
elsewhere, and whoever made it up must not have this app's key, or a visitor's, ask for it.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO

from volcedit import report, table
from volcedit.container import CHUNK_BYTES, Container, damage, in_words, refusal, unknown
from volcedit.contents import (
    blob_name,
    check_blob,
    facts_of,
    newer,
    read_json,
    read_mark,
    read_record,
)
from volcedit.errors import ArchiveError, HistoryError, VolceditError
from volcedit.history import Notebook
from volcedit.records import Mark, Record
from volcedit.types import PictureFacts, Words, digest

FORMAT = 1
"""Of the layout above."""
RECORD_MAX_BYTES = 2_000_000
MARK_MAX_BYTES = 20_000
BLOB_MAX_BYTES = 50_000_000  # a picture inside an answer can have 48 MB, one fetched 20
MANIFEST_MAX_BYTES = 16_000_000  # 60,000 members of some 170 bytes are 10 MB
THUMBNAILS_MADE = 48
"""Making one takes as long as exporting ten pictures: most are there, since the page shows them."""
THUMBNAILS_CARRIED = 2000
"""By the page, some 10 MB; beyond that it has only the files beside it."""
SPOOL_BYTES = 8_000_000
"""Of the page and the table; what is more waits on disk until the pictures are through."""

_MANIFEST = "manifest.json"
_SHOWN = ("index.html", "records.csv")
_FOLDERS = ("records/", "marks/", "blobs/")
_ID = r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}"
_RECORD = re.compile(rf"records/{_ID}\.json")
_MARK = re.compile(rf"marks/{_ID}\.json")
_BLOB = re.compile(r"blobs/[0-9a-f]{64}\.(?:jpg|png|webp|bmp|tiff|gif)")


# ── out ──────────────────────────────────────────────────────────────────────────────────────


def export(
    notebook: Notebook,
    ids: Iterable[str] | None,
    file: BinaryIO,
    *,
    now: datetime,
    language: str = "en",
    on_progress: Callable[[int, int], None] = lambda done, count: None,
) -> int:
    """Write those records, or all, with all they speak of into `file`; returns how many.

    A record is written as it stands, also while under way; its parent need not be among them. What
    is missing or damaged on disk is told in the manifest and on the page, which is in `language`,
    and stops nothing. `on_progress` gets the count of records done and of all. One picture is in
    memory at a time. Raises `HistoryError` for an id that the notebook does not hold.
    """
    known = notebook.ids()
    chosen = known if ids is None else sorted(set(ids), reverse=True)
    for record_id in set(chosen) - set(known):
        notebook.get(record_id)  # says that it is not there
    try:
        with (
            zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
            tempfile.SpooledTemporaryFile(SPOOL_BYTES) as articles,
            tempfile.SpooledTemporaryFile(SPOOL_BYTES) as rows,
        ):
            page = report.Report(language, set(chosen))
            writer = _Writer(notebook, archive, now, page, articles, rows)
            for done, record_id in enumerate(chosen, 1):
                writer.put_record(record_id)
                on_progress(done, len(chosen))
            writer.finish()
    except OSError as error:
        raise HistoryError(_NO_ROOM) from error
    return writer.count


class _Writer:
    """An archive in the making, in one pass over the records."""

    def __init__(
        self,
        notebook: Notebook,
        archive: zipfile.ZipFile,
        now: datetime,
        page: report.Report,
        articles: BinaryIO,
        rows: BinaryIO,
    ) -> None:
        self._notebook = notebook
        self._archive = archive
        self._now = now
        self._page = page
        self._articles = articles
        self._rows = rows
        self._rows.write(table.head_row().encode())
        self._members: dict[str, dict[str, Any]] = {}
        self._lost: dict[str, None] = {}
        self._left_out: list[str] = []
        self._made = 0
        self._carried = 0
        self.count = 0

    def put_record(self, record_id: str) -> None:
        """All of one record; one that cannot be read is told of and left out."""
        name = f"records/{record_id}.json"
        try:
            text, mark_text = self._notebook.files_of(record_id)
            if len(text) > RECORD_MAX_BYTES:
                raise damage(name)
            record = read_record(name, text)
        except VolceditError:
            if record_id in self._notebook.ids():
                self._left_out.append(name)
            return  # else it was deleted meanwhile
        mark = Mark()
        self._put(name, text)
        if mark_text is not None:
            with suppress(ArchiveError):  # a mark that says nothing is left out
                mark = read_mark(f"marks/{record_id}.json", mark_text)
                self._put(f"marks/{record_id}.json", mark_text)
        for facts in facts_of(record):
            self._put_blob(facts)
        sheet = report.Sheet(record, mark, self._thumbnails(record), self._lost.keys())
        self._articles.write(self._page.article(sheet).encode())
        self._rows.write(table.row(record, mark).encode())
        self.count += 1

    def _put_blob(self, facts: PictureFacts) -> None:
        name = blob_name(facts)
        if name in self._members or name in self._lost:
            return
        try:
            self._put(name, self._notebook.read(facts), facts.sha256)
        except HistoryError:
            self._lost[name] = None

    def _thumbnails(self, record: Record) -> dict[str, bytes]:
        found = {}
        for facts in facts_of(record):
            if self._carried >= THUMBNAILS_CARRIED:
                break
            small = self._notebook.kept_thumbnail(facts)
            if small is None and self._made < THUMBNAILS_MADE and blob_name(facts) in self._members:
                self._made += 1
                with suppress(VolceditError):
                    small = self._notebook.thumbnail(facts)
            if small is not None:
                self._carried += 1
                found[facts.sha256] = small
        return found

    def finish(self) -> None:
        """The page, the table, and last the manifest, which tells of all others."""
        head = self._page.head(self._now, self._lost, self._left_out).encode()
        self._articles.write(self._page.foot().encode())
        self._put_stream("index.html", [io.BytesIO(head), self._articles])
        self._put_stream("records.csv", [self._rows])
        manifest = {
            "format": FORMAT,
            "made_by": "volcedit",
            "created": self._now.isoformat(),
            "records": self.count,
            "members": self._members,
            "lost": list(self._lost),
            "left_out": self._left_out,
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        self._put(_MANIFEST, text.encode())

    def _put(self, name: str, data: bytes, sha256: str = "") -> None:
        self._archive.writestr(self._entry(name), data)
        self._members[name] = {"sha256": sha256 or digest(data), "size_bytes": len(data)}

    def _put_stream(self, name: str, parts: list[BinaryIO]) -> None:
        hashed, size_bytes = hashlib.sha256(), 0
        with self._archive.open(self._entry(name), "w") as member:
            for part in parts:
                part.seek(0)
                while chunk := part.read(CHUNK_BYTES):
                    hashed.update(chunk)
                    size_bytes += len(chunk)
                    member.write(chunk)
        self._members[name] = {"sha256": hashed.hexdigest(), "size_bytes": size_bytes}

    def _entry(self, name: str) -> zipfile.ZipInfo:
        # Nothing of this machine: the same notebook at the same time gives the same bytes.
        info = zipfile.ZipInfo(name, self._now.timetuple()[:6])
        info.create_system = 3  # Unix, so that the mode below counts
        info.external_attr = 0o100644 << 16
        return info


# ── in ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Imported:
    """What came of taking in an archive, in records."""

    added: int
    known: int
    """Were here already, the same."""
    differing: int
    """Were here already with other content, which was kept."""
    lost: int
    """Pictures that were missing already when the archive was made, and are not here either."""


@dataclass
class _Checked:
    """What an archive was found to hold."""

    records: dict[str, Record] = field(default_factory=dict)
    """By member, as all that follows."""
    marks: set[str] = field(default_factory=set)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of pictures, in px."""
    hashes: dict[str, str] = field(default_factory=dict)
    """Of all members that are written."""
    lost: set[str] = field(default_factory=set)


def import_(
    notebook: Notebook,
    file: BinaryIO,
    *,
    room_bytes: int | None = None,
    on_progress: Callable[[int, int], None] = lambda done, count: None,
) -> Imported:
    """Take in what `file` holds and `notebook` does not; what is here stays as it is.

    `room_bytes` is how much more of pictures the notebook may hold. `on_progress` gets the count of
    members checked and of all. Raises `ArchiveError` for whatever
    is not as `export` made it, and `HistoryError` if it cannot be written; the records are then
    those that were there before.
    """
    container = Container(file)
    found = _check(container, on_progress)
    lost = _check_pictures(found, container, notebook)
    ours = set(notebook.ids())
    _check_room(found, notebook, room_bytes)
    counts = {"added": 0, "known": 0, "differing": 0}
    added = []
    try:
        for name, record in found.records.items():
            mark = f"marks/{record.id}.json"
            blobs = {
                facts: partial(_read_again, container, found, blob_name(facts))
                for facts in facts_of(record)
                if blob_name(facts) in found.sizes
            }
            text = None
            if record.id not in ours:
                text = _read_again(container, found, name)
                added.append(record.id)
                counts["added"] += 1
            elif _is_known(notebook, record):
                counts["known"] += 1
            else:
                counts["differing"] += 1
                continue
            mark_text = _read_again(container, found, mark) if mark in found.marks else None
            notebook.adopt(record, text, mark_text, blobs)
    except VolceditError:
        with suppress(HistoryError):
            notebook.delete(added)
        raise
    return Imported(**counts, lost=lost)


def _is_known(notebook: Notebook, record: Record) -> bool:
    try:
        return notebook.get(record.id).to_json() == record.to_json()
    except HistoryError:
        return False


def _read_again(container: Container, found: _Checked, name: str) -> bytes:
    data = container.read(name, container.size_bytes(name))
    if digest(data) != found.hashes[name]:
        raise damage(name)  # the file changed since it was checked
    return data


def _check(container: Container, on_progress: Callable[[int, int], None]) -> _Checked:
    """All that can be said of an archive by itself."""
    names = container.names
    for name in (*names, *container.folders):
        if not _belongs(name):
            raise unknown(name)
    if _MANIFEST not in names:
        raise refusal(
            "This ZIP has no manifest.json, so it is no export. Choose a ZIP as it was exported.",
            "该 ZIP 没有 manifest.json，并非导出文件。请选择导出的原始 ZIP。",
        )
    members, lost = _read_manifest(container)
    if members.keys() != set(names) - {_MANIFEST}:
        odd = min(members.keys() ^ (set(names) - {_MANIFEST}))
        raise damage(in_words(odd))
    found = _Checked(lost=lost)
    for done, (name, (sha256, size_bytes)) in enumerate(members.items(), 1):
        if container.size_bytes(name) != size_bytes:
            raise damage(name)
        found.hashes[name] = sha256
        _check_member(container, name, sha256, found)
        on_progress(done, len(members))
    for name in found.marks:
        if name.replace("marks/", "records/") not in found.records:
            raise unknown(name)
    return found


def _belongs(name: str) -> bool:
    return (
        name in (_MANIFEST, *_SHOWN, *_FOLDERS)
        or any(kind.fullmatch(name) for kind in (_RECORD, _MARK, _BLOB))
    )  # fmt: skip


def _read_manifest(container: Container) -> tuple[dict[str, tuple[str, int]], set[str]]:
    """({member: (SHA-256, size)}, the pictures that it says are missing)."""
    values = read_json(_MANIFEST, container.read(_MANIFEST, MANIFEST_MAX_BYTES))
    if type(values.get("format")) is not int:
        raise damage(_MANIFEST)
    if values["format"] > FORMAT:
        raise newer(_MANIFEST)
    try:
        members = {
            name: (told["sha256"], told["size_bytes"]) for name, told in values["members"].items()
        }
        lost = values["lost"]
    except (AttributeError, KeyError, TypeError) as error:
        raise damage(_MANIFEST) from error
    if not isinstance(lost, list) or not all(isinstance(name, str) for name in lost):
        raise damage(_MANIFEST)
    return members, set(lost)


def _check_member(container: Container, name: str, sha256: str, found: _Checked) -> None:
    if name in _SHOWN:  # may be of any size, and is never taken in
        if container.sha256(name) != sha256:
            raise damage(name)
        return
    limits: Mapping[re.Pattern[str], int] = {
        _RECORD: RECORD_MAX_BYTES,
        _MARK: MARK_MAX_BYTES,
        _BLOB: BLOB_MAX_BYTES,
    }
    (kind,) = (kind for kind in limits if kind.fullmatch(name))
    data = container.read(name, limits[kind])
    if digest(data) != sha256:
        raise damage(name)
    if kind is _RECORD:
        found.records[name] = read_record(name, data)
    elif kind is _MARK:
        read_mark(name, data)
        found.marks.add(name)
    else:
        found.sizes[name] = check_blob(name, data)


def _check_pictures(found: _Checked, container: Container, notebook: Notebook) -> int:
    """See that every picture that a record names is there, and is as it says.

    Returns how many are not: only those may be missing that were when the archive was made.
    """
    lost = set()
    for name, record in found.records.items():
        for facts in facts_of(record):
            blob = blob_name(facts)
            if blob in found.sizes:
                told = (facts.width_px, facts.height_px), facts.size_bytes
                if told != (found.sizes[blob], container.size_bytes(blob)):
                    raise damage(name)
            elif notebook.blob_path(facts).exists():
                continue
            elif blob in found.lost:
                lost.add(blob)
            else:
                raise refusal(
                    f"{name} in this archive speaks of {blob}, which is neither in it nor here.",
                    f"归档中的 {name} 提到 {blob}，但归档和此处都没有。",
                )
    return len(lost)


def _check_room(found: _Checked, notebook: Notebook, room_bytes: int | None) -> None:
    if room_bytes is None:
        return
    named = {facts for record in found.records.values() for facts in facts_of(record)}
    new = [facts for facts in named if not notebook.blob_path(facts).exists()]
    needed = sum(facts.size_bytes for facts in new if blob_name(facts) in found.sizes)
    if needed > room_bytes:
        mb, room_mb = f"{needed / 1e6:.1f}", f"{max(0, room_bytes) / 1e6:.1f}"
        raise refusal(
            f"This archive brings {mb} MB of pictures, and your history has room for {room_mb} MB. "
            "Delete edits, or export fewer.",
            f"该归档含 {mb} MB 图片，历史仅余 {room_mb} MB 空间。请删除一些编辑，或少导出一些。",
        )


_NO_ROOM = Words(
    "The archive could not be written. See that the disk has space, then export it again.",
    "无法写入归档。请确认磁盘有空间，然后重新导出。",
)
