"""Effects that put something in the air: snow, rain, fog, lightning, a rainbow, petals, leaves.

Each takes an RGB picture and a `Variation` and returns an RGB picture of the same size.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from volcedit.sandbox.effects import canvas
from volcedit.sandbox.effects.canvas import Colour, Variation

# (position, length, rotation, squash) → corners of a shape.
_Outline = Callable[[np.ndarray, float, float, float], list[tuple[float, float]]]


def snow(image: Image.Image, variation: Variation) -> Image.Image:
    """A cold day with flakes near and far, and snow lying on upward-facing edges."""
    cold = canvas.gains(canvas.saturated(image, 0.55), 0.90, 0.98, 1.10)
    cold = canvas.tone(cold, lambda v: 0.10 + 0.84 * v)
    lying = _lying_snow(image, variation)
    cold = canvas.cover(cold, lying, (240, 245, 252))
    haze = canvas.clouds(variation.rng, image.size, 380)
    cold = canvas.cover(cold, canvas.scaled(haze, 0.26), (222, 230, 240))
    for count, radius, blur, strength in (
        (2600, 0, 0.9, 4.5),
        (700, 2, 1.1, 1.3),
        (160, 4, 2, 1.2),
    ):
        flakes = _flakes(image.size, variation.rng, count, radius)
        cold = canvas.light(cold, canvas.scaled(canvas.blurred(flakes, blur), strength), (252,) * 3)
    near = canvas.blurred(_flakes(image.size, variation.rng, 22, 15), 7)
    return canvas.light(cold, canvas.scaled(near, 0.62), (250, 252, 255))


def rain(image: Image.Image, variation: Variation) -> Image.Image:
    """A gray downpour: slanted streaks at three depths, wet haze and splashes."""
    wet = canvas.gains(canvas.saturated(image, 0.5), 0.80, 0.88, 0.98)
    wet = canvas.tone(wet, lambda v: 0.05 + 0.80 * v**1.12)
    haze = canvas.clouds(variation.rng, image.size, 300)
    wet = canvas.cover(wet, canvas.scaled(haze, 0.30), (150, 160, 174))
    slant = math.pi / 2 + (0.30 if variation.turn < 0.5 else -0.30) * variation.between(0.6, 1.2)
    for length, width, cut, strength in ((34, 1.5, 0.66, 1.5), (80, 2.4, 0.74, 2.0)):
        drops = canvas.streaks(variation.rng, image.size, slant, length, width)
        drops = canvas.tone(drops, partial(_above, cut, strength))
        wet = canvas.light(wet, drops, (206, 216, 230))
    near = _near_streaks(image.size, variation.rng, slant, 70)
    wet = canvas.light(wet, canvas.scaled(canvas.blurred(near, 1.6), 0.8), (216, 226, 238))
    splashes = canvas.blurred(_splashes(image.size, variation.rng), 0.8)
    return canvas.light(wet, splashes, (220, 228, 240))


def fog(image: Image.Image, variation: Variation) -> Image.Image:
    """Drifting fog, thickest in the distance, with pale light in it; the seed shapes the banks."""
    soft = Image.blend(image, canvas.blurred(image, 7), 0.5)
    soft = canvas.saturated(soft, 0.6)
    banks = canvas.clouds(variation.rng, (image.width, image.height * 2), 620)
    banks = banks.resize(image.size, Image.Resampling.BICUBIC)
    distance = canvas.field(image.size, lambda x, y: 0.86 - 0.45 * y)
    thickness = ImageChops.add(distance, canvas.scaled(banks, 0.75), 1, -100)
    thickness = canvas.tone(thickness, lambda v: 0.16 + 0.80 * v)
    air = variation.pick([(214, 220, 226), (226, 222, 214), (206, 216, 224)])
    fogged = canvas.cover(soft, thickness, air)
    lamp = (0.5 + 0.4 * math.cos(variation.angle), 0.22)
    return canvas.light(
        fogged, canvas.scaled(canvas.halo(image.size, lamp, 0.6), 0.4), (255, 246, 228)
    )


def lightning(image: Image.Image, variation: Variation) -> Image.Image:
    """A dark storm lit by one forked bolt; the seed places and shapes it."""
    storm = canvas.gains(canvas.saturated(image, 0.45), 0.62, 0.66, 0.86)
    storm = canvas.tone(storm, canvas.s_curve(0.3))
    heavy = canvas.clouds(variation.rng, image.size, 420)
    above = canvas.field(image.size, lambda x, y: 1.05 - 1.7 * y)
    storm = canvas.cover(
        storm, ImageChops.multiply(heavy, canvas.scaled(above, 0.95)), (30, 32, 48)
    )
    place = 0.15 + 0.7 * variation.turn
    flash = canvas.halo(image.size, (place, 0.12), 0.62)
    lit = ImageChops.multiply(flash, canvas.scaled(heavy, 0.6, 70))
    storm = canvas.light(storm, lit, (176, 184, 255))
    bolt = _bolt(image.size, variation.rng, place)
    storm = canvas.light(
        storm, canvas.tone(canvas.blurred(bolt, 26), lambda v: 5 * v), (130, 120, 255)
    )
    storm = canvas.light(
        storm, canvas.tone(canvas.blurred(bolt, 5), lambda v: 2.6 * v), (180, 180, 255)
    )
    return canvas.light(storm, canvas.blurred(bolt, 0.9), (255, 255, 255))


def rainbow(image: Image.Image, variation: Variation) -> Image.Image:
    """A rainbow with a faint second bow in rain-washed air; the seed places it."""
    width, height = image.size
    washed = canvas.tone(canvas.saturated(image, 1.1), lambda v: 0.04 + 0.94 * v)
    centre_x = width * (0.12 + 0.76 * variation.turn)
    centre_y = height * variation.between(0.95, 1.1)
    y, x = np.mgrid[0:height:2, 0:width:2].astype(np.float32)
    radius = np.hypot(x - centre_x, y - centre_y) / max(image.size)
    place = (radius - variation.between(0.52, 0.60)) / 0.085
    fading = np.clip(1.12 - 0.8 * y / height, 0, 1)
    bow = np.zeros((*x.shape, 3), np.float32)
    for band, (peak, spread) in enumerate(((0.80, 0.25), (0.52, 0.22), (0.24, 0.22))):
        bow[..., band] = np.exp(-(((place - peak) / spread) ** 2))
        bow[..., band] += 0.28 * np.exp(-(((place - 3.3 + peak) / (1.4 * spread)) ** 2))
    bow[..., 0] += 0.35 * np.exp(-(((place - 0.04) / 0.12) ** 2))
    inside = 0.10 * np.clip(1 - place, 0, 1) * (place < 0.6)
    shining = np.clip((bow * 0.72 + inside[..., None]) * fading[..., None], 0, 1) * 255
    glow = Image.fromarray(shining.astype(np.uint8))
    return ImageChops.screen(washed, glow.resize(image.size, Image.Resampling.BICUBIC))


def cherry_blossom(image: Image.Image, variation: Variation) -> Image.Image:
    """Spring: soft rosy light, with petals in the wind, near and far."""
    rosy = canvas.gains(canvas.tone(image, lambda v: 0.07 + 0.93 * v**0.86), 1.07, 0.95, 1.0)
    side = canvas.tone(canvas.ramp(image.size, variation.angle), lambda v: 0.55 * v**2)
    rosy = canvas.bloom(canvas.light(rosy, side, (255, 170, 200)), 0.7, 30, 0.5)
    colours = [(255, 190, 210), (255, 214, 226), (248, 160, 188), (255, 232, 238)]
    return _scattered(rosy, variation, colours, _petal)


def autumn(image: Image.Image, variation: Variation) -> Image.Image:
    """Autumn: greens turn to rust and gold; low sun, falling leaves."""
    turned = image.convert(
        "RGB", (0.75, 0.50, -0.05, 4, 0.18, 0.66, 0.02, -6, 0.06, 0.10, 0.60, -4)
    )
    turned = canvas.saturated(canvas.tone(turned, canvas.s_curve(0.2)), 1.2)
    side = canvas.tone(canvas.ramp(image.size, variation.angle), lambda v: 0.5 * v**2)
    turned = canvas.light(turned, side, (255, 150, 50))
    colours = [(214, 84, 24), (232, 140, 30), (176, 46, 22), (240, 184, 60), (140, 70, 24)]
    return _scattered(turned, variation, colours, _leaf)


def _lying_snow(image: Image.Image, variation: Variation) -> Image.Image:
    """A mask of snow on upper edges and, in drifts, along the bottom."""
    gray = canvas.blurred(image.convert("L"), 2.5)
    step = max(4, image.height // 120)
    tops = ImageChops.subtract(gray, ImageChops.offset(gray, 0, step))
    tops.paste(0, (0, 0, image.width, step))
    lumps = canvas.clouds(variation.rng, image.size, 130)
    caps = canvas.blurred(canvas.tone(tops, lambda v: 9 * max(0.0, v - 0.03)), 2.2)
    caps = ImageChops.multiply(caps, canvas.tone(lumps, lambda v: 0.25 + 1.1 * v))
    mounds = np.asarray(canvas.soft_noise(variation.rng, (160, 1), 34), np.float32)[0] / 255
    drifts = canvas.field(image.size, lambda x, y: 16 * (y - 1.0 + 0.15 * mounds))
    drifts = ImageChops.multiply(drifts, canvas.tone(lumps, lambda v: 0.80 + 0.3 * v))
    return canvas.blurred(ImageChops.lighter(caps, drifts), 1.4)


def _flakes(size: canvas.Size, rng: np.random.Generator, count: int, radius_px: int) -> Image.Image:
    """A mask of `count` scattered flakes of about that radius (0: single pixels)."""
    places = rng.uniform((0, 0), size, (count, 2))
    values = rng.integers(130, 256, count)
    if radius_px == 0:
        return canvas.dots(size, places, values)
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    sizes = radius_px * rng.uniform(0.6, 1.35, count)
    for (x, y), value, radius in zip(places, values, sizes, strict=True):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=int(value))
    return mask


def _above(cut: float, strength: float, value: float) -> float:
    """A tone curve that keeps and amplifies what lies above the cut."""
    return strength * max(0.0, value - cut)


def _near_streaks(
    size: canvas.Size, rng: np.random.Generator, slant: float, count: int
) -> Image.Image:
    """A mask of single long drops close to the lens."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    lengths = rng.uniform(50, 150, count)
    places = rng.uniform((0, -100), size, (count, 2))
    for (x, y), length in zip(places, lengths, strict=True):
        end = (x + length * math.cos(slant), y + length * math.sin(slant))
        draw.line((x, y, *end), fill=int(rng.integers(90, 200)), width=2)
    return mask


