"""`Places` gets the visitor of every call, which it needs to be fair."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support.gateway import Gateway, reply
from tests.support.running import DONE, Bench
from volcedit import Photo, read_photo
from volcedit.jobs.places import FairPlaces

T = TypeVar("T")
BUSY = reply(429, {"code": 50430, "message": "busy"}, Retry_After="0")


class NotingPlaces:
    """Records the visitor of each call, and delegates to the default implementation."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str]] = []
        self._places = FairPlaces(2)

    @property
    def limit(self) -> int:
        return self._places.limit

    def submit(self, visitor: str, call: Callable[[], T]) -> Future[T]:
        self.noted.append(("submit", visitor))
        return self._places.submit(visitor, call)

    def pause(self, visitor: str) -> None:
        self.noted.append(("pause", visitor))
        self._places.pause(visitor)

    def come_back(self, visitor: str, stop: threading.Event) -> None:
        self.noted.append(("come back", visitor))
        self._places.come_back(visitor, stop)

    def lower(self) -> None:
        self._places.lower()

    def recover(self) -> None:
        self._places.recover()

    def wake(self) -> None:
        self._places.wake()

    def shutdown(self, timeout_s: float | None = None) -> None:
        self._places.shutdown(timeout_s)


@pytest.fixture
def places() -> NotingPlaces:
    return NotingPlaces()


@pytest.fixture
def bench(gateway: Gateway, tmp_path: Path, places: NotingPlaces) -> Iterator[Bench]:
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path, max_attempts=2, places=places) as bench:
        yield bench


@pytest.fixture
def anna(bench: Bench) -> str:
    """The visitor id that `Places` gets for the bench's notebook."""
    return bench.notebook.name


def test_each_variation_is_submitted_for_its_visitor(
    bench: Bench, photo: Photo, places: NotingPlaces, anna: str
):
    bench.finish(photo, count=3)
    assert places.noted == [("submit", anna)] * 3


def test_two_visitors_are_distinguished(
    bench: Bench, photo: Photo, places: NotingPlaces, anna: str
):
    (record,) = bench.finish(photo).records
    ben = bench.workbench.notebook("ben")
    bench.wait_for_end(bench.workbench.start(ben, photo, record.recipe.params))
    assert places.noted == [("submit", anna), ("submit", ben.name)]
    assert anna != ben.name


def test_a_pause_before_a_retry_counts_for_its_visitor(
    gateway: Gateway, bench: Bench, photo: Photo, places: NotingPlaces, anna: str
):
    gateway.script(BUSY, DONE)
    assert bench.finish(photo).records[0].state == "done"
    assert places.noted == [("submit", anna), ("pause", anna), ("come back", anna)]


def test_repeats_are_submitted_for_their_visitor(
    bench: Bench, photo: Photo, places: NotingPlaces, anna: str
):
    (first,) = bench.finish(photo).records
    places.noted.clear()
    bench.wait_for_end(bench.workbench.replay(bench.notebook, first.id, 2))
    assert places.noted == [("submit", anna)] * 2


def test_every_step_of_a_chain_is_submitted_for_its_visitor(
    bench: Bench, photo: Photo, places: NotingPlaces, anna: str
):
    (first,) = bench.finish(photo).records
    made = read_photo(bench.notebook.read(first.picture)).photo
    (second,) = bench.finish(made, parent=first.id).records
    places.noted.clear()
    run = bench.wait_for_end(bench.workbench.replay_chain(bench.notebook, second.id))
    assert [record.state for record in run.records] == ["done", "done"]
    assert places.noted == [("submit", anna)] * 2
