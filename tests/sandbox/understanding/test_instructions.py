"""The set of instructions: how many are right, and that whatever is not done is said."""

import random
import re
import time

import pytest

from tests.support import ROOT
from tests.support.instructions import Instruction, count, done, read_instructions, table, verdict
from volcedit.sandbox.effects.table import EFFECTS, TEXT
from volcedit.sandbox.understanding.prompts import understand
from volcedit.sandbox.understanding.replies import explain
from volcedit.sandbox.understanding.vocabulary import WORDS

INSTRUCTIONS = read_instructions()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def judged(name: str) -> list[str]:
    return [
        one.prompt[:80]
        for one in INSTRUCTIONS
        if verdict(one, done(understand(one.prompt))) == name
    ]


def test_the_set_has_200_instructions_and_about_half_are_chinese():
    assert len(INSTRUCTIONS) == 200
    assert 90 <= sum(bool(CHINESE.search(one.prompt)) for one in INSTRUCTIONS) <= 110


def test_at_most_one_in_a_hundred_is_wrong():
    assert len(judged("wrong")) <= 2, judged("wrong")


def test_two_in_three_are_right_or_partly():
    assert len(judged("right")) + len(judged("partly")) >= 130


def test_the_readme_has_the_counts():
    readme = (ROOT / "volcedit" / "sandbox" / "README.md").read_text("utf-8")
    assert table(count(lambda prompt: done(understand(prompt)))) in readme


def test_success_is_only_said_if_everything_was_done():
    told_wrongly = [
        one.prompt
        for one in INSTRUCTIONS
        if explain(understand(one.prompt)) == "Success"
        # What counts as partly is done as well as the sandbox can.
        and not done(understand(one.prompt)) & one.may
        and verdict(one, done(understand(one.prompt))) != "right"
    ]
    assert told_wrongly == []


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        ({"snow", "fog"}, "right"),
        ({"snow"}, "partly"),
        ({"rain"}, "partly"),
        ({"snow", "fog", "red"}, "wrong"),
        (set(), "not"),
    ],
)
def test_a_verdict_compares_what_was_done_with_what_was_meant(applied: set[str], expected: str):
    meant = Instruction("", "", frozenset({"snow", "fog"}), frozenset({"rain"}))
    assert verdict(meant, applied) == expected


def test_nothing_done_is_right_if_nothing_was_asked():
    assert verdict(Instruction("", "", frozenset(), frozenset()), set()) == "right"


def test_any_mixture_of_known_words_is_read_without_an_error():
    chance = random.Random(18)
    words = [word for pair in WORDS.values() for words in pair for word in words]
    words += [one for effect in EFFECTS.values() for one in effect.english_phrases]
    words += [one for effect in EFFECTS.values() for one in effect.chinese_phrases]
    words += [
        *",.，。、:：;!?()—\n",
        '"',
        "“",
        "”",
        "「",
        "'",
        "❄️",
        "xyz",
        "豹",
        "\u0301",
        "\ud83d",
    ]
    for _ in range(1500):
        prompt = chance.choice(["", " "]).join(chance.choices(words, k=chance.randint(1, 12)))
        understood = understand(prompt)
        assert set(understood.effects) <= set(EFFECTS)
        assert (TEXT in understood.effects) == bool(understood.words)
        assert explain(understood)


@pytest.mark.parametrize(
    "prompt",
    [
        "雪" * 10_000,
        "「" * 10_000,
        "‘a’" * 3_333,
        "make it snow and " * 600,
        "write a:" * 1_250,
        "remove fog, rain, " * 600,
        "把天空变成" * 2_000,
        "天上在" * 3_333,
    ],
    ids=lambda prompt: prompt[:8],
)
def test_10_000_characters_are_read_at_once(prompt: str):
    # Typically 50 ms. CPU time, which other tests do not change; quadratic work takes many seconds.
    start = time.process_time()
    message = explain(understand(prompt, prompt))
    assert time.process_time() - start < 1.5
    assert len(message) < 500


def test_no_word_has_two_roles():
    words = [word for pair in WORDS.values() for words in pair for word in words]
    assert sorted(words) == sorted(set(words))
