"""Reads a request's JSON before Gradio does, and hands it on."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import Message, Receive

from volcedit.types import Words
from volcedit.web.guard.refusal import Refusal

JSON_MAX_BYTES = 8_000_000
"""No form of this page has a hundredth of it; files are uploaded."""

_NOT_JSON = Refusal(400, "json", Words("This request is not the JSON that belongs here."))


class GoneError(Exception):
    """The client closed the connection before its request was complete."""


def too_large(most_bytes: int) -> Refusal:
    """The refusal of a request of more than `most_bytes`."""
    words = Words("This request is larger than {most} MB.", most=most_bytes // 1_000_000)
    return Refusal(413, "size", words)


def declared_bytes(connection: HTTPConnection) -> int | None:
    """The size of the body according to its header; None if it is sent in chunks."""
    text = connection.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


async def read_json(connection: HTTPConnection, receive: Receive) -> tuple[dict[str, Any], Receive]:
    """The JSON object in the body, and a `receive` that has it once more.

    Raises `Refusal` if it is too large or no object, and `GoneError`.
    """
    if (declared_bytes(connection) or 0) > JSON_MAX_BYTES:
        raise too_large(JSON_MAX_BYTES)
    data = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        data += message.get("body", b"")
        if len(data) > JSON_MAX_BYTES:
            raise too_large(JSON_MAX_BYTES)
        more = message.get("more_body", False)
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _NOT_JSON from error
    if not isinstance(body, dict):
        raise _NOT_JSON
    return body, _again(data, receive)


def not_json() -> Refusal:
    """The refusal of JSON with the wrong fields."""
    return _NOT_JSON


def _again(data: bytes, receive: Receive) -> Receive:
    is_read = False

    async def receive_again() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": data, "more_body": False}

    return receive_again
