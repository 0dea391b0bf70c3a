"""Validates record ids, which are untrusted, and finds hashes in record files."""

from __future__ import annotations

import re

from volcedit.errors import HistoryError
from volcedit.notebook.records import ID
from volcedit.notebook.store.failures import NO_RECORD

_HASHES = re.compile(rb"[0-9a-f]{64}")


def checked_id(record_id: str) -> str:
    """`record_id`, checked against path traversal. Raises `HistoryError`."""
    if not isinstance(record_id, str) or not ID.fullmatch(record_id):
        raise HistoryError(NO_RECORD)
    return record_id


def ids_among(names: list[str]) -> list[str]:
    """The record ids among file names; other files are ignored."""
    stems = (name.removesuffix(".json") for name in names)
    return list(filter(ID.fullmatch, stems))


def hashes_in(text: bytes) -> set[bytes]:
    """Everything that may be a picture's hash in a record's file, even if that is damaged."""
    return set(_HASHES.findall(text))
