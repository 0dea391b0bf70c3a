"""A notebook's index, stars, notes and bin, on both stores."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.notebook.conftest import Clock
from tests.support.stores import InMemory, OnDisk, Place, open_history
from volcedit import EditParams, HistoryError
from volcedit.notebook.finding import Query
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import NOTE_MAX_CHARS, Mark, Record, new_id, utc_now
from volcedit.notebook.shelves.listing import RELIST_AFTER_S
from volcedit.types import PictureFacts, State, digest

PHOTO = PictureFacts(digest(b"photo"), "image/jpeg", 30, 20, 5)
RESULT = PictureFacts(digest(b"result"), "image/jpeg", 30, 20, 6)


def make(notebook: Notebook, prompt: str = "make it snow", after_s: int = 0) -> Record:
    """Save a finished record with its photo and picture."""
    now = utc_now() + timedelta(seconds=after_s)
    recipe = Recipe(PHOTO, EditParams(prompt, seed=7), "m", "base64", "gateway", "h")
    record = Record(new_id(now), now.isoformat(), recipe, "done", picture=RESULT)
    notebook.save(record, {PHOTO: b"photo", RESULT: b"result"})
    return record


@pytest.fixture
def notebook(place: Place, clock: Clock) -> Notebook:
    return open_history(place, clock=clock).notebook("anna")


@pytest.fixture
def elsewhere(place: Place) -> Notebook:
    """The same notebook, as seen by another process."""
    return open_history(place).notebook("anna")


@pytest.fixture
def record(notebook: Notebook) -> Record:
    return make(notebook)


def path_of(place: Place, record: Record) -> str:
    """The name of that record's file."""
    (name,) = place.names(f"*/records/{record.id}.json")
    return name


def spoil(place: Place, name: str) -> None:
    """Change a file in place, which no folder's modification time reveals."""
    if isinstance(place, OnDisk):
        (place.root / name).write_bytes(b"{")
    else:
        place.write(name, b"{")


def find(notebook: Notebook, words: str, **query: object) -> list[Record]:
    return notebook.page(0, 12, Query(words, **query))[0]


# ── finding ──────────────────────────────────────────────────────────────────────────────────


def test_existing_records_are_found(record: Record, elsewhere: Notebook):
    assert find(elsewhere, "SNOW") == [record]
    assert find(elsewhere, "sunset") == []


def test_a_page_of_results_has_its_slice(notebook: Notebook):
    found = [make(notebook, after_s=second) for second in range(3)]
    make(notebook, "sunset", after_s=4)
    assert notebook.page(1, 2, Query("snow")) == ([found[0]], 3)


def test_a_saved_record_is_found_without_rereading_the_others(
    notebook: Notebook, record: Record, place: Place, caplog: pytest.LogCaptureFixture
):
    make(notebook, "rain", after_s=5)
    find(notebook, "snow")
    (other,) = {name for name in place.names("*/records/*") if record.id not in name}
    spoil(place, other)  # rereading it would show
    newer = make(notebook, "more snow", after_s=1)
    notebook.save(replace(record, state=State.FAILED))
    assert [it.id for it in find(notebook, "snow")] == [newer.id, record.id]
    assert [it.id for it in find(notebook, "snow", state=State.FAILED)] == [record.id]
    assert "skipping damaged record" not in caplog.text


def test_changes_by_another_process_are_seen(
    notebook: Notebook, record: Record, elsewhere: Notebook, clock: Clock
):
    find(notebook, "snow")
    theirs = make(elsewhere, after_s=1)
    clock.pass_(RELIST_AFTER_S + 1)  # not needed on a disk
    assert find(notebook, "snow") == [theirs, record]
    elsewhere.delete([record.id])
    elsewhere.mark(theirs.id, Mark(note="look"))
    clock.pass_(RELIST_AFTER_S + 1)
    assert find(notebook, "look") == [theirs]
    assert notebook.page(0, 12)[1] == 1


