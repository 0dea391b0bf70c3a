"""Running edits when something fails: the service, the disk, or the app itself."""

from __future__ import annotations

import errno
import json
import math
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.drawing import make_jpeg
from tests.support.gateway import Answer, Exchange, Gateway, close_unanswered, hang, reply
from tests.support.running import DONE, PICTURE, Bench, Held, envelope_of
from volcedit import HistoryError, Photo
from volcedit.notebook.records import Record


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path) -> Iterator[Bench]:
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path) as bench:
        yield bench


# ── the service ──────────────────────────────────────────────────────────────────────────────

FAILURES = {
    "50411": (reply(400, {"code": 50411, "message": "risk"}), "refused", 50411),
    "50511": (reply(400, {"code": 50511, "message": "risk"}), "refused", 50511),
    "50200": (reply(400, {"code": 50200, "message": "wrong"}), "rejected", 50200),
    "50400": (reply(400, {"code": 50400, "message": "no"}), "authentication", 50400),
    "50430": (reply(429, {"code": 50430, "message": "busy"}), "rate_limit", 50430),
    "50500": (reply(500, {"code": 50500, "message": "oops"}), "service", 50500),
    "unheard of": (reply(400, {"code": 59999, "message": "?"}), "rejected", 59999),
    "401": (reply(401, b""), "authentication", 401),
    "502 as HTML": (reply(502, b"<html>"), "service", 502),
    "no JSON": (reply(200, b"hello"), "malformed_answer", None),
    "no picture": (reply(200, {"code": 10000, "data": {}}), "malformed_answer", None),
    "broken off": (close_unanswered(), "answer_lost", None),
    "too late": (hang(), "answer_lost", None),
    "a link nobody answers": (
        reply(200, {"code": 10000, "data": {"image_urls": ["http://127.0.0.1:9/a.jpg"]}}),
        "download",
        None,
    ),
}


@pytest.mark.parametrize(("answer", "kind", "code"), FAILURES.values(), ids=FAILURES)
def test_every_failure_is_recorded(
    gateway: Gateway, tmp_path: Path, photo: Photo, answer: Answer, kind: str, code: int | None
):
    gateway.script(answer)
    with Bench(gateway.url, tmp_path, timeout_s=1 if kind == "answer_lost" else 10) as bench:
        (record,) = bench.finish(photo).records
    assert_failed(bench.notebook.get(record.id), kind, code)


def test_an_unreachable_service_is_recorded(tmp_path: Path, photo: Photo):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with Bench(f"http://127.0.0.1:{port}", tmp_path) as bench:
        (record,) = bench.finish(photo).records
    assert_failed(bench.notebook.get(record.id), "unreachable", None)


def assert_failed(record: Record, kind: str, code: int | None) -> None:
    """Check the failure, with messages in both languages."""
    assert (record.state, record.failure.kind, record.failure.code) == ("failed", kind, code)
    assert record.failure.told("en")
    assert any("一" <= sign <= "鿿" for sign in record.failure.told("zh"))
    assert record.picture is None


def test_one_failure_does_not_affect_the_others(gateway: Gateway, tmp_path: Path, photo: Photo):
    gateway.script(DONE, reply(400, {"code": 50411, "message": "risk"}), DONE)
    with Bench(gateway.url, tmp_path, max_concurrent=1) as bench:
        run = bench.finish(photo, count=3)
        assert bench.states_on_disk(run) == ["done", "failed", "done"]


def test_the_response_of_a_failure_is_recorded(bench: Bench, gateway: Gateway, photo: Photo):
    envelope = {"code": 50411, "message": "风险", "request_id": "r-9", "data": None, "new": [1]}
    gateway.script(reply(400, envelope))
    (record,) = bench.finish(photo).records
    assert bench.notebook.get(record.id).response == envelope
    assert bench.notebook.get(record.id).request_id == "r-9"


def test_a_response_with_a_broken_picture_is_recorded_without_base64(
    bench: Bench, gateway: Gateway, photo: Photo
):
    gateway.script(reply(200, envelope_of(b"photo")))
    (record,) = bench.finish(photo).records
    assert record.failure.kind == "malformed_answer"
    (placeholder,) = bench.notebook.get(record.id).response["data"]["binary_data_base64"]
    assert placeholder["base64_of_bytes"] == 5


@pytest.mark.parametrize("levels", [99, 1000])
def test_no_picture_is_lost_because_its_response_is_nested_deeply(
    bench: Bench, gateway: Gateway, photo: Photo, levels: int
):
    deep = b', "x": ' + b"[" * levels + b"]" * levels + b"}"
    gateway.script(reply(200, json.dumps(envelope_of(PICTURE)).encode()[:-1] + deep))
    run = bench.finish(photo)
    assert bench.states_on_disk(run) == ["done"]
    gateway.script(reply(400, b'{"code": 50411, "message": "no"' + deep))
    (record,) = bench.finish(photo).records
    assert bench.notebook.get(record.id).failure.code == 50411


