"""Time-of-day effects: sunset, golden hour, night, stars, northern lights, fireworks.

Each takes an RGB picture and a `Variation` and returns an RGB picture of the same size.
"""

import colorsys
import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from volcedit.sandbox.effects import canvas
from volcedit.sandbox.effects.canvas import Variation

# x and y, each 0 … 1 → brightness there.
_Shape = Callable[[np.ndarray, np.ndarray], np.ndarray]


def sunset(image: Image.Image, variation: Variation) -> Image.Image:
    """An evening sky and a low sun with its glow; the seed places the sun."""
    palettes = [
        [(72, 42, 110), (214, 82, 92), (255, 150, 66), (255, 196, 96), (150, 64, 60)],
        [(44, 52, 116), (150, 70, 128), (255, 116, 84), (255, 178, 100), (108, 52, 76)],
        [(96, 50, 96), (236, 96, 60), (255, 164, 52), (255, 208, 110), (170, 72, 44)],
    ]
    sky = _bands(image.size, variation.pick(palettes), (0, 0.30, 0.52, 0.64, 1))
    gray = image.convert("L")
    evening = canvas.gains(canvas.tone(image, canvas.s_curve(0.35)), 1.04, 0.80, 0.74)
    painted = ImageChops.multiply(sky, Image.merge("RGB", [canvas.scaled(gray, 1.1, 44)] * 3))
    evening = Image.blend(evening, painted, 0.42)
    evening = ImageChops.overlay(evening, canvas.tone(sky, lambda v: 0.22 + 0.62 * v))
    centre = (_beside(variation), variation.between(0.20, 0.36))
    evening = canvas.light(evening, canvas.halo(image.size, centre, 0.80), (176, 70, 16))
    evening = canvas.light(evening, canvas.halo(image.size, centre, 0.30), (255, 150, 60))
    sun = canvas.blurred(_disc(image.size, centre, 0.032), 3)
    return canvas.cover(evening, canvas.scaled(sun, 0.92), (255, 232, 170))


def golden_hour(image: Image.Image, variation: Variation) -> Image.Image:
    """Low, honey-coloured light from the seed's side, with haze, and long soft shade opposite."""
    warm = canvas.gains(canvas.tone(image, canvas.s_curve(0.2)), 1.10, 0.98, 0.74)
    left = math.cos(variation.angle) < 0
    centre = (-0.04 if left else 1.04, 0.32 + 0.26 * math.sin(variation.angle))
    shade = canvas.ramp(image.size, math.atan2(0.5 - centre[1], 0.5 - centre[0]))
    warm = Image.composite(canvas.gains(warm, 0.66, 0.60, 0.66), warm, canvas.scaled(shade, 0.9))
    warm = canvas.light(warm, canvas.halo(image.size, centre, 1.2), (255, 160, 60))
    warm = canvas.light(warm, canvas.halo(image.size, centre, 0.5), (255, 214, 140))
    warm = canvas.light(warm, _flare(image.size, centre), (255, 190, 110))
    return canvas.bloom(warm, 0.66, 26, 0.45)


def night(image: Image.Image, variation: Variation) -> Image.Image:
    """Moonlight: dark and blue, with the photo's lights glowing warm; the seed places the moon."""
    dark = _darkened(image)
    lamps = canvas.tone(image.convert("L"), lambda v: max(0.0, v - 0.80) / 0.2)
    glow = canvas.tone(canvas.blurred(lamps, 22), lambda v: 1.1 * v)
    dark = canvas.light(dark, canvas.scaled(lamps, 0.5), (255, 206, 140))
    dark = canvas.light(dark, glow, (255, 168, 84))
    centre = (_beside(variation), variation.between(0.12, 0.20))
    moonlight = canvas.halo(image.size, centre, 0.85)
    clouds = canvas.clouds(variation.rng, image.size, 420)
    moonlit = ImageChops.multiply(canvas.scaled(clouds, 0.85, 30), moonlight)
    dark = canvas.light(canvas.lean(dark, variation, 1.2), moonlit, (92, 118, 176))
    return _moon(dark, centre, variation)


