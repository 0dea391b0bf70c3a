"""Uploaded photos and resulting pictures, each written once under its hash."""

from __future__ import annotations

import re
from typing import BinaryIO

from volcedit.errors import HistoryError
from volcedit.notebook.store.failures import BLOB_GONE, NO_RECORD, as_history_error
from volcedit.notebook.store.protocol import Store
from volcedit.pictures.opening import extension
from volcedit.types import PictureFacts, digest

FOLDER = "blobs"

_SHA256 = re.compile(r"[0-9a-f]{64}")


def checked_sha256(facts: PictureFacts) -> str:
    """The hash, which is untrusted, checked against path traversal."""
    if not isinstance(facts.sha256, str) or not _SHA256.fullmatch(facts.sha256):
        raise HistoryError(NO_RECORD)
    return facts.sha256


class Blobs:
    """`blobs/<sha256>.<ext>`"""

    def __init__(self, store: Store) -> None:
        self._store = store

    def has(self, facts: PictureFacts) -> bool:
        """Whether a file with that hash exists; it may be damaged."""
        return self._store.find(_name(facts)) is not None

    def read(self, facts: PictureFacts) -> bytes:
        """The picture's bytes, verified against their hash."""
        name = _name(facts)
        with as_history_error(BLOB_GONE):
            data = self._store.read(name)
        if digest(data) != facts.sha256:
            raise HistoryError(BLOB_GONE)
        return data

    def open(self, facts: PictureFacts) -> BinaryIO:
        """The picture's bytes as a stream, unverified."""
        name = _name(facts)
        with as_history_error(BLOB_GONE):
            return self._store.open(name)

    def put(self, facts: PictureFacts, data: bytes) -> None:
        """Write `data`, unless it is already there. Raises OSError."""
        name = _name(facts)
        # Compare contents, to repair a damaged file: its name does not tell.
        if self._store.find(name) is not None and self._store.read(name) == data:
            self._store.touch(name)  # so that another process does not sweep it
        else:
            self._store.write(name, data)

    def touch(self, facts: PictureFacts) -> None:
        """Refresh its time, so that another process does not sweep it. Raises OSError."""
        self._store.touch(_name(facts))


def _name(facts: PictureFacts) -> str:
    return f"{FOLDER}/{checked_sha256(facts)}.{extension(facts.media_type)}"