def test_a_wait_is_reported_until_it_is_over(gateway: Gateway, tmp_path: Path, photo: Photo):
    gateway.script(reply(429, {"code": 50430, "message": "busy"}, Retry_After="0"), held := Held())
    waits: list[tuple[int, int, float]] = []

    with Bench(gateway.url, tmp_path, max_attempts=3) as bench:

        def note_wait() -> None:
            for run in bench.workbench.runs:
                waits.extend((w.attempt, w.max_attempts, w.delay_s) for w in run.waits.values())

        run = bench.start(photo, on_change=note_wait)
        held.wait_for_request()
        assert run.waits == {}  # the pause is over, and the next attempt is running
        held.let_go()
        bench.wait_for_end(run)
    assert waits == [(2, 3, 0.0)]
    assert run.records[0].state == "done"


# ── this app ─────────────────────────────────────────────────────────────────────────────────


class Broken:
    """A client with a bug in it."""

    def send(self, *_: object, **__: object) -> None:
        raise RuntimeError("a mistake")


def test_a_bug_in_the_app_is_recorded_and_logged(
    tmp_path: Path, photo: Photo, caplog: pytest.LogCaptureFixture
):
    with Bench("http://127.0.0.1:9", tmp_path, client=Broken()) as bench:
        run = bench.finish(photo, count=2)
    assert bench.states_on_disk(run) == ["failed", "failed"]
    assert_failed(bench.notebook.get(run.records[0].id), "error", None)
    assert "a mistake" in caplog.text


def test_an_observer_that_raises_does_not_end_the_edit(bench: Bench, photo: Photo):
    def leave() -> None:
        raise RuntimeError("Event loop is closed")

    run = bench.finish(photo, count=2, on_change=leave)
    assert bench.states_on_disk(run) == ["done", "done"]


# ── the disk ─────────────────────────────────────────────────────────────────────────────────


class Disk:
    """Full for files larger than `free_bytes`, and after `writes_left` more writes, if set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free_bytes = math.inf
        self.writes_left = math.inf
        self._fsync = os.fsync
        monkeypatch.setattr(os, "fsync", self._check)

    def _check(self, file: int) -> None:
        self.writes_left -= 1
        if os.fstat(file).st_size > self.free_bytes or self.writes_left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._fsync(file)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def filling(disk: Disk, free_bytes: int) -> Answer:
    """A picture of about 8 KB, with a disk that is full by then."""

    def answer(exchange: Exchange) -> None:
        disk.free_bytes = free_bytes
        reply(200, envelope_of(make_jpeg(480, 320)))(exchange)

    return answer


def test_a_disk_that_is_full_at_the_end_ends_the_run(
    bench: Bench, gateway: Gateway, photo: Photo, disk: Disk
):
    gateway.script(filling(disk, 0))
    (record,) = bench.finish(photo).records
    assert_failed(record, "history", None)
    assert bench.workbench.delete(bench.notebook)[1] == 0


def test_a_disk_too_full_for_the_picture_still_has_room_for_the_failure(
    bench: Bench, gateway: Gateway, photo: Photo, disk: Disk
):
    gateway.script(filling(disk, 3000))  # a record takes about 1,000 bytes
    (record,) = bench.finish(photo).records
    assert_failed(bench.notebook.get(record.id), "history", None)
    assert bench.notebook.get(record.id).response["code"] == 10000


def test_nothing_is_sent_that_cannot_be_recorded_first(
    bench: Bench, gateway: Gateway, photo: Photo, disk: Disk
):
    disk.free_bytes = 0
    with pytest.raises(HistoryError, match="The disk is full"):
        bench.start(photo)
    assert gateway.requests == []


def test_a_disk_that_fills_up_at_the_start_leaves_no_partial_run(
    bench: Bench, gateway: Gateway, photo: Photo, disk: Disk
):
    disk.writes_left = 3  # the photo and two of the records
    with pytest.raises(HistoryError):
        bench.start(photo, count=3)
    assert bench.notebook.ids() == []
    assert list(bench.settings.data_dir.rglob("*.jpg")) == []
    assert gateway.requests == []


def test_stop_works_on_a_full_disk(gateway: Gateway, tmp_path: Path, photo: Photo, disk: Disk):
    gateway.script(held := Held())
    with Bench(gateway.url, tmp_path, max_concurrent=1) as bench:
        run = bench.start(photo, count=3)
        held.wait_for_request()
        disk.free_bytes = 0
        run.stop()
        assert [record.state for record in run.records] == ["sent", "stopped", "stopped"]
        held.let_go()
        bench.wait_for_end(run)
    assert len(gateway.requests) == 1
