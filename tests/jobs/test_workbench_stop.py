"""Stopping, closing, deleting, and what a crash leaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.gateway import Gateway, reply
from tests.support.running import DEADLINE_S, DONE, PICTURE, Bench, Held
from volcedit import Photo
from volcedit.jobs.run import Run
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.records import Record
from volcedit.types import State

BUSY_FOR_A_MINUTE = reply(429, {"code": 50430, "message": "busy"}, Retry_After="60")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def held(gateway: Gateway) -> Iterator[Held]:
    """The gateway's response: a picture, held back."""
    gateway.script(held := Held())
    yield held
    held.let_go()


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path) -> Iterator[Bench]:
    with Bench(gateway.url, tmp_path, max_concurrent=1, max_attempts=2) as bench:
        yield bench


@pytest.fixture
def run(bench: Bench, held: Held, photo: Photo) -> Run:
    """Three variations, the first of which has been sent."""
    run = bench.start(photo, count=3)
    held.wait_for_request()
    return run


def end(bench: Bench, held: Held, run: Run) -> Run:
    """Release the responses, and wait for the run to end."""
    held.let_go()
    return bench.wait_for_end(run)


# ── stop ─────────────────────────────────────────────────────────────────────────────────────


def test_unsent_edits_are_immediately_stopped_on_disk(bench: Bench, held: Held, run: Run):
    run.stop()
    assert bench.states_on_disk(run) == ["sent", "stopped", "stopped"]
    assert not run.finished
    end(bench, held, run)


def test_results_of_sent_edits_are_kept(bench: Bench, held: Held, run: Run, gateway: Gateway):
    run.stop()
    end(bench, held, run)
    assert bench.states_on_disk(run) == ["done", "stopped", "stopped"]
    assert bench.notebook.read(run.records[0].picture) == PICTURE
    assert len(gateway.requests) == 1


def test_a_stop_is_reported_once_it_is_complete(bench: Bench, held: Held, run: Run):
    seen: list[list[str]] = []
    run.on_change = lambda: run.stopped and seen.append([each.state for each in run.records])
    run.stop()
    assert seen == [["sent", "stopped", "stopped"]]
    end(bench, held, run)


def test_a_stop_ends_the_pause_before_a_retry(bench: Bench, gateway: Gateway, photo: Photo):
    gateway.script(BUSY_FOR_A_MINUTE)
    run = bench.start(photo)
    bench.wait_until(lambda: run.waits)
    run.stop()
    bench.wait_for_end(run)
    assert bench.states_on_disk(run) == ["stopped"]
    assert run.waits == {}
    assert len(gateway.requests) == 1


def test_a_stop_after_the_end_changes_nothing(bench: Bench, held: Held, run: Run):
    end(bench, held, run)
    run.stop()
    assert bench.states_on_disk(run) == ["done", "done", "done"]


def test_a_second_stop_does_not_restore_deleted_records(bench: Bench, held: Held, run: Run):
    run.stop()
    sent, *stopped = (record.id for record in run.records)
    bench.workbench.delete(bench.notebook, stopped)
    run.stop()
    assert bench.notebook.ids() == [sent]
    end(bench, held, run)


def test_closing_does_not_restore_deleted_records(bench: Bench, held: Held, run: Run, photo):
    waiting = bench.start(photo, count=2)
    waiting.stop()
    bench.workbench.delete(bench.notebook, [record.id for record in waiting.records])
    end(bench, held, run)
    bench.workbench.close()
    assert sorted(bench.notebook.ids()) == sorted(record.id for record in run.records)


def test_stopping_one_run_does_not_affect_another(bench: Bench, held: Held, run: Run, photo: Photo):
    other = bench.start(photo)
    run.stop()
    end(bench, held, other)
    assert bench.states_on_disk(other) == ["done"]


def test_a_run_stopped_before_sending_ends_immediately(
    bench: Bench, held: Held, run: Run, photo: Photo
):
    waiting = bench.start(photo, count=2)
    waiting.stop()
    bench.wait_for_end(waiting)
    assert bench.states_on_disk(waiting) == ["stopped", "stopped"]
    end(bench, held, run)


# ── close ────────────────────────────────────────────────────────────────────────────────────


def test_closing_stops_queued_edits_and_waits_for_sent_ones(
    bench: Bench, held: Held, run: Run, gateway: Gateway
):
    closing = threading.Thread(target=bench.workbench.close)
    closing.start()
    bench.wait_until(lambda: run.stopped)
    assert bench.states_on_disk(run) == ["sent", "stopped", "stopped"]
    assert closing.is_alive()
    held.let_go()
    closing.join(DEADLINE_S)
    assert not closing.is_alive()
    assert bench.states_on_disk(run) == ["done", "stopped", "stopped"]
    assert len(gateway.requests) == 1


