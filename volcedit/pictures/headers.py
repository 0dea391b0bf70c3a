"""What a picture's file says of itself: its size, and what decoding it will take.

Nothing is decoded, and a file of 10 MB takes a few milliseconds. Pillow must not be asked: opening
a WebP already makes room for its pixels, and hostile metadata keeps Pillow busy for minutes. The
estimates are measured (`tests/benchmarks/bench_decoding.py`) and rather high. Whoever finds a file
that they do not fit is stopped by the limits of `workers.process`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from volcedit.pictures.directories import ORIENTATION, read_directory

PARTS_MAX = 65_536
"""Chunks, segments, strips or frames: more are in no real file."""

_NS = 1e-9
_JPEG_MARKER = re.compile(rb"\xff[\xc0-\xfe]")
_JPEG_NEXT = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")  # in a scan, 00 and RST belong to the data
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
_ARITHMETIC = frozenset(range(0xC9, 0xD0))
_SOS, _EOI, _APP1 = 0xDA, 0xD9, 0xE1
_BARE = frozenset(range(0xD0, 0xDA))  # without a length
_EXIF = b"Exif\0\0"


@dataclass
class Header:
    """The size of a picture, and estimates of what decoding and converting it takes."""

    width_px: int = 0
    """As stored; 0 if the file does not say."""
    height_px: int = 0
    orientation: int = 1
    memory_bytes: float = 0.0
    """At most, besides the file itself."""
    cpu_s: float = 0.0
    parts: int = 0
    """Chunks, segments, blocks or strips, in thousands of which Pillow is slow."""

    @property
    def pixels(self) -> int:
        """The number of pixels."""
        return self.width_px * self.height_px

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px, upright."""
        size = self.width_px, self.height_px
        return size[::-1] if 5 <= self.orientation <= 8 else size

    def add_pixels(self, memory_bytes: float, cpu_ns: float) -> None:
        """Count the pixels, each of which takes that much."""
        self.memory_bytes += self.pixels * memory_bytes
        self.cpu_s += self.pixels * cpu_ns * _NS

    def add_exif(self, exif: bytes) -> None:
        """Count Exif, which is read as a whole for its orientation."""
        directory = read_directory(exif.removeprefix(_EXIF))
        self.orientation = directory.number(ORIENTATION, 1)
        # Read twice. The values stay in memory.
        self.memory_bytes += directory.values_bytes + len(exif)
        self.cpu_s += (2 * directory.values_bytes + len(exif)) * _NS


def read_header(data: bytes, kind: str) -> Header:
    """The header of `data`, which begins like a file of that kind, as far as it can be read."""
    readers = {
        "JPEG": _read_jpeg,
        "PNG": _read_png,
        "WebP": _read_webp,
        "BMP": _read_bmp,
        "TIFF": _read_tiff,
        "GIF": _read_gif,
    }
    return readers[kind](data)


# ── JPEG ─────────────────────────────────────────────────────────────────────────────────────


def _read_jpeg(data: bytes) -> Header:
    """ITU-T T.81, annex B."""
    header = Header()
    at, frame = 2, b""
    scans: list[bytes] = []
    exif: list[bytes] = []
    pattern = _JPEG_MARKER
    while header.parts <= PARTS_MAX and (match := pattern.search(data, at)):
        if not scans:
            header.cpu_s += (match.start() - at) * 500 * _NS  # Pillow skips junk byte by byte
        header.parts += 1
        code, at = match[0][1], match.end()
        if code == _EOI and scans:
            break
        if code in _BARE:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        payload = data[at + 2 : at + length]
        at += max(2, length)
        if code in _SOF:
            frame = bytes([code]) + payload
        elif code == _APP1 and payload.startswith(_EXIF):
            exif.append(payload.removeprefix(_EXIF))
            header.cpu_s += len(exif) * len(payload) * _NS  # Pillow joins them one by one
        elif code == _SOS:
            scans.append(payload)
            pattern = _JPEG_NEXT
    header.add_exif(b"".join(exif))
    _add_frame(header, frame, scans, len(data))
    return header


