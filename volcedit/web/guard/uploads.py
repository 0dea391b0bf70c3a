"""The folder of uploads and published files: what may arrive, what is counted, what goes when."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType

from starlette.formparsers import MultiPartException
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive

from volcedit.errors import HistoryError
from volcedit.notebook.shelves.storage import Storage
from volcedit.web.guard.bodies import declared_bytes, too_large
from volcedit.web.guard.refusal import Refusal
from volcedit.web.publishing import KEPT

REQUEST_MAX_BYTES = 201_000_000
"""An archive of 200 MB, which is Gradio's limit for one file, and what stands around it."""
UNUSED_S = 50 * 60.0
"""How long an upload is kept that no edit used."""
KEPT_S = 24 * 3600.0
"""How long one is kept that an edit used, and what the app has published."""
PRESSED_S = 10 * 60.0
"""How long any of them is kept while the storage is full."""
SWEEP_EVERY_S = 10 * 60.0
_COUNT_EVERY_S = 2.0


class Uploads:
    """One app's upload folder. Thread-safe; other processes of the app may share it."""

    def __init__(
        self,
        folder: Path,
        storage: Storage,
        own: Callable[[], Iterable[str]] = tuple,
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`own` are the files of the page itself, such as icons, which are never deleted."""
        self._folder = folder
        self._storage = storage
        self._own = own
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()
        self._counted_at_s: float | None = None
        self._counted_bytes = 0
        self._arriving_bytes = 0
        """Of requests in progress: declared, or received so far."""
        self._arrived_bytes = 0
        """Since the folder was counted."""
        storage.include(self.used_bytes, self.make_room)

    # ── what arrives ─────────────────────────────────────────────────────────────────────────

    async def admit(self, connection: HTTPConnection) -> Arrival:
        """Let an upload begin. Raises `Refusal` if it is too large, or the storage is full."""
        declared = declared_bytes(connection)
        if declared is not None and declared > REQUEST_MAX_BYTES:
            raise too_large(REQUEST_MAX_BYTES)
        try:
            room = await asyncio.to_thread(self._storage.room_bytes, declared or 0)
        except HistoryError as error:
            raise Refusal(507, "storage", error.words) from error
        if room is not None and (declared or 1) > room:
            raise await asyncio.to_thread(self.full)
        return Arrival(self, min(REQUEST_MAX_BYTES, room or REQUEST_MAX_BYTES), declared)

    def full(self) -> Refusal:
        """The refusal of an upload while the storage is full."""
        return Refusal(507, "storage", self._storage.full().words)

    def note_arriving(self, size_bytes: int) -> None:
        """Count bytes of an upload in progress; negative when it ends."""
        with self._lock:
            self._arriving_bytes += size_bytes

    def note_arrived(self, size_bytes: int) -> None:
        """Count a finished upload."""
        with self._lock:
            self._arrived_bytes += size_bytes

    # ── what is counted ──────────────────────────────────────────────────────────────────────

    def used_bytes(self) -> int:
        """The size of all files, including those that are arriving."""
        with self._lock:
            now_s = self._clock()
            if self._counted_at_s is None or now_s - self._counted_at_s > _COUNT_EVERY_S:
                self._arrived_bytes = 0
                self._counted_at_s = now_s
                self._counted_bytes = sum(_sizes(self._folder))
            return self._counted_bytes + self._arrived_bytes + self._arriving_bytes

    # ── what goes ────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def sweeping(self) -> AsyncIterator[None]:
        """Sweep now and then, until the block ends."""
        task = asyncio.create_task(self._sweep_now_and_then())
        try:
            yield
        finally:
            task.cancel()

    async def _sweep_now_and_then(self) -> None:
        while True:
            await asyncio.to_thread(self.sweep)
            await asyncio.sleep(SWEEP_EVERY_S)

    def make_room(self) -> None:
        """Delete what nobody has uploaded or looked at for ten minutes."""
        self.sweep(PRESSED_S, PRESSED_S)

    def sweep(self, unused_s: float = UNUSED_S, kept_s: float = KEPT_S) -> None:
        """Delete files that are older than that, whichever process they are from."""
        for path in self._own():
            with suppress(OSError):
                os.utime(path)
        now_s = self._now()
        with suppress(FileNotFoundError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):  # deleted by another process
                    found = Path(entry.path)
                    limit_s = kept_s if (found / KEPT).exists() else unused_s
                    if now_s - _newest_s(found) > limit_s:
                        shutil.rmtree(found) if entry.is_dir() else found.unlink()
        with self._lock:
            self._counted_at_s = None


class Arrival:
    """An upload in progress."""

    def __init__(self, uploads: Uploads, most_bytes: int, declared: int | None) -> None:
        """`most_bytes` is how much of it may arrive; `declared` its size, if it was told."""
        self._uploads = uploads
        self._most = most_bytes
        self._reserved = declared or 0
        self._received = 0
        self._refusal: Refusal | None = None
        uploads.note_arriving(self._reserved)

    def __enter__(self) -> Arrival:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._uploads.note_arrived(self._received)
        self._uploads.note_arriving(-self._reserved)

    def check(self) -> None:
        """Raise the `Refusal` that ended this upload, if any."""
        if self._refusal is not None:
            raise self._refusal

    def limited(self, receive: Receive) -> Receive:
        """`receive`, up to the limit.

        Gradio 6.31 deletes what it has written only after a `MultiPartException`.
        """

        async def receive_limited() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise MultiPartException("The upload was broken off.")
            self._received += len(message.get("body", b""))
            if self._received > self._reserved:
                self._uploads.note_arriving(self._received - self._reserved)
                self._reserved = self._received
            if self._received > self._most:
                is_large = self._most >= REQUEST_MAX_BYTES
                full = asyncio.to_thread(self._uploads.full)
                self._refusal = too_large(REQUEST_MAX_BYTES) if is_large else await full
                raise MultiPartException("The upload is too large.")
            return message

        return receive_limited


def _sizes(folder: Path) -> Iterable[int]:
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                yield Path(place, name).stat().st_size


def _newest_s(path: Path) -> float:
    """When the file, or the newest file in the folder, was last written or touched."""
    if not path.is_dir():
        return path.stat().st_mtime
    # An empty folder is as old as its last file's deletion.
    return max((it.stat().st_mtime for it in path.iterdir()), default=path.stat().st_mtime)
