"""What both stores have in common, and what differs."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from tests.support.stores import InMemory, OnDisk, Place, Unruly
from volcedit import HistoryError
from volcedit.errors import ConfigError
from volcedit.notebook.store import Store, open_store
from volcedit.notebook.store.buckets import TOUCH_AFTER_S, Buckets
from volcedit.notebook.store.failures import UNWRITABLE, as_history_error
from volcedit.notebook.store.files import Files


@pytest.fixture
def store(place: Place) -> Store:
    return place.store()


def test_written_bytes_are_read_at_once_and_as_a_stream(store: Store):
    store.write("a/b.json", b"first")
    store.write("a/b.json", b"second")
    assert store.read("a/b.json") == b"second"
    with store.open("a/b.json") as file:
        assert (file.read(3), file.read()) == (b"sec", b"ond")


@pytest.mark.parametrize("method", ["read", "open", "touch"])
def test_a_missing_name_raises(store: Store, method: str):
    with pytest.raises(FileNotFoundError):
        getattr(store, method)("a/b")


def test_moving_a_missing_name_raises(store: Store):
    with pytest.raises(FileNotFoundError):
        store.move("a/b", "a/c")


def test_deleting_a_missing_name_is_a_no_op(store: Store):
    store.delete("a/b")
    store.write("a/b", b"x")
    store.delete("a/b")
    assert store.find("a/b") is None


def test_a_folder_lists_its_own_names_and_sizes(store: Store):
    store.write("a/b", b"1")
    store.write("a/c", b"12")
    store.write("a/d/e", b"123")
    assert sorted(store.names("a")) == ["b", "c"]
    assert {name: it.size_bytes for name, it in store.files("a").items() if name != "d"} == {
        "b": 1,
        "c": 2,
    }
    assert store.folders("a") == ["d"]
    assert (store.names("x"), store.files("x"), store.folders("x")) == ([], {}, [])


def test_a_stamp_changes_with_every_write_and_is_the_same_in_a_listing(store: Store):
    store.write("a/b", b"1")
    first = store.find("a/b")
    assert store.files("a")["b"] == first
    store.write("a/b", b"2")
    assert store.find("a/b").stamp != first.stamp


def test_a_move_replaces_its_target_and_sets_a_new_time(place: Place, store: Store):
    store.write("a/b", b"1")
    store.write("c/d", b"2")
    place.age("a/b", 1000)
    before = store.find("a/b").time_s
    store.move("a/b", "c/d")
    assert (store.find("a/b"), store.read("c/d")) == (None, b"1")
    assert store.find("c/d").time_s > before + 900


def test_touching_sets_a_new_time(place: Place, store: Store):
    store.write("a", b"1")
    place.age("a", TOUCH_AFTER_S + 1000)
    before = store.find("a").time_s
    store.touch("a")
    assert store.find("a").time_s > before + TOUCH_AFTER_S
    assert store.read("a") == b"1"


def test_only_one_of_many_creates_a_name(store: Store, place: Place):
    assert store.create("a", b"1")
    assert not place.store().create("a", b"2")
    assert store.read("a") == b"1"
    assert place.names() == ["a"]


def test_a_sub_store_has_its_own_names(store: Store, place: Place):
    store.below("a").below("b").write("c", b"1")
    assert place.names() == ["a/b/c"]
    assert store.below("a").address != store.address
    assert store.below("a").address == place.store().below("a").address


def test_room_counts_existing_files(store: Store):
    assert store.room().used_bytes == 0
    store.write("a/b", b"12")
    store.write("c", b"345")
    assert store.room().used_bytes == 5


def test_a_disk_reports_free_space_and_memory_does_not(tmp_path: Path):
    assert Files(tmp_path / "later").room().free_bytes > 0
    assert InMemory().store().room().free_bytes is None


def test_a_disk_reports_changes_in_a_folder(tmp_path: Path):
    store = Files(tmp_path)
    assert store.changes("a") == 0
    store.write("a/b", b"1")
    os.utime(tmp_path / "a", (1, 1))
    before = store.changes("a")
    store.write("a/b", b"2")
    assert store.changes("a") != before


def test_cleaning_spares_files_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = Files(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: store.clean("a", float("inf")))
    store.write("a/b", b"1")
    assert store.read("a/b") == b"1"
    (tmp_path / "a" / ".b.0123abcd").write_bytes(b"left")
    store.clean("a", float("inf"))
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["b"]


# ── addresses ────────────────────────────────────────────────────────────────────────────────


def test_a_path_opens_a_file_store(tmp_path: Path):
    for address in (tmp_path, str(tmp_path)):
        open_store(address).write("a", b"1")
        assert (tmp_path / "a").read_bytes() == b"1"


@pytest.mark.parametrize("make", [str, Path], ids=["text", "path"])
def test_a_url_opens_an_fsspec_store(make: type):
    # Settings are parsed as paths, which collapse the slashes.
    place = InMemory()
    open_store(make(f"memory:/{place.root}")).write("a", b"1")
    assert place.read("a") == b"1"


@pytest.mark.parametrize("address", ["C:/data", "c:\\data", "a:b/c", "./memory"])
def test_a_path_that_looks_like_a_url_is_a_path(address: str):
    assert isinstance(open_store(address), Files)


def test_an_unknown_url_is_reported():
    with pytest.raises(ConfigError, match="VOLCEDIT_DATA_DIR"):
        open_store("nowhere://x/y")


# ── failures ─────────────────────────────────────────────────────────────────────────────────


class StoreError(Exception):
    """Like the exceptions of a vendor's library."""


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(errno.EACCES, "no"), "is writable"),
        (StoreError("AccessDenied"), "is writable"),
        (OSError(errno.ENOSPC, "full"), "disk is full"),
        (OSError(errno.EDQUOT, "full"), "disk is full"),
        (OSError("XMinioStorageFull: no"), "disk is full"),
        (StoreError("QuotaExceeded"), "disk is full"),
    ],
    ids=repr,
)
def test_every_store_error_becomes_one_of_our_sentences(error: Exception, message: str):
    def fail(method: str, path: str) -> None:
        raise error

    store = Buckets(Unruly(fail), "/x")
    with pytest.raises(HistoryError, match=message), as_history_error(UNWRITABLE):
        store.write("a", b"1")


