"""Hand-drawn effects: pencil, ink, comic, anime, oil, watercolour.

Each takes an RGB picture and a `Variation` and returns an RGB picture of the same size.
"""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from volcedit.sandbox.effects import canvas
from volcedit.sandbox.effects.canvas import Variation
from volcedit.sandbox.effects.lettering import load_font


def pencil_sketch(image: Image.Image, variation: Variation) -> Image.Image:
    """Graphite lines and hatching on paper; the seed rotates the hatching and tints the paper."""
    gray = image.convert("L")
    lines = _dodged(gray, canvas.blurred(gray, 9))
    lines = canvas.tone(lines, lambda v: v**2.2)
    angle = math.pi * variation.turn
    hatching = canvas.streaks(variation.rng, image.size, angle, 90, 2.6)
    crossing = canvas.streaks(variation.rng, image.size, angle + 1.1, 70, 2.6)
    shade = canvas.tone(canvas.blurred(gray, 3), lambda v: max(0.0, 0.78 - v) ** 1.2)
    depth = canvas.tone(canvas.blurred(gray, 3), lambda v: 1.2 * max(0.0, 0.4 - v))
    lines = _drawn_over(lines, hatching, shade)
    lines = _drawn_over(lines, crossing, depth)
    paper = variation.pick([(252, 248, 238), (240, 243, 248), (246, 233, 212), (236, 240, 232)])
    lead = variation.pick([(38, 38, 44), (30, 36, 58), (58, 40, 30), (24, 24, 24)])
    return canvas.grain(canvas.mapped(lines, [(0, lead), (1, paper)]), variation.rng, 0.10)


def ink_wash(image: Image.Image, variation: Variation) -> Image.Image:
    """Chinese ink painting: washes, a few dry lines, bare paper at the edges, a red seal."""
    small = image.reduce(2)
    gray = canvas.simplified(small, 4).convert("L").resize(image.size)
    wash = canvas.tone(canvas.blurred(gray, 2.0), lambda v: 0.16 + 0.92 * v**0.62)
    pools = canvas.clouds(variation.rng, image.size, 260)
    wash = ImageChops.add(wash, canvas.scaled(pools, 0.26, -20))
    strokes = canvas.edges(image.convert("L"), 3.4, 20, 2)
    dry = canvas.streaks(variation.rng, image.size, variation.angle, 60, 3)
    strokes = ImageChops.multiply(strokes, canvas.scaled(dry, 1.1, 90))
    wash = ImageChops.subtract(wash, strokes)
    rim = canvas.field(image.size, lambda x, y: 20 * x * (1 - x) * y * (1 - y))
    bare = ImageChops.subtract(canvas.inverted(rim), canvas.scaled(pools, 0.7))
    wash = ImageChops.lighter(wash, canvas.scaled(bare, 1.5))
    paper = variation.pick([(247, 241, 226), (240, 238, 230), (250, 236, 210)])
    painted = canvas.mapped(wash, [(0, (22, 24, 30)), (0.5, (118, 120, 122)), (1, paper)])
    return _sealed(canvas.grain(painted, variation.rng, 0.12), variation)


def comic(image: Image.Image, variation: Variation) -> Image.Image:
    """Flat strong colours, ink outlines and a halftone screen; the seed sets its angle."""
    flat = canvas.simplified(image.reduce(2), 3).resize(image.size, Image.Resampling.BICUBIC)
    flat = canvas.saturated(canvas.tone(flat, lambda v: v**0.62), 1.5)
    flat = canvas.lean(canvas.tone(flat, _steps(5)), variation, 1.0)
    gray = canvas.blurred(image.convert("L"), 1.2)
    screen = _dot_screen(image.size, 9 + 5 * variation.turn, math.pi * variation.turn)
    shadow = canvas.tone(gray, lambda v: 0.85 - 1.2 * v)
    dots = ImageChops.subtract(shadow, screen)
    dots = canvas.scaled(dots, 14)
    ink = variation.pick([(20, 18, 60), (70, 10, 40), (8, 44, 60)])
    shaded = Image.composite(ImageChops.multiply(flat, canvas.solid(image.size, ink)), flat, dots)
    shaded = Image.blend(flat, shaded, 0.7)
    highlight = ImageChops.subtract(canvas.tone(gray, lambda v: 1.6 * v - 0.95), screen)
    shaded = canvas.cover(shaded, canvas.scaled(highlight, 3), (255, 252, 235))
    return canvas.cover(shaded, canvas.edges(gray, 3.4, 34, 3), (12, 10, 18))


