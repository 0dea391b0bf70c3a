"""Combines effects and sets their strength."""

import zlib
from collections.abc import Collection

from PIL import Image

from volcedit.sandbox.effects.canvas import Variation
from volcedit.sandbox.effects.lettering import written
from volcedit.sandbox.effects.table import EFFECTS


def apply_effects(
    photo: Image.Image, names: Collection[str], words: str, *, seed: int, scale: float
) -> Image.Image:
    """Apply the named effects to an RGB photo, ordered by `Effect.order`.

    `names` are keys of `EFFECTS`; `words` is the text that `TEXT` draws; `seed` ≥ 0 decides
    everything random. `scale` runs from 0 (the unchanged photo) to 1 (the full effect): the higher,
    the less the result looks like the photo.
    """
    edited = photo
    for effect in sorted((EFFECTS[name] for name in set(names)), key=lambda one: one.order):
        variation = Variation.of(seed, zlib.crc32(effect.name.encode()))
        if effect.draw is None:
            edited = written(edited, words, variation)
        else:
            edited = effect.draw(edited, variation)
    return Image.blend(photo, edited, strength(scale))


def strength(scale: float) -> float:
    """How much of the effect to blend in: 0 → 0, 0.5 → 0.875, 1 → 1, strictly increasing.

    Not the scale itself: half a sketch blended with half a photo looks like neither, and 0.5 is the
    vendor's default [V].
    """
    return 1 - (1 - scale) ** 3
