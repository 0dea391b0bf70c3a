"""Prepares uploads for sending, within the limits of a service.

An upload is sent unchanged whenever the service accepts it. Otherwise it becomes a JPEG in fixed
steps. Each step is a no-op, and reports nothing, when it is not needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from volcedit.errors import PhotoError
from volcedit.pictures.opening import converting, decode, read_bytes, refusal
from volcedit.pictures.pixels import QUALITY, encode_jpeg, simplify
from volcedit.types import Photo, Words, digest

PHOTO_MIN_SIDE_PX = 16  # our own limit; anything smaller is not a photo
TOO_LONG = "too_long"
"""The code of the error for a picture that only has to be cropped."""
QUALITIES = (QUALITY, 90, 85)  # if the last is still too large, the picture is scaled down


@dataclass(frozen=True)
class PhotoLimits:
    """The limits that a service sets on photos."""

    max_bytes: int
    max_side_px: int
    max_ratio: int
    """Long side divided by short side."""


@dataclass(frozen=True)
class Reading:
    """An upload, ready to send."""

    photo: Photo
    changes: tuple[Words, ...]
    """One sentence per change. Empty if `photo` holds the upload's own bytes."""


def read_photo(source: str | Path | bytes, limits: PhotoLimits) -> Reading:
    """Read a photo from a file, or its bytes, and fit it to `limits`.

    JPEG and PNG within the limits keep their bytes. Everything else becomes a JPEG,
    deterministically. Raises `PhotoError`.
    """
    data = read_bytes(source)
    changes: list[Words] = []
    with converting():
        picture = decode(data)
        check_shape(*picture.size, limits)
        image, profile = simplify(picture, changes)
        kind, media_type = picture.kind, picture.media_type
        del picture  # frees the unsimplified image
        image = _scale_down(image, limits, changes)
        if changes or kind not in ("JPEG", "PNG") or len(data) > limits.max_bytes:
            if kind != "JPEG":
                changes.append(Words("Converted from {kind} to JPEG.", kind=kind))
            data, image = _compress(image, profile, len(data), limits, changes)
            media_type = "image/jpeg"
    photo = Photo(data, media_type, image.width, image.height, digest(data))
    return Reading(photo, tuple(changes))


def check_shape(width_px: int, height_px: int, limits: PhotoLimits) -> None:
    """Raise `PhotoError` if a picture is too small or too long, which has the code `TOO_LONG`."""
    short, long = sorted((width_px, height_px))
    if short < PHOTO_MIN_SIDE_PX:
        raise refusal(
            Words(
                "This picture is {width_px}×{height_px} px; both sides must have at least "
                "{photo_min_side_px}. Choose a larger one.",
                width_px=width_px,
                height_px=height_px,
                photo_min_side_px=PHOTO_MIN_SIDE_PX,
            ),
        )
    if long > limits.max_ratio * short:
        raise PhotoError(
            Words(
                "This picture is {width_px}×{height_px} px; the service takes at most "
                "{max_ratio}:1. Crop its long side to {most_px} px or less.",
                width_px=width_px,
                height_px=height_px,
                max_ratio=limits.max_ratio,
                most_px=limits.max_ratio * short,
            ),
            code=TOO_LONG,
        )


def _scale_down(image: Image.Image, limits: PhotoLimits, changes: list[Words]) -> Image.Image:
    if max(image.size) <= limits.max_side_px:
        return image
    scaled = _resize(image, limits.max_side_px)
    was, now = f"{image.width}×{image.height}", f"{scaled.width}×{scaled.height}"
    changes.append(
        Words(
            "Scaled from {was} to {now} px (the service takes at most {max_side_px}).",
            was=was,
            now=now,
            max_side_px=limits.max_side_px,
        )
    )
    return scaled


def _compress(
    image: Image.Image,
    profile: bytes,
    upload_bytes: int,
    limits: PhotoLimits,
    changes: list[Words],
) -> tuple[bytes, Image.Image]:
    """(a JPEG within the limit, its image)."""
    for quality in QUALITIES:
        jpeg = encode_jpeg(image, profile, quality)
        if len(jpeg) <= limits.max_bytes:
            break
    smaller = image
    while len(jpeg) > limits.max_bytes:
        share = min(0.95, math.sqrt(limits.max_bytes / len(jpeg)))
        smaller = _resize(image, int(max(smaller.size) * share))
        jpeg = encode_jpeg(smaller, profile, QUALITIES[-1])
    if upload_bytes > limits.max_bytes or quality != QUALITIES[0]:
        limit, size = f"{limits.max_bytes / 1e6:g} MB", f"{smaller.width}×{smaller.height}"
        changes.append(Words("Compressed to fit {limit}, at {size} px.", limit=limit, size=size))
    return jpeg, smaller


def _resize(image: Image.Image, long_px: int) -> Image.Image:
    """Scale the longer side to `long_px`. The other is rounded up: 3:1 never gets longer."""
    width_px, height_px = (-(-side * long_px // max(image.size)) for side in image.size)
    return image.resize((width_px, height_px), Image.Resampling.LANCZOS)
