"""Exports a notebook, or part of it, as one ZIP to browse, move and import.

    manifest.json          format, time, and the SHA-256 and size of every other member
    records/<id>.json      the records' files, byte for byte
    marks/<id>.json        their stars and notes, likewise
    blobs/<sha256>.<ext>   uploaded photos and resulting pictures
    index.html             a page that shows everything, see `report`
    records.csv            for spreadsheets, see `table`

Nothing is compressed: most of it is pictures, which would not shrink. `intake` imports it.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import IO, BinaryIO

from volcedit.errors import ArchiveError, HistoryError, VolceditError
from volcedit.notebook.archive import report, table
from volcedit.notebook.archive.container import CHUNK_BYTES, damage
from volcedit.notebook.archive.contents import (
    FORMAT,
    MANIFEST,
    RECORD_MAX_BYTES,
    Manifest,
    Member,
    blob_name,
    facts_of,
    read_mark,
    read_record,
)
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import Mark, Record
from volcedit.types import PictureFacts, Words, digest

THUMBNAILS_MADE = 48
"""Making a thumbnail takes as long as exporting ten pictures. Most exist already, because the page
shows them."""
THUMBNAILS_CARRIED = 2000
"""The report embeds this many, about 10 MB. Beyond that it relies on the files beside it."""
SPOOL_BYTES = 8_000_000
"""Memory for the report and the table; the rest is buffered on disk until the pictures are
written."""


def write_archive(
    notebook: Notebook,
    ids: Iterable[str] | None,
    file: BinaryIO,
    *,
    now: datetime,
    language: str = "en",
    on_progress: Callable[[int, int], None] = lambda done, count: None,
) -> int:
    """Write those records, or all, with everything they refer to, into `file`.

    Returns the number of records. A record is written as it is stored, even if unfinished; its
    parent need not be included. Missing or damaged pictures are listed in the manifest and in the
    report, which is in `language`, and do not stop the export. `on_progress` gets the number of
    finished records and the total. Only one picture is in memory at a time. Raises `HistoryError`
    for an id that is not in the notebook.
    """
    known = notebook.ids()
    chosen = known if ids is None else sorted(set(ids), reverse=True)
    for record_id in set(chosen) - set(known):
        notebook.get(record_id)  # raises if it does not exist
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
        raise HistoryError(NO_ROOM) from error
    return writer.count


class _Writer:
    """Writes an archive in one pass over the records."""

    def __init__(
        self,
        notebook: Notebook,
        archive: zipfile.ZipFile,
        now: datetime,
        page: report.Report,
        articles: IO[bytes],
        rows: IO[bytes],
    ) -> None:
        self._notebook = notebook
        self._archive = archive
        self._now = now
        self._page = page
        self._articles = articles
        self._rows = rows
        self._rows.write(table.head_row().encode())
        self._members: dict[str, Member] = {}
        self._lost: dict[str, None] = {}
        self._left_out: list[str] = []
        self._made = 0
        self._carried = 0
        self.count = 0

    def put_record(self, record_id: str) -> None:
        """Write everything of one record. Unreadable records are listed and skipped."""
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
            with suppress(ArchiveError):  # invalid marks are left out
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
        """Write the report, the table and finally the manifest, which lists all other members."""
        head = self._page.head(self._now, self._lost, self._left_out).encode()
        self._articles.write(self._page.foot().encode())
        self._put_stream("index.html", [io.BytesIO(head), self._articles])
        self._put_stream("records.csv", [self._rows])
        manifest = Manifest(
            format=FORMAT,
            made_by="volcedit",
            created=self._now.isoformat(),
            records=self.count,
            members=self._members,
            lost=list(self._lost),
            left_out=self._left_out,
        )
        text = json.dumps(manifest.model_dump(), ensure_ascii=False, indent=1)
        self._put(MANIFEST, text.encode())

    def _put(self, name: str, data: bytes, sha256: str = "") -> None:
        self._archive.writestr(self._entry(name), data)
        self._members[name] = Member(sha256=sha256 or digest(data), size_bytes=len(data))

    def _put_stream(self, name: str, parts: Iterable[IO[bytes]]) -> None:
        hashed, size_bytes = hashlib.sha256(), 0
        with self._archive.open(self._entry(name), "w") as member:
            for part in parts:
                part.seek(0)
                while chunk := part.read(CHUNK_BYTES):
                    hashed.update(chunk)
                    size_bytes += len(chunk)
                    member.write(chunk)
        self._members[name] = Member(sha256=hashed.hexdigest(), size_bytes=size_bytes)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        # Nothing machine-specific: the same notebook at the same time gives the same bytes.
        info = zipfile.ZipInfo(name, self._now.timetuple()[:6])
        info.create_system = 3  # Unix, so that the mode below is used
        info.external_attr = 0o100644 << 16
        return info


NO_ROOM = Words(
    "The archive could not be written. Make sure the disk has free space, then export it again."
)
