"""One suite for both stores: what takes a `place` is tested on files and on fsspec's memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.stores import InMemory, OnDisk, Place


@pytest.fixture(params=["files", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for a history."""
    return OnDisk(tmp_path) if request.param == "files" else InMemory()


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def __call__(self) -> float:
        return self.time_s

    def pass_(self, seconds: float) -> None:
        """Let them pass."""
        self.time_s += seconds


@pytest.fixture
def clock() -> Clock:
    """By which stores that tell nothing are looked at again."""
    return Clock()
