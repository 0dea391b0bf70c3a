"""How effects go together, and how strongly they show."""

import zlib
from collections.abc import Collection

from PIL import Image

from volcedit.sandbox.effects.canvas import Variation
from volcedit.sandbox.effects.lettering import written
from volcedit.sandbox.effects.table import EFFECTS


def apply_effects(
    photo: Image.Image, names: Collection[str], words: str, *, seed: int, scale: float
) -> Image.Image:
    """The RGB photo with the named effects, in their own order.

    `names` are keys of `EFFECTS`, and `words` is what `TEXT` writes; `seed` ≥ 0 decides everything
    random; `scale` is 0 (the photo as it is) … 1 (the full effect), and the higher it is, the less
    the result looks like the photo.
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
    """How much of the effect is mixed in: 0 → 0, 0.5 → 0.875, 1 → 1, always rising.

    Not the scale itself, because a sketch mixed half and half with its photo looks like
    neither, and one half is the vendor's default [V].
    """
    return 1 - (1 - scale) ** 3
