"""A store on fsspec: S3 and other object stores, a mounted bucket, memory.

Requires that a put is atomic, as it is in every object store.
"""

from __future__ import annotations

import errno
import io
import re
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO, Protocol

from volcedit.notebook.store.leases import Leases
from volcedit.notebook.store.protocol import Found, Lock, Room

LISTING_LAG_S = 60.0
"""How long a listing may lag behind this process's writes and deletions."""
TOUCH_AFTER_S = 600.0
"""Objects younger than this are not touched: touching rewrites them."""

_FULL = re.compile(r"StorageFull|QuotaExceeded|InsufficientStorage|No space left")
_STAMPS = ("ETag", "etag", "md5Hash", "generation", "size", "ino")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")


class FileSystem(Protocol):
    """The parts of fsspec's untyped API that are used here."""

    def cat_file(self, path: str) -> bytes:
        """The bytes of a file."""

    def pipe_file(self, path: str, value: bytes, mode: str = ...) -> None:
        """Write a file. Mode "create" raises FileExistsError if it exists."""

    def info(self, path: str) -> Mapping[str, Any]:
        """Type, size and more, depending on the file system."""

    def ls(self, path: str, detail: bool = ...) -> list[Mapping[str, Any]]:
        """The same for everything in a folder."""

    def cp_file(self, path1: str, path2: str) -> None:
        """Copy a file."""

    def rm_file(self, path: str) -> None:
        """Delete a file."""

    def du(self, path: str) -> int:
        """The total size of all files below."""

    def invalidate_cache(self, path: str | None = ...) -> None:
        """Drop cached listings."""


class Buckets:
    """The objects of an fsspec file system below `root`."""

    def __init__(
        self,
        fs: FileSystem,
        root: str,
        *,
        now: Callable[[], float] = time.time,
        recent: _Recent | None = None,
    ) -> None:
        """`recent` is shared with the parent store."""
        self._fs = fs
        self._root = root.rstrip("/")
        self._now = now
        self._recent = _Recent(now) if recent is None else recent
        self._creating = threading.Lock()
        self._leases = Leases(self, now)

    @property
    def address(self) -> str:
        """The file system's protocol and the path in it."""
        kind = getattr(self._fs, "protocol", "")
        return f"{kind if isinstance(kind, str) else kind[0]}://{self._root}"

    def below(self, folder: str) -> Buckets:
        """The objects under `folder`."""
        return Buckets(self._fs, self._path(folder), now=self._now, recent=self._recent)

    def read(self, name: str) -> bytes:
        """The object's bytes."""
        with _as_os_error():
            return self._fs.cat_file(self._path(name))

    def open(self, name: str) -> BinaryIO:
        """The object's bytes, read at once: an object may be replaced while it is streamed."""
        return io.BytesIO(self.read(name))

    def write(self, name: str, data: bytes) -> None:
        """Put the object, replacing any existing one."""
        with _as_os_error():
            self._fs.pipe_file(self._path(name), data)
        self._recent.note(self._path(name), is_there=True)

    def create(self, name: str, data: bytes) -> bool:
        """Put the object unless it exists; False if it does.

        Atomic if the store supports conditional writes, as S3 does.
        """
        with self._creating:
            if self.find(name) is not None:
                return False
            try:
                with _as_os_error():
                    self._fs.pipe_file(self._path(name), data, mode="create")
            except FileExistsError:
                return False
        self._recent.note(self._path(name), is_there=True)
        return True

    def find(self, name: str) -> Found | None:
        """The object's metadata, if it exists."""
        path = self._path(name)
        try:
            with _as_os_error():
                # Many file systems answer from a cached listing, which other processes make stale.
                self._fs.invalidate_cache(path.rpartition("/")[0])
                info = self._fs.info(path)
        except FileNotFoundError:
            return None
        return _found(info) if info["type"] == "file" else None

    def touch(self, name: str) -> None:
        """Rewrite it, unless it is recent."""
        found = self.find(name)
        if found is None:
            raise FileNotFoundError(name)
        if found.time_s < self._now() - TOUCH_AFTER_S:
            self.write(name, self.read(name))

    def move(self, name: str, to: str) -> None:
        """Copy, then delete. A crash in between leaves both."""
        with _as_os_error():
            self._fs.cp_file(self._path(name), self._path(to))
        self._recent.note(self._path(to), is_there=True)
        self.delete(name)

    def delete(self, name: str) -> None:
        """Delete the object."""
        try:
            with _as_os_error():
                self._fs.rm_file(self._path(name))
        except FileNotFoundError:
            pass
        self._recent.note(self._path(name), is_there=False)

    def names(self, folder: str) -> list[str]:
        """The objects in the folder."""
        return list(self.files(folder))

    def files(self, folder: str) -> dict[str, Found]:
        """The listing, corrected by what this process recently wrote and deleted."""
        listed = {
            _last(info["name"]): _found(info) for info in self._ls(folder) if info["type"] == "file"
        }
        for name, is_there in self._recent.of(self._path(folder)).items():
            if is_there != (name in listed):
                # Lookups by name are never stale. Another process may have changed it since.
                found = self.find(f"{folder}/{name}")
                if found is None:
                    listed.pop(name, None)
                else:
                    listed[name] = found
        return listed

    def folders(self, folder: str) -> list[str]:
        """The common name prefixes in the folder."""
        return [
            _last(info["name"].rstrip("/"))
            for info in self._ls(folder)
            if info["type"] == "directory"
        ]

    def changes(self, folder: str) -> Hashable:
        """Always None: finding out would take a listing."""
        return None

    def clean(self, folder: str, before_s: float) -> None:
        """A no-op: an interrupted put leaves nothing that can be listed."""

    def room(self) -> Room:
        """The total size of all objects below."""
        try:
            with _as_os_error():
                return Room(int(self._fs.du(self._root)), None)
        except FileNotFoundError:
            return Room(0, None)

    def free_bytes(self) -> None:
        """None: object stores do not report it."""

    def lock(self, name: str) -> Lock | None:
        """A lease, which expires a minute after its process dies."""
        return self._leases.acquire(name)

    def is_locked(self, name: str) -> bool:
        """Whether there is a lease that has not expired."""
        return self._leases.is_held(name)

    def _ls(self, folder: str) -> list[Mapping[str, Any]]:
        path = self._path(folder)
        try:
            with _as_os_error():
                self._fs.invalidate_cache(path)  # fsspec caches listings forever
                return self._fs.ls(path, detail=True)
        except FileNotFoundError:
            return []

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