def test_on_a_disk_changes_by_another_process_are_seen_at_once(tmp_path: Path):
    here, there = History(tmp_path).notebook("anna"), History(tmp_path).notebook("anna")
    first = make(here)
    find(here, "snow")
    second = make(there, after_s=1)
    assert find(here, "snow") == [second, first]


def test_a_store_without_change_markers_is_listed_again_after_a_minute(clock: Clock):
    place = InMemory()
    notebook = open_history(place, clock=clock).notebook("anna")
    make(notebook)
    find(notebook, "snow")
    make(open_history(place).notebook("anna"), after_s=1)
    clock.pass_(RELIST_AFTER_S)
    assert len(find(notebook, "snow")) == 1
    clock.pass_(0.001)
    assert len(find(notebook, "snow")) == 2


def test_a_damaged_record_is_not_indexed_and_logged(
    notebook: Notebook, record: Record, place: Place, caplog: pytest.LogCaptureFixture
):
    good = make(notebook, after_s=1)
    place.write(path_of(place, record), b'{"id": 1}')
    with caplog.at_level(logging.WARNING):
        assert find(notebook, "") == [good]
        notebook.index()
    assert record.id in caplog.text


def test_a_record_that_gets_damaged_is_dropped_from_the_index(
    notebook: Notebook, record: Record, place: Place, clock: Clock
):
    notebook.index()
    place.write(path_of(place, record), b"{")
    clock.pass_(RELIST_AFTER_S + 1)
    assert notebook.index().get(record.id) is None


WRONG = {
    "a number for a prompt": ("recipe", "params", "prompt", 5),
    "a list for a parent": ("parent", ["x"]),
    "an object for a repeat": ("replay_of", {}),
    "a list for a hash": ("picture", "sha256", ["x"]),
    "text for a time": ("took_s", "soon"),
    "a seed beyond all numbers": ("recipe", "params", "seed", 1e400),
    "a number for a state": ("state", 5),
    "an empty provider": ("recipe", "provider", ""),
    "a list for a recipe": ("recipe", []),
    "no size": ("recipe", "photo", "size_bytes", None),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_record_with_wrong_types_does_not_affect_others(
    notebook: Notebook,
    record: Record,
    place: Place,
    caplog: pytest.LogCaptureFixture,
    case: str,
):
    good = make(notebook, after_s=1)
    values = json.loads(place.read(path_of(place, record)))
    *way, last, value = WRONG[case]
    inner = values
    for name in way:
        inner = inner[name]
    inner[last] = value
    place.write(path_of(place, record), json.dumps(values).replace("Infinity", "1e400").encode())
    assert find(notebook, "snow") == [good]
    assert notebook.index().find(Query()) == [good.id]
    assert notebook.index().totals().count == 1
    assert record.id in caplog.text


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (["state"], "resting"),
        (["recipe", "provider"], "elsewhere"),
        (["verdict", "kind"], "close"),
    ],
)
def test_an_unknown_kind_is_indexed_by_its_name(
    notebook: Notebook, record: Record, place: Place, way: list[str], kind: str
):
    verdict = {"mean": None, "max": None, "changed_share": 0.5, "psnr_db": 30.0}
    values = json.loads(place.read(path_of(place, record))) | {"verdict": verdict}
    inner = values
    for name in way[:-1]:
        inner = inner[name]
    inner[way[-1]] = kind
    place.write(path_of(place, record), json.dumps(values).encode())
    make(notebook, after_s=1)
    index = notebook.index()
    assert len(index.find(Query("snow"))) == 2
    entry = index.get(record.id)
    assert kind in (entry.state, entry.provider, "close")
    assert index.totals().count == 2


# ── stars and notes ──────────────────────────────────────────────────────────────────────────


def test_a_record_has_no_star_and_no_note_at_first(notebook: Notebook, record: Record):
    assert notebook.mark_of(record.id) == Mark(starred=False, note="")


