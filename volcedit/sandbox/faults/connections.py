"""Broken connections: faults below the HTTP layer."""

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
    """uvicorn's HTTP protocol, exposing the connection to requests as `state["transport"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put the transport into the state that ASGI passes to every request."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


@dataclass(frozen=True)
class Connection:
    """What is needed to break the connection of one request."""

    transport: asyncio.Transport
    receive: Receive
    send: Send
    closing: asyncio.Event
    """Set when the sandbox stops; it does not wait for open connections."""


class BrokenAnswer(Response):
    """A response that breaks the connection in one of the ways in `BREAKS`."""

    def __init__(self, how: str, closing: asyncio.Event) -> None:
        """`closing` is set when the sandbox stops."""
        super().__init__()
        self._break = BREAKS[how]
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Break the connection of this request."""
        await self._break(Connection(scope["state"]["transport"], receive, send, self._closing))
        await _disconnected(receive)  # until uvicorn has noticed the disconnect too


async def _cut(connection: Connection) -> None:
    await _begin(connection.send, 2_000_000)
    body = _HEAD + _PIECE
    await connection.send({"type": "http.response.body", "body": body, "more_body": True})
    connection.transport.close()


async def _reset(connection: Connection) -> None:
    # Linger 0: close with a reset instead of an orderly shutdown.
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    sock = connection.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.transport.abort()


async def _hang(connection: Connection) -> None:
    await _until_disconnected(connection)
    connection.transport.abort()


async def _flood(connection: Connection) -> None:
    await _until_disconnected(connection, _send_huge(connection.send))
    connection.transport.close()


BREAKS: Mapping[str, Callable[[Connection], Awaitable[None]]] = MappingProxyType(
    {"cut": _cut, "reset": _reset, "slow": _hang, "huge": _flood}
)
"""How to break the connection, by fault name: in the middle of a response, before one, by never
responding, or by sending 300 MB."""


async def _until_disconnected(connection: Connection, *work: Coroutine[Any, Any, None]) -> None:
    """Wait until the client disconnects, the sandbox stops, or one of `work` is done."""
    disconnected = _disconnected(connection.receive)
    tasks: list[asyncio.Future[Any]] = [
        asyncio.ensure_future(work) for work in (disconnected, connection.closing.wait(), *work)
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _begin(send: Send, length: int) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _send_huge(send: Send) -> None:
    await _begin(send, _HUGE_BYTES)
    remaining = _HUGE_BYTES - len(_HEAD) - len(_TAIL)
    await send({"type": "http.response.body", "body": _HEAD, "more_body": True})
    while remaining:
        piece = _PIECE[:remaining]
        remaining -= len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)  # so that a disconnect is noticed
    await send({"type": "http.response.body", "body": _TAIL})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
