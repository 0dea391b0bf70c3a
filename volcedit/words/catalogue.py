"""A language: how it is read from its file, and how it says a sentence.

A file that cannot be read, or a sentence in it that could break a page, is left out with a line in
the log; English is said instead.
"""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from types import ModuleType

from volcedit.types import Language, Value, Words, places_of

Forms = str | tuple[str, ...]
"""A sentence, or its forms for different counts, in the order that `form_of` numbers them."""

ENGLISH: Language = "en"

_log = logging.getLogger(__name__)


def _one_or_many(count: float) -> int:
    return 0 if count == 1 else 1


@dataclass(frozen=True)
class Catalogue:
    """One language."""

    tag: str
    """In HTML, and for Gradio."""
    name: str
    """What its readers call it."""
    separator: str = ", "
    """Between the parts of a list within a sentence."""
    form_of: Callable[[float], int] = _one_or_many
    """The number of the form for a count."""
    ideas: Mapping[str, list[str]] = field(default_factory=dict)
    """Prompts to begin with, by the English name of their family."""
    sentences: Mapping[str, Forms] = field(default_factory=dict)
    """By their English."""

    def say(self, words: Words) -> str:
        """`words` in this language, or in English."""
        said = self.sentences.get(words.template)
        if said is None:  # most have nothing to fill in
            return words.english(self.separator, self.say) if words.values else words.template
        template = said if isinstance(said, str) else self._choose(said, words)
        if lacking := places_of(template) - words.values.keys():
            _log.warning("no value for %s in %r; said in English", lacking, words.template)
            return words.english(self.separator, self.say)
        return words.fill(template, self.separator, self.say)

    def say_all(self, sentences: list[str]) -> str:
        """Sentences of this language, one after the other."""
        said, *rest = sentences or [""]
        for sentence in rest:
            said = self.say(Words("{first} {second}", first=said, second=sentence))
        return said

    def _choose(self, forms: tuple[str, ...], words: Words) -> str:
        count, last = words.values.get("count"), len(forms) - 1
        try:
            number = self.form_of(count) if isinstance(count, int | float) else last
            return forms[min(max(number, 0), last)]
        except Exception:
            _log.exception("the plural rule of %s failed for %r", self.tag, count)
            return forms[last]


# ── saying a sentence ────────────────────────────────────────────────────────────────────────


@lru_cache
def languages() -> dict[Language, Catalogue]:
    """Every language there is, by the name of its file; English first."""
    return _load(ENGLISH)


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


# ── reading the files ────────────────────────────────────────────────────────────────────────


def _load(first: Language) -> dict[Language, Catalogue]:
    """Every language of this package by the name of its file, `first` before the others."""
    package = import_module(__package__)
    names = sorted(it.name for it in pkgutil.iter_modules(package.__path__))
    found: dict[Language, Catalogue] = {}
    for name in sorted(names, key=lambda name: name != first):
        try:
            module = import_module(f"{__package__}.{name}")
            if hasattr(module, "TAG"):  # else no language: this module, or `kinds`
                found[name] = _read(module)
        except (Exception, SystemExit):  # whatever is wrong in it, the others are said
            _log.exception("the language file %s.py cannot be read; English is used", name)
    return found


def _read(module: ModuleType) -> Catalogue:
    sentences = dict(_usable(getattr(module, "WORDS", {}), module.__name__))
    return Catalogue(
        tag=module.TAG,
        name=module.NAME,
        separator=getattr(module, "SEPARATOR", Catalogue.separator),
        form_of=getattr(module, "form_of", _one_or_many),
        ideas=getattr(module, "IDEAS", {}),
        sentences=sentences,
    )


def _usable(sentences: Mapping[str, Forms], name: str) -> Iterator[tuple[str, Forms]]:
    for english, said in sentences.items():
        forms = (said,) if isinstance(said, str) else said
        if (
            not isinstance(forms, tuple)
            or not forms
            or not all(isinstance(form, str) for form in forms)
        ):
            _log.warning("%s: %r is neither a sentence nor its forms; left out", name, english)
        elif fault := next(filter(None, (_fault(english, form) for form in forms)), ""):
            _log.warning("%s: %r %s; left out", name, english, fault)
        elif lost := _lost(english, forms):
            _log.warning("%s: %r lacks %s; left out", name, english, ", ".join(sorted(lost)))
        else:
            yield english, said


def _fault(english: str, said: str) -> str:
    """Why `said` cannot stand for `english`; "" if it can."""
    if not said.strip():
        return "is empty"
    if wrong := places_of(said) - places_of(english):
        return f"wants values that the English has not: {', '.join(sorted(wrong))}"
    if _odd(said) - _odd(english):
        return "holds braces or HTML that the English has not"
    return ""


def _lost(english: str, forms: tuple[str, ...]) -> set[str]:
    """The values of `english` that would not be shown. "One edit" may do without its count."""
    of_a_form = {"count"} if len(forms) > 1 else set()
    return set().union(*(places_of(english) - places_of(form) - of_a_form for form in forms))


def _odd(template: str) -> set[str]:
    """What means something to a template or a browser, apart from the places of values."""
    for name in places_of(template):
        template = template.replace(f"{{{name}}}", "")
    return set(template) & set("{}<>")
