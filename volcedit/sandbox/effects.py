"""The effects the sandbox knows, in the order they are applied, and how they go together."""

import zlib
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from PIL import Image

from volcedit.sandbox import daylight, grading, lettering, painting, printing, weather
from volcedit.sandbox.canvas import Variation

Draw = Callable[[Image.Image, Variation], Image.Image]

TEXT = "text"
"""The name of the one effect that also needs words; it is always the last."""

EFFECTS: Mapping[str, Draw] = MappingProxyType(
    {
        # A style redraws everything, so it comes before what is to be seen through it.
        "pencil sketch": painting.pencil_sketch,
        "ink wash painting": painting.ink_wash,
        "comic": painting.comic,
        "anime": painting.anime,
        "oil painting": painting.oil_painting,
        "watercolor": painting.watercolour,
        "pixel art": printing.pixel_art,
        "mosaic": printing.mosaic,
        "stained glass": printing.stained_glass,
        "pop art": printing.pop_art,
        "neon": printing.neon,
        "vintage": printing.vintage,
        "black and white": printing.black_and_white,
        "sepia": printing.sepia,
        # The hour, then the weather in that light.
        "sunset": daylight.sunset,
        "golden hour": daylight.golden_hour,
        "night": daylight.night,
        "starry night": daylight.starry_night,
        "northern lights": daylight.aurora,
        "fireworks": daylight.fireworks,
        "autumn": weather.autumn,
        "cherry blossom": weather.cherry_blossom,
        "rainbow": weather.rainbow,
        "fog": weather.fog,
        "rain": weather.rain,
        "snow": weather.snow,
        "lightning": weather.lightning,
        # The darkroom, with focus after colour.
        "warmer": grading.warmer,
        "cooler": grading.cooler,
        "pink": grading.tint(0.92, 0.50),
        "red": grading.tint(0.0, 0.85),
        "orange": grading.tint(0.055, 0.88),
        "golden": grading.tint(0.09, 0.78),
        "green": grading.tint(0.36, 0.65),
        "blue": grading.tint(0.60, 0.72),
        "purple": grading.tint(0.76, 0.62),
        "vivid": grading.vivid,
        "muted": grading.muted,
        "pastel": grading.pastel,
        "brighter": grading.brighter,
        "darker": grading.darker,
        "more contrast": grading.more_contrast,
        "inverted": grading.invert,
        "sharper": grading.sharpen,
        "blur": grading.blur,
    }
)


def apply_effects(
    photo: Image.Image, names: Collection[str], words: str, *, seed: int, scale: float
) -> Image.Image:
    """The RGB photo with the named effects, in their own order, then `words` written on it.

    `names` are keys of `EFFECTS` and `TEXT`; `seed` ≥ 0 decides everything random; `scale` is
    0 (the photo as it is) … 1 (the full effect), and never less like the photo when lower.
    """
    edited = photo
    for name, draw in EFFECTS.items():
        if name in names:
            edited = draw(edited, Variation.of(seed, zlib.crc32(name.encode())))
    if TEXT in names:
        edited = lettering.written(edited, words, Variation.of(seed, zlib.crc32(TEXT.encode())))
    return Image.blend(photo, edited, strength(scale))


def strength(scale: float) -> float:
    """How much of the effect is mixed in: 0 → 0, 0.5 → 0.875, 1 → 1, rising all the way.

    Not the scale itself, because a sketch mixed half and half with its photo looks like
    neither, and one half is the vendor's default [V].
    """
    return 1 - (1 - scale) ** 3
