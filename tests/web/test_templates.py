"""Templates: what is filled into them is harmless."""

from __future__ import annotations

import html

from volcedit.web.templates import harmless


def test_escaped_text_reads_as_it_was(typed: str):
    assert html.unescape(harmless(typed)) == typed
