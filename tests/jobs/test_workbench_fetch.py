"""Pictures that are paid for but missing: lost responses, failed downloads."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.calling import Time
from tests.support.gateway import Answer, Gateway, close_unanswered, reply
from tests.support.running import PICTURE, Bench, Held
from volcedit import Client, DownloadError, Photo, RefusedError, TaskError, TaskPendingError
from volcedit.notebook.records import Record
from volcedit.types import State

DAY_S = 24 * 3600
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SUBMITTED = reply(200, {"code": 10000, "data": {"task_id": "t-1"}})


def state(name: str, code: int = 10000, **data: object) -> Answer:
    return reply(200, {"code": code, "request_id": "r-7", "data": {"status": name, **data}})


DONE = state("done", binary_data_base64=[base64.b64encode(PICTURE).decode()])


class Clock:
    """A clock set by a test."""

    now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        """Advance by `seconds`."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path, clock: Clock) -> Iterator[Bench]:
    client = Client(gateway.url, max_attempts=1, timeout_s=10, **Time().options)
    with Bench(gateway.url, tmp_path, client=client, now=clock) as bench:
        yield bench


# ── a lost response ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "lost", [close_unanswered(), reply(504), reply(524, b"<html>")], ids=["cut", "504", "524"]
)
def test_a_lost_response_is_recorded_with_when_and_how_much_was_sent(
    bench: Bench, gateway: Gateway, photo: Photo, lost: Answer
):
    gateway.script(lost)
    (record,) = bench.finish(photo).records
    found = bench.notebook.get(record.id)
    assert (found.failure.kind, found.failure.retryable) == ("answer_lost", False)
    assert found.sent_at == NOON.isoformat()
    assert found.sent_bytes == len(gateway.requests[0].body)
    assert len(gateway.requests) == 1


def test_the_recorded_time_is_that_of_the_lost_attempt(
    gateway: Gateway, tmp_path: Path, photo: Photo, clock: Clock
):
    def be_busy_for_a_minute(exchange: object) -> None:
        clock.pass_(60)
        reply(503)(exchange)

    client = Client(gateway.url, max_attempts=2, timeout_s=10, **Time().options)
    gateway.script(be_busy_for_a_minute, close_unanswered())
    with Bench(gateway.url, tmp_path, client=client, now=clock) as bench:
        (record,) = bench.finish(photo).records
    assert record.sent_at == (NOON + timedelta(seconds=60)).isoformat()
    assert record.failure.kind == "answer_lost"


def test_an_edit_that_was_never_sent_has_no_sent_at(gateway: Gateway, tmp_path: Path, photo: Photo):
    gateway.script(held := Held())
    with Bench(gateway.url, tmp_path, max_concurrent=1) as bench:
        bench.start(photo)
        held.wait_for_request()
        second = bench.start(photo)
        second.stop()
        held.let_go()
        found = bench.notebook.get(second.records[0].id)
    assert (found.state, found.sent_at, found.sent_bytes) == ("stopped", None, None)


def test_there_is_nothing_to_fetch_after_a_lost_response(
    bench: Bench, gateway: Gateway, photo: Photo
):
    gateway.script(close_unanswered())
    (record,) = bench.finish(photo).records
    assert not bench.workbench.can_fetch_again(record)
    with pytest.raises(DownloadError, match="nothing to fetch"):
        bench.workbench.fetch_again(bench.notebook, record.id)
    assert len(gateway.requests) == 1


# ── a failed download ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def unfetched(bench: Bench, gateway: Gateway, photo: Photo) -> Record:
    """An edit whose picture could not be downloaded."""
    link = reply(200, {"code": 10000, "data": {"image_urls": [f"{gateway.url}/r.jpg"]}})
    gateway.script(link, reply(404))
    (record,) = bench.finish(photo, delivery="url").records
    return bench.notebook.get(record.id)


def test_the_link_and_its_expiry_are_recorded(unfetched: Record, gateway: Gateway):
    assert (unfetched.state, unfetched.failure.kind) == ("failed", "download")
    assert unfetched.picture_url == f"{gateway.url}/r.jpg"
    assert unfetched.picture_url_expires == (NOON + timedelta(days=1)).isoformat()


