"""A process that decodes pictures for the app: `python -m volcedit.pictures.workers.process quick`.

Reads requests from stdin and writes replies to stdout (`messages`), until stdin closes. Memory and
CPU time are limited by the system where it can; a job that takes more ends the process.

request   {"call": "read_photo", "sources": ["/a/path", null], "options": {…}} and one blob for
          each null among the sources
reply     {"result": …} and blobs, or {"error": …}, or {"too_much": true}
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from volcedit.errors import ParameterError, PhotoError
from volcedit.pictures import comparing, crop, opening, photos, pixels
from volcedit.pictures.bounds import MOST, QUICK, Bounds
from volcedit.pictures.headers import read_header
from volcedit.pictures.photos import PhotoLimits
from volcedit.pictures.workers.messages import (
    error_to_json,
    read_message,
    words_to_json,
    write_message,
)

BOUNDS: Mapping[str, Bounds] = {"quick": QUICK, "most": MOST}
SLACK_BYTES = 40_000_000
"""For what the estimates leave out, and the allocator."""
AFTERWARDS = {"crop_photo": (4, 90), **dict.fromkeys(("judge", "difference_picture"), (8, 20))}
AFTERWARDS |= dict.fromkeys(("measure_touched", "heat_map"), (10, 30))
"""Bytes and nanoseconds that a call takes for each pixel, besides decoding."""
NICENESS = 10
"""Of whoever decodes a large picture: everybody else has the processor first."""
COMPRESSING_NS = 100
"""For each pixel of a photo that is too large, which is compressed several times."""

Result = tuple[Any, list[bytes]]


def main(bounds: Bounds) -> None:
    """Answer requests until stdin closes."""
    limit_memory(bounds.memory_bytes + SLACK_BYTES)
    if bounds is MOST and hasattr(os, "nice"):
        os.nice(NICENESS)
    with suppress(EOFError, BrokenPipeError):
        while True:
            request, blobs = read_message(sys.stdin.buffer)
            with limited_cpu(bounds.cpu_s):
                values, made = answer(request, blobs, bounds)
            write_message(sys.stdout.buffer, values, made)


def answer(
    request: Mapping[str, Any], blobs: list[bytes], bounds: Bounds
) -> tuple[dict[str, Any], list[bytes]]:
    """The reply to a request, and its blobs."""
    call, left = request["call"], iter(blobs)
    try:
        data = [
            next(left) if path is None else opening.read_bytes(Path(path))
            for path in request["sources"]
        ]
        if is_too_much(call, data, request["options"], bounds):
            return {"too_much": True}, []
        result, made = CALLS[call](data, request["options"])
    except (PhotoError, ParameterError) as error:
        if isinstance(error.__cause__, MemoryError):
            return {"too_much": True}, []
        return {"error": error_to_json(error)}, []
    except MemoryError:
        return {"too_much": True}, []
    return {"result": result}, made


def is_too_much(call: str, data: list[bytes], options: Mapping[str, Any], bounds: Bounds) -> bool:
    """Whether these pictures are above `bounds` together, although each can be decoded."""
    try:
        headers = [read_header(it, opening.kind_of(it)) for it in data]
    except PhotoError:
        return False  # the call refuses it, in words that fit
    memory_bytes, cpu_ns = AFTERWARDS.get(call, (0, 0))
    if call == "read_photo" and len(data[0]) > options["max_bytes"]:
        cpu_ns = COMPRESSING_NS
    if bounds is MOST:
        cpu_ns = 0  # it will be seen
    is_refused = not all(MOST.hold([header]) for header in headers)
    return not is_refused and not bounds.hold(headers, memory_bytes, cpu_ns)


# ── calls ────────────────────────────────────────────────────────────────────────────────────


def _read_photo(data: list[bytes], options: Mapping[str, Any]) -> Result:
    reading = photos.read_photo(data[0], PhotoLimits(**options))
    photo = reading.photo
    facts = photo.media_type, photo.width_px, photo.height_px
    return [facts, [words_to_json(words) for words in reading.changes]], [photo.data]


def _crop_photo(data: list[bytes], options: Mapping[str, Any]) -> Result:
    limits = PhotoLimits(**options["limits"])
    return None, [crop.crop_photo(data[0], options["aspect"], options["position"], limits)]


def _inspect_picture(data: list[bytes], _: Mapping[str, Any]) -> Result:
    return opening.inspect_picture(data[0]), []


def _make_thumbnail(data: list[bytes], options: Mapping[str, Any]) -> Result:
    return None, [pixels.make_thumbnail(data[0], options["side_px"])]


def _judge(data: list[bytes], _: Mapping[str, Any]) -> Result:
    return asdict(comparing.judge(*data)), []


def _difference_picture(data: list[bytes], _: Mapping[str, Any]) -> Result:
    return None, [comparing.difference_picture(*data)]


def _measure_touched(data: list[bytes], _: Mapping[str, Any]) -> Result:
    return asdict(comparing.measure_touched(*data)), []


def _heat_map(data: list[bytes], _: Mapping[str, Any]) -> Result:
    return None, [comparing.heat_map(*data)]


CALLS: Mapping[str, Callable[[list[bytes], Mapping[str, Any]], Result]] = {
    "read_photo": _read_photo,
    "crop_photo": _crop_photo,
    "inspect_picture": _inspect_picture,
    "make_thumbnail": _make_thumbnail,
    "judge": _judge,
    "difference_picture": _difference_picture,
    "measure_touched": _measure_touched,
    "heat_map": _heat_map,
}


# ── limits ───────────────────────────────────────────────────────────────────────────────────


def limit_memory(more_bytes: int) -> None:
    """Let this process take that much more than it does now. No system but Linux does it."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    limit = pages * resource.getpagesize() + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@contextmanager
def limited_cpu(cpu_s: float) -> Iterator[None]:
    """Let the system end this process after that much CPU time. Windows has no such timer."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    # Not RLIMIT_CPU, which counts whole seconds from the start of the process.
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


if __name__ == "__main__":
    main(BOUNDS[sys.argv[1]])
