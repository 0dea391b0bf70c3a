import pytest

from volcedit.sandbox.effects.table import EFFECTS, TEXT, Effect
from volcedit.sandbox.understanding.prompts import understand
from volcedit.sandbox.understanding.replies import explain

ASKED_IN_BOTH_LANGUAGES = [
    ("snow", "make it snow", "让它下雪"),
    ("rain", "a rainy day", "加上雨"),
    ("fog", "foggy morning", "清晨的雾"),
    ("lightning", "add lightning", "加一道闪电"),
    ("rainbow", "add a rainbow", "加一道彩虹"),
    ("cherry blossom", "cherry blossoms in the air", "樱花飘落"),
    ("autumn", "make it autumn", "变成秋天"),
    ("sunset", "at sunset", "日落时分"),
    ("golden hour", "golden hour light", "洒满阳光"),
    ("night", "turn day into night", "变成夜晚"),
    ("starry night", "under a starry sky", "加上星空"),
    ("northern lights", "with the aurora above", "天上有极光"),
    ("fireworks", "add fireworks", "放烟花"),
    ("pencil sketch", "a pencil sketch", "变成素描"),
    ("ink wash painting", "as an ink wash painting", "水墨画风格"),
    ("comic", "comic book style", "漫画风格"),
    ("anime", "anime style", "动漫风格"),
    ("oil painting", "as an oil painting", "变成油画"),
    ("watercolor", "a watercolour", "水彩画"),
    ("pixel art", "pixelated", "像素风"),
    ("mosaic", "as a mosaic", "马赛克"),
    ("stained glass", "like stained glass", "彩色玻璃"),
    ("pop art", "pop art", "波普艺术"),
    ("neon", "cyberpunk city", "赛博朋克"),
    ("vintage", "retro photo", "复古"),
    ("black and white", "black-and-white", "黑白照片"),
    ("sepia", "sepia", "棕褐色"),
    ("warmer", "make it warmer", "暖色调"),
    ("cooler", "cooler colours", "冷色调"),
    ("pink", "make it pinkish", "粉色"),
    ("red", "all red", "红色"),
    ("orange", "orange", "橙色"),
    ("golden", "golden", "金色"),
    ("green", "green", "绿色"),
    ("blue", "bluish", "蓝色"),
    ("purple", "purple", "紫色"),
    ("vivid", "more vivid", "更鲜艳"),
    ("muted", "faded", "褪色"),
    ("pastel", "pastel", "马卡龙"),
    ("brighter", "brighten it", "更亮"),
    ("darker", "darker", "变暗"),
    ("more contrast", "more contrast", "增加对比"),
    ("less contrast", "less contrast", "降低对比度"),
    ("dehaze", "remove the fog", "去雾"),
    ("inverted", "invert it", "反色"),
    ("sharper", "sharpen", "锐化"),
    ("blur", "blurred", "模糊"),
]


@pytest.mark.parametrize(("effect", "english", "chinese"), ASKED_IN_BOTH_LANGUAGES)
def test_an_instruction_is_known_in_english(effect, english, chinese):
    assert understand(english).effects == (effect,)


@pytest.mark.parametrize(("effect", "english", "chinese"), ASKED_IN_BOTH_LANGUAGES)
def test_an_instruction_is_known_in_chinese(effect, english, chinese):
    assert understand(chinese).effects == (effect,)


def test_every_effect_is_reachable_from_a_prompt():
    assert {effect for effect, _, _ in ASKED_IN_BOTH_LANGUAGES} == {*EFFECTS} - {TEXT}


@pytest.mark.parametrize("effect", EFFECTS.values(), ids=lambda one: one.name)
def test_every_phrase_triggers_only_its_own_effect(effect: Effect):
    if effect.name != TEXT:
        for phrase in (*effect.english_phrases, *effect.chinese_phrases):
            assert understand(phrase).effects == (effect.name,), phrase


