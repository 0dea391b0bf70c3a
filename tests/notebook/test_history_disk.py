"""What happens only on a disk: killed processes, full disks, missing permissions, file layout."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.archiving import blob_path
from tests.support.blobs import (
    BYTES,
    PHOTO,
    PHOTO_SHA256,
    PICTURE,
    record_of,
)
from tests.support.drawing import make_jpeg
from volcedit import HistoryError, Photo, read_photo
from volcedit.notebook.history import History, Notebook
from volcedit.types import PictureFacts, State


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return History(tmp_path).notebook("anna")


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], list[str]]:
    """The names of all files in a folder of the notebook, sorted."""
    return lambda name: sorted(path.name for path in tmp_path.glob(f"notebooks/*/{name}/*"))


def save(
    notebook: Notebook, photo: PictureFacts = PHOTO, picture: PictureFacts | None = None
) -> str:
    """Save a new record with its bytes, and return its id."""
    record = record_of(photo, picture)
    notebook.save(record, {facts: BYTES[facts] for facts in (photo, picture) if facts})
    return record.id


# ── a process that is killed ─────────────────────────────────────────────────────────────────


def test_a_kill_before_the_replace_leaves_the_old_record(notebook: Notebook, tmp_path: Path):
    record = record_of()
    notebook.save(record)
    killed = f"""
import os, pathlib
from dataclasses import replace
from volcedit.notebook.history import History
from volcedit.types import State
notebook = History(pathlib.Path({str(tmp_path)!r})).notebook("anna")
pathlib.Path.replace = lambda *_: os._exit(9)
notebook.save(replace(notebook.get({record.id!r}), state=State.DONE))
"""
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == 9
    assert len(list(tmp_path.glob("notebooks/*/records/.*"))) == 1
    assert notebook.ids() == [record.id]
    assert notebook.get(record.id) == record


@pytest.mark.parametrize(("age_s", "stays"), [(3500, True), (3700, False)])
def test_partial_files_of_a_killed_process_are_deleted_after_an_hour(
    notebook: Notebook, tmp_path: Path, age_s: int, stays: bool
):
    doomed, _ = save(notebook), save(notebook)
    (path,) = tmp_path.glob(f"notebooks/*/records/{doomed}.json")
    partial = path.with_name(f".{path.name}.0123abcd")
    partial.write_text('{"prompt": "secr')
    os.utime(partial, (time.time() - age_s,) * 2)
    notebook.delete([doomed])
    assert partial.exists() is stays


def test_an_emptied_notebook_keeps_no_partial_files(notebook: Notebook, tmp_path: Path):
    doomed = save(notebook, PHOTO, PICTURE)
    for path in list(tmp_path.glob("notebooks/*/*/*")):
        path.with_name(f".{path.name}.0123abcd").write_text('{"prompt": "secr')
    notebook.delete([doomed])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


# ── files ────────────────────────────────────────────────────────────────────────────────────


def test_the_folders_are_readable_only_by_this_user(
    notebook: Notebook, tmp_path: Path, jpeg: bytes, photo
):
    notebook.save(record_of(photo.facts), {photo.facts: jpeg})
    notebook.thumbnail(photo.facts)
    folders = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("notebooks/*/*")}
    assert folders == {"records": 0o700, "blobs": 0o700, "thumbs": 0o700}


def test_a_blob_is_written_once(notebook: Notebook):
    save(notebook)
    before = blob_path(notebook, PHOTO).stat()
    save(notebook)
    after = blob_path(notebook, PHOTO).stat()
    assert after.st_ino == before.st_ino


# ── a disk that fails ────────────────────────────────────────────────────────────────────────


def disk_full(_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_reported_and_keeps_the_earlier_record(
    notebook: Notebook, folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    record = record_of()
    notebook.save(record, {PHOTO: b"photo"})
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(HistoryError, match="The disk is full; existing edits are intact"):
        notebook.save(replace(record, state=State.DONE, picture=PICTURE), {PICTURE: b"picture"})
    assert notebook.get(record.id) == record
    assert [path.name for path in tmp_path.rglob(".*")] == []
    assert folder("blobs") == [f"{PHOTO_SHA256}.jpg"]


def test_a_record_is_not_written_before_its_blob(
    notebook: Notebook, folder, monkeypatch: pytest.MonkeyPatch
):
    found: list[list[str]] = []
    monkeypatch.setattr(os, "fsync", lambda _: found.append(folder("records")))
    save(notebook)
    blob_is_written, _ = found
    assert [name for name in blob_is_written if not name.startswith(".")] == []


def test_a_record_is_not_written_if_its_blob_cannot_be(
    notebook: Notebook, folder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(HistoryError):
        save(notebook)
    assert folder("records") == []


def test_a_folder_that_cannot_be_created_is_reported(notebook: Notebook, tmp_path: Path):
    (tmp_path / "notebooks").write_text("a file where the folder should be")
    with pytest.raises(HistoryError, match="is writable"):
        save(notebook)


def test_a_folder_that_cannot_be_listed_is_reported(notebook: Notebook, tmp_path: Path):
    (tmp_path / "notebooks").write_text("a file where the folder should be")
    with pytest.raises(HistoryError, match="could not be read"):
        notebook.page(0, 12)


@pytest.mark.parametrize("call", ["save", "delete", "ids", "thumbnail"])
def test_a_folder_without_permission_is_reported(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, call: str
):
    record_id = save(notebook)

    def forbid(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    calls = {
        "save": lambda: save(notebook),
        "delete": lambda: notebook.delete([record_id]),
        "ids": notebook.ids,
        "thumbnail": lambda: notebook.thumbnail(PHOTO),
    }
    with monkeypatch.context() as forbidden, pytest.raises(HistoryError):
        # Tests may run as root, who passes every permission check.
        for name in ("stat", "scandir", "listdir", "unlink", "open"):
            forbidden.setattr(os, name, forbid)
        forbidden.setattr(io, "open", forbid)
        calls[call]()


@pytest.fixture
def large() -> Photo:
    return read_photo(make_jpeg(480, 320)).photo


@pytest.fixture
def kept(notebook: Notebook, large: Photo) -> Notebook:
    """A notebook with one record of that photo."""
    notebook.save(record_of(large.facts), {large.facts: large.data})
    return notebook


def test_a_thumbnail_is_shown_even_if_it_cannot_be_cached(
    kept: Notebook, large: Photo, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "fsync", disk_full)
    assert kept.thumbnail(large.facts).startswith(b"\xff\xd8")


def test_a_reader_never_sees_half_a_record(notebook: Notebook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)
    record = replace(record_of(), response={"long": "雪" * 50_000})
    notebook.save(record)
    over = threading.Event()

    def rewrite() -> None:
        for _ in range(50):
            notebook.save(record)
        over.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(rewrite)
        while not over.is_set() and not writing.done():
            assert notebook.get(record.id) == record
        writing.result(10)
