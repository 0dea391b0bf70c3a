"""What the endpoints return for a run, also when the disk is full."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.gateway import Gateway
from tests.support.running import DONE, PICTURE, Bench
from volcedit import Photo
from volcedit.errors import HistoryError
from volcedit.jobs.run import Run
from volcedit.notebook.records import Failure, State
from volcedit.types import PictureFacts, Words, digest
from volcedit.web.api import results_of

FULL = HistoryError(Words("The disk is full."))


@pytest.fixture(autouse=True)
def temp_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gradio's folder for what the browser gets."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "temp"))
    return tmp_path / "temp"


@pytest.fixture
def run(gateway: Gateway, tmp_path: Path, photo: Photo) -> Run:
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path / "data") as bench:
        return bench.finish(photo)


@pytest.fixture
def unsaved(run: Run) -> Run:
    """A run whose picture could not be stored."""
    (record,) = run.records
    run.end(replace(record, state=State.FAILED, picture=None, failure=Failure.of(FULL)))
    facts = PictureFacts(digest(PICTURE), "image/jpeg", 48, 32, len(PICTURE))
    run.notebook.hold(record.id, facts, PICTURE)
    return run


def test_a_picture_that_could_not_be_saved_is_returned_with_the_reason(unsaved: Run):
    files, (described,) = results_of(unsaved)
    assert [Path(file.path).read_bytes() for file in files] == [PICTURE]
    assert (described["state"], described["error"]["message"]) == ("failed", "The disk is full.")


@pytest.mark.parametrize("which", ["run", "unsaved"])
def test_a_picture_that_cannot_be_handed_over_is_told(
    request: pytest.FixtureRequest, temp_dir: Path, which: str
):
    run = request.getfixturevalue(which)
    temp_dir.write_bytes(b"no folder")  # nothing can be written below
    files, (described,) = results_of(run)
    assert files == []
    assert described["error"]["kind"] == "history"
    assert "cannot be shown" in described["error"]["message"]
    assert base64.b64encode(PICTURE).decode() not in str(described)
