"""How much room all notebooks take."""

from __future__ import annotations

from pathlib import Path

from tests.notebook.conftest import Clock
from tests.support.blobs import BYTES, PHOTO, PICTURE, record_of
from tests.support.stores import Place
from volcedit.notebook.history import History
from volcedit.notebook.shelves.storage import Usage
from volcedit.notebook.store.files import Files


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_all_notebooks_are_counted_and_what_is_deleted_is_not(tmp_path: Path):
    history = History(tmp_path)
    assert history.used_bytes() == 0
    for owner in ("anna", "bob"):
        record = record_of(picture=PICTURE)
        notebook = history.notebook(owner)
        notebook.save(record, BYTES)
        assert history.used_bytes() == size_of(tmp_path) > 0
    notebook.delete([record.id])
    assert history.used_bytes() == size_of(tmp_path)


def test_what_another_process_writes_is_counted_at_once(tmp_path: Path):
    history = History(tmp_path)
    other = History(tmp_path).notebook("anna")
    for _ in range(20):  # quickly, so that some share a tick of the clock
        other.save(record_of(), {PHOTO: BYTES[PHOTO]})
        assert history.used_bytes() == size_of(tmp_path)


class CountingFiles(Files):
    """Files that count how often a folder is listed."""

    listed = 0

    def files(self, folder: str) -> dict:
        CountingFiles.listed += 1
        return super().files(folder)


def test_only_folders_that_have_changed_are_listed(tmp_path: Path, clock: Clock):
    history = History(tmp_path)
    for owner in range(20):
        history.notebook(f"visitor {owner}").save(record_of(), {PHOTO: BYTES[PHOTO]})
    usage = Usage(CountingFiles(tmp_path), clock)
    for _ in range(3):
        usage.used_bytes()
        clock.pass_(1)
    CountingFiles.listed = 0
    history.notebook("visitor 1").save(record_of(), {PHOTO: BYTES[PHOTO]})
    assert usage.used_bytes() == size_of(tmp_path)
    assert CountingFiles.listed <= 2  # its records and its blobs


def test_a_store_without_markers_is_counted_every_minute(place: Place, clock: Clock):
    usage = Usage(place.store(), clock)
    History(place.store()).notebook("anna").save(record_of(), {PHOTO: BYTES[PHOTO]})
    first = usage.used_bytes()
    assert first > 0
    History(place.store()).notebook("bob").save(record_of(), {PHOTO: BYTES[PHOTO]})
    clock.pass_(61)
    assert usage.used_bytes() > first