def anime(image: Image.Image, variation: Variation) -> Image.Image:
    """Clean shading in a few steps, thin lines, airy light from the seed's side."""
    small = canvas.simplified(canvas.simplified(image.reduce(2), 4), 3)
    flat = small.resize(image.size, Image.Resampling.BICUBIC)
    gray = flat.convert("L")
    steps = canvas.blurred(canvas.tone(gray, _steps(6)), 2.5)
    shading = ImageChops.subtract(steps, gray, 1, 128)
    flat = ImageChops.add(flat, Image.merge("RGB", [shading] * 3), 1, -128)
    flat = canvas.tone(flat, lambda v: 0.03 + v**0.78)
    flat = canvas.saturated(flat, 1.55)
    line = variation.pick([(70, 44, 60), (44, 50, 84), (64, 54, 40)])
    drawn = canvas.cover(flat, canvas.edges(image.convert("L"), 2.6, 30, 3), line)
    glow = canvas.ramp(image.size, variation.angle)
    colour = variation.pick([(255, 196, 190), (150, 214, 255), (255, 226, 150), (206, 190, 255)])
    drawn = canvas.light(drawn, canvas.tone(glow, lambda v: 0.5 * v**2.4), colour)
    return canvas.bloom(drawn, 0.78, 24, 0.35)


def oil_painting(image: Image.Image, variation: Variation) -> Image.Image:
    """Thick strokes along the contours, lit from the side; the seed turns loose strokes."""
    small = canvas.simplified(canvas.simplified(image.reduce(2), 4), 3)
    bristles = _bristles(small.convert("L"), variation)
    # Simplify the colours as well, so that edges follow the brush rather than the lens.
    flat = canvas.saturated(canvas.tone(small, canvas.s_curve(0.25)), 1.45)
    flat = flat.resize(image.size, Image.Resampling.BICUBIC)
    bristles = bristles.resize(image.size, Image.Resampling.BICUBIC)
    relief = ImageChops.subtract(bristles, ImageChops.offset(bristles, 2, 2), 2.6, 128)
    tonal = canvas.scaled(bristles, 0.30, 128 - 0.30 * 128)
    flat = ImageChops.overlay(flat, Image.merge("RGB", [tonal] * 3))
    flat = ImageChops.hard_light(flat, Image.merge("RGB", [relief] * 3))
    return canvas.lean(flat, variation, 0.9)


def watercolour(image: Image.Image, variation: Variation) -> Image.Image:
    """Thin, granulating washes that end in a wet edge and leave the border of the paper bare."""
    small = canvas.simplified(canvas.simplified(image.reduce(2), 4), 2)
    flat = small.resize(image.size, Image.Resampling.BICUBIC)
    flat = canvas.saturated(canvas.tone(flat, lambda v: 0.14 + 0.90 * v**0.62), 1.5)
    flat = canvas.cover(flat, canvas.edges(image.convert("L"), 2.4, 12, 3), (96, 84, 84))
    pools = canvas.clouds(variation.rng, image.size, 200)
    thin = canvas.tone(flat, lambda v: 0.42 + 0.58 * v)
    flat = Image.composite(thin, flat, canvas.scaled(pools, 0.8))
    gray = flat.convert("L")
    rims = canvas.scaled(canvas.edges(gray, 4, 12, 1), 0.6)
    flat = ImageChops.multiply(flat, Image.merge("RGB", [canvas.inverted(rims)] * 3))
    tooth = canvas.soft_noise(variation.rng, image.size, 3.2).filter(ImageFilter.EMBOSS)
    tooth = canvas.scaled(tooth, 0.28, 128 - 0.28 * 128)
    wet = _wet_edge(image.size, variation)
    rim = canvas.tone(wet, lambda v: 0.22 * max(0.0, 1 - abs(v - 0.5) / 0.14))
    flat = ImageChops.multiply(flat, Image.merge("RGB", [canvas.inverted(rim)] * 3))
    paper = variation.pick([(252, 250, 244), (247, 249, 252), (253, 247, 234)])
    flat = Image.composite(flat, canvas.solid(image.size, paper), canvas.tone(wet, _step_at_half))
    return ImageChops.overlay(flat, Image.merge("RGB", [tooth] * 3))


