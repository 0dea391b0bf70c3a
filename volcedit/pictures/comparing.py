"""Compares two pictures: whether a repeat matches the first, and what an edit touched.

Pillow does all arithmetic on bytes. A difference is 0 … 255 per channel, so every statistic follows
exactly from the histogram.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeVar

import numpy as np
from PIL import Image, ImageChops

from volcedit.pictures.pixels import open_picture
from volcedit.types import Touched, Verdict, VerdictKind

NEAR_DB = 35.0
"""PSNR at which two pictures look alike. A good JPEG reaches it against its source."""
NEAR_SHARE = 0.01
"""In addition, at most this share of pixels may differ by more than `THRESHOLD` in any channel."""
THRESHOLD = 16
"""Of 255. A difference up to this in every channel may be JPEG noise. If the service only resizes a
photograph and saves it as a JPEG of quality 92, at most 1 % of the pixels exceed it."""
BOX_SHARE = 0.95
SAME_ASPECT = 1.05
"""The service's output sizes are closer in aspect than this. Anything further off was cropped."""

T = TypeVar("T")

_VISIBLE = 8
_CELL_PX = 4
_DIM = 0.42  # brightness of the photo under the heat
_HEAT = ((255, 176, 32), (255, 72, 24), (255, 232, 208))
"""From the smallest change to the largest: amber, red, nearly white."""
_JPEG_QUALITY = 82


@dataclass(frozen=True)
class Stability:
    """How the repeats of one recipe compare with their first picture."""

    counts: Mapping[VerdictKind, int] = field(default_factory=dict)
    """Number of repeats per kind, best kind first. Kinds that do not occur are left out."""
    unjudged: int = 0
    """Repeats without a picture, or with nothing to compare it with."""
    worst_psnr_db: float | None = None
    """The lowest PSNR among repeats that differ and have the same size."""

    @property
    def count(self) -> int:
        """The number of repeats."""
        return sum(self.counts.values()) + self.unjudged


def summarize(verdicts: Iterable[Verdict | None]) -> Stability:
    """Summarize verdicts, one per repeat; None is a repeat without a verdict."""
    results = list(verdicts)
    judged = [verdict for verdict in results if verdict is not None]
    counts = Counter(verdict.kind for verdict in judged)
    kinds = sorted(counts, key=[*VerdictKind, *counts].index)
    psnrs = [it.psnr_db for it in judged if it.psnr_db is not None]
    return Stability(
        {kind: counts[kind] for kind in kinds}, len(results) - len(judged), min(psnrs, default=None)
    )


def judge(first: bytes, second: bytes) -> Verdict:
    """Compare two image files. Raises `PhotoError`."""
    if first == second:
        return Verdict(VerdictKind.SAME_BYTES, (0, 0, 0), (0.0, 0.0, 0.0), 0.0, None)
    one, other = open_picture(first), open_picture(second)
    if one.size != other.size:
        return Verdict(VerdictKind.DRIFTED, None, None, 1.0, None)
    difference = ImageChops.difference(one, other)
    channels = np.array(difference.histogram(), dtype=np.int64).reshape(3, 256)
    levels = np.arange(256)
    pixels = one.width * one.height
    largest = _rgb(int(np.flatnonzero(counts)[-1]) for counts in channels)
    mean = _rgb(float(counts @ levels / pixels) for counts in channels)
    if not any(largest):
        return Verdict(VerdictKind.SAME_PIXELS, largest, mean, 0.0, None)
    psnr_db = 10 * math.log10(255**2 * 3 * pixels / int((channels @ levels**2).sum()))
    changed = _share_over_threshold(_max_over_channels(difference))
    return Verdict(_grade(psnr_db, changed), largest, mean, changed, psnr_db)


def _grade(psnr_db: float, changed_share: float) -> VerdictKind:
    """The kind for two pictures of equal size that are not identical."""
    if psnr_db >= NEAR_DB and changed_share <= NEAR_SHARE:
        return VerdictKind.NEAR
    return VerdictKind.DRIFTED


def _rgb(values: Iterable[T]) -> tuple[T, T, T]:
    """Unpack exactly three values, one per channel."""
    red, green, blue = values
    return red, green, blue


def difference_picture(first: bytes, second: bytes) -> bytes:
    """The difference between the two as a PNG of the size of `first`, amplified eightfold.

    `second` is scaled if its size differs. Raises `PhotoError`.
    """
    one, other = open_picture(first), open_picture(second)
    difference = ImageChops.difference(one, _scaled(other, one.size))
    file = io.BytesIO()
    shown = difference.point([min(255, level * _VISIBLE) for level in range(256)] * 3)
    shown.save(file, "PNG", compress_level=1)
    return file.getvalue()


