"""Templates escape their values."""

from __future__ import annotations

import html

from volcedit.web.templates import harmless


def test_escaped_text_is_displayed_unchanged(typed: str):
    assert html.unescape(harmless(typed)) == typed
