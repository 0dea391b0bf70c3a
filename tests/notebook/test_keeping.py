"""What the limits delete, and what the workbench can restore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.gateway import Gateway
from tests.support.running import DONE, PICTURE, Bench
from tests.support.stores import Place, open_history
from volcedit import EditParams, Photo
from volcedit.config import read_settings
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.keeping import Outlook, is_too_old, look_ahead, tidy
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Mark, Record, new_id
from volcedit.types import PictureFacts, State, digest

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
MB = 1_000_000


@pytest.fixture
def notebook(place: Place) -> Notebook:
    return open_history(place).notebook("anna")


def add(notebook: Notebook, time: datetime, size_bytes: int = MB) -> Record:
    """An edit of `time` whose picture claims `size_bytes`; its photo takes nothing."""
    name = digest(time.isoformat().encode())
    photo = PictureFacts(digest(b""), "image/jpeg", 1, 1, 0)
    recipe = Recipe(photo, EditParams("snow", seed=7), "m", "base64", "gateway", "h")
    picture = PictureFacts(name, "image/jpeg", 1, 1, size_bytes)
    record = Record(new_id(time), time.isoformat(), recipe, "done", picture=picture)
    notebook.save(record)
    return record


def limits(**values: object):
    return read_settings({f"VOLCEDIT_{name.upper()}": str(it) for name, it in values.items()})


def ids(records: list[Record]) -> list[str]:
    return [record.id for record in records]


def test_without_limits_nothing_is_announced_or_deleted(notebook: Notebook):
    add(notebook, NOON - timedelta(days=999), 999 * MB)
    assert look_ahead(notebook, limits(), NOON) is None
    assert tidy(notebook, limits(), NOON) == 0


# Ten of 1 MB at a limit of 10 pass. One byte more makes room down to 8 MB.
@pytest.mark.parametrize(("extra_bytes", "gone"), [(0, 0), (1, 3)])
def test_beyond_the_size_limit_the_oldest_are_deleted(
    notebook: Notebook, extra_bytes: int, gone: int
):
    records = [add(notebook, NOON + timedelta(hours=hour)) for hour in range(9)]
    records.append(add(notebook, NOON + timedelta(hours=9), MB + extra_bytes))
    assert tidy(notebook, limits(notebook_mb=10), NOON) == gone
    assert notebook.ids() == ids(records[gone:])[::-1]
    assert notebook.evicted == gone


@pytest.mark.parametrize(("megabytes", "next_full"), [(9, 0), (10, 2)])
def test_the_next_deletions_are_announced_once_the_notebook_is_nearly_full(
    notebook: Notebook, megabytes: int, next_full: int
):
    for hour in range(megabytes):
        add(notebook, NOON + timedelta(hours=hour))
    expected = Outlook(megabytes * MB, 10 * MB, None, next_full=next_full)
    assert look_ahead(notebook, limits(notebook_mb=10), NOON) == expected


def test_edits_beyond_the_age_limit_are_deleted(notebook: Notebook):
    day = timedelta(days=1)
    add(notebook, NOON - 31 * day)
    starred = add(notebook, NOON - 32 * day)
    notebook.mark(starred.id, Mark(starred=True))
    last = add(notebook, NOON - 30 * day)
    assert tidy(notebook, limits(keep_days=30), NOON) == 1
    assert notebook.ids() == ids([last, starred])


def test_what_the_limits_take_can_be_restored(notebook: Notebook):
    old = add(notebook, NOON - timedelta(days=40))
    tidy(notebook, limits(keep_days=30), NOON)
    assert notebook.binned() == [old.id]
    assert notebook.take_back([old.id]) == [old.id]
    assert notebook.ids() == [old.id]


@pytest.mark.parametrize(("days", "is_old"), [(30, False), (31, True)])
def test_an_id_tells_whether_it_is_beyond_the_age_limit(days: int, is_old: bool):
    record_id = new_id(NOON - timedelta(days=days))
    assert is_too_old(record_id, limits(keep_days=30), NOON) == is_old
    assert not is_too_old(record_id, limits(), NOON)


def test_edits_that_expire_within_three_days_are_announced(notebook: Notebook):
    day = timedelta(days=1)
    for age in (27, 28, 30):
        add(notebook, NOON - age * day)
    found = look_ahead(notebook, limits(keep_days=30), NOON)
    assert (found.next_old, found.keep_days, found.max_bytes) == (2, 30, None)


def test_the_number_of_evicted_edits_is_reported(notebook: Notebook):
    add(notebook, NOON - timedelta(days=40))
    tidy(notebook, limits(keep_days=30), NOON)
    assert look_ahead(notebook, limits(keep_days=30), NOON).gone == 1


# ── the workbench ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path) -> Iterator[Bench]:
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path, keep_days=30) as bench:
        yield bench


def test_a_run_makes_room_before_it_starts(bench: Bench, photo: Photo):
    old = add(bench.notebook, datetime.now(UTC) - timedelta(days=40))
    run = bench.finish(photo)
    assert bench.notebook.ids() == ids(run.records)
    assert old.id not in bench.notebook.ids()


@pytest.mark.parametrize("how", ["replay", "replay_chain"])
def test_a_repeat_makes_room_but_spares_what_it_repeats(bench: Bench, photo: Photo, how: str):
    (first,) = bench.finish(photo).records
    old = datetime.now(UTC) - timedelta(days=40)
    again = replace(first, id=new_id(old), time=old.isoformat())
    bench.notebook.save(again)
    add(bench.notebook, old)
    run = getattr(bench.workbench, how)(bench.notebook, again.id, on_change=bench.tell)
    (repeat,) = bench.wait_for_end(run).records
    assert bench.notebook.ids() == [repeat.id, first.id, again.id]
    assert repeat.verdict.kind == "same_bytes"


def test_a_deletion_can_be_undone(bench: Bench, photo: Photo):
    (record,) = bench.finish(photo).records
    assert bench.workbench.delete(bench.notebook) == ([record.id], 0)
    assert bench.notebook.take_back([record.id]) == [record.id]
    assert bench.notebook.read(record.picture) == PICTURE


def test_a_task_polled_by_another_process_is_not_deleted(bench: Bench, tmp_path: Path):
    record = add(bench.notebook, datetime.now(UTC))
    bench.notebook.save(replace(record, state=State.TASK, task_id="t-1", picture=None))
    with History(tmp_path).claim(record.id):
        assert bench.workbench.delete(bench.notebook) == ([], 1)
    assert bench.workbench.delete(bench.notebook, [record.id]) == ([record.id], 0)


def test_startup_tidies_every_notebook(bench: Bench):
    other = bench.workbench.notebook("ben")
    add(other, datetime.now(UTC) - timedelta(days=40))
    bench.workbench.resume()
    assert other.ids() == []


def test_unfinished_edits_are_kept(bench: Bench):
    record = add(bench.notebook, datetime.now(UTC) - timedelta(days=40))
    bench.notebook.save(replace(record, state=State.TASK, picture=None))
    bench.workbench.tidy(bench.notebook)
    assert bench.notebook.ids() == [record.id]