def test_a_stale_listing_is_corrected_by_this_processs_changes():
    fs = Unruly()
    store = Buckets(fs, "/x")
    store.write("a/old", b"1")
    fs.is_late = True
    store.write("a/new", b"22")
    store.delete("a/old")
    assert {name: it.size_bytes for name, it in store.files("a").items()} == {"new": 2}


def test_later_changes_by_another_process_win():
    fs = Unruly()
    store, other = Buckets(fs, "/x"), Buckets(fs, "/x")
    store.write("a/b", b"1")
    other.delete("a/b")
    assert store.names("a") == []
    store.delete("a/b")
    other.write("a/b", b"1")
    assert store.names("a") == ["b"]


class Caching(Unruly):
    """Answers from cached listings, as s3fs and gcsfs do."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[str, list[dict[str, Any]]] = {}

    def ls(self, path: str, detail: bool = True, **kwargs: object) -> list:
        if detail and path not in self._kept:
            self._kept[path] = list(super().ls(path, detail=True))
        return self._kept[path] if detail else super().ls(path, detail=False)

    def info(self, path: str, **kwargs: object) -> dict[str, Any]:
        kept = self._kept.get(path.rpartition("/")[0])
        if kept is None:
            return super().info(path)
        for info in kept:
            if info["name"] == path:
                return info
        raise FileNotFoundError(path)

    def invalidate_cache(self, path: str | None = None) -> None:
        if path is None:
            self._kept.clear()
        else:
            self._kept.pop(path, None)


def test_a_name_is_not_looked_up_in_a_cached_listing():
    fs = Caching()
    store = Buckets(fs, "/x")
    store.write("a/b", b"1")
    assert store.names("a") == ["b"]
    MemoryFileSystem.pipe_file(fs, "/x/a/c", b"1")  # by another process
    MemoryFileSystem.rm_file(fs, "/x/a/b")
    assert store.find("a/c") is not None
    assert store.find("a/b") is None


def test_both_kinds_implement_the_store_protocol():
    assert {type(OnDisk(Path("x")).store()), type(InMemory().store())} == {Files, Buckets}
