"""Non-default values for the fields of an edit, derived from their rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from volcedit import EditParams
from volcedit.service.fields import FIELDS, takes
from volcedit.service.models import MODELS
from volcedit.service.rows.kinds import Choice, Flag, Kind, Number, Text
from volcedit.service.rows.row import Group, Row

WHOLE = 600
"""Within the range of every integer field."""


def other_value(kind: Kind, default: object) -> Any:
    """A valid value of this kind other than the default."""
    if isinstance(kind, Text):
        return "试验 🐈 & <b>"
    if isinstance(kind, Number):
        return kind.least if default == kind.most else kind.most
    if isinstance(kind, Choice):
        return next(it.value for it in reversed(kind.options) if it.value != default)
    if isinstance(kind, Flag):
        return not default
    return WHOLE


def other_value_of(row: Row) -> Any:
    """Like `other_value`, for a row; for a group, an object with another value in each part."""
    if isinstance(row, Group):
        return row.value_type(**{it.name: other_value(it.kind, it.default) for it in row.parts})
    return other_value(row.kind, row.default)


def params_of(req_key: str) -> EditParams:
    """An edit with a non-default value in each field that the model accepts."""
    values = {row.name: other_value_of(row) for row in FIELDS if takes(MODELS[req_key], row)}
    return replace(EditParams("-"), **values)
