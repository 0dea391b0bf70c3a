"""Requests that arrive slowly, or never completely."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Message

from tests.support import looping
from volcedit.web.guard.bodies import Bodies, GoneError
from volcedit.web.guard.refusal import Refusal

CONNECTION = HTTPConnection({"type": "http", "headers": []})


class Client:
    """Sends each part when it is asked for it, and then nothing until `ends` is set."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = list(parts)
        self.waits = asyncio.Event()
        self.ends = asyncio.Event()

    async def receive(self) -> Message:
        if self._parts:
            return {"type": "http.request", "body": self._parts.pop(0), "more_body": True}
        self.waits.set()
        await self.ends.wait()
        return {"type": "http.disconnect"}


def test_a_request_that_arrives_in_parts_is_read_and_handed_on_whole():
    async def read() -> None:
        parts = [
            {"type": "http.request", "body": b'{"data": ', "more_body": True},
            {"type": "http.request", "body": b"[1]}", "more_body": False},
        ]

        async def receive() -> Message:
            return parts.pop(0)

        body, again = await Bodies().read_json(CONNECTION, receive)
        assert body == {"data": [1]}
        assert (await again())["body"] == b'{"data": [1]}'

    looping.run(read())


def test_a_request_that_never_ends_is_given_up():
    with pytest.raises(Refusal) as caught:
        looping.run(Bodies(arrival_s=0.01).read_json(CONNECTION, Client(b"{").receive))
    assert caught.value.status == 408


def test_unfinished_requests_take_a_bounded_memory_together_until_they_end():
    async def flood() -> None:
        bodies = Bodies(held_max_bytes=10)
        first, second, third = Client(b"x" * 6), Client(b"x" * 5), Client(b"x" * 4)
        held = asyncio.create_task(bodies.read_json(CONNECTION, first.receive))
        await first.waits.wait()
        with pytest.raises(Refusal) as caught:
            await bodies.read_json(CONNECTION, second.receive)
        assert caught.value.status == 503
        another = asyncio.create_task(bodies.read_json(CONNECTION, third.receive))
        await third.waits.wait()  # 10 of 10
        for client, task in ((first, held), (third, another)):
            client.ends.set()
            with pytest.raises(GoneError):
                await task
        last = Client(b"x" * 10)
        after = asyncio.create_task(bodies.read_json(CONNECTION, last.receive))
        await last.waits.wait()
        last.ends.set()
        with pytest.raises(GoneError):
            await after

    looping.run(flood())
