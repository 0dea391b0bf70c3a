"""What the README of the page says is true: its modules, cookies and days are those of the code."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from tests.support import ROOT
from tests.support.readmes import ALL, quoted_in
from volcedit.config import read_settings
from volcedit.web.visitor import COOKIE, LANGUAGE_COOKIE, has_cookie

README = ALL["volcedit/web/README.md"]


def test_every_module_has_a_subject():
    named = [name for row in README.rows("The page") for name in quoted_in(row[0])]
    modules = {path.stem for path in (ROOT / "volcedit/web").glob("*.py")} - {"__init__"}
    assert sorted(named) == sorted(modules)


def test_both_cookies_are_told():
    told = [name for name in quoted_in(README.section("Cookies")) if name.startswith("volcedit_")]
    assert told == [COOKIE, LANGUAGE_COOKIE]


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("a" * 21, False), ("aZ09_-" + "a" * 16, True), ("a" * 128, True), ("a" * 129, False)],
)
def test_a_cookie_has_22_to_128_of_those_characters(value: str, is_one: bool):
    request = Request({"type": "http", "headers": [(b"cookie", f"{COOKIE}={value}".encode())]})
    assert has_cookie(request) == is_one
    assert "22 to 128 characters from\n`A-Za-z0-9_-`" in README.section("Cookies")


def test_keys_of_visitors_can_be_turned_off():
    (setting,) = [it for it in quoted_in(README.prose) if it.startswith("VOLCEDIT_VISITOR_KEYS")]
    name, _, value = setting.partition("=")
    assert read_settings({}).visitor_keys
    assert not read_settings({name: value}).visitor_keys
