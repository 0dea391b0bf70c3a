"""Who is at work on what: one process at a time, and nobody once that process is gone."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: there only one process may use a data directory
    fcntl = None

LOOKS_MAX = 10
LOOK_S = 0.002
"""Whoever looks whether a claim is taken holds it for some microseconds: a lock that is still there
after so many looks, so far apart, is a claim."""


class Claim:
    """A claim that is held until `release`, the end of a `with` block, or of the process."""

    def __init__(self, path: Path, file: int) -> None:
        self._path = path
        self._file: int | None = file

    def release(self) -> None:
        """Let others have it. A second time changes nothing."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                self._path.unlink()  # before the lock goes: afterwards it may be another's
            os.close(file)

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class Claims:
    """Claims as locked files in one folder. The system unlocks what a killed process held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, name: str) -> Claim | None:
        """The claim on `name`, or None when somebody has it. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / name
        looks = 0
        while True:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            if not _lock(file, fcntl and fcntl.LOCK_EX):
                os.close(file)
                looks += 1
                if looks > LOOKS_MAX:
                    return None
                time.sleep(LOOK_S)
                continue
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), path.stat()):
                    return Claim(path, file)
            os.close(file)  # its last holder took the file away between opening and locking

    def is_taken(self, name: str) -> bool:
        """Has anybody this claim?"""
        try:
            file = os.open(self._folder / name, os.O_RDWR)
        except OSError:
            return False
        try:
            # Shared, so that two who look do not take each other for the holder.
            return not _lock(file, fcntl and fcntl.LOCK_SH)
        finally:
            os.close(file)


def _lock(file: int, how: int | None) -> bool:
    """False when another has it locked. A file system without locks lets everybody in."""
    if fcntl is not None:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return True
