"""Who may call the service next: how many calls at once, in what order, and in which threads.

Everything else sees `Places` alone, and tells it whose call each one is.
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
"""Places that a success brings back. Simulated with 8 places, 200 edits and four tries each: where
the service takes only 1, 2, 4 or 6, a run takes at most a twentieth longer than it must and hardly
an edit uses up its tries (with 1.0, four do); where it refuses one call in thirteen at random, a
run takes a thirtieth longer than under a limit that never moves."""
THREADS_PER_PLACE = 4
"""A call that pauses before a retry keeps its thread, but not its place."""


class Places(Protocol):
    """The places in which calls run. Every method may be called from any thread.

    `visitor` is the id of the notebook that a call is made for. It is given with every call, so
    that turns can be shared out between visitors without a change anywhere else.
    """

    @property
    def limit(self) -> int:
        """How many calls may be under way at once now."""

    def submit(self, visitor: str, call: Callable[[], T]) -> Future[T]:
        """Run `call` in a thread once there is a place for it; it can be cancelled until then."""

    def pause(self, visitor: str) -> None:
        """Give up the place of the running call, which is about to wait before a retry."""

    def come_back(self, visitor: str, stop: threading.Event) -> None:
        """Return once the paused call has a place again, or when `stop` is set.

        After setting `stop`, call `wake`.
        """

    def lower(self) -> None:
        """The service refused a call for those under way beside it."""

    def recover(self) -> None:
        """The service accepted a call."""

    def wake(self) -> None:
        """Let the calls in `come_back` look at their `stop`."""

    def shutdown(self) -> None:
        """Return once every call that was not cancelled has ended."""


@dataclass(frozen=True)
class Limit:
    """Comes down by one for each call that was one too many, and recovers with every success.

    When eight calls leave together and the service takes two, six are refused, which leaves two
    places. An occasional refusal costs one place until two calls have succeeded.
    """

    most: int
    now: float

    @property
    def places(self) -> int:
        """How many calls may be under way now, at least 1."""
        return int(self.now)

    def lowered(self) -> Limit:
        """After a call that the service refused because of those under way beside it."""
        return replace(self, now=float(max(1, self.places - 1)))

    def raised(self) -> Limit:
        """After a call that the service accepted."""
        return replace(self, now=min(float(self.most), self.now + INCREASE))


class _Work(Generic[T]):
    """One call and the future of what it returns."""

    def __init__(self, call: Callable[[], T]) -> None:
        self.future: Future[T] = Future()
        self._call = call

    def run(self) -> None:
        """Call it, once."""
        try:
            self.future.set_result(self._call())
        except BaseException as error:
            self.future.set_exception(error)


class FirstComePlaces:
    """`Places` in the order of submission, under a `Limit` that follows the service."""

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
        """See `Places.come_back`: before all calls that have not begun."""
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
        """Begin the calls that there are places for. Needs the lock."""
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