def test_closing_works_even_if_the_page_is_gone(bench: Bench, held: Held, run: Run):
    def leave() -> None:
        raise RuntimeError("Event loop is closed")

    run.on_change = leave
    run.stop()
    held.let_go()
    bench.workbench.close()
    assert bench.states_on_disk(run) == ["done", "stopped", "stopped"]


# ── delete ───────────────────────────────────────────────────────────────────────────────────


def test_deleting_all_keeps_running_edits(
    bench: Bench, held: Held, run: Run, gateway: Gateway, photo: Photo
):
    run.stop()
    assert bench.workbench.delete(bench.notebook)[1] == 1
    assert bench.notebook.ids() == [run.records[0].id]
    end(bench, held, run)
    assert bench.notebook.read(run.records[0].recipe.photo) == photo.data
    assert bench.workbench.delete(bench.notebook)[1] == 0
    assert bench.notebook.ids() == []


def test_queued_edits_cannot_be_deleted(bench: Bench, held: Held, run: Run):
    waiting = run.records[2].id
    assert bench.workbench.delete(bench.notebook, [waiting])[1] == 1
    assert bench.notebook.get(waiting).state == "queued"
    end(bench, held, run)


def test_deleting_all_while_a_run_starts_keeps_the_run(
    bench: Bench, gateway: Gateway, photo: Photo, monkeypatch: pytest.MonkeyPatch
):
    save = Notebook.save

    def save_then_delete_all(notebook: Notebook, record: Record, *blobs: object) -> None:
        save(notebook, record, *blobs)
        if record.state == "queued":
            bench.workbench.delete(notebook)

    gateway.script(DONE)
    monkeypatch.setattr(Notebook, "save", save_then_delete_all)
    run = bench.finish(photo, count=2)
    assert bench.states_on_disk(run) == ["done", "done"]
    assert bench.notebook.read(run.records[0].recipe.photo) == photo.data


def test_deleting_one_record_keeps_the_others(bench: Bench, held: Held, run: Run):
    first, second, third = (record.id for record in end(bench, held, run).records)
    assert bench.workbench.delete(bench.notebook, [second])[1] == 0
    assert sorted(bench.notebook.ids()) == sorted([first, third])


# ── what a crash leaves ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def trace(bench: Bench, held: Held, run: Run) -> Record:
    """The record of a running call, created at noon, as read by another process."""
    return replace(run.records[0], time=NOON.isoformat(), state=State.SENT)


def reader_at(bench: Bench, time: datetime):
    """A workbench of another process on the same notebook, with nothing running."""
    return Bench(bench.settings.base_url, bench.settings.data_dir, max_attempts=2, now=lambda: time)


# Two tries of 10 s, and a pause of at most 60 s after each.
@pytest.mark.parametrize(("age_s", "interrupted"), [(0, False), (140, False), (141, True)])
@pytest.mark.parametrize("state", ["queued", "sent"])
def test_a_call_counts_as_interrupted_after_its_longest_duration(
    bench: Bench, trace: Record, state: str, age_s: int, interrupted: bool
):
    with reader_at(bench, NOON + timedelta(seconds=age_s)) as reader:
        assert reader.workbench.is_interrupted(replace(trace, state=State(state))) == interrupted


@pytest.mark.parametrize("state", ["done", "failed", "stopped"])
def test_a_finished_edit_is_never_interrupted(bench: Bench, trace: Record, state: str):
    with reader_at(bench, NOON + timedelta(days=365)) as reader:
        assert not reader.workbench.is_interrupted(replace(trace, state=State(state)))


def test_an_edit_running_here_is_never_interrupted(
    gateway: Gateway, held: Held, tmp_path: Path, photo: Photo
):
    times = [NOON]
    with Bench(gateway.url, tmp_path, max_concurrent=1, now=lambda: times[-1]) as bench:
        run = bench.start(photo, count=3)
        held.wait_for_request()
        times.append(NOON + timedelta(days=365))
        assert [record.state for record in run.records] == ["sent", "queued", "queued"]
        assert not any(map(bench.workbench.is_interrupted, run.records))
        held.let_go()


def test_a_crash_leaves_records_that_can_be_restored_and_deleted(
    bench: Bench, trace: Record, photo: Photo
):
    notebook = History(bench.settings.data_dir).notebook("anna")
    notebook.save(trace)
    assert notebook.read(notebook.get(trace.id).recipe.photo) == photo.data
    with reader_at(bench, NOON + timedelta(days=1)) as reader:
        assert reader.workbench.delete(reader.notebook, [trace.id])[1] == 0
    assert trace.id not in notebook.ids()
