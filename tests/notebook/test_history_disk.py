"""Blobs, thumbnails, deleting, and disks that fail. What a record is: test_history.py."""

from __future__ import annotations

import errno
import io
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.support.drawing import make_jpeg
from volcedit import EditParams, HistoryError, Photo, read_photo
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record, new_id, utc_now
from volcedit.types import PictureFacts, State

# The names of the blobs are the SHA-256 of these words, by coreutils.
PHOTO_SHA256 = "55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8"
PICTURE_SHA256 = "2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97"
OTHER_SHA256 = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
PHOTO = PictureFacts(PHOTO_SHA256, "image/jpeg", 30, 20, 5)
PICTURE = PictureFacts(PICTURE_SHA256, "image/png", 30, 20, 7)
OTHER = PictureFacts(OTHER_SHA256, "image/jpeg", 30, 20, 5)
BYTES = {PHOTO: b"photo", PICTURE: b"picture", OTHER: b"other"}


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return History(tmp_path).notebook("anna")


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], list[str]]:
    """The names of all files in a folder of the notebook, sorted."""
    return lambda name: sorted(path.name for path in tmp_path.glob(f"notebooks/*/{name}/*"))


def record_of(photo: PictureFacts = PHOTO, picture: PictureFacts | None = None) -> Record:
    now = utc_now()
    recipe = Recipe(photo, EditParams("下雪"), "byteedit_v2.0", "base64", "gateway", "h:1")
    return Record(new_id(now), now.isoformat(), recipe, "queued", picture=picture)


def save(
    notebook: Notebook, photo: PictureFacts = PHOTO, picture: PictureFacts | None = None
) -> str:
    """Save a new record with its bytes, and return its id."""
    record = record_of(photo, picture)
    notebook.save(record, {facts: BYTES[facts] for facts in (photo, picture) if facts})
    return record.id


# ── blobs ────────────────────────────────────────────────────────────────────────────────────


def test_blobs_are_named_by_their_hash(notebook: Notebook, folder):
    save(notebook, PHOTO, PICTURE)
    assert folder("blobs") == [f"{PICTURE_SHA256}.png", f"{PHOTO_SHA256}.jpg"]


def test_a_blob_is_written_once(notebook: Notebook):
    save(notebook)
    before = notebook.blob_path(PHOTO).stat()
    save(notebook)
    after = notebook.blob_path(PHOTO).stat()
    assert after.st_ino == before.st_ino


def test_another_process_that_deletes_leaves_a_blob_whose_record_is_yet_to_come(
    notebook: Notebook,
):
    save(notebook)
    blob = notebook.blob_path(PHOTO)
    coming = blob.with_name(f"{'ab' * 32}.jpg")
    coming.write_bytes(b"of another process")
    notebook.delete(notebook.ids()[1:])
    assert coming.exists()


def test_a_blob_is_read_back(notebook: Notebook):
    save(notebook)
    assert notebook.read(PHOTO) == b"photo"


@pytest.mark.parametrize("data", [b"", b"phot", b"Photo", b"photo\n"])
def test_altered_bytes_are_refused(notebook: Notebook, data: bytes):
    save(notebook)
    notebook.blob_path(PHOTO).write_bytes(data)
    with pytest.raises(HistoryError, match="Choose the photo again"):
        notebook.read(PHOTO)


def test_choosing_the_photo_again_mends_its_damaged_blob(notebook: Notebook):
    save(notebook)
    notebook.blob_path(PHOTO).write_bytes(b"Photo")
    save(notebook)
    assert notebook.read(PHOTO) == b"photo"


def test_a_blob_that_is_gone_is_told(notebook: Notebook):
    save(notebook)
    notebook.blob_path(PHOTO).unlink()
    with pytest.raises(HistoryError, match="missing"):
        notebook.read(PHOTO)


@pytest.mark.parametrize(
    "sha256", ["../../secret", "..", "", "/etc/passwd", "A" * 64, "a" * 63, "a" * 65, None, 7]
)
@pytest.mark.parametrize("method", ["read", "blob_path", "thumbnail"])
def test_a_hash_from_outside_opens_only_blobs(notebook: Notebook, method: str, sha256: object):
    with pytest.raises(HistoryError):
        getattr(notebook, method)(replace(PHOTO, sha256=sha256))


# ── thumbnails ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def large() -> Photo:
    return read_photo(make_jpeg(480, 320)).photo


@pytest.fixture
def kept(notebook: Notebook, large: Photo) -> Notebook:
    """A notebook with one record of that photo."""
    notebook.save(record_of(large.facts), {large.facts: large.data})
    return notebook


def test_a_thumbnail_is_a_jpeg_of_160_px(kept: Notebook, large: Photo):
    with Image.open(io.BytesIO(kept.thumbnail(large.facts))) as image:
        assert (image.format, image.size) == ("JPEG", (160, 107))


def test_a_thumbnail_is_made_again_when_it_is_gone(kept: Notebook, large: Photo, tmp_path: Path):
    first = kept.thumbnail(large.facts)
    (path,) = tmp_path.glob("notebooks/*/thumbs/*")
    path.unlink()
    assert kept.thumbnail(large.facts) == first
    assert path.read_bytes() == first


def test_a_thumbnail_is_shown_even_if_it_cannot_be_kept(
    kept: Notebook, large: Photo, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "fsync", disk_full)
    assert kept.thumbnail(large.facts).startswith(b"\xff\xd8")


