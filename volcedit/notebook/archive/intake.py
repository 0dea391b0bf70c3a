"""Imports an untrusted archive (see `export`).

Everything is validated before the first byte is written. Records are written byte for byte, so an
empty notebook becomes the one that was exported. Records without a picture are never polled here
(`Record.imported`): they may be in progress elsewhere, and a forged one must not be polled with
this app's key or a visitor's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

from volcedit.errors import HistoryError, VolceditError
from volcedit.notebook.archive.container import Container, damage, in_words, refusal, unknown
from volcedit.notebook.archive.contents import (
    FOLDERS,
    MANIFEST,
    RECORD_MAX_BYTES,
    SHOWN,
    blob_name,
    check_blob,
    facts_of,
    read_manifest,
    read_mark,
    read_record,
)
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import Record
from volcedit.pictures.decoder import Decoder, LocalDecoder
from volcedit.types import Words, digest

MARK_MAX_BYTES = 20_000
BLOB_MAX_BYTES = 50_000_000  # an embedded picture can have 48 MB, a fetched one 20
PIXELS_MAX = 20_000_000_000  # every picture is decoded once: about two minutes
MANIFEST_MAX_BYTES = 16_000_000  # 60,000 members of about 170 bytes are 10 MB

_ID = r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}"
_RECORD = re.compile(rf"records/{_ID}\.json")
_MARK = re.compile(rf"marks/{_ID}\.json")
_BLOB = re.compile(r"blobs/[0-9a-f]{64}\.(?:jpg|png|webp|bmp|tiff|gif)")


@dataclass(frozen=True)
class Imported:
    """The result of an import, in records."""

    added: int
    known: int
    """Already present, identical."""
    differing: int
    """Already present but different; the existing one was kept."""
    lost: int
    """Pictures that were already missing at export, and are not here either."""


@dataclass
class _Checked:
    """The validated contents of an archive."""

    records: dict[str, Record] = field(default_factory=dict)
    """Keyed by member name, like the fields below."""
    marks: set[str] = field(default_factory=set)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Sizes of pictures in px."""
    pixels: int = 0
    """Total number of pixels."""
    hashes: dict[str, str] = field(default_factory=dict)
    """Hashes of all members that will be written."""
    lost: set[str] = field(default_factory=set)


def take_in(
    notebook: Notebook,
    file: BinaryIO,
    *,
    decoder: Decoder | None = None,
    room_bytes: int | None = None,
    on_progress: Callable[[int, int], None] = lambda done, count: None,
) -> Imported:
    """Import the records in `file` that `notebook` lacks. Existing records stay unchanged.

    `room_bytes` is how many more bytes of pictures the notebook may hold. `on_progress` gets the
    number of checked members and the total. `decoder` reads the pictures. Raises `ArchiveError` for
    anything that `export` would not have written, and `HistoryError` if writing fails; both leave
    the notebook's records as they were.
    """
    container = Container(file)
    found = _check(container, decoder or LocalDecoder(), on_progress)
    lost = _check_pictures(found, container, notebook)
    existing = set(notebook.ids())
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
            if record.id not in existing:
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


def _check(
    container: Container, decoder: Decoder, on_progress: Callable[[int, int], None]
) -> _Checked:
    """Validate an archive on its own, without the notebook."""
    names = container.names
    for name in (*names, *container.folders):
        if not _belongs(name):
            raise unknown(name)
    if MANIFEST not in names:
        raise refusal(
            Words(
                "This ZIP has no manifest.json, so it is not a volcedit export. Choose an "
                "unmodified export."
            ),
        )
    manifest = read_manifest(container.read(MANIFEST, MANIFEST_MAX_BYTES))
    members = manifest.members
    if members.keys() != set(names) - {MANIFEST}:
        odd = min(members.keys() ^ (set(names) - {MANIFEST}))
        raise damage(in_words(odd))
    found = _Checked(lost=set(manifest.lost))
    for done, (name, member) in enumerate(members.items(), 1):
        if container.size_bytes(name) != member.size_bytes:
            raise damage(name)
        found.hashes[name] = member.sha256
        _check_member(container, name, member.sha256, found, decoder)
        on_progress(done, len(members))
    for name in found.marks:
        if name.replace("marks/", "records/") not in found.records:
            raise unknown(name)
    return found


def _belongs(name: str) -> bool:
    return (
        name in (MANIFEST, *SHOWN, *FOLDERS)
        or any(kind.fullmatch(name) for kind in (_RECORD, _MARK, _BLOB))
    )  # fmt: skip


def _check_member(
    container: Container, name: str, sha256: str, found: _Checked, decoder: Decoder
) -> None:
    if name in SHOWN:  # any size is fine: never imported
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
        found.sizes[name] = check_blob(name, data, decoder)
        found.pixels += math.prod(found.sizes[name])
        if found.pixels > PIXELS_MAX:
            raise refusal(
                Words(
                    "The pictures in this archive have more than {most} megapixels in total. "
                    "Export it in parts.",
                    most=f"{PIXELS_MAX // 10**6:,}",
                )
            )


def _check_pictures(found: _Checked, container: Container, notebook: Notebook) -> int:
    """Check that every picture named by a record is present and matches the record.

    Returns the number of missing pictures: only those already missing at export may be.
    """
    lost, named = set(), set()
    for name, record in found.records.items():
        for facts in facts_of(record):
            blob = blob_name(facts)
            named.add(blob)
            if blob in found.sizes:
                declared = (facts.width_px, facts.height_px), facts.size_bytes
                if declared != (found.sizes[blob], container.size_bytes(blob)):
                    raise damage(name)
            elif notebook.has(facts):
                continue
            elif blob in found.lost:
                lost.add(blob)
            else:
                raise refusal(
                    Words(
                        "{name} in this archive refers to {blob}, which is neither in it nor here.",
                        name=name,
                        blob=blob,
                    ),
                )
    for blob in found.sizes.keys() - named:
        raise refusal(Words("No edit in this archive refers to {blob}.", blob=blob))
    return len(lost)


def _check_room(found: _Checked, notebook: Notebook, room_bytes: int | None) -> None:
    if room_bytes is None:
        return
    named = {facts for record in found.records.values() for facts in facts_of(record)}
    new = [facts for facts in named if not notebook.has(facts)]
    needed = sum(facts.size_bytes for facts in new if blob_name(facts) in found.sizes)
    if needed > room_bytes:
        mb, room_mb = f"{needed / 1e6:.1f}", f"{max(0, room_bytes) / 1e6:.1f}"
        raise refusal(
            Words(
                "This archive holds {mb} MB of pictures, but your history has room for only "
                "{room_mb} MB. Delete edits, or export fewer.",
                mb=mb,
                room_mb=room_mb,
            ),
        )
