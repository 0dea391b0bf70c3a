"""Stars and notes. Stored beside the records, which only say what happened."""

from __future__ import annotations

import json
from contextlib import suppress

from volcedit.notebook.records import Mark
from volcedit.notebook.shelves.names import mark_name
from volcedit.notebook.store.protocol import Store


class Marks:
    """`marks/<id>.json`. Callers must hold the record's lock to write."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, record_id: str) -> Mark:
        """The star and note of that record; neither if they cannot be read."""
        name = mark_name(record_id)
        with suppress(OSError, KeyError, TypeError, ValueError, RecursionError):
            return Mark.parse(self._store.read(name))
        return Mark()

    def text(self, record_id: str) -> bytes | None:
        """The contents of the file; None if there is none."""
        with suppress(FileNotFoundError):
            return self._store.read(mark_name(record_id))
        return None

    def put(self, record_id: str, mark: Mark) -> None:
        """Write or replace the file."""
        text = json.dumps(mark.to_json(), ensure_ascii=False)
        self._store.write(mark_name(record_id), text.encode())

    def adopt(self, record_id: str, text: bytes) -> None:
        """Write a file from an archive, unless one exists."""
        if self._store.find(mark_name(record_id)) is None:
            self._store.write(mark_name(record_id), text)

    def delete(self, record_id: str) -> None:
        """Delete the star and note."""
        self._store.delete(mark_name(record_id))
