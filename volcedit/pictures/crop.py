"""Uploads cut to an aspect: a service takes nothing too long, and people want squares."""

from __future__ import annotations

import io
import math
from pathlib import Path

from volcedit.errors import ParameterError
from volcedit.pictures.opening import UPLOAD_MAX_BYTES
from volcedit.pictures.photos import PhotoLimits, check_shape
from volcedit.pictures.pixels import encode_jpeg, open_upload
from volcedit.types import Words

ASPECTS = ("1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "3:1", "1:3")


def crop_photo(
    source: str | Path | bytes, aspect: str, position: float, limits: PhotoLimits
) -> bytes:
    """A file with the largest part of an upload that has `aspect`, one of `ASPECTS`, upright.

    `position`, 0 … 1, is where it lies along the side that is cut: 0 left or top, 0.5 the middle.
    What was a JPEG stays one; all else becomes a lossless PNG, unless that would be too large to be
    read again. The same bytes every time. Raises `ParameterError` or `PhotoError`.
    """
    across, down = _read_aspect(aspect)
    if not isinstance(position, (int, float)) or not 0 <= position <= 1:  # NaN fails, too
        raise ParameterError(
            "position", Words("The position must be 0 to 1.", "位置须在 0 到 1 之间。")
        )
    upload = open_upload(source)
    # Rounded down in the longer side: 3:1 never becomes more.
    unit = min(upload.image.width / across, upload.image.height / down)
    width_px, height_px = _fit(across, down, unit)
    check_shape(width_px, height_px, limits)
    left = round((upload.image.width - width_px) * position)
    top = round((upload.image.height - height_px) * position)
    part = upload.image.crop((left, top, left + width_px, top + height_px))
    if upload.kind != "JPEG":
        file = io.BytesIO()
        part.save(file, "PNG", icc_profile=upload.profile)
        if file.tell() <= UPLOAD_MAX_BYTES:
            return file.getvalue()
        part = part.convert("RGB")
    return encode_jpeg(part, upload.profile)


def _fit(across: int, down: int, unit: float) -> tuple[int, int]:
    """(width_px, height_px) of that aspect, of whole pixels and never longer than it."""
    if across >= down:
        height_px = max(1, math.floor(unit * down + 1e-9))
        return max(1, math.floor(min(unit, height_px / down) * across + 1e-9)), height_px
    height_px, width_px = _fit(down, across, unit)
    return width_px, height_px


def _read_aspect(aspect: str) -> tuple[int, int]:
    if aspect not in ASPECTS:
        raise ParameterError(
            "aspect",
            Words(
                f"Choose an aspect: {', '.join(ASPECTS)}.", f"请选择比例：{'、'.join(ASPECTS)}。"
            ),
        )
    across, down = aspect.split(":")
    return int(across), int(down)
