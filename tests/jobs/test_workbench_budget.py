"""Edits at the owner's cost, as a run makes them: what is counted, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.gateway import Gateway, close_unanswered, reply
from tests.support.running import DONE, Bench, Held
from volcedit import Client, EditParams, HistoryError, Photo, Words, read_photo
from volcedit.jobs.budget import Payer
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.history import History
from volcedit.notebook.records import Record
from volcedit.types import PictureFacts, Provider

BUSY = reply(429, {"code": 50430, "message": "busy"}, Retry_After="0")
TASK = reply(200, {"code": 10000, "data": {"task_id": "t-1"}})
RUNNING = reply(200, {"code": 10000, "data": {"status": "generating"}})
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LIMIT = 9
SNOW = EditParams("make it snow", seed=7)


@pytest.fixture
def open_bench(gateway: Gateway, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Opens benches on one notebook, one after the other or together."""
    gateway.script(DONE)
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(
            Bench(
                **{"url": gateway.url, "data_dir": tmp_path, "edits_per_hour": LIMIT} | options,
                now=lambda: NOON,
            )
        )


@pytest.fixture
def bench(open_bench: Callable[..., Bench]) -> Bench:
    return open_bench()


def counted(bench: Bench) -> int:
    return LIMIT - bench.workbench.left(Payer(bench.notebook.name)).left


def sent(gateway: Gateway) -> int:
    return len(gateway.requests)


def test_with_two_left_and_four_asked_two_are_sent_and_two_fail(
    gateway: Gateway, open_bench: Callable[..., Bench], photo: Photo
):
    bench = open_bench(edits_per_hour=2)
    run = bench.finish(photo, count=4)
    failed = [record for record in run.records if record.state == "failed"]
    assert (sent(gateway), len(failed)) == (2, 2)
    for record in failed:
        assert bench.notebook.get(record.id) == record
        error = record.failure.to_json()
        assert (error["kind"], error["code"], error["retryable"]) == ("limit", None, True)
        assert "The next is possible at 13:00 UTC" in error["message"]
        assert (record.sent_at, record.response) == (None, None)


def test_a_restart_opens_nothing(gateway: Gateway, open_bench: Callable[..., Bench], photo: Photo):
    open_bench(edits_per_hour=2).finish(photo, count=2)
    later = open_bench(edits_per_hour=2)
    assert later.finish(photo).records[0].failure.kind == "limit"
    assert sent(gateway) == 2


def test_a_second_process_counts_along(
    gateway: Gateway, open_bench: Callable[..., Bench], photo: Photo
):
    one, other = open_bench(edits_per_hour=5), open_bench(edits_per_hour=5)
    runs = [one.start(photo, count=4), other.start(photo, count=4)]
    for bench, run in zip((one, other), runs, strict=True):
        bench.wait_for_end(run)
    assert sent(gateway) == 5


def test_a_payers_address_is_counted_over_notebooks(
    gateway: Gateway, open_bench: Callable[..., Bench], photo: Photo
):
    bench = open_bench(edits_per_hour=2)
    for number in range(4):
        notebook = bench.workbench.notebook(f"fresh {number}")
        payer = Payer(notebook.name, "office")
        bench.wait_for_end(bench.workbench.start(notebook, photo, SNOW, payer=payer))
    assert sent(gateway) == 2


def test_retries_are_not_counted(gateway: Gateway, open_bench: Callable[..., Bench], photo: Photo):
    bench = open_bench(max_attempts=3)
    gateway.script(BUSY, BUSY, DONE)
    assert bench.finish(photo).records[0].state == "done"
    assert (sent(gateway), counted(bench)) == (3, 1)


def test_repeats_are_counted(gateway: Gateway, bench: Bench, photo: Photo):
    (first,) = bench.finish(photo).records
    bench.wait_for_end(bench.workbench.replay(bench.notebook, first.id, 4))
    assert counted(bench) == sent(gateway) == 5


def test_every_step_of_a_chain_is_counted_and_the_first_too_many_ends_it(
    gateway: Gateway, open_bench: Callable[..., Bench], photo: Photo
):
    bench = open_bench(edits_per_hour=5)
    (first,) = bench.finish(photo).records
    made = read_photo(bench.notebook.read(first.picture)).photo
    (second,) = bench.finish(made, parent=first.id).records
    for states in (["done", "done"], ["done", "failed"]):
        run = bench.wait_for_end(bench.workbench.replay_chain(bench.notebook, second.id))
        assert [record.state for record in run.records] == states
    assert run.records[1].failure.kind == "limit"
    assert sent(gateway) == 5


