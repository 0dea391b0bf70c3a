"""The messages people see when a store fails, the same for every store."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from volcedit.errors import HistoryError
from volcedit.types import Words


@contextmanager
def as_history_error(words: Words) -> Iterator[None]:
    """Convert an OSError to `HistoryError` with these words, or `FULL` if the store is full."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise HistoryError(FULL if full else words) from error


NO_RECORD = Words("This edit is not in your history. Reload the page.")
UNREADABLE = Words("The history could not be read. Check VOLCEDIT_DATA_DIR.")
UNWRITABLE = Words(
    "The history could not be written. Make sure VOLCEDIT_DATA_DIR is writable and has free space."
)
FULL = Words(
    "The disk is full; existing edits are intact. Free some space where VOLCEDIT_DATA_DIR "
    "is, then try again. Edits deleted here free their space after ten minutes."
)
BLOB_GONE = Words("The picture of this edit is missing or damaged on disk. Choose the photo again.")