@pytest.mark.parametrize("prompt", ["snow", "Snowy", "SNOWING", "it snowed", "deep-snow", "加snow"])
def test_a_word_is_known_inflected_and_in_any_case(prompt):
    assert understand(prompt).effects == ("snow",)


@pytest.mark.parametrize(
    "prompt",
    [
        "the train",
        "a brain",
        "an infrared scan",
        "staring at me",
        "mister",
        "turn the cat into a dog",
    ],
)
def test_a_word_inside_another_word_is_not_an_instruction(prompt):
    assert understand(prompt).effects == ()


def test_the_longest_phrase_wins_in_english():
    assert understand("a starry night").effects == ("starry night",)


def test_the_longest_phrase_wins_in_chinese():
    assert understand("粉红").effects == ("pink",)


def test_several_instructions_are_listed_in_the_order_of_the_prompt():
    assert understand("snow on a pencil sketch").describe() == "snow, pencil sketch"


def test_effects_are_named_in_the_prompts_language():
    assert understand("下雪的素描").describe() == "下雪，素描"


def test_a_repeated_instruction_counts_once():
    assert understand("snow, more snow").effects == ("snow",)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ('add the text "HELLO"', "HELLO"),
        ("add the text “HELLO”", "HELLO"),
        ("add the text ”HELLO“", "HELLO"),
        ("write 'Hello World' on it", "Hello World"),
        ("write ‘Hello’", "Hello"),
        ("写上“你好”", "你好"),
        ("写上「你好」", "你好"),
        ("写上『你好』", "你好"),
        ("写上‘你好’吧", "你好"),
        ('"Hi"', "Hi"),
    ],
)
def test_quoted_text_is_written(prompt, words):
    understood = understand(prompt)
    assert (understood.effects, understood.words) == ((TEXT,), words)


def test_quoted_text_is_listed_with_the_effects():
    assert understand('snow and the text "HELLO"').describe() == 'snow, text "HELLO"'


def test_an_apostrophe_is_not_a_quote():
    assert understand("don't say it's the cat's").effects == ()


def test_quoted_words_are_not_instructions():
    assert understand('write "snow"').effects == (TEXT,)


def test_a_quoted_instruction_is_followed_unless_text_is_mentioned():
    assert understand('make it "vintage"').effects == ("vintage",)


def test_mentioning_text_without_a_quote_asks_for_nothing():
    assert understand("add some text").effects == ()


def test_the_negative_prompt_removes_an_effect():
    assert understand("snow and rain", "rain").effects == ("snow",)


def test_the_negative_prompt_may_be_in_the_other_language():
    assert understand("snow and rain", "雨").effects == ("snow",)


def test_the_negative_prompt_removes_text_and_its_words():
    understood = understand('snow, "HELLO"', "text")
    assert (understood.effects, understood.words) == (("snow",), "")


def test_a_known_instruction_is_a_success():
    assert explain(understand("snow")) == "Success"


def test_an_unknown_instruction_is_explained_in_english():
    message = explain(understand("turn the cat into a dog"))
    assert message.startswith(
        "The sandbox does not know this instruction, so the photo is unchanged. It knows: snow, "
    )


def test_an_unknown_instruction_is_explained_in_chinese():
    message = explain(understand("把猫变成狗"))
    assert message.startswith("沙盒不认识这条指令，图片未改变。它认识：下雪、下雨")


def test_a_negative_prompt_that_removes_everything_is_explained_in_english():
    message = explain(understand("snow", "snow"))
    assert message == "The negative prompt takes away every effect, so the photo is unchanged."


def test_a_negative_prompt_that_removes_everything_is_explained_in_chinese():
    assert explain(understand("下雪", "雪")) == "负面提示词去掉了所有效果，图片未改变。"


def test_a_negative_prompt_is_not_blamed_for_an_unknown_instruction():
    assert "does not know" in explain(understand("turn the cat into a dog", "snow"))
