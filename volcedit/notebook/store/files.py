"""A store of plain files in one folder, which survives a crash at any point."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
import threading
from collections.abc import Hashable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from volcedit.notebook.store.leases import Leases
from volcedit.notebook.store.locks import is_file_locked, lock_file
from volcedit.notebook.store.protocol import Found, Lock, Room

_PARTIAL = re.compile(r"\..+\.[0-9a-f]{8}")


class Files:
    """Files below `root`. Folders are created on demand, readable only by this user."""

    def __init__(self, root: Path, writing: _Writing | None = None) -> None:
        """`writing` is shared with the parent store."""
        self._root = root
        self._writing = _Writing() if writing is None else writing
        self._leases = Leases(self)

    @property
    def address(self) -> str:
        """The folder's path."""
        return str(self._root)

    def below(self, folder: str) -> Files:
        """The files in `folder`."""
        return Files(self._root / folder, self._writing)

    def read(self, name: str) -> bytes:
        """The file's bytes."""
        return Path(self._root, name).read_bytes()

    def open(self, name: str) -> BinaryIO:
        """The file, opened for reading."""
        return Path(self._root, name).open("rb")

    def write(self, name: str, data: bytes) -> None:
        """Write all of `data` or nothing, even on power loss."""
        path = Path(self._root, name)
        partial = self._write_partial(path, data)
        try:
            partial.replace(path)
        finally:
            self._forget_partial(partial)

    def create(self, name: str, data: bytes) -> bool:
        """Write `data` unless the file exists; False if it does."""
        path = Path(self._root, name)
        partial = self._write_partial(path, data)
        try:
            path.hardlink_to(partial)
        except FileExistsError:
            return False
        finally:
            self._forget_partial(partial)
        return True

    def _write_partial(self, path: Path, data: bytes) -> Path:
        """Write `data` durably to a hidden file beside `path`."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        self._writing.add(partial)
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            self._forget_partial(partial)
            raise
        return partial

    def _forget_partial(self, partial: Path) -> None:
        try:
            partial.unlink(missing_ok=True)
        finally:
            self._writing.remove(partial)

    def find(self, name: str) -> Found | None:
        """Size, stamp and time of the file, if it exists."""
        try:
            return _found(Path(self._root, name).stat())
        except FileNotFoundError:
            return None

    def touch(self, name: str) -> None:
        """Set its modification time to now."""
        os.utime(Path(self._root, name))

    def move(self, name: str, to: str) -> None:
        """Rename the file."""
        path, target = Path(self._root, name), Path(self._root, to)
        os.utime(path)  # its time at the target starts now
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(target)

    def delete(self, name: str) -> None:
        """Unlink the file."""
        Path(self._root, name).unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        """The files in the folder except hidden ones, which are still being written."""
        with suppress(FileNotFoundError), os.scandir(Path(self._root, folder)) as entries:
            return [it.name for it in entries if not it.name.startswith(".") and it.is_file()]
        return []

    def files(self, folder: str) -> dict[str, Found]:
        """Like `names`, with the metadata of each file."""
        found = {}
        with suppress(FileNotFoundError), os.scandir(Path(self._root, folder)) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_file():
                    with suppress(FileNotFoundError):  # deleted since it was listed
                        found[entry.name] = _found(entry.stat())
        return found

    def folders(self, folder: str) -> list[str]:
        """The folders in the folder."""
        with suppress(FileNotFoundError), os.scandir(Path(self._root, folder)) as entries:
            return [entry.name for entry in entries if entry.is_dir()]
        return []

    def changes(self, folder: str) -> Hashable:
        """The folder's modification time, which changes with every file written in it."""
        try:
            return Path(self._root, folder).stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def clean(self, folder: str, before_s: float) -> None:
        """Delete hidden partial files."""
        with suppress(FileNotFoundError), os.scandir(Path(self._root, folder)) as entries:
            for entry in entries:
                path = Path(entry.path)
                if not _PARTIAL.fullmatch(entry.name) or path in self._writing:
                    continue
                with suppress(FileNotFoundError):
                    if entry.stat().st_mtime < before_s:
                        path.unlink()

    def room(self) -> Room:
        """The total size of all files below, and the disk space available to this user."""
        used_bytes = 0
        for folder, _, names in os.walk(self._root):
            for name in names:
                with suppress(FileNotFoundError):
                    used_bytes += Path(folder, name).stat().st_size
        return Room(used_bytes, self.free_bytes())

    def free_bytes(self) -> int:
        """The disk space available to this user."""
        there = self._root
        while not there.exists() and there != there.parent:
            there = there.parent
        return shutil.disk_usage(there).free

    def lock(self, name: str) -> Lock | None:
        """A locked file; on Windows, which has no shared locks, a lease."""
        if sys.platform == "win32":
            return self._leases.acquire(name)
        return lock_file(Path(self._root, name))

    def is_locked(self, name: str) -> bool:
        """Whether that file is locked."""
        if sys.platform == "win32":
            return self._leases.is_held(name)
        return is_file_locked(Path(self._root, name))


class _Writing:
    """The partial files that this process is writing, which `clean` must not delete."""

    def __init__(self) -> None:
        self._paths: set[Path] = set()
        self._lock = threading.Lock()

    def add(self, path: Path) -> None:
        with self._lock:
            self._paths.add(path)

    def remove(self, path: Path) -> None:
        with self._lock:
            self._paths.discard(path)

    def __contains__(self, path: Path) -> bool:
        with self._lock:
            return path in self._paths


def _found(stat: os.stat_result) -> Found:
    # Includes the inode, which changes when a file is replaced: two writes may share one clock
    # tick.
    return Found(stat.st_size, (stat.st_mtime_ns, stat.st_ino), stat.st_mtime)
