"""Effects that turn the photo into another medium: pixels, tiles, glass, prints, old film, neon.

Each takes an RGB picture and a `Variation` and returns an RGB picture of the same size.
"""

import colorsys
import math

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from volcedit.sandbox.effects import canvas
from volcedit.sandbox.effects.canvas import Colour, Variation


def pixel_art(image: Image.Image, variation: Variation) -> Image.Image:
    """Big square pixels in a few colours, dithered; the seed sets their size and the light."""
    cell = 7 + round(5 * variation.turn)
    columns, rows = math.ceil(image.width / cell), math.ceil(image.height / cell)
    small = image.resize((columns, rows), Image.Resampling.BOX)
    small = canvas.saturated(canvas.tone(small, canvas.s_curve(0.45)), 1.45)
    small = canvas.lean(small, variation, 1.6)
    small = small.filter(ImageFilter.UnsharpMask(1.2, 90, 2))
    palette = small.quantize(20, Image.Quantize.MEDIANCUT)
    small = small.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).convert("RGB")
    large = small.resize((columns * cell, rows * cell), Image.Resampling.NEAREST)
    return large.crop((0, 0, *image.size))


def mosaic(image: Image.Image, variation: Variation) -> Image.Image:
    """Small stone tiles with bevels and grout; the seed sets their size and colours."""
    tile = 12 + round(7 * variation.turn)
    columns, rows = math.ceil(image.width / tile), math.ceil(image.height / tile)
    small = canvas.lean(image.resize((columns, rows), Image.Resampling.BOX), variation, 1.2)
    small = canvas.saturated(canvas.tone(small, canvas.s_curve(0.3)), 1.4)
    stones: np.ndarray = np.asarray(small, np.float32)
    stones = stones * variation.rng.uniform(0.80, 1.18, (rows, columns, 1))
    stones = stones + variation.rng.uniform(-9, 9, (rows, columns, 3))
    small = Image.fromarray(np.clip(stones, 0, 255).astype(np.uint8))
    large = small.resize((columns * tile, rows * tile), Image.Resampling.NEAREST)
    place = np.arange(tile)
    bevel = np.full((tile, tile), 128, np.int32)
    bevel[1:3, 1:] += 58
    bevel[1:, 1:3] += 40
    bevel[-2:, 1:] -= 48
    bevel[1:, -2:] -= 40
    bevel[place == 0] = bevel[:, place == 0] = 26
    relief = Image.fromarray(np.tile(bevel, (rows, columns)).astype(np.uint8))
    tiled = ImageChops.overlay(large, Image.merge("RGB", [relief] * 3))
    grout = relief.point([255 * (v < 30) for v in range(256)])
    tiled = canvas.cover(tiled, canvas.scaled(grout, 0.8), (58, 52, 48))
    return canvas.grain(tiled.crop((0, 0, *image.size)), variation.rng, 0.12)


def stained_glass(image: Image.Image, variation: Variation) -> Image.Image:
    """Panes of glowing glass set in lead; the seed shapes the panes and places the sun."""
    small = canvas.saturated(image.reduce(2), 1.3)
    panes, lead = _broken(small.size, variation.rng, 17)
    count = panes.max() + 1
    weights = np.bincount(panes.ravel(), minlength=count)
    pixels = np.asarray(small).reshape(-1, 3)
    means = [np.bincount(panes.ravel(), pixels[:, band], count) / weights for band in range(3)]
    colours = np.stack(means, 1) * variation.rng.uniform(0.85, 1.2, (count, 1))
    glass = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8)[panes])
    glass = canvas.saturated(canvas.tone(glass, lambda v: v**0.8), 1.9)
    sun = (0.5 + 0.35 * math.cos(variation.angle), 0.5 + 0.35 * math.sin(variation.angle))
    glow = canvas.halo(glass.size, sun, 0.75)
    glass = ImageChops.overlay(glass, Image.merge("RGB", [canvas.scaled(glow, 0.75, 78)] * 3))
    ripples = canvas.soft_noise(variation.rng, glass.size, 9)
    ripples = canvas.scaled(ripples, 0.16, 108)
    glass = ImageChops.overlay(glass, Image.merge("RGB", [ripples] * 3))
    glass = glass.resize(image.size, Image.Resampling.BICUBIC)
    lead = lead.resize(image.size, Image.Resampling.BICUBIC)
    ridge = canvas.scaled(ImageChops.subtract(lead, ImageChops.offset(lead, 2, 2)), 0.3)
    return canvas.light(canvas.cover(glass, lead, (18, 18, 24)), ridge, (150, 150, 170))


