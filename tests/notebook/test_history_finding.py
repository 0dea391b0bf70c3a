"""A notebook's index, stars, notes and bin, on a real disk."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from volcedit import EditParams, HistoryError
from volcedit.notebook.finding import Query
from volcedit.notebook.history import LOOK_AGAIN_S, History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import NOTE_MAX_CHARS, Mark, Record, new_id, utc_now
from volcedit.types import PictureFacts, State, digest

PHOTO = PictureFacts(digest(b"photo"), "image/jpeg", 30, 20, 5)
RESULT = PictureFacts(digest(b"result"), "image/jpeg", 30, 20, 6)


def make(notebook: Notebook, prompt: str = "make it snow", after_s: int = 0) -> Record:
    """A record that is done, saved with its photo and picture."""
    now = utc_now() + timedelta(seconds=after_s)
    recipe = Recipe(PHOTO, EditParams(prompt, seed=7), "m", "base64", "gateway", "h")
    record = Record(new_id(now), now.isoformat(), recipe, "done", picture=RESULT)
    notebook.save(record, {PHOTO: b"photo", RESULT: b"result"})
    return record


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return History(tmp_path).notebook("anna")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Notebook:
    """The same notebook in another process."""
    return History(tmp_path).notebook("anna")


@pytest.fixture
def record(notebook: Notebook) -> Record:
    return make(notebook)


def find(notebook: Notebook, words: str, **query: object) -> list[Record]:
    return notebook.page(0, 12, Query(words, **query))[0]


# ── finding ──────────────────────────────────────────────────────────────────────────────────


def test_what_was_there_before_is_found(record: Record, elsewhere: Notebook):
    assert find(elsewhere, "SNOW") == [record]
    assert find(elsewhere, "sunset") == []


def test_a_page_of_what_is_found_holds_its_share(notebook: Notebook):
    found = [make(notebook, after_s=second) for second in range(3)]
    make(notebook, "sunset", after_s=4)
    assert notebook.page(1, 2, Query("snow")) == ([found[0]], 3)


def test_what_is_saved_is_found_without_reading_all_again(
    notebook: Notebook, record: Record, monkeypatch: pytest.MonkeyPatch
):
    find(notebook, "snow")
    listed = []
    monkeypatch.setattr(notebook, "_list_anew", lambda: listed.append(True))
    newer = make(notebook, "more snow", after_s=1)
    notebook.save(replace(record, state=State.FAILED))
    assert [it.id for it in find(notebook, "snow")] == [newer.id, record.id]
    assert [it.id for it in find(notebook, "snow", state=State.FAILED)] == [record.id]
    assert not listed


def test_what_another_process_saves_and_deletes_is_seen(
    notebook: Notebook, record: Record, elsewhere: Notebook
):
    find(notebook, "snow")
    theirs = make(elsewhere, after_s=1)
    assert find(notebook, "snow") == [theirs, record]
    elsewhere.delete([record.id])
    elsewhere.mark(theirs.id, Mark(note="look"))
    assert find(notebook, "look") == [theirs]
    assert notebook.page(0, 12)[1] == 1


def test_a_disk_that_tells_nothing_is_looked_at_again_after_a_minute(
    notebook: Notebook, record: Record, elsewhere: Notebook, monkeypatch: pytest.MonkeyPatch
):
    find(notebook, "snow")
    seen = notebook._listing.seen
    make(elsewhere, after_s=1)
    monkeypatch.setattr(notebook, "_look", lambda: seen)
    assert len(find(notebook, "snow")) == 1
    notebook._listing.seen_at_s -= LOOK_AGAIN_S + 1
    assert len(find(notebook, "snow")) == 2


def test_a_damaged_record_is_not_listed_and_logged(
    notebook: Notebook, record: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (path,) = tmp_path.glob("notebooks/*/records/*")
    path.write_text('{"id": 1}')
    with caplog.at_level(logging.WARNING):
        assert find(notebook, "") == []
        notebook.index()
    assert record.id in caplog.text


def test_a_record_that_gets_damaged_is_no_longer_listed(
    notebook: Notebook, record: Record, tmp_path: Path
):
    notebook.index()
    (path,) = tmp_path.glob("notebooks/*/records/*")
    path.with_name("new").write_text("{")
    path.with_name("new").replace(path)
    assert notebook.index().get(record.id) is None


# ── stars and notes ──────────────────────────────────────────────────────────────────────────


def test_a_record_has_no_star_and_no_note_at_first(notebook: Notebook, record: Record):
    assert notebook.mark_of(record.id) == Mark(starred=False, note="")


def test_a_star_and_a_note_stay_and_are_found(
    notebook: Notebook, record: Record, elsewhere: Notebook
):
    make(notebook, after_s=1)
    notebook.index()
    notebook.mark(record.id, Mark(starred=True, note="für Anna 🎿"))
    assert elsewhere.mark_of(record.id) == Mark(starred=True, note="für Anna 🎿")
    for seen in (notebook, elsewhere):
        assert find(seen, "anna", starred=True) == [record]


def test_a_mark_leaves_the_record_as_it_was(notebook: Notebook, record: Record, tmp_path: Path):
    (path,) = tmp_path.glob("notebooks/*/records/*")
    before = path.read_bytes()
    notebook.mark(record.id, Mark(starred=True))
    assert path.read_bytes() == before


def test_what_is_not_there_cannot_be_marked(notebook: Notebook, record: Record):
    notebook.delete([record.id])
    with pytest.raises(HistoryError, match="not in your history"):
        notebook.mark(record.id, Mark(starred=True))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"format": 2, "starred": true, "note": ""}',
        '{"format": 1, "starred": 1, "note": ""}',
        '{"format": 1, "starred": true, "note": 1}',
        json.dumps({"format": 1, "starred": True, "note": "x" * (NOTE_MAX_CHARS + 1)}),
    ],
)
def test_a_damaged_mark_hides_nothing(
    notebook: Notebook, record: Record, tmp_path: Path, text: str
):
    notebook.mark(record.id, Mark(starred=True))
    (path,) = tmp_path.glob("notebooks/*/marks/*")
    path.write_text(text)
    assert notebook.mark_of(record.id) == Mark()
    assert History(tmp_path).notebook("anna").page(0, 12, Query("snow")) == ([record], 1)


# ── the bin ──────────────────────────────────────────────────────────────────────────────────


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.rglob("*") if path.is_file())


def test_what_is_put_away_is_gone_and_comes_back_as_it_was(notebook: Notebook, record: Record):
    notebook.mark(record.id, Mark(note="mine"))
    notebook.index()
    assert notebook.discard([record.id]) == [record.id]
    assert notebook.binned() == [record.id]
    assert notebook.page(0, 12) == ([], 0)
    assert find(notebook, "snow") == []
    assert notebook.take_back([record.id]) == [record.id]
    assert notebook.binned() == []
    assert find(notebook, "mine") == [record]
    assert notebook.read(RESULT) == b"result"


def test_what_is_deleted_for_good_leaves_no_file(
    notebook: Notebook, record: Record, tmp_path: Path
):
    notebook.mark(record.id, Mark(starred=True))
    notebook.discard([record.id])
    notebook.empty_bin()
    assert files(tmp_path) == []
    assert notebook.take_back([record.id]) == []


def test_what_was_put_away_of_late_stays_to_be_taken_back(
    notebook: Notebook, record: Record, tmp_path: Path
):
    older = make(notebook, after_s=-60)
    notebook.discard([record.id, older.id])
    (path,) = tmp_path.glob(f"notebooks/*/deleted/{older.id}.json")
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 601))
    notebook.empty_bin(600)
    assert notebook.take_back([older.id, record.id]) == [record.id]
    assert notebook.read(RESULT) == b"result"


def test_deleting_another_keeps_what_lies_in_the_bin(notebook: Notebook, record: Record):
    other = make(notebook, after_s=1)
    notebook.discard([record.id])
    notebook.delete([other.id])
    notebook.take_back([record.id])
    assert (notebook.read(PHOTO), notebook.read(RESULT)) == (b"photo", b"result")


def test_putting_away_twice_or_what_never_was_is_fine(notebook: Notebook, record: Record):
    missing = "20260101T000000000000Z-00000000"
    assert notebook.discard([record.id, missing]) == [record.id]
    assert notebook.discard([record.id]) == []


def test_undo_leaves_what_another_process_wrote_meanwhile(
    notebook: Notebook, record: Record, tmp_path: Path
):
    notebook.discard([record.id])
    later = replace(record, request_id="its picture came after all")
    History(tmp_path).notebook("anna").save(later)
    assert notebook.take_back([record.id]) == [record.id]
    assert notebook.get(record.id) == later
    assert notebook.take_back([record.id]) == []


def test_the_bin_takes_no_star_of_what_another_process_wrote_meanwhile(
    notebook: Notebook, record: Record, tmp_path: Path
):
    notebook.mark(record.id, Mark(starred=True))
    notebook.discard([record.id])
    History(tmp_path).notebook("anna").save(record)
    notebook.empty_bin()
    assert notebook.mark_of(record.id).starred
    assert notebook.read(RESULT) == b"result"


@pytest.mark.parametrize("method", ["discard", "take_back"])
def test_an_id_from_outside_moves_nothing_else(notebook: Notebook, record: Record, method: str):
    with pytest.raises(HistoryError):
        getattr(notebook, method)(["../marks/x"])
