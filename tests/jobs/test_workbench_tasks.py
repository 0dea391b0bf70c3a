"""Edits as tasks: what is on disk when, and resuming after a crash."""

from __future__ import annotations

import base64
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.calling import Time
from tests.support.gateway import Answer, Exchange, Gateway, close_unanswered, reply
from tests.support.running import DEADLINE_S, PICTURE, Bench, Held
from volcedit import Client, EditParams, EditRequest, ParameterError, Photo
from volcedit.config import read_settings
from volcedit.notebook.history import History
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Failure, Record, new_id
from volcedit.sandbox import Progress, Sandbox
from volcedit.service.models import settle
from volcedit.types import State, Words

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SUBMITTED = reply(200, {"code": 10000, "data": {"task_id": 7392616336519610409}})
TASK_ID = "7392616336519610409"


def state(name: str, **data: object) -> Answer:
    return reply(200, {"code": 10000, "request_id": "r-7", "data": {"status": name, **data}})


DONE = state("done", binary_data_base64=[base64.b64encode(PICTURE).decode()])


def at_once(gateway: Gateway) -> Client:
    """A client that does not wait between polls."""
    return Client(gateway.url, max_attempts=1, timeout_s=10, **Time().options)


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path) -> Iterator[Bench]:
    with Bench(gateway.url, tmp_path, client=at_once(gateway), mode="async") as bench:
        yield bench


def submissions(gateway: Gateway) -> int:
    return sum(
        request.query.get("Action") == "CVSync2AsyncSubmitTask" for request in gateway.requests
    )


# ── one edit ─────────────────────────────────────────────────────────────────────────────────


def test_a_task_results_in_a_picture_in_the_history(bench: Bench, gateway: Gateway, photo: Photo):
    gateway.script(SUBMITTED, state("in_queue"), state("generating"), DONE)
    (record,) = bench.finish(photo).records
    assert bench.notebook.get(record.id) == record
    assert (record.state, record.task_id, record.task_state) == ("done", TASK_ID, "done")
    assert (record.recipe.mode, record.own_key, record.request_id) == ("async", False, "r-7")
    assert bench.notebook.read(record.picture) == PICTURE


def test_the_task_is_on_disk_before_the_first_poll(bench: Bench, gateway: Gateway, photo: Photo):
    found: list[Record] = []

    def look_at_disk(exchange: Exchange) -> None:
        found.extend(bench.notebook.page(0, 12)[0])
        DONE(exchange)

    gateway.script(SUBMITTED, look_at_disk)
    bench.finish(photo)
    assert [(record.state, record.task_id) for record in found] == [("task", TASK_ID)]


def test_every_state_is_reported_and_on_disk(bench: Bench, gateway: Gateway, photo: Photo):
    gateway.script(SUBMITTED, state("in_queue"), state("generating"), DONE)
    told: list[tuple[str, str]] = []

    def note_state() -> None:
        for run in bench.workbench.runs:
            for record_id, poll in run.polls.items():
                on_disk = bench.notebook.get(record_id)
                told.append((poll.state, on_disk.task_state))

    bench.finish(photo, on_change=note_state)
    assert list(dict.fromkeys(told)) == [
        ("in_queue", "in_queue"),
        ("generating", "generating"),
        ("done", "done"),
    ]


def test_the_mode_may_be_chosen_for_one_run(bench: Bench, gateway: Gateway, photo: Photo):
    gateway.script(DONE)  # also a valid response to a synchronous call
    (record,) = bench.finish(photo, mode="sync").records
    assert (record.recipe.mode, record.state) == ("sync", "done")
    assert [request.query["Action"] for request in gateway.requests] == ["CVProcess"]


@pytest.mark.parametrize("name", ["not_found", "expired", "sleeping"])
def test_a_task_that_is_gone_ends_with_its_state_as_the_code(
    bench: Bench, gateway: Gateway, photo: Photo, name: str
):
    gateway.script(SUBMITTED, state(name))
    (record,) = bench.finish(photo).records
    found = bench.notebook.get(record.id)
    assert (found.state, found.failure.kind, found.failure.code) == ("failed", "task", name)
    assert (found.task_state, found.response["data"]) == (name, {"status": name})


def test_a_lost_submission_is_not_retried(bench: Bench, gateway: Gateway, photo: Photo):
    gateway.script(close_unanswered(), SUBMITTED, DONE)
    (record,) = bench.finish(photo).records
    assert (record.state, record.failure.kind, record.task_id) == ("failed", "answer_lost", None)
    assert len(gateway.requests) == 1


