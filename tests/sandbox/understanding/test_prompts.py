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


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("write Happy Birthday", "Happy Birthday"),
        ("write Rock and Roll at the top", "Rock and Roll"),
        ("add the text Merry Christmas", "Merry Christmas"),
        ("写上：你好", "你好"),
        ("写上新年快乐，万事如意", "新年快乐，万事如意"),
        ("标题：春天来了", "春天来了"),
    ],
)
def test_text_may_stand_without_quotes(prompt, words):
    understood = understand(prompt)
    assert (understood.effects, understood.words) == ((TEXT,), words)


@pytest.mark.parametrize(
    "prompt", ["write a poem", "write my name", "add text to the photo", "写一首诗"]
)
def test_text_that_is_only_spoken_of_is_not_written(prompt):
    assert understand(prompt).effects == ()


def test_of_an_old_and_a_new_text_only_the_new_is_written():
    assert understand('replace "OPEN" with "CLOSED"').words == "CLOSED"


@pytest.mark.parametrize("prompt", ['remove the text "SALE"', "去掉“水印”", 'don\'t write "SALE"'])
def test_text_that_shall_go_is_not_written(prompt):
    assert understand(prompt).effects == ()


@pytest.mark.parametrize(
    "prompt",
    [
        'write "make it snow"',
        'caption: "make it snow"',
        'add a sign, "make it snow"',
        'the man holds a card "make it snow"',
        "写上“下雪”",
        "内容是“下雪”的牌子",
    ],
)
def test_an_instruction_in_a_quote_is_not_followed(prompt):
    assert "snow" not in understand(prompt).effects


@pytest.mark.parametrize(
    "prompt",
    [
        "don't make it snow",
        "do not add snow or rain",
        "without snow, rain",
        "no snow",
        "keep the snow",
        "不要下雪",
        "别下雪",
        "没有雪和雨",
        "保留雪景",
    ],
)
def test_what_shall_not_be_done_is_not_done(prompt):
    assert understand(prompt).effects == ()


@pytest.mark.parametrize(
    ("prompt", "effect"),
    [
        ("no snow, only fog", "fog"),
        ("make it night without stars", "night"),
        ("not red but blue", "blue"),
        ("not a sketch, an oil painting", "oil painting"),
        ("red. No wait, blue", "blue"),
        ("without people, at night", "night"),
        ("don't forget to add snow", "snow"),
        ("brighter, but not too bright", "brighter"),
        ("不要下雪，只要起雾", "fog"),
        ("不是黑白，而是棕褐色", "sepia"),
        ("别下雪了，下雨吧", "rain"),
    ],
)
def test_only_what_is_not_negated_is_done(prompt, effect):
    assert understand(prompt).effects == (effect,)


@pytest.mark.parametrize(
    ("prompt", "effect"),
    [
        ("remove the fog", "dehaze"),
        ("make the fog disappear", "dehaze"),
        ("less contrast", "less contrast"),
        ("lower the brightness", "darker"),
        ("it's too dark", "brighter"),
        ("fix the blurry photo", "sharper"),
        ("把雾去掉", "dehaze"),
        ("饱和度低一点", "muted"),
        ("照片太冷了", "warmer"),
    ],
)
def test_what_shall_be_less_gets_the_opposite_effect(prompt, effect):
    assert understand(prompt).effects == (effect,)


@pytest.mark.parametrize(
    "prompt",
    ["remove the rain", "less red", "remove the red car", "too red", "去掉彩虹", "给黑白照片上色"],
)
def test_what_shall_be_less_and_has_no_opposite_is_not_understood(prompt):
    understood = understand(prompt)
    assert (understood.effects, understood.missed) == ((), (prompt,))


