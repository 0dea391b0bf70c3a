"""Indexes built in the background at startup."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.stores import InMemory, Unruly, open_history
from volcedit import EditParams
from volcedit.notebook.finding import Query
from volcedit.notebook.history import INDEXES_KEPT, History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record, new_id
from volcedit.types import PictureFacts, State, digest

PHOTO = PictureFacts(digest(b"photo"), "image/jpeg", 30, 20, 5)
PATIENCE_S = 10


def save(notebook: Notebook, hour: int = 0) -> Record:
    time = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
    recipe = Recipe(PHOTO, EditParams("snow", seed=7), "m", "base64", "gateway", "h")
    record = Record(new_id(time), time.isoformat(), recipe, State.STOPPED)
    notebook.save(record)
    return record


def blocked(history: History, notebook: Notebook, fs: Unruly) -> Callable[[], None]:
    """Start building that notebook's index and block it. Call the returned function to continue."""
    reached, go_on = threading.Event(), threading.Event()

    def hold(method: str, path: str) -> None:
        is_ours = threading.current_thread().name == "indexes"
        if is_ours and method == "read" and notebook.name in path:
            reached.set()
            assert go_on.wait(PATIENCE_S)

    fs.before = hold
    thread = history.warm_up()
    assert reached.wait(PATIENCE_S)

    def finish() -> None:
        fs.before = lambda method, path: None
        go_on.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()

    return finish


@pytest.fixture
def fs() -> Unruly:
    return Unruly()


@pytest.fixture
def history(fs: Unruly) -> History:
    return open_history(InMemory(fs))


def test_after_a_warm_up_a_search_reads_only_the_records_it_shows(fs: Unruly):
    place = InMemory(fs)
    notebook = open_history(place).notebook("anna")
    record = save(notebook, 1)
    save(notebook, 2)
    later = open_history(place)
    later.warm_up().join(PATIENCE_S)
    read: list[str] = []
    fs.before = lambda method, path: read.append(path) if method == "read" else None
    found, count = later.notebook("anna").page(1, 1, Query("snow"))
    assert (found, count) == ([record], 2)
    assert [path.rpartition("/")[2] for path in read if "/records/" in path] == [
        f"{record.id}.json"
    ]


def test_a_search_waits_only_for_its_own_notebook(fs: Unruly):
    place = InMemory(fs)
    slow, quick = (open_history(place).notebook(owner) for owner in ("slow", "quick"))
    save(slow, 2)
    mine = save(quick, 1)
    history = open_history(place)
    finish = blocked(history, slow, fs)
    assert history.notebook("quick").page(0, 12, Query("snow")) == ([mine], 1)
    with ThreadPoolExecutor(1) as pool:
        searching = pool.submit(history.notebook("slow").page, 0, 12, Query("snow"))
        newest, _ = history.notebook("slow").page(0, 12)  # available immediately
        assert len(newest) == 1 and not searching.done()
        finish()
        assert searching.result(PATIENCE_S)[1] == 1


def test_changes_while_the_index_is_built_are_in_it(fs: Unruly):
    place = InMemory(fs)
    notebook = open_history(place).notebook("anna")
    doomed, staying = save(notebook, 1), save(notebook, 2)
    history = open_history(place)
    finish = blocked(history, notebook, fs)
    notebook = history.notebook("anna")
    newer = save(notebook, 3)
    notebook.delete([doomed.id])
    finish()
    assert notebook.index().find(Query("snow")) == [newer.id, staying.id]


def test_only_the_most_recently_used_notebooks_are_indexed(fs: Unruly):
    place = InMemory(fs)
    history = open_history(place)
    for number in range(INDEXES_KEPT + 1):
        save(history.notebook(f"owner {number}"), number)
    read: set[str] = set()

    def note(method: str, path: str) -> None:
        if method == "read" and "/records/" in path:
            read.add(path.split("/")[3])

    fs.before = note
    open_history(place).warm_up().join(PATIENCE_S)
    assert read == {history.notebook(f"owner {it}").name for it in range(1, INDEXES_KEPT + 1)}


def test_an_evicted_index_is_rebuilt(history: History):
    first = history.notebook("owner 0")
    record = save(first)
    assert first.index().find(Query()) == [record.id]
    for number in range(1, INDEXES_KEPT + 1):
        history.notebook(f"owner {number}")
    assert history.notebook("owner 0") is first  # as long as it is referenced
    assert first.index().find(Query()) == [record.id]


def test_an_unreadable_store_is_logged_and_does_not_stop_the_app(
    history: History, fs: Unruly, caplog: pytest.LogCaptureFixture
):
    save(history.notebook("anna"))

    def refuse(method: str, path: str) -> None:
        raise PermissionError("no")

    fs.before = refuse
    with caplog.at_level(logging.WARNING):
        history.warm_up().join(PATIENCE_S)
    assert "cannot warm up the indexes: no" in caplog.text


def test_an_unreadable_notebook_does_not_stop_others_from_being_indexed(
    fs: Unruly, caplog: pytest.LogCaptureFixture
):
    history = open_history(InMemory(fs))
    record = save(history.notebook("anna"))
    bad, good = history.notebook("ben"), history.notebook("anna")
    save(bad)

    def refuse(method: str, path: str) -> None:
        if bad.name in path:
            raise PermissionError("no")

    fs.before = refuse
    with caplog.at_level(logging.WARNING):
        history.warm_up().join(PATIENCE_S)
    assert "cannot warm up an index: no" in caplog.text
    fs.before = lambda method, path: None if "owners" in path else pytest.fail(path)
    assert good.index().find(Query("snow")) == [record.id]


def test_the_process_ends_while_an_index_is_being_built(history: History):
    assert history.warm_up().daemon
