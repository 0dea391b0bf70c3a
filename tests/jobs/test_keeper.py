"""The bin empties by the time that the app runs, whatever the wall clock says."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from volcedit import EditParams
from volcedit.config import read_settings
from volcedit.jobs import keeper
from volcedit.jobs.keeper import UNDO_OLD_S, UNDO_S, Keeper
from volcedit.jobs.under_way import UnderWay
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record, new_id
from volcedit.types import PictureFacts, digest

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
MONTH = timedelta(days=31)
BYTES = b"picture"
PICTURE = PictureFacts(digest(BYTES), "image/jpeg", 1, 1, len(BYTES))


class Life:
    """A process on the folder, with clocks of its own: one that can be set, one that cannot."""

    def __init__(self, folder: Path, time: datetime = NOON, **limits: int) -> None:
        self.time = time
        self.ran_s = 0.0
        environ = {f"VOLCEDIT_{name.upper()}": str(value) for name, value in limits.items()}
        self.history = History(folder, now=lambda: self.time.timestamp())
        self.notebook = self.history.notebook("anna")
        self.keeper = Keeper(
            read_settings({"VOLCEDIT_KEEP_DAYS": "30", **environ}),
            self.history,
            UnderWay(),
            lambda: self.time,
            lambda: self.ran_s,
        )

    def run_for(self, seconds: float) -> None:
        """Let it run, and empty the bins that are due."""
        self.ran_s += seconds
        self.keeper.empty_bins()


@pytest.fixture
def life(tmp_path: Path, request: pytest.FixtureRequest) -> Life:
    return closing(Life(tmp_path), request)


def closing(life: Life, request: pytest.FixtureRequest) -> Life:
    """End its timer with the test."""
    request.addfinalizer(life.keeper.close)
    return life


@pytest.fixture
def start(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Life]:
    """Start another process on the same folder."""

    def start(*args: datetime, **limits: int) -> Life:
        life = closing(Life(tmp_path, *args, **limits), request)
        life.keeper.clean_up()
        return life

    return start


def add(notebook: Notebook, time: datetime = NOON) -> Record:
    """A finished edit of that time."""
    recipe = Recipe(PICTURE, EditParams("snow", seed=7), "m", "base64", "gateway", "h")
    record = Record(new_id(time), time.isoformat(), recipe, "done", picture=PICTURE)
    notebook.save(record, {PICTURE: BYTES})
    return record


# ── in one life ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("seconds", "left"), [(UNDO_S - 1, 1), (UNDO_S, 0)])
def test_a_deleted_edit_can_be_restored_for_ten_minutes(life: Life, seconds: float, left: int):
    record = add(life.notebook)
    life.keeper.delete(life.notebook, None)
    life.run_for(seconds)
    assert len(life.notebook.take_back([record.id])) == left


@pytest.mark.parametrize("jump", [MONTH, -MONTH], ids=["ahead", "back"])
def test_a_jump_of_the_clock_neither_empties_a_bin_nor_keeps_it_full(life: Life, jump: timedelta):
    record = add(life.notebook)
    life.keeper.delete(life.notebook, None)
    life.time += jump
    life.run_for(UNDO_S - 1)
    assert life.notebook.binned() == [record.id]
    life.run_for(1)
    assert life.notebook.binned() == []


def test_what_a_jump_of_the_clock_expires_can_be_restored_for_hours(life: Life):
    record = add(life.notebook)
    life.time += MONTH
    life.keeper.tidy(life.notebook)
    assert life.notebook.ids() == []
    life.run_for(UNDO_S)
    life.time -= MONTH  # set right again
    life.run_for(UNDO_OLD_S - UNDO_S - 1)
    assert life.notebook.take_back([record.id]) == [record.id]
    assert life.notebook.read(PICTURE) == BYTES


def test_what_expired_goes_in_the_end_with_its_files(life: Life, tmp_path: Path):
    add(life.notebook, NOON - MONTH)
    life.keeper.tidy(life.notebook)
    life.run_for(UNDO_OLD_S)
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in paths] == ["taken"]


def test_an_edit_deleted_again_stays_for_another_ten_minutes(life: Life):
    record = add(life.notebook)
    life.keeper.delete(life.notebook, None)
    life.run_for(UNDO_S - 1)
    life.notebook.take_back([record.id])
    life.keeper.delete(life.notebook, None)
    life.run_for(UNDO_S - 1)
    assert life.notebook.binned() == [record.id]
    life.run_for(1)
    assert life.notebook.binned() == []


def test_what_the_size_limit_takes_frees_the_disk_in_ten_minutes(start: Callable[..., Life]):
    life = start(notebook_mb=1)
    facts = PictureFacts(digest(b"big"), "image/jpeg", 1, 1, 2_000_000)
    record = add(life.notebook)
    recipe = Recipe(facts, EditParams("snow", seed=7), "m", "base64", "gateway", "h")
    life.notebook.save(Record(record.id, record.time, recipe, "done"), {facts: b"big"})
    life.keeper.tidy(life.notebook)
    assert life.notebook.binned() == [record.id]
    life.run_for(UNDO_S)
    assert life.notebook.binned() == [] and not life.notebook.has(facts)


# ── over a restart, and with a second process ────────────────────────────────────────────────


def test_a_restart_begins_the_count_again_whatever_the_clock_says(
    life: Life, start: Callable[..., Life]
):
    record = add(life.notebook)
    life.keeper.delete(life.notebook, None)
    life.run_for(UNDO_S - 1)
    restarted = start(NOON + timedelta(days=1))
    restarted.run_for(UNDO_S - 1)
    assert restarted.notebook.binned() == [record.id]
    restarted.run_for(1)
    assert restarted.notebook.binned() == []


def test_what_an_earlier_version_left_in_the_bin_can_still_be_restored(
    life: Life, start: Callable[..., Life], tmp_path: Path
):
    record = add(life.notebook)
    life.notebook.discard([record.id])
    (path,) = tmp_path.glob(f"notebooks/*/deleted/{record.id}.json")
    os.utime(path, (0, 0))
    restarted = start()
    restarted.run_for(UNDO_S - 1)
    assert restarted.notebook.take_back([record.id]) == [record.id]


def test_a_start_with_a_clock_a_month_ahead_loses_nothing(life: Life, start: Callable[..., Life]):
    record = add(life.notebook)
    start(NOON + MONTH).run_for(UNDO_S)
    restarted = start(NOON)
    assert restarted.notebook.take_back([record.id]) == [record.id]
    assert restarted.notebook.read(PICTURE) == BYTES


def test_a_second_process_counts_for_itself(life: Life, start: Callable[..., Life]):
    other = start()
    other.run_for(UNDO_S)  # it has run for longer
    record = add(life.notebook)
    life.keeper.delete(life.notebook, None)
    other.keeper.delete(other.notebook, [add(other.notebook).id])
    other.run_for(UNDO_S - 1)
    assert record.id in life.notebook.binned()
    life.run_for(UNDO_S)
    other.run_for(1)  # what the first has deleted meanwhile does not disturb it
    assert other.notebook.binned() == []


def test_one_timer_empties_all_bins(life: Life, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeper, "LOOK_EVERY_S", 0.01)
    emptied = threading.Event()
    others = [life.notebook, life.history.notebook("ben")]
    before = threading.active_count()
    for notebook in others:
        add(notebook)
        life.keeper.delete(notebook, None)
    assert threading.active_count() <= before + 2  # one may be ending
    monkeypatch.setattr(others[1], "empty_bin", lambda _: emptied.set())
    life.ran_s = UNDO_S
    life.keeper.delete(life.notebook, [add(life.notebook).id])  # sets the timer anew
    assert emptied.wait(10)
