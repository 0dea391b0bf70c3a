"""Splits PNG, JPEG and WebP files into parts and joins them again.

A part keeps its exact bytes, so whatever is not changed comes out identical. Pillow cannot do this:
it only writes metadata by re-encoding the picture.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from volcedit.errors import PhotoError
from volcedit.types import Words

PARTS_MAX = 65_536
"""A 10 MB file could hold 800,000 empty parts, which would take a quarter of a gigabyte of
memory."""
JPEG_PAYLOAD_MAX = 65_533
"""The segment length is 16 bits and includes itself."""

_PNG = b"\x89PNG\r\n\x1a\n"
_SCAN = b"\xda"  # SOS: compressed data follows
_HAS_NO_LENGTH = frozenset(bytes([code]) for code in (0x00, 0x01, *range(0xD0, 0xDA)))
_FILL = re.compile(rb"\xff+")  # a marker may be preceded by any number of these


@dataclass(frozen=True)
class Part:
    """A chunk of a PNG or WebP, or a segment of a JPEG."""

    kind: bytes
    """b"IHDR", b"VP8X"; for a JPEG the marker's second byte, b"\\xe1" for APP1."""
    raw: bytes = field(repr=False)
    """The part's exact bytes."""
    start: int
    """Offset in `raw` at which the payload starts."""
    stop: int
    """Offset at which it ends."""

    @property
    def payload(self) -> bytes:
        """The part's content."""
        return self.raw[self.start : self.stop]


def kind_of(data: bytes) -> str:
    """ "PNG", "JPEG" or "WebP"; empty for anything else."""
    if data.startswith(_PNG):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    return "WebP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


# ── PNG ──────────────────────────────────────────────────────────────────────────────────────


def split_png(data: bytes) -> tuple[list[Part], bytes]:
    """(chunks from IHDR to IEND, trailing bytes). Raises `PhotoError`."""
    parts: list[Part] = []
    at = len(_PNG)
    while not parts or parts[-1].kind != b"IEND":
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            raise _broken()
        _append(parts, Part(data[at + 4 : at + 8], data[at:end], 8, 8 + length))
        at = end
    if parts[0].kind != b"IHDR" or len(parts[0].payload) != 13:
        raise _broken()
    return parts, data[at:]


def join_png(parts: Iterable[Part], rest: bytes) -> bytes:
    """The inverse of `split_png`."""
    return b"".join([_PNG, *(part.raw for part in parts), rest])


def png_chunk(kind: bytes, payload: bytes) -> Part:
    """Build a chunk with its checksum."""
    body = kind + payload
    raw = len(payload).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return Part(kind, raw, 8, 8 + len(payload))


def has_valid_checksum(part: Part) -> bool:
    """Whether the checksum of a PNG chunk is correct."""
    return zlib.crc32(part.raw[4:-4]) == int.from_bytes(part.raw[-4:], "big")


# ── JPEG ─────────────────────────────────────────────────────────────────────────────────────


def split_jpeg(data: bytes) -> tuple[list[Part], bytes]:
    """(segments before the first scan, everything from the scan on). Raises `PhotoError`."""
    parts: list[Part] = []
    at = 2
    while True:
        fill = _FILL.match(data, at)
        if fill is None:
            raise _broken()
        kind = data[fill.end() : fill.end() + 1]
        if not kind or kind in _HAS_NO_LENGTH:
            raise _broken()
        if kind == _SCAN:
            return parts, data[at:]
        start = fill.end() + 3
        length = int.from_bytes(data[start - 2 : start], "big")
        end = start - 2 + length
        if length < 2 or end > len(data):
            raise _broken()
        _append(parts, Part(kind, data[at:end], start - at, end - at))
        at = end


def join_jpeg(parts: Iterable[Part], rest: bytes) -> bytes:
    """The inverse of `split_jpeg`."""
    return b"".join([b"\xff\xd8", *(part.raw for part in parts), rest])


def jpeg_segment(kind: bytes, payload: bytes) -> Part:
    """Build a segment from at most `JPEG_PAYLOAD_MAX` bytes."""
    raw = b"\xff" + kind + (len(payload) + 2).to_bytes(2, "big") + payload
    return Part(kind, raw, 4, len(raw))


# ── WebP ─────────────────────────────────────────────────────────────────────────────────────


def split_webp(data: bytes) -> tuple[list[Part], bytes]:
    """(chunks, trailing bytes). Raises `PhotoError`."""
    parts: list[Part] = []
    at, end = 12, 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise _broken()
    while at < end:
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        stop = at + 8 + length
        if stop > end:
            raise _broken()
        after = min(end, stop + length % 2)  # padding may be missing after the last chunk
        _append(parts, Part(data[at : at + 4], data[at:after], 8, 8 + length))
        at = after
    if not parts:
        raise _broken()
    return parts, data[end:]


def join_webp(parts: Iterable[Part], rest: bytes) -> bytes:
    """The inverse of `split_webp`."""
    body = b"WEBP" + b"".join(part.raw + bytes(len(part.raw) % 2) for part in parts)
    return b"RIFF" + len(body).to_bytes(4, "little") + body + rest


def webp_chunk(kind: bytes, payload: bytes) -> Part:
    """Build a chunk, padded to an even length."""
    raw = kind + len(payload).to_bytes(4, "little") + payload + bytes(len(payload) % 2)
    return Part(kind, raw, 8, 8 + len(payload))


def _append(parts: list[Part], part: Part) -> None:
    if len(parts) == PARTS_MAX:
        raise _broken()
    parts.append(part)


def _broken() -> PhotoError:
    return PhotoError(
        Words(
            "This picture is incomplete or damaged, so its recipe cannot be read or written. "
            "Choose the original file."
        )
    )
