"""Drawing primitives for the effects: noise, ramps, glows, blurs and tones.

Pictures are RGB `Image`s; masks are L `Image`s of the same size (0 = none, 255 = full). Nothing
here keeps state: all randomness comes from a `Variation`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from PIL import Image, ImageChops, ImageFilter

Colour = tuple[int, int, int]
Size = tuple[int, int]
_T = TypeVar("_T")

# The fractional part of the golden ratio. Its multiples modulo 1 stay far apart, so consecutive
# seeds, as a run with several variations sends them, give clearly different pictures.
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Variation:
    """The random choices of one seed for one effect."""

    rng: np.random.Generator
    """For scattered details."""
    turn: float
    """0 ≤ turn < 1, for the most visible choice: a direction, a palette."""

    @classmethod
    def of(cls, seed: int, salt: int) -> "Variation":
        """The variation for a seed ≥ 0. `salt` decorrelates effects that are applied together."""
        return cls(np.random.default_rng([seed, salt]), (seed * _GOLDEN) % 1.0)

    @property
    def angle(self) -> float:
        """The turn as an angle in radians."""
        return 2 * math.pi * self.turn

    def pick(self, options: Sequence[_T]) -> _T:
        """One of the options. With three or more, consecutive seeds never get the same one."""
        return options[int(self.turn * len(options))]

    def between(self, low: float, high: float) -> float:
        """A random number from low to high."""
        return float(self.rng.uniform(low, high))


# Masks


def soft_noise(rng: np.random.Generator, size: Size, cell_px: float) -> Image.Image:
    """A smooth random mask with lumps about `cell_px` wide."""
    width, height = (max(2, math.ceil(side / cell_px) + 1) for side in size)
    cells = rng.integers(0, 256, (height, width), dtype=np.uint8)
    return Image.fromarray(cells).resize(size, Image.Resampling.BICUBIC)


def clouds(rng: np.random.Generator, size: Size, cell_px: float) -> Image.Image:
    """A cloudy random mask with lumps up to about `cell_px` wide, stretched to 0 … 255."""
    # Clouds are smooth: a quarter of the size costs a sixteenth of the time.
    small = (max(8, size[0] // 4), max(8, size[1] // 4))
    total = np.zeros((small[1], small[0]), np.float32)
    for octave in range(4):
        layer = soft_noise(rng, small, max(1.0, cell_px / 4 / 2**octave))
        total += np.asarray(layer, np.float32) * 0.55**octave
    low, high = np.percentile(total, (2, 98))
    stretched = np.clip((total - low) * (255 / (high - low)), 0, 255)
    return Image.fromarray(stretched.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def streaks(
    rng: np.random.Generator, size: Size, angle: float, length_px: float, width_px: float
) -> Image.Image:
    """A random mask of strokes along `angle` (radians), each about `length_px` by `width_px`."""
    reach = math.hypot(*size)
    cells = (math.ceil(reach / width_px) + 4, math.ceil(reach / length_px) + 4)
    source = Image.fromarray(rng.integers(0, 256, cells, dtype=np.uint8))
    cos, sin = math.cos(angle), math.sin(angle)
    centre_x, centre_y = size[0] / 2, size[1] / 2
    along = (cos / length_px, sin / length_px)
    across = (-sin / width_px, cos / width_px)
    affine = (
        *along,
        cells[1] / 2 - along[0] * centre_x - along[1] * centre_y,
        *across,
        cells[0] / 2 - across[0] * centre_x - across[1] * centre_y,
    )
    return source.transform(size, Image.Transform.AFFINE, affine, Image.Resampling.BICUBIC)


def field(size: Size, value: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Image.Image:
    """A mask from a function of x and y (arrays, 0 … 1) to 0 … 1. For smooth shapes only."""
    # 160 samples per side are enough for a shape without edges, and far cheaper.
    x, y = np.meshgrid(np.linspace(0, 1, 160, dtype=np.float32), np.linspace(0, 1, 160))
    samples = np.clip(value(x, y), 0, 1) * 255
    return Image.fromarray(samples.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def ramp(size: Size, angle: float) -> Image.Image:
    """A mask that rises from 0 to 255 across the picture towards `angle` (radians)."""
    cos, sin = math.cos(angle), math.sin(angle)
    reach = abs(cos) + abs(sin)
    return field(size, lambda x, y: 0.5 + ((x - 0.5) * cos + (y - 0.5) * sin) / reach)


def halo(size: Size, centre: tuple[float, float], radius: float) -> Image.Image:
    """A round mask, full at `centre` (0 … 1 each) and gone at `radius` (1 = the longer side)."""
    across, down = (side / max(size) for side in size)

    def value(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        distance = np.hypot((x - centre[0]) * across, (y - centre[1]) * down) / radius
        return np.clip(1 - distance, 0, 1) ** 2

    return field(size, value)


def scaled(mask: Image.Image, factor: float, offset: float = 0.0) -> Image.Image:
    """The mask with its values (0 … 255) multiplied by `factor`, plus `offset`."""
    return mask.point([min(255, max(0, round(v * factor + offset))) for v in range(256)])


def inverted(mask: Image.Image) -> Image.Image:
    """The inverted mask."""
    return ImageChops.invert(mask)


def dots(
    size: Size,
    where: Sequence[tuple[float, float]] | np.ndarray,
    values: Sequence[float] | np.ndarray,
) -> Image.Image:
    """A mask with one pixel per position (x, y in pixels), set to its value (0 … 255)."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    columns, rows = np.asarray(where, np.int32).T
    inside = (columns >= 0) & (columns < size[0]) & (rows >= 0) & (rows < size[1])
    mask[rows[inside], columns[inside]] = np.asarray(values)[inside]
    return Image.fromarray(mask)