def test_a_task_is_counted_once_and_its_polls_not(
    gateway: Gateway, open_bench: Callable[..., Bench], photo: Photo
):
    bench = open_bench(mode="async")
    gateway.script(TASK, RUNNING, DONE)
    assert bench.finish(photo).records[0].state == "done"
    assert (sent(gateway), counted(bench)) == (3, 1)


def test_resuming_and_fetching_a_task_are_not_counted(
    gateway: Gateway, open_bench: Callable[..., Bench], photo: Photo
):
    bench = open_bench(edits_per_hour=1)
    (done,) = bench.finish(photo).records
    left = replace(done, state="task", task_id="t-1", picture=None, sent_at=NOON.isoformat())
    left = replace(left, recipe=replace(left.recipe, mode="async"))
    bench.notebook.save(left)
    later = open_bench(edits_per_hour=1)
    assert later.workbench.resume(later.tell) == 1
    for run in later.workbench.runs:
        later.wait_for_end(run)
    assert later.notebook.get(left.id).state == "done"


def test_a_lost_answer_stays_counted(gateway: Gateway, bench: Bench, photo: Photo):
    gateway.script(close_unanswered())
    assert bench.finish(photo).records[0].failure.kind == "answer_lost"
    assert counted(bench) == 1


def test_an_error_of_the_service_stays_counted(gateway: Gateway, bench: Bench, photo: Photo):
    gateway.script(reply(400, {"code": 50411, "message": "risk", "data": None}))
    assert bench.finish(photo).records[0].failure.kind == "refused"
    assert counted(bench) == 1


def test_what_reached_nobody_is_given_back(open_bench: Callable[..., Bench], photo: Photo):
    with Gateway() as gone:
        url = gone.url
    bench = open_bench(url=url)
    assert bench.finish(photo).records[0].failure.kind == "unreachable"
    assert counted(bench) == 0


def test_what_was_stopped_before_its_turn_is_not_counted(
    gateway: Gateway, open_bench: Callable[..., Bench], photo: Photo
):
    gateway.script(held := Held())
    bench = open_bench(max_concurrent=1)
    run = bench.start(photo, count=3)
    held.wait_for_request()
    run.stop()
    held.let_go()
    bench.wait_for_end(run)
    assert [record.state for record in run.records] == ["done", "stopped", "stopped"]
    assert counted(bench) == 1


def test_a_record_that_cannot_be_written_is_given_back(
    gateway: Gateway, bench: Bench, photo: Photo, monkeypatch: pytest.MonkeyPatch
):
    save = bench.notebook.save

    def fail_when_sent(record: Record, blobs: Mapping[PictureFacts, bytes] = {}) -> None:
        if record.state == "sent":
            raise HistoryError(Words("Full."))
        save(record, blobs)

    monkeypatch.setattr(bench.notebook, "save", fail_when_sent)
    assert bench.finish(photo).records[0].failure.kind == "history"
    assert (sent(gateway), counted(bench)) == (0, 0)


def test_a_visitor_with_a_key_of_their_own_is_not_limited(
    gateway: Gateway, open_bench: Callable[..., Bench], photo: Photo
):
    bench = open_bench(edits_per_hour=0, edits_per_day=0)
    own = replace(bench.settings, api_key="their-own")
    assert bench.finish(photo, settings=own).records[0].state == "done"
    assert bench.finish(photo).records[0].failure.kind == "limit"


def test_the_sandbox_is_not_limited(
    gateway: Gateway, tmp_path: Path, photo: Photo, open_bench: Callable[..., Bench]
):
    bench = open_bench(edits_per_hour=0, edits_per_day=0)
    sandbox = replace(bench.settings, provider=Provider.SANDBOX)
    workbench = Workbench(sandbox, Client.from_settings(bench.settings), History(tmp_path))
    run = workbench.start(bench.notebook, photo, SNOW)
    bench.wait_for_end(run)
    assert run.records[0].state == "done"
    workbench.close()


def test_a_damaged_count_sends_nothing(
    gateway: Gateway, bench: Bench, photo: Photo, tmp_path: Path
):
    bench.finish(photo)
    (tmp_path / "spending" / "edits.json").write_bytes(b"")
    failure = bench.finish(photo).records[0].failure
    assert (failure.kind, sent(gateway)) == ("limit", 1)
