from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from tests.support.archiving import (
    ALL,
    FIRST,
    export,
    fill,
    members_of,
    prompted,
)
from volcedit.notebook.history import Notebook


def rows_of(notebook: Notebook) -> list[dict[str, str]]:
    text = members_of(export(notebook))["records.csv"].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_table_starts_with_a_byte_order_mark_for_excel(notebook: Notebook):
    assert members_of(export(notebook))["records.csv"].startswith(b"\xef\xbb\xbf")


def test_the_table_has_a_row_for_each_record_newest_first(notebook: Notebook):
    rows = rows_of(notebook)
    assert [row["id"] for row in rows] == [record.id for record in reversed(ALL)]
    second = rows[3]
    assert (second["prompt"], second["seed"], second["scale"]) == ("让它下雪", "7", "0.5")
    assert (second["parent"], second["starred"], second["note"]) == (FIRST.id, "yes", "冬天 ❄")
    assert (second["preserved_share"], rows[2]["verdict"]) == ("0.75", "same_bytes")
    assert (rows[1]["failure_kind"], rows[1]["failure_code"]) == ("refused", "50411")


@pytest.mark.parametrize(
    "prompt",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '"=1+1', "'=1", ' "  =1', "＝1+1", "“=1”"],
)
def test_formulas_are_defused_with_an_apostrophe(other: Notebook, prompt: str):
    fill(other, (prompted(1, prompt),))
    assert rows_of(other)[0]["prompt"] == f"'{prompt}"


@pytest.mark.parametrize("prompt", ["make it snow", "1-1", "a = b", 'say "hi", twice;\nnow', "'"])
def test_everything_else_is_in_the_table_verbatim(other: Notebook, prompt: str):
    fill(other, (prompted(1, prompt),))
    assert rows_of(other)[0]["prompt"] == prompt


def test_a_photo_that_the_service_fetched_has_no_hash(other: Notebook):
    recipe = replace(FIRST.recipe, photo=None, photo_url="https://example.com/cat.jpg")
    fill(other, (replace(FIRST, recipe=recipe),))
    assert rows_of(other)[0]["photo_sha256"] == ""
