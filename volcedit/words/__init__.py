"""Every word of the page, a file a language, looked up by key.

Labels are translated in the browser; what the server says at run time is looked up here with `say`.
Both follow the language that `web.visitor` found for this page.
"""

from __future__ import annotations

from volcedit.types import Kind, Language, Words
from volcedit.words import en, zh

TAGS: dict[Language, str] = {"en": en.TAG, "zh": zh.TAG}
CATALOGUES: dict[Language, dict[str, str]] = {"en": en.WORDS, "zh": zh.WORDS}
IDEAS: dict[Language, dict[str, list[str]]] = {"en": en.IDEAS, "zh": zh.IDEAS}


def language_of(accept_language: str) -> Language:
    """The catalogue for an Accept-Language header, or one tag: that of its first language.

    Every Chinese reads the one there is: zh, zh-CN, zh-Hans-CN, zh-HK, zh-TW …
    """
    first = accept_language.split(",")[0].split(";")[0].strip().lower()
    return "zh" if first.split("-")[0] == "zh" else "en"


def say(language: Language, key: str, **values: object) -> str:
    """The words of `key`, filled with `values`."""
    return CATALOGUES[language][key].format(**values)


def words_of(
    kind: Kind, language: Language, key: str, *, unknown: str = "{kind}", **values: object
) -> str:
    """The words for `kind` under `key`, such as "verdict_{}_title", filled with `values`.

    A kind that this version does not know has none: `unknown` is what is said in their place, by
    default its own name.
    """
    found = CATALOGUES[language].get(key.format(kind)) if kind.is_known else None
    return (unknown if found is None else found).format(kind=kind, **values)


def tell(key: str, **values: object) -> Words:
    """As `say`, in both languages: for an error."""
    return Words(say("en", key, **values), say("zh", key, **values))
