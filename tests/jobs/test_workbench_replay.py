"""Repeats: the same body, a verdict, whole chains; and measuring what an edit changed."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.support.archiving import blob_path
from tests.support.calling import Time
from tests.support.drawing import make_jpeg
from tests.support.gateway import Answer, Exchange, Gateway, reply
from tests.support.running import DONE, PICTURE, Bench, Held, envelope_of
from volcedit import (
    Client,
    EditParams,
    HistoryError,
    ParameterError,
    Photo,
    PhotoLink,
    Watermark,
    read_photo,
)
from volcedit.jobs.run import Run
from volcedit.notebook.records import Record
from volcedit.sandbox import Sandbox
from volcedit.types import State, Touched, Verdict

EVERYTHING = EditParams(
    "下雪 👩‍👩‍👧\n\u2028",
    "雨",
    2147483647,
    0.3,
    Watermark("© 我", position=3, language=1, opacity=0.25),
)
SUBMITTED = reply(200, {"code": 10000, "data": {"task_id": "77"}})
TASK_DONE = reply(
    200,
    {
        "code": 10000,
        "data": {"status": "done", "binary_data_base64": [base64.b64encode(PICTURE).decode()]},
    },
)


def at_once(gateway: Gateway) -> Client:
    """A client that does not wait between polls."""
    return Client(gateway.url, max_attempts=1, timeout_s=10, **Time().options)


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path) -> Iterator[Bench]:
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path) as bench:
        yield bench


def replay(bench: Bench, record: Record, count: int = 1, **options: object) -> list[Record]:
    """The finished records of `count` repeats."""
    options = {"on_change": bench.tell} | options
    run = bench.workbench.replay(bench.notebook, record.id, count, **options)
    return bench.wait_for_end(run).records


def picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (48, 32), colour).save(file, "PNG")
    return file.getvalue()


def done(data: bytes) -> Answer:
    return reply(200, envelope_of(data))


# ── the body ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("restarted", [False, True], ids=["at once", "after a restart"])
@pytest.mark.parametrize("delivery", ["base64", "url"])
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_repeat_sends_exactly_the_same_body(
    gateway: Gateway, tmp_path: Path, photo: Photo, mode: str, delivery: str, restarted: bool
):
    answers = [DONE] if mode == "sync" else [SUBMITTED, TASK_DONE]
    gateway.script(*answers, *answers)
    bench = Bench(gateway.url, tmp_path, client=at_once(gateway))
    params = EVERYTHING if mode == "sync" else replace(EVERYTHING, watermark=None)
    (first,) = bench.finish(photo, params, delivery=delivery, mode=mode).records
    if restarted:
        bench.workbench.close()
        bench = Bench(gateway.url, tmp_path, client=at_once(gateway))
    (again,) = replay(bench, first)
    bench.workbench.close()
    half = len(gateway.requests) // 2
    then, now = gateway.requests[:half], gateway.requests[half:]
    assert [(it.query, it.body) for it in then] == [(it.query, it.body) for it in now]
    assert half == len(answers)
    assert (again.state, again.recipe.id) == ("done", first.recipe.id)


def test_a_repeated_task_with_a_watermark_polls_with_the_same_body(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(SUBMITTED, TASK_DONE, SUBMITTED, TASK_DONE)
    with Bench(gateway.url, tmp_path, client=at_once(gateway)) as bench:
        (first,) = bench.finish(photo, EVERYTHING, mode="async").records
        replay(bench, first)
    bodies = [it.body for it in gateway.requests]
    assert bodies[:2] == bodies[2:]


def test_a_repeat_goes_to_the_current_service_and_records_it(
    gateway: Gateway, bench: Bench, photo: Photo
):
    (first,) = bench.finish(photo).records
    with Gateway() as other:
        other.script(DONE)
        settings = replace(bench.settings, base_url=other.url, mode="async")
        (again,) = replay(bench, first, settings=settings)
        assert other.requests[0].body == gateway.requests[0].body
    assert again.recipe.host == other.url.removeprefix("http://") != first.recipe.host
    assert again.recipe.mode == "sync"
    assert again.verdict.kind == "same_bytes"


# ── its record ───────────────────────────────────────────────────────────────────────────────


def test_a_repeat_has_its_own_record(bench: Bench, photo: Photo):
    (first,) = bench.finish(photo).records
    (again,) = replay(bench, first)
    assert again.id != first.id
    assert (again.replay_of, again.parent) == (first.id, None)
    assert bench.notebook.get(again.id) == again
    assert bench.notebook.get(first.id) == first


def test_a_repeat_has_the_parent_of_the_original(bench: Bench, photo: Photo):
    (parent,) = bench.finish(photo).records
    made = read_photo(bench.notebook.read(parent.picture)).photo
    (first,) = bench.finish(made, parent=parent.id).records
    (again,) = replay(bench, first)
    assert again.parent == parent.id


@pytest.mark.parametrize(
    ("second", "kind"),
    [
        (PICTURE, "same_bytes"),
        (PICTURE + b"behind its end", "same_pixels"),
        (make_jpeg(48, 33), "drifted"),
        (picture("red"), "drifted"),
    ],
)
def test_a_repeat_gets_a_verdict(
    gateway: Gateway, bench: Bench, photo: Photo, second: bytes, kind: str
):
    (first,) = bench.finish(photo).records
    gateway.script(done(second))
    (again,) = replay(bench, first)
    assert bench.notebook.get(again.id).verdict.kind == again.verdict.kind == kind


def test_a_repeat_is_not_done_before_it_has_its_verdict(
    gateway: Gateway, bench: Bench, photo: Photo
):
    (first,) = bench.finish(photo).records
    gateway.script(held := Held())
    runs: list[Run] = []
    seen: list[Verdict | None] = []

    def look() -> None:
        for record in runs and runs[0].records:
            if record.state == "done":
                seen.extend([record.verdict, bench.notebook.get(record.id).verdict])

    runs.append(bench.workbench.replay(bench.notebook, first.id, on_change=look))
    held.let_go()
    bench.wait_for_end(runs[0])
    bench.workbench.close()
    assert seen
    assert None not in seen


def test_each_of_several_repeats_gets_a_verdict(gateway: Gateway, bench: Bench, photo: Photo):
    (first,) = bench.finish(photo).records
    gateway.script(DONE, done(picture("red")), DONE)
    records = replay(bench, first, 3)
    assert sorted(it.verdict.kind for it in records) == ["drifted", "same_bytes", "same_bytes"]
    assert {it.replay_of for it in records} == {first.id}
    assert {json.loads(it.body)["seed"] for it in gateway.requests} == {7}


@pytest.mark.parametrize("count", [0, 9])
def test_the_number_of_repeats_is_limited(bench: Bench, photo: Photo, count: int):
    (first,) = bench.finish(photo).records
    with pytest.raises(ParameterError):
        replay(bench, first, count)
    assert bench.notebook.ids() == [first.id]


def test_a_repeats_picture_is_on_disk_before_it_is_compared(
    bench: Bench, photo: Photo, monkeypatch: pytest.MonkeyPatch
):
    found = []

    def judge(first: bytes, second: bytes) -> Verdict:
        newest = bench.notebook.get(bench.notebook.ids()[0])
        found.append((newest.state, bench.notebook.read(newest.picture)))
        raise MemoryError

    monkeypatch.setattr("volcedit.pictures.comparing.judge", judge)
    (first,) = bench.finish(photo).records
    (again,) = replay(bench, first)
    assert found == [("done", PICTURE)]
    assert bench.notebook.get(again.id) == again
    assert (again.state, again.verdict) == ("done", None)


def test_a_failed_edit_can_be_repeated_without_a_verdict(
    gateway: Gateway, bench: Bench, photo: Photo
):
    gateway.script(reply(400, {"code": 50411, "message": "no"}), DONE)
    (first,) = bench.finish(photo).records
    (again,) = replay(bench, first)
    assert (first.state, again.state, again.verdict) == ("failed", "done", None)
    assert again.replay_of == first.id


def test_a_repeat_that_fails_has_no_verdict(gateway: Gateway, bench: Bench, photo: Photo):
    (first,) = bench.finish(photo).records
    gateway.script(reply(400, {"code": 50411, "message": "no"}))
    (again,) = replay(bench, first)
    assert (again.state, again.verdict) == ("failed", None)


def test_a_repeat_is_kept_if_its_original_is_deleted_meanwhile(
    gateway: Gateway, bench: Bench, photo: Photo
):
    (first,) = bench.finish(photo).records

    def delete(exchange: Exchange) -> None:
        bench.workbench.delete(bench.notebook, [first.id])
        DONE(exchange)

    gateway.script(delete)
    (again,) = replay(bench, first)
    assert (again.state, again.verdict) == ("done", None)
    assert bench.notebook.read(again.picture) == PICTURE


def test_a_repeat_is_kept_if_its_original_is_damaged(gateway: Gateway, bench: Bench, photo: Photo):
    (first,) = bench.finish(photo).records
    blob_path(bench.notebook, first.picture).write_bytes(b"damaged")
    gateway.script(done(picture("red")))
    (again,) = replay(bench, first)
    assert (again.state, again.verdict) == ("done", None)


def test_a_repeat_with_the_same_bytes_repairs_a_damaged_original(bench: Bench, photo: Photo):
    (first,) = bench.finish(photo).records
    blob_path(bench.notebook, first.picture).write_bytes(b"damaged")
    (again,) = replay(bench, first)
    assert (again.state, again.verdict.kind) == ("done", "same_bytes")
    assert bench.notebook.read(first.picture) == PICTURE


def test_a_missing_record_cannot_be_repeated(bench: Bench, gateway: Gateway):
    with pytest.raises(HistoryError):
        bench.workbench.replay(bench.notebook, "20260102T030405000006Z-0123abcd")
    assert gateway.requests == []


def test_a_repeat_resumed_after_a_crash_gets_a_verdict(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(SUBMITTED, TASK_DONE, SUBMITTED, reply(200, {"code": 10000, "data": {}}))
    with Bench(gateway.url, tmp_path, client=at_once(gateway), mode="async") as bench:
        (first,) = bench.finish(photo).records
        (again,) = replay(bench, first)
        left = replace(again, state=State.TASK, failure=None, picture=None, verdict=None)
        bench.notebook.save(left)
        gateway.script(TASK_DONE)
        assert bench.workbench.resume(bench.tell) == 1
        bench.wait_until(lambda: not bench.workbench.runs)
        assert bench.notebook.get(again.id).verdict.kind == "same_bytes"


def test_a_repeat_gets_its_verdict_when_its_picture_is_fetched(
    gateway: Gateway, bench: Bench, photo: Photo
):
    (first,) = bench.finish(photo).records
    link = reply(200, {"code": 10000, "data": {"image_urls": [f"{gateway.url}/snow.jpg"]}})
    gateway.script(link, reply(503))
    (again,) = replay(bench, first)
    assert (again.failure.kind, again.verdict) == ("download", None)
    gateway.script(reply(200, PICTURE))
    fetched = bench.workbench.fetch_again(bench.notebook, again.id)
    assert fetched.verdict.kind == bench.notebook.get(again.id).verdict.kind == "same_bytes"


# ── chains ───────────────────────────────────────────────────────────────────────────────────


def make_chain(bench: Bench, photo: Photo, prompts: list[str]) -> list[Record]:
    """Run one edit after another, each on the previous picture."""
    records: list[Record] = []
    for number, prompt in enumerate(prompts):
        parent = records[-1].id if records else None
        run = bench.finish(photo, EditParams(prompt, seed=number + 1), parent=parent)
        records += run.records
        photo = read_photo(bench.notebook.read(records[-1].picture)).photo
    return records


def replay_chain(bench: Bench, record: Record, *args: object, **options: object) -> Run:
    options = {"on_change": bench.tell} | options
    run = bench.workbench.replay_chain(bench.notebook, record.id, *args, **options)
    return bench.wait_for_end(run)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Bench]:
    """A workbench with the sandbox, which makes a different picture from every photo."""
    with Sandbox() as sandbox, Bench(sandbox.url, tmp_path) as bench:
        yield bench


PROMPTS = ["make it snow", "sunset", "pencil sketch"]


def test_a_chain_is_repeated_step_by_step(studio: Bench, photo: Photo):
    firsts = make_chain(studio, photo, PROMPTS)
    run = replay_chain(studio, firsts[-1])
    assert [it.recipe.id for it in run.records] == [it.recipe.id for it in firsts]
    assert [it.verdict.kind for it in run.records] == ["same_bytes"] * 3
    assert [it.replay_of for it in run.records] == [it.id for it in firsts]
    assert [it.parent for it in run.records] == [None, *(it.id for it in run.records[:-1])]
    assert [studio.notebook.get(it.id) for it in run.records] == run.records
    assert (run.finished, run.planned, run.broken_off) == (True, 3, None)


def test_a_chain_can_be_repeated_up_to_any_step(studio: Bench, photo: Photo):
    firsts = make_chain(studio, photo, PROMPTS)
    run = replay_chain(studio, firsts[1])
    assert [it.replay_of for it in run.records] == [it.id for it in firsts[:2]]


def test_a_chain_can_be_run_on_another_photo(studio: Bench, photo: Photo):
    firsts = make_chain(studio, photo, PROMPTS)
    other = read_photo(make_jpeg(64, 96)).photo
    run = replay_chain(studio, firsts[-1], other)
    assert [it.recipe.params for it in run.records] == [it.recipe.params for it in firsts]
    assert run.records[0].recipe.photo == other.facts
    assert [it.recipe.photo.sha256 for it in run.records[1:]] == [
        it.picture.sha256 for it in run.records[:-1]
    ]
    assert [(it.replay_of, it.verdict) for it in run.records] == [(None, None)] * 3
    assert [it.parent for it in run.records] == [None, *(it.id for it in run.records[:-1])]


def test_a_chain_on_a_picture_of_the_notebook_has_it_as_parent(studio: Bench, photo: Photo):
    firsts = make_chain(studio, photo, PROMPTS)
    made = read_photo(studio.notebook.read(firsts[-1].picture)).photo
    run = replay_chain(studio, firsts[1], made, parent=firsts[-1].id)
    assert run.records[0].parent == firsts[-1].id
    assert studio.workbench.lineage(studio.notebook, run.records[-1].id).chain == tuple(
        it.id for it in [*firsts, *run.records]
    )


def test_a_step_with_a_different_photo_is_not_a_repeat(
    gateway: Gateway, bench: Bench, photo: Photo
):
    firsts = make_chain(bench, photo, PROMPTS)
    gateway.script(done(picture("red")), DONE)
    run = replay_chain(bench, firsts[-1])
    assert [it.replay_of for it in run.records] == [firsts[0].id, None, firsts[2].id]
    assert [it.verdict and it.verdict.kind for it in run.records] == [
        "drifted", None, "same_bytes",
    ]  # fmt: skip


def test_a_chain_ends_at_its_first_failure(gateway: Gateway, bench: Bench, photo: Photo):
    firsts = make_chain(bench, photo, PROMPTS)
    gateway.requests.clear()
    gateway.script(DONE, reply(400, {"code": 50511, "message": "no"}))
    run = replay_chain(bench, firsts[-1])
    assert [it.state for it in run.records] == ["done", "failed"]
    assert (run.finished, run.planned, len(gateway.requests)) == (True, 3, 2)
    assert len(bench.notebook.ids()) == 5


def test_a_chain_ends_if_a_picture_cannot_be_the_next_photo(
    gateway: Gateway, bench: Bench, photo: Photo
):
    firsts = make_chain(bench, photo, PROMPTS)
    gateway.script(done(make_jpeg(320, 20)))
    run = replay_chain(bench, firsts[-1])
    assert [it.state for it in run.records] == ["done"]
    assert (run.finished, run.broken_off.kind) == (True, "photo")


def test_a_chain_counts_as_running_between_its_steps(gateway: Gateway, bench: Bench, photo: Photo):
    firsts = make_chain(bench, photo, PROMPTS)
    seen: list[tuple[int, bool]] = []
    runs: list[Run] = []

    def look() -> None:
        seen.extend((len(run.records), run.finished) for run in runs)

    gateway.script(held := Held())
    runs.append(bench.workbench.replay_chain(bench.notebook, firsts[-1].id, on_change=look))
    held.let_go()
    bench.wait_for_end(runs[0])
    bench.workbench.close()
    assert {count for count, finished in seen if finished} == {3}
    assert {count for count, _ in seen} == {1, 2, 3}


def test_a_stopped_chain_starts_no_further_step(gateway: Gateway, bench: Bench, photo: Photo):
    firsts = make_chain(bench, photo, PROMPTS)
    gateway.script(held := Held())
    run = bench.workbench.replay_chain(bench.notebook, firsts[-1].id, on_change=bench.tell)
    held.wait_for_request()
    run.stop()
    held.let_go()
    bench.wait_for_end(run)
    bench.workbench.close()
    assert [it.state for it in run.records] == ["done"]
    assert len(bench.notebook.ids()) == 4


def test_a_chain_stopped_between_two_steps_ends(gateway: Gateway, bench: Bench, photo: Photo):
    firsts = make_chain(bench, photo, PROMPTS)
    gateway.script(held := Held())
    runs: list[Run] = []

    def stop_after_the_first() -> None:
        if runs and [it.state for it in runs[0].records] == ["done"] and not runs[0].stopped:
            runs[0].stop()

    runs.append(
        bench.workbench.replay_chain(bench.notebook, firsts[-1].id, on_change=stop_after_the_first)
    )
    held.let_go()
    bench.wait_for_end(runs[0])
    bench.workbench.close()
    assert [it.state for it in runs[0].records] == ["done"]


def test_a_queued_chain_can_be_stopped(gateway: Gateway, tmp_path: Path, photo: Photo):
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path, max_concurrent=1) as bench:
        firsts = make_chain(bench, photo, PROMPTS)
        gateway.script(held := Held())
        bench.start(photo)
        held.wait_for_request()
        run = bench.workbench.replay_chain(bench.notebook, firsts[-1].id, on_change=bench.tell)
        run.stop()
        bench.wait_for_end(run)
        held.let_go()
    assert [it.state for it in run.records] == ["stopped"]


def test_a_chain_with_an_invalid_step_is_not_started(gateway: Gateway, bench: Bench, photo: Photo):
    firsts = make_chain(bench, photo, PROMPTS)
    gateway.requests.clear()
    recipe = replace(firsts[1].recipe, req_key="retired")
    bench.notebook.save(replace(firsts[1], recipe=recipe))
    with pytest.raises(ParameterError):
        replay_chain(bench, firsts[-1])
    assert gateway.requests == []
    assert len(bench.notebook.ids()) == 3


def test_a_chain_starts_after_a_deleted_parent(studio: Bench, photo: Photo):
    firsts = make_chain(studio, photo, PROMPTS)
    studio.workbench.delete(studio.notebook, [firsts[0].id])
    run = replay_chain(studio, firsts[-1])
    assert [it.replay_of for it in run.records] == [it.id for it in firsts[1:]]


def test_the_lineage_follows_new_and_deleted_edits(studio: Bench, photo: Photo):
    firsts = make_chain(studio, photo, PROMPTS[:2])

    def tree() -> list[str]:
        lineage = studio.workbench.lineage(studio.notebook, firsts[0].id)
        return [link.id for _, link in lineage.tree]

    assert tree() == [it.id for it in firsts]
    made = read_photo(studio.notebook.read(firsts[0].picture)).photo
    (branch,) = studio.finish(made, parent=firsts[0].id).records
    assert tree() == [*(it.id for it in firsts), branch.id]
    studio.workbench.delete(studio.notebook, [firsts[1].id])
    assert tree() == [firsts[0].id, branch.id]


# ── what an edit touched ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def measuring(gateway: Gateway, tmp_path: Path) -> Iterator[Bench]:
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path, measures=True) as bench:
        yield bench


def wait_for_measuring(bench: Bench) -> None:
    """Wait until everything is measured. Nothing can be started afterwards."""
    bench.places.shutdown()
    bench.measurer.finish()


def test_changes_are_measured_in_the_background(measuring: Bench, photo: Photo):
    run = measuring.finish(photo)
    wait_for_measuring(measuring)
    on_disk = measuring.notebook.get(run.records[0].id)
    assert on_disk.touched.preserved_share == 1.0  # the same gradient, smaller
    assert replace(on_disk, touched=None) == run.records[0]


def test_measuring_does_not_notify_the_page(measuring: Bench, photo: Photo):
    told: list[bool] = []
    run = measuring.start(photo, on_change=lambda: told.append(True))
    measuring.wait_for_end(run)
    measuring.workbench.close()  # waits for all notifications of the run
    count = len(told)
    assert run.records[0].touched is None
    measuring.workbench.measure(measuring.notebook, run.records[0].id)
    assert len(told) == count


def test_unmeasured_edits_are_measured_on_demand(bench: Bench, gateway: Gateway, photo: Photo):
    gateway.script(done(picture("black")))
    (record,) = bench.finish(photo).records
    assert bench.notebook.get(record.id).touched is None
    measured = bench.workbench.measure(bench.notebook, record.id)
    assert measured.touched.preserved_share < 0.2
    assert bench.notebook.get(record.id) == measured


def test_an_edit_is_measured_once(bench: Bench, photo: Photo):
    (record,) = bench.finish(photo).records
    written = replace(record, touched=Touched(0.25, 1.5, (1, 2, 3, 4)))
    bench.notebook.save(written)
    assert bench.workbench.measure(bench.notebook, record.id) == written


def test_an_edit_without_a_picture_is_not_measured(gateway: Gateway, bench: Bench, photo: Photo):
    gateway.script(reply(400, {"code": 50411, "message": "no"}))
    (record,) = bench.finish(photo).records
    assert bench.workbench.measure(bench.notebook, record.id) == record


def test_measuring_does_not_restore_a_deleted_record(bench: Bench, photo: Photo):
    (record,) = bench.finish(photo).records
    bench.workbench.delete(bench.notebook, [record.id])
    with pytest.raises(HistoryError):
        bench.notebook.amend(record.id, touched=Touched(1.0, 0.0, None))
    assert bench.notebook.ids() == []


def test_a_damaged_photo_does_not_affect_the_run(measuring: Bench, photo: Photo, gateway: Gateway):
    def damage(exchange: Exchange) -> None:
        blob_path(measuring.notebook, photo.facts).write_bytes(b"damaged")
        DONE(exchange)

    gateway.script(damage)
    (record,) = measuring.finish(photo).records
    wait_for_measuring(measuring)
    assert (record.state, measuring.notebook.get(record.id)) == ("done", record)


# ── a photo that the service fetched itself ──────────────────────────────────────────────────

LINK = PhotoLink("https://example.com/cat.jpg")


def test_a_repeat_of_a_link_sends_exactly_the_same_body(bench: Bench, gateway: Gateway):
    [first] = bench.finish(LINK).records
    [again] = replay(bench, first)
    assert (again.replay_of, again.verdict.kind) == (first.id, "same_bytes")
    assert len({request.body for request in gateway.requests}) == 1


def test_a_chain_starts_from_its_link(bench: Bench, gateway: Gateway):
    [first] = bench.finish(LINK).records
    made = read_photo(PICTURE).photo
    [second] = bench.finish(made, parent=first.id).records
    run = bench.workbench.replay_chain(bench.notebook, second.id)
    records = bench.wait_for_end(run).records
    assert [record.replay_of for record in records] == [first.id, second.id]
    assert gateway.requests[2].body == gateway.requests[0].body


def test_an_edit_of_a_link_is_not_measured(bench: Bench):
    [record] = bench.finish(LINK).records
    assert bench.workbench.measure(bench.notebook, record.id).touched is None
