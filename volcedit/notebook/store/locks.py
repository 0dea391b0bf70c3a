"""File locks: the OS releases them as soon as the holder dies.

Not the filelock package: it only supports exclusive locks, so that two processes merely checking a
lock would take each other for its holder, and it does not delete the file on release.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

PROBES_MAX = 10
PROBE_S = 0.002
"""Checking a lock holds it for a few microseconds. A lock that is still held after this many
attempts, this far apart, is really held."""


class FileLock:
    """A lock, held until `release` or the end of the process."""

    def __init__(self, path: Path, file: int) -> None:
        self._path = path
        self._file: int | None = file

    @property
    def is_held(self) -> bool:
        """False once it was released. The OS never revokes it."""
        return self._file is not None

    def release(self) -> None:
        """Release the lock. A second call is a no-op."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                self._path.unlink()  # before unlocking: afterwards it may be another's
            os.close(file)


def lock_file(path: Path) -> FileLock | None:
    """Acquire the lock on `path`. Returns None if it is held. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    attempts = 0
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(file, exclusive=True):
            os.close(file)
            attempts += 1
            if attempts > PROBES_MAX:
                return None
            time.sleep(PROBE_S)
            continue
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return FileLock(path, file)
        os.close(file)  # the previous holder deleted the file between our open and lock


def is_file_locked(path: Path) -> bool:
    """Whether the lock on `path` is held."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        # Shared, so that two processes checking do not take each other for the holder.
        return not _lock(file, exclusive=False)
    finally:
        os.close(file)


def _lock(file: int, *, exclusive: bool) -> bool:
    """False if it is locked. On a file system without locks, always True."""
    if sys.platform != "win32":
        how = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return True
