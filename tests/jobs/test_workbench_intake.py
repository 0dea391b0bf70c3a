"""Archives through the workbench: an imported record never causes a call to any service."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.archiving import (
    FAILED,
    FIRST,
    PHOTO,
    PICTURE,
    PICTURE_FACTS,
    TASK,
    export,
    facts_of,
    fill,
)
from tests.support.gateway import Gateway
from tests.support.running import Bench
from volcedit import DownloadError
from volcedit.errors import ArchiveError
from volcedit.notebook.archive.intake import Imported
from volcedit.notebook.history import History
from volcedit.notebook.records import Record, utc_now
from volcedit.types import State


def sent_by_this_app(record: Record, bench: Bench, **values: object) -> Record:
    """The record, as if this app had just sent it."""
    settings = bench.settings
    recipe = replace(record.recipe, provider=settings.provider, host=settings.host)
    now = utc_now().isoformat()
    return replace(record, recipe=recipe, time=now, sent_at=now, **values)


def take_in(bench: Bench, tmp_path: Path, *records: Record) -> Imported:
    """Import an archive of these records, exported elsewhere."""
    path = tmp_path / "archive.zip"
    path.write_bytes(export(fill(History(tmp_path / "elsewhere").notebook("b"), records)))
    return bench.workbench.import_(bench.notebook, path)


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path):
    with Bench(gateway.url, tmp_path / "here") as bench:
        yield bench


TRACES = {
    "task": lambda bench: sent_by_this_app(TASK, bench),
    "task of a key of one's own": lambda bench: sent_by_this_app(TASK, bench, own_key=True),
    "sent": lambda bench: sent_by_this_app(TASK, bench, state=State.SENT, task_id=None),
    "queued": lambda bench: sent_by_this_app(TASK, bench, state=State.QUEUED, task_id=None),
}


@pytest.mark.parametrize("trace", TRACES)
def test_imported_unfinished_edits_are_not_shown_as_running(
    bench: Bench, tmp_path: Path, trace: str
):
    record = TRACES[trace](bench)
    assert take_in(bench, tmp_path, record).added == 1
    assert bench.workbench.is_interrupted(bench.notebook.get(record.id))


@pytest.mark.parametrize("trace", TRACES)
def test_imported_unfinished_tasks_are_not_polled(
    bench: Bench, gateway: Gateway, tmp_path: Path, trace: str
):
    record = TRACES[trace](bench)
    take_in(bench, tmp_path, record)
    assert bench.workbench.resume() == 0
    with pytest.raises(DownloadError):
        bench.workbench.fetch_again(bench.notebook, record.id)
    assert gateway.requests == []


def test_imported_links_are_not_fetched(bench: Bench, gateway: Gateway, tmp_path: Path):
    link = {"picture_url": f"{gateway.url}/x.jpg", "picture_url_expires": "2999-01-01T00:00+00:00"}
    record = sent_by_this_app(FAILED, bench, **link)
    take_in(bench, tmp_path, record)
    assert not bench.workbench.can_fetch_again(bench.notebook.get(record.id))
    with pytest.raises(DownloadError):
        bench.workbench.fetch_again(bench.notebook, record.id)
    assert gateway.requests == []


def test_importing_a_known_task_does_not_mark_it_as_imported(bench: Bench, tmp_path: Path):
    record = sent_by_this_app(TASK, bench)
    fill(bench.notebook, (record,))
    assert take_in(bench, tmp_path, record).known == 1
    assert bench.workbench.can_fetch_again(bench.notebook.get(record.id))


def test_an_exported_archive_can_be_imported(bench: Bench, tmp_path: Path):
    fill(bench.notebook, (FIRST,))
    file = io.BytesIO()
    assert bench.workbench.export(bench.notebook, [FIRST.id], file) == 1
    path = tmp_path / "archive.zip"
    path.write_bytes(file.getvalue())
    other = bench.workbench.notebook("bob")
    assert bench.workbench.import_(other, path) == Imported(1, 0, 0, 0)
    assert other.get(FIRST.id) == FIRST


def test_a_missing_file_is_reported(bench: Bench, tmp_path: Path):
    with pytest.raises(ArchiveError, match="does not exist"):
        bench.workbench.import_(bench.notebook, tmp_path / "none.zip")


def test_an_archive_over_the_notebooks_limit_is_refused(gateway: Gateway, tmp_path: Path):
    with Bench(gateway.url, tmp_path / "here", notebook_mb=1) as bench:
        noise = b"\0" * 1_000_000  # decoders ignore what follows the end of a JPEG
        large = facts_of(PHOTO + noise, 48, 32)
        record = replace(FIRST, recipe=replace(FIRST.recipe, photo=large))
        elsewhere = History(tmp_path / "elsewhere").notebook("b")
        elsewhere.save(record, {large: PHOTO + noise, PICTURE_FACTS: PICTURE})
        path = tmp_path / "archive.zip"
        path.write_bytes(export(elsewhere))
        with pytest.raises(ArchiveError, match="room for only 1.0 MB"):
            bench.workbench.import_(bench.notebook, path)
        assert bench.notebook.ids() == []
