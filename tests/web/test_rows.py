"""What the history's form asks for, and what is told of the whole notebook."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from volcedit.notebook.finding import Query, Totals
from volcedit.notebook.keeping import Outlook
from volcedit.web.notebook.past import read_query
from volcedit.web.notebook.rows import (
    ORDERS,
    find_bar,
    history_rows,
    money,
    outlook_notes,
    totals_line,
)

FORM = {
    "words": " snow ", "state": "failed", "order": "seed", "starred": "on", "provider": "sandbox",
    "seeds": "7-20", "since": "2026-01-31", "until": "2026-02-01",
}  # fmt: skip


def test_every_field_of_the_form_is_read():
    assert read_query(FORM) == Query(
        "snow", "failed", "sandbox", True, (7, 20), "2026-01-31", "2026-02-01", "seed"
    )


def test_the_form_has_the_fields_that_are_read():
    names = set()

    class Form(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list) -> None:
            names.add(dict(attributes).get("name"))

    Form().feed(find_bar("en"))
    assert names - {None} == set(FORM)


def test_an_empty_form_asks_for_everything():
    assert read_query({}) == Query()
    assert read_query(dict.fromkeys(FORM, "") | {"starred": None}) == Query()


@pytest.mark.parametrize("value", [None, 7, ["x"], {"a": 1}, "no such thing", "' OR 1=1", "٧"])
def test_what_makes_no_sense_asks_for_nothing(value: object):
    names = ("state", "order", "provider", "seeds", "since", "until")
    assert read_query(dict.fromkeys(names, value)) == Query()


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("7", (7, 7)),
        ("7-20", (7, 20)),
        ("7 – 20", (7, 20)),
        ("7-", (7, 2147483647)),
        ("-20", (0, 20)),
        ("-", None),
        ("7 20", None),
        ("12345678901", None),
    ],
)
def test_seeds_are_one_or_a_range(text: str, seeds: tuple | None):
    assert read_query({"seeds": text}).seeds == seeds


def test_the_first_order_is_the_newest():
    assert ORDERS[0] == Query().order


def test_nothing_found_is_told_apart_from_nothing_there():
    assert history_rows([], Query(), "en") != history_rows([], Query("x"), "en")


# ── what all comes to ────────────────────────────────────────────────────────────────────────


def test_totals_tell_edits_cost_and_times():
    line = totals_line(Totals(12, 10, 4, 9.75, 14.0, 0), 0.2, "CNY", "en")
    assert "Edits: 12, with a picture: 10" in line
    assert "paid for: 4, 0.80 CNY" in line
    assert "9.8 s in the median, 14.0 s at the 95th" in line


def test_without_a_price_no_cost_is_told():
    assert "paid" not in totals_line(Totals(12, 10, 4, None, None, 0), None, "", "en")


def test_an_empty_notebook_tells_nothing():
    assert totals_line(Totals(0, 0, 0, None, None, 0), 0.2, "CNY", "en") == ""


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "0 CNY"), (0.0032, "0.0032 CNY"), (0.1, "0.10 CNY"), (0.8, "0.80 CNY"), (12, "12.00 CNY")],
)
def test_money_has_as_many_digits_as_it_needs(amount: float, words: str):
    assert money(amount, "CNY") == words


@pytest.mark.parametrize("language", ["en", "zh"])
def test_limits_and_what_they_are_about_to_take_are_told(language: str):
    notes = outlook_notes(Outlook(9_000_000, 10_000_000, 30, 5, 2, 7), language)
    for fact in ("9.0 MB", "10.0 MB", "30", "5", "2", "7"):
        assert fact in notes
    assert notes.count('class="warning"') == 2
    assert "warning" not in outlook_notes(Outlook(1, 10_000_000, None), language)
