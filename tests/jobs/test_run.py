"""A run on its own: what is on disk before it is shown, and when it has ended."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from volcedit import EditParams, EditRequest, HistoryError, Photo
from volcedit.errors import StoppedError
from volcedit.jobs.run import Run
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record, new_id
from volcedit.service.client import Poll
from volcedit.service.transport import Wait
from volcedit.types import Provider, State, Words

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FULL = HistoryError(Words("The disk is full."))


class Disk:
    """A notebook that stores states, or that is full."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.is_full = False

    def save(self, record: Record, blobs: object = None) -> None:
        """Keep the record's state. Raises `HistoryError`."""
        if self.is_full:
            raise FULL
        self.states.append(record.state.value)


@pytest.fixture
def record(photo: Photo) -> Record:
    request = EditRequest(photo, EditParams("make it snow", seed=7), "byteedit_v2.0")
    recipe = Recipe.of(request, Provider.GATEWAY, "localhost")
    return Record(new_id(NOON), NOON.isoformat(), recipe, State.QUEUED)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def shown() -> list[str]:
    """The state of the run's first record at each notification of a change."""
    return []


@pytest.fixture
def run(disk: Disk, record: Record, shown: list[str]) -> Run:
    run = Run(disk, [record], lambda: shown.append(run.records[0].state.value))
    return run


def test_a_saved_record_is_on_disk_before_it_is_shown(run: Run, disk: Disk, record: Record):
    on_disk: list[list[str]] = []
    run.on_change = lambda: on_disk.append(list(disk.states))
    run.save(replace(record, state=State.DONE))
    assert on_disk == [["done"]]


def test_a_record_that_cannot_be_saved_is_not_shown(
    run: Run, disk: Disk, record: Record, shown: list[str]
):
    disk.is_full = True
    with pytest.raises(HistoryError):
        run.save(replace(record, state=State.DONE))
    assert (run.record(record.id), shown) == (record, [])


def test_note_sent_raises_if_the_record_cannot_be_saved(run: Run, disk: Disk, record: Record):
    disk.is_full = True
    with pytest.raises(HistoryError):
        run.note_sent(record.id, NOON.isoformat(), 7)


def test_an_end_is_shown_even_if_the_disk_is_full(
    run: Run, disk: Disk, record: Record, shown: list[str], caplog: pytest.LogCaptureFixture
):
    disk.is_full = True
    with caplog.at_level(logging.ERROR):
        run.end(replace(record, state=State.FAILED))
    assert (shown, run.finished) == (["failed"], True)
    assert record.id in caplog.text


def test_a_task_is_shown_even_if_the_disk_is_full(run: Run, disk: Disk, record: Record):
    disk.is_full = True
    run.note_task(record.id, "t-1")
    assert (run.record(record.id).state, run.record(record.id).task_id) == ("task", "t-1")


def test_only_a_poll_with_a_new_state_is_written_to_disk(run: Run, disk: Disk, record: Record):
    for number, state in enumerate(["in_queue", "in_queue", "generating"], 1):
        run.note_poll(record.id, Poll(number, state, None))
    assert len(disk.states) == 2
    assert run.polls[record.id].number == 3
    assert run.record(record.id).task_state == "generating"


def test_a_pause_is_shown_until_it_ends(run: Run, record: Record):
    wait = Wait(FULL, 1.0, 2, 4)
    run.note_wait(record.id, wait)
    assert run.waits == {record.id: wait}
    run.note_wait(record.id, None)
    assert run.waits == {}


def test_a_snapshot_stays_as_it_was(run: Run, record: Record):
    wait = Wait(FULL, 1.0, 2, 4)
    run.note_wait(record.id, wait)
    before = run.snapshot()
    run.end(replace(record, state=State.FAILED))
    after = run.snapshot()
    assert (before.records, before.waits, before.finished) == ([record], {record.id: wait}, False)
    assert (after.records, after.waits, after.finished) == (run.records, {}, True)


def test_forgetting_a_task_clears_it_from_the_record(run: Run, record: Record):
    run.note_task(record.id, "t-1")
    run.note_poll(record.id, Poll(1, "generating", None))
    run.forget_task(record.id)
    found = run.record(record.id)
    assert (found.state, found.task_id, found.task_state, run.polls) == ("sent", None, "", {})


def test_the_end_is_reported_once_and_immediately_to_late_callers(run: Run, record: Record):
    ends: list[str] = []
    run.when_ended(lambda: ends.append("early"))
    run.note_sent(record.id, NOON.isoformat(), 7)
    assert ends == []
    run.end(replace(record, state=State.DONE))
    run.end(replace(record, state=State.DONE))
    run.when_ended(lambda: ends.append("late"))
    assert ends == ["early", "late"]