def _dodged(gray: Image.Image, soft: Image.Image) -> Image.Image:
    """Gray divided by its blurred self: white paper except for the lines."""
    ratio = np.asarray(gray, np.float32) / (np.asarray(soft, np.float32) + 1)
    return Image.fromarray((np.minimum(ratio, 1) * 255).astype(np.uint8))


def _drawn_over(lines: Image.Image, texture: Image.Image, shade: Image.Image) -> Image.Image:
    """Lines with strokes of `texture` over them; the higher `shade`, the denser."""
    strokes = ImageChops.add(texture, canvas.inverted(shade), 1, 30)
    strokes = canvas.tone(strokes, lambda v: (v - 0.55) / 0.42)
    return ImageChops.multiply(lines, strokes)


def _steps(count: int) -> Callable[[float], float]:
    """A tone curve of `count` flat steps with soft risers."""

    def curve(value: float) -> float:
        place = value * count
        step = math.floor(place)
        rise = min(1.0, max(0.0, (place - step - 0.35) / 0.3))
        return (step + rise * rise * (3 - 2 * rise)) / count

    return curve


def _step_at_half(value: float) -> float:
    return (value - 0.46) / 0.08


def _dot_screen(size: canvas.Size, pitch_px: float, angle: float) -> Image.Image:
    """A mask of round bumps, `pitch_px` apart, on a grid rotated by `angle` (radians)."""
    k = 2 * math.pi / pitch_px
    x = np.arange(size[0], dtype=np.float32) * k
    y = np.arange(size[1], dtype=np.float32)[:, np.newaxis] * k
    cos, sin = math.cos(angle), math.sin(angle)
    # Expand cos(a + b): the cosines are then of one row and one column, not of the whole picture.
    first = np.cos(x * cos) * np.cos(y * sin) - np.sin(x * cos) * np.sin(y * sin)
    second = np.cos(x * sin) * np.cos(y * cos) + np.sin(x * sin) * np.sin(y * cos)
    return Image.fromarray(((first + second + 2) * 63.7).astype(np.uint8))


def _bristles(gray: Image.Image, variation: Variation) -> Image.Image:
    """A mask of brush strokes that follow the contours of a gray picture."""
    coarse = canvas.blurred(gray, 3).reduce(8)
    down, right = np.gradient(np.asarray(coarse, np.float32))
    # An edge has an orientation but no direction, so average at twice the angle. In featureless
    # areas the seed's angle wins.
    loose = 12.0
    wild = _smooth(np.asarray(2 * down * right)) + loose * math.sin(2 * variation.angle)
    tame = _smooth(np.asarray(right * right - down * down)) + loose * math.cos(2 * variation.angle)
    along = 0.5 * np.arctan2(wild, tame) + math.pi / 2
    directions = 6
    nearest = np.round(along / (math.pi / directions)).astype(int) % directions
    strokes = Image.new("L", gray.size, 128)
    for index in range(directions):
        here = Image.fromarray(((nearest == index) * 255).astype(np.uint8)).resize(gray.size)
        texture = canvas.streaks(variation.rng, gray.size, index * math.pi / directions, 26, 2.2)
        strokes.paste(texture, mask=here)
    return strokes


def _smooth(values: np.ndarray) -> np.ndarray:
    """Each value averaged with its eight neighbours."""
    padded = np.pad(values, 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    return np.asarray(windows.mean((2, 3)))


def _wet_edge(size: canvas.Size, variation: Variation) -> Image.Image:
    """A mask whose 50 % contour is the ragged edge of a wash."""
    lumps = np.asarray(canvas.clouds(variation.rng, (640, 640), 150).reduce(4), np.float32) / 255

    def value(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        border = np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y))
        return np.asarray(border * 11 + 0.8 * (lumps - 0.3))

    return canvas.field(size, value)


def _sealed(image: Image.Image, variation: Variation) -> Image.Image:
    """The picture with a small red seal in a lower corner."""
    side = max(24, min(image.size) // 14)
    margin = side
    left = margin if variation.turn < 0.5 else image.width - margin - side
    top = image.height - margin - side - round(side * variation.between(0, 2))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((left, top, left + side, top + side), side // 9, fill=(178, 36, 30))
    middle = (left + side / 2, top + side / 2)
    draw.text(middle, "墨", (250, 240, 226), load_font(round(side * 0.74)), anchor="mm")
    return image
