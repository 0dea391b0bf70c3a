"""Notes and formatted numbers."""

from __future__ import annotations

import pytest

from tests.support.showing import (
    Page,
    assert_harmless,
)
from volcedit.web.markup import kind_name, note, size_name


def test_a_note_is_escaped(typed: str):
    assert_harmless(note(typed, "error"), note("x", "error"))


@pytest.mark.parametrize(
    ("size_bytes", "name"),
    [
        (0, "1 KB"),
        (240_000, "240 KB"),
        (999_499, "999 KB"),
        (1_000_000, "1.0 MB"),
        (4_500_000, "4.5 MB"),
    ],
)
def test_sizes_are_formatted(size_bytes: int, name: str):
    assert size_name(size_bytes) == name


@pytest.mark.parametrize(("media_type", "name"), [("image/jpeg", "JPEG"), ("image/png", "PNG")])
def test_picture_formats_are_named(media_type: str, name: str):
    assert kind_name(media_type) == name


def test_an_error_is_announced_and_a_note_is_not():
    assert Page(note("x", "error")).values("role") == ["alert"]
    assert Page(note("x")).values("role") == []
