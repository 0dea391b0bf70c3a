"""Reads a request's JSON before Gradio does, and hands it on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import Message, Receive

from volcedit.types import Words
from volcedit.web.guard.refusal import Refusal

JSON_MAX_BYTES = 1_000_000
"""No form of this page has a tenth of it; files are uploaded."""
JSON_MAX_PARTS = 10_000
"""Arrays and objects. A byte of them takes fifty in memory."""
HELD_MAX_BYTES = 32_000_000
"""All requests together that have not arrived completely."""
ARRIVAL_S = 30.0
"""How long such a request may take."""

_NOT_JSON = Refusal(400, "json", Words("This request is not the JSON that belongs here."))
_BUSY = Refusal(503, "busy", Words("The app is receiving too much at once. Try again in a minute."))
_SLOW = Refusal(408, "slow", Words("This request took too long to arrive. Try again."))


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


class Bodies:
    """Requests on their way into the app, which together take little memory."""

    def __init__(self, held_max_bytes: int = HELD_MAX_BYTES, arrival_s: float = ARRIVAL_S) -> None:
        self._held_max_bytes = held_max_bytes
        self._arrival_s = arrival_s
        self._held_bytes = 0

    async def read_json(
        self, connection: HTTPConnection, receive: Receive
    ) -> tuple[dict[str, Any], Receive]:
        """The JSON object in the body, and a `receive` that has it once more.

        Raises `Refusal` if it is too large, too slow or no object, and `GoneError`.
        """
        if (declared_bytes(connection) or 0) > JSON_MAX_BYTES:
            raise too_large(JSON_MAX_BYTES)
        data = bytearray()
        try:
            async with asyncio.timeout(self._arrival_s):
                await self._read(data, receive)
        except TimeoutError as error:
            raise _SLOW from error
        finally:
            self._held_bytes -= len(data)
        return _parse(data), _again(bytes(data), receive)

    async def _read(self, data: bytearray, receive: Receive) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise GoneError
            chunk = message.get("body", b"")
            data += chunk
            self._held_bytes += len(chunk)
            if len(data) > JSON_MAX_BYTES:
                raise too_large(JSON_MAX_BYTES)
            if self._held_bytes > self._held_max_bytes:
                raise _BUSY
            more = message.get("more_body", False)


def _parse(data: bytearray) -> dict[str, Any]:
    if data.count(b"[") + data.count(b"{") > JSON_MAX_PARTS:
        raise _NOT_JSON
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _NOT_JSON from error
    if not isinstance(body, dict):
        raise _NOT_JSON
    return body


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
