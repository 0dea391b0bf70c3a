"""Darkroom effects: warmth, tints, brightness, contrast, saturation, focus.

None of them scatters anything, so the seed varies the light, the hue or the focus; otherwise every
seed would give the same picture. Each takes an RGB picture and a `Variation` and returns an RGB
picture of the same size.
"""

import colorsys
import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from volcedit.sandbox.effects import canvas
from volcedit.sandbox.effects.canvas import Variation


def warmer(image: Image.Image, variation: Variation) -> Image.Image:
    """Towards candlelight."""
    warm = canvas.gains(image, 1.16, 1.01, 0.70)
    return _side_lit(
        canvas.light(warm, _veil(image, 0.10), (255, 130, 40)), variation, (255, 150, 40)
    )


def cooler(image: Image.Image, variation: Variation) -> Image.Image:
    """Towards shade and moonlight."""
    cool = canvas.gains(image, 0.76, 0.98, 1.20)
    return _side_lit(
        canvas.light(cool, _veil(image, 0.10), (60, 140, 255)), variation, (70, 170, 255)
    )


def tint(hue: float, saturation: float = 0.75) -> Callable[[Image.Image, Variation], Image.Image]:
    """An effect that tints the photo: hue 0 … 1 (red, green at 1/3, blue at 2/3), saturation 0 … 1.

    The seed turns the light and shifts the hue only slightly, so pink stays pink.
    """

    def dyed(image: Image.Image, variation: Variation) -> Image.Image:
        own = hue + 0.03 * math.sin(variation.angle)
        other = own + 0.035
        gray = canvas.tone(image.convert("L"), canvas.s_curve(0.2))
        stops = [
            [
                (0.0, _hsv(h, saturation, 0.10)),
                (0.5, _hsv(h, saturation, 0.82)),
                (1.0, _hsv(h, 0.12, 1)),
            ]
            for h in (own, other)
        ]
        side = canvas.ramp(image.size, variation.angle)
        dye = Image.composite(canvas.mapped(gray, stops[0]), canvas.mapped(gray, stops[1]), side)
        return canvas.lean(Image.blend(image, dye, 0.72), variation, 1.4)

    return dyed


def brighter(image: Image.Image, variation: Variation) -> Image.Image:
    """More light, mostly in the shadows."""
    lifted = canvas.tone(image, lambda v: min(1.0, 1.06 * v**0.62))
    return _side_lit(lifted, variation, (255, 246, 226), 0.45)


def darker(image: Image.Image, variation: Variation) -> Image.Image:
    """Less light, fading away from the seed's side."""
    dim = canvas.tone(image, lambda v: 0.62 * v**1.25)
    shade = canvas.tone(canvas.ramp(image.size, variation.angle), lambda v: 0.45 + 0.65 * v)
    return ImageChops.multiply(dim, Image.merge("RGB", [shade] * 3))


def more_contrast(image: Image.Image, variation: Variation) -> Image.Image:
    """Deeper shadows, brighter highlights, more punch in the midtones."""
    punchy = canvas.saturated(canvas.tone(image, canvas.s_curve(1.15)), 1.1)
    soft = canvas.blurred(image, 30)
    punchy = ImageChops.add(punchy, ImageChops.subtract(image, soft, 2.2, 128), 1, -128)
    return canvas.lean(punchy, variation, 1.3)


def less_contrast(image: Image.Image, variation: Variation) -> Image.Image:
    """Lifted shadows and dimmed highlights."""
    flat = canvas.tone(image, lambda v: 0.5 + 0.5 * (v - 0.5))
    return canvas.lean(flat, variation, 1.1)


def dehaze(image: Image.Image, variation: Variation) -> Image.Image:
    """Without the veil that hides the distance: the darkest becomes black, the colours full.

    The veil is what even the darkest channel has around each place (the dark channel prior), so a
    photo without haze loses little.
    """
    darkest = np.asarray(image).min(axis=2)
    around = Image.fromarray(darkest).reduce(4).filter(ImageFilter.MinFilter(9))
    veil = canvas.scaled(canvas.blurred(around.resize(image.size), 30), 0.72)
    pixels = np.asarray(image, np.float32)
    haze = np.asarray(veil, np.float32)[..., np.newaxis]
    clear = np.clip((pixels - haze) * (255 / (255 - haze)), 0, 255).astype(np.uint8)
    return canvas.lean(canvas.saturated(Image.fromarray(clear), 1.25), variation, 1.1)


def vivid(image: Image.Image, variation: Variation) -> Image.Image:
    """Poster colours."""
    rich = canvas.saturated(canvas.tone(image, canvas.s_curve(0.3)), 2.0)
    return canvas.lean(rich, variation, 1.1)


def muted(image: Image.Image, variation: Variation) -> Image.Image:
    """Faded colours and lifted blacks."""
    faded = canvas.tone(canvas.saturated(image, 0.34), lambda v: 0.12 + 0.80 * v)
    return canvas.lean(faded, variation, 1.2)


def pastel(image: Image.Image, variation: Variation) -> Image.Image:
    """Pale and creamy, with a wash of two soft colours."""
    pale = canvas.saturated(canvas.tone(image, lambda v: 0.46 + 0.54 * v**0.8), 1.15)
    first = canvas.solid(image.size, _hsv(variation.turn, 0.45, 1))
    second = canvas.solid(image.size, _hsv(variation.turn + 0.4, 0.45, 1))
    wash = Image.composite(first, second, canvas.ramp(image.size, variation.angle))
    pale = Image.blend(pale, ImageChops.multiply(canvas.tone(pale, lambda v: v**0.6), wash), 0.45)
    return canvas.bloom(pale, 0.7, 24, 0.35)


def blur(image: Image.Image, variation: Variation) -> Image.Image:
    """Out of focus with swelling highlights, sharpest at a point set by the seed."""
    place = (0.5 + 0.3 * math.cos(variation.angle), 0.5 + 0.26 * math.sin(variation.angle))
    soft = canvas.bloom(canvas.blurred(image, 9), 0.6, 40, 0.35)
    far = canvas.blurred(image, 22)
    blurry = Image.composite(soft, far, canvas.halo(image.size, place, 0.8))
    return canvas.lean(blurry, variation, 1.2)


def sharpen(image: Image.Image, variation: Variation) -> Image.Image:
    """Crisp edges and clear texture."""
    crisp = image.filter(ImageFilter.UnsharpMask(2.2, 190, 2))
    clear = ImageChops.add(
        crisp, ImageChops.subtract(image, canvas.blurred(image, 24), 2.5, 128), 1, -128
    )
    return canvas.lean(clear, variation, 1.1)


def invert(image: Image.Image, variation: Variation) -> Image.Image:
    """A negative; the seed sets its dyes."""
    shift = 0.16 * math.sin(variation.angle)
    negative = canvas.gains(ImageChops.invert(image), 1 - shift, 1, 1 + shift)
    return canvas.lean(negative, variation, 1.0)


def _side_lit(
    image: Image.Image, variation: Variation, colour: canvas.Colour, amount: float = 0.38
) -> Image.Image:
    """The picture with coloured light from the seed's side."""
    mask = canvas.tone(canvas.ramp(image.size, variation.angle), lambda v: amount * v * v)
    return canvas.light(canvas.lean(image, variation, 0.3), mask, colour)


def _veil(image: Image.Image, amount: float) -> Image.Image:
    """A uniform mask."""
    return Image.new("L", image.size, round(255 * amount))


def _hsv(hue: float, saturation: float, value: float) -> canvas.Colour:
    parts = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    red, green, blue = (int(np.rint(255 * part)) for part in parts)
    return red, green, blue
