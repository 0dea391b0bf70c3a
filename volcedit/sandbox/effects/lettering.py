"""Text drawn onto a picture: the words a prompt asks for, and the watermark."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from volcedit.sandbox.effects import canvas
from volcedit.sandbox.effects.canvas import Variation

_FONT = Path(__file__).with_name("fonts") / "NotoSansSC-subset.otf"
# Lines may break before any hanzi, kana, hangul or full-width character. Other words stay whole.
_TOKENS = re.compile(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+|\s+")
_ELLIPSIS = "…"
_MAX_CHARACTERS = 800


def load_font(size_px: int) -> ImageFont.FreeTypeFont:
    """The sandbox's only font, with Latin letters and simplified hanzi."""
    return ImageFont.truetype(_FONT, size_px)


def written(image: Image.Image, words: str, variation: Variation) -> Image.Image:
    """The picture with the words in large letters, always entirely inside it.

    The seed sets position, colour and slant. Long texts shrink, then wrap, then end in an ellipsis.
    """
    width, height = image.size
    font, lines = _fitted(
        _printable(words),
        (0.84 * width, 0.36 * height),
        largest_px=round(0.20 * min(width, 1.4 * height)),
        smallest_px=round(0.03 * height),
        max_lines=6,
    )
    letters, outline = Image.new("L", image.size), Image.new("L", image.size)
    place = (
        width * (0.5 + 0.03 * (variation.between(0, 2) - 1)),
        height * variation.pick([0.80, 0.22, 0.78, 0.50, 0.24]),
    )
    for mask, stroke in ((letters, 0), (outline, max(2, round(font.size / 18)))):
        ImageDraw.Draw(mask).multiline_text(
            place,
            "\n".join(lines),
            255,
            font,
            anchor="mm",
            align="center",
            spacing=font.size * 0.18,
            stroke_width=stroke,
        )
    slant = variation.between(1, 4) * (1 if variation.turn < 0.5 else -1)
    letters, outline = (
        mask.rotate(slant, Image.Resampling.BICUBIC, center=place) for mask in (letters, outline)
    )
    ink, rim = variation.pick(
        [
            ((255, 255, 255), (24, 24, 30)),
            ((255, 214, 40), (60, 20, 10)),
            ((230, 40, 50), (255, 246, 232)),
            ((40, 210, 255), (10, 20, 70)),
            ((255, 110, 180), (60, 6, 50)),
        ]
    )
    shadow = canvas.scaled(canvas.blurred(outline, font.size / 12), 0.75)
    shaded = canvas.cover(image, shadow, (0, 0, 0))
    return canvas.cover(canvas.cover(shaded, outline, rim), letters, ink)


def watermarked(image: Image.Image, words: str, position: int, opacity: float) -> Image.Image:
    """The picture with a small line of text in a corner.

    `position` is 0 … 3 for bottom right, bottom left, top left, top right, and `opacity` 0 … 1, as
    in the vendor's API [V]. White letters with a dark rim are legible on anything. Long text
    shrinks, then ends in an ellipsis, so that it always stays inside the picture.
    """
    width, height = image.size
    size_px = max(18, round(0.034 * min(image.size)))
    margin = round(0.7 * size_px)
    rim = max(1, size_px // 10)
    font, lines = _fitted(
        _printable(words),
        (width - 2 * (margin + rim), height),
        largest_px=size_px,
        smallest_px=12,
        max_lines=1,
    )
    text = lines[0] if lines else ""
    left, top, right, bottom = font.getbbox(text)
    x = (width - margin - rim - right) if position in (0, 3) else margin + rim - left
    y = (height - margin - rim - bottom) if position in (0, 1) else margin + rim - top
    for colour, stroke in (((0, 0, 0), rim), ((255, 255, 255), 0)):
        mask = Image.new("L", image.size)
        ImageDraw.Draw(mask).text((x, y), text, 255, font, stroke_width=stroke)
        image = canvas.cover(image, canvas.scaled(mask, opacity), colour)
    return image


def _printable(words: str) -> str:
    """The words on one line, without unprintable characters and cut to a maximum length."""
    return "".join(c for c in " ".join(words[:_MAX_CHARACTERS].split()) if c.isprintable())


def _fitted(
    words: str,
    box: tuple[float, float],
    *,
    largest_px: int,
    smallest_px: int,
    max_lines: int,
) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest font in which the words fit the box (width, height), and their lines."""
    size_px = largest_px
    while True:
        font = load_font(size_px)
        room = min(max_lines, max(1, int(box[1] / (1.35 * size_px))))
        # One line over is enough to know that it does not fit; the text may be very long.
        lines = list(islice(_wrapped(words, font, box[0]), room + 1))
        if len(lines) <= room:
            return font, lines
        if size_px <= smallest_px:
            return font, [*lines[: room - 1], _shortened(lines[room - 1], font, box[0])]
        size_px = max(smallest_px, int(size_px * 0.88))


def _wrapped(words: str, font: ImageFont.FreeTypeFont, width: float) -> Iterator[str]:
    """Lines no wider than `width`. Words wider than that are broken."""
    line = ""
    for token in _TOKENS.findall(words):
        if font.getlength(line + token) <= width:
            line += token
            continue
        if line.strip():
            yield line.strip()
        line = token.lstrip()
        while font.getlength(line) > width and len(line) > 1:
            fitting = max(1, _fitting(line, font, width))
            yield line[:fitting]
            line = line[fitting:]
    if line.strip():
        yield line.strip()


def _fitting(line: str, font: ImageFont.FreeTypeFont, width: float) -> int:
    """How many leading characters of the line fit into `width`."""
    return bisect_right(
        range(1, len(line) + 1), width, key=lambda count: font.getlength(line[:count])
    )


def _shortened(line: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """The line with an ellipsis appended, shortened to make room for it."""
    return line[: _fitting(line, font, width - font.getlength(_ELLIPSIS))] + _ELLIPSIS
