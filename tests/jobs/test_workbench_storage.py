"""The limit on everything that is stored: in one life, over a restart, with a second process."""

from __future__ import annotations

import logging
from io import BytesIO
from pathlib import Path

import pytest

from tests.support.blobs import record_of
from tests.support.gateway import Gateway
from tests.support.running import DONE, Bench
from volcedit import HistoryError, Photo
from volcedit.notebook.history import History
from volcedit.notebook.shelves.storage import Storage
from volcedit.types import PictureFacts, digest
from volcedit.words import say


def test_without_a_limit_nothing_is_counted():
    storage = Storage(None)
    storage.include(lambda: 1 // 0)
    storage.check(10**12)
    assert storage.room_bytes() is None


def test_the_last_byte_is_used_and_no_more():
    storage = Storage(1_000_000)
    storage.include(lambda: 900_000)
    storage.check(100_000)
    with pytest.raises(HistoryError, match=r"is full \(1 MB\)") as caught:
        storage.check(100_001)
    assert "存储空间已满（1 MB）" in say("zh", caught.value.words)


def test_a_full_storage_takes_nothing_however_small():
    storage = Storage(1_000_000)
    storage.include(lambda: 1_000_000)
    with pytest.raises(HistoryError):
        storage.check()


def test_room_is_made_before_anything_is_refused():
    used = [1_000_000]
    storage = Storage(1_000_000)
    storage.include(lambda: used[0], lambda: used.__setitem__(0, 400_000))
    storage.check(600_000)
    assert used == [400_000]


def test_the_owner_is_told_once_a_minute(caplog: pytest.LogCaptureFixture):
    now = [0.0]
    storage = Storage(1_000_000, lambda: now[0])
    storage.include(lambda: 2_000_000)
    for now[0] in (0, 59, 60, 61):
        storage.full()
    told = [it.getMessage() for it in caplog.records if it.levelno == logging.WARNING]
    assert told == ["storage is full: 2.0 of 1 MB (VOLCEDIT_STORAGE_MB) are used"] * 2


# ── edits ────────────────────────────────────────────────────────────────────────────────────

FILLER = b"f" * 1_000_000


def fill(history: History) -> None:
    """Store a megabyte in another visitor's notebook."""
    facts = PictureFacts(digest(FILLER), "image/png", 30, 20, len(FILLER))
    history.notebook("another visitor").save(record_of(facts), {facts: FILLER})


def test_a_full_storage_refuses_an_edit_before_it_is_sent(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path, storage_mb=1) as bench:
        [first] = bench.finish(photo).records
        fill(History(tmp_path))  # by a second process
        for start in (
            lambda: bench.start(photo),
            lambda: bench.workbench.replay(bench.notebook, first.id),
            lambda: bench.workbench.replay_chain(bench.notebook, first.id),
            lambda: bench.workbench.import_(bench.notebook, Path(__file__)),
            lambda: bench.workbench.export(bench.notebook, None, BytesIO()),
        ):
            with pytest.raises(HistoryError, match="is full"):
                start()
        assert bench.notebook.ids() == [first.id]
    restarted = Bench(gateway.url, tmp_path, storage_mb=1)
    with restarted as bench, pytest.raises(HistoryError, match="is full"):
        bench.start(photo)
    assert len(gateway.requests) == 1
