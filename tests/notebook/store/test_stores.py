"""What both stores do alike, and what tells them apart."""

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


def test_what_is_written_is_read_in_whole_and_as_a_stream(store: Store):
    store.write("a/b.json", b"first")
    store.write("a/b.json", b"second")
    assert store.read("a/b.json") == b"second"
    with store.open("a/b.json") as file:
        assert (file.read(3), file.read()) == (b"sec", b"ond")


@pytest.mark.parametrize("method", ["read", "open", "touch"])
def test_a_name_that_is_not_there_is_told(store: Store, method: str):
    with pytest.raises(FileNotFoundError):
        getattr(store, method)("a/b")


def test_moving_what_is_not_there_is_told(store: Store):
    with pytest.raises(FileNotFoundError):
        store.move("a/b", "a/c")


def test_deleting_what_is_not_there_is_fine(store: Store):
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


def test_a_stamp_differs_after_every_write_and_is_the_same_in_a_list(store: Store):
    store.write("a/b", b"1")
    first = store.find("a/b")
    assert store.files("a")["b"] == first
    store.write("a/b", b"2")
    assert store.find("a/b").stamp != first.stamp


def test_a_move_replaces_and_begins_a_new_time(place: Place, store: Store):
    store.write("a/b", b"1")
    store.write("c/d", b"2")
    place.age("a/b", 1000)
    before = store.find("a/b").time_s
    store.move("a/b", "c/d")
    assert (store.find("a/b"), store.read("c/d")) == (None, b"1")
    assert store.find("c/d").time_s > before + 900


def test_to_touch_makes_new(place: Place, store: Store):
    store.write("a", b"1")
    place.age("a", TOUCH_AFTER_S + 1000)
    before = store.find("a").time_s
    store.touch("a")
    assert store.find("a").time_s > before + TOUCH_AFTER_S
    assert store.read("a") == b"1"


def test_only_one_creates(store: Store, place: Place):
    assert store.create("a", b"1")
    assert not place.store().create("a", b"2")
    assert store.read("a") == b"1"
    assert place.names() == ["a"]


def test_a_part_of_a_store_has_its_own_names(store: Store, place: Place):
    store.below("a").below("b").write("c", b"1")
    assert place.names() == ["a/b/c"]
    assert store.below("a").address != store.address
    assert store.below("a").address == place.store().below("a").address


def test_room_counts_what_is_there(store: Store):
    assert store.room().used_bytes == 0
    store.write("a/b", b"12")
    store.write("c", b"345")
    assert store.room().used_bytes == 5


def test_a_disk_tells_what_is_free_and_memory_does_not(tmp_path: Path):
    assert Files(tmp_path / "later").room().free_bytes > 0
    assert InMemory().store().room().free_bytes is None


def test_a_disk_tells_that_something_changed_in_a_folder(tmp_path: Path):
    store = Files(tmp_path)
    assert store.changes("a") == 0
    store.write("a/b", b"1")
    os.utime(tmp_path / "a", (1, 1))
    before = store.changes("a")
    store.write("a/b", b"2")
    assert store.changes("a") != before


def test_cleaning_spares_what_is_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = Files(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: store.clean("a", float("inf")))
    store.write("a/b", b"1")
    assert store.read("a/b") == b"1"
    (tmp_path / "a" / ".b.0123abcd").write_bytes(b"left")
    store.clean("a", float("inf"))
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["b"]


# ── addresses ────────────────────────────────────────────────────────────────────────────────


def test_a_path_means_files(tmp_path: Path):
    for address in (tmp_path, str(tmp_path)):
        open_store(address).write("a", b"1")
        assert (tmp_path / "a").read_bytes() == b"1"


@pytest.mark.parametrize("make", [str, Path], ids=["text", "path"])
def test_a_url_means_what_fsspec_knows(make: type):
    # A setting is read as a path, which has one slash.
    place = InMemory()
    open_store(make(f"memory:/{place.root}")).write("a", b"1")
    assert place.read("a") == b"1"


@pytest.mark.parametrize("address", ["C:/data", "c:\\data", "a:b/c", "./memory"])
def test_what_only_looks_like_a_url_is_a_path(address: str):
    assert isinstance(open_store(address), Files)


def test_a_url_that_nobody_knows_is_told():
    with pytest.raises(ConfigError, match="VOLCEDIT_DATA_DIR"):
        open_store("nowhere://x/y")


# ── failures ─────────────────────────────────────────────────────────────────────────────────


class StoreError(Exception):
    """As a vendor's library raises."""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(errno.EACCES, "no"), "may be written to"),
        (StoreError("AccessDenied"), "may be written to"),
        (OSError(errno.ENOSPC, "full"), "disk is full"),
        (OSError(errno.EDQUOT, "full"), "disk is full"),
        (OSError("XMinioStorageFull: no"), "disk is full"),
        (StoreError("QuotaExceeded"), "disk is full"),
    ],
    ids=repr,
)
def test_whatever_a_store_raises_is_told_in_our_words(error: Exception, said: str):
    def fail(method: str, path: str) -> None:
        raise error

    store = Buckets(Unruly(fail), "/x")
    with pytest.raises(HistoryError, match=said), as_history_error(UNWRITABLE):
        store.write("a", b"1")


def test_a_late_list_is_mended_by_what_this_process_did():
    fs = Unruly()
    store = Buckets(fs, "/x")
    store.write("a/old", b"1")
    fs.is_late = True
    store.write("a/new", b"22")
    store.delete("a/old")
    assert {name: it.size_bytes for name, it in store.files("a").items()} == {"new": 2}


def test_what_another_process_changed_since_is_believed_over_what_this_one_did():
    fs = Unruly()
    store, other = Buckets(fs, "/x"), Buckets(fs, "/x")
    store.write("a/b", b"1")
    other.delete("a/b")
    assert store.names("a") == []
    store.delete("a/b")
    other.write("a/b", b"1")
    assert store.names("a") == ["b"]


class Caching(Unruly):
    """Answers from the lists that it kept, as s3fs and gcsfs do."""

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


def test_a_name_is_not_looked_up_in_an_old_list():
    fs = Caching()
    store = Buckets(fs, "/x")
    store.write("a/b", b"1")
    assert store.names("a") == ["b"]
    MemoryFileSystem.pipe_file(fs, "/x/a/c", b"1")  # by another process
    MemoryFileSystem.rm_file(fs, "/x/a/b")
    assert store.find("a/c") is not None
    assert store.find("a/b") is None


def test_both_kinds_of_place_are_stores():
    assert {type(OnDisk(Path("x")).store()), type(InMemory().store())} == {Files, Buckets}
