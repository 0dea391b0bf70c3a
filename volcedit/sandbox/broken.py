"""Connections that break, on demand: what no HTTP answer can say is done to the connection."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Coroutine
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


class BrokenAnswer(Response):
    """Breaks the connection in one of the ways that `faults.BREAKS` names."""

    def __init__(self, how: str, closing: asyncio.Event) -> None:
        """`closing` is set when the sandbox stops, which waits for nothing."""
        super().__init__()
        self._how = how
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request so."""
        transport: asyncio.Transport = scope["state"]["transport"]
        if self._how == "cut":
            await _begin(send, 2_000_000)
            await send({"type": "http.response.body", "body": _HEAD + _PIECE, "more_body": True})
            transport.close()
        elif self._how == "reset":
            _let_reset(transport)
            transport.abort()
        elif self._how == "huge":
            await self._until_left(receive, _pour(send))
            transport.close()
        else:
            await self._until_left(receive)
            transport.abort()
        await _left(receive)  # until the server knows, too, that there is nobody to answer

    async def _until_left(self, receive: Receive, *works: Coroutine[Any, Any, None]) -> None:
        """Return when the client has left, the sandbox stops, or one of `works` is done."""
        ends = [asyncio.ensure_future(work) for work in (_left(receive), self._closing.wait())]
        ends += [asyncio.ensure_future(work) for work in works]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()


async def _begin(send: Send, length: int) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _pour(send: Send) -> None:
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


def _let_reset(transport: asyncio.Transport) -> None:
    """Let the connection end with a reset in place of an orderly end."""
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
