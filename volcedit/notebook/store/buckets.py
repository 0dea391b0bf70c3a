"""A store over fsspec: S3 and its like, a mounted bucket, memory.

For file systems where a put is whole or nothing, as in every object store.
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

LATE_S = 60.0
"""For how long a listing may miss what this process wrote, or still show what it deleted."""
FRESH_S = 600.0
"""What is younger need not be touched, which writes it anew."""

_FULL = re.compile(r"StorageFull|QuotaExceeded|InsufficientStorage|No space left")
_STAMPS = ("ETag", "etag", "md5Hash", "generation", "size", "ino")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")


class FileSystem(Protocol):
    """What is used of an fsspec file system, of which there are no types."""

    def cat_file(self, path: str) -> bytes:
        """The bytes of a file."""

    def pipe_file(self, path: str, value: bytes, mode: str = ...) -> None:
        """Write a file; with the mode "create", FileExistsError if there is one."""

    def info(self, path: str) -> Mapping[str, Any]:
        """Type, size and more, depending on the file system."""

    def ls(self, path: str, detail: bool = ...) -> list[Mapping[str, Any]]:
        """The same of all in a folder."""

    def cp_file(self, path1: str, path2: str) -> None:
        """Copy a file."""

    def rm_file(self, path: str) -> None:
        """Delete a file."""

    def du(self, path: str) -> int:
        """The sizes of all files below."""

    def invalidate_cache(self, path: str | None = ...) -> None:
        """Forget what was listed."""


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
        """`recent` is that of the store that this one is a part of."""
        self._fs = fs
        self._root = root.rstrip("/")
        self._now = now
        self._recent = _Recent(now) if recent is None else recent
        self._creating = threading.Lock()
        self._leases = Leases(self, now)

    @property
    def address(self) -> str:
        """The file system's kind and the path in it."""
        kind = getattr(self._fs, "protocol", "")
        return f"{kind if isinstance(kind, str) else kind[0]}://{self._root}"

    def below(self, folder: str) -> Buckets:
        """The objects whose names begin with `folder`."""
        return Buckets(self._fs, self._path(folder), now=self._now, recent=self._recent)

    def read(self, name: str) -> bytes:
        """All bytes of the object."""
        with _as_os_error():
            return self._fs.cat_file(self._path(name))

    def open(self, name: str) -> BinaryIO:
        """The object's bytes: whole, since an object may be replaced while it is read."""
        return io.BytesIO(self.read(name))

    def write(self, name: str, data: bytes) -> None:
        """Put the object, in place of what was."""
        with _as_os_error():
            self._fs.pipe_file(self._path(name), data)
        self._recent.note(self._path(name), is_there=True)

    def create(self, name: str, data: bytes) -> bool:
        """Put the object if there is none; False if there is.

        The store decides where it knows conditional writes, as S3 does.
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
        """What the store tells of the object, if there is one."""
        path = self._path(name)
        try:
            with _as_os_error():
                # Many answer from a list that they kept, which another process may have outdated.
                self._fs.invalidate_cache(path.rpartition("/")[0])
                info = self._fs.info(path)
        except FileNotFoundError:
            return None
        return _found(info) if info["type"] == "file" else None

    def touch(self, name: str) -> None:
        """Put it anew, unless it is new."""
        found = self.find(name)
        if found is None:
            raise FileNotFoundError(name)
        if found.time_s < self._now() - FRESH_S:
            self.write(name, self.read(name))

    def move(self, name: str, to: str) -> None:
        """Copy, then delete: a crash in between leaves both."""
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
        """The objects there."""
        return list(self.files(folder))

    def files(self, folder: str) -> dict[str, Found]:
        """As they are listed, and as this process knows them to be."""
        listed = {
            _last(info["name"]): _found(info) for info in self._ls(folder) if info["type"] == "file"
        }
        for name, is_there in self._recent.of(self._path(folder)).items():
            if is_there != (name in listed):
                # Asked by name, which is never late: another process may have changed it since.
                found = self.find(f"{folder}/{name}")
                if found is None:
                    listed.pop(name, None)
                else:
                    listed[name] = found
        return listed

    def folders(self, folder: str) -> list[str]:
        """The common beginnings of names there."""
        return [
            _last(info["name"].rstrip("/"))
            for info in self._ls(folder)
            if info["type"] == "directory"
        ]

    def changes(self, folder: str) -> Hashable:
        """Nothing: a listing is what it would take."""
        return None

    def clean(self, folder: str, before_s: float) -> None:
        """Nothing: a put that was interrupted leaves nothing that can be listed."""

    def room(self) -> Room:
        """The sizes of all objects below."""
        try:
            with _as_os_error():
                return Room(int(self._fs.du(self._root)), None)
        except FileNotFoundError:
            return Room(0, None)

    def lock(self, name: str) -> Lock | None:
        """A lease, which expires a minute after its process is gone."""
        return self._leases.take(name)

    def is_locked(self, name: str) -> bool:
        """Whether there is a lease that has not expired."""
        return self._leases.is_taken(name)

    def _ls(self, folder: str) -> list[Mapping[str, Any]]:
        path = self._path(folder)
        try:
            with _as_os_error():
                self._fs.invalidate_cache(path)  # fsspec keeps listings for as long as it lives
                return self._fs.ls(path, detail=True)
        except FileNotFoundError:
            return []

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


class _Recent:
    """What this process wrote and deleted of late, in a store that may list it late."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._folders: dict[str, dict[str, tuple[float, bool]]] = {}
        self._lock = threading.Lock()

    def note(self, path: str, *, is_there: bool) -> None:
        folder, _, name = path.rpartition("/")
        with self._lock:
            noted = self._folders.setdefault(folder, {})
            noted.pop(name, None)  # so that the oldest comes first
            noted[name] = (self._now(), is_there)
            self._forget(noted)

    def of(self, folder: str) -> dict[str, bool]:
        """Whether each name in `folder` is there, as far as this process knows."""
        with self._lock:
            noted = self._folders.get(folder, {})
            self._forget(noted)
            return {name: is_there for name, (_, is_there) in noted.items()}

    def _forget(self, noted: dict[str, tuple[float, bool]]) -> None:
        while noted:
            oldest = next(iter(noted))
            if noted[oldest][0] > self._now() - LATE_S:
                return
            del noted[oldest]


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Each fsspec implementation raises what its own library does."""
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
    """Since 1970; what nobody understands is taken for new, so that nothing is swept for it."""
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
