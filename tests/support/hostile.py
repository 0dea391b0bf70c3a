"""Picture files that are small to send and expensive to decode, of every format that is read."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable

from PIL import Image

from tests.support.specimens import chunk, encode, png

MANY = 2_500


def scans(count: int = MANY, size: tuple[int, int] = (4000, 3000)) -> bytes:
    """A progressive JPEG whose last scan is repeated, each time over 187,500 blocks."""
    data = encode(Image.new("L", size, 90), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + b"\xff\xd9"


def large_jpeg(width: int = 9459, height: int = 9459, **options: object) -> bytes:
    """A JPEG of 89 megapixels, unless said otherwise."""
    return encode(Image.new("RGB", (width, height), (9, 90, 200)), "JPEG", **options)


def large_png(
    width: int = 9459, height: int = 9459, depth: int = 8, kind: int = 2, interlaced: bool = False
) -> bytes:
    """A PNG of 89 megapixels in about 260 KB, unless said otherwise."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    sizes = _passes(width, height) if interlaced else [(width, height)]
    packer = zlib.compressobj(1)
    packed = b""
    for across, down in sizes:
        row = bytes(1 + (across * channels * depth + 7) // 8)
        packed += b"".join(packer.compress(row) for _ in range(down if across else 0))
    packed += packer.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    palette = chunk(b"PLTE", bytes(range(6))) if kind == 3 else b""
    body = chunk(b"IHDR", header) + palette + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _passes(width: int, height: int) -> list[tuple[int, int]]:
    """The seven reduced pictures of Adam7."""
    adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    return [
        (-(-(width - x) // across), -(-(height - y) // down))
        for x, y, across, down in [*adam7, (0, 1, 1, 2)]
    ]


def many_chunks(count: int = 700_000) -> bytes:
    """A PNG of 700,000 empty chunks."""
    data = png(16, 16, 8, 0, bytes(16))
    return data[:33] + chunk(b"teST", b"") * count + data[33:]


def texts(count: int = 80, size: int = 1_000_000) -> bytes:
    """A PNG of 80 texts that are a million letters each."""
    packed = zlib.compress(b"x" * size)
    body = b"".join(chunk(b"zTXt", b"k%d\0\0" % n + packed) for n in range(count))
    return png(16, 16, 8, 0, bytes(16), body)


def giant_profile(size: int = 200_000_000) -> bytes:
    """A PNG whose colour profile has 200 MB."""
    packed = zlib.compress(bytes(size), 9)
    return png(16, 16, 8, 2, bytes(48), chunk(b"iCCP", b"p\0\0" + packed))


def tags(count: int, size: int, extra: bytes = b"") -> bytes:
    """A TIFF directory of `count` tags that all hold the same `size` bytes."""
    entries = b"".join(struct.pack("<HHII", 40_000 + n, 7, size, 8) for n in range(count))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", count) + entries + bytes(4) + extra


def exif_in_jpeg(pieces: int = 40) -> bytes:
    """A JPEG with Exif of 2.6 MB in 40 segments, where 5,000 tags hold all of it."""
    exif = tags(5_000, (pieces - 1) * 65_000)
    exif += bytes(pieces * 65_000 - len(exif))
    parts = [exif[at : at + 65_000] for at in range(0, len(exif), 65_000)]
    segments = b"".join(
        b"\xff\xe1" + struct.pack(">H", len(part) + 8) + b"Exif\0\0" + part for part in parts
    )
    return b"\xff\xd8" + segments + encode(Image.new("RGB", (64, 64)), "JPEG")[20:]


def exif_in_png(size: int = 2_000_000) -> bytes:
    """A PNG with Exif of 2 MB, where 5,000 tags hold all of it."""
    exif = tags(5_000, size - 8)
    return png(16, 16, 8, 2, bytes(48), chunk(b"eXIf", exif + bytes(size - len(exif))))


def segments(count: int = 200_000) -> bytes:
    """A JPEG of 200,000 Exif segments, which Pillow joins one by one."""
    data = encode(Image.new("RGB", (64, 64)), "JPEG")
    return data[:2] + (b"\xff\xe1\0\x28Exif\0\0" + bytes(32)) * count + data[2:]


def junk(count: int = 9_000_000) -> bytes:
    """A JPEG with 9 MB of nothing between two segments."""
    data = encode(Image.new("RGB", (64, 64)), "JPEG")
    return data[:20] + bytes(count) + data[20:]


def large_tiff(side: int = 9459, **options: object) -> bytes:
    """A compressed TIFF of 89 megapixels, unless said otherwise."""
    return encode(Image.new("RGB", (side, side)), "TIFF", **options)


def _tiff(entries: list[tuple[int, int, int, int]], rest: bytes) -> bytes:
    """A TIFF by hand, in which `rest` follows the directory."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + bytes(4) + rest


def strips(count: int = 2_000_000) -> bytes:
    """A TIFF of two million strips of one pixel."""
    at = 8 + 2 + 12 * 7 + 4
    entries = [
        *((256, 4, 1, 1), (257, 4, 1, count), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)),
        *((273, 4, count, at), (278, 4, 1, 1)),
    ]
    return _tiff(entries, struct.pack("<I", 8) * count)


def tile(rows: int = 20_000, side: int = 40_000) -> bytes:
    """A TIFF of 16 × 16 px in one deflated tile of 40,000 × 40,000 px, half of which is there."""
    packer = zlib.compressobj(1)
    row = bytes(side)
    packed = b"".join(packer.compress(row) for _ in range(rows)) + packer.flush()
    at = 8 + 2 + 12 * 9 + 4
    entries = [
        *((256, 4, 1, 16), (257, 4, 1, 16), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1)),
        *((322, 4, 1, side), (323, 4, 1, side), (324, 4, 1, at), (325, 4, 1, len(packed))),
    ]
    return _tiff(entries, packed)


def gif_canvas(side: int = 65_000) -> bytes:
    """A GIF whose screen has 4,225 megapixels, and whose only frame has one."""
    data = bytearray(encode(Image.new("P", (1, 1)), "GIF"))
    data[6:10] = struct.pack("<HH", side, side)
    return bytes(data)


def gif_comment(count: int = 39_000) -> bytes:
    """A GIF with a comment of 10 MB, which Pillow joins piece by piece."""
    data = encode(Image.new("P", (16, 16)), "GIF")
    at = data.index(b",")
    return data[:at] + b"!\xfe" + (b"\xff" + b"x" * 255) * count + b"\0" + data[at:]


def gif_blocks(count: int = 4_900_000) -> bytes:
    """A GIF in five million blocks of one byte."""
    data = encode(Image.new("P", (16, 16)), "GIF")
    return data[:-2] + b"\x01x" * count + b"\0;"


def large_gif(side: int = 9459) -> bytes:
    """A GIF of 89 megapixels."""
    return encode(Image.new("P", (side, side)), "GIF")


def large_webp(side: int = 16_383) -> bytes:
    """A lossless WebP that says it has 268 megapixels."""
    data = bytearray(encode(Image.new("RGB", (16, 16)), "WEBP", lossless=True))
    bits = side - 1 | side - 1 << 14
    data[21:25] = struct.pack("<I", bits | data[24] >> 4 << 28)
    return bytes(data)


def webp(side: int = 9459) -> bytes:
    """A real WebP of 89 megapixels."""
    return encode(Image.new("RGB", (side, side)), "WEBP", quality=0, method=0)


def bmp_runs(count: int = 4_900_000) -> bytes:
    """A BMP of 4.9 million runs of one pixel."""
    return _bmp(2213, 2213, b"\x01\x07" * count)


def bmp_lines(side: int = 9459) -> bytes:
    """A BMP of empty lines, filled pixel by pixel."""
    return _bmp(side, side, b"\x01\x07\0\0" * side)


def _bmp(width: int, height: int, packed: bytes) -> bytes:
    """A BMP in RLE8."""
    at = 14 + 40 + 1024
    head = struct.pack("<2sIHHI", b"BM", at + len(packed), 0, 0, at)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(packed), 0, 0, 256, 0)
    return head + info + bytes(1024) + packed


def cmyk(side: int = 7000) -> bytes:
    """A JPEG of inks, 49 megapixels."""
    return encode(Image.new("CMYK", (side, side), (9, 90, 20, 5)), "JPEG")


def noisy(side: int = 4096) -> bytes:
    """A JPEG in which every pixel is different, as hard to compress as any."""
    small = Image.effect_noise((side, side), 120)
    return encode(Image.merge("RGB", [small] * 3), "JPEG", quality=60)


SMALL: dict[str, Callable[[], bytes]] = {
    "JPEG, 2,500 scans": lambda: scans(size=(2048, 2048)),
    "JPEG, Exif over and over": exif_in_jpeg,
    "JPEG, 200,000 segments": segments,
    "JPEG, 9 MB of junk": junk,
    "PNG, 700,000 chunks": many_chunks,
    "PNG, Exif over and over": exif_in_png,
    "TIFF, 2,000,000 strips": strips,
    "TIFF, a tile of 1,600 MP": lambda: tile(rows=1),
    "TIFF, tags over and over": lambda: tags(5_000, 2_000_000, bytes(2_000_000)),
    "GIF, screen of 4,225 MP": gif_canvas,
    "GIF, comment of 10 MB": gif_comment,
    "GIF, 4,900,000 blocks": gif_blocks,
    "WebP, header of 268 MP": large_webp,
    "BMP, 4,900,000 runs": bmp_runs,
    "BMP, 89 MP of empty lines": bmp_lines,
}
"""Those that take little to make. All are refused from their header."""
FILES: dict[str, Callable[[], bytes]] = {
    "JPEG, 2,500 scans": scans,
    "JPEG, 89 MP": large_jpeg,
    "JPEG, 89 MP, progressive": lambda: large_jpeg(progressive=True),
    "JPEG, 49 MP of inks": cmyk,
    "JPEG, 17 MP of noise": noisy,
    "JPEG, Exif over and over": exif_in_jpeg,
    "JPEG, 200,000 segments": segments,
    "JPEG, 9 MB of junk": junk,
    "PNG, 89 MP": large_png,
    "PNG, 89 MP, interlaced": lambda: large_png(interlaced=True),
    "PNG, 89 MP, 16 bits": lambda: large_png(depth=16, kind=6),
    "PNG, 89 MP, grey of 16 bits": lambda: large_png(depth=16, kind=0),
    "PNG, 49 MP, transparent": lambda: large_png(7000, 7000, 8, 6),
    "PNG, 700,000 chunks": many_chunks,
    "PNG, 80 MB of text": texts,
    "PNG, profile of 200 MB": giant_profile,
    "PNG, Exif over and over": exif_in_png,
    "TIFF, 89 MP, LZW": lambda: large_tiff(compression="tiff_lzw"),
    "TIFF, 89 MP, deflate": lambda: large_tiff(compression="tiff_adobe_deflate"),
    "TIFF, 2,000,000 strips": strips,
    "TIFF, a tile of 1,600 MP": tile,
    "TIFF, tags over and over": lambda: tags(5_000, 2_000_000, bytes(2_000_000)),
    "GIF, screen of 4,225 MP": gif_canvas,
    "GIF, 89 MP": large_gif,
    "GIF, comment of 10 MB": gif_comment,
    "GIF, 4,900,000 blocks": gif_blocks,
    "WebP, header of 268 MP": large_webp,
    "WebP, 89 MP": webp,
    "BMP, 4,900,000 runs": bmp_runs,
    "BMP, 89 MP of empty lines": bmp_lines,
}


def _victims() -> list[bytes]:
    """Small pictures of every format and kind, to be mutated."""
    image = Image.effect_noise((48, 32), 90).convert("RGB")
    return [
        encode(image, "JPEG"),
        encode(image, "JPEG", progressive=True),
        encode(image.convert("CMYK"), "JPEG"),
        encode(image, "PNG"),
        encode(image.convert("P"), "PNG", transparency=0),
        encode(image.convert("I;16"), "PNG"),
        large_png(48, 32, interlaced=True),
        *(
            encode(image, "TIFF", compression=it)
            for it in (None, "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits", "tiff_lzma")
        ),
        encode(image.convert("1"), "TIFF", compression="group4"),
        encode(image, "GIF", save_all=True, append_images=[image.rotate(90)]),
        encode(image, "WEBP"),
        encode(image, "WEBP", lossless=True),
        encode(image, "WEBP", save_all=True, append_images=[image.rotate(90)]),
        encode(image, "BMP"),
        _bmp(48, 32, b"\x30\x07\0\0" * 32 + b"\0\1"),
    ]


VICTIMS = _victims()


def mutated(chance: random.Random) -> bytes:
    """A picture with some bytes changed, most of them in its header, moved, repeated or missing."""
    data = bytearray(chance.choice(VICTIMS))
    for _ in range(chance.choice([1, 2, 5, 20])):
        end = len(data) if chance.random() < 0.4 else min(120, len(data))
        at = chance.randrange(4, end)
        match chance.randrange(5):
            case 0 | 1:
                data[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
            case 2:
                data[at : at + 4] = chance.randbytes(4)
            case 3:
                data[at:at] = data[at : at + chance.randrange(1, 300)] * chance.choice([1, 2, 50])
            case _:
                del data[at : at + chance.randrange(1, 40)]
        if len(data) < 130:
            break
    return bytes(data)
