"""An effect is one row. These tests catch what is forgotten."""

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterable

import pytest
from PIL import Image

from volcedit.sandbox import effects
from volcedit.sandbox.effects import weather
from volcedit.sandbox.effects.canvas import Variation
from volcedit.sandbox.effects.table import EFFECTS, TEXT, Draw, Effect

ROWS = pytest.mark.parametrize("effect", EFFECTS.values(), ids=lambda effect: effect.name)
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def drawing_functions() -> set[Draw]:
    """All public functions of the package that take just a picture and a variation."""
    found = set()
    for module in pkgutil.iter_modules(effects.__path__, f"{effects.__name__}."):
        for name, function in inspect.getmembers(importlib.import_module(module.name)):
            if inspect.isfunction(function) and not name.startswith("_"):
                taken = inspect.signature(function).parameters.values()
                if [one.annotation for one in taken] == [Image.Image, Variation]:
                    found.add(function)
    return found


def forgotten(rows: Iterable[Effect]) -> set[Draw]:
    """The drawing functions that no row uses."""
    return drawing_functions() - {row.draw for row in rows}


def claimed_twice(rows: Iterable[Effect]) -> set[str]:
    """The phrases that occur more than once."""
    phrases = Counter(
        phrase for row in rows for phrase in (*row.english_phrases, *row.chinese_phrases)
    )
    return {phrase for phrase, times in phrases.items() if times > 1}


def test_every_drawing_function_has_its_row():
    assert forgotten(EFFECTS.values()) == set()


def test_a_drawing_function_without_a_row_is_detected():
    rows = [row for row in EFFECTS.values() if row.name != "snow"]
    assert weather.snow in forgotten(rows)


def test_no_phrase_is_claimed_twice():
    assert claimed_twice(EFFECTS.values()) == set()


def test_a_phrase_claimed_twice_is_detected():
    sleet = Effect("sleet", 455, weather.rain, "雨夹雪", ("sleet", "drizzle"), ("雨夹雪", "雾"))
    assert claimed_twice([*EFFECTS.values(), sleet]) == {"drizzle", "雾"}


def test_no_two_effects_have_the_same_order():
    orders = [effect.order for effect in EFFECTS.values()]
    assert len(set(orders)) == len(orders)


@ROWS
def test_every_row_has_chinese_phrases(effect: Effect):
    assert effect.chinese_phrases[:1] == (effect.chinese,)
    assert len(effect.chinese_phrases) > 1
    assert all(CHINESE.fullmatch(phrase) for phrase in effect.chinese_phrases)


@ROWS
def test_every_row_has_english_phrases(effect: Effect):
    assert effect.english_phrases[:1] == (effect.name,)
    assert len(effect.english_phrases) > 1
    # Normalized like the prompt: lower case, with single spaces instead of hyphens.
    assert all(re.fullmatch(r"[a-z0-9&/]+( [a-z0-9&/]+)*", one) for one in effect.english_phrases)


def test_only_text_has_no_drawing_function_and_it_comes_last():
    assert [effect.name for effect in EFFECTS.values() if effect.draw is None] == [TEXT]
    assert max(EFFECTS.values(), key=lambda effect: effect.order).name == TEXT


def test_the_order_of_effects_is_unchanged():
    # Style, time of day, weather, darkroom: another order gives another picture.
    established = [
        *("pencil sketch", "ink wash painting", "comic", "anime", "oil painting", "watercolor"),
        *("pixel art", "mosaic", "stained glass", "pop art", "neon", "vintage", "black and white"),
        *("sepia", "sunset", "golden hour", "night", "starry night", "northern lights"),
        *("fireworks", "autumn", "cherry blossom", "rainbow", "fog", "rain", "snow", "lightning"),
        *("warmer", "cooler", "pink", "red", "orange", "golden", "green", "blue", "purple"),
        *("vivid", "muted", "pastel", "brighter", "darker", "more contrast", "inverted"),
        *("sharper", "blur", "text"),
    ]
    applied = sorted(EFFECTS, key=lambda name: EFFECTS[name].order)
    assert [name for name in applied if name in established] == established
