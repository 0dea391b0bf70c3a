"""Blobs, thumbnails, deletion and concurrency, on both stores. For records see test_history.py."""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import PurePath

import pytest
from PIL import Image

from tests.support.blobs import (
    BYTES,
    OTHER,
    OTHER_SHA256,
    PHOTO,
    PHOTO_SHA256,
    PICTURE,
    PICTURE_SHA256,
    record_of,
)
from tests.support.drawing import make_jpeg
from tests.support.stores import Place, open_history
from volcedit import HistoryError, Photo, read_photo
from volcedit.notebook.history import Notebook
from volcedit.pictures.pixels import make_thumbnail
from volcedit.types import PictureFacts


@pytest.fixture
def notebook(place: Place) -> Notebook:
    return open_history(place).notebook("anna")


@pytest.fixture
def folder(place: Place) -> Callable[[str], list[str]]:
    """The names of all files in a folder of the notebook, sorted."""
    return lambda name: [it.rpartition("/")[2] for it in place.names(f"notebooks/*/{name}/*")]


@pytest.fixture
def blob(place: Place) -> Callable[[PictureFacts], str]:
    """The name of a picture's file."""
    return lambda facts: place.names(f"notebooks/*/blobs/{facts.sha256}.*")[0]


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


def test_a_deletion_by_another_process_spares_a_blob_whose_record_is_not_yet_written(
    notebook: Notebook, place: Place, blob
):
    save(notebook)
    coming = blob(PHOTO).replace(PHOTO_SHA256, "ab" * 32)
    place.write(coming, b"of another process")
    notebook.delete(notebook.ids()[1:])
    assert place.read(coming) == b"of another process"


def test_a_blob_is_read_back(notebook: Notebook):
    save(notebook)
    assert notebook.read(PHOTO) == b"photo"


@pytest.mark.parametrize("data", [b"", b"phot", b"Photo", b"photo\n"])
def test_altered_bytes_are_rejected(notebook: Notebook, place: Place, blob, data: bytes):
    save(notebook)
    place.write(blob(PHOTO), data)
    with pytest.raises(HistoryError, match="Choose the photo again"):
        notebook.read(PHOTO)


def test_choosing_the_photo_again_repairs_its_damaged_blob(notebook: Notebook, place: Place, blob):
    save(notebook)
    place.write(blob(PHOTO), b"Photo")
    save(notebook)
    assert notebook.read(PHOTO) == b"photo"


def test_a_missing_blob_is_reported(notebook: Notebook, place: Place, blob):
    save(notebook)
    place.delete(blob(PHOTO))
    with pytest.raises(HistoryError, match="missing"):
        notebook.read(PHOTO)


@pytest.mark.parametrize(
    "sha256", ["../../secret", "..", "", "/etc/passwd", "A" * 64, "a" * 63, "a" * 65, None, 7]
)
@pytest.mark.parametrize("method", ["read", "has", "open", "thumbnail"])
def test_an_untrusted_hash_opens_only_blobs(notebook: Notebook, method: str, sha256: object):
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


def test_a_missing_thumbnail_is_regenerated(kept: Notebook, large: Photo, place: Place):
    first = kept.thumbnail(large.facts)
    (name,) = place.names("notebooks/*/thumbs/*")
    place.delete(name)
    assert kept.thumbnail(large.facts) == first
    assert place.read(name) == first


def test_the_thumbnail_of_a_picture_deleted_meanwhile_is_not_cached(
    kept: Notebook, large: Photo, folder, monkeypatch: pytest.MonkeyPatch
):
    def make_then_delete(data: bytes, side_px: int) -> bytes:
        kept.delete(kept.ids())
        return make_thumbnail(data, side_px)

    monkeypatch.setattr("volcedit.pictures.pixels.make_thumbnail", make_then_delete)
    kept.thumbnail(large.facts)
    assert folder("thumbs") == []


# ── deleting ─────────────────────────────────────────────────────────────────────────────────


def test_deleting_a_record_keeps_shared_blobs(notebook: Notebook, folder):
    doomed, staying = save(notebook, PHOTO, PICTURE), save(notebook, PHOTO)
    notebook.delete([doomed])
    assert notebook.ids() == [staying]
    assert folder("blobs") == [f"{PHOTO_SHA256}.jpg"]


def test_a_result_used_as_input_outlives_the_record_that_made_it(notebook: Notebook, folder):
    made = save(notebook, PHOTO, PICTURE)
    save(notebook, PICTURE, OTHER)
    notebook.delete([made])
    assert folder("blobs") == [f"{PICTURE_SHA256}.png", f"{OTHER_SHA256}.jpg"]


def test_a_thumbnail_is_deleted_with_its_blob(kept: Notebook, large: Photo, folder):
    kept.thumbnail(large.facts)
    kept.delete(kept.ids())
    assert folder("thumbs") == []


def test_deleting_everything_leaves_no_file(notebook: Notebook, place: Place):
    for _ in range(3):
        save(notebook, PHOTO, PICTURE)
    notebook.delete(notebook.ids())
    assert place.names() == []


def test_deleting_nothing_is_a_no_op(notebook: Notebook):
    notebook.delete([])
    assert notebook.ids() == []


def test_deleting_twice_is_a_no_op(notebook: Notebook):
    doomed = save(notebook)
    notebook.delete([doomed])
    notebook.delete([doomed])
    assert notebook.ids() == []


def test_a_damaged_record_keeps_its_blobs(notebook: Notebook, folder, place: Place):
    damaged, doomed = save(notebook, PHOTO), save(notebook, OTHER)
    (name,) = place.names(f"notebooks/*/records/{damaged}.json")
    place.write(name, b"\xff" + place.read(name)[:-20])
    notebook.delete([doomed])
    assert folder("blobs") == [f"{PHOTO_SHA256}.jpg"]


# ── many at once ─────────────────────────────────────────────────────────────────────────────


def test_concurrent_saves_and_deletions_leave_no_record_without_its_blob(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # needlessly slow here
    history = open_history(place)
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


def test_two_threads_making_the_same_thumbnail_both_get_it(kept: Notebook, large: Photo):
    start = threading.Barrier(8)

    def make(_: int) -> bytes:
        start.wait(10)
        return kept.thumbnail(large.facts)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 1


def test_files_are_named_only_by_hash_or_id(notebook: Notebook, place: Place):
    save(notebook, PHOTO, PICTURE)
    names = [PurePath(name).stem for name in place.names()]
    assert all(re.fullmatch(r"[0-9a-f]{64}|[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}", n) for n in names)