class _Recent:
    """This process's recent writes and deletions, for stores whose listings lag behind."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._folders: dict[str, dict[str, tuple[float, bool]]] = {}
        self._lock = threading.Lock()

    def note(self, path: str, *, is_there: bool) -> None:
        folder, _, name = path.rpartition("/")
        with self._lock:
            noted = self._folders.setdefault(folder, {})
            noted.pop(name, None)  # keeps the oldest first
            noted[name] = (self._now(), is_there)
            self._forget(noted)

    def of(self, folder: str) -> dict[str, bool]:
        """Whether each name in `folder` exists, as far as this process knows."""
        with self._lock:
            noted = self._folders.get(folder, {})
            self._forget(noted)
            return {name: is_there for name, (_, is_there) in noted.items()}

    def _forget(self, noted: dict[str, tuple[float, bool]]) -> None:
        while noted:
            oldest = next(iter(noted))
            if noted[oldest][0] > self._now() - LISTING_LAG_S:
                return
            del noted[oldest]


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Convert errors: every fsspec implementation raises its own library's."""
    try:
        yield
    except OSError as error:
        if error.errno is None and _FULL.search(str(error)):
            raise OSError(errno.ENOSPC, str(error)) from error
        raise
    except Exception as error:
        is_full = _FULL.search(f"{type(error).__name__} {error}")
        raise OSError(errno.ENOSPC if is_full else errno.EIO, str(error)) from error


def _found(info: Mapping[str, Any]) -> Found:
    time_s = next((_seconds(info[name]) for name in _TIMES if info.get(name)), float("inf"))
    stamp = (*(str(info[name]) for name in _STAMPS if info.get(name)), time_s)
    return Found(int(info.get("size") or 0), stamp, time_s)


def _seconds(time_: object) -> float:
    """Seconds since 1970. An unparsable time counts as new, to keep it from being swept."""
    if isinstance(time_, str):
        try:
            time_ = datetime.fromisoformat(time_)
        except ValueError:
            return float("inf")
    if isinstance(time_, datetime):
        return (time_ if time_.tzinfo else time_.replace(tzinfo=UTC)).timestamp()
    return float(time_) if isinstance(time_, int | float) else float("inf")


def _last(path: str) -> str:
    return path.rpartition("/")[2]
