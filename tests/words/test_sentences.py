"""Every sentence of the product, and what the languages make of it."""

from __future__ import annotations

import re

import pytest

from tests.support.sentences import find_sentences
from volcedit.types import places_of
from volcedit.words import ENGLISH, languages
from volcedit.words.catalogue import Catalogue

SENTENCES = find_sentences()
COMPLETE = {"zh"}
"""Languages in which nothing may be missing; of any other language it is listed what is."""


def forms_of(catalogue: Catalogue) -> list[tuple[str, str]]:
    return [
        (english, form)
        for english, said in catalogue.sentences.items()
        for form in ((said,) if isinstance(said, str) else said)
    ]


def test_sentences_are_found_in_code_templates_and_kinds():
    assert SENTENCES.keys() >= {
        "This file is empty. Upload it again or choose another.",  # an error
        "More filters",  # a template
        "Strength",  # the label of a field
        "Failed.",  # the report
        "Add or remove",  # a family of ideas
        "{first} {second}",  # one after the other
    }
    assert len(SENTENCES) > 400


@pytest.mark.parametrize("language", sorted(COMPLETE))
def test_a_complete_language_says_everything(language: str):
    assert not SENTENCES.keys() - languages()[language].sentences.keys()
    assert languages()[language].ideas.keys() == languages()[ENGLISH].ideas.keys()


def test_what_other_languages_lack_is_listed():
    missing = [
        f"{language}: {SENTENCES[sentence]}: {sentence}"
        for language in sorted(languages().keys() - {ENGLISH} - COMPLETE)
        for sentence in SENTENCES.keys() - languages()[language].sentences.keys()
    ]
    if missing:
        pytest.xfail(f"{len(missing)} sentences read English:\n" + "\n".join(sorted(missing)))


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_language_says_nothing_that_is_not_said(language: str):
    assert sorted(languages()[language].sentences.keys() - SENTENCES.keys()) == []


def test_chinese_uses_each_value_of_the_english():
    pairs = forms_of(languages()["zh"])
    assert not [english for english, said in pairs if places_of(english) != places_of(said)]


def test_chinese_is_chinese_and_english_is_not():
    chinese = re.compile("[一-鿿]")
    joined = {"{first} {second}", "{kind}"}  # of values alone
    assert not [
        said
        for english, said in forms_of(languages()["zh"])
        if not chinese.search(said) and english not in joined
    ]
    assert not [english for english in SENTENCES if chinese.search(english)]


def test_no_sentence_has_space_around_it():
    assert not [english for english in SENTENCES if english != english.strip()]