def test_a_star_and_a_note_are_kept_and_found(
    notebook: Notebook, record: Record, elsewhere: Notebook
):
    make(notebook, after_s=1)
    notebook.index()
    notebook.mark(record.id, Mark(starred=True, note="für Anna 🎿"))
    assert elsewhere.mark_of(record.id) == Mark(starred=True, note="für Anna 🎿")
    for seen in (notebook, elsewhere):
        assert find(seen, "anna", starred=True) == [record]


def test_a_mark_leaves_the_record_unchanged(notebook: Notebook, record: Record, place: Place):
    before = place.read(path_of(place, record))
    notebook.mark(record.id, Mark(starred=True))
    assert place.read(path_of(place, record)) == before


def test_a_missing_record_cannot_be_marked(notebook: Notebook, record: Record):
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
def test_a_damaged_mark_hides_nothing(notebook: Notebook, record: Record, place: Place, text: str):
    notebook.mark(record.id, Mark(starred=True))
    (name,) = place.names("*/marks/*")
    place.write(name, text.encode())
    assert notebook.mark_of(record.id) == Mark()
    assert open_history(place).notebook("anna").page(0, 12, Query("snow")) == ([record], 1)


# ── the bin ──────────────────────────────────────────────────────────────────────────────────


def test_a_discarded_record_is_gone_and_restored_unchanged(notebook: Notebook, record: Record):
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


def test_a_permanently_deleted_record_leaves_no_file(
    notebook: Notebook, record: Record, place: Place
):
    notebook.mark(record.id, Mark(starred=True))
    notebook.discard([record.id])
    notebook.empty_bin()
    assert place.names() == []
    assert notebook.take_back([record.id]) == []


def test_only_the_given_records_leave_the_bin(notebook: Notebook, record: Record):
    older = make(notebook, after_s=-60)
    notebook.discard([record.id, older.id])
    stamps = notebook.bin_stamps()
    notebook.empty_bin({older.id: stamps[older.id]})
    assert notebook.take_back([older.id, record.id]) == [record.id]
    assert notebook.read(RESULT) == b"result"


def test_a_record_discarded_again_meanwhile_stays_in_the_bin(notebook: Notebook, record: Record):
    notebook.discard([record.id])
    stamps = notebook.bin_stamps()
    notebook.take_back([record.id])
    notebook.discard([record.id])
    notebook.empty_bin(stamps)
    assert notebook.take_back([record.id]) == [record.id]


def test_deleting_another_record_keeps_the_bin(notebook: Notebook, record: Record):
    other = make(notebook, after_s=1)
    notebook.discard([record.id])
    notebook.delete([other.id])
    notebook.take_back([record.id])
    assert (notebook.read(PHOTO), notebook.read(RESULT)) == (b"photo", b"result")


def test_discarding_twice_or_a_missing_record_is_a_no_op(notebook: Notebook, record: Record):
    missing = "20260101T000000000000Z-00000000"
    assert notebook.discard([record.id, missing]) == [record.id]
    assert notebook.discard([record.id]) == []


def test_undo_keeps_what_another_process_wrote_meanwhile(
    notebook: Notebook, record: Record, place: Place
):
    notebook.discard([record.id])
    later = replace(record, request_id="its picture came after all")
    open_history(place).notebook("anna").save(later)
    assert notebook.take_back([record.id]) == [record.id]
    assert notebook.get(record.id) == later
    assert notebook.take_back([record.id]) == []


def test_emptying_the_bin_keeps_the_star_of_a_record_rewritten_meanwhile(
    notebook: Notebook, record: Record, place: Place
):
    notebook.mark(record.id, Mark(starred=True))
    notebook.discard([record.id])
    open_history(place).notebook("anna").save(record)
    notebook.empty_bin()
    assert notebook.mark_of(record.id).starred
    assert notebook.read(RESULT) == b"result"


@pytest.mark.parametrize("method", ["discard", "take_back"])
def test_an_untrusted_id_moves_nothing_else(notebook: Notebook, record: Record, method: str):
    with pytest.raises(HistoryError):
        getattr(notebook, method)(["../marks/x"])