def _add_frame(header: Header, frame: bytes, scans: list[bytes], file_bytes: int) -> None:
    if len(frame) < 7:
        return
    code = frame[0]
    header.height_px, header.width_px = (int.from_bytes(frame[n : n + 2], "big") for n in (2, 4))
    parts = [frame[at : at + 3] for at in range(7, len(frame) - 2, 3)]
    areas = {it[0]: (it[1] >> 4) * (it[1] & 15) for it in parts}
    largest = max(areas.values(), default=1) or 1
    blocks = {it: header.pixels / 64 * area / largest for it, area in areas.items()}
    is_grey = len(areas) == 1
    is_inks = len(areas) == 4
    held = 1 if is_grey else 4
    is_copied = is_inks or 2 <= header.orientation <= 8
    header.add_pixels(0, 15 if is_grey else 60 if is_inks else 30)
    visits = sum(sum(blocks.get(it, 0) for it in scan[1:9:2]) for scan in scans)
    coefficients = 0.0
    if code in _PROGRESSIVE or len(scans) > 1:
        coefficients = 128 * sum(blocks.values())
        header.cpu_s += visits * 60 * _NS
    # Coefficients are freed before the picture is rotated, or its inks are converted.
    copy = held * header.pixels if is_copied else 0
    header.memory_bytes += held * header.pixels + max(coefficients, copy)
    header.cpu_s += file_bytes * (200 if code in _ARITHMETIC else 15) * _NS


# ── PNG ──────────────────────────────────────────────────────────────────────────────────────

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def _read_png(data: bytes) -> Header:
    """PNG, third edition, 5 and 11."""
    header, at = Header(), 8
    while at + 12 <= len(data) and header.parts <= PARTS_MAX:
        header.parts += 1
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name == b"IHDR" and length == 13:
            _add_png_pixels(header, data[at + 8 : at + 21])
        elif name == b"eXIf":
            header.add_exif(data[at + 8 : at + 8 + length])
        elif name == b"iCCP":
            header.cpu_s += 0.005  # Pillow unpacks at most a megabyte of each
        elif name == b"IEND":
            break
        at += 12 + length
    header.cpu_s += header.parts * 12_000 * _NS + len(data) * 5 * _NS
    return header


def _add_png_pixels(header: Header, head: bytes) -> None:
    header.width_px, header.height_px = (int.from_bytes(head[n : n + 4], "big") for n in (0, 4))
    depth, kind, is_interlaced = head[8], head[9], head[12] == 1
    channels = _CHANNELS.get(kind, 4)
    held = (2 if depth == 16 else 1) if channels == 1 else 4
    made = 1 if channels == 1 and kind == 0 else 4
    inflated = channels * depth / 8
    header.add_pixels(held + made, 20 + inflated * (10 if is_interlaced else 5))


# ── WebP ─────────────────────────────────────────────────────────────────────────────────────


def _read_webp(data: bytes) -> Header:
    """RFC 9649, 2.5 to 2.7."""
    header, at = Header(), 12
    while at + 8 <= len(data) and header.parts <= PARTS_MAX:
        header.parts += 1
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        head = data[at + 8 : at + 18]
        sides = 0, 0
        if name == b"VP8X":
            sides = 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:], "little")
        elif name == b"VP8 ":
            across, down = (int.from_bytes(head[n : n + 2], "little") for n in (6, 8))
            sides = across & 0x3FFF, down & 0x3FFF
        elif name == b"VP8L":
            bits = int.from_bytes(head[1:5], "little")
            sides = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        elif name == b"EXIF":
            header.add_exif(data[at + 8 : at + 8 + length])
        if not header.width_px:
            header.width_px, header.height_px = sides
        at += 8 + length + length % 2
    # Two canvases, a copy of one, the picture, and a lossless decoder's own.
    header.add_pixels(20, 60)
    header.cpu_s += len(data) * 60 * _NS
    return header


# ── BMP ──────────────────────────────────────────────────────────────────────────────────────


