"""What the members of an archive may say: JSON within bounds, whole records, real pictures.

An archive is made elsewhere, maybe by hand. A record that passes here can be shown by every part
of the page: each value is of the kind that its dataclass declares.
"""

from __future__ import annotations

import json
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal

from volcedit.errors import ArchiveError, PhotoError
from volcedit.notebook.archive.container import damage, refusal
from volcedit.notebook.recipe import FORMAT as RECIPE_FORMAT
from volcedit.notebook.records import FORMAT as RECORD_FORMAT
from volcedit.notebook.records import ID, MARK_FORMAT, Mark, Record
from volcedit.pictures.opening import extension, inspect_picture
from volcedit.types import PictureFacts, digest

FORMAT = 1
"""Of the layout that `archive` describes."""
MANIFEST = "manifest.json"
SHOWN = ("index.html", "records.csv")
"""For people; never taken in."""
FOLDERS = ("records/", "marks/", "blobs/")
RECORD_MAX_BYTES = 2_000_000
JSON_MAX_DEPTH = 64
INTEGER_MAX = 2**53  # what every reader of JSON holds exactly
SIDE_MAX_PX = 100_000

_SHA256 = re.compile(r"[0-9a-f]{64}")
# What reading JSON of unknown shape may come upon.
_SHAPE_RAISES = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


def read_json(name: str, text: bytes) -> dict[str, Any]:
    """The object in `text`, of at most 64 levels, all of it text that can be written again."""
    try:
        values = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise _too_deep(name) from error
    except ValueError as error:  # bad JSON, bad UTF-8, a number of 5,000 digits
        raise damage(name) from error
    level, depth = [values], 0
    while level:
        depth += 1
        if depth > JSON_MAX_DEPTH:
            raise _too_deep(name)
        level = [inner for value in level for inner in _inside(value)]
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except ValueError as error:  # half of a surrogate pair: no page could be sent with it
        raise damage(name) from error
    if not isinstance(values, dict):
        raise damage(name)
    return values


def _inside(value: object) -> list[object]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [it for it in inner if isinstance(it, (dict, list))]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _too_deep(name: str) -> ArchiveError:
    return refusal(
        f"{name} in this archive is nested deeper than {JSON_MAX_DEPTH} levels.",
        f"归档中的 {name} 嵌套超过 {JSON_MAX_DEPTH} 层。",
    )


def newer(name: str) -> ArchiveError:
    """The refusal of what a later version wrote."""
    return refusal(
        f"{name} was written by a newer volcedit. Update this one first.",
        f"{name} 由更新版本的 volcedit 写成。请先更新。",
    )


def read_record(name: str, text: bytes) -> Record:
    """The record in the file `name`, which its id gives. Raises `ArchiveError`."""
    values = read_json(name, text)
    recipe = values.get("recipe")
    formats = [(values, RECORD_FORMAT), (recipe if isinstance(recipe, dict) else {}, RECIPE_FORMAT)]
    for within, known in formats:
        if type(within.get("format")) is int and within["format"] > known:
            raise newer(name)
    try:
        record = Record.from_json(values)
        whole = _test_of(Record)(record) and all(map(_is_sound, facts_of(record)))
    except _SHAPE_RAISES as error:
        raise damage(name) from error
    ids = filter(None, (record.parent, record.replay_of))
    if not whole or not all(map(ID.fullmatch, ids)):
        raise damage(name)
    if name != f"records/{record.id}.json":
        raise refusal(
            f"{name} in this archive holds another record than its name says.",
            f"归档中 {name} 的内容与其名称不符。",
        )
    return record


def facts_of(record: Record) -> list[PictureFacts]:
    """Of the photo, and of the picture if there is one."""
    return list(filter(None, (record.recipe.photo, record.picture)))


def blob_name(facts: PictureFacts) -> str:
    """What an archive calls the bytes that `facts` describe."""
    return f"blobs/{facts.sha256}.{extension(facts.media_type)}"


def _is_sound(facts: PictureFacts) -> bool:
    sides = (facts.width_px, facts.height_px)
    return bool(_SHA256.fullmatch(facts.sha256)) and all(1 <= px <= SIDE_MAX_PX for px in sides)


def read_mark(name: str, text: bytes) -> Mark:
    """The star and the note in that file. Raises `ArchiveError`."""
    values = read_json(name, text)
    if type(values.get("format")) is int and values["format"] > MARK_FORMAT:
        raise newer(name)
    try:
        return Mark.from_json(values)
    except _SHAPE_RAISES as error:
        raise damage(name) from error


def check_blob(name: str, data: bytes) -> tuple[int, int]:
    """(width_px, height_px) of a picture that is what its name says. Raises `ArchiveError`."""
    stem, _, kind = name.removeprefix("blobs/").partition(".")
    if digest(data) != stem:
        raise damage(name)
    try:
        media_type, *size = inspect_picture(data)
    except PhotoError as error:
        raise _no_picture(name) from error
    if extension(media_type) != kind:
        raise _no_picture(name)
    return tuple(size)


def _no_picture(name: str) -> ArchiveError:
    return refusal(
        f"{name} in this archive is no picture of the kind that its name says.",
        f"归档中的 {name} 不是其名称所示类型的图片。",
    )


# ── shapes ───────────────────────────────────────────────────────────────────────────────────


@cache
def _test_of(hint: Any) -> Callable[[object], bool]:
    """Is a value what a dataclass declares with `hint`? Dataclasses are looked into."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return lambda value: isinstance(value, str) and value in inner
    if is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        parts = [(field.name, _test_of(hints[field.name])) for field in fields(hint)]
        return lambda value: (
            isinstance(value, hint) and all(test(getattr(value, name)) for name, test in parts)
        )
    if origin in (typing.Union, types.UnionType):
        tests = [_test_of(kind) for kind in inner]
        return lambda value: any(test(value) for test in tests)
    if origin is tuple:
        tests = [_test_of(kind) for kind in inner]
        return lambda value: (
            isinstance(value, tuple)
            and len(value) == len(tests)
            and all(test(it) for test, it in zip(tests, value, strict=True))
        )
    if hint is int:
        return lambda value: type(value) is int and abs(value) <= INTEGER_MAX
    if hint is float:
        return lambda value: type(value) in (int, float) and math.isfinite(value)
    kind = Mapping if origin else hint
    return lambda value: isinstance(value, kind)
