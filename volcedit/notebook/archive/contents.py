"""Validates the members of an archive: bounded JSON, complete records, real pictures.

Archives are untrusted and may be made by hand. Records and marks go through the notebook's own
validators, so that every part of the page can show whatever passes here.
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
from volcedit.pictures.decoder import Decoder
from volcedit.pictures.opening import extension, is_within_bounds, state_facts
from volcedit.types import PictureFacts, Words, digest

FORMAT = 1
"""Version of the layout described in `export`."""
MANIFEST = "manifest.json"
SHOWN = ("index.html", "records.csv")
"""For people only; never imported."""
FOLDERS = ("records/", "marks/", "blobs/")
RECORD_MAX_BYTES = 2_000_000
JSON_MAX_DEPTH = 64

# What parsing a record or mark may raise.
_SHAPE_RAISES = (KeyError, TypeError, ValueError, RecursionError)


class Member(BaseModel):
    """A member, as listed in the manifest."""

    model_config = ConfigDict(strict=True, frozen=True)

    sha256: str
    size_bytes: int


class Manifest(BaseModel):
    """The manifest of an archive."""

    model_config = ConfigDict(strict=True, frozen=True)

    format: int
    made_by: str = ""
    created: str = ""
    records: int = 0
    """The number of records."""
    members: dict[str, Member]
    """All members except the manifest, by name."""
    lost: list[str]
    """Pictures that were missing or damaged at export."""
    left_out: list[str] = []
    """Records that could not be read at export."""


def read_manifest(text: bytes) -> Manifest:
    """Parse the manifest. Raises `ArchiveError`."""
    values = read_json(MANIFEST, text)
    _check_format(MANIFEST, values, FORMAT)
    try:
        return Manifest.model_validate(values)
    except ValidationError as error:
        raise damage(MANIFEST) from error


def read_record(name: str, text: bytes) -> Record:
    """Parse the record in the file `name`, which must match its id. Raises `ArchiveError`."""
    values = read_json(name, text)
    _check_format(name, values, RECORD_FORMAT)
    _check_format(name, values.get("recipe"), RECIPE_FORMAT)
    try:
        record = Record.parse(text)
    except _SHAPE_RAISES as error:
        raise damage(name) from error
    if name != f"records/{record.id}.json":
        raise refusal(
            Words("{name} in this archive contains a record with a different id.", name=name),
        )
    return record


def read_mark(name: str, text: bytes) -> Mark:
    """Parse the star and note in that file. Raises `ArchiveError`."""
    values = read_json(name, text)
    _check_format(name, values, MARK_FORMAT)
    try:
        return Mark.parse(text)
    except _SHAPE_RAISES as error:
        raise damage(name) from error


def facts_of(record: Record) -> list[PictureFacts]:
    """The facts of the photo and the picture, if present."""
    return list(filter(None, (record.recipe.photo, record.picture)))


def blob_name(facts: PictureFacts) -> str:
    """The name of a picture in an archive."""
    return f"blobs/{facts.sha256}.{extension(facts.media_type)}"


def check_blob(name: str, data: bytes, decoder: Decoder) -> tuple[int, int]:
    """(width_px, height_px) of a picture that matches its name. Raises `ArchiveError`.

    A picture that is too large to decode passes by its header, since a service may have made it.
    """
    stem, _, kind = name.removeprefix("blobs/").partition(".")
    if digest(data) != stem:
        raise damage(name)
    try:
        inspect = decoder.inspect_picture if is_within_bounds(data) else state_facts
        media_type, width_px, height_px = inspect(data)
    except PhotoError as error:
        raise _no_picture(name) from error
    if extension(media_type) != kind:
        raise _no_picture(name)
    return width_px, height_px


def _no_picture(name: str) -> ArchiveError:
    return refusal(
        Words("{name} in this archive is not the kind of picture its name says.", name=name),
    )


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────


def read_json(name: str, text: bytes) -> dict[str, Any]:
    """The object in `text`, at most 64 levels deep. Raises `ArchiveError`."""
    try:
        values = orjson.loads(text)  # no NaN, no lone surrogates, no endless numbers
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
        Words(
            "{name} in this archive is nested deeper than {json_max_depth} levels.",
            name=name,
            json_max_depth=JSON_MAX_DEPTH,
        ),
    )


def _check_format(name: str, values: object, known: int) -> None:
    """Reject newer formats. Invalid ones are left to the parser."""
    written = values.get("format") if isinstance(values, dict) else None
    if type(written) is int and written > known:
        raise refusal(
            Words("{name} was written by a newer volcedit. Update this one first.", name=name),
        )