FAILED = reply(500, {"code": 50501, "message": "internal", "data": {"status": "done"}})


def test_a_failed_task_is_cleared_before_the_edit_is_resubmitted(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    again = reply(200, {"code": 10000, "data": {"task_id": "8"}})
    gateway.script(SUBMITTED, state("generating"), FAILED, again, DONE)
    client = Client(gateway.url, max_attempts=2, **Time().options)
    with Bench(gateway.url, tmp_path, client=client, mode="async") as bench:
        told: list[Record] = []

        def look_at_disk() -> None:
            for run in bench.workbench.runs:
                told.extend(bench.notebook.get(record.id) for record in run.records if run.waits)

        (record,) = bench.finish(photo, on_change=look_at_disk).records
    assert {(waiting.state, waiting.task_id, waiting.task_state) for waiting in told} == {
        ("sent", None, "")
    }
    assert (record.state, record.task_id, record.task_state) == ("done", "8", "done")
    assert submissions(gateway) == 2


def test_a_stop_ends_the_pause_after_a_failed_task(gateway: Gateway, tmp_path: Path, photo: Photo):
    gateway.script(SUBMITTED, FAILED)
    client = Client(gateway.url, max_attempts=2, jitter=lambda: 0.0)
    with Bench(gateway.url, tmp_path, client=client, mode="async") as bench:
        run = bench.start(photo)
        bench.wait_until(lambda: run.waits)
        run.stop()
        (record,) = bench.wait_for_end(run).records
        assert bench.notebook.get(record.id) == record
    assert (record.state, record.task_id, submissions(gateway)) == ("stopped", None, 1)


def test_a_full_disk_does_not_end_a_task(
    bench: Bench, gateway: Gateway, photo: Photo, monkeypatch: pytest.MonkeyPatch
):
    def fill_disk(exchange: Exchange) -> None:
        monkeypatch.setattr("os.fsync", fail)
        SUBMITTED(exchange)

    def empty_disk(exchange: Exchange) -> None:
        monkeypatch.undo()
        DONE(exchange)

    def fail(_: int) -> None:
        raise OSError("No space left on device")

    gateway.script(fill_disk, empty_disk)
    (record,) = bench.finish(photo).records
    assert bench.notebook.get(record.id).state == "done"


def test_the_sandbox_makes_a_picture_for_each_task(tmp_path: Path, photo: Photo):
    with Sandbox(progress=Progress(polls=2)) as sandbox:
        client = Client(sandbox.url, **Time().options)
        with Bench(sandbox.url, tmp_path, client=client, mode="async") as bench:
            run = bench.finish(photo, count=3)
    assert bench.states_on_disk(run) == ["done"] * 3
    assert len({record.picture.sha256 for record in run.records}) == 3


# ── stopping and closing ─────────────────────────────────────────────────────────────────────


def test_the_result_of_a_running_task_is_kept_after_stop(bench: Bench, gateway: Gateway, photo):
    gateway.script(SUBMITTED, held := Held(DONE))
    run = bench.start(photo)
    held.wait_for_request()
    run.stop()
    held.let_go()
    bench.wait_for_end(run)
    assert bench.states_on_disk(run) == ["done"]


def test_closing_leaves_a_task_to_the_next_start(gateway: Gateway, tmp_path: Path, photo: Photo):
    gateway.script(SUBMITTED, state("generating"))
    with Bench(gateway.url, tmp_path, mode="async") as bench:  # unlike `bench`, waits between polls
        run = bench.start(photo)
        bench.wait_until(lambda: run.polls)
    bench.wait_for_end(run)
    assert bench.states_on_disk(run) == ["task"]
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path, client=at_once(gateway), mode="async") as later:
        assert resume(later) == 1
        assert later.notebook.get(run.records[0].id).state == "done"
    assert submissions(gateway) == 1


def test_a_running_task_is_not_interrupted_deleted_or_resumed(
    bench: Bench, gateway: Gateway, photo: Photo, tmp_path: Path
):
    gateway.script(SUBMITTED, held := Held(DONE))
    run = bench.start(photo)
    held.wait_for_request()
    record = bench.notebook.get(run.records[0].id)
    with Bench(gateway.url, tmp_path, client=at_once(gateway)) as other:
        for each in (bench, other):
            assert not each.workbench.is_interrupted(record)
            assert each.workbench.resume() == 0
    assert bench.workbench.delete(bench.notebook)[1] == 1
    held.let_go()
    bench.wait_for_end(run)