def test_a_picture_can_be_fetched_again(
    bench: Bench, gateway: Gateway, unfetched: Record, clock: Clock
):
    clock.pass_(DAY_S - 1)
    gateway.script(reply(200, PICTURE))
    assert bench.workbench.can_fetch_again(unfetched)
    record = bench.workbench.fetch_again(bench.notebook, unfetched.id)
    assert bench.notebook.get(unfetched.id) == record
    assert (record.state, record.failure, record.picture_url) == ("done", None, "")
    assert bench.notebook.read(record.picture) == PICTURE
    assert record.response == unfetched.response
    assert [request.method for request in gateway.requests] == ["POST", "GET", "GET"]


def test_a_picture_cannot_be_fetched_after_its_link_expired(
    bench: Bench, gateway: Gateway, unfetched: Record, clock: Clock
):
    clock.pass_(DAY_S)
    assert not bench.workbench.can_fetch_again(unfetched)
    with pytest.raises(DownloadError, match="expired"):
        bench.workbench.fetch_again(bench.notebook, unfetched.id)
    assert len(gateway.requests) == 2


def test_a_fetch_that_failed_can_be_retried(bench: Bench, gateway: Gateway, unfetched: Record):
    gateway.script(reply(503))
    with pytest.raises(DownloadError, match="503"):
        bench.workbench.fetch_again(bench.notebook, unfetched.id)
    assert bench.notebook.get(unfetched.id) == unfetched
    assert bench.workbench.can_fetch_again(unfetched)


def test_a_stored_picture_is_not_fetched_again(bench: Bench, gateway: Gateway, unfetched: Record):
    gateway.script(reply(200, PICTURE))
    record = bench.workbench.fetch_again(bench.notebook, unfetched.id)
    assert not bench.workbench.can_fetch_again(record)


def test_simultaneous_fetches_download_once(bench: Bench, gateway: Gateway, unfetched: Record):
    gateway.script(held := Held(reply(200, PICTURE)))
    first = threading.Thread(
        target=bench.workbench.fetch_again, args=(bench.notebook, unfetched.id)
    )
    first.start()
    held.wait_for_request()
    with pytest.raises(DownloadError):
        bench.workbench.fetch_again(bench.notebook, unfetched.id)
    assert bench.workbench.delete(bench.notebook)[1] == 1  # it would come back
    held.let_go()
    first.join()
    assert bench.notebook.get(unfetched.id).state == "done"


def test_a_key_in_a_link_is_not_recorded(tmp_path: Path, gateway: Gateway, photo: Photo):
    link = f"{gateway.url}/r.jpg?key=canary-1234"
    gateway.script(reply(200, {"code": 10000, "data": {"image_urls": [link]}}), reply(404))
    with Bench(gateway.url, tmp_path, api_key="canary-1234") as bench:
        bench.finish(photo, delivery="url")
    (path,) = tmp_path.glob("notebooks/*/records/*.json")
    assert (
        "canary" not in path.read_text() and "[key]" in json.loads(path.read_text())["picture_url"]
    )


# ── a task ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def left(bench: Bench, gateway: Gateway, photo: Photo) -> Callable[..., Record]:
    """A task that ended here with the given responses, after a minute."""

    def leave(*answers: Answer, **options: object) -> Record:
        gateway.script(SUBMITTED, *answers)
        (record,) = bench.finish(photo, mode="async", **options).records
        return bench.notebook.get(record.id)

    return leave


UNFINISHED = {
    "did not finish in time": state("generating"),
    "a key refused": reply(401),
    "a state unheard of": state("sleeping"),
    "a code that may pass": reply(500, {"code": 50500, "message": "internal"}),
    "a login page": reply(200, b"<html>"),
}


@pytest.mark.parametrize("answer", UNFINISHED.values(), ids=UNFINISHED)
def test_a_task_can_be_polled_again(bench: Bench, gateway: Gateway, left: Callable, answer: Answer):
    record = left(answer)
    assert record.state == "failed" and bench.workbench.can_fetch_again(record)
    asked = len(gateway.requests)
    gateway.script(DONE)
    record = bench.workbench.fetch_again(bench.notebook, record.id)
    assert bench.notebook.get(record.id) == record
    assert (record.state, record.failure, record.request_id) == ("done", None, "r-7")
    assert len(gateway.requests) == asked + 1


