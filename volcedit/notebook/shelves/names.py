"""Names of records, which may come from outside, and what their files name in turn."""

from __future__ import annotations

import re

from volcedit.errors import HistoryError
from volcedit.notebook.records import ID
from volcedit.notebook.store.failures import NO_RECORD

_HASHES = re.compile(rb"[0-9a-f]{64}")


def checked_id(record_id: str) -> str:
    """`record_id` if it cannot lead out of its folder. Raises `HistoryError`."""
    if not isinstance(record_id, str) or not ID.fullmatch(record_id):
        raise HistoryError(NO_RECORD)
    return record_id


def ids_among(names: list[str]) -> list[str]:
    """The ids of the records' files among `names`; others may lie there, too."""
    stems = (name.removesuffix(".json") for name in names)
    return list(filter(ID.fullmatch, stems))


def hashes_in(text: bytes) -> set[bytes]:
    """All that may be a picture's hash in a record's file, also in one that is damaged."""
    return set(_HASHES.findall(text))