# Colour and tone


def solid(size: Size, colour: Colour) -> Image.Image:
    """A picture in a single colour."""
    return Image.new("RGB", size, colour)


def tinted(mask: Image.Image, colour: Colour) -> Image.Image:
    """The mask as coloured light on black."""
    return Image.merge("RGB", [scaled(mask, part / 255) for part in colour])


def light(image: Image.Image, mask: Image.Image, colour: Colour) -> Image.Image:
    """The picture lit with `colour` through the mask."""
    return ImageChops.screen(image, tinted(mask, colour))


def cover(image: Image.Image, mask: Image.Image, colour: Colour) -> Image.Image:
    """The picture painted over with `colour` through the mask."""
    return Image.composite(solid(image.size, colour), image, mask)


def tone(image: Image.Image, *curves: Callable[[float], float]) -> Image.Image:
    """The picture with a tone curve (0 … 1 → 0 … 1) applied to all channels, or one per channel."""
    tables = [[min(255, max(0, round(c(v / 255) * 255))) for v in range(256)] for c in curves]
    if len(tables) < len(image.getbands()):
        tables *= len(image.getbands())
    return image.point([value for table in tables for value in table])


def gains(image: Image.Image, red: float, green: float, blue: float) -> Image.Image:
    """The picture with each channel multiplied by its factor."""
    return tone(image, lambda v: v * red, lambda v: v * green, lambda v: v * blue)


def mapped(gray: Image.Image, stops: Sequence[tuple[float, Colour]]) -> Image.Image:
    """A gray picture mapped to colours: `stops` from (0.0, darkest) to (1.0, lightest)."""
    places = [place * 255 for place, _ in stops]
    channels = zip(*(colour for _, colour in stops), strict=True)
    tables = [np.interp(np.arange(256), places, channel).round() for channel in channels]
    return Image.merge("RGB", [gray.point([int(v) for v in table]) for table in tables])


def s_curve(amount: float) -> Callable[[float], float]:
    """A contrast curve: 0 is a no-op, 1 is steep."""
    return lambda v: v + amount * (v * v * (3 - 2 * v) - v)


def saturated(image: Image.Image, factor: float) -> Image.Image:
    """The picture with its saturation multiplied by `factor`; 0 gives gray."""
    gray = image.convert("L").convert("RGB")
    return Image.blend(gray, image, factor)


