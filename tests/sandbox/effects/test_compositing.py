from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw

from volcedit.sandbox.effects.compositing import apply_effects, strength
from volcedit.sandbox.effects.table import EFFECTS, TEXT

EVERYTHING = [*EFFECTS]
# Mean difference per channel, 0 … 255. Measured on real photos and on this one, effects differ by
# at least 4 between seeds, which is visible when flipping between the two.
VISIBLE = 3.0


@cache
def photo():
    """A synthetic scene: graded sky, a lit ball, textured ground."""
    y, x = np.mgrid[0:416, 0:624].astype(np.float32)
    sky = np.stack([90 + y / 4, 130 + y / 5, 220 - y / 6], 2)
    ground = np.stack([120 + 30 * np.sin(x / 7), 90 + 20 * np.sin(y / 5), 60 + 0 * x], 2)
    scene = Image.fromarray(np.where(y[..., None] < 270, sky, ground).astype(np.uint8))
    draw = ImageDraw.Draw(scene)
    for radius in range(90, 0, -3):
        light = 250 - 2 * radius
        draw.ellipse((300 - radius, 230 - radius, 300 + radius, 230 + radius), (light, 60, 50))
    return scene


@cache
def edited(name, seed=1, scale=1.0, words="HELLO"):
    return apply_effects(photo(), [name], words, seed=seed, scale=scale)


def difference(one, other):
    return np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean()


@pytest.mark.parametrize("name", EVERYTHING)
def test_an_effect_visibly_changes_the_picture(name):
    assert difference(edited(name), photo()) > VISIBLE


@pytest.mark.parametrize("name", EVERYTHING)
def test_another_seed_gives_a_visibly_different_picture(name):
    assert difference(edited(name, seed=1), edited(name, seed=2)) > VISIBLE


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_same_seed_gives_the_same_picture(name):
    again = apply_effects(photo(), [name], "HELLO", seed=1, scale=1.0)
    assert again.tobytes() == edited(name).tobytes()


@pytest.mark.parametrize("name", EVERYTHING)
def test_an_effect_keeps_size_and_mode(name):
    assert (edited(name).size, edited(name).mode) == ((624, 416), "RGB")


@pytest.mark.parametrize("name", EVERYTHING)
@pytest.mark.parametrize("size", [(64, 192), (192, 64)])
def test_an_effect_works_on_the_narrowest_pictures(name, size):
    small = photo().resize(size)
    assert apply_effects(small, [name], "HELLO", seed=2147483647, scale=1.0).size == size


def test_scale_0_is_the_photo():
    assert edited("snow", scale=0.0).tobytes() == photo().tobytes()


@pytest.mark.parametrize("name", ["snow", "pencil sketch", "red", TEXT])
def test_a_higher_scale_is_further_from_the_photo(name):
    distances = [difference(edited(name, scale=s), photo()) for s in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    assert all(nearer < further for nearer, further in zip(distances, distances[1:], strict=False))


def test_half_the_scale_is_most_of_the_effect():
    assert (strength(0.0), strength(0.5), strength(1.0)) == (0.0, 0.875, 1.0)


def test_no_effect_is_the_photo():
    assert apply_effects(photo(), [], "", seed=1, scale=1.0).tobytes() == photo().tobytes()


def test_effects_are_applied_in_a_fixed_order():
    one = apply_effects(photo(), ["snow", "pencil sketch"], "", seed=1, scale=1.0)
    other = apply_effects(photo(), ["pencil sketch", "snow"], "", seed=1, scale=1.0)
    assert one.tobytes() == other.tobytes()


def test_two_effects_are_both_visible():
    both = apply_effects(photo(), ["red", "rain"], "", seed=1, scale=1.0)
    assert difference(both, edited("red")) > VISIBLE
    assert difference(both, edited("rain")) > VISIBLE


def test_text_is_drawn_on_top_of_everything():
    plain = edited("night")
    lettered = apply_effects(photo(), ["night", TEXT], "HELLO", seed=1, scale=1.0)
    assert np.asarray(lettered).max() > np.asarray(plain).max() - 1
    assert difference(lettered, plain) > VISIBLE


def test_black_and_white_has_hardly_any_colour():
    channels = np.asarray(edited("black and white"), np.int16)
    assert np.ptp(channels, axis=2).max() < 24


@pytest.mark.parametrize(("name", "channel"), [("red", 0), ("green", 1), ("blue", 2)])
def test_a_tint_raises_its_own_channel_most(name, channel):
    assert np.asarray(edited(name)).mean((0, 1)).argmax() == channel


def test_warmer_is_redder_and_cooler_is_bluer():
    def warmth(picture):
        red, _, blue = np.asarray(picture).mean((0, 1))
        return red - blue

    assert warmth(edited("cooler")) < warmth(photo()) < warmth(edited("warmer"))


def test_brighter_is_brighter_and_darker_is_darker():
    darker, plain, brighter = (
        np.asarray(picture).mean() for picture in (edited("darker"), photo(), edited("brighter"))
    )
    assert darker < plain < brighter


def test_more_contrast_spreads_the_tones():
    assert np.asarray(edited("more contrast").convert("L")).std() > (
        np.asarray(photo().convert("L")).std()
    )


def test_less_contrast_narrows_the_tones():
    assert np.asarray(edited("less contrast").convert("L")).std() < (
        np.asarray(photo().convert("L")).std()
    )


def test_dehazing_takes_a_veil_away():
    veiled = Image.blend(photo(), Image.new("RGB", photo().size, (200, 205, 210)), 0.6)
    clear = apply_effects(veiled, ["dehaze"], "", seed=1, scale=1.0)
    assert difference(clear, photo()) < 0.7 * difference(veiled, photo())


def test_inverting_makes_light_dark():
    gray = Image.new("RGB", (64, 64), (230, 230, 230))
    assert np.asarray(apply_effects(gray, ["inverted"], "", seed=1, scale=1.0)).mean() < 60


def test_blur_removes_detail_and_sharper_adds_it():
    def detail(picture):
        return np.abs(np.diff(np.asarray(picture.convert("L"), np.int16), axis=1)).mean()

    assert detail(edited("blur")) < detail(photo()) < detail(edited("sharper"))


def test_pixel_art_consists_of_equal_squares():
    row = np.asarray(edited("pixel art"))[200]
    steps = np.flatnonzero(np.any(np.diff(row.astype(np.int16), axis=0), axis=1)) + 1
    # Seed 1: a turn of 0.618, and 7 + round(5 × 0.618) = 10 pixels a square.
    assert steps.size > 10
    assert not np.any(steps % 10)


def test_pop_art_consists_of_four_differently_coloured_prints():
    print_ = np.asarray(edited("pop art"))
    quarters = [print_[:208, :312], print_[:208, 312:], print_[208:, :312], print_[208:, 312:]]
    means = [quarter.mean((0, 1)) for quarter in quarters]
    assert all(np.abs(means[a] - means[b]).max() > 20 for a in range(4) for b in range(a))
