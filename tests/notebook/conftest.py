"""One suite for both stores: tests with `place` run on files and on fsspec's memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.stores import InMemory, OnDisk, Place


@pytest.fixture(params=["files", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for a history."""
    return OnDisk(tmp_path) if request.param == "files" else InMemory()


class Clock:
    """A clock controlled by the test."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def __call__(self) -> float:
        return self.time_s

    def pass_(self, seconds: float) -> None:
        """Advance the clock."""
        self.time_s += seconds


@pytest.fixture
def clock() -> Clock:
    """The clock that decides when stores without change markers are listed again."""
    return Clock()