def test_a_running_task_says_so_and_is_kept(bench: Bench, gateway: Gateway, left: Callable):
    record = left(state("generating"))
    asked = len(gateway.requests)
    with pytest.raises(TaskPendingError):
        bench.workbench.fetch_again(bench.notebook, record.id)
    assert bench.notebook.get(record.id) == record
    assert len(gateway.requests) == asked + 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (state("not_found"), TaskError),
        (state("expired"), TaskError),
        (state("done", 50511), RefusedError),
    ],
    ids=["not_found", "expired", "refused"],
)
def test_a_task_that_ended_without_a_picture_is_recorded(
    bench: Bench, gateway: Gateway, left: Callable, answer: Answer, kind: type
):
    record = left(state("generating"))
    gateway.script(answer)
    with pytest.raises(kind):
        bench.workbench.fetch_again(bench.notebook, record.id)
    found = bench.notebook.get(record.id)
    assert (found.failure.kind, found.response["request_id"]) == (kind.kind, "r-7")
    assert not bench.workbench.can_fetch_again(found)


@pytest.mark.parametrize("name", ["not_found", "expired"])
def test_a_task_that_is_gone_cannot_be_fetched(bench: Bench, left: Callable, name: str):
    assert not bench.workbench.can_fetch_again(left(state(name)))


def test_a_task_can_be_fetched_as_long_as_the_service_keeps_it(
    bench: Bench, left: Callable, clock: Clock
):
    record = left(state("generating"))
    clock.pass_(DAY_S / 2 - 1)
    assert bench.workbench.can_fetch_again(record)
    clock.pass_(1)
    assert not bench.workbench.can_fetch_again(record)


def test_a_task_returns_a_new_link_if_the_old_one_fails(
    bench: Bench, gateway: Gateway, left: Callable
):
    record = left(state("done", image_urls=[f"{gateway.url}/old.jpg"]), reply(404))
    assert record.picture_url.endswith("/old.jpg")
    gateway.script(
        reply(404), state("done", image_urls=[f"{gateway.url}/new.jpg"]), reply(200, PICTURE)
    )
    record = bench.workbench.fetch_again(bench.notebook, record.id)
    assert (record.state, record.picture_url) == ("done", "")


def test_an_interrupted_task_can_be_fetched(bench: Bench, gateway: Gateway, left: Callable):
    record = replace(left(state("generating")), state=State.TASK, failure=None)
    bench.notebook.save(record)
    assert bench.workbench.is_interrupted(record)
    gateway.script(DONE)
    assert bench.workbench.fetch_again(bench.notebook, record.id).state == "done"


def test_a_task_of_a_visitors_key_is_polled_with_that_key(
    bench: Bench, gateway: Gateway, left: Callable, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("volcedit.service.client.poll_delay_s", lambda *_: 0.0)
    settings = replace(bench.settings, api_key="canary-1234")
    record = left(state("sleeping"), settings=settings)
    assert record.own_key
    asked = len(gateway.requests)
    with pytest.raises(DownloadError, match="a different key"):
        bench.workbench.fetch_again(bench.notebook, record.id)
    assert len(gateway.requests) == asked
    gateway.script(DONE)
    bench.workbench.fetch_again(bench.notebook, record.id, settings=settings)
    assert gateway.requests[-1].headers["Authorization"] == "Bearer canary-1234"


def test_a_picture_at_a_visitors_own_gateway_is_fetched_with_their_settings(
    bench: Bench, photo: Photo
):
    with Gateway() as other:
        settings = replace(bench.settings, base_url=other.url)
        link = reply(200, {"code": 10000, "data": {"image_urls": [f"{other.url}/r.jpg"]}})
        other.script(link, reply(404))
        (record,) = bench.finish(photo, settings=settings).records
        other.script(reply(200, PICTURE))
        with pytest.raises(DownloadError):
            bench.workbench.fetch_again(bench.notebook, record.id)
        fetched = bench.workbench.fetch_again(bench.notebook, record.id, settings=settings)
    assert bench.notebook.read(fetched.picture) == PICTURE


def test_the_apps_own_task_is_not_polled_with_a_visitors_key(
    bench: Bench, gateway: Gateway, left: Callable
):
    record = left(state("sleeping"))
    gateway.script(DONE)
    settings = replace(bench.settings, api_key="canary-1234")
    bench.workbench.fetch_again(bench.notebook, record.id, settings=settings)
    assert "Authorization" not in gateway.requests[-1].headers
