"""Stars and notes, beside the records: a record says what happened and does not change for them."""

from __future__ import annotations

import json
from contextlib import suppress

from volcedit.notebook.records import Mark
from volcedit.notebook.shelves.names import checked_id
from volcedit.notebook.store.protocol import Store

FOLDER = "marks"


class Marks:
    """`marks/<id>.json`. Those who write have the record's turn."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, record_id: str) -> Mark:
        """The star and the note of that record; neither if they cannot be read."""
        name = mark_name(record_id)
        with suppress(OSError, KeyError, TypeError, ValueError, RecursionError):
            return Mark.parse(self._store.read(name))
        return Mark()

    def text(self, record_id: str) -> bytes | None:
        """The file as it stands; None without one."""
        with suppress(FileNotFoundError):
            return self._store.read(mark_name(record_id))
        return None

    def put(self, record_id: str, mark: Mark) -> None:
        """Write it in place of the one before."""
        text = json.dumps(mark.to_json(), ensure_ascii=False)
        self._store.write(mark_name(record_id), text.encode())

    def adopt(self, record_id: str, text: bytes) -> None:
        """Write the file of an archive, unless there is one."""
        if self._store.find(mark_name(record_id)) is None:
            self._store.write(mark_name(record_id), text)

    def delete(self, record_id: str) -> None:
        """Take the star and the note away."""
        self._store.delete(mark_name(record_id))


def mark_name(record_id: str) -> str:
    """The name of a mark's file."""
    return f"{FOLDER}/{checked_id(record_id)}.json"
