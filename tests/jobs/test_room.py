"""Room on the disk: what cannot be kept is not paid for, and what is paid for is shown."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.drawing import make_jpeg
from tests.support.gateway import Answer, Exchange, Gateway, reply
from tests.support.running import DONE, PICTURE, Bench, Held, envelope_of
from tests.support.stores import InMemory
from volcedit import HistoryError, Photo
from volcedit.notebook.history import History
from volcedit.notebook.room import CALL_BYTES, Room
from volcedit.notebook.store.files import Files

BIG = make_jpeg(480, 320)


class SmallDisk(Files):
    """A disk that reports and has `free_bytes`; not counting what is written."""

    free_bytes_left: int | None = 10**12
    writable_bytes = 10**12

    def below(self, folder: str) -> Files:
        below = SmallDisk(Path(self.address, folder))
        below.parent = self
        return below

    parent: SmallDisk | None = None

    def free_bytes(self) -> int | None:  # type: ignore[override]
        return self.free_bytes_left

    def write(self, name: str, data: bytes) -> None:
        top = self
        while top.parent is not None:
            top = top.parent
        if len(data) > top.writable_bytes:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(name, data)


@pytest.fixture
def disk(tmp_path: Path) -> SmallDisk:
    return SmallDisk(tmp_path)


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path, disk: SmallDisk) -> Iterator[Bench]:
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path, history=History(disk), max_concurrent=2) as bench:
        yield bench


# ── reservations ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("free_bytes", "fits"), [(2 * CALL_BYTES, True), (2 * CALL_BYTES - 1, False)]
)
def test_every_call_has_its_own_reservation(disk: SmallDisk, free_bytes: int, fits: bool):
    room = Room(History(disk))
    disk.free_bytes_left = free_bytes
    with room.reserved():
        if fits:
            with room.reserved():
                return
        with pytest.raises(HistoryError, match="Nothing was sent"), room.reserved():
            pass
    with room.reserved():  # the first has ended
        pass


def test_a_task_that_is_paid_for_is_never_refused_but_counts(disk: SmallDisk):
    room = Room(History(disk))
    disk.free_bytes_left = CALL_BYTES
    with (
        room.reserved(is_paid=True),
        room.reserved(is_paid=True),
        pytest.raises(HistoryError),
        room.reserved(),
    ):
        pass


def test_a_store_that_reports_no_free_space_is_not_refused():
    with Room(History(InMemory().store())).reserved():
        pass


def test_after_a_failed_write_there_is_room_once_as_much_can_be_written(disk: SmallDisk):
    room = Room(History(disk))
    disk.writable_bytes = 999
    room.note_failure(1000)
    with pytest.raises(HistoryError, match="The disk is full"):
        room.check(0)
    disk.writable_bytes = 1000
    room.check(0)
    assert disk.names(".") == []


# ── runs ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("spare_bytes", "fits"), [(0, True), (-1, False)])
def test_a_run_needs_room_for_its_photo_and_a_picture(
    bench: Bench, gateway: Gateway, photo: Photo, disk: SmallDisk, spare_bytes: int, fits: bool
):
    disk.free_bytes_left = len(photo.data) + CALL_BYTES + spare_bytes
    if fits:
        assert bench.finish(photo).records[0].state == "done"
        return
    with pytest.raises(HistoryError, match="Nothing was sent"):
        bench.start(photo)
    assert gateway.requests == [] and bench.notebook.ids() == []


def test_a_queued_call_for_which_there_is_no_room_fails_without_being_sent(
    bench: Bench, gateway: Gateway, photo: Photo, disk: SmallDisk
):
    gateway.script(held := Held())
    disk.free_bytes_left = 2 * CALL_BYTES - 1  # for one at a time
    run = bench.start(photo, count=3)
    held.wait_for_request()
    bench.wait_until(lambda: [it.state for it in run.records].count("failed") == 2)
    held.let_go()
    bench.wait_for_end(run)
    assert sorted(bench.states_on_disk(run)) == ["done", "failed", "failed"]
    failures = [it.failure for it in run.records if it.failure]
    assert {it.kind for it in failures} == {"history"}
    assert all("Nothing was sent" in it.told("en") for it in failures)
    assert len(gateway.requests) == 1


def filling(disk: SmallDisk, writable_bytes: int) -> Answer:
    """A picture, with a disk that no longer takes it."""

    def answer(exchange: Exchange) -> None:
        disk.writable_bytes = writable_bytes
        reply(200, envelope_of(BIG))(exchange)

    return answer


def test_after_a_picture_could_not_be_kept_nothing_more_is_sent_until_there_is_room(
    bench: Bench, gateway: Gateway, photo: Photo, disk: SmallDisk
):
    gateway.script(filling(disk, 4000), DONE)
    bench.places.lower()  # one at a time
    run = bench.finish(photo, count=3)
    assert bench.states_on_disk(run) == ["failed"] * 3
    assert len(gateway.requests) == 1
    disk.writable_bytes = 10**12
    assert bench.finish(photo).records[0].state == "done"


def test_a_second_process_learns_from_the_disk_itself(
    bench: Bench, gateway: Gateway, photo: Photo, disk: SmallDisk, tmp_path: Path
):
    disk.free_bytes_left = CALL_BYTES
    with (
        Bench(gateway.url, tmp_path, history=History(disk)) as other,
        pytest.raises(HistoryError, match="Nothing was sent"),
    ):
        other.start(photo)
    assert gateway.requests == []


def test_a_picture_that_cannot_be_kept_stays_in_memory(
    bench: Bench, gateway: Gateway, photo: Photo, disk: SmallDisk
):
    gateway.script(filling(disk, 4000))
    run = bench.finish(photo)
    (record,) = run.records
    assert bench.notebook.held(record.id)[1] == BIG
    found = bench.notebook.get(record.id)
    assert (found.state, found.picture, found.failure.kind) == ("failed", None, "history")
    assert "arrived but could not be saved" in found.failure.told("en")


def test_a_picture_that_is_kept_does_not_stay_in_memory(bench: Bench, photo: Photo):
    run = bench.finish(photo)
    assert bench.notebook.held(run.records[0].id) is None
    assert bench.notebook.read(run.records[0].picture) == PICTURE