def measure_touched(photo: bytes, picture: bytes) -> Touched:
    """What an edit changed: compares the `photo` that was sent with the `picture` that came back.

    The photo is first resized to the picture as the service does it. Raises `PhotoError`.
    """
    result = open_picture(picture)
    difference = ImageChops.difference(_fitted(open_picture(photo), result.size), result)
    counts = np.array(difference.histogram(), dtype=np.int64)
    mean = float(counts @ np.tile(np.arange(256), 3)) / (3 * result.width * result.height)
    change = _max_over_channels(difference)
    return Touched(1 - _share_over_threshold(change), mean, _bounding_box(change))


def heat_map(photo: bytes, picture: bytes) -> bytes:
    """A JPEG of the size of `picture`: the photo dimmed and grey, with changes in heat colours.

    Pixels that `measure_touched` counts as preserved show no heat. Raises `PhotoError`.
    """
    result = open_picture(picture)
    before = _fitted(open_picture(photo), result.size)
    change = _max_over_channels(ImageChops.difference(before, result))
    grey = before.convert("L").point([round(level * _DIM) for level in range(256)])
    heat = change.copy()
    heat.putpalette(_heat_palette())
    file = io.BytesIO()
    shown = Image.composite(heat.convert("RGB"), grey.convert("RGB"), change.point(_heat_cover()))
    shown.save(file, "JPEG", quality=_JPEG_QUALITY)
    return file.getvalue()


def _fitted(photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`photo` at the size of its edit: scaled and, if the aspect differs, cropped."""
    aspects = photo.width / photo.height, size[0] / size[1]
    if max(aspects) <= SAME_ASPECT * min(aspects):
        return _scaled(photo, size)
    # The largest centred part with the aspect of `size`.
    scale = min(photo.width / size[0], photo.height / size[1])
    width_px, height_px = size[0] * scale, size[1] * scale
    left, top = (photo.width - width_px) / 2, (photo.height - height_px) / 2
    box = (left, top, left + width_px, top + height_px)
    return photo.resize(size, Image.Resampling.LANCZOS, box=box)


def _scaled(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def _max_over_channels(difference: Image.Image) -> Image.Image:
    """Each pixel's largest difference in any channel."""
    return reduce(ImageChops.lighter, difference.split())


def _share_over_threshold(change: Image.Image) -> float:
    """The share (0 … 1) of pixels that differ by more than the threshold."""
    return sum(change.histogram()[THRESHOLD + 1 :]) / (change.width * change.height)


def _bounding_box(change: Image.Image) -> tuple[int, int, int, int] | None:
    """The box around 95 % of the change beyond the threshold, in steps of 4 px.

    Equal shares are left out on opposite sides. Cells are averaged in integers, so JPEG artefacts
    along edges round to zero.
    """
    beyond = change.point([max(0, level - THRESHOLD) for level in range(256)])
    cells = np.asarray(beyond.reduce(_CELL_PX))
    if not cells.any():
        return None
    left, right = _central_range(cells.sum(axis=0, dtype=np.int64))
    top, bottom = _central_range(cells.sum(axis=1, dtype=np.int64))
    return (
        left * _CELL_PX,
        top * _CELL_PX,
        min(right * _CELL_PX, change.width),
        min(bottom * _CELL_PX, change.height),
    )


def _central_range(weights: np.ndarray) -> tuple[int, int]:
    """(first, last + 1) of the range left after dropping a quarter of the 5 % at either end."""
    outside = (1 - BOX_SHARE) / 4 * weights.sum()
    first = int(np.searchsorted(np.cumsum(weights), outside, side="right"))
    last = int(np.searchsorted(np.cumsum(weights[::-1]), outside, side="right"))
    return first, len(weights) - last


def _heat_palette() -> list[int]:
    """The RGB palette, indexed by difference."""
    levels = np.linspace(0, 255, len(_HEAT))
    channels = [np.interp(np.arange(256), levels, channel) for channel in zip(*_HEAT, strict=True)]
    return np.stack(channels, axis=1).round().astype(np.uint8).ravel().tolist()


def _heat_cover() -> list[int]:
    """Opacity of the heat, 0 … 255, indexed by difference: zero up to the threshold."""
    return [
        0 if level <= THRESHOLD else min(255, 110 + (level - THRESHOLD) * 4) for level in range(256)
    ]