def lean(image: Image.Image, variation: Variation, amount: float = 1.0) -> Image.Image:
    """The picture under a soft light; the seed sets its direction and warmth.

    It makes effects that scatter nothing differ from seed to seed.
    """
    warmth = amount * 0.10 * math.sin(3 * variation.angle)
    strength = amount * 0.16
    near = gains(image, 1 + strength + warmth, 1 + strength, 1 + strength - warmth)
    far = gains(image, 1 - strength - warmth, 1 - strength, 1 - strength + warmth)
    return Image.composite(near, far, ramp(image.size, variation.angle))


def vignette(image: Image.Image, amount: float) -> Image.Image:
    """The picture darkened towards its corners; amount 0 … 1."""

    def value(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 1 - 2 * amount * ((x - 0.5) ** 2 + (y - 0.5) ** 2)

    shade = field(image.size, value)
    return ImageChops.multiply(image, Image.merge("RGB", [shade] * 3))


# Texture and focus


def blurred(image: Image.Image, radius_px: float) -> Image.Image:
    """The picture or mask with a Gaussian blur."""
    if radius_px < 6:
        return image.filter(ImageFilter.GaussianBlur(radius_px))
    # After a wide blur, a quarter of the size still holds all the detail.
    small = image.reduce(4).filter(ImageFilter.GaussianBlur(radius_px / 4))
    return small.resize(image.size, Image.Resampling.BICUBIC)


def bloom(image: Image.Image, threshold: float, radius_px: float, amount: float) -> Image.Image:
    """The picture with its highlights above `threshold` (0 … 1) glowing."""
    lights = tone(image.reduce(4), lambda v: amount * max(0.0, v - threshold) / (1 - threshold))
    glow = lights.filter(ImageFilter.GaussianBlur(radius_px / 4))
    return ImageChops.screen(image, glow.resize(image.size, Image.Resampling.BICUBIC))


def grain(image: Image.Image, rng: np.random.Generator, amount: float) -> Image.Image:
    """The picture with film grain; amount 0 … 1."""
    width, height = image.size
    noise = Image.frombytes("L", image.size, rng.bytes(width * height))
    noise = noise.filter(ImageFilter.BoxBlur(0.6))
    noise = scaled(noise, amount, 127.5 * (1 - amount))
    return ImageChops.overlay(image, Image.merge("RGB", [noise] * 3))


def edges(gray: Image.Image, width_px: float, gain: float, threshold: float = 0.0) -> Image.Image:
    """A mask of the dark side of the edges in a gray picture, in lines about `width_px` wide."""
    fine = gray.filter(ImageFilter.GaussianBlur(width_px * 0.6))
    coarse = gray.filter(ImageFilter.GaussianBlur(width_px * 1.2))
    return scaled(ImageChops.subtract(coarse, fine), gain, -threshold * gain)


def simplified(image: Image.Image, radius_px: int) -> Image.Image:
    """The picture in flat patches with crisp edges, like brushwork (Kuwahara filter).

    Every pixel takes the mean of the most even of the four windows around it.
    """
    blur = ImageFilter.BoxBlur(radius_px)
    gray = image.convert("L")
    roughness = ImageChops.difference(gray, gray.filter(blur)).filter(blur)
    margin = ((radius_px, radius_px), (radius_px, radius_px))
    rough = np.pad(np.asarray(roughness), margin, mode="edge")
    means = np.pad(np.asarray(image.filter(blur)), (*margin, (0, 0)), mode="edge")
    height, width = gray.height, gray.width
    best = means[:height, :width].copy()
    least = rough[:height, :width].copy()
    for top, left in ((0, 2 * radius_px), (2 * radius_px, 0), (2 * radius_px, 2 * radius_px)):
        window = rough[top : top + height, left : left + width]
        better = window < least
        np.copyto(
            best, means[top : top + height, left : left + width], where=better[..., np.newaxis]
        )
        np.minimum(least, window, out=least)
    return Image.fromarray(best)
