"""Record files: one per attempt, replaced atomically."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import replace

from volcedit.errors import HistoryError
from volcedit.notebook.records import Record
from volcedit.notebook.shelves.names import RECORDS, ids_among, imported_name, record_name
from volcedit.notebook.store.failures import NO_RECORD, UNREADABLE, as_history_error
from volcedit.notebook.store.protocol import Store
from volcedit.types import State

_logger = logging.getLogger(__name__)


class RecordFiles:
    """`records/<id>.json`, and an empty `imported/<id>`.

    Callers must hold the record's lock to write.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def ids(self) -> list[str]:
        """The ids of all records, newest first."""
        with as_history_error(UNREADABLE):
            return sorted(ids_among(self._store.names(RECORDS)), reverse=True)

    def get(self, record_id: str) -> Record:
        """The record with that id. Raises `HistoryError`."""
        name = record_name(record_id)
        try:
            record = Record.parse(self._store.read(name))
            if record.id != record_id:
                raise ValueError(f"this file holds record {record.id}")
            if record.state != State.DONE and self._store.find(imported_name(record_id)):
                return replace(record, imported=True)
            return record
        except FileNotFoundError as error:
            raise HistoryError(NO_RECORD) from error
        except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise HistoryError(UNREADABLE) from error

    def get_all(self, ids: Iterable[str]) -> list[Record]:
        """Those records. Damaged ones are skipped and logged: they must not hide the others."""
        records = []
        for record_id in ids:
            try:
                records.append(self.get(record_id))
            except HistoryError as error:
                _logger.warning("skipping record %s: %s", record_id, error.__cause__ or error)
        return records

    def has(self, record_id: str) -> bool:
        """Whether the file exists."""
        return self._store.find(record_name(record_id)) is not None

    def text(self, record_id: str) -> bytes:
        """The contents of the file. Raises OSError."""
        return self._store.read(record_name(record_id))

    def put(self, record_id: str, text: bytes) -> None:
        """Write or replace the file. Raises OSError."""
        self._store.write(record_name(record_id), text)

    def delete(self, record_id: str) -> None:
        """Delete the file. Raises OSError."""
        self._store.delete(record_name(record_id))

    def mark_imported(self, record_id: str) -> None:
        """Flag the record as imported without a picture. Raises OSError."""
        self._store.write(imported_name(record_id), b"")

    def unmark_imported(self, record_id: str) -> None:
        """Remove that flag, when the record is deleted. Raises OSError."""
        self._store.delete(imported_name(record_id))


def text_of(record: Record) -> bytes:
    """The contents of a record's file."""
    return json.dumps(record.to_json(), ensure_ascii=False, indent=1).encode()
