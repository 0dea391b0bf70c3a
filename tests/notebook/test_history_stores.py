"""Notebooks on a store that fails, is full, slow or stale, or loses its locks; and concurrency."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.notebook.conftest import Clock
from tests.support.stores import InMemory, Unruly, open_history
from volcedit import EditParams, HistoryError
from volcedit.notebook.finding import Query
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Mark, Record, new_id, utc_now
from volcedit.notebook.shelves.listing import RELIST_AFTER_S
from volcedit.types import PictureFacts, State, digest

PHOTO = PictureFacts(digest(b"photo"), "image/jpeg", 30, 20, 5)
PICTURE = PictureFacts(digest(b"picture"), "image/png", 30, 20, 7)
BLOBS = {PHOTO: b"photo", PICTURE: b"picture"}
PATIENCE_S = 10


def record_of(photo: PictureFacts = PHOTO) -> Record:
    now = utc_now()
    recipe = Recipe(photo, EditParams("make it snow", seed=7), "m", "base64", "gateway", "h")
    return Record(new_id(now), now.isoformat(), recipe, State.DONE, picture=PICTURE)


@pytest.fixture
def fs() -> Unruly:
    return Unruly()


@pytest.fixture
def place(fs: Unruly) -> InMemory:
    return InMemory(fs)


@pytest.fixture
def history(place: InMemory) -> History:
    return open_history(place)


@pytest.fixture
def notebook(history: History) -> Notebook:
    return history.notebook("anna")


@pytest.fixture
def record(notebook: Notebook) -> Record:
    record = record_of()
    notebook.save(record, BLOBS)
    return record


def contents(place: InMemory) -> dict[str, bytes]:
    return {name: place.read(name) for name in place.names()}


# ── a store that fails ───────────────────────────────────────────────────────────────────────

WRITES: dict[str, Callable[[Notebook, Record], object]] = {
    "save": lambda it, record: it.save(replace(record, request_id="r")),
    "mark": lambda it, record: it.mark(record.id, Mark(True)),
    "discard": lambda it, record: it.discard([record.id]),
    "amend": lambda it, record: it.amend(record.id, touched=None),
    "count": lambda it, record: it.count_evicted(1),
    "adopt": lambda it, record: it.adopt(record, b"{}", None, {PICTURE: lambda: b"x"}),
}


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(errno.EACCES, "denied"), "is writable"),
        (OSError(errno.ENOSPC, "full"), "The disk is full; existing edits are intact"),
        (ConnectionError("reset"), "is writable"),
        (RuntimeError("of a vendor's library"), "is writable"),
    ],
    ids=repr,
)
def test_a_store_that_rejects_writes_is_reported_and_nothing_is_damaged(
    notebook: Notebook, record: Record, place: InMemory, call: str, error: Exception, message: str
):
    notebook.index()
    before = contents(place)

    def refuse(method: str, path: str) -> None:
        if method == "write":
            raise error

    place.fs.before = refuse
    with pytest.raises(HistoryError, match=message):
        WRITES[call](notebook, record)
    place.fs.before = lambda method, path: None
    assert contents(place) == before
    assert notebook.page(0, 12, Query("snow")) == ([record], 1)
    notebook.save(replace(record, request_id="later"))
    assert notebook.get(record.id).request_id == "later"


READS: dict[str, Callable[[Notebook, Record], object]] = {
    "get": lambda it, record: it.get(record.id),
    "ids": lambda it, record: it.ids(),
    "page": lambda it, record: it.page(0, 12),
    "search": lambda it, record: it.page(0, 12, Query("snow")),
    "read": lambda it, record: it.read(PHOTO),
    "has": lambda it, record: it.has(PHOTO),
    "open": lambda it, record: it.open(PHOTO),
    "files of": lambda it, record: it.files_of(record.id),
    "thumbnail": lambda it, record: it.thumbnail(PHOTO),
    "binned": lambda it, record: it.binned(),
    "delete": lambda it, record: it.delete([record.id]),
    "empty bin": lambda it, record: it.empty_bin(),
}


@pytest.mark.parametrize("call", READS)
def test_a_store_that_rejects_reads_is_reported(
    notebook: Notebook, record: Record, place: InMemory, call: str
):
    def refuse(method: str, path: str) -> None:
        raise TimeoutError("no answer")

    before = contents(place)
    place.fs.before = refuse
    with pytest.raises(HistoryError):
        READS[call](notebook, record)
    assert contents(place) == before


def test_a_failing_notebook_does_not_affect_others(
    history: History, notebook: Notebook, record: Record, place: InMemory
):
    ben = history.notebook("ben")

    def refuse(method: str, path: str) -> None:
        if notebook.name in path:
            raise PermissionError("no")

    place.fs.before = refuse
    ben.save(record, BLOBS)
    assert ben.get(record.id) == record
    with pytest.raises(HistoryError):
        notebook.get(record.id)


def test_the_index_tracks_a_write_whose_response_was_lost(
    notebook: Notebook, record: Record, place: InMemory
):
    notebook.index()

    def lose(method: str, path: str) -> None:
        if method == "written":
            raise ConnectionError("reset")

    place.fs.before = lose
    with pytest.raises(HistoryError):
        notebook.save(replace(record, state=State.FAILED, picture=None))
    place.fs.before = lambda method, path: None
    assert notebook.index().find(Query(state="failed")) == [record.id]


def test_a_record_is_saved_even_if_the_index_cannot_be_updated(
    notebook: Notebook, place: InMemory, caplog: pytest.LogCaptureFixture
):
    notebook.index()
    new = record_of()

    def refuse(method: str, path: str) -> None:
        if method in ("info", "read") and path.endswith(f"{new.id}.json"):
            raise TimeoutError("no answer")

    place.fs.before = refuse
    with caplog.at_level(logging.WARNING):
        notebook.save(new, BLOBS)
    assert new.id in caplog.text
    place.fs.before = lambda method, path: None
    assert notebook.index().find(Query("snow")) == [new.id]


def test_a_bin_emptied_by_another_process_meanwhile_is_emptied(
    notebook: Notebook, record: Record, place: InMemory
):
    other = record_of()
    notebook.save(other, BLOBS)
    notebook.discard([record.id, other.id])

    def overtake(method: str, path: str) -> None:
        if method == "read" and path.endswith(f"deleted/{record.id}.json"):
            place.fs.before = lambda method, path: None
            place.fs.rm_file(path)

    place.fs.before = overtake
    notebook.empty_bin()
    assert contents(place) == {}


@pytest.mark.parametrize("when", ["listing all", "following one"])
def test_a_record_that_failed_to_read_once_is_indexed_later(
    history: History, notebook: Notebook, record: Record, place: InMemory, when: str
):
    clock = Clock()
    notebook = open_history(place, clock=clock).notebook("anna")

    def refuse(method: str, path: str) -> None:
        if method == "read" and path.endswith(f"{record.id}.json"):
            raise TimeoutError("no answer")

    if when == "following one":
        notebook.index()
    place.fs.before = refuse
    if when == "following one":
        notebook.mark(record.id, Mark(True))
    assert len(notebook.index().entries()) == 0
    place.fs.before = lambda method, path: None
    clock.pass_(RELIST_AFTER_S + 1)
    assert notebook.index().find(Query("snow")) == [record.id]


# ── a store that is slow ─────────────────────────────────────────────────────────────────────


class Gate:
    """Blocks the calls that `concerns` selects, until it is opened."""

    def __init__(self, concerns: Callable[[str, str], bool]) -> None:
        self.concerns = concerns
        self.reached = threading.Event()
        self._open = threading.Event()

    def __call__(self, method: str, path: str) -> None:
        if self.concerns(method, path):
            self.reached.set()
            assert self._open.wait(PATIENCE_S)

    def open(self) -> None:
        self._open.set()


@pytest.mark.parametrize("whose", ["another's notebook", "the same notebook"])
def test_writing_a_record_does_not_block_other_records(
    history: History, notebook: Notebook, record: Record, place: InMemory, whose: str
):
    notebook.index()
    gate = Gate(lambda method, path: method == "write" and record.id in path)
    other = history.notebook("ben") if whose.startswith("another") else notebook
    mine = record_of()
    with ThreadPoolExecutor(1) as pool:
        place.fs.before = gate
        slow = pool.submit(notebook.save, replace(record, request_id="slow"))
        assert gate.reached.wait(PATIENCE_S)
        other.save(mine, BLOBS)
        other.mark(mine.id, Mark(True))
        assert other.page(0, 12, Query("snow"))[0][0] == mine
        assert notebook.page(0, 12, Query("snow"))[0][-1] == record
        other.discard([mine.id])
        other.take_back([mine.id])
        assert not slow.done()
        gate.open()
        slow.result(PATIENCE_S)
    assert notebook.get(record.id).request_id == "slow"
    assert notebook.index().find(Query(starred=True)) == ([mine.id] if other is notebook else [])


def test_a_deletion_waits_for_a_save_that_references_its_picture(
    notebook: Notebook, record: Record, place: InMemory
):
    coming = record_of()
    gate = Gate(lambda method, path: method == "write" and coming.id in path)
    with ThreadPoolExecutor(2) as pool:
        place.fs.before = gate
        saving = pool.submit(notebook.save, coming, BLOBS)
        assert gate.reached.wait(PATIENCE_S)
        deleting = pool.submit(notebook.delete, [record.id])
        gate.open()
        saving.result(PATIENCE_S)
        deleting.result(PATIENCE_S)
    assert notebook.ids() == [coming.id]
    assert (notebook.read(PHOTO), notebook.read(PICTURE)) == (b"photo", b"picture")


def test_a_record_saved_during_a_sweep_keeps_its_pictures(
    notebook: Notebook, record: Record, place: InMemory
):
    staying, coming = record_of(), record_of()
    notebook.save(staying)
    notebook.amend(staying.id, touched=None)
    blob_deletions: list[str] = []

    def save_meanwhile(method: str, path: str) -> None:
        if method == "read" and staying.id in path:  # the sweep has listed everything
            place.fs.before = note
            notebook.save(coming, BLOBS)

    def note(method: str, path: str) -> None:
        if method == "delete" and "/blobs/" in path:
            blob_deletions.append(path)

    place.delete(place.names(f"*/records/{staying.id}.json")[0])
    other = record_of(replace(PHOTO, sha256="ab" * 32))
    staying = replace(other, id=staying.id, picture=None)
    notebook.save(staying)
    place.fs.before = save_meanwhile
    notebook.delete([record.id])
    assert blob_deletions == []
    assert (notebook.read(PHOTO), notebook.read(PICTURE)) == (b"photo", b"picture")


def test_a_save_waits_for_a_running_deletion_and_rewrites_the_picture(
    notebook: Notebook, record: Record, place: InMemory
):
    coming = record_of()
    gate = Gate(lambda method, path: method == "delete" and PHOTO.sha256 in path)
    with ThreadPoolExecutor(2) as pool:
        place.fs.before = gate
        deleting = pool.submit(notebook.delete, [record.id])
        assert gate.reached.wait(PATIENCE_S)
        saving = pool.submit(notebook.save, coming, BLOBS)
        gate.open()
        saving.result(PATIENCE_S)
        deleting.result(PATIENCE_S)
    assert (notebook.read(PHOTO), notebook.read(PICTURE)) == (b"photo", b"picture")


def test_a_record_deleted_while_being_amended_stays_deleted(
    notebook: Notebook, record: Record, place: InMemory
):
    gate = Gate(lambda method, path: method == "write" and record.id in path)
    with ThreadPoolExecutor(2) as pool:
        place.fs.before = gate
        amending = pool.submit(notebook.amend, record.id, touched=None)
        assert gate.reached.wait(PATIENCE_S)
        deleting = pool.submit(notebook.delete, [record.id])
        gate.open()
        amending.result(PATIENCE_S)
        deleting.result(PATIENCE_S)
    assert place.names() == []


def test_undo_waits_for_a_newer_record_and_keeps_it(
    notebook: Notebook, record: Record, place: InMemory
):
    notebook.discard([record.id])
    newer = replace(record, request_id="newer")
    gate = Gate(lambda method, path: method == "write" and f"/records/{record.id}" in path)
    with ThreadPoolExecutor(2) as pool:
        place.fs.before = gate
        saving = pool.submit(notebook.save, newer)
        assert gate.reached.wait(PATIENCE_S)
        undoing = pool.submit(notebook.take_back, [record.id])
        gate.open()
        saving.result(PATIENCE_S)
        undoing.result(PATIENCE_S)
    assert notebook.get(record.id) == newer
    assert notebook.binned() == []


# ── a store that lists late ──────────────────────────────────────────────────────────────────


def test_a_write_missing_from_a_stale_listing_is_found(
    notebook: Notebook, record: Record, place: InMemory
):
    place.fs.is_late = True
    newer = record_of()
    notebook.save(newer, BLOBS)
    assert notebook.ids() == [newer.id, record.id]
    assert notebook.page(0, 12) == ([newer, record], 2)
    assert notebook.page(0, 12, Query("snow")) == ([newer, record], 2)


def test_a_deleted_record_in_a_stale_listing_is_gone(
    notebook: Notebook, record: Record, place: InMemory, caplog: pytest.LogCaptureFixture
):
    other = record_of()
    notebook.save(other, BLOBS)
    place.fs.is_late = True
    notebook.delete([record.id])
    assert notebook.page(0, 12) == ([other], 1)
    assert notebook.page(0, 12, Query("snow")) == ([other], 1)
    notebook.discard([other.id])
    assert notebook.page(0, 12) == ([], 0)
    assert notebook.binned() == [other.id]
    assert notebook.take_back([other.id]) == [other.id]
    assert notebook.page(0, 12) == ([other], 1)
    assert caplog.messages == []


def test_a_picture_survives_a_stale_listing_that_lacks_its_record(
    notebook: Notebook, record: Record, place: InMemory
):
    place.fs.is_late = True
    newer = record_of()
    notebook.save(newer, BLOBS)
    notebook.delete([record.id])
    assert (notebook.read(PHOTO), notebook.read(PICTURE)) == (b"photo", b"picture")


# ── a store whose locks expire ───────────────────────────────────────────────────────────────


def test_a_lost_claim_damages_nothing(history: History, record: Record, place: InMemory):
    claim = history.claim(record.id)
    assert open_history(place).claim(record.id) is None
    place.delete(f"claims/{record.id}")
    with open_history(place).claim(record.id) as other:
        claim.release()
        assert other.is_held
        assert history.is_claimed(record.id)
    assert not history.is_claimed(record.id)


def test_a_claim_that_cannot_be_written_is_reported(
    history: History, record: Record, place: InMemory
):
    def refuse(method: str, path: str) -> None:
        if method in ("write", "info"):
            raise PermissionError("no")

    place.fs.before = refuse
    with pytest.raises(HistoryError, match="is writable"):
        history.claim(record.id)
