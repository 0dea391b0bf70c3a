from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from volcedit.jobs.places import THREADS_PER_PLACE, FairPlaces, Limit, Places

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
    places = FairPlaces(2)
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


def test_a_pausing_call_returns_before_the_visitors_own_queued_ones_and_in_turn_with_others():
    places = FairPlaces(1)
    order: list[str] = []
    paused, go_on = threading.Event(), threading.Event()

    def pausing() -> None:
        places.pause("anna")
        paused.set()
        assert go_on.wait(DEADLINE_S)
        places.come_back("anna", threading.Event())
        order.append("anna, back")

    first = places.submit("anna", pausing)
    assert paused.wait(DEADLINE_S)
    call = Call()
    places.submit("anna", call)
    assert call.begun.wait(DEADLINE_S)
    places.submit("ben", lambda: order.append("ben"))
    last = places.submit("anna", lambda: order.append("anna, next"))
    go_on.set()
    with pytest.raises(TimeoutError):
        first.result(0.05)
    call.release()
    last.result(DEADLINE_S)
    places.shutdown()
    assert order == ["ben", "anna, back", "anna, next"]


def test_a_stopped_call_does_not_wait_for_a_slot():
    places = FairPlaces(1)
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


def test_pausing_calls_of_one_visitor_are_limited_and_keep_nobody_else_waiting():
    places = FairPlaces(1)
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
    assert places.submit("ben", lambda: "done").result(DEADLINE_S) == "done"
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
    places = FairPlaces(1)
    call = Call()
    first, second = places.submit("anna", call), places.submit("anna", lambda: "7")
    threading.Timer(0.05, call.release).start()
    places.shutdown()
    assert first.done() and second.result() == "7"


def test_cancelled_calls_do_not_delay_shutdown():
    places = FairPlaces(1)
    call = Call()
    places.submit("anna", call)
    waiting = [places.submit("anna", lambda: "7") for _ in range(3)]
    assert call.begun.wait(DEADLINE_S)
    assert all(future.cancel() for future in waiting)
    call.release()
    places.shutdown()


def test_shutdown_waits_no_longer_than_it_may():
    places = FairPlaces(1)
    call = Call()
    future = places.submit("anna", call)
    places.shutdown(0.01)
    assert not future.done()
    call.release()
    places.shutdown()
    assert future.done()


# ── turns ────────────────────────────────────────────────────────────────────────────────────


class Turns:
    """One slot, taken by a call of "gate" until `order` lets the waiting calls go."""

    def __init__(self) -> None:
        self.places = FairPlaces(1)
        self.gate = Call()
        self._order: list[str] = []
        self.places.submit("gate", self.gate)

    def submit(self, name: str, then: Callable[[], object] = lambda: None) -> Future:
        """Queue a call of the visitor whose initial `name` starts with."""

        def call() -> None:
            self._order.append(name)
            then()

        return self.places.submit(name[0], call)

    def order(self) -> list[str]:
        """The names of the calls, in the order in which they ran."""
        self.gate.release()
        self.places.shutdown()
        return self._order


def test_visitors_take_turns_and_within_one_the_first_comes_first():
    turns = Turns()
    for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
        turns.submit(name)
    assert turns.order() == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_visitor_with_one_call_goes_next_however_many_the_one_with_the_slot_has():
    turns = Turns()
    turns.submit("h1", then=lambda: turns.submit("l1"))
    for number in range(2, 9):
        turns.submit(f"h{number}")
    assert turns.order()[:3] == ["h1", "l1", "h2"]


def test_a_visitor_who_comes_back_does_not_jump_ahead():
    turns = Turns()
    turns.submit("a1", then=lambda: turns.submit("a2"))
    for name in ("b1", "b2", "b3"):
        turns.submit(name)
    assert turns.order() == ["a1", "b1", "a2", "b2", "b3"]


def test_a_cancelled_call_costs_no_turn():
    turns = Turns()
    cancelled = turns.submit("a1")
    for name in ("a2", "b1", "a3"):
        turns.submit(name)
    cancelled.cancel()
    assert turns.order() == ["a2", "b1", "a3"]


def test_a_visitor_who_cancels_everything_keeps_no_turn():
    turns = Turns()
    cancelled = turns.submit("a1")
    turns.submit("b1")
    cancelled.cancel()
    turns.submit("a2")
    assert turns.order() == ["b1", "a2"]
