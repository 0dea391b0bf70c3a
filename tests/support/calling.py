"""Calls of a gateway, for tests of the transport: without waiting, unless a test wants it."""

from __future__ import annotations

import threading

import pytest

from tests.support.gateway import Gateway
from volcedit import VolceditError
from volcedit.service.auth import BearerAuth
from volcedit.service.transport import Transport

OK = {"code": 10000, "data": {"image_urls": ["https://xxxx"]}}


class Waits:
    """Stands in for waiting: takes no time, and records how long each wait would have been."""

    def __init__(self) -> None:
        self.delays_s: list[float] = []

    def __call__(self, stop: threading.Event, delay_s: float) -> bool:
        self.delays_s.append(delay_s)
        return stop.is_set()


class Time:
    """Stands in for a clock and for waiting: waiting moves the clock and takes no time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pauses_s: list[float] = []

    def wait(self, stop: threading.Event, delay_s: float) -> bool:
        """Let `delay_s` pass."""
        self.pauses_s.append(delay_s)
        self.now_s += delay_s
        return stop.is_set()

    def clock(self) -> float:
        """The time, in seconds."""
        return self.now_s

    @property
    def options(self) -> dict[str, object]:
        """Arguments for a client that uses this clock, with no random delays."""
        return {"wait": self.wait, "clock": self.clock, "jitter": lambda: 0.0}


def transport(gateway: Gateway | str, **options: object) -> Transport:
    """A transport that does not wait, unless `options` say otherwise."""
    url = gateway if isinstance(gateway, str) else gateway.url
    defaults = {"timeout_s": 10.0, "jitter": lambda: 0.0, "wait": Waits()}
    return Transport(url, BearerAuth("k-123"), **(defaults | options))


def call(gateway: Gateway | str, body: bytes = b"{}", **options: object) -> dict:
    """The envelope that answers `body`."""
    return transport(gateway, **options).call("CVProcess", body)


def fail(gateway: Gateway | str, **options: object) -> VolceditError:
    """The error that a call ends with."""
    with pytest.raises(VolceditError) as caught:
        call(gateway, **options)
    return caught.value