# ── what a crash leaves ──────────────────────────────────────────────────────────────────────


def resume(bench: Bench) -> int:
    """Resume, and wait until all resumed tasks have ended."""
    taken = bench.workbench.resume(bench.tell)
    bench.wait_until(lambda: not bench.workbench.runs)
    return taken


@pytest.fixture
def leave(gateway: Gateway, tmp_path: Path, photo: Photo) -> Callable[..., Record]:
    """Record a task submitted at noon, with `changes`, as left by a crash."""
    host = gateway.url.removeprefix("http://")
    request = EditRequest(photo, EditParams("make it snow", seed=7), "byteedit_v2.0", "url")
    recipe = Recipe.of(request, "gateway", host, "async")

    def write(owner: str = "anna", **changes: object) -> Record:
        time = NOON.isoformat()
        record = Record(new_id(NOON), time, recipe, State.TASK, task_id=TASK_ID, sent_at=time)
        record = replace(record, **changes)
        History(tmp_path).notebook(owner).save(record, {photo.facts: photo.data})
        return record

    return write


@pytest.fixture
def restart(gateway: Gateway, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """A bench on the same disk, `after_s` seconds after noon."""
    benches: list[Bench] = []

    def start(after_s: float = 60, **options: object) -> Bench:
        now = NOON + timedelta(seconds=after_s)
        options = {"client": at_once(gateway), "now": lambda: now} | options
        benches.append(Bench(gateway.url, tmp_path, **options))
        return benches[-1]

    yield start
    for bench in benches:
        bench.workbench.close()


def test_resumed_tasks_do_not_count_against_a_visitors_limit(
    gateway, leave, restart, photo: Photo, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("volcedit.jobs.under_way.UNDER_WAY_MAX", 1)
    gateway.script(held := Held())
    leave()
    bench = restart()
    assert bench.workbench.resume(bench.tell) == 1
    run = bench.start(photo)
    with pytest.raises(ParameterError):
        bench.start(photo)
    held.let_go()
    assert bench.wait_for_end(run).records[0].state == "done"


def test_an_unfinished_task_is_resumed_and_its_picture_kept(gateway, leave, restart):
    record = leave()
    gateway.script(state("generating"), DONE)
    bench = restart(after_s=60)
    assert resume(bench) == 1
    found = bench.notebook.get(record.id)
    assert (found.state, found.picture.size_bytes) == ("done", len(PICTURE))
    assert found.took_s == pytest.approx(60, abs=10)
    assert submissions(gateway) == 0
    assert b'"return_url\\":true' in gateway.requests[0].body


def test_tasks_of_all_notebooks_are_resumed(gateway, leave, restart):
    left = [(owner, leave(owner).id) for owner in ("anna", "ben", "carl")]
    gateway.script(DONE)
    bench = restart()
    assert resume(bench) == 3
    for owner, record_id in left:
        assert bench.workbench.notebook(owner).get(record_id).state == "done"


def test_a_task_is_resumed_once(gateway, leave, restart):
    leave()
    gateway.script(held := Held(DONE))
    first, second = restart(), restart()
    assert first.workbench.resume(first.tell) == 1
    held.wait_for_request()
    assert second.workbench.resume() == first.workbench.resume() == 0
    held.let_go()
    first.wait_until(lambda: not first.workbench.runs)
    assert second.workbench.resume() == first.workbench.resume() == 0
    assert len(gateway.requests) == 1


def test_processes_starting_together_resume_each_task_once(gateway, leave, restart):
    for _ in range(6):
        leave()
    gateway.script(held := Held(DONE))
    benches = [restart() for _ in range(4)]
    taken: list[int] = []
    threads = [
        threading.Thread(
            target=lambda bench=bench: taken.append(bench.workbench.resume(bench.tell))
        )
        for bench in benches
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    held.let_go()
    for bench in benches:
        bench.wait_until(lambda bench=bench: not bench.workbench.runs)
    assert sum(taken) == len(gateway.requests) == 6


LIFE_S = 12 * 3600


@pytest.mark.parametrize(("after_s", "taken"), [(LIFE_S - 1, 1), (LIFE_S, 0)])
def test_a_task_is_resumed_as_long_as_the_service_keeps_it(gateway, leave, restart, after_s, taken):
    leave()
    gateway.script(DONE)
    assert resume(restart(after_s)) == taken


def test_the_lifetime_of_a_task_starts_when_it_is_sent(gateway, leave, restart):
    leave(sent_at=(NOON + timedelta(hours=1)).isoformat())
    gateway.script(DONE)
    assert resume(restart(LIFE_S + 600)) == 1


def test_a_task_abandoned_at_the_deadline_is_resumed(gateway, leave, restart):
    record = leave(
        state=State.FAILED,
        failure=Failure("task_pending", None, Words("Not yet."), "", False),
    )
    gateway.script(DONE)
    bench = restart()
    assert resume(bench) == 1
    assert bench.notebook.get(record.id).failure is None


NOT_RESUMED = {
    "done": {"state": "done"},
    "failed": {
        "state": State.FAILED,
        "failure": Failure("task", "expired", Words("Gone."), "", False),
    },
    "sent, but never answered": {"state": "sent", "task_id": None},
    "of a visitor's own key": {"own_key": True},
    "without its name": {"task_id": None},
}


@pytest.mark.parametrize("changes", NOT_RESUMED.values(), ids=NOT_RESUMED)
def test_only_unfinished_tasks_of_this_app_are_resumed(gateway, leave, restart, changes):
    record = leave(**changes)
    bench = restart()
    assert resume(bench) == 0
    assert bench.notebook.get(record.id) == record
    assert gateway.requests == []


def test_a_task_of_another_service_is_not_resumed_but_interrupted(gateway, leave, restart):
    record = leave()
    record = leave(recipe=replace(record.recipe, host="elsewhere.example.com"), id=record.id)
    bench = restart()
    assert resume(bench) == 0
    assert bench.workbench.is_interrupted(record)


@pytest.mark.parametrize("name", ["not_found", "expired"])
def test_a_resumed_task_that_is_gone_ends(gateway, leave, restart, name):
    record = leave()
    gateway.script(state(name))
    bench = restart()
    assert resume(bench) == 1
    found = bench.notebook.get(record.id)
    assert (found.state, found.failure.kind, found.failure.code) == ("failed", "task", name)


def test_an_unreadable_notebook_does_not_block_the_others(gateway, leave, restart, tmp_path):
    leave("anna")
    (records,) = tmp_path.glob("notebooks/*/records")
    record = leave("ben")
    shutil.rmtree(records)
    records.write_bytes(b"")
    gateway.script(DONE)
    bench = restart()
    assert resume(bench) == 1
    assert bench.workbench.notebook("ben").get(record.id).state == "done"


KILLED = """
import pathlib, sys
from tests.support.drawing import make_jpeg
from tests.support.running import Bench
from volcedit import read_photo
bench = Bench(sys.argv[1], pathlib.Path(sys.argv[2]), mode="async")
bench.start(read_photo(make_jpeg(96, 64)).photo)
bench.wait_until(lambda: False)
"""


def test_a_task_of_a_killed_process_is_resumed(gateway: Gateway, tmp_path: Path):
    gateway.script(SUBMITTED, held := Held(state("generating")))
    command = [sys.executable, "-c", KILLED, gateway.url, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        held.wait_for_request()
        with Bench(gateway.url, tmp_path, client=at_once(gateway)) as bench:
            (record,), _ = bench.notebook.page(0, 12)
            assert bench.workbench.resume() == 0  # its process is alive
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert bench.workbench.is_interrupted(record)
            held.let_go()
            gateway.script(DONE)
            assert resume(bench) == 1
            assert bench.notebook.get(record.id).state == "done"
    assert submissions(gateway) == 1


# ── whose key ────────────────────────────────────────────────────────────────────────────────


def test_the_record_says_that_a_visitors_key_was_used_but_not_the_key(
    bench: Bench, gateway: Gateway, photo: Photo, tmp_path: Path
):
    gateway.script(SUBMITTED, close_unanswered())
    environ = {
        "VOLCEDIT_BASE_URL": gateway.url,
        "VOLCEDIT_API_KEY": "canary-1234",
        "VOLCEDIT_MODE": "async",
    }
    run = bench.start(photo, settings=settle(read_settings(environ)))
    bench.wait_until(lambda: run.polls)
    (path,) = tmp_path.glob("notebooks/*/records/*.json")
    assert b"canary" not in path.read_bytes()
    assert bench.notebook.get(run.records[0].id).own_key
    gateway.script(DONE)
    bench.wait_for_end(run)
