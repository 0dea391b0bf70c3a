"""Calls to a gateway, for transport tests. They never wait, unless a test wants them to."""

from __future__ import annotations

import threading

import pytest

from tests.support.gateway import Gateway
from volcedit import VolceditError
from volcedit.service.auth import BearerAuth
from volcedit.service.transport import Transport

OK = {"code": 10000, "data": {"image_urls": ["https://xxxx"]}}


class Waits:
    """A fake wait: takes no time, and records each delay."""

    def __init__(self) -> None:
        self.delays_s: list[float] = []

    def __call__(self, stop: threading.Event, delay_s: float) -> bool:
        self.delays_s.append(delay_s)
        return stop.is_set()


class Time:
    """A fake clock: waiting advances it and takes no time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pauses_s: list[float] = []

    def wait(self, stop: threading.Event, delay_s: float) -> bool:
        """Advance the clock by `delay_s`."""
        self.pauses_s.append(delay_s)
        self.now_s += delay_s
        return stop.is_set()

    def clock(self) -> float:
        """The current time in seconds."""
        return self.now_s

    @property
    def options(self) -> dict[str, object]:
        """Arguments for a client that uses this clock, without jitter."""
        return {"wait": self.wait, "clock": self.clock, "jitter": lambda: 0.0}


def transport(gateway: Gateway | str, **options: object) -> Transport:
    """A transport that does not wait, unless `options` say otherwise."""
    url = gateway if isinstance(gateway, str) else gateway.url
    defaults = {"timeout_s": 10.0, "jitter": lambda: 0.0, "wait": Waits()}
    return Transport(url, BearerAuth("k-123"), **(defaults | options))


def call(gateway: Gateway | str, body: bytes = b"{}", **options: object) -> dict:
    """The response envelope for `body`."""
    return transport(gateway, **options).call("CVProcess", body)


def fail(gateway: Gateway | str, **options: object) -> VolceditError:
    """The error that a call raises."""
    with pytest.raises(VolceditError) as caught:
        call(gateway, **options)
    return caught.value
