from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import pytest
from gradio.context import LocalContext

from tests.support.archiving import ALL, export, fill, folder_of, prompted
from tests.support.gateway import Gateway
from tests.support.running import Bench
from volcedit import HistoryError, Words
from volcedit.errors import ArchiveError
from volcedit.notebook.archive.intake import Imported
from volcedit.notebook.finding import Query
from volcedit.web.notebook.carrier import publish_archive, take_in
from volcedit.web.publishing import publish_file


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gradio's upload folder."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    return tmp_path / "gradio"


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path) -> Iterator[Bench]:
    with Bench(gateway.url, tmp_path / "data") as bench:
        yield bench


def test_an_archive_is_served_at_an_unguessable_path(bench: Bench, cache: Path):
    fill(bench.notebook)
    path = Path(publish_archive(bench.workbench, bench.notebook, None, "en"))
    assert path.parents[1] == cache
    assert len(path.parent.name) == 64
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None


def test_an_archive_is_deleted_with_gradios_cache(bench: Bench, cache: Path):
    demo = SimpleNamespace(upload_file_set=set())
    token = LocalContext.blocks.set(demo)
    try:
        path = publish_archive(bench.workbench, bench.notebook, None, "en")
    finally:
        LocalContext.blocks.reset(token)
    assert path in demo.upload_file_set


def test_only_what_a_search_finds_is_exported(bench: Bench, cache: Path):
    snow, sunset = prompted(1, "make it snow"), prompted(2, "sunset")
    for record in (snow, sunset):
        bench.notebook.save(record)
    path = publish_archive(bench.workbench, bench.notebook, Query(words="snow"), "en")
    with zipfile.ZipFile(path) as file:
        names = [name for name in file.namelist() if name.startswith("records/")]
    assert names == [f"records/{snow.id}.json"]


def test_a_full_disk_is_reported_before_anything_is_sought_or_read(bench: Bench, cache: Path):
    folder_of(bench.notebook).mkdir(parents=True)
    (folder_of(bench.notebook) / "records").write_text("not a folder: nothing can be listed")
    with pytest.raises(HistoryError, match="history could not be read"):
        publish_archive(bench.workbench, bench.notebook, Query(words="snow"), "en")
    cache.rmdir()
    cache.write_text("a file in the folder's place")
    with pytest.raises(HistoryError, match="disk has free space"):
        publish_archive(bench.workbench, bench.notebook, Query(words="snow"), "en")


def test_a_failed_write_leaves_nothing(cache: Path):
    def write(file: BinaryIO) -> None:
        file.write(b"half of it")
        raise HistoryError(Words("Full."))

    with pytest.raises(HistoryError):
        publish_file("x.zip", write)
    assert list(cache.iterdir()) == []


def test_a_full_disk_is_reported_with_what_to_do(cache: Path):
    cache.write_text("a file in the folder's place")
    with pytest.raises(HistoryError, match="disk has free space"):
        publish_file("x.zip", lambda file: file.write(b"all of it"))


def test_an_uploaded_archive_is_imported(bench: Bench, cache: Path):
    cache.mkdir()
    path = cache / "upload.zip"
    path.write_bytes(export(fill(bench.workbench.notebook("bob"))))
    assert take_in(bench.workbench, bench.notebook, str(path)) == Imported(len(ALL), 0, 0, 0)


@pytest.mark.parametrize("path", [None, 7, "", "/etc/passwd", "a\0b", "\ud800"])
def test_a_file_that_was_not_uploaded_is_not_opened(bench: Bench, cache: Path, path: object):
    with pytest.raises(ArchiveError, match="Choose an archive first"):
        take_in(bench.workbench, bench.notebook, path)
