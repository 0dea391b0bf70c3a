"""What is deleted from the upload folder, and when."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from volcedit.notebook.shelves.storage import Storage
from volcedit.web.guard.uploads import Uploads
from volcedit.web.publishing import keep

MINUTE, HOUR = 60, 3600


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path, Storage(None), lambda: [str(tmp_path / "icon" / "i.svg")])


def put(folder: Path, name: str, age_s: float, *, kept: bool = False) -> Path:
    """An upload of that age."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"12345678")
    if kept:
        keep(path)
    for each in path.parent.iterdir() if path.parent != folder else [path]:
        os.utime(each, (time.time() - age_s,) * 2)
    return path


def test_an_upload_that_no_edit_used_goes_within_the_hour(uploads: Uploads, tmp_path: Path):
    # The sweep comes every ten minutes.
    young, old = put(tmp_path, "a/1.png", 49 * MINUTE), put(tmp_path, "b/1.png", 51 * MINUTE)
    broken_off = put(tmp_path, "tmpabc", 51 * MINUTE)
    uploads.sweep()
    assert (young.exists(), old.parent.exists(), broken_off.exists()) == (True, False, False)


def test_one_that_an_edit_used_stays_for_a_day(uploads: Uploads, tmp_path: Path):
    young = put(tmp_path, "a/1.png", 23.9 * HOUR, kept=True)
    old = put(tmp_path, "b/1.png", 24.1 * HOUR, kept=True)
    uploads.sweep()
    assert (young.exists(), old.parent.exists()) == (True, False)


def test_while_the_storage_is_full_they_stay_for_ten_minutes(uploads: Uploads, tmp_path: Path):
    young = put(tmp_path, "a/1.png", 9 * MINUTE, kept=True)
    old = put(tmp_path, "b/1.png", 11 * MINUTE, kept=True)
    uploads.make_room()
    assert (young.exists(), old.parent.exists()) == (True, False)


def test_the_files_of_the_page_itself_stay(uploads: Uploads, tmp_path: Path):
    icon = put(tmp_path, "icon/i.svg", 48 * HOUR)
    uploads.sweep()
    assert icon.exists()


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path):
    Uploads(tmp_path / "nowhere", Storage(None)).sweep()


def test_files_of_other_processes_are_counted(tmp_path: Path):
    seconds = iter(range(0, 100, 3))
    uploads = Uploads(tmp_path, Storage(None), clock=lambda: next(seconds))
    assert uploads.used_bytes() == 0
    put(tmp_path, "a/1.png", 0)
    assert uploads.used_bytes() == 8


def test_what_arrives_is_counted_at_once(tmp_path: Path):
    uploads = Uploads(tmp_path, Storage(None), clock=lambda: 0)
    uploads.note_arriving(100)
    uploads.note_arrived(30)
    assert uploads.used_bytes() == 100  # counted for the first time: the 30 are on the disk
    uploads.note_arrived(30)
    assert uploads.used_bytes() == 130
