"""Running edits: seeds, what is on disk when, the limit, and restoring."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import looping
from tests.support.gateway import Exchange, Gateway, reply
from tests.support.running import DONE, PICTURE, Bench, Held
from volcedit import (
    Client,
    EditParams,
    ParameterError,
    Photo,
    PhotoError,
    PhotoLink,
    Watermark,
    read_photo,
)
from volcedit.jobs.run import Run
from volcedit.jobs.variations import settle_count, settle_seed, spread_seeds
from volcedit.sandbox import Sandbox
from volcedit.service.wire import (
    build_body,
)


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path) -> Iterator[Bench]:
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path) as bench:
        yield bench


# ── user input ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", [None, "", 0, 0.0, -0.0, -1, -1.0], ids=repr)
def test_no_seed_draws_one(monkeypatch: pytest.MonkeyPatch, seed: object):
    monkeypatch.setattr("volcedit.jobs.variations.draw_seed", lambda: 4711)
    assert settle_seed(seed) == 4711


@pytest.mark.parametrize(
    ("seed", "settled"), [(1, 1), (1.0, 1), (2147483647, 2147483647), (2147483647.0, 2147483647)]
)
def test_a_seed_in_range_is_taken_as_an_integer(seed: float, settled: int):
    assert settle_seed(seed) == settled
    assert type(settle_seed(seed)) is int


@pytest.mark.parametrize(
    "seed",
    [
        -2, 2147483648, 2147483648.0, 1e300, 1.5, 0.5, -1.5, math.nan, math.inf, -math.inf,
        "7", "abc", " ", True, False, [7], b"7",
    ],
    ids=repr,
)  # fmt: skip
def test_anything_else_is_an_invalid_seed(seed: object):
    with pytest.raises(ParameterError) as caught:
        settle_seed(seed)
    assert caught.value.field == "seed"


@pytest.mark.parametrize(("count", "settled"), [(1, 1), (8, 8), (2.0, 2)])
def test_a_count_in_range_is_taken_as_an_integer(count: float, settled: int):
    assert settle_count(count) == settled
    assert type(settle_count(count)) is int


@pytest.mark.parametrize(
    "count", [0, 9, -1, 99, 2.5, math.nan, math.inf, None, True, "2", ""], ids=repr
)
def test_anything_else_is_an_invalid_count(count: object):
    with pytest.raises(ParameterError) as caught:
        settle_count(count)
    assert caught.value.field == "count"


@pytest.mark.parametrize(
    ("first", "count", "seeds"),
    [
        (1, 1, [1]),
        (7, 3, [7, 8, 9]),
        (2147483646, 2, [2147483646, 2147483647]),
        (2147483647, 3, [2147483647, 1, 2]),
    ],
)
def test_seeds_count_up_and_wrap_around(first: int, count: int, seeds: list[int]):
    assert spread_seeds(first, count) == seeds


def test_each_variation_sends_its_own_seed(bench: Bench, gateway: Gateway, photo: Photo):
    bench.finish(photo, EditParams("make it snow", seed=2147483647), count=3)
    assert {json.loads(request.body)["seed"] for request in gateway.requests} == {2147483647, 1, 2}


@pytest.mark.parametrize(
    ("params", "count", "field"),
    [
        (EditParams("make it snow"), 9, "count"),
        (EditParams("make it snow", seed=-1), 1, "seed"),
        (EditParams(" "), 1, "prompt"),
    ],
)
def test_invalid_input_leaves_no_record(
    bench: Bench, gateway: Gateway, photo: Photo, params: EditParams, count: int, field: str
):
    with pytest.raises(ParameterError) as caught:
        bench.start(photo, params, count)
    assert caught.value.field == field
    assert bench.notebook.ids() == []
    assert gateway.requests == []


# ── what is on disk when ─────────────────────────────────────────────────────────────────────


def test_a_record_and_its_photo_are_on_disk_before_the_request_is_sent(
    bench: Bench, gateway: Gateway, photo: Photo
):
    found: list[tuple[str, int, bytes]] = []

    def look_at_disk(exchange: Exchange) -> None:
        (record,), _ = bench.notebook.page(0, 12)
        data = bench.notebook.read(record.recipe.photo)
        found.append((record.state, record.recipe.params.seed, data))
        DONE(exchange)

    gateway.script(look_at_disk)
    bench.finish(photo)
    assert found == [("sent", 7, photo.data)]


def test_queued_edits_are_on_disk_too(bench: Bench, gateway: Gateway, photo: Photo):
    gateway.script(held := Held())
    run = bench.start(photo, count=4)
    assert sorted(record.id for record in run.records) == sorted(bench.notebook.ids())
    held.let_go()


def test_a_picture_is_on_disk_before_the_page_is_notified(
    bench: Bench, gateway: Gateway, photo: Photo
):
    gateway.script(held := Held())
    found: list[bytes] = []

    def look_at_disk() -> None:
        for record in run.records:
            if record.state == "done":
                found.append(bench.notebook.read(bench.notebook.get(record.id).picture))

    run = bench.start(photo)
    run.on_change = look_at_disk
    held.let_go()
    bench.wait_for_end(run)
    bench.workbench.close()
    assert found == [PICTURE]


def test_the_result_is_recorded(bench: Bench, photo: Photo):
    (record,) = bench.finish(photo).records
    assert bench.notebook.get(record.id) == record
    assert (record.state, record.request_id, record.elapsed_s) == ("done", "r-1", 1.5)
    assert record.took_s > 0
    assert bench.notebook.read(record.picture) == PICTURE
    assert record.response["message"] == "Success"
    assert record.response["data"]["binary_data_base64"] == [
        {"base64_of_bytes": len(PICTURE), "sha256": record.picture.sha256}
    ]


def test_the_parent_is_recorded_if_its_picture_is_the_photo(bench: Bench, photo: Photo):
    (parent,) = bench.finish(photo).records
    made = read_photo(bench.notebook.read(parent.picture)).photo
    (record,) = bench.finish(made, parent=parent.id).records
    assert bench.notebook.get(record.id).parent == parent.id


@pytest.mark.parametrize("parent", [None, "20260102T030405000006Z-0123abcd", "../..", ""])
def test_a_missing_parent_is_not_recorded(bench: Bench, photo: Photo, parent: str | None):
    (record,) = bench.finish(photo, parent=parent).records
    assert bench.notebook.get(record.id).parent is None


def test_a_parent_with_another_picture_is_not_recorded(bench: Bench, photo: Photo):
    (other,) = bench.finish(photo).records
    (record,) = bench.finish(photo, parent=other.id).records
    assert bench.notebook.get(record.id).parent is None


def test_the_sandbox_makes_a_picture_for_each_seed(tmp_path: Path, photo: Photo):
    with Sandbox() as sandbox, Bench(sandbox.url, tmp_path) as bench:
        run = bench.finish(photo, count=2)
        assert [record.state for record in run.records] == ["done", "done"]
        first, second = (bench.notebook.read(record.picture) for record in run.records)
    assert first != second


# ── the limit ────────────────────────────────────────────────────────────────────────────────


class Crowd:
    """A response that counts concurrent requests, and waits for more to arrive."""

    def __init__(self, limit: int) -> None:
        self.most = 0
        self._limit = limit
        self._now = 0
        self._changed = threading.Condition()

    def __call__(self, exchange: Exchange) -> None:
        with self._changed:
            self._now += 1
            self.most = max(self.most, self._now)
            self._changed.notify_all()
            # Long enough for a third to arrive, if the limit were broken.
            self._changed.wait_for(lambda: self.most > self._limit, 0.1)
            self._now -= 1
        DONE(exchange)


def test_the_limit_holds_across_runs_and_notebooks(gateway: Gateway, tmp_path: Path, photo: Photo):
    gateway.script(crowd := Crowd(limit=2))
    with Bench(gateway.url, tmp_path, max_concurrent=2) as bench:
        other = bench.workbench.notebook("ben")
        params = EditParams("make it snow", seed=7)
        runs = [bench.start(photo, count=2) for _ in range(2)]
        runs.append(bench.workbench.start(other, photo, params, 2))
        for run in runs:
            bench.wait_for_end(run)
    assert crowd.most == 2
    assert len(gateway.requests) == 6


@pytest.fixture
def full(gateway: Gateway, tmp_path: Path, photo: Photo) -> Iterator[tuple[Bench, Held, list[Run]]]:
    """32 edits of one visitor, which is the limit; the gateway holds its responses back."""
    gateway.script(held := Held())
    with Bench(gateway.url, tmp_path, max_concurrent=1) as bench:
        try:
            yield bench, held, [bench.start(photo, count=8) for _ in range(4)]
        finally:
            held.let_go()


def test_one_visitor_may_have_at_most_32_unfinished_edits(full: tuple, photo: Photo):
    bench, _, _ = full
    with pytest.raises(ParameterError) as caught:
        bench.start(photo)
    assert caught.value.field == "count"
    assert "32 of your edits are already waiting" in str(caught.value.words)
    assert len(bench.notebook.ids()) == 32


def test_other_visitors_unfinished_edits_do_not_count(full: tuple, photo: Photo):
    bench, held, _ = full
    ben = bench.workbench.notebook("ben")
    run = bench.workbench.start(ben, photo, EditParams("make it snow", seed=7))
    held.let_go()
    assert bench.wait_for_end(run).records[0].state == "done"


def test_stopped_edits_no_longer_count(full: tuple, photo: Photo):
    bench, held, runs = full
    held.wait_for_request()
    runs[-1].stop()
    run = bench.start(photo, count=8)
    with pytest.raises(ParameterError):
        bench.start(photo)
    held.let_go()
    assert [record.state for record in bench.wait_for_end(run).records] == ["done"] * 8


def test_finished_edits_no_longer_count(full: tuple, photo: Photo):
    bench, held, runs = full
    held.let_go()
    for run in runs:
        bench.wait_for_end(run)
    assert bench.finish(photo).records[0].state == "done"


class Brief:
    """Waits a twentieth of the time."""

    def __call__(self, stop: threading.Event, delay_s: float) -> bool:
        return stop.wait(delay_s / 20)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_the_limit_adapts_to_the_service_and_all_edits_succeed(
    tmp_path: Path, photo: Photo, mode: str
):
    with Sandbox(max_concurrent=2, latency_s=0.1) as sandbox:
        client = Client(sandbox.url, max_attempts=10, wait=Brief())
        with Bench(sandbox.url, tmp_path, client=client, max_concurrent=8, mode=mode) as bench:
            run = bench.start(photo, count=8)
            bench.wait_until(lambda: bench.workbench.limit < 8)
            bench.wait_for_end(run)
    assert [record.state for record in run.records] == ["done"] * 8


def test_the_limit_drops_and_recovers(gateway: Gateway, tmp_path: Path, photo: Photo):
    busy = reply(429, {"code": 50430, "message": "busy"})
    gateway.script(busy, DONE)
    with Bench(gateway.url, tmp_path, max_concurrent=4) as bench:
        assert bench.workbench.limit == 4
        bench.finish(photo)
        assert bench.workbench.limit == 3
        for _ in range(2):
            bench.finish(photo)
        bench.wait_until(lambda: bench.workbench.limit == 4)


@pytest.mark.parametrize("code", [50429, 50500, 50411])
def test_other_failures_do_not_change_the_limit(
    gateway: Gateway, tmp_path: Path, photo: Photo, code: int
):
    gateway.script(reply(429, {"code": code, "message": "no"}))
    with Bench(gateway.url, tmp_path, max_concurrent=4) as bench:
        bench.finish(photo)
        assert bench.workbench.limit == 4


def test_a_visitors_own_account_does_not_change_the_limit(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(reply(429, {"code": 50430, "message": "busy"}))
    with Bench(gateway.url, tmp_path, max_concurrent=4) as bench:
        bench.finish(photo, settings=replace(bench.settings, api_key="their-own"))
        assert bench.workbench.limit == 4


def test_a_pause_before_a_retry_does_not_block_other_calls(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    busy = reply(429, {"code": 50429, "message": "busy"}, Retry_After="60")
    gateway.script(busy, DONE)
    with Bench(gateway.url, tmp_path, max_concurrent=1, max_attempts=2) as bench:
        waiting = bench.start(photo)
        bench.wait_until(lambda: waiting.waits)
        bench.finish(photo)
        assert not waiting.finished
        waiting.stop()
        bench.wait_for_end(waiting)


# ── restoring ────────────────────────────────────────────────────────────────────────────────

EDITS = {
    "plain": EditParams("make it snow", seed=2147483647),
    "everything": EditParams(
        "下雪 👩‍👩‍👧\n\u2028", "雨", 1, 0.3, Watermark("© 我", position=3, language=1, opacity=0.25)
    ),
    "scale as an integer": EditParams("snow", seed=3, scale=1),
}


@pytest.mark.parametrize("delivery", ["base64", "url"])
@pytest.mark.parametrize("params", EDITS.values(), ids=EDITS)
def test_a_restored_edit_sends_exactly_the_same_bytes(
    gateway: Gateway, tmp_path: Path, photo: Photo, params: EditParams, delivery: str
):
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path) as bench:
        (record,) = bench.finish(photo, params, delivery=delivery).records
    with Bench(gateway.url, tmp_path) as later:
        found = later.notebook.get(record.id)
        request = found.recipe.request(later.notebook.read(found.recipe.photo))
        later.finish(request.photo, request.params, delivery=request.delivery)
    first, second = (request.body for request in gateway.requests)
    assert first == build_body(request)
    assert first == second


def test_the_same_edit_has_the_same_recipe_and_another_record(bench: Bench, photo: Photo):
    first, second = (bench.finish(photo).records[0] for _ in range(2))
    assert first.recipe.id == second.recipe.id
    assert first.id != second.id


def test_waiting_for_the_end_may_be_given_up_without_ending_anything(
    bench: Bench, gateway: Gateway, photo: Photo
):
    gateway.script(held := Held())
    run = bench.start(photo)

    async def give_up() -> None:
        waiting = asyncio.ensure_future(run.ended())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    looping.run(give_up())
    held.let_go()
    assert bench.wait_for_end(run).records[0].state == "done"


def test_records_are_ordered_by_seed_whatever_ends_first(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(held := Held(), DONE)
    with Bench(gateway.url, tmp_path, max_concurrent=2) as bench:
        run = bench.start(photo, count=2)
        bench.wait_until(lambda: any(record.state == "done" for record in run.records))
        held.let_go()
        bench.wait_for_end(run)
    assert [record.recipe.params.seed for record in run.records] == [7, 8]


# ── a photo that the service fetches itself ──────────────────────────────────────────────────

LINK = PhotoLink("https://example.com/cat.jpg?token=1")


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_an_edit_of_a_link_is_written_down_without_a_photo(
    gateway: Gateway, tmp_path: Path, mode: str
):
    with Bench(gateway.url, tmp_path, mode=mode) as bench:
        if mode == "sync":
            gateway.script(DONE)
        else:
            gateway.script(reply(200, {"code": 10000, "data": {"task_id": "7"}}), DONE)
        [record] = bench.finish(LINK).records
        assert (record.state, record.recipe.photo, record.recipe.photo_url) == (
            "done",
            None,
            LINK.url,
        )
        assert bench.notebook.get(record.id) == record
        assert bench.notebook.read(record.picture) == PICTURE
        assert gateway.requests[0].body == build_body(record.recipe.request(), mode)


def test_a_link_with_a_password_leaves_no_record(bench: Bench, gateway: Gateway):
    with pytest.raises(ParameterError):
        bench.start(PhotoLink("https://user:canary@example.com/cat.jpg"))
    assert (bench.notebook.ids(), gateway.requests) == ([], [])


def test_a_link_has_no_parent(bench: Bench, photo: Photo):
    [parent] = bench.finish(photo).records
    assert bench.finish(LINK, parent=parent.id).records[0].parent is None


def test_the_sandbox_takes_the_link_of_one_of_its_own_results_and_fetches_nothing(
    tmp_path: Path, photo: Photo, gateway: Gateway
):
    with Sandbox() as sandbox, Bench(sandbox.url, tmp_path) as bench:
        [first] = bench.finish(photo, delivery="url").records
        [own] = first.response["data"]["image_urls"]
        assert bench.finish(PhotoLink(own)).records[0].state == "done"
        [refused] = bench.finish(LINK).records
    assert (refused.failure.kind, refused.failure.code) == ("rejected", 50215)
    assert "does not fetch" in refused.failure.told("en")
    assert gateway.requests == []


def test_a_visitors_own_gateway_is_where_their_photo_may_lie(
    bench: Bench, gateway: Gateway, jpeg: bytes
):
    with Gateway() as own:
        own.script(reply(200, jpeg))
        settings = replace(bench.settings, base_url=own.url)
        url = f"{own.url}/cat.jpg"
        assert bench.workbench.fetch_photo(url, settings=settings) == jpeg
        with pytest.raises(PhotoError):
            bench.workbench.fetch_photo(url)
