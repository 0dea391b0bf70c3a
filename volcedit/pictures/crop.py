"""Crops uploads to an aspect: services reject long pictures, and people want squares."""

from __future__ import annotations

import io
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

from volcedit.errors import ParameterError
from volcedit.pictures.opening import UPLOAD_MAX_BYTES
from volcedit.pictures.photos import PhotoLimits, check_shape
from volcedit.pictures.pixels import encode_jpeg, open_upload
from volcedit.types import Words

ASPECTS = ("1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "3:1", "1:3")


def crop_photo(
    source: str | Path | bytes, aspect: str, position: float, limits: PhotoLimits
) -> bytes:
    """Crop an upload, upright, to the largest part with `aspect`, one of `ASPECTS`.

    `position`, 0 … 1, is where that part lies along the cropped side: 0 left or top, 0.5 the
    middle. A JPEG stays a JPEG; anything else becomes a lossless PNG, or a JPEG if the PNG would be
    too large to read back. Deterministic. Raises `ParameterError` or `PhotoError`.
    """
    across, down = _read_aspect(aspect)
    if not isinstance(position, (int, float)) or not 0 <= position <= 1:  # also false for NaN
        raise ParameterError("position", Words("The position must be 0 to 1."))
    upload = open_upload(source)
    # The longer side is rounded down, so 3:1 is never exceeded.
    unit = min(upload.image.width / across, upload.image.height / down)
    width_px, height_px = _fit(across, down, unit)
    check_shape(width_px, height_px, limits)
    left = round((upload.image.width - width_px) * position)
    top = round((upload.image.height - height_px) * position)
    part = upload.image.crop((left, top, left + width_px, top + height_px))
    if upload.kind != "JPEG":
        profile, file = upload.profile, _Bounded()
        del upload  # frees the whole picture
        with suppress(OverflowError):
            part.save(file, "PNG", icc_profile=profile)
            return file.getvalue()
        return encode_jpeg(part.convert("RGB"), profile)
    return encode_jpeg(part, upload.profile)


class _Bounded(io.BytesIO):
    """A file that ends the writing of more than can be read back."""

    def write(self, data: Any, /) -> int:
        """Raises `OverflowError`."""
        if self.tell() + len(memoryview(data)) > UPLOAD_MAX_BYTES:
            raise OverflowError
        return super().write(data)


def _fit(across: int, down: int, unit: float) -> tuple[int, int]:
    """(width_px, height_px) of that aspect in whole pixels, never longer than it."""
    if across >= down:
        height_px = max(1, math.floor(unit * down + 1e-9))
        return max(1, math.floor(min(unit, height_px / down) * across + 1e-9)), height_px
    height_px, width_px = _fit(down, across, unit)
    return width_px, height_px


def _read_aspect(aspect: str) -> tuple[int, int]:
    if aspect not in ASPECTS:
        raise ParameterError(
            "aspect",
            Words("Choose an aspect: {aspects}.", aspects=list(ASPECTS)),
        )
    across, down = aspect.split(":")
    return int(across), int(down)