def starry_night(image: Image.Image, variation: Variation) -> Image.Image:
    """A clear dark sky full of stars; the seed sets the slant of the Milky Way."""
    rng = variation.rng
    dark = canvas.gains(_darkened(image), 0.92, 0.92, 1.05)
    slant = (variation.turn - 0.5) * 2.0
    sky = _open_sky(image)

    def band(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.exp(-((((y - 0.34) - slant * (x - 0.5)) / 0.15) ** 2))

    band_mask = canvas.field(image.size, band)
    milky = ImageChops.multiply(band_mask, canvas.clouds(rng, image.size, 150))
    milky = ImageChops.multiply(milky, sky)
    dark = canvas.light(dark, canvas.scaled(milky, 0.85), (96, 104, 190))
    core = canvas.tone(milky, lambda v: 0.7 * max(0.0, v - 0.4))
    dark = canvas.light(dark, core, (255, 206, 200))
    dust = np.asarray(band_mask, np.float32)[::8, ::8].ravel()
    inside = rng.choice(dust.size, 4200, p=dust / dust.sum())
    columns = math.ceil(image.width / 8)
    spots = np.stack([inside % columns, inside // columns], 1) * 8 + rng.uniform(0, 8, (4200, 2))
    faint = canvas.dots(image.size, spots, rng.integers(60, 200, 4200))
    everywhere = rng.uniform((0, 0), image.size, (1100, 2))
    small = canvas.dots(image.size, everywhere, rng.integers(120, 256, 1100))
    stars = ImageChops.add(faint, canvas.scaled(canvas.blurred(small, 0.8), 4))
    stars = ImageChops.add(stars, _bright_stars(image.size, rng, 34))
    return canvas.light(dark, ImageChops.multiply(stars, sky), (244, 246, 255))


def aurora(image: Image.Image, variation: Variation) -> Image.Image:
    """Curtains of northern lights over a dark scene; the seed sets colours and folds."""
    rng = variation.rng
    dark = canvas.gains(_darkened(image), 0.85, 1.0, 1.0)
    low, high = variation.pick(
        [
            ((60, 255, 150), (130, 80, 255)),
            ((40, 240, 200), (255, 80, 200)),
            ((150, 255, 90), (60, 130, 255)),
        ]
    )
    sky = _open_sky(image)
    for curtain in range(3):
        base = 0.30 + 0.16 * curtain + rng.uniform(-0.05, 0.05)
        body, tips = _curtain(rng, base)
        for shape, colour in ((body, low), (tips, high)):
            mask = ImageChops.multiply(canvas.field(image.size, shape), sky)
            dark = canvas.light(dark, canvas.scaled(mask, 0.72), colour)
    stars = canvas.dots(image.size, rng.uniform((0, 0), image.size, (700, 2)), np.full(700, 190))
    return canvas.light(dark, ImageChops.multiply(stars, sky), (235, 245, 255))


def fireworks(image: Image.Image, variation: Variation) -> Image.Image:
    """A dark evening with bursts of sparks and their glow; the seed places them."""
    rng = variation.rng
    dark = canvas.gains(_darkened(image), 1.15, 1.0, 0.95)
    sparks = Image.new("RGB", image.size)
    draw = ImageDraw.Draw(sparks)
    for burst in range(6):
        hue = (variation.turn + burst * 0.29) % 1
        colour = tuple(round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.72, 1))
        centre = (
            np.array([(burst + rng.uniform(0.1, 0.9)) / 6, rng.uniform(0.06, 0.56)]) * image.size
        )
        reach = max(image.size) * rng.uniform(0.05, 0.16)
        for ray in range(46):
            turn = 2 * math.pi * (ray + rng.uniform(-0.3, 0.3)) / 46
            far = reach * rng.uniform(0.55, 1)
            path = [
                (
                    centre[0] + math.cos(turn) * far * share,
                    centre[1] + math.sin(turn) * far * share + 0.22 * far * share**3,
                )
                for share in (0.25, 0.45, 0.65, 0.85, 1)
            ]
            draw.line(path, fill=colour, width=2)
            x, y = path[-1]
            draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=(255, 246, 226))
    wide = canvas.tone(canvas.blurred(sparks, 40), lambda v: 1.7 * v)
    close = canvas.tone(canvas.blurred(sparks, 4), lambda v: 1.6 * v)
    for layer in (wide, close, canvas.blurred(sparks, 0.7)):
        dark = ImageChops.screen(dark, layer)
    return dark


def _curtain(rng: np.random.Generator, base: float) -> tuple[_Shape, _Shape]:
    """The body and the tips of one curtain of northern lights, about `base` (0 … 1) down."""
    waves = rng.uniform(0, 2 * math.pi, 3)
    folds: np.ndarray = np.asarray(canvas.soft_noise(rng, (160, 1), 5), np.float32)[0] / 255

    def fold(x: np.ndarray) -> np.ndarray:
        swing = np.sin(4 * x + waves[0]) + 0.5 * np.sin(9 * x + waves[1])
        return np.asarray(base + 0.07 * swing + 0.02 * np.sin(23 * x + waves[2]))

    def body(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        height = fold(x) - y
        fading = np.where(height > 0, np.exp(-height / 0.16), np.exp(height / 0.012))
        return np.asarray(fading * (0.25 + 0.95 * folds))

    def tips(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        height = fold(x) - y
        return np.asarray(np.exp(-(((height - 0.22) / 0.14) ** 2)) * (0.15 + 0.7 * folds))

    return body, tips


def _beside(variation: Variation) -> float:
    """Horizontal position of the sun or moon: near one side, away from the subject."""
    swing = 0.5 - abs(2 * variation.turn % 1 - 0.5)
    return 0.07 + 0.26 * swing if variation.turn < 0.5 else 0.93 - 0.26 * swing


def _darkened(image: Image.Image) -> Image.Image:
    """Day for night: dark, desaturated, mostly blue."""
    dim = canvas.saturated(image, 0.45)
    return canvas.tone(
        dim,
        lambda v: 0.02 + 0.30 * v**1.25,
        lambda v: 0.035 + 0.38 * v**1.2,
        lambda v: 0.10 + 0.58 * v**1.1,
    )


def _open_sky(image: Image.Image) -> Image.Image:
    """A mask of where sky could be visible: near the top, fainter over fine or bright detail."""
    gray = image.convert("L")
    busy = canvas.blurred(ImageChops.difference(gray, canvas.blurred(gray, 4)), 8)
    calm = canvas.tone(busy, lambda v: 1.05 - 7 * v)
    above = canvas.field(image.size, lambda x, y: 1.5 - 1.7 * y)
    return ImageChops.multiply(canvas.scaled(calm, 0.8, 51), above)


def _bands(
    size: canvas.Size, colours: list[canvas.Colour], places: tuple[float, ...]
) -> Image.Image:
    """A vertical gradient through the colours, top to bottom."""
    rows = np.linspace(0, 1, 256)
    channels = [np.interp(rows, places, channel) for channel in zip(*colours, strict=True)]
    column = np.stack(channels, 1).round().astype(np.uint8)[:, np.newaxis]
    return Image.fromarray(column).resize(size, Image.Resampling.BICUBIC)


def _disc(size: canvas.Size, centre: tuple[float, float], radius: float) -> Image.Image:
    """A mask of a disc; `radius` is a share of the longer side."""
    mask = Image.new("L", size)
    x, y, reach = centre[0] * size[0], centre[1] * size[1], radius * max(size)
    ImageDraw.Draw(mask).ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    return mask


def _flare(size: canvas.Size, centre: tuple[float, float]) -> Image.Image:
    """A mask of lens ghosts in a line from the sun through the centre."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    for place, radius, value in (
        (0.7, 0.03, 60),
        (1.15, 0.014, 80),
        (1.5, 0.055, 36),
        (1.8, 0.022, 60),
    ):
        x = (centre[0] + (0.5 - centre[0]) * place) * size[0]
        y = (centre[1] + (0.5 - centre[1]) * place) * size[1]
        reach = radius * max(size)
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=value)
    return canvas.blurred(mask, 2)


def _moon(image: Image.Image, centre: tuple[float, float], variation: Variation) -> Image.Image:
    """The picture with a moon; the seed sets its phase."""
    radius = 0.032
    disc = _disc(image.size, centre, radius)
    if variation.turn < 0.6:
        bite = (centre[0] + radius * variation.between(0.5, 0.9), centre[1] - radius * 0.3)
        disc = ImageChops.subtract(disc, _disc(image.size, bite, radius * 0.94))
    maria = canvas.clouds(variation.rng, image.size, 46)
    face = ImageChops.multiply(disc, canvas.scaled(maria, 0.28, 184))
    shining = canvas.light(
        image, canvas.tone(canvas.blurred(disc, 24), lambda v: 1.5 * v), (150, 180, 240)
    )
    return canvas.light(shining, canvas.blurred(face, 1.2), (250, 248, 232))


def _bright_stars(size: canvas.Size, rng: np.random.Generator, count: int) -> Image.Image:
    """A mask of stars with a glow and cross-shaped flares."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    for x, y in rng.uniform((0, 0), (size[0], size[1] * 0.7), (count, 2)):
        reach = rng.uniform(4, 11)
        draw.line((x - reach, y, x + reach, y), fill=90)
        draw.line((x, y - reach, x, y + reach), fill=90)
        draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=255)
    return ImageChops.add(canvas.blurred(mask, 0.9), canvas.scaled(canvas.blurred(mask, 5), 2.4))