def _splashes(size: canvas.Size, rng: np.random.Generator) -> Image.Image:
    """A mask of small ripples in the lower part of the picture."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    for _ in range(130):
        x, y = rng.uniform(0, size[0]), size[1] * (0.72 + 0.28 * math.sqrt(rng.random()))
        reach = 3 + 14 * (y / size[1] - 0.7)
        value = int(rng.integers(70, 170))
        draw.arc(
            (x - reach, y - reach / 2, x + reach, y + reach / 2), 180, 360, fill=value, width=2
        )
        for _ in range(3):
            drop = (x + rng.normal(0, reach), y - rng.uniform(2, 2.5 * reach))
            draw.point(drop, fill=255)
    return mask


def _bolt(size: canvas.Size, rng: np.random.Generator, place: float) -> Image.Image:
    """A mask of a forked bolt that starts above the picture at `place` (0 … 1 across)."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)

    def strike(x: float, y: float, heading: float, reach: float, width: int) -> None:
        travelled = 0.0
        while travelled < reach:
            step = rng.uniform(10, 32)
            turn = heading + rng.normal(0, 0.55)
            ahead = (x + step * math.sin(turn), y + step * math.cos(turn))
            draw.line((x, y, *ahead), fill=255 if width > 1 else 190, width=width)
            x, y = ahead
            travelled += step
            if width > 1 and rng.random() < 0.13:
                side = heading + rng.choice((-1, 1)) * rng.uniform(0.5, 0.9)
                strike(x, y, side, (reach - travelled) * rng.uniform(0.3, 0.6), width - 2)

    strike(place * size[0], -10, 0.35 * (0.5 - place), size[1] * 0.95, 5)
    return mask


