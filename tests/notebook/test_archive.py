from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.archiving import (
    ALL,
    CHILD_FACTS,
    FIRST,
    NOW,
    PHOTO,
    PHOTO_FACTS,
    PICTURE,
    PICTURE_FACTS,
    REPEAT,
    SECOND,
    export,
    facts_of,
    fill,
    folder_of,
    import_,
    members_of,
    record_at,
    sha256,
)
from volcedit import HistoryError
from volcedit.notebook.archive.export import write_archive
from volcedit.notebook.archive.intake import Imported, take_in
from volcedit.notebook.history import History, Notebook

RECORD = f"records/{FIRST.id}.json"
MARK = f"marks/{SECOND.id}.json"
BLOB = f"blobs/{PHOTO_FACTS.sha256}.jpg"


def test_the_archive_has_the_notebooks_own_layout(notebook: Notebook):
    blobs = {f"blobs/{facts.sha256}.jpg" for facts in (PHOTO_FACTS, PICTURE_FACTS, CHILD_FACTS)}
    assert set(members_of(export(notebook))) == {
        *(f"records/{record.id}.json" for record in ALL),
        *blobs,
        MARK,
        *("manifest.json", "index.html", "records.csv"),
    }


def test_the_manifest_lists_hash_and_size_of_every_other_member(notebook: Notebook):
    members = members_of(export(notebook))
    manifest = json.loads(members.pop("manifest.json"))
    assert (manifest["format"], manifest["created"]) == (1, "2026-05-06T07:08:10+00:00")
    assert manifest["members"] == {
        name: {"sha256": sha256(data), "size_bytes": len(data)} for name, data in members.items()
    }


def test_only_chosen_records_are_exported_with_what_they_refer_to(notebook: Notebook):
    members = members_of(export(notebook, [SECOND.id]))
    assert {name for name in members if "/" in name} == {
        f"records/{SECOND.id}.json",
        MARK,
        f"blobs/{PICTURE_FACTS.sha256}.jpg",
        f"blobs/{CHILD_FACTS.sha256}.jpg",
    }


def test_an_edit_of_a_link_survives_export_and_import(history: History, other: Notebook):
    recipe = replace(FIRST.recipe, photo=None, photo_url="https://example.com/cat.jpg")
    record = replace(FIRST, recipe=recipe)
    assert import_(other, export(fill(history.notebook("carl"), (record,)))) == Imported(1, 0, 0, 0)
    assert other.get(FIRST.id).recipe == recipe


def test_a_repeat_can_be_exported_without_its_original(notebook: Notebook, other: Notebook):
    assert import_(other, export(notebook, [REPEAT.id])) == Imported(1, 0, 0, 0)
    assert other.get(REPEAT.id) == REPEAT


def test_an_unknown_id_is_rejected(notebook: Notebook):
    with pytest.raises(HistoryError, match="not in your history"):
        export(notebook, [record_at(9).id])


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "x"])
def test_an_invalid_id_is_rejected(notebook: Notebook, name: str):
    with pytest.raises(HistoryError, match="not in your history"):
        export(notebook, [name])


def test_the_same_notebook_at_the_same_time_gives_the_same_bytes(notebook: Notebook):
    assert export(notebook) == export(notebook)


def test_nothing_is_compressed(notebook: Notebook):
    with zipfile.ZipFile(io.BytesIO(export(notebook))) as file:
        assert {info.compress_type for info in file.infolist()} == {zipfile.ZIP_STORED}


def test_progress_is_reported_per_record(notebook: Notebook):
    reports: list[tuple[int, int]] = []
    export(notebook, on_progress=lambda *counts: reports.append(counts))
    assert reports == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"gone bad")])
def test_a_missing_or_damaged_picture_is_reported_and_does_not_stop_the_export(
    notebook: Notebook, other: Notebook, harm: Callable
):
    harm(folder_of(notebook) / BLOB)
    data = export(notebook)
    members = members_of(data)
    assert json.loads(members["manifest.json"])["lost"] == [BLOB]
    assert BLOB in members["index.html"].decode()
    assert BLOB not in members
    assert import_(other, data) == Imported(5, 0, 0, 1)


def test_an_unreadable_record_is_reported_and_does_not_stop_the_export(
    notebook: Notebook, other: Notebook
):
    (folder_of(notebook) / RECORD).write_text("{")
    data = export(notebook)
    members = members_of(data)
    assert json.loads(members["manifest.json"])["left_out"] == [RECORD]
    assert RECORD in members["index.html"].decode()
    assert RECORD not in members
    assert import_(other, data) == Imported(4, 0, 0, 0)


def test_a_full_disk_is_reported(notebook: Notebook):
    class Full(io.BytesIO):
        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(HistoryError, match="space"):
        write_archive(notebook, None, Full(), now=NOW)


def test_at_most_one_picture_is_in_memory(history: History, tmp_path: Path):
    notebook, other = history.notebook("anna"), history.notebook("bob")
    for second in range(20):
        data = PICTURE + bytes([second]) * 2_000_000  # ignored after the end of a JPEG
        facts = facts_of(data, 96, 64)
        notebook.save(record_at(second, picture=facts), {facts: data, PHOTO_FACTS: PHOTO})
    del data
    path = tmp_path / "archive.zip"
    tracemalloc.start()
    with path.open("wb") as file:
        write_archive(notebook, None, file, now=NOW)
    with path.open("rb") as file:
        assert take_in(other, file).added == 20
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 40_000_000
    assert peak_bytes < 12_000_000