def pop_art(image: Image.Image, variation: Variation) -> Image.Image:
    """Four screen prints of the photo in loud inks; the seed picks the inks."""
    half = (math.ceil(image.width / 2), math.ceil(image.height / 2))
    gray = image.convert("L").resize(half, Image.Resampling.BOX)
    gray = canvas.blurred(_levelled(gray), 1.2)
    gray = canvas.tone(gray, lambda v: (math.floor(v * 4 - 1e-6) + 0.5) / 4)
    gray = canvas.blurred(gray, 0.8)
    first = variation.turn
    sheet = Image.new("RGB", image.size)
    for index, (across, down) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        hue = (first + index * 0.27) % 1
        inks = [
            (0.0, _hue(hue + 0.62, 0.85, 0.28)),
            (0.34, _hue(hue + 0.45, 0.90, 0.86)),
            (0.66, _hue(hue, 0.85, 1.0)),
            (1.0, _hue(hue + 0.14, 0.40, 1.0)),
        ]
        print_ = canvas.mapped(gray, inks)
        sheet.paste(print_, (across * (image.width - half[0]), down * (image.height - half[1])))
    return canvas.grain(sheet, variation.rng, 0.10)


def neon(image: Image.Image, variation: Variation) -> Image.Image:
    """Cyberpunk: a dark two-colour grade, glowing tubes, haze and scan lines."""
    warm, cool = variation.pick(
        [
            ((255, 30, 160), (0, 220, 255)),
            ((255, 90, 20), (60, 80, 255)),
            ((190, 60, 255), (20, 255, 190)),
            ((255, 40, 80), (130, 60, 255)),
        ]
    )
    gray = image.convert("L")
    side = canvas.ramp(image.size, variation.angle)
    dark = [(0, (6, 4, 18)), (0.55, _dim(cool, 0.62)), (1, _light(cool, 0.45))]
    hot = [(0, (12, 2, 20)), (0.55, _dim(warm, 0.62)), (1, _light(warm, 0.45))]
    graded = Image.composite(canvas.mapped(gray, hot), canvas.mapped(gray, dark), side)
    graded = Image.blend(graded, canvas.saturated(canvas.tone(image, lambda v: 0.8 * v), 1.6), 0.22)
    tubes = canvas.edges(canvas.blurred(gray, 1), 4, 30, 2)
    halo = canvas.tone(canvas.blurred(tubes, 12), lambda v: min(1.0, 3.2 * v))
    opposite = canvas.inverted(side)
    for mask, colour in ((side, warm), (opposite, cool)):
        graded = canvas.light(graded, ImageChops.multiply(halo, mask), colour)
        graded = canvas.light(graded, ImageChops.multiply(tubes, mask), _light(colour, 0.5))
    red, green, blue = graded.split()
    shift = 3
    graded = Image.merge("RGB", (ImageChops.offset(red, shift, 0), green, blue))
    return canvas.bloom(_scan_lines(graded), 0.55, 28, 0.55)


def vintage(image: Image.Image, variation: Variation) -> Image.Image:
    """Faded, warm old film with dust, dark corners and a light leak from the seed's side."""
    faded = canvas.tone(
        canvas.saturated(image, 0.72),
        lambda v: 0.10 + 0.86 * v**0.92,
        lambda v: 0.085 + 0.80 * v,
        lambda v: 0.16 + 0.56 * v,
    )
    side = variation.angle
    edge = (0.5 + 0.62 * math.cos(side), 0.5 + 0.62 * math.sin(side))
    leak = canvas.halo(image.size, edge, 0.8)
    colour = variation.pick([(255, 120, 40), (255, 70, 50), (255, 170, 70), (230, 60, 110)])
    faded = canvas.light(canvas.vignette(faded, 0.55), leak, colour)
    dust = canvas.blurred(_dust(image.size, variation.rng), 0.9)
    faded = canvas.cover(faded, canvas.scaled(dust, 2.2), (246, 236, 214))
    return canvas.grain(canvas.lean(faded, variation, 0.6), variation.rng, 0.34)


def black_and_white(image: Image.Image, variation: Variation) -> Image.Image:
    """Black and white film; the seed sets colour filter, paper tone and light."""
    mixes = [(0.75, 0.30, -0.05), (0.15, 0.75, 0.10), (0.10, 0.35, 0.55), (0.40, 0.50, 0.10)]
    mix = variation.pick(mixes)
    gray = image.convert("L", (*mix, 0))
    gray = canvas.tone(gray, canvas.s_curve(variation.between(0.35, 0.75)))
    darks, lights = variation.pick(
        [
            ((6, 6, 8), (250, 250, 248)),
            ((12, 8, 10), (252, 246, 236)),
            ((4, 8, 14), (238, 244, 250)),
        ]
    )
    toned = canvas.mapped(gray, [(0, darks), (1, lights)])
    # Light the gray picture: the light must not add colour.
    side = canvas.scaled(canvas.ramp(image.size, variation.angle), 0.42, 74)
    toned = ImageChops.overlay(toned, Image.merge("RGB", [side] * 3))
    return canvas.grain(canvas.vignette(toned, 0.35), variation.rng, 0.26)