def _petal(
    place: np.ndarray, length: float, turn: float, squash: float
) -> list[tuple[float, float]]:
    """The outline of a petal: round, with a notch at its tip."""
    angles = np.linspace(0, 2 * math.pi, 14)
    notch = 1 - 0.38 * np.exp(-((angles - math.pi) ** 2) / 0.05)
    return _placed(place, length * np.cos(angles) * notch, squash * length * np.sin(angles), turn)


def _leaf(
    place: np.ndarray, length: float, turn: float, squash: float
) -> list[tuple[float, float]]:
    """The outline of a leaf: pointed at both ends, with a stalk."""
    along = np.concatenate([np.linspace(-1, 1, 8), np.linspace(1, -1, 8)])
    side = np.where(np.arange(16) < 8, 1, -1)
    across = side * (1 - along**2) * (0.75 + 0.25 * np.cos(9 * along))
    return _placed(place, 1.3 * length * along, squash * length * across, turn)


def _placed(
    place: np.ndarray, x: np.ndarray, y: np.ndarray, turn: float
) -> list[tuple[float, float]]:
    cos, sin = math.cos(turn), math.sin(turn)
    return [
        (place[0] + cos * along - sin * across, place[1] + sin * along + cos * across)
        for along, across in zip(x, y, strict=True)
    ]


def _scattered(
    image: Image.Image, variation: Variation, colours: list[Colour], outline: _Outline
) -> Image.Image:
    """The picture with shapes floating in front: many sharp ones, a few close and blurred."""
    rng = variation.rng
    for count, length, blur in ((150, 7, 0.7), (60, 13, 1.0), (14, 34, 6)):
        layer = image.copy()
        mask = Image.new("L", image.size)
        paint, mark = ImageDraw.Draw(layer), ImageDraw.Draw(mask)
        for _ in range(count):
            place = rng.uniform((0, 0), image.size)
            size = length * rng.uniform(0.7, 1.4)
            shape = outline(place, size, rng.uniform(0, 2 * math.pi), rng.uniform(0.35, 0.8))
            colour = colours[rng.integers(len(colours))]
            x, y = place
            reach = 2 * size + 3 * blur
            # Colour the surroundings too, or blurring the mask would mix the photo into the rim.
            paint.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
            mark.polygon(shape, fill=225)
        image = Image.composite(layer, image, canvas.blurred(mask, blur))
    return image
