from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from volcedit import web
from volcedit.notebook.archive import report
from volcedit.service.fields import INPUTS
from volcedit.web.page import catalogue
from volcedit.words import CATALOGUES, IDEAS, language_of, say

ENGLISH, CHINESE = CATALOGUES["en"], CATALOGUES["zh"]

ROOM = Path(web.__file__).parent
SOURCES = [*ROOM.rglob("*.py"), Path(report.__file__)]
NODES = [node for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8")))]
TEMPLATES = [path.read_text("utf-8") for path in ROOM.rglob("*.html")]
TEXTS = {node.value for node in NODES if isinstance(node, ast.Constant)} | {
    text for template in TEMPLATES for text in re.findall(r'"(\w+)"', template)
}
"""Every literal of the page's code; a key may go through a variable before it is looked up."""

OF_FIELDS = {key for asked in INPUTS for key in asked.words}
"""What the rows of the fields name; that each is in every catalogue is asked of those."""


def pattern_of(node: ast.JoinedStr) -> str:
    """A regular expression for what an f-string may become."""
    return "".join(
        re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in node.values
    )


def is_for_kinds(text: object) -> bool:
    """Whether it is the key of one sentence for each kind, such as "verdict_{}_title"."""
    return isinstance(text, str) and bool(re.fullmatch(r"\w+_{}\w*", text))


def keys_looked_up() -> dict[str, str]:
    """What is given to `say`, `words_of` and `_t`, by its source, as regular expressions."""
    found = {}
    for template in TEMPLATES:
        for key, is_start in re.findall(r'\bsay\("(\w+)"( \+)?', template):
            found[f"{key}{is_start}"] = key + (r"\w+" if is_start else "")
    for text in sorted(filter(is_for_kinds, TEXTS)):
        found[text] = text.replace("{}", r"\w+")
    for node in NODES:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        place = {"say": 1, "_t": 0, "tell": 0}.get(node.func.id, len(node.args))
        for argument in node.args[place : place + 1]:
            for part in ast.walk(argument):
                if isinstance(part, ast.JoinedStr):
                    found[ast.unparse(argument)] = pattern_of(part)
                    break
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found[part.value] = re.escape(part.value)
    return found


LOOKED_UP = keys_looked_up()
PATTERNS = [pattern for source, pattern in LOOKED_UP.items() if source not in ENGLISH]


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


def test_both_catalogues_have_the_same_keys():
    assert ENGLISH.keys() == CHINESE.keys()


def test_both_languages_are_filled_with_the_same_values():
    assert not [it for it in ENGLISH if placeholders(ENGLISH[it]) != placeholders(CHINESE[it])]


@pytest.mark.parametrize("words", CATALOGUES.values(), ids=CATALOGUES)
def test_no_words_are_empty(words: dict[str, str]):
    assert not [key for key, text in words.items() if not text or text != text.strip()]


def test_chinese_is_chinese_and_english_is_not():
    chinese = re.compile("[一-鿿]")
    assert not [key for key, text in CHINESE.items() if not chinese.search(text)]
    assert not [key for key, text in ENGLISH.items() if chinese.search(text)]


def test_what_the_page_says_is_in_the_catalogue():
    found = {
        source
        for source, pattern in LOOKED_UP.items()
        if any(re.fullmatch(pattern, key) for key in ENGLISH)
    }
    assert found == LOOKED_UP.keys() and len(found) > 100


def test_what_is_in_the_catalogue_is_said():
    known = TEXTS | OF_FIELDS | IDEAS["en"].keys()
    said = re.compile("|".join(PATTERNS))
    assert not [key for key in ENGLISH if key not in known and not said.fullmatch(key)]


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
    ],
)
def test_the_first_language_decides(header: str, tongue: str):
    assert language_of(header) == tongue


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "zh-Hans-CN", "zh-HK", "zh-TW", "zh-cn"])
def test_every_chinese_reads_chinese(tag: str):
    assert language_of(tag) == "zh"


def test_the_ideas_are_of_the_same_families_in_both_languages():
    assert IDEAS["en"].keys() == IDEAS["zh"].keys()
    assert all(IDEAS[tongue][family] for tongue in IDEAS for family in IDEAS[tongue])


def test_words_are_filled_with_values():
    assert say("en", "caption", seed=2147483647) == "seed 2147483647"
    assert say("zh", "caption", seed=2147483647) == "种子 2147483647"


@pytest.mark.parametrize("value", ["{x}", "{0}", "%s", "${x}", "{{"])
def test_values_are_not_filled_again(value: str):
    assert say("en", "understood", words=value) == f"Understood as: {value}"


@pytest.mark.parametrize("tag", ["en", "zh-CN"])
def test_the_browser_is_told_where_requests_go(tag: str):
    words = catalogue("gw.example.com", "byteedit_v2.0").translations[tag]
    for provider in ("provider_gateway", "provider_volcengine"):
        assert "gw.example.com" in words[provider] and "byteedit_v2.0" in words[provider]
    assert words.keys() == ENGLISH.keys()
