"""Pictures in every format that supports recipes, and recipes to embed."""

from __future__ import annotations

import io
import random
from dataclasses import replace

from PIL import Image

from volcedit.notebook.recipe import Recipe
from volcedit.types import EditParams, PictureFacts, Watermark

KINDS = ("PNG", "JPEG", "WebP")
SHA256 = "55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8"
RECIPE = Recipe(
    PictureFacts(SHA256, "image/jpeg", 30, 20, 5),
    EditParams("make it snow, please", "rain", 7, 0.25),
    "byteedit_v2.0",
    "base64",
    "gateway",
    "h:1",
)


def recipe_with(**params: object) -> Recipe:
    """`RECIPE` with other parameters."""
    return replace(RECIPE, params=replace(RECIPE.params, **params))


def make_picture(
    kind: str, mode: str = "RGB", size: tuple[int, int] = (45, 30), **options
) -> bytes:
    """A picture whose pixels differ from their neighbours."""
    band = Image.linear_gradient("L").resize(size)
    image = Image.merge(mode, [band.rotate(90 * n).resize(size) for n in range(len(mode))])
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# The first and last character of each Unicode plane that has any, without surrogates.
PLANES = [(plane << 16, (plane << 16) + 0xFFFF) for plane in range(17)]
MARKS = '\0\1\t\n\r "\\,:{}<>&\u2028\ufeff\ud7ff\ue000'


def random_text(source: random.Random, most: int) -> str:
    """Up to `most` characters from every plane, and those that files and JSON treat specially."""
    signs = []
    for _ in range(source.randint(0, most)):
        low, high = source.choice(PLANES)
        sign = chr(source.choice([low, high, source.randint(low, high)]))
        signs.append(source.choice(MARKS) if "\ud800" <= sign <= "\udfff" else sign)
    return "".join(signs) + source.choice(MARKS)


def random_recipe(source: random.Random, photo: PictureFacts) -> Recipe:
    """A sendable recipe: every number at one of its bounds or in between."""
    mark = Watermark(
        random_text(source, 30),
        source.choice([0, 1, 2, 3]),
        source.choice([0, 1]),
        source.choice([0.0, 1.0, 5e-324, 0.1, source.random()]),
    )
    params = EditParams(
        random_text(source, 60) + "雪",
        random_text(source, 60),
        source.choice([1, 2147483647, source.randint(1, 2147483647)]),
        source.choice([0.0, 1.0, 5e-324, 1 - 2**-53, source.random()]),
        source.choice([None, mark]),
    )
    model, mode = source.choice(
        [("byteedit_v2.0", "sync"), ("byteedit_v2.0", "async"), ("seededit_v3.0", "async"),
         ("jimeng_i2i_v30", "async")]
    )  # fmt: skip
    if model != "byteedit_v2.0":
        params = replace(params, negative_prompt="")
    if model == "jimeng_i2i_v30" and source.random() < 0.7:
        params = replace(params, width_px=source.choice([512, 2016]), height_px=512)
    delivery = source.choice(["url", "base64"])
    return Recipe(photo, params, model, delivery, "gateway", "gateway.example:8443", mode)
