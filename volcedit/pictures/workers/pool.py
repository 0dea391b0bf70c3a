"""Decodes in processes of its own, which can be ended: what the app uses for files of strangers."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, TypeVar

from volcedit.config import read_system_environ
from volcedit.errors import PhotoError
from volcedit.pictures.decoder import Source
from volcedit.pictures.opening import TOO_MUCH, too_complex
from volcedit.pictures.photos import PhotoLimits, Reading
from volcedit.pictures.workers.messages import (
    error_from_json,
    read_message,
    words_from_json,
    write_message,
)
from volcedit.types import Photo, Touched, Verdict, VerdictKind, Words, digest

DEADLINE_S = 30.0
"""Real time for one job: on a busy machine, several times the CPU time that it may take."""
SLOW_MAX = 4
"""Large pictures being decoded or waiting. Each keeps a thread of the app, which has at least five
for such calls."""
REFUSED_MAX = 1000
"""Pictures remembered because they ended a process."""

_logger = logging.getLogger(__name__)
_COMMAND = (sys.executable, "-m", "volcedit.pictures.workers.process")
_FOR_ANSWERS = frozenset(("inspect_picture", "judge"))
_ROOT = Path(__file__).parents[3]
# What reading an invalid reply may raise. The worker may be in the hands of a picture.
_READ_RAISES = (OSError, EOFError, ValueError, KeyError, TypeError, LookupError, RecursionError)

Message = tuple[dict[str, Any], list[bytes]]
T = TypeVar("T")


class Workers:
    """A `Decoder` with two lanes, so that hardly anybody waits for anybody. Thread-safe.

    One process stays, and takes ordinary pictures one after the other. A picture that takes more
    than `bounds.QUICK`, by its header or in fact, gets a process that ends with it. An answer waits
    for at most one of the other pictures, however many there are.
    """

    def __init__(self) -> None:
        """No process is started before the first picture."""
        self._quick = _Lane("quick")
        self._slow = _Lane("most")
        self._look_place = threading.Semaphore(1)
        self._slow_places = threading.BoundedSemaphore(SLOW_MAX)
        self._refused: dict[tuple[str, ...], None] = {}

    def read_photo(self, source: Source, limits: PhotoLimits) -> Reading:
        """See `photos.read_photo`."""

        def read(result: Any, blobs: list[bytes]) -> Reading:
            (media_type, width_px, height_px), changes = result
            (data,) = blobs
            photo = Photo(data, str(media_type), int(width_px), int(height_px), digest(data))
            return Reading(photo, tuple(map(words_from_json, changes)))

        return self._ask("read_photo", [source], asdict(limits), read)

    def crop_photo(
        self, source: Source, aspect: str, position: float, limits: PhotoLimits
    ) -> bytes:
        """See `crop.crop_photo`."""
        options = {"aspect": aspect, "position": position, "limits": asdict(limits)}
        return self._ask("crop_photo", [source], options, _read_blob)

    def inspect_picture(self, data: bytes) -> tuple[str, int, int]:
        """See `opening.inspect_picture`."""

        def read(result: Any, _: list[bytes]) -> tuple[str, int, int]:
            media_type, width_px, height_px = result
            return str(media_type), int(width_px), int(height_px)

        return self._ask("inspect_picture", [data], {}, read)

    def make_thumbnail(self, data: bytes, side_px: int) -> bytes:
        """See `pixels.make_thumbnail`."""
        return self._ask("make_thumbnail", [data], {"side_px": side_px}, _read_blob)

    def judge(self, first: bytes, second: bytes) -> Verdict:
        """See `comparing.judge`."""

        def read(result: Any, _: list[bytes]) -> Verdict:
            largest, mean = result["largest"], result["mean"]
            return Verdict(
                VerdictKind(result["kind"]),
                None if largest is None else tuple(largest),
                None if mean is None else tuple(mean),
                float(result["changed_share"]),
                result["psnr_db"],
            )

        return self._ask("judge", [first, second], {}, read)

    def difference_picture(self, first: bytes, second: bytes) -> bytes:
        """See `comparing.difference_picture`."""
        return self._ask("difference_picture", [first, second], {}, _read_blob)

    def measure_touched(self, photo: bytes, picture: bytes) -> Touched:
        """See `comparing.measure_touched`."""

        def read(result: Any, _: list[bytes]) -> Touched:
            box = result["box"]
            return Touched(
                float(result["preserved_share"]),
                float(result["mean"]),
                None if box is None else tuple(box),
            )

        return self._ask("measure_touched", [photo, picture], {}, read)

    def heat_map(self, photo: bytes, picture: bytes) -> bytes:
        """See `comparing.heat_map`."""
        return self._ask("heat_map", [photo, picture], {}, _read_blob)

    @property
    def pids(self) -> list[int]:
        """The ids of the processes that are running."""
        return [pid for lane in (self._quick, self._slow) if (pid := lane.pid) is not None]

    def close(self) -> None:
        """End both processes, after the pictures that they are decoding."""
        self._quick.close()
        self._slow.close()

    def _ask(
        self,
        call: str,
        sources: list[Source],
        options: Mapping[str, Any],
        read: Callable[[Any, list[bytes]], T],
    ) -> T:
        """The result of a call, as `read` makes it of the reply. Raises `InputError`."""
        paths = [None if isinstance(it, bytes) else str(Path(it).absolute()) for it in sources]
        request = {"call": call, "sources": paths, "options": options}
        message = request, [it for it in sources if isinstance(it, bytes)]
        key = tuple(map(_key_of, sources))
        if key in self._refused:
            raise too_complex()
        try:
            with nullcontext() if call in _FOR_ANSWERS else self._look_place:
                values, blobs = self._quick.do(message)
            if "too_much" in values:
                values, blobs = self._do_slowly(message)
            if "result" in values:
                return read(values["result"], blobs)
            error = too_complex() if "too_much" in values else error_from_json(values["error"])
        except _READ_RAISES as broken:
            raise too_complex() from broken
        if "too_much" in values:
            self._refuse(key)
        raise error

    def _do_slowly(self, message: Message) -> Message:
        if not self._slow_places.acquire(blocking=False):
            raise PhotoError(_BUSY, code=TOO_MUCH)
        try:
            return self._slow.do(message)
        finally:
            self._slow_places.release()

    def _refuse(self, key: tuple[str, ...]) -> None:
        """Refuse the same pictures at once from now on, so that they cost their time only once."""
        self._refused[key] = None
        with suppress(KeyError, RuntimeError):  # another thread was faster
            while len(self._refused) > REFUSED_MAX:
                del self._refused[next(iter(self._refused))]


def _key_of(source: Source) -> str:
    """What tells this picture from others: an uploaded file is never changed."""
    return digest(source) if isinstance(source, bytes) else str(source)


def _read_blob(_: Any, blobs: list[bytes]) -> bytes:
    (data,) = blobs
    return data


class _Lane:
    """One process, and those who wait for it, first come first served."""

    def __init__(self, bounds: Literal["quick", "most"]) -> None:
        self._bounds = bounds
        self._thread = ThreadPoolExecutor(1, f"decode-{bounds}")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The id of its process, if it has one."""
        process = self._process
        return None if process is None else process.pid

    def do(self, message: Message) -> Message:
        """The reply to `message`: {"too_much": true} if the process ended over it."""
        try:
            work = self._thread.submit(self._do, message)
        except RuntimeError as error:  # closed
            raise EOFError from error
        return work.result()

    def _do(self, message: Message) -> Message:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = _start(self._bounds)
        process = self._process
        assert process.stdin is not None and process.stdout is not None  # both are pipes
        deadline = threading.Timer(DEADLINE_S, process.kill)
        deadline.start()
        try:
            write_message(process.stdin, *message)  # type: ignore[arg-type]
            reply = read_message(process.stdout)  # type: ignore[arg-type]
        except _READ_RAISES:
            self._end()
            _logger.warning(
                "a decoder (%s) ended with %s over a picture", self._bounds, process.returncode
            )
            return {"too_much": True}, []
        finally:
            deadline.cancel()
        if self._bounds == "most":
            self._end()  # gives back its memory
        return reply

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # of what it did not read any more
                pipe.close()  # type: ignore[union-attr]
        process.wait()

    def close(self) -> None:
        """End the process once everything submitted is done."""
        self._thread.shutdown()
        self._end()


def _start(bounds: str) -> subprocess.Popen[bytes]:
    """A new worker. It imports neither Gradio nor what is running here, and has no keys."""
    environ = read_system_environ()
    environ["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *filter(None, sys.path)])
    environ["OPENBLAS_NUM_THREADS"] = "1"  # each takes address space
    return subprocess.Popen(
        [*_COMMAND, bounds],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # libtiff complains there about every damaged file
        env=environ,
        start_new_session=True,  # Ctrl+C is for the app, which may still need it
    )


_BUSY = Words(
    "Other large pictures are being read right now. Try again in a few seconds, or choose a "
    "smaller one."
)
