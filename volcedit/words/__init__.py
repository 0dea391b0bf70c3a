"""Say a sentence in the reader's language.

English stands where it is said: `say(language, "seed {seed}", seed=7)` in code, `say("Copy")` in a
template, `Words("This file is empty.")` in an error. A file of this package is a language, which
holds the same sentences by their English (see `zh`). Whatever it lacks reads English.
"""

from __future__ import annotations

from volcedit.words.catalogue import (
    ENGLISH,
    Catalogue,
    catalogue_of,
    language_of,
    languages,
    say,
    say_all,
)

__all__ = [
    "ENGLISH",
    "Catalogue",
    "catalogue_of",
    "language_of",
    "languages",
    "say",
    "say_all",
]
