"""Locks as locked files: the system unlocks what a killed process held, at once.

Own code and not filelock: filelock locks exclusively alone, so that two who only look would take
each other for the holder, and it does not take the file away with the lock.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

LOOKS_MAX = 10
LOOK_S = 0.002
"""Whoever looks whether a lock is held holds it for some microseconds: one that is still there
after so many looks, so far apart, is held."""


class FileLock:
    """A lock that is held until `release` or the end of the process."""

    def __init__(self, path: Path, file: int) -> None:
        self._path = path
        self._file: int | None = file

    @property
    def is_held(self) -> bool:
        """False once it was released: the system takes it from nobody."""
        return self._file is not None

    def release(self) -> None:
        """Let others have it. A second call changes nothing."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                self._path.unlink()  # before the lock goes: afterwards it may be another's
            os.close(file)


def lock_file(path: Path) -> FileLock | None:
    """The lock on `path`, or None when it is held. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    looks = 0
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(file, exclusive=True):
            os.close(file)
            looks += 1
            if looks > LOOKS_MAX:
                return None
            time.sleep(LOOK_S)
            continue
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return FileLock(path, file)
        os.close(file)  # its last holder took the file away between opening and locking


def is_file_locked(path: Path) -> bool:
    """Whether the lock on `path` is held."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        # Shared, so that two who look do not take each other for the holder.
        return not _lock(file, exclusive=False)
    finally:
        os.close(file)


def _lock(file: int, *, exclusive: bool) -> bool:
    """False when another has it locked. A file system without locks lets everybody in."""
    if sys.platform != "win32":
        how = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return True
