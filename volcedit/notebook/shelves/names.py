"""The names of a record's files, by its id, which is untrusted; and the hashes in record files."""

from __future__ import annotations

import re

from volcedit.errors import HistoryError
from volcedit.notebook.records import ID
from volcedit.notebook.store.failures import NO_RECORD

RECORDS, IMPORTED, MARKS, DELETED = "records", "imported", "marks", "deleted"
"""Folders, each with at most one file for a record."""

_HASHES = re.compile(rb"[0-9a-f]{64}")


def checked_id(record_id: str) -> str:
    """`record_id`, checked against path traversal. Raises `HistoryError`."""
    if not isinstance(record_id, str) or not ID.fullmatch(record_id):
        raise HistoryError(NO_RECORD)
    return record_id


def record_name(record_id: str) -> str:
    """The name of a record's file."""
    return f"{RECORDS}/{checked_id(record_id)}.json"


def imported_name(record_id: str) -> str:
    """The name of the empty file that flags a record as imported without a picture."""
    return f"{IMPORTED}/{checked_id(record_id)}"


def mark_name(record_id: str) -> str:
    """The name of the file with a record's star and note."""
    return f"{MARKS}/{checked_id(record_id)}.json"


def deleted_name(record_id: str) -> str:
    """The name of a record's file in the bin."""
    return f"{DELETED}/{checked_id(record_id)}.json"


def ids_among(names: list[str]) -> list[str]:
    """The record ids among file names; other files are ignored."""
    stems = (name.removesuffix(".json") for name in names)
    return list(filter(ID.fullmatch, stems))


def hashes_in(text: bytes) -> set[bytes]:
    """Everything that may be a picture's hash in a record's file, even if that is damaged."""
    return set(_HASHES.findall(text))
