"""The bin: deleted records that can still be restored."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress

from volcedit.notebook.shelves.names import DELETED, deleted_name, ids_among, record_name
from volcedit.notebook.store.failures import UNREADABLE, as_history_error
from volcedit.notebook.store.protocol import Store


class Bin:
    """`deleted/<id>.json`. Callers must hold the record's lock to move files."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ids(self) -> list[str]:
        """The ids of all records in the bin."""
        with as_history_error(UNREADABLE):
            return ids_among(self._store.names(DELETED))

    def stamps(self) -> dict[str, Hashable]:
        """A value for each record in the bin, which differs if it is put there again.

        Raises OSError.
        """
        files = self._store.files(DELETED)
        return {
            record_id: files[name].stamp
            for record_id in ids_among(list(files))
            if (name := f"{record_id}.json") in files
        }

    def stamp(self, record_id: str) -> Hashable:
        """The same for that record; None if it is not in the bin. Raises OSError."""
        found = self._store.find(deleted_name(record_id))
        return None if found is None else found.stamp

    def text(self, record_id: str) -> bytes:
        """The contents of the file. Raises OSError."""
        return self._store.read(deleted_name(record_id))

    def put(self, record_id: str) -> bool:
        """Move that record to the bin; False if there is none. Raises OSError."""
        name = record_name(record_id)
        with suppress(FileNotFoundError):
            self._store.move(name, deleted_name(record_id))
            return True
        return False

    def take_back(self, record_id: str) -> bool:
        """Move that record back; False if it is not in the bin. Raises OSError.

        If the record was rewritten meanwhile, perhaps with its picture, that version stays.
        """
        name = deleted_name(record_id)
        if self._store.find(name) is None:
            return False
        if self._store.find(record_name(record_id)) is not None:
            self._store.delete(name)
            return True
        with suppress(FileNotFoundError):
            self._store.move(name, record_name(record_id))
            return True
        return False

    def delete(self, record_id: str) -> None:
        """Permanently delete that file. Raises OSError."""
        self._store.delete(deleted_name(record_id))