def test_a_thumbnail_of_what_is_deleted_meanwhile_is_not_kept(
    kept: Notebook, large: Photo, folder, monkeypatch: pytest.MonkeyPatch
):
    read = kept.read

    def read_then_delete(facts: PictureFacts) -> bytes:
        data = read(facts)
        kept.delete(kept.ids())
        return data

    monkeypatch.setattr(kept, "read", read_then_delete)
    kept.thumbnail(large.facts)
    assert folder("thumbs") == []


# ── deleting ─────────────────────────────────────────────────────────────────────────────────


def test_deleting_one_record_keeps_the_blobs_it_shares(notebook: Notebook, folder):
    doomed, staying = save(notebook, PHOTO, PICTURE), save(notebook, PHOTO)
    notebook.delete([doomed])
    assert notebook.ids() == [staying]
    assert folder("blobs") == [f"{PHOTO_SHA256}.jpg"]


def test_a_result_used_as_input_outlives_the_record_that_made_it(notebook: Notebook, folder):
    made = save(notebook, PHOTO, PICTURE)
    save(notebook, PICTURE, OTHER)
    notebook.delete([made])
    assert folder("blobs") == [f"{PICTURE_SHA256}.png", f"{OTHER_SHA256}.jpg"]


def test_a_thumbnail_goes_with_its_blob(kept: Notebook, large: Photo, folder):
    kept.thumbnail(large.facts)
    kept.delete(kept.ids())
    assert folder("thumbs") == []


def test_deleting_all_leaves_no_file(notebook: Notebook, tmp_path: Path):
    for _ in range(3):
        save(notebook, PHOTO, PICTURE)
    notebook.blob_path(PHOTO).with_name(f".{PHOTO_SHA256}.jpg.0123abcd").write_bytes(b"pho")
    notebook.delete(notebook.ids())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_deleting_nothing_from_nothing_is_fine(notebook: Notebook):
    notebook.delete([])
    assert notebook.ids() == []


def test_deleting_twice_is_fine(notebook: Notebook):
    doomed = save(notebook)
    notebook.delete([doomed])
    notebook.delete([doomed])
    assert notebook.ids() == []


def test_a_damaged_record_keeps_the_blobs_it_names(notebook: Notebook, folder, tmp_path: Path):
    damaged, doomed = save(notebook, PHOTO), save(notebook, OTHER)
    (path,) = tmp_path.glob(f"notebooks/*/records/{damaged}.json")
    path.write_bytes(b"\xff" + path.read_bytes()[:-20])
    notebook.delete([doomed])
    assert folder("blobs") == [f"{PHOTO_SHA256}.jpg"]


# ── a disk that fails ────────────────────────────────────────────────────────────────────────


def disk_full(_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_and_leaves_the_earlier_record(
    notebook: Notebook, folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    record = record_of()
    notebook.save(record, {PHOTO: b"photo"})
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(HistoryError, match="The disk is full; nothing that was there is damaged"):
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


def test_a_record_is_not_written_when_its_blob_cannot_be(
    notebook: Notebook, folder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(HistoryError):
        save(notebook)
    assert folder("records") == []


def test_a_folder_that_cannot_be_made_is_told(notebook: Notebook, tmp_path: Path):
    (tmp_path / "notebooks").write_text("a file where the folder should be")
    with pytest.raises(HistoryError, match="may be written to"):
        save(notebook)


def test_a_folder_that_cannot_be_listed_is_told(notebook: Notebook, tmp_path: Path):
    (tmp_path / "notebooks").write_text("a file where the folder should be")
    with pytest.raises(HistoryError, match="could not be read"):
        notebook.page(0, 12)


@pytest.mark.parametrize("call", ["save", "delete", "ids", "thumbnail"])
def test_a_folder_that_may_not_be_entered_is_told(
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
        # Tests may run as root, whom no permission stops.
        for name in ("stat", "scandir", "listdir", "unlink", "open"):
            forbidden.setattr(os, name, forbid)
        forbidden.setattr(io, "open", forbid)
        calls[call]()


# ── many at once ─────────────────────────────────────────────────────────────────────────────


def test_saving_and_deleting_at_once_leave_no_record_without_its_blob(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # only slow here
    history = History(tmp_path)
    start = threading.Barrier(8)

    def work(_: int) -> None:
        notebook = history.notebook("anna")
        start.wait(10)
        for turn in range(25):
            mine = save(notebook, PHOTO, PICTURE)
            if turn % 5:
                notebook.delete([mine])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    notebook = history.notebook("anna")
    records, total = notebook.page(0, 1000)
    assert len(records) == total == 8 * 5
    for record in records:
        assert notebook.read(record.recipe.photo) == b"photo"
        assert notebook.read(record.picture) == b"picture"


def test_two_threads_making_one_thumbnail_both_get_it(kept: Notebook, large: Photo):
    start = threading.Barrier(8)

    def make(_: int) -> bytes:
        start.wait(10)
        return kept.thumbnail(large.facts)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 1


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


def test_no_file_is_named_by_anything_but_a_hash_or_an_id(notebook: Notebook, tmp_path: Path):
    save(notebook, PHOTO, PICTURE)
    names = [path.stem for path in tmp_path.rglob("*") if path.is_file()]
    assert all(re.fullmatch(r"[0-9a-f]{64}|[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}", n) for n in names)
