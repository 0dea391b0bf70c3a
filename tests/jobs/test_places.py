from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from volcedit.jobs.places import THREADS_PER_PLACE, FirstComePlaces, Limit, Places

DEADLINE_S = 10


# ── the limit ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "lowered"), [(64, 63), (8, 7), (7.75, 6), (2, 1), (1.75, 1), (1, 1)]
)
def test_the_limit_drops_by_one_per_refused_call_but_not_below_one(now: float, lowered: int):
    assert Limit(64, now).lowered() == Limit(64, lowered)


@pytest.mark.parametrize(("now", "raised"), [(1, 1.75), (1.75, 2.5), (7, 7.75), (7.5, 8), (8, 8)])
def test_the_limit_recovers_with_each_success_up_to_its_maximum(now: float, raised: float):
    assert Limit(8, now).raised() == Limit(8, raised)


@pytest.mark.parametrize(("now", "places"), [(1, 1), (1.75, 1), (2.0, 2), (7.99, 7)])
def test_the_number_of_slots_is_rounded_down(now: float, places: int):
    assert Limit(8, now).places == places


def test_after_simultaneous_refusals_the_limit_is_what_was_accepted():
    limit = Limit(8, 8)
    for _ in range(6):
        limit = limit.lowered()
    assert limit.places == 2


def test_an_occasional_refusal_costs_one_slot_until_two_successes():
    limit = Limit(8, 8).lowered()
    assert limit.places == 7
    assert limit.raised().places == 7
    assert limit.raised().raised() == Limit(8, 8)


def test_the_limit_recovers_when_the_service_accepts_more():
    limit = Limit(8, 1)
    for _ in range(10):
        limit = limit.raised()
    assert limit.places == 8


# ── the places ───────────────────────────────────────────────────────────────────────────────


class Call:
    """A call that runs until it is released."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self._end = threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self._end.wait(DEADLINE_S)
        return "done"

    def release(self) -> None:
        """End it."""
        self._end.set()


@pytest.fixture
def places() -> Iterator[Places]:
    places = FirstComePlaces(2)
    yield places
    places.shutdown()


def begin(places: Places, count: int) -> tuple[list[Call], list]:
    calls = [Call() for _ in range(count)]
    return calls, [places.submit("anna", call) for call in calls]


def release_all(calls: list[Call]) -> None:
    for call in calls:
        call.release()


def test_as_many_calls_run_as_there_are_slots(places: Places):
    calls, futures = begin(places, 3)
    assert calls[0].begun.wait(DEADLINE_S) and calls[1].begun.wait(DEADLINE_S)
    assert not calls[2].begun.wait(0.05)
    calls[0].release()
    assert calls[2].begun.wait(DEADLINE_S)
    release_all(calls)
    assert [future.result(DEADLINE_S) for future in futures] == ["done"] * 3


def test_a_queued_call_can_be_cancelled_and_never_starts(places: Places):
    calls, futures = begin(places, 4)
    assert calls[1].begun.wait(DEADLINE_S)
    assert [future.cancel() for future in futures] == [False, False, True, True]
    release_all(calls)
    places.shutdown()
    assert not calls[2].begun.is_set() and not calls[3].begun.is_set()


def test_a_call_that_raises_releases_its_slot(places: Places):
    def break_() -> None:
        raise RuntimeError("a mistake")

    for _ in range(5):
        with pytest.raises(RuntimeError, match="a mistake"):
            places.submit("anna", break_).result(DEADLINE_S)


def test_a_pausing_call_yields_its_slot_and_returns_before_queued_ones():
    places = FirstComePlaces(1)
    order: list[str] = []
    paused, go_on = threading.Event(), threading.Event()

    def pausing() -> None:
        places.pause("anna")
        paused.set()
        assert go_on.wait(DEADLINE_S)
        places.come_back("anna", threading.Event())
        order.append("back")

    first = places.submit("anna", pausing)
    assert paused.wait(DEADLINE_S)
    call = Call()
    places.submit("anna", call)
    last = places.submit("ben", lambda: order.append("last"))
    assert call.begun.wait(DEADLINE_S)
    go_on.set()
    with pytest.raises(TimeoutError):
        first.result(0.05)
    call.release()
    last.result(DEADLINE_S)
    assert order == ["back", "last"]
    places.shutdown()


def test_a_stopped_call_does_not_wait_for_a_slot():
    places = FirstComePlaces(1)
    stop, paused = threading.Event(), threading.Event()

    def pausing() -> None:
        places.pause("anna")
        paused.set()
        assert call.begun.wait(DEADLINE_S)
        places.come_back("anna", stop)

    call = Call()
    first = places.submit("anna", pausing)
    assert paused.wait(DEADLINE_S)
    places.submit("anna", call)
    with pytest.raises(TimeoutError):
        first.result(0.05)
    stop.set()
    places.wake()
    first.result(DEADLINE_S)
    call.release()
    places.shutdown()


def test_pausing_calls_are_limited_by_the_threads():
    places = FirstComePlaces(1)
    go_on = threading.Event()
    paused = threading.Semaphore(0)

    def pausing() -> None:
        places.pause("anna")
        paused.release()
        assert go_on.wait(DEADLINE_S)
        places.come_back("anna", threading.Event())

    futures = [places.submit("anna", pausing) for _ in range(THREADS_PER_PLACE + 1)]
    for _ in range(THREADS_PER_PLACE):
        assert paused.acquire(timeout=DEADLINE_S)
    assert not paused.acquire(timeout=0.05)
    go_on.set()
    for future in futures:
        future.result(DEADLINE_S)
    places.shutdown()


def test_fewer_calls_start_after_lowering_and_more_after_recovery(places: Places):
    places.lower()
    calls, _ = begin(places, 3)
    assert calls[0].begun.wait(DEADLINE_S)
    assert not calls[1].begun.wait(0.05)
    places.recover()
    places.recover()
    assert calls[1].begun.wait(DEADLINE_S)
    assert not calls[2].begun.wait(0.05)
    release_all(calls)


def test_shutdown_waits_for_calls_that_were_not_cancelled():
    places = FirstComePlaces(1)
    call = Call()
    first, second = places.submit("anna", call), places.submit("anna", lambda: "7")
    threading.Timer(0.05, call.release).start()
    places.shutdown()
    assert first.done() and second.result() == "7"


def test_cancelled_calls_do_not_delay_shutdown():
    places = FirstComePlaces(1)
    call = Call()
    places.submit("anna", call)
    waiting = [places.submit("anna", lambda: "7") for _ in range(3)]
    assert call.begun.wait(DEADLINE_S)
    assert all(future.cancel() for future in waiting)
    call.release()
    places.shutdown()
