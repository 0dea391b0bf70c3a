"""Archives for tests: notebooks to export, and ZIPs that someone else might have made."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.drawing import make_jpeg
from volcedit import EditParams
from volcedit.notebook.archive.contents import blob_name
from volcedit.notebook.archive.export import write_archive
from volcedit.notebook.archive.intake import Imported, take_in
from volcedit.notebook.history import Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Failure, Mark, Record
from volcedit.types import PictureFacts, State, Touched, Verdict, VerdictKind, Words

NOW = datetime(2026, 5, 6, 7, 8, 10, tzinfo=UTC)
PHOTO = make_jpeg(48, 32)
PICTURE = make_jpeg(96, 64)
CHILD = make_jpeg(96, 60)


def folder_of(notebook: Notebook) -> Path:
    """The notebook's folder."""
    return Path(notebook.address)


def blob_path(notebook: Notebook, facts: PictureFacts) -> Path:
    """The path of the picture's file."""
    return folder_of(notebook) / blob_name(facts)


def facts_of(data: bytes, width_px: int, height_px: int) -> PictureFacts:
    """The facts of a JPEG."""
    return PictureFacts(sha256(data), "image/jpeg", width_px, height_px, len(data))


def sha256(data: bytes) -> str:
    """Independent of our own `digest`."""
    return hashlib.sha256(data).hexdigest()


PHOTO_FACTS = facts_of(PHOTO, 48, 32)
PICTURE_FACTS = facts_of(PICTURE, 96, 64)
CHILD_FACTS = facts_of(CHILD, 96, 60)


def record_at(second: int, **values: object) -> Record:
    """A finished record, requested in that second."""
    time = datetime(2026, 1, 2, 3, 4, second, tzinfo=UTC)
    params = EditParams("让它下雪", seed=7)
    recipe = Recipe(PHOTO_FACTS, params, "byteedit_v2.0", "base64", "gateway", "g.test")
    record = Record(
        id=f"{time:%Y%m%dT%H%M%S%f}Z-0000000{second % 10}",
        time=time.isoformat(),
        recipe=recipe,
        state=State.DONE,
        picture=PICTURE_FACTS,
        response={"code": 10000, "data": {"request_id": "r-1"}},
        request_id="r-1",
        elapsed_s=1.5,
        took_s=2.25,
    )
    return replace(record, **values)


def prompted(second: int, prompt: str) -> Record:
    """A record with that prompt."""
    record = record_at(second)
    params = replace(record.recipe.params, prompt=prompt)
    return replace(record, recipe=replace(record.recipe, params=params))


FIRST = record_at(1)
SECOND = record_at(
    2,
    recipe=replace(FIRST.recipe, photo=PICTURE_FACTS),
    picture=CHILD_FACTS,
    parent=FIRST.id,
    touched=Touched(0.75, 2.5, (1, 2, 90, 60)),
)
REPEAT = record_at(
    3, replay_of=FIRST.id, verdict=Verdict(VerdictKind.SAME_BYTES, (0,) * 3, (0.0,) * 3, 0, None)
)
FAILED = record_at(
    4,
    state=State.FAILED,
    picture=None,
    response=None,
    failure=Failure("refused", 50411, Words("No."), "r-9", False),
)
TASK = record_at(
    5,
    state=State.TASK,
    picture=None,
    response=None,
    task_id="t-1",
    sent_at=(NOW - timedelta(minutes=1)).isoformat(),
)
ALL = (FIRST, SECOND, REPEAT, FAILED, TASK)
BLOBS = {PHOTO_FACTS: PHOTO, PICTURE_FACTS: PICTURE, CHILD_FACTS: CHILD}


def fill(notebook: Notebook, records: tuple[Record, ...] = ALL) -> Notebook:
    """Save those records with their pictures, and star the second."""
    for record in records:
        needed = filter(None, (record.recipe.photo, record.picture))
        notebook.save(record, {facts: BLOBS[facts] for facts in needed})
        if record is SECOND:
            notebook.mark(record.id, Mark(True, "冬天 ❄"))
    return notebook


def export(notebook: Notebook, ids: list[str] | None = None, **options: object) -> bytes:
    """Export a notebook to a ZIP."""
    file = io.BytesIO()
    write_archive(notebook, ids, file, **{"now": NOW} | options)
    return file.getvalue()


def import_(notebook: Notebook, data: bytes) -> Imported:
    """Import a ZIP."""
    return take_in(notebook, io.BytesIO(data))


def members_of(data: bytes) -> dict[str, bytes]:
    """The members of a ZIP."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def with_manifest(members: dict[str, bytes], **values: object) -> dict[str, bytes]:
    """`members` with a matching manifest, overridden with `values`."""
    listed = {
        name: {"sha256": sha256(data), "size_bytes": len(data)}
        for name, data in members.items()
        if name != "manifest.json"
    }
    manifest = json.loads(members["manifest.json"]) | {"members": listed} | values
    return members | {"manifest.json": json.dumps(manifest).encode()}


def pack(members: dict[str, bytes], packing: int = zipfile.ZIP_STORED, more: list = ()) -> bytes:
    """A ZIP of `members`, and of (name or ZipInfo, bytes) in `more`, unchanged."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as target:
        for name, data in (*members.items(), *more):
            target.writestr(name, data)
    return file.getvalue()


def files_below(folder: Path) -> dict[str, bytes]:
    """All files below `folder`, by path."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}
