"""Say a sentence in the reader's language.

English stands where it is said: `say(language, "seed {seed}", seed=7)` in code, `say("Copy")` in a
template, `Words("This file is empty.")` in an error. A file of this package is a language, which
holds the same sentences by their English (see `zh`). Whatever it lacks reads English.

To add a language, name the file after its tag without a region, such as `fr.py`:

    TAG = "fr"  # for HTML, and for Gradio's own words
    NAME = "Français"
    WORDS = {
        "Run": "Lancer",
        "{count} edits imported.": ("{count} retouche importée.", "{count} retouches importées."),
    }

    def form_of(count: float) -> int:  # zero counts as one in French
        return 0 if count < 2 else 1

A sentence with a count has its forms in the order that `form_of` numbers them; without `form_of`,
the first is for 1. Every value of the English must occur; only a form may leave out its count.
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
