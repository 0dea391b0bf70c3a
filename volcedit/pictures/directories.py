"""Reads the tag directories of TIFF and Exif, without the values that nobody asked for.

TIFF 6.0, section 2; BigTIFF is the same with longer numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

ORIENTATION = 274

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Bytes of one value, by type."""
_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
_INNER = (34665, 34853, 40965)  # Exif, GPS, Interop: Pillow reads these of a TIFF too


@dataclass
class Directory:
    """The first directory of a file."""

    values_bytes: int = 0
    """The size of all values outside the directory, in it and in those it points to. More than the
    file has, if values overlap; Pillow reads each of them."""
    counts: dict[int, int] = field(default_factory=dict)
    """How many values each tag has."""
    numbers: dict[int, int] = field(default_factory=dict)
    """The first value of each tag that holds whole numbers."""

    def number(self, tag: int, default: int = 0) -> int:
        """The first value of that tag."""
        return self.numbers.get(tag, default)

    def count(self, *tags: int) -> int:
        """The number of values of whichever of these tags has most."""
        return max(self.counts.get(tag, 0) for tag in tags)


def read_directory(data: bytes) -> Directory:
    """The first directory of a TIFF, or of Exif, in `data`. As far as it can be read."""
    found = Directory()
    order = "<" if data[:2] == b"II" else ">"
    is_big = data[2:4] in (b"+\0", b"\0+")
    try:
        (at,) = struct.unpack_from(order + ("Q" if is_big else "I"), data, 8 if is_big else 4)
        _add(found, data, at, order, is_big)
        inner = [found.numbers[tag] for tag in _INNER if tag in found.numbers]
        _add_inner(found, data, inner, order, is_big)
    except struct.error:
        pass  # damaged: Pillow will say so
    return found


def _add_inner(
    found: Directory, data: bytes, starts: Iterable[int], order: str, is_big: bool
) -> None:
    for at in starts:
        inner = Directory()
        _add(inner, data, at, order, is_big)
        found.values_bytes += inner.values_bytes


def _add(found: Directory, data: bytes, at: int, order: str, is_big: bool) -> None:
    """Add the directory at `at` to `found`."""
    head, entry, room = ("Q", "HHQ", 8) if is_big else ("H", "HHI", 4)
    (count,) = struct.unpack_from(order + head, data, at)
    at += struct.calcsize(order + head)
    for _ in range(min(count, len(data) // 12)):
        tag, kind, number = struct.unpack_from(order + entry, data, at)
        at += struct.calcsize(order + entry) + room
        size = _SIZES.get(kind, 0) * number
        start = at - room
        if size > room:
            found.values_bytes += size
            (start,) = struct.unpack_from(order + ("Q" if is_big else "I"), data, start)
        found.counts[tag] = number
        if kind in _NUMBERS and number and start + _SIZES[kind] <= len(data):
            (found.numbers[tag],) = struct.unpack_from(order + _NUMBERS[kind], data, start)