def _read_bmp(data: bytes) -> Header:
    """BITMAPCOREHEADER, or any that begins as BITMAPINFOHEADER does."""
    header, is_packed = Header(), False
    if int.from_bytes(data[14:18], "little") == 12:
        sides = [int.from_bytes(data[at : at + 2], "little") for at in (18, 20)]
    else:
        sides = [int.from_bytes(data[at : at + 4], "little", signed=True) for at in (18, 22)]
        is_packed = int.from_bytes(data[30:34], "little") in (1, 2)
    header.width_px, header.height_px = map(abs, sides)
    header.add_pixels(8, 25)
    if is_packed:  # in run lengths, which Pillow decodes in Python
        header.add_pixels(3, 120)
        header.cpu_s += len(data) * 500 * _NS
    return header


# ── TIFF ─────────────────────────────────────────────────────────────────────────────────────


def _read_tiff(data: bytes) -> Header:
    """TIFF 6.0, sections 8 and 15."""
    header, directory = Header(), read_directory(data)
    header.width_px, header.height_px = directory.number(256), directory.number(257)
    header.orientation = directory.number(ORIENTATION, 1)
    depth, samples = directory.number(258, 1), max(1, directory.number(277, 1))
    header.parts = directory.count(273, 324)
    # Pillow keeps the values of all tags, and reads them four times.
    header.memory_bytes += directory.values_bytes
    header.cpu_s += directory.values_bytes * 4 * _NS + header.parts * 25_000 * _NS
    held = 4 if samples > 1 or depth == 32 else 2 if depth == 16 else 1
    turned = 2 if 2 <= header.orientation <= 8 else 1
    header.add_pixels(max(held * turned, held + 4 if held > 1 or samples > 1 else 2), 25)
    across, down = directory.number(322), directory.number(323)
    if across and down:
        tiles = -(-header.width_px // across) * -(-header.height_px // down)
        area, areas = across * down, across * down * tiles
    else:
        rows = min(header.height_px, directory.number(278, header.height_px))
        area, areas = header.width_px * rows, header.pixels
    sample_bytes = samples * max(8, depth) / 8
    header.memory_bytes += area * sample_bytes
    header.cpu_s += areas * sample_bytes * 10 * _NS
    if directory.number(259) in (6, 7):  # JPEG, with scans of its own
        header.cpu_s += areas * min(100, data.count(b"\xff\xda")) / max(1, header.parts) * _NS
    return header


# ── GIF ──────────────────────────────────────────────────────────────────────────────────────

_BLOCKS_A_PART = 8  # they have at most 255 bytes


def _read_gif(data: bytes) -> Header:
    """GIF89a, up to the second frame, for which Pillow looks."""
    header = Header()
    header.width_px, header.height_px = (int.from_bytes(data[n : n + 2], "little") for n in (6, 8))
    at = 13 + _palette_bytes(data[10:11])
    frames = blocks = 0
    while at < len(data) and blocks <= _BLOCKS_A_PART * PARTS_MAX:
        kind, at = data[at], at + 1
        if kind == 0x2C:
            frames += 1
            if frames == 2:
                break
            left, top, width, height = (
                int.from_bytes(data[n : n + 2], "little") for n in range(at, at + 8, 2)
            )
            header.width_px = max(header.width_px, left + width)
            header.height_px = max(header.height_px, top + height)
            at += 10 + _palette_bytes(data[at + 8 : at + 9])
        elif kind == 0x21:
            is_comment = data[at : at + 1] == b"\xfe"
            at += 1
            start = blocks
            at, blocks = _skip_blocks(data, at, blocks)
            if is_comment:  # joined block by block
                header.cpu_s += (blocks - start) ** 2 * 255 / 2 * _NS / 4
            continue
        elif kind == 0x3B:
            break
        else:
            continue
        at, blocks = _skip_blocks(data, at, blocks)
    header.parts = -(-blocks // _BLOCKS_A_PART)
    header.add_pixels(6, 30)
    header.cpu_s += blocks * 1_500 * _NS
    return header


def _palette_bytes(flags: bytes) -> int:
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 128 else 0


def _skip_blocks(data: bytes, at: int, blocks: int) -> tuple[int, int]:
    """(the end of the data blocks at `at`, `blocks` plus their number)."""
    while at < len(data) and data[at] and blocks <= _BLOCKS_A_PART * PARTS_MAX:
        at += 1 + data[at]
        blocks += 1
    return at + 1, blocks