def test_a_stop_cancels_queued_calls(run: Run, disk: Disk, record: Record):
    call: Future[None] = Future()
    run.begin(record.id, call)
    run.stop()
    assert call.cancelled()
    assert (run.stopped, run.finished, disk.states) == (True, True, ["stopped"])


def test_a_stop_does_not_cancel_running_calls(run: Run, disk: Disk, record: Record):
    call: Future[None] = Future()
    call.set_running_or_notify_cancel()
    run.begin(record.id, call)
    run.stop()
    assert (run.stopped, run.finished, disk.states) == (True, False, [])
    assert run.stopping.is_set()


# ── chains ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def chain(disk: Disk, record: Record) -> Run:
    """A chain of two steps, whose first is done."""
    return Run(disk, [replace(record, state=State.DONE)], lambda: None, steps=2)


def test_a_chain_has_not_ended_before_its_last_step(chain: Run, record: Record):
    assert (chain.is_chain, chain.planned, chain.finished) == (True, 2, False)
    assert chain.join(replace(record, id=new_id(NOON)), {})
    assert (len(chain.records), chain.finished) == (2, False)
    chain.end(replace(chain.records[1], state=State.DONE))
    assert chain.finished


def test_no_step_is_added_to_a_stopped_chain(chain: Run, disk: Disk, record: Record):
    chain.stop()
    assert not chain.join(replace(record, id=new_id(NOON)), {})
    assert (len(chain.records), disk.states, chain.finished) == (1, [], True)


def test_a_chain_that_ended_early_says_why(chain: Run):
    ends: list[bool] = []
    chain.when_ended(lambda: ends.append(True))
    chain.break_off(FULL)
    assert (chain.finished, chain.broken_off, ends) == (True, FULL, [True])


# ── claims ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


@pytest.fixture
def notebook(history: History) -> Notebook:
    return history.notebook("anna")


@pytest.fixture
def held(history: History, notebook: Notebook, record: Record) -> Iterator[Run]:
    """A run that holds the claim on its task."""
    run = Run(notebook, [replace(record, state=State.TASK, task_id="t-1")], lambda: None)
    claim = history.claim(record.id)
    assert claim is not None
    run.hold(record.id, claim)
    yield run
    run.leave(record.id)


def test_a_claim_is_held_until_the_record_has_ended(history: History, held: Run, record: Record):
    held.note_poll(record.id, Poll(1, "generating", None))
    assert history.is_claimed(record.id)
    held.end(replace(held.records[0], state=State.FAILED))
    assert not history.is_claimed(record.id)


def test_leaving_releases_the_claim_and_ends_waiting(history: History, held: Run, record: Record):
    ends: list[bool] = []
    held.when_ended(lambda: ends.append(True))
    held.leave(record.id)
    assert not history.is_claimed(record.id)
    assert (held.records[0].state, ends) == ("task", [True])


# ── the end of the app ───────────────────────────────────────────────────────────────────────


def test_a_run_stopped_while_a_call_is_recorded_does_not_send_it(run: Run, record: Record):
    run.stopping.set()
    with pytest.raises(StoppedError):
        run.note_sent(record.id, NOON.isoformat(), 7)


@pytest.mark.parametrize(
    ("before", "after"), [("queued", "stopped"), ("sent", "failed"), ("task", "task")]
)
def test_what_is_given_up_is_written_down_and_then_left_alone(
    run: Run, record: Record, disk: Disk, before: str, after: str
):
    if before != "queued":
        run.save(replace(record, state=State(before)))
    run.give_up()
    run.end(replace(record, state=State.DONE))
    assert (run.records[0].state, disk.states[-1:]) == (after, [after])


def test_a_call_given_up_in_a_pause_before_a_retry_is_not_lost(run: Run, record: Record):
    run.note_sent(record.id, NOON.isoformat(), 7)
    run.note_wait(record.id, Wait(FULL, 60, 2, 4))
    run.give_up()
    assert run.records[0].state == "stopped"


def test_a_result_on_disk_is_not_given_up_while_its_verdict_is_made(
    run: Run, record: Record, disk: Disk
):
    run.note_sent(record.id, NOON.isoformat(), 7)
    run.save(replace(record, state=State.DONE), is_shown=False)
    run.give_up()
    assert disk.states == ["sent", "done"]
