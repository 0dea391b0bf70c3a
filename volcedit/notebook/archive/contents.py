"""What the members of an archive may say: JSON within bounds, whole records, real pictures.

An archive is made elsewhere, maybe by hand. Its records and marks are held against the validators
of the notebook's own, so that one that passes here can be shown by every part of the page.
"""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from volcedit.errors import ArchiveError, PhotoError
from volcedit.notebook.archive.container import damage, refusal
from volcedit.notebook.recipe import FORMAT as RECIPE_FORMAT
from volcedit.notebook.records import FORMAT as RECORD_FORMAT
from volcedit.notebook.records import MARK_FORMAT, Mark, Record
from volcedit.pictures.opening import extension, inspect_picture
from volcedit.types import PictureFacts, digest

FORMAT = 1
"""Of the layout that `export` describes."""
MANIFEST = "manifest.json"
SHOWN = ("index.html", "records.csv")
"""For people; never taken in."""
FOLDERS = ("records/", "marks/", "blobs/")
RECORD_MAX_BYTES = 2_000_000
JSON_MAX_DEPTH = 64

# What a reader of records and marks may raise.
_SHAPE_RAISES = (KeyError, TypeError, ValueError, RecursionError)


class Member(BaseModel):
    """What the manifest says of another member."""

    model_config = ConfigDict(strict=True, frozen=True)

    sha256: str
    size_bytes: int


class Manifest(BaseModel):
    """What an archive says of itself."""

    model_config = ConfigDict(strict=True, frozen=True)

    format: int
    made_by: str = ""
    created: str = ""
    records: int = 0
    """How many there are."""
    members: dict[str, Member]
    """All but the manifest, by name."""
    lost: list[str]
    """Pictures that were missing or damaged when it was made."""
    left_out: list[str] = []
    """Records that could not be read then."""


def read_manifest(text: bytes) -> Manifest:
    """What the manifest says. Raises `ArchiveError`."""
    values = read_json(MANIFEST, text)
    _check_format(MANIFEST, values, FORMAT)
    try:
        return Manifest.model_validate(values)
    except ValidationError as error:
        raise damage(MANIFEST) from error


def read_record(name: str, text: bytes) -> Record:
    """The record in the file `name`, which its id gives. Raises `ArchiveError`."""
    values = read_json(name, text)
    _check_format(name, values, RECORD_FORMAT)
    _check_format(name, values.get("recipe"), RECIPE_FORMAT)
    try:
        record = Record.parse(text)
    except _SHAPE_RAISES as error:
        raise damage(name) from error
    if name != f"records/{record.id}.json":
        raise refusal(
            f"{name} in this archive holds another record than its name says.",
            f"归档中 {name} 的内容与其名称不符。",
        )
    return record


def read_mark(name: str, text: bytes) -> Mark:
    """The star and the note in that file. Raises `ArchiveError`."""
    values = read_json(name, text)
    _check_format(name, values, MARK_FORMAT)
    try:
        return Mark.parse(text)
    except _SHAPE_RAISES as error:
        raise damage(name) from error


def facts_of(record: Record) -> list[PictureFacts]:
    """Of the photo, and of the picture if there is one."""
    return list(filter(None, (record.recipe.photo, record.picture)))


def blob_name(facts: PictureFacts) -> str:
    """What an archive calls the bytes that `facts` describe."""
    return f"blobs/{facts.sha256}.{extension(facts.media_type)}"


def check_blob(name: str, data: bytes) -> tuple[int, int]:
    """(width_px, height_px) of a picture that is what its name says. Raises `ArchiveError`."""
    stem, _, kind = name.removeprefix("blobs/").partition(".")
    if digest(data) != stem:
        raise damage(name)
    try:
        media_type, width_px, height_px = inspect_picture(data)
    except PhotoError as error:
        raise _no_picture(name) from error
    if extension(media_type) != kind:
        raise _no_picture(name)
    return width_px, height_px


def _no_picture(name: str) -> ArchiveError:
    return refusal(
        f"{name} in this archive is no picture of the kind that its name says.",
        f"归档中的 {name} 不是其名称所示类型的图片。",
    )


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────


def read_json(name: str, text: bytes) -> dict[str, Any]:
    """The object in `text`, of at most 64 levels. Raises `ArchiveError`."""
    try:
        values = orjson.loads(text)  # no NaN, no half of a surrogate pair, no endless number
    except orjson.JSONDecodeError as error:
        raise (_too_deep(name) if error.msg.startswith("depth limit") else damage(name)) from error
    level, depth = [values], 0
    while level:
        depth += 1
        if depth > JSON_MAX_DEPTH:
            raise _too_deep(name)
        level = [inner for value in level for inner in _inside(value)]
    if not isinstance(values, dict):
        raise damage(name)
    return values


def _inside(value: object) -> list[object]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [it for it in inner if isinstance(it, (dict, list))]


def _too_deep(name: str) -> ArchiveError:
    return refusal(
        f"{name} in this archive is nested deeper than {JSON_MAX_DEPTH} levels.",
        f"归档中的 {name} 嵌套超过 {JSON_MAX_DEPTH} 层。",
    )


def _check_format(name: str, values: object, known: int) -> None:
    """Refuse what a later version wrote. What is no format at all, its reader refuses."""
    written = values.get("format") if isinstance(values, dict) else None
    if type(written) is int and written > known:
        raise refusal(
            f"{name} was written by a newer volcedit. Update this one first.",
            f"{name} 由更新版本的 volcedit 写成。请先更新。",
        )
