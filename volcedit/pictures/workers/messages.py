"""Messages between the app and its workers: JSON and bytes, each with its length in front.

Never pickle: a worker that a picture has taken over must not get to run code in the app.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from volcedit.errors import InputError, ParameterError, PhotoError
from volcedit.types import Value, Words

MESSAGE_MAX_BYTES = 200_000_000
"""Two archived pictures have 100 MB. A longer message is a mistake or an attack."""


def write_message(file: BinaryIO, values: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
    """Write one message."""
    head = json.dumps({"values": values, "blobs": [len(blob) for blob in blobs]}).encode()
    file.write(len(head).to_bytes(4, "big") + head)
    for blob in blobs:
        file.write(blob)
    file.flush()


def read_message(file: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """(the values, the blobs) of the next message.

    Raises `EOFError` if there is none; `ValueError`, `KeyError` or `TypeError` if it is invalid.
    """
    head = json.loads(_read(file, int.from_bytes(_read(file, 4), "big")))
    sizes = [int(size) for size in head["blobs"]]
    if min(sizes, default=0) < 0:
        raise ValueError("a negative size")
    _check(sum(sizes))
    return dict(head["values"]), [_read(file, size) for size in sizes]


def _read(file: BinaryIO, size: int) -> bytes:
    _check(size)
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _check(size: int) -> None:
    if size > MESSAGE_MAX_BYTES:
        raise ValueError(f"a message of {size} bytes")


def error_to_json(error: InputError) -> dict[str, Any]:
    """A `PhotoError` or `ParameterError` as JSON values."""
    field = error.field if isinstance(error, ParameterError) else None
    return {"words": words_to_json(error.words), "code": error.code, "field": field}


def error_from_json(values: Mapping[str, Any]) -> InputError:
    """The inverse of `error_to_json`."""
    words = words_from_json(values["words"])
    if values["field"] is not None:
        return ParameterError(str(values["field"]), words)
    return PhotoError(words, code=values["code"])


def words_to_json(words: Words) -> dict[str, Any]:
    """A sentence as JSON values."""
    values = {name: _value_to_json(value) for name, value in words.values.items()}
    return {"template": words.template, "one": words.one, "values": values}


def words_from_json(values: Mapping[str, Any]) -> Words:
    """The inverse of `words_to_json`."""
    filled = {str(name): _value_from_json(value) for name, value in values["values"].items()}
    return Words(str(values["template"]), one=str(values["one"]), **filled)


def _value_to_json(value: Value) -> Any:
    if isinstance(value, Words):
        return words_to_json(value)
    if isinstance(value, str | int | float):
        return value
    return [_value_to_json(it) for it in value]


def _value_from_json(value: Any) -> Any:
    if isinstance(value, dict):
        return words_from_json(value)
    return [_value_from_json(it) for it in value] if isinstance(value, list) else value
