"""Data written by earlier versions opens unchanged: notebooks, archives and pictures.

`data/2026-11` was made by `make.py` with the code of that month; `expected.json` lists its
contents.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from tests.support import DATA
from tests.support.archiving import blob_path
from volcedit.notebook.archive import export, intake
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.inscription import read_inscription
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record
from volcedit.service.wire import (
    build_body,
)

MADE = DATA / "2026-11"
EXPECTED = json.loads((MADE / "expected.json").read_text("utf-8"))
RECORDS, DELETED = EXPECTED["records"], EXPECTED["deleted"]
KEPT = ("records/", "marks/", "blobs/")


def sha256(data: bytes) -> str:
    """Independent of our own `digest`."""
    return hashlib.sha256(data).hexdigest()


def hashes_below(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file there, by path."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in paths}


def members_of(data: bytes) -> dict[str, bytes]:
    """The members of an archive, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist() if name.startswith(KEPT)}


def body_of(notebook: Notebook, record: Record) -> bytes:
    """The body that a replay of this record would send."""
    recipe = record.recipe
    photo = b"" if recipe.photo is None else notebook.read(recipe.photo)
    return build_body(recipe.request(photo), recipe.mode)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MADE / "notebook", tmp_path / "data"))


@pytest.fixture
def notebook(data_dir: Path) -> Notebook:
    return History(data_dir).notebook(EXPECTED["owner"])


@pytest.fixture
def imported(tmp_path: Path) -> Notebook:
    """An empty notebook into which the archive was imported."""
    notebook = History(tmp_path / "other").notebook("ben")
    with (MADE / "archive.zip").open("rb") as file:
        counts = intake.take_in(notebook, file)
    assert (counts.added, counts.known, counts.differing) == (len(RECORDS), 0, 0)
    assert counts.lost == 0
    return notebook


def test_every_record_exists_and_is_listed(notebook: Notebook):
    newest_first = sorted(RECORDS, reverse=True)
    assert notebook.ids() == newest_first
    page, count = notebook.page(0, len(RECORDS))
    assert ([record.id for record in page], count) == (newest_first, len(RECORDS))
    assert {entry.id for entry in notebook.index().entries()} == RECORDS.keys()


@pytest.mark.parametrize("record_id", RECORDS)
def test_a_record_reads_as_expected(notebook: Notebook, record_id: str):
    expected, record, mark = (
        RECORDS[record_id],
        notebook.get(record_id),
        notebook.mark_of(record_id),
    )
    assert record.recipe.id == expected["recipe_id"]
    assert record.state == expected["state"]
    assert {"starred": mark.starred, "note": mark.note} == expected["mark"]
    assert sha256(notebook.files_of(record_id)[0]) == expected["file_sha256"]


@pytest.mark.parametrize("record_id", RECORDS)
def test_a_replay_would_send_the_identical_body(notebook: Notebook, record_id: str):
    body = body_of(notebook, notebook.get(record_id))
    assert sha256(body) == RECORDS[record_id]["body_sha256"]


@pytest.mark.parametrize("record_id", RECORDS)
def test_a_rewritten_record_differs_only_by_its_format(notebook: Notebook, record_id: str):
    text, _ = notebook.files_of(record_id)
    values = json.loads(text)
    notebook.save(notebook.get(record_id))
    rewritten = notebook.files_of(record_id)[0]
    if values["format"] == 2:
        assert rewritten == text.replace(b'"format": 2', b'"format": 3', 1)
    added = {"replay_of": None, "verdict": None, "touched": None}  # since format 1
    assert json.loads(rewritten) == added | values | {"format": 3}


def test_a_record_of_format_1_has_no_repeat_and_no_measurement(notebook: Notebook):
    texts = {record_id: json.loads(notebook.files_of(record_id)[0]) for record_id in RECORDS}
    old = [notebook.get(it) for it, values in texts.items() if values["format"] == 1]
    assert [(it.state, it.replay_of, it.verdict, it.touched) for it in old] == [
        ("done", None, None, None)
    ] * 2


def test_every_picture_is_intact(notebook: Notebook, data_dir: Path):
    for record_id in RECORDS:
        record = notebook.get(record_id)
        for facts in filter(None, (record.recipe.photo, record.picture)):
            data = notebook.read(facts)
            assert sha256(data) == EXPECTED["blobs"][blob_path(notebook, facts).name]
    [blobs] = data_dir.glob("notebooks/*/blobs")
    assert hashes_below(blobs) == EXPECTED["blobs"]


def test_records_imported_without_a_picture_are_flagged(notebook: Notebook):
    found = [record_id for record_id in RECORDS if notebook.get(record_id).imported]
    assert sorted(found) == EXPECTED["imported"]


def test_the_count_of_evicted_records_is_kept(notebook: Notebook):
    assert notebook.evicted == EXPECTED["taken"]


def test_deleted_records_can_be_restored_unchanged(notebook: Notebook):
    assert sorted(notebook.binned()) == sorted(DELETED)
    assert sorted(notebook.take_back(DELETED)) == sorted(DELETED)
    for record_id, expected in DELETED.items():
        record, mark = notebook.get(record_id), notebook.mark_of(record_id)
        assert (record.recipe.id, record.state) == (expected["recipe_id"], expected["state"])
        assert {"starred": mark.starred, "note": mark.note} == expected["mark"]
        assert sha256(notebook.files_of(record_id)[0]) == expected["file_sha256"]
        assert sha256(body_of(notebook, record)) == expected["body_sha256"]


def test_opening_changes_no_file(notebook: Notebook, data_dir: Path):
    notebook.page(0, 100)
    notebook.index()
    notebook.binned()
    for record_id in notebook.ids():
        body_of(notebook, notebook.get(record_id))
        notebook.mark_of(record_id)
    assert hashes_below(data_dir) == EXPECTED["files"]


def test_the_archive_is_unchanged():
    assert sha256((MADE / "archive.zip").read_bytes()) == EXPECTED["archive_sha256"]


def test_an_empty_notebook_gets_identical_records_from_the_archive(imported: Notebook):
    assert sorted(imported.ids()) == sorted(RECORDS)
    for record_id, expected in RECORDS.items():
        record, mark = imported.get(record_id), imported.mark_of(record_id)
        assert sha256(imported.files_of(record_id)[0]) == expected["file_sha256"]
        assert record.recipe.id == expected["recipe_id"]
        assert {"starred": mark.starred, "note": mark.note} == expected["mark"]
        assert sha256(body_of(imported, record)) == expected["body_sha256"]


def test_exporting_again_gives_the_same_records_marks_and_pictures(notebook: Notebook):
    file = io.BytesIO()
    export.write_archive(notebook, None, file, now=datetime.fromisoformat(EXPECTED["exported_at"]))
    assert members_of(file.getvalue()) == members_of((MADE / "archive.zip").read_bytes())


@pytest.mark.parametrize("name", EXPECTED["inscribed"])
def test_a_picture_contains_its_recipe(name: str):
    recipe = read_inscription((MADE / name).read_bytes())
    assert isinstance(recipe, Recipe)
    assert recipe.id == EXPECTED["inscribed"][name]
