from __future__ import annotations

import io
import math
from pathlib import Path

import pytest
from PIL import Image

from tests.support import PHOTOS
from volcedit import ParameterError, PhotoError, read_photo
from volcedit.pictures import crop
from volcedit.pictures.crop import ASPECTS
from volcedit.service.fields import PHOTO_LIMITS


def crop_photo(source: str | Path | bytes, aspect: str, position: float) -> bytes:
    """Crop within the vendor's limits."""
    return crop.crop_photo(source, aspect, position, PHOTO_LIMITS)


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def columns(width_px: int, height_px: int, mode: str = "L") -> Image.Image:
    """Each pixel's brightness is its column number."""
    image = Image.new(mode, (width_px, height_px))
    image.putdata([x % 256 for _ in range(height_px) for x in range(width_px)])
    return image


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(("position", "first"), [(0, 0), (0.5, 50), (1, 100)])
def test_the_position_selects_the_part_that_stays(position: float, first: int):
    part = opened(crop_photo(file_of(columns(120, 20)), "1:1", position))
    assert part.size == (20, 20)
    assert [part.getpixel((x, 0)) for x in (0, 19)] == [first, first + 19]


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("size", [(451, 300), (100, 700), (1000, 101), (64, 64), (997, 991)])
def test_the_largest_part_with_the_aspect_stays(aspect: str, size: tuple[int, int]):
    across, down = map(int, aspect.split(":"))
    part = opened(crop_photo(file_of(Image.new("RGB", size)), aspect, 0.5))
    short, long = sorted(part.size)
    assert long * min(across, down) <= short * max(across, down)  # 3:1 is never exceeded
    assert abs(part.width * down - part.height * across) < max(across, down) ** 2
    assert any(
        math.isclose(a, b, abs_tol=max(across, down)) for a, b in zip(part.size, size, strict=True)
    )


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_cropped_picture_can_be_sent_unchanged(aspect: str):
    strip = file_of(columns(700, 100), "JPEG")
    with pytest.raises(PhotoError):
        read_photo(strip)
    assert read_photo(crop_photo(strip, aspect, 0.3)).changes == ()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_upright_picture_is_cropped(orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = file_of(columns(90, 30), exif=exif)
    upright = (90, 30) if orientation < 5 else (30, 90)
    part = opened(crop_photo(data, "3:1" if orientation < 5 else "1:3", 0))
    assert part.size == upright
    assert part.getexif().get(0x0112, 1) == 1


def test_cropping_a_png_is_lossless():
    image = Image.open(PHOTOS / "chelsea.png")
    part = opened(crop_photo(PHOTOS / "chelsea.png", "1:1", 0))
    assert part.format == "PNG"
    assert part.tobytes() == image.crop((0, 0, 300, 300)).tobytes()


def test_transparency_stays():
    part = opened(crop_photo(file_of(Image.new("RGBA", (60, 20), (1, 2, 3, 4))), "1:1", 0.5))
    assert part.getpixel((0, 0)) == (1, 2, 3, 4)


def test_a_jpeg_stays_a_jpeg_and_is_the_same_each_time():
    first = crop_photo(PHOTOS / "rocket.jpg", "16:9", 0.25)
    assert opened(first).format == "JPEG"
    assert crop_photo(PHOTOS / "rocket.jpg", "16:9", 0.25) == first


def test_a_tiff_can_be_cropped():
    part = opened(crop_photo(file_of(Image.new("CMYK", (60, 20)), "TIFF"), "1:1", 0.5))
    assert (part.format, part.mode, part.size) == ("PNG", "RGB", (20, 20))


@pytest.mark.parametrize(("side", "passes"), [(16, True), (15, False)])
def test_the_cropped_part_needs_16_pixels_a_side(side: int, passes: bool):
    data = file_of(Image.new("RGB", (90, side)))
    if passes:
        assert opened(crop_photo(data, "1:1", 0.5)).size == (16, 16)
    else:
        with pytest.raises(PhotoError):
            crop_photo(data, "1:1", 0.5)


@pytest.mark.parametrize("position", [-0.1, 1.1, math.nan, math.inf, "0.5", None])
def test_a_position_outside_the_picture_is_rejected(position: object):
    with pytest.raises(ParameterError, match="0 to 1"):
        crop_photo(PHOTOS / "chelsea.png", "1:1", position)


@pytest.mark.parametrize("aspect", ["5:4", "", None, "1:1 "])
def test_an_unknown_aspect_is_rejected(aspect: object):
    with pytest.raises(ParameterError, match="Choose an aspect"):
        crop_photo(PHOTOS / "chelsea.png", aspect, 0.5)


@pytest.mark.parametrize(
    "data", [b"", b"notes", (PHOTOS / "rocket.jpg").read_bytes()[:9999], bytes(10_000_001)]
)
def test_an_incomplete_picture_is_rejected(data: bytes):
    with pytest.raises(PhotoError):
        crop_photo(data, "1:1", 0.5)
