"""Room on the disk for pictures, reserved before they are paid for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from volcedit.errors import HistoryError
from volcedit.notebook.history import History
from volcedit.notebook.store.failures import FULL
from volcedit.types import Words

CALL_BYTES = 24_000_000
"""Room for the result of one call: a picture of 20 MB, as large as a download may be, its record
and its thumbnail."""


class Room:
    """The room that the calls under way will need. Thread-safe.

    A store that does not report its free space is taken to have room, until it fails to keep a
    picture.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._lock = threading.Lock()
        self._reserved_bytes = 0
        self._failed_bytes = 0
        """Size of a picture that could not be written; 0 if there has been room since."""

    def check(self, photo_bytes: int) -> None:
        """Raise `HistoryError` unless there is room for a photo of that size and for one call."""
        with self._lock:
            self._check(photo_bytes + CALL_BYTES)

    @contextmanager
    def reserved(self, *, is_paid: bool = False) -> Iterator[None]:
        """Reserve room for one call for the duration of the block.

        Raises `HistoryError` if there is none, unless the call is paid for already.
        """
        with self._lock:
            if not is_paid:
                self._check(CALL_BYTES)
            self._reserved_bytes += CALL_BYTES
        try:
            yield
        finally:
            with self._lock:
                self._reserved_bytes -= CALL_BYTES

    def note_failure(self, size_bytes: int) -> None:
        """A picture of that size could not be written: there is no room until as much fits."""
        with self._lock:
            self._failed_bytes = size_bytes

    def _check(self, size_bytes: int) -> None:
        free_bytes = self._history.free_bytes()
        if free_bytes is not None and free_bytes - self._reserved_bytes < size_bytes:
            raise HistoryError(_NOT_SENT + FULL)
        if self._failed_bytes:  # the store may report room that a quota denies
            try:
                self._history.try_to_write(self._failed_bytes)
            except HistoryError as error:
                raise HistoryError(_NOT_SENT + error.words) from error
            self._failed_bytes = 0


_NOT_SENT = Words("Nothing was sent, because the picture could not be kept.")
