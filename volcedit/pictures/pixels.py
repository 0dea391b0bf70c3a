"""Normalizes pixels to what people see: upright, 8 bits per channel, grey or RGB, on white.

Each step is a no-op, and reports nothing, when it is not needed.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from PIL import Image, ImageCms

from volcedit.pictures.opening import Picture, converting, decode, guarded, read_bytes
from volcedit.types import Words

STRIP_PIXELS = 1_000_000
QUALITY = 95  # of a JPEG without a size limit
PROFILE_MAX_BYTES = 1_000_000  # so that a colour profile alone never uses up the size limit
THUMBNAIL_QUALITY = 75
THUMBNAIL_PROFILE_MAX_BYTES = 10_000  # Display P3 has 548, the usual sRGB 3,144

_PROFILE_SPACES = {"L": b"GRAY", "RGB": b"RGB "}  # ICC.1:2022, 7.2.6


@dataclass(frozen=True)
class Upload:
    """A picture of any shape, opened for editing."""

    image: Image.Image
    """Upright. PNG and JPEG keep their mode; others are L or RGB."""
    kind: str
    """"JPEG", "PNG", "TIFF" …"""
    profile: bytes
    """The ICC profile of `image`; empty if none fits."""


def open_upload(source: str | Path | bytes) -> Upload:
    """Open a file, or its bytes, without preparing it for sending. Raises `PhotoError`."""
    data = read_bytes(source)
    with converting():
        picture = decode(data)
        if picture.kind in ("JPEG", "PNG"):
            image, profile = picture.image, picture.profile
            profile = profile if len(profile) <= PROFILE_MAX_BYTES else b""
        else:
            image, profile = simplify(picture, [])
    return Upload(image, picture.kind, profile)


def open_picture(data: bytes) -> Image.Image:
    """Open a picture as people see it: upright, on white, RGB. Raises `PhotoError`.

    Meant for results, which may be larger than uploads.
    """
    with converting():
        image, _ = simplify(decode(data), [])
        return image if image.mode == "RGB" else image.convert("RGB")


def make_thumbnail(data: bytes, side_px: int) -> bytes:
    """A small upright JPEG whose longer side is at most `side_px`. Raises `PhotoError`."""
    with guarded():
        image, profile = simplify(decode(data, draft_px=side_px), [])
        image.thumbnail((side_px, side_px))
        is_small = len(profile) <= THUMBNAIL_PROFILE_MAX_BYTES
        return encode_jpeg(image, profile if is_small else b"", THUMBNAIL_QUALITY)


def encode_jpeg(image: Image.Image, profile: bytes, quality: int = QUALITY) -> bytes:
    """Encode as JPEG, with the ICC profile unless it is empty. Deterministic."""
    buffer = io.BytesIO()
    # The empty comment keeps Pillow from copying the upload's. subsampling=0 is 4:4:4.
    image.save(buffer, "JPEG", quality=quality, subsampling=0, icc_profile=profile, comment=b"")
    return buffer.getvalue()


def simplify(picture: Picture, changes: list[Words]) -> tuple[Image.Image, bytes]:
    """(the image in mode L or RGB, its ICC profile if it still fits).

    Adds a sentence to `changes` for each step that changed something.
    """
    if picture.has_more_frames:
        changes.append(Words("Only the first frame or page is used."))
    if picture.was_turned:
        changes.append(Words("Rotated according to its EXIF orientation."))
    profile = picture.profile
    image = _to_8_bits(picture.image, picture.depth, changes)
    image = _flatten(image, changes)
    image = _to_rgb(image, profile, changes)
    fits = profile[16:20] == _PROFILE_SPACES[image.mode] and len(profile) <= PROFILE_MAX_BYTES
    return image, profile if fits else b""


def _to_8_bits(image: Image.Image, depth: int, changes: list[Words]) -> Image.Image:
    if image.mode not in ("1", "I", "F") and not image.mode.startswith("I;16") and depth == 8:
        return image
    changes.append(Words("Reduced to 8 bits per channel."))
    if image.mode.startswith("I;16"):
        return _in_strips(
            image, lambda strip: strip.convert("I").point(lambda level: level / 256).convert("L")
        )
    if image.mode in ("I", "F"):
        # The file does not say which value is white: take the smallest usual one that is not
        # exceeded.
        _, brightest = cast("tuple[float, float]", image.getextrema())  # single-channel image
        white = next((level for level in (1, 255, 65535) if brightest <= level), brightest)
        return _in_strips(
            image, lambda strip: strip.point(lambda level: level * (255 / white)).convert("L")
        )
    return image.convert("L") if image.mode == "1" else image


def _flatten(image: Image.Image, changes: list[Words]) -> Image.Image:
    if not image.has_transparency_data:
        return image
    changes.append(Words("Transparent areas filled with white."))
    mode = "L" if image.mode in ("L", "LA") else "RGB"

    def flatten(strip: Image.Image) -> Image.Image:
        white = Image.new("RGBA", strip.size, "white")
        return Image.alpha_composite(white, strip.convert("RGBA")).convert(mode)

    return _in_strips(image, flatten)


def _to_rgb(image: Image.Image, profile: bytes, changes: list[Words]) -> Image.Image:
    if image.mode in _PROFILE_SPACES:
        return image
    changes.append(Words("Converted to RGB."))
    if image.mode == "CMYK" and profile:
        try:
            inks = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            screen = ImageCms.createProfile("sRGB")
            transform = ImageCms.buildTransform(inks, screen, "CMYK", "RGB")
            return _in_strips(image, transform.apply)
        except (ImageCms.PyCMSError, OSError):
            pass  # an unusable profile counts as none
    return _in_strips(image, lambda strip: strip.convert("RGB"))


def _in_strips(image: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """`convert(image)`, made strip by strip: each step of it takes the memory of one strip only."""
    rows = max(1, STRIP_PIXELS // image.width)
    whole: Image.Image | None = None
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(image.height, top + rows))
        strip = convert(image.crop(box))
        if whole is None:
            whole = Image.new(strip.mode, image.size)
            whole.info = strip.info
        whole.paste(strip, box)
    return image if whole is None else whole
