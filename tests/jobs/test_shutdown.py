"""The end of the app: nothing more is sent, what was sent is waited for, and then written down."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
import requests

from tests.support import PHOTOS
from tests.support.asking import wait_until
from tests.support.gateway import Exchange, Gateway, hang, reply
from tests.support.running import DEADLINE_S, DONE, Bench, Held
from tests.support.served import App
from volcedit import Photo
from volcedit.errors import StoppedError
from volcedit.notebook.history import History
from volcedit.notebook.records import Record

BUSY_FOR_A_MINUTE = reply(429, {"code": 50430, "message": "busy"}, Retry_After="60")
SUBMITTED = reply(200, {"code": 10000, "data": {"task_id": "7"}})


def states_of(data_dir: Path) -> list[str]:
    return sorted(record.state for record in records_of(data_dir))


def records_of(data_dir: Path) -> list[Record]:
    notebooks = History(data_dir).notebooks()
    return [it.get(record_id) for it in notebooks for record_id in it.ids()]


# ── the app in its own process ───────────────────────────────────────────────────────────────


def ask_for_eight(app: App) -> None:
    """Call `/edit`, without waiting for its answer."""
    with (PHOTOS / "chelsea.png").open("rb") as file:
        (path,) = requests.post(f"{app.url}/gradio_api/upload", files={"files": file}).json()
    photo = {"path": path, "meta": {"_type": "gradio.FileData"}}
    call = {"data": [photo, "make it snow", "", 0.5, 1, 8]}
    requests.post(f"{app.url}/gradio_api/call/edit", json=call).raise_for_status()


@pytest.fixture
def app(gateway: Gateway, tmp_path: Path) -> App:
    return App(
        tmp_path, VOLCEDIT_BASE_URL=gateway.url, VOLCEDIT_GRACE_S="60", VOLCEDIT_MAX_CONCURRENT="2"
    )


def test_after_sigterm_nothing_more_is_sent_and_what_was_sent_is_kept(
    app: App, gateway: Gateway, tmp_path: Path
):
    gateway.script(held := Held())
    ask_for_eight(app)
    wait_until(lambda: len(gateway.requests) == 2)
    app.signal(signal.SIGTERM)
    wait_until(lambda: states_of(app.data_dir) == ["sent"] * 2 + ["stopped"] * 6)
    held.let_go()
    assert app.wait() == 0
    assert states_of(app.data_dir) == ["done"] * 2 + ["stopped"] * 6
    with Bench(gateway.url, app.data_dir) as restarted:
        assert restarted.workbench.resume() == 0
    assert len(gateway.requests) == 2


def test_a_second_signal_ends_the_wait_and_writes_down_what_was_lost(app: App, gateway: Gateway):
    gateway.script(hang())
    ask_for_eight(app)
    wait_until(lambda: len(gateway.requests) == 2)
    app.signal(signal.SIGTERM)
    wait_until(lambda: "stopped" in states_of(app.data_dir))
    app.signal(signal.SIGINT)
    assert app.wait() == 0
    assert states_of(app.data_dir) == ["failed"] * 2 + ["stopped"] * 6
    kinds = {it.failure.kind for it in records_of(app.data_dir) if it.failure}
    assert kinds == {"answer_lost"}
    assert len(gateway.requests) == 2


# ── one workbench ────────────────────────────────────────────────────────────────────────────


def test_a_call_without_a_response_is_recorded_as_lost_after_the_grace(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(held := Held())
    with Bench(gateway.url, tmp_path, grace_s=0.05) as bench:
        run = bench.start(photo)
        held.wait_for_request()
        bench.workbench.close()
        (record,) = records_of(tmp_path)
        assert (record.state, record.failure.kind) == ("failed", "answer_lost")
        assert "may have been made and charged" in record.failure.told("en")
        assert run.finished
        held.let_go()
        bench.places.shutdown()
    assert records_of(tmp_path) == [record]  # what came after that is not written any more


def test_closing_ends_a_pause_before_a_retry(gateway: Gateway, tmp_path: Path, photo: Photo):
    gateway.script(BUSY_FOR_A_MINUTE)
    with Bench(gateway.url, tmp_path, max_attempts=2) as bench:
        run = bench.start(photo)
        bench.wait_until(lambda: run.waits)
        bench.workbench.close()
    assert states_of(tmp_path) == ["stopped"]
    assert len(gateway.requests) == 1


def test_nothing_starts_after_closing(gateway: Gateway, tmp_path: Path, photo: Photo):
    with Bench(gateway.url, tmp_path) as bench:
        bench.workbench.close()
        with pytest.raises(StoppedError, match="shutting down"):
            bench.start(photo)
    assert records_of(tmp_path) == [] and gateway.requests == []


def test_a_task_submitted_meanwhile_is_left_for_the_next_process(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(SUBMITTED, held := Held(SUBMITTED))
    with Bench(gateway.url, tmp_path, mode="async") as bench:
        bench.start(photo, count=2)
        held.wait_for_request()
        closing = threading.Thread(target=bench.workbench.close)
        closing.start()
        wait_until(lambda: states_of(tmp_path) == ["sent", "task"])
        held.let_go()
        closing.join(DEADLINE_S)
    assert states_of(tmp_path) == ["task", "task"]
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path, mode="async") as next_bench:
        assert next_bench.workbench.resume() == 2
        wait_until(lambda: states_of(tmp_path) == ["done", "done"])


def test_a_poll_without_a_response_is_not_waited_for_beyond_the_grace(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    polled = threading.Event()

    def never_answer(exchange: Exchange) -> None:
        polled.set()
        hang()(exchange)

    gateway.script(SUBMITTED, never_answer)
    with Bench(gateway.url, tmp_path, mode="async", grace_s=0.05) as bench:
        (record,) = bench.start(photo).records
        assert polled.wait(DEADLINE_S)
        bench.workbench.close()
        assert states_of(tmp_path) == ["task"]
        assert not History(tmp_path).is_claimed(record.id)


def test_a_second_process_on_the_same_folder_goes_on(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(held := Held())
    with Bench(gateway.url, tmp_path, max_concurrent=1) as other:
        with Bench(gateway.url, tmp_path, max_concurrent=1, grace_s=0) as bench:
            others, ours = other.start(photo, count=2), bench.start(photo, count=2)
            held.wait_for_request()
            held.wait_for_request()
            bench.workbench.close()
        assert bench.states_on_disk(ours) == ["failed", "stopped"]
        held.let_go()
        other.wait_for_end(others)
        assert other.states_on_disk(others) == ["done", "done"]
