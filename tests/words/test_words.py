"""Saying a sentence: values, counts, lists, sentences in sentences; what is missing."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from volcedit import words
from volcedit.types import Words
from volcedit.web.page import translations
from volcedit.words import catalogue, catalogue_of, language_of, languages, say, say_all

FRENCH = """
TAG = "fr"
NAME = "Français"
def form_of(count):
    return 0 if count < 2 else 1
WORDS = {
    "Stop": "Arrêter",
    "seed {seed}": "graine {seed}",
    "{count} more are not shown.": (
        "{count} de plus n’est pas affichée.", "{count} de plus ne sont pas affichées."
    ),
}
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Add a file to the package, as a newcomer would."""
    # In front, so that a language which the product has by now is replaced.
    monkeypatch.setattr(words, "__path__", [str(tmp_path), *words.__path__])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    added = []

    def write(text: str, name: str = "fr") -> None:
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
        added.append(f"volcedit.words.{name}")
        sys.modules.pop(added[-1], None)
        languages.cache_clear()

    yield write
    for module in added:
        sys.modules.pop(module, None)
        vars(words).pop(module.rpartition(".")[2], None)
    languages.cache_clear()


# ── a sentence ───────────────────────────────────────────────────────────────────────────────


def test_a_sentence_is_filled_in_its_language():
    assert say("en", "seed {seed}", seed=2147483647) == "seed 2147483647"
    assert say("zh", "seed {seed}", seed=2147483647) == "种子 2147483647"


@pytest.mark.parametrize("value", ["{seed}", "{x}", "{0}", "%s", "${x}", "{{", "\\1", r"\g<0>"])
def test_a_value_is_not_filled_again(value: str):
    assert say("zh", "seed {seed}", seed=value) == f"种子 {value}"


@pytest.mark.parametrize("template", ["{seed.__class__}", "{seed!r}", "{0}", "{", "}", "{}", "%s"])
def test_a_template_reaches_no_further_than_its_values(template: str):
    assert say("zh", Words(template, seed="7")) == template


def test_a_list_has_the_separator_of_the_language():
    sentence = Words("Choose an aspect: {aspects}.", aspects=["1:1", "3:2"])
    assert str(sentence) == "Choose an aspect: 1:1, 3:2."
    assert say("zh", sentence) == "请选择比例：1:1、3:2。"


def test_a_sentence_in_a_sentence_is_in_the_same_language():
    sentence = Words("It said: “{said}”", said=Words("seed {seed}", seed=1))
    assert say("zh", sentence) == "对方的说明：“种子 1”"


def test_sentences_follow_one_another_as_the_language_has_it():
    both = Words("Failed.") + Words("Nothing was changed.")
    assert str(both) == "Failed. Nothing was changed."
    assert say("zh", both) == "失败。未做任何更改。"
    assert say_all("zh", ["一。", "二。", "三。"]) == "一。二。三。"
    assert say_all("en", ["One.", "Two."]) == "One. Two."
    assert say_all("en", []) == ""


def test_one_is_counted_in_the_singular():
    edits = Words("{count} edits", one="{count} edit")
    assert [say("en", edits, count=n) for n in (0, 1, 2)] == ["0 edits", "1 edit", "2 edits"]
    assert say("en", "{count} edits", one="{count} edit", count=1) == "1 edit"
    assert say("zh", "{count} edits imported.", one="{count} edit imported.", count=1) == (
        "已导入 1 次编辑。"
    )


# ── a language ───────────────────────────────────────────────────────────────────────────────


def test_a_file_is_a_language(write):
    write(FRENCH)
    assert list(languages())[0] == "en"
    assert {"en", "fr", "zh"} <= languages().keys()
    assert language_of("fr-CA,en;q=0.5") == "fr"
    assert say("fr", "Stop") == "Arrêter"
    assert say("fr", "seed {seed}", seed=7) == "graine 7"
    assert catalogue_of("fr").name == "Français"


def test_a_language_counts_as_it_does(write):
    write(FRENCH)
    told = [say("fr", "{count} more are not shown.", count=n) for n in (0, 1, 2)]
    assert told == [
        "0 de plus n’est pas affichée.",
        "1 de plus n’est pas affichée.",
        "2 de plus ne sont pas affichées.",
    ]


def test_a_form_may_leave_out_its_count_and_a_sentence_without_forms_may_not(write, caplog):
    write(FRENCH.replace('"{count} de plus n’est', '"Une de plus n’est'))
    assert say("fr", "{count} more are not shown.", count=1) == "Une de plus n’est pas affichée."
    write(FRENCH.replace('"seed {seed}"', '"{count} found"').replace("graine {seed}", "trouvées"))
    assert say("fr", "{count} found", count=2) == "2 found"
    assert "'{count} found' lacks count" in caplog.text


def test_what_a_language_lacks_reads_english(write):
    write(FRENCH)
    assert say("fr", "Nothing was changed.") == "Nothing was changed."
    nested = Words("It said: “{said}”", said=Words("Stop"))
    assert say("fr", nested) == "It said: “Arrêter”"


def test_the_browser_is_given_every_language(write):
    write(FRENCH)
    badge = Words("SeedEdit through {host} · {model} · calls may cost money").given(
        host="gw.example.com", model="m"
    )
    told = translations(badge).translations
    assert {"en", "fr", "zh-CN"} <= told.keys()
    english = "SeedEdit through gw.example.com · m · calls may cost money"
    assert told["fr"][english] == told["en"][english] == english
    assert told["zh-CN"][english] == "经由 gw.example.com 调用 SeedEdit · m · 调用可能计费"
    assert told["fr"]["Stop"] == "Arrêter"


@pytest.mark.parametrize("language", ["xx", "", "EN", "../zh", "kinds", "catalogue", "a" * 10_000])
def test_an_unknown_language_reads_english_and_is_logged(language: str, caplog):
    catalogue._warn_unknown.cache_clear()  # noqa: SLF001
    assert say(language, "Stop") == "Stop"
    assert caplog.messages == [f"there is no language {language[:32]!r}; English is used"]
    say(language, "Stop")
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    "broken",
    [
        "def",
        "1 / 0",
        "import nothing_of_this_name",
        'TAG = "fr"',
        'TAG = "fr"\nNAME = "F"\nWORDS = 1',
        "raise SystemExit",
        "TAG = NAME = WORDS = None",
    ],
)
def test_a_broken_file_is_logged_and_the_others_are_said(broken: str, write, caplog):
    write(broken)
    assert say("zh", "seed {seed}", seed=7) == "种子 7"
    assert say("fr", "Stop") == "Stop"
    assert "fr" in caplog.text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('"grain {grain}"', "wants values that the English has not: grain"),
        ('"graine {seed} {0}"', "holds braces or HTML that the English has not"),
        ('"graine {seed"', "holds braces or HTML that the English has not"),
        ('"<b>graine</b> {seed}"', "holds braces or HTML that the English has not"),
        ('" "', "is empty"),
        ("7", "is neither a sentence nor its forms"),
        ('("graine {seed}", "<i>")', "holds braces or HTML that the English has not"),
        ("()", "is neither a sentence nor its forms"),
        ('"graine"', "lacks seed"),
        ('("graine", "graines {seed}")', "lacks seed"),
    ],
)
def test_a_sentence_that_could_break_a_page_reads_english(said: str, why: str, write, caplog):
    write(FRENCH.replace('"graine {seed}"', said))
    assert say("fr", "seed {seed}", seed=7) == "seed 7"
    assert say("fr", "Stop") == "Arrêter"
    assert [it for it in caplog.messages if f"'seed {{seed}}' {why}" in it]


def test_a_template_without_its_value_reads_english_and_is_logged(write, caplog):
    write(FRENCH)
    with caplog.at_level(logging.WARNING):
        assert say("fr", "seed {seed}") == "seed {seed}"
    assert "no value for {'seed'} in 'seed {seed}'" in caplog.text


@pytest.mark.parametrize("rule", ["return 7", "return -1", "return None", "raise KeyError(count)"])
def test_a_wrong_plural_rule_breaks_nothing(rule: str, write):
    write(FRENCH.replace("return 0 if count < 2 else 1", rule))
    assert "2 " in say("fr", "{count} more are not shown.", count=2)


# ── who reads which ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "tongue"),
    [
        ("zh-CN", "zh"),
        ("zh-TW", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-CN;q=0.9", "zh"),
        (" zh-CN ", "zh"),
        ("zh-TW,en", "zh"),
        ("en", "en"),
        ("en-US,zh-CN;q=0.9", "en"),
        ("de", "en"),
        ("", "en"),
        ("*", "en"),
        (",zh-CN", "en"),
        (";;;", "en"),
        ("zh-CN-x", "zh"),
        ("zhx", "en"),
        ("zh-Hans-CN", "zh"),
        ("zh-HK", "zh"),
        ("zh-cn", "zh"),
    ],
)
def test_the_first_language_decides(header: str, tongue: str):
    assert language_of(header) == tongue
