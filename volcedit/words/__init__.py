"""Say a sentence in the reader's language.

English stands where it is said: `say(language, "seed {seed}", seed=7)` in code, `say("Copy")` in a
template, `Words("This file is empty.")` in an error. A file of this package is a language, which
holds the same sentences by their English (see `zh`). Whatever it lacks reads English.
"""

from __future__ import annotations

import logging
from functools import lru_cache

from volcedit.types import Language, Value, Words
from volcedit.words.catalogue import Catalogue, load_catalogues

ENGLISH: Language = "en"

_log = logging.getLogger(__name__)


@lru_cache
def languages() -> dict[Language, Catalogue]:
    """Every language there is, by the name of its file; English first."""
    return load_catalogues(ENGLISH)


def catalogue_of(language: Language) -> Catalogue:
    """The catalogue of `language`; English, and a line in the log, if there is none."""
    found = languages().get(language)
    if found is None:
        _warn_unknown(language)
        return languages()[ENGLISH]
    return found


def language_of(accept_language: str) -> Language:
    """The language for an Accept-Language header, or one tag: that of its first language.

    Any Chinese reads the one there is: zh, zh-CN, zh-Hans-CN, zh-HK, zh-TW …
    """
    first = accept_language.split(",")[0].split(";")[0].strip().lower()
    base = first.split("-")[0]
    return base if base in languages() else ENGLISH


def say(language: Language, sentence: str | Words, /, *, one: str = "", **values: Value) -> str:
    """`sentence` in `language`, filled with `values`; `one` is its English for a `count` of 1.

    What the language lacks, or cannot fill with these values, is said in English.
    """
    if not isinstance(sentence, Words):
        sentence = Words(sentence, one=one, **values)
    elif values:
        sentence = sentence.given(**values)
    return catalogue_of(language).say(sentence)


def say_all(language: Language, sentences: list[str]) -> str:
    """Sentences of `language`, one after the other."""
    return catalogue_of(language).say_all(sentences)


@lru_cache(maxsize=64)  # a line for each, not for each sentence
def _warn_unknown(language: Language) -> None:
    _log.warning("there is no language %r; English is used", language[:32])
