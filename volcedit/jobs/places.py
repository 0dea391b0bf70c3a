"""Concurrency slots for calls to the service: how many run at once, in what order, in what threads.

Other modules know only the protocol `Places`, and pass it the visitor of each call.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

INCREASE = 0.75
"""How far each success raises the limit. Chosen by simulation, with 8 slots and 200 edits of up to
four attempts: if the service accepts only 1, 2, 4 or 6 calls, a run takes at most 1/20 longer than
necessary, and almost no edit runs out of attempts (with 1.0, four do); if it refuses one call in
thirteen at random, a run takes 1/30 longer than with a fixed limit."""
THREADS_PER_PLACE = 4
"""A call that waits before a retry keeps its thread, but not its slot."""


class Places(Protocol):
    """The slots in which calls run. Thread-safe.

    `visitor` is the id of the notebook that a call is made for. Every call has one, so that fair
    scheduling between visitors can be added without changes elsewhere.
    """

    @property
    def limit(self) -> int:
        """The current limit of concurrent calls."""

    def submit(self, visitor: str, call: Callable[[], T]) -> Future[T]:
        """Run `call` in a thread once a slot is free. Until then it can be cancelled."""

    def pause(self, visitor: str) -> None:
        """Release the slot of a running call that is about to wait before a retry."""

    def come_back(self, visitor: str, stop: threading.Event) -> None:
        """Wait until the paused call has a slot again, or until `stop` is set.

        After setting `stop`, call `wake`.
        """

    def lower(self) -> None:
        """The service refused a call because too many were running."""

    def recover(self) -> None:
        """The service accepted a call."""

    def wake(self) -> None:
        """Make the calls in `come_back` check their `stop`."""

    def shutdown(self) -> None:
        """Wait until every call that was not cancelled has ended."""


@dataclass(frozen=True)
class Limit:
    """Drops by one for each call refused as too many, and recovers with each success.

    If eight calls start together and the service accepts two, six are refused, which leaves a limit
    of two. An occasional refusal costs one slot until two calls have succeeded.
    """

    most: int
    now: float

    @property
    def places(self) -> int:
        """The number of slots, at least 1."""
        return int(self.now)

    def lowered(self) -> Limit:
        """The limit after a call was refused because too many were running."""
        return replace(self, now=float(max(1, self.places - 1)))

    def raised(self) -> Limit:
        """The limit after a call was accepted."""
        return replace(self, now=min(float(self.most), self.now + INCREASE))


class _Work(Generic[T]):
    """A call, and the future of its result."""

    def __init__(self, call: Callable[[], T]) -> None:
        self.future: Future[T] = Future()
        self._call = call

    def run(self) -> None:
        """Make the call. May be called only once."""
        try:
            self.future.set_result(self._call())
        except BaseException as error:
            self.future.set_exception(error)


class FirstComePlaces:
    """`Places` in order of submission (FIFO), with a `Limit` that adapts to the service."""

    def __init__(self, most: int) -> None:
        self._limit = Limit(most, float(most))
        self._pool = ThreadPoolExecutor(most * THREADS_PER_PLACE, "edit")
        self._threads_left = most * THREADS_PER_PLACE
        self._waiting: deque[_Work[Any]] = deque()
        self._under_way = 0
        self._returning = 0
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """See `Places.limit`."""
        return self._limit.places

    def submit(self, visitor: str, call: Callable[[], T]) -> Future[T]:
        """See `Places.submit`."""
        work = _Work(call)
        with self._changed:
            self._waiting.append(work)
            self._begin()
        return work.future

    def pause(self, visitor: str) -> None:
        """See `Places.pause`."""
        with self._changed:
            self._under_way -= 1
            self._begin()

    def come_back(self, visitor: str, stop: threading.Event) -> None:
        """See `Places.come_back`. Takes precedence over all calls that have not started."""
        with self._changed:
            self._returning += 1
            self._changed.wait_for(lambda: self._under_way < self._limit.places or stop.is_set())
            self._returning -= 1
            self._under_way += 1

    def lower(self) -> None:
        """See `Places.lower`."""
        with self._changed:
            self._limit = self._limit.lowered()

    def recover(self) -> None:
        """See `Places.recover`."""
        with self._changed:
            self._limit = self._limit.raised()
            self._begin()

    def wake(self) -> None:
        """See `Places.wake`."""
        with self._changed:
            self._changed.notify_all()

    def shutdown(self) -> None:
        """See `Places.shutdown`."""
        with self._changed:
            self._begin()
            self._changed.wait_for(lambda: not self._waiting and not self._running)
        self._pool.shutdown()

    @property
    def _running(self) -> int:
        return self._limit.most * THREADS_PER_PLACE - self._threads_left

    def _begin(self) -> None:
        """Start waiting calls while slots are free. The caller holds the lock."""
        while self._waiting and self._waiting[0].future.cancelled():
            self._waiting.popleft()
        while (
            self._waiting
            and self._threads_left
            and self._under_way + self._returning < self._limit.places
        ):
            work = self._waiting.popleft()
            if work.future.set_running_or_notify_cancel():
                self._under_way += 1
                self._threads_left -= 1
                self._pool.submit(self._run, work)
        self._changed.notify_all()

    def _run(self, work: _Work[Any]) -> None:
        work.run()
        with self._changed:
            self._under_way -= 1
            self._threads_left += 1
            self._begin()