def sepia(image: Image.Image, variation: Variation) -> Image.Image:
    """A brown print with burnt edges; the seed sets its tone and light."""
    gray = canvas.tone(image.convert("L"), canvas.s_curve(0.25))
    shift = variation.turn
    darks = (round(44 + 22 * shift), round(26 + 8 * shift), round(20 - 12 * shift))
    middle = (round(150 + 26 * shift), round(112 + 8 * shift), round(82 - 22 * shift))
    toned = canvas.mapped(gray, [(0, darks), (0.5, middle), (1, (255, 240, 208))])
    toned = canvas.lean(toned, variation, 0.9)
    stains = canvas.clouds(variation.rng, image.size, 420)
    toned = canvas.cover(toned, canvas.scaled(stains, 0.35, -40), (198, 160, 110))
    return canvas.grain(canvas.vignette(toned, 0.6), variation.rng, 0.24)


def _hue(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _dim(colour: Colour, share: float) -> Colour:
    red, green, blue = (round(part * share) for part in colour)
    return red, green, blue


def _light(colour: Colour, share: float) -> Colour:
    red, green, blue = (round(part + (255 - part) * share) for part in colour)
    return red, green, blue


def _levelled(gray: Image.Image) -> Image.Image:
    """Gray, half-way equalized, so that all inks of a print are used.

    A quarter of the pixels falls into each quarter of the range.
    """
    counts = np.cumsum(gray.histogram())
    shares = counts / counts[-1]
    return gray.point([int(127.5 * share + v / 2) for v, share in enumerate(shares)])


def _scan_lines(image: Image.Image) -> Image.Image:
    """The picture on an old screen: two of every four lines are darker."""
    rows = np.where(np.arange(image.height) % 4 < 2, 255, 218).astype(np.uint8)
    lines = Image.fromarray(np.repeat(rows[:, np.newaxis], image.width, 1))
    return ImageChops.multiply(image, Image.merge("RGB", [lines] * 3))


def _dust(size: canvas.Size, rng: np.random.Generator) -> Image.Image:
    """A mask of specks and a few thin vertical scratches."""
    specks = rng.uniform((0, 0), size, (260, 2))
    marks = [specks]
    for _ in range(4):
        top, length = rng.uniform(0, size[1]), rng.uniform(60, 420)
        rows = np.arange(top, top + length)
        drift = np.cumsum(rng.normal(0, 0.12, len(rows)))
        marks.append(np.stack([rng.uniform(0, size[0]) + drift, rows], 1))
    places = np.concatenate(marks)
    return canvas.dots(size, places, np.full(len(places), 200))


def _broken(
    size: canvas.Size, rng: np.random.Generator, pane_px: float
) -> tuple[np.ndarray, Image.Image]:
    """Irregular panes about `pane_px` wide: a pane number per pixel, and the mask of the lead."""
    columns, rows = math.ceil(size[0] / pane_px) + 2, math.ceil(size[1] / pane_px) + 2
    jitter = rng.uniform(0.08, 0.92, (rows, columns, 2)).astype(np.float32)
    x = np.arange(size[0], dtype=np.float32) / pane_px
    y = (np.arange(size[1], dtype=np.float32) / pane_px)[:, np.newaxis]
    column, row = x.astype(int) + 1, y.astype(int) + 1
    nearest = np.full((size[1], size[0]), 9, np.float32)
    second = nearest.copy()
    panes = np.zeros(nearest.shape, np.int32)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            seat_row, seat_column = row + down, column + across
            seats = jitter[np.clip(seat_row, 0, rows - 1), np.clip(seat_column, 0, columns - 1)]
            right = seat_column - 1 + seats[..., 0] - x
            below = seat_row - 1 + seats[..., 1] - y
            distance = np.hypot(right, below).astype(np.float32)
            closer = distance < nearest
            second = np.where(closer, nearest, np.minimum(second, distance))
            nearest = np.where(closer, distance, nearest)
            panes = np.where(closer, seat_row * (columns + 2) + seat_column, panes)
    _, numbered = np.unique(panes, return_inverse=True)
    gap = (second - nearest) * pane_px
    lead = np.clip((2.0 - gap) * 170, 0, 255).astype(np.uint8)
    return numbered.reshape(panes.shape), Image.fromarray(lead)
