"""Records as CSV for spreadsheets, safe against formula injection."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping

from volcedit.notebook.records import Mark, Record
from volcedit.words import ENGLISH

# Excel needs it to recognise UTF-8.
BYTE_ORDER_MARK = "\ufeff"

# What a spreadsheet may run as a formula. Some strip quotes and spaces on import, and Chinese and
# Japanese ones accept full-width forms.
_FORMULA = re.compile(r"""[\s"'“”‘’]*[=+\-@＝＋－＠]|[\t\r\n]""")

_Cell = str | int | float | bool | None


def _of_picture(name: str) -> Callable[[Record], _Cell]:
    return lambda record: getattr(record.picture, name, None)


def _of_params(name: str) -> Callable[[Record], _Cell]:
    return lambda record: getattr(record.recipe.params, name)


def _of(part: str, name: str) -> Callable[[Record], _Cell]:
    return lambda record: getattr(getattr(record, part), name, None)


_COLUMNS: Mapping[str, Callable[[Record], _Cell]] = {
    "id": lambda record: record.id,
    "time": lambda record: record.time,
    "state": lambda record: record.state,
    "prompt": _of_params("prompt"),
    "negative_prompt": _of_params("negative_prompt"),
    "seed": _of_params("seed"),
    "scale": _of_params("scale"),
    "model": _of("recipe", "req_key"),
    "provider": _of("recipe", "provider"),
    "host": _of("recipe", "host"),
    "mode": _of("recipe", "mode"),
    "delivery": _of("recipe", "delivery"),
    "photo_sha256": lambda record: getattr(record.recipe.photo, "sha256", None),
    "picture_sha256": _of_picture("sha256"),
    "picture_type": _of_picture("media_type"),
    "width_px": _of_picture("width_px"),
    "height_px": _of_picture("height_px"),
    "size_bytes": _of_picture("size_bytes"),
    "elapsed_s": lambda record: record.elapsed_s,
    "took_s": lambda record: record.took_s,
    "request_id": lambda record: record.request_id,
    "task_id": lambda record: record.task_id,
    "failure_kind": _of("failure", "kind"),
    "failure_code": _of("failure", "code"),
    "failure": lambda record: None if record.failure is None else record.failure.told(ENGLISH),
    "parent": lambda record: record.parent,
    "replay_of": lambda record: record.replay_of,
    "verdict": _of("verdict", "kind"),
    "changed_share": _of("verdict", "changed_share"),
    "psnr_db": _of("verdict", "psnr_db"),
    "preserved_share": _of("touched", "preserved_share"),
    "recipe_id": lambda record: record.recipe.id,
}


def head_row() -> str:
    """The byte order mark and the column names."""
    return BYTE_ORDER_MARK + _line([*_COLUMNS, "starred", "note"])


def row(record: Record, mark: Mark) -> str:
    """One record as one row. Line breaks within cells are quoted."""
    cells = [read(record) for read in _COLUMNS.values()]
    return _line([*cells, mark.starred, mark.note])


def _line(cells: list[_Cell]) -> str:
    text = io.StringIO()
    # Quote all text: a comma or semicolon in a prompt must not start a new cell.
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerow(map(harmless, cells))
    return text.getvalue()


def harmless(cell: _Cell) -> _Cell:
    """`cell`, with an apostrophe before text that a spreadsheet might run as a formula."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str) and _FORMULA.match(cell):
        return f"'{cell}"
    return cell