@pytest.mark.parametrize(
    "prompt",
    [
        "change the red car to blue",
        "make the sky pink",
        "make her hair purple and bright",
        "darken the background",
        "make the stars brighter",
        "make this sketch look realistic",
        "add contrast to the face",
        "turn the house into stained glass",
        "mosaic over the licence plate",
        "把裙子改成红色",
        "天空更蓝",
        "像素化脸部",
    ],
)
def test_an_effect_that_shall_change_only_a_thing_is_not_applied_to_everything(prompt):
    assert understand(prompt).effects == ()


@pytest.mark.parametrize(
    ("prompt", "effect"),
    [
        ("turn day into night", "night"),
        ("from summer to winter", "snow"),
        ("replace the sky with a starry sky", "starry night"),
        ("add a rainbow over the castle", "rainbow"),
        ("blur the background", "blur"),
        ("sharpen this black and white photo", "sharper"),
        ("turn the dog into a watercolour painting", "watercolor"),
        ("把白天变成黑夜", "night"),
        ("背景换成星空", "starry night"),
        ("用水彩风格重新绘制这张图", "watercolor"),
    ],
)
def test_what_something_becomes_is_done(prompt, effect):
    assert understand(prompt).effects == (effect,)


@pytest.mark.parametrize(
    "prompt", ["turn night into day", "the snow into sand", "夜晚变白天", "把雪换成沙子"]
)
def test_what_something_was_is_not_done(prompt):
    assert understand(prompt).effects == ()


@pytest.mark.parametrize(
    "prompt",
    [
        "orange juice",
        "an evening gown",
        "spring water",
        "add an orange",
        "add winter boots",
        "add a hat and rain boots",
        "雨伞",
        "雪糕",
        "红绿灯",
        "荡秋千",
        "雪豹",
    ],
)
def test_a_noun_that_contains_the_word_of_an_effect_is_no_instruction(prompt):
    assert understand(prompt).effects == ()


def test_an_adjective_of_a_scene_is_no_effect_of_its_own():
    assert understand("a golden sunset").effects == ("sunset",)


def test_of_several_parts_those_done_and_those_not_are_told_apart():
    understood = understand("Add snow, make her smile, and write “Hi”")
    assert understood.describe() == 'snow, text "Hi"'
    assert understood.missed == ("make her smile",)


@pytest.mark.parametrize(
    ("prompt", "effect", "overruled"),
    [
        ("brighter and darker", "darker", "brighter"),
        ("make it warmer. No, cooler", "cooler", "warmer"),
        ("先调亮，再调暗", "darker", "brighter"),
    ],
)
def test_of_two_opposites_the_last_wins(prompt, effect, overruled):
    understood = understand(prompt)
    assert (understood.effects, understood.overruled) == ((effect,), (overruled,))


def test_a_later_part_may_take_an_effect_back():
    understood = understand("add snow, but don't make it snow")
    assert (understood.effects, understood.overruled) == ((), ("snow",))


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


def test_a_part_that_is_not_understood_is_quoted():
    assert explain(understand("snow, add a hat")) == "Not understood: “add a hat”."
    assert explain(understand("下雪，加一顶帽子")) == "未能理解：“加一顶帽子”。"


def test_an_effect_that_is_taken_back_is_named():
    assert explain(understand("brighter, then darker")) == (
        "Not done, because the prompt takes it back later: brighter."
    )
    assert explain(understand("先调亮，再调暗")) == "指令后文与之矛盾，未执行：更亮。"


def test_a_prompt_that_only_says_what_not_to_do_is_explained():
    assert explain(understand("don't make it snow")) == (
        "The prompt asks for no change, so the photo is unchanged."
    )
    assert explain(understand("不要下雪")) == "指令没有要求任何改变，图片未改变。"


def test_only_punctuation_is_an_unknown_instruction():
    assert "does not know" in explain(understand("?!…，。"))


def test_many_long_parts_are_shortened_in_the_message():
    parts = " and then ".join(f"{letter * 100} it" for letter in "abcdefgh")
    message = explain(understand(f"snow. {parts}"))
    assert message.count("…”") == 5
    assert message.endswith("…”, ….")
