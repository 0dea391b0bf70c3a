"""The two stores that notebooks are tested on, and ways to change them behind a notebook's back."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

from fsspec.implementations.memory import MemoryFileSystem

from volcedit.notebook.history import History
from volcedit.notebook.store.buckets import Buckets
from volcedit.notebook.store.files import Files
from volcedit.notebook.store.protocol import Store


class Place(Protocol):
    """A history's storage as tests see it: names with slashes, below one folder."""

    def store(self) -> Store:
        """A new store object, as another process would have."""

    def names(self, pattern: str = "*") -> list[str]:
        """All names that match the pattern, sorted, without hidden ones."""

    def read(self, name: str) -> bytes:
        """The contents of a file."""

    def write(self, name: str, data: bytes) -> None:
        """Write anything to a file."""

    def delete(self, name: str) -> None:
        """Delete a file."""

    def age(self, name: str, seconds: float) -> None:
        """Backdate a file by that many seconds."""


def open_history(place: Place, **clocks: Callable[[], float]) -> History:
    """A history without any caches, as another process would have."""
    return History(place.store(), **clocks)


class OnDisk:
    """A folder on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def store(self) -> Store:
        return Files(self.root)

    def names(self, pattern: str = "*") -> list[str]:
        paths = (path for path in self.root.rglob("*") if path.is_file())
        names = sorted(path.relative_to(self.root).as_posix() for path in paths)
        return [name for name in names if fnmatchcase(name, pattern)]

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        # Create a new file, as programs do when they save.
        new = (self.root / name).with_name("new")
        new.write_bytes(data)
        new.replace(self.root / name)

    def delete(self, name: str) -> None:
        (self.root / name).unlink()

    def age(self, name: str, seconds: float) -> None:
        os.utime(self.root / name, (time.time() - seconds,) * 2)


class InMemory:
    """A folder in fsspec's memory file system, or in one that misbehaves."""

    def __init__(self, fs: MemoryFileSystem | None = None) -> None:
        self.fs = MemoryFileSystem() if fs is None else fs
        self.root = f"/{secrets.token_hex(8)}"

    def store(self) -> Store:
        return Buckets(self.fs, self.root)

    def names(self, pattern: str = "*") -> list[str]:
        found = (path for path in list(self.fs.store) if path.startswith(f"{self.root}/"))
        names = sorted(path.removeprefix(f"{self.root}/") for path in found)
        return [name for name in names if fnmatchcase(name, pattern)]

    def read(self, name: str) -> bytes:
        return self.fs.store[f"{self.root}/{name}"].getvalue()

    def write(self, name: str, data: bytes) -> None:
        MemoryFileSystem.pipe_file(self.fs, f"{self.root}/{name}", data)

    def delete(self, name: str) -> None:
        del self.fs.store[f"{self.root}/{name}"]

    def age(self, name: str, seconds: float) -> None:
        file = self.fs.store[f"{self.root}/{name}"]
        file.created = file.modified = datetime.fromtimestamp(time.time() - seconds, UTC)


class Unruly(MemoryFileSystem):
    """A memory file system in which a test decides what happens to a call.

    `before(method, path)` may raise or block. While `is_late`, listings are stale: new names are
    missing, and deleted ones are still listed.
    """

    cachable = False

    def __init__(self, before: Callable[[str, str], None] = lambda method, path: None) -> None:
        super().__init__()
        self.store, self.pseudo_dirs = {}, [""]  # not shared between instances
        self.before = before
        self._listed: dict[str, list[dict[str, Any]]] | None = None

    @property
    def is_late(self) -> bool:
        return self._listed is not None

    @is_late.setter
    def is_late(self, late: bool) -> None:
        folders = {path.rpartition("/")[0] for path in self.store}
        self._listed = {it: MemoryFileSystem.ls(self, it) for it in folders} if late else None

    def ls(self, path: str, detail: bool = True, **kwargs: object) -> list:
        self.before("ls", path)
        if self._listed is not None and detail:
            return self._listed.get(path.rstrip("/"), [])
        return super().ls(path, detail=detail)

    def cat_file(self, path: str, start: None = None, end: None = None, **kwargs: object) -> bytes:
        self.before("read", path)
        return super().cat_file(path)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: object) -> None:
        self.before("write", path)
        super().pipe_file(path, value, mode)
        self.before("written", path)

    def info(self, path: str, **kwargs: object) -> dict[str, Any]:
        self.before("info", path)
        return super().info(path)

    def cp_file(self, path1: str, path2: str, **kwargs: object) -> None:
        self.before("write", path2)
        super().cp_file(path1, path2)

    def rm_file(self, path: str) -> None:
        self.before("delete", path)
        super().rm_file(path)
