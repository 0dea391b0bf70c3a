"""The rows of the history, its search form, and the notebook's totals."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.showing import (
    BY_LINK,
    FAILURE,
    NOW,
    PHOTO,
    PUBLISHED,
    RECORD,
    SANDBOXED,
    UNMARKED,
    Page,
    assert_harmless,
    rows_of,
    with_prompt,
)
from volcedit.notebook.finding import Query, Totals
from volcedit.notebook.history import History
from volcedit.notebook.keeping import Outlook
from volcedit.notebook.records import Record, State
from volcedit.web.edit.pictures import tiles
from volcedit.web.markup import money
from volcedit.web.notebook.panel import read_query
from volcedit.web.notebook.rows import (
    ORDER_NAMES,
    Row,
    find_bar,
    history_rows,
    outlook_notes,
    provider_name,
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


def test_the_search_form_has_the_fields_that_are_read():
    names = set()

    class Form(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list) -> None:
            names.add(dict(attributes).get("name"))

    Form().feed(find_bar("en"))
    assert names - {None} == set(FORM)


def test_an_empty_search_form_finds_everything():
    assert read_query({}) == Query()
    assert read_query(dict.fromkeys(FORM, "") | {"starred": None}) == Query()


@pytest.mark.parametrize("value", [None, 7, ["x"], {"a": 1}, "no such thing", "' OR 1=1", "٧"])
def test_invalid_search_values_are_ignored(value: object):
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
def test_seeds_are_a_number_or_a_range(text: str, seeds: tuple | None):
    assert read_query({"seeds": text}).seeds == seeds


def test_the_default_order_is_newest_first():
    assert next(iter(ORDER_NAMES)) == Query().order


def test_an_empty_search_result_differs_from_an_empty_history():
    assert history_rows([], Query(), "en") != history_rows([], Query("x"), "en")


# ── totals ───────────────────────────────────────────────────────────────────────────────────


def test_totals_show_edits_cost_and_times():
    line = totals_line(Totals(12, 10, 4, 9.75, 14.0, 0), 0.2, "CNY", "en")
    assert "12 edits, 10 with a picture" in line
    assert "4 paid, 0.80 CNY" in line
    assert "usually 9.8 s, at most 14.0 s in 95 %" in line


def test_without_a_price_no_cost_is_shown():
    assert "paid" not in totals_line(Totals(12, 10, 4, None, None, 0), None, "", "en")


def test_an_empty_notebook_has_no_totals():
    assert totals_line(Totals(0, 0, 0, None, None, 0), 0.2, "CNY", "en") == ""


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "0 CNY"), (0.0032, "0.0032 CNY"), (0.1, "0.10 CNY"), (0.8, "0.80 CNY"), (12, "12.00 CNY")],
)
def test_money_has_as_many_digits_as_it_needs(amount: float, words: str):
    assert money(amount, "CNY") == words


@pytest.mark.parametrize("language", ["en", "zh"])
def test_limits_and_upcoming_deletions_are_shown(language: str):
    notes = outlook_notes(Outlook(9_000_000, 10_000_000, 30, 5, 2, 7), language)
    for fact in ("9.0 MB", "10.0 MB", "30", "5", "2", "7"):
        assert fact in notes
    assert notes.count('class="warning"') == 2
    assert "warning" not in outlook_notes(Outlook(1, 10_000_000, None), language)


# ── rows ─────────────────────────────────────────────────────────────────────────────────────


def test_a_prompt_is_escaped_in_the_history(typed: str):
    def markup(prompt: str) -> str:
        return history_rows(
            [Row(with_prompt(prompt), UNMARKED, False, (b"1", b"2"))], Query(), "en"
        )

    assert_harmless(markup(typed), markup("x"))


def test_a_prompt_is_shown_in_the_history_as_typed(typed: str):
    page = rows_of(with_prompt(typed))
    # HTML normalises other line endings.
    assert typed.replace("\r\n", "\n") in page.text.replace("\r\n", "\n")
    assert f"Restore: {typed}, 7" in page.values("aria-label")


def test_a_host_is_escaped_in_the_history(typed: str):
    def markup(host: str) -> str:
        record = replace(RECORD, recipe=replace(RECORD.recipe, host=host))
        return history_rows([Row(record, UNMARKED, False, (None, None))], Query(), "en")

    assert_harmless(markup(typed), markup("x"))


def test_a_prompt_keeps_its_text_direction():
    assert "auto" in rows_of(with_prompt("שלום")).values("dir")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "photo fetched by the service"), ("zh", "照片由服务获取")]
)
def test_a_row_says_that_the_service_fetched_the_photo(language: str, words: str):
    assert words in rows_of(BY_LINK, language).text
    assert words not in rows_of(RECORD, language).text
    assert Page(tiles([replace(BY_LINK, state=State.SENT)], {}, {}, NOW, language)).text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_history_says_so(language: str):
    assert len(Page(history_rows([], Query(), language)).text) > 5


def test_a_row_shows_what_reproduces_the_edit():
    text = rows_of(RECORD).text
    for fact in ("make it snow", "seed 7", "strength 0.5", "gw:1", "2026-01-02 03:04:05 UTC"):
        assert fact in text


def test_a_row_can_be_restored_and_deleted_by_its_id():
    page = rows_of(RECORD)
    assert page.values("data-action") == ["look", "star", "restore", "delete"]
    assert set(page.values("data-id")) == {RECORD.id}


@pytest.mark.parametrize("state", [s for s in State if s != State.DONE])
def test_a_row_without_a_picture_says_why(state: str):
    words = {
        "queued": "waiting for a free slot",
        "sent": "sent",
        "task": "accepted as a task",
        "failed": "failed: Refused. [50411]",
        "stopped": "stopped before it was sent",
    }
    failure = FAILURE if state == "failed" else None
    assert words[state] in rows_of(replace(RECORD, state=State(state), failure=failure)).text


@pytest.mark.parametrize(("language", "word"), [("en", "interrupted"), ("zh", "已中断")])
def test_the_row_of_an_interrupted_edit_says_so(language: str, word: str):
    assert word in rows_of(replace(RECORD, state=State.SENT), language, interrupted=True).text


@pytest.mark.parametrize(
    ("provider", "response", "name"),
    [
        ("gateway", None, "gw:1"),
        ("volcengine", None, "gw:1"),
        ("gateway", {}, "gw:1"),
        ("gateway", PUBLISHED, "gw:1"),
        ("gateway", SANDBOXED, "sandbox, not SeedEdit"),
        ("sandbox", SANDBOXED, "sandbox, not SeedEdit"),
        ("sandbox", None, "sandbox, not SeedEdit"),
        ("gateway", {"data": None}, "gw:1"),
        ("gateway", {"data": {"infer_ctx": []}}, "gw:1"),
        ("gateway", {"data": {"infer_ctx": {"algorithm_key": 7}}}, "gw:1"),
    ],
)
def test_a_row_names_the_service(provider: str, response: dict | None, name: str):
    recipe = replace(RECORD.recipe, provider=provider)
    record = replace(RECORD, recipe=recipe, response=response)
    assert provider_name(record, "en") == name
    assert name in rows_of(record).text


def test_thumbnails_have_alt_text():
    page = Page(history_rows([Row(RECORD, UNMARKED, False, (b"before", b"after"))], Query(), "en"))
    images = [f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
              for data in (b"before", b"after")]  # fmt: skip
    assert page.values("src") == images
    assert page.values("alt") == ["Photo of: make it snow", "Result of: make it snow"]


def test_a_missing_thumbnail_has_a_placeholder():
    page = Page(history_rows([Row(RECORD, UNMARKED, False, (b"before", None))], Query(), "en"))
    assert page.tags.count("img") == 1
    assert "no-picture" in page.values("class")


def test_a_flipped_bit_in_a_record_never_breaks_the_history(tmp_path: Path):
    notebook = History(tmp_path).notebook("anna")
    record = replace(RECORD, picture=PHOTO, failure=FAILURE, response=SANDBOXED, state=State.FAILED)
    data = json.dumps(record.to_json()).encode()
    shown = 0
    for index in range(len(data)):
        flipped = data[:index] + bytes([data[index] ^ 1 << index % 7]) + data[index + 1 :]
        try:
            damaged = Record.from_json(json.loads(flipped))
        except (KeyError, TypeError, ValueError):
            continue
        rows_of(damaged)
        notebook.has(replace(damaged.picture, sha256="a" * 64))
        shown += 1
    assert shown > 100  # most bits are in text and numbers, so the record stays valid
