"""Small picture files of every kind, some damaged or odd, and ways to inspect them."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from volcedit.errors import PhotoError
from volcedit.service.client import read_photo
from volcedit.words import say

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
FORMATS = ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"]
KINDS = {"WEBP": "WebP"}  # how sentences spell it, if different


def encode(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width, height, depth, colour_type, row, extra=b""):
    """A PNG written by hand: Pillow writes neither 16-bit RGB nor a false size."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    pixels = zlib.compress((b"\0" + row) * height)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def noise(width, height, seed=1):
    return Image.frombytes(
        "RGB", (width, height), random.Random(seed).randbytes(width * height * 3)
    )


def quadrants(size=(64, 32)):
    """Red and green above blue and white."""
    image = Image.new("RGB", (2, 2))
    image.putdata([RED, GREEN, BLUE, WHITE])
    return image.resize(size, Image.Resampling.NEAREST)


def corners(image):
    """The colours at the centres of the four quadrants in reading order, one letter each."""
    w, h = image.size
    places = [
        (w // 4, h // 4),
        (w * 3 // 4, h // 4),
        (w // 4, h * 3 // 4),
        (w * 3 // 4, h * 3 // 4),
    ]
    return "".join(nearest(image.convert("RGB").getpixel(place)) for place in places)


def nearest(pixel):
    colours = {"R": RED, "G": GREEN, "B": BLUE, "W": WHITE}
    return min(
        colours, key=lambda c: sum(abs(a - b) for a, b in zip(colours[c], pixel, strict=True))
    )


def is_close(pixel, expected, tolerance=4):
    pixel, expected = (v if isinstance(v, tuple) else (v,) for v in (pixel, expected))
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, expected, strict=True))


def said(reading):
    assert all(str(words) and say("zh", words) for words in reading.changes)
    return " ".join(str(words) for words in reading.changes)


def refusal_of(source):
    with pytest.raises(PhotoError) as caught:
        read_photo(source)
    assert say("zh", caught.value.words)
    return str(caught.value.words)


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def mpo():
    return encode(quadrants(), "MPO", save_all=True, append_images=[noise(64, 32)])


# What the quadrants R G / B W look like after each EXIF orientation, worked out on paper.
UPRIGHT = {
    1: "RGBW",
    2: "GRWB",
    3: "WBGR",
    4: "BWRG",
    5: "RBGW",
    6: "BRWG",
    7: "WGBR",
    8: "GWRB",
}


def translucent_red(mode):
    return Image.new("RGBA", (32, 32), (255, 0, 0, 128)).convert(mode)


def profile_of(space, size=200):
    return bytes(16) + space + bytes(size - 20)


def assert_reads_as_itself(reading):
    again = read_photo(reading.photo.data)
    assert again.photo == reading.photo
    assert again.changes == ()
