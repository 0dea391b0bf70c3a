"""Every test: no settings from outside, no network but loopback. Some: a photo, a gateway."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.archiving import fill
from tests.support.drawing import make_jpeg
from tests.support.gateway import Gateway
from volcedit import Photo, read_photo
from volcedit.notebook.history import History, Notebook

# Before anything imports Gradio: its client would report its use, and ask a site who runs it.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


@pytest.fixture(autouse=True)
def clear_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the person running the tests has set must not show in them."""
    for name in os.environ:
        if name.startswith(("VOLCEDIT_", "VOLC_")) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Any connection that would leave this machine, and any name looked up, fails the test."""
    attempts: list[object] = []

    def refuse(where: object) -> None:
        attempts.append(where)
        pytest.fail(f"a test reached for the network: {where}")

    def guarded(method: str):
        original = getattr(socket.socket, method)

        def connect(self: socket.socket, address: object) -> object:
            if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
                refuse(address)
            return original(self, address)

        return connect

    def look_up(host: object, port: object, *args: object, **options: object) -> list:
        if host not in (None, "", b"", "localhost", b"localhost"):
            try:  # what is written as digits needs no network to be looked up
                original_look_up(host, None, flags=socket.AI_NUMERICHOST)
            except socket.gaierror:
                refuse(host)
        return original_look_up(host, port, *args, **options)

    original_look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for method in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, method, guarded(method))
    yield
    # Said again for what a background thread tried, or what code under test swallowed.
    assert not attempts


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A real HTTP server on loopback; a test tells it what to answer."""
    with Gateway() as server:
        yield server


@pytest.fixture
def jpeg() -> bytes:
    """A small upright JPEG, 96×64."""
    return make_jpeg(96, 64)


@pytest.fixture
def photo(jpeg: bytes) -> Photo:
    """That JPEG, ready to send."""
    return read_photo(jpeg).photo


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Of nobody yet."""
    return History(tmp_path)


@pytest.fixture
def notebook(history: History) -> Notebook:
    """One with the records that `archiving` names."""
    return fill(history.notebook("anna"))


@pytest.fixture
def other(history: History) -> Notebook:
    """Another, empty one."""
    return history.notebook("bob")
