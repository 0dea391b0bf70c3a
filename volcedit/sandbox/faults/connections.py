"""Connections that break: faults that no HTTP answer can express."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from fastapi import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_HEAD = b'{"code": 10000, "data": {"binary_data_base64": ["'
_TAIL = b'"]}}'
_HUGE_BYTES = 300_000_000
_PIECE = b"A" * 250_000


class OpenProtocol(H11Protocol):
    """HTTP for uvicorn that lets a request reach its connection, as `state["transport"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, with the transport in the state that ASGI hands to every request."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


@dataclass(frozen=True)
class Connection:
    """The connection of one request, as far as breaking it needs."""

    transport: asyncio.Transport
    receive: Receive
    send: Send
    closing: asyncio.Event
    """Set when the sandbox stops, which waits for nothing."""


class BrokenAnswer(Response):
    """Breaks the connection in one of the ways in `BREAKS`."""

    def __init__(self, how: str, closing: asyncio.Event) -> None:
        """`closing` is set when the sandbox stops."""
        super().__init__()
        self._break = BREAKS[how]
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request this way."""
        await self._break(Connection(scope["state"]["transport"], receive, send, self._closing))
        await _left(receive)  # until the server, too, knows that there is nobody to answer


async def _cut(connection: Connection) -> None:
    await _begin(connection.send, 2_000_000)
    body = _HEAD + _PIECE
    await connection.send({"type": "http.response.body", "body": body, "more_body": True})
    connection.transport.close()


async def _reset(connection: Connection) -> None:
    # The connection is to end with a reset instead of an orderly close.
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    plug = connection.transport.get_extra_info("socket")
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.transport.abort()


async def _stay_silent(connection: Connection) -> None:
    await _until_left(connection)
    connection.transport.abort()


async def _pour(connection: Connection) -> None:
    await _until_left(connection, _send_huge(connection.send))
    connection.transport.close()


BREAKS: Mapping[str, Callable[[Connection], Awaitable[None]]] = MappingProxyType(
    {"cut": _cut, "reset": _reset, "slow": _stay_silent, "huge": _pour}
)
"""What is done to the connection, by the names of the faults: it ends in the middle of an answer or
before one, no answer ever comes, or one of 300 MB does."""


async def _until_left(connection: Connection, *works: Coroutine[Any, Any, None]) -> None:
    """Return when the client has left, the sandbox stops, or one of `works` is done."""
    left = _left(connection.receive)
    ends: list[asyncio.Future[Any]] = [
        asyncio.ensure_future(work) for work in (left, connection.closing.wait(), *works)
    ]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()


async def _begin(send: Send, length: int) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _send_huge(send: Send) -> None:
    await _begin(send, _HUGE_BYTES)
    left = _HUGE_BYTES - len(_HEAD) - len(_TAIL)
    await send({"type": "http.response.body", "body": _HEAD, "more_body": True})
    while left:
        piece = _PIECE[:left]
        left -= len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)  # lets it be noticed that the client has left
    await send({"type": "http.response.body", "body": _TAIL})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
