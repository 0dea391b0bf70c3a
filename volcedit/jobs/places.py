"""How many calls may be under way at once, and the threads that carry them out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

INCREASE = 0.75
"""Places that a success brings back. Simulated with 8 places, 200 edits and four tries each: where
the service takes only 1, 2, 4 or 6, a run takes at most a twentieth longer than it must and hardly
an edit uses up its tries (with 1.0, four do); where it refuses one call in thirteen at random, a
run takes a thirtieth longer than under a limit that never moves."""
THREADS_PER_PLACE = 4
"""Whoever pauses before another try keeps a thread, but no place."""


@dataclass(frozen=True)
class Limit:
    """Comes down by one for each call that was one too many, and recovers with every success.

    Of eight calls that leave together six are refused where the service takes two, which leaves
    two; a refusal now and then costs one place for as long as two calls take.
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
        """After a call that the service carried out."""
        return replace(self, now=min(float(self.most), self.now + INCREASE))


class _Work(NamedTuple):
    future: Future[Any]
    call: Callable[..., Any]
    args: tuple[Any, ...]


class Places:
    """Carries calls out in threads, in the order they came, as many at once as the limit lets."""

    def __init__(self, most: int) -> None:
        self._limit = Limit(most, float(most))
        self._pool = ThreadPoolExecutor(most * THREADS_PER_PLACE, "edit")
        self._threads_left = most * THREADS_PER_PLACE
        self._waiting: deque[_Work] = deque()
        self._under_way = 0
        self._returning = 0
        self._changed = threading.Condition()

    @property
    def limit(self) -> Limit:
        """What holds now."""
        return self._limit

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Carry `call(*args)` out when there is a place; can be cancelled until then."""
        work = _Work(Future(), call, args)
        with self._changed:
            self._waiting.append(work)
            self._begin()
        return work.future

    def pause(self) -> None:
        """Give up one's place: called by a call that is about to wait."""
        with self._changed:
            self._under_way -= 1
            self._begin()

    def come_back(self, stop: threading.Event) -> None:
        """Take a place again, before all who have not begun; at once if `stop` is set."""
        with self._changed:
            self._returning += 1
            self._changed.wait_for(lambda: self._under_way < self._limit.places or stop.is_set())
            self._returning -= 1
            self._under_way += 1

    def lower(self) -> None:
        """The service said too many to one call."""
        with self._changed:
            self._limit = self._limit.lowered()

    def recover(self) -> None:
        """The service carried a call out."""
        with self._changed:
            self._limit = self._limit.raised()
            self._begin()

    def wake(self) -> None:
        """Let those who come back see that they were stopped."""
        with self._changed:
            self._changed.notify_all()

    def shutdown(self) -> None:
        """Return once all that was not cancelled has been carried out."""
        with self._changed:
            self._begin()
            self._changed.wait_for(lambda: not self._waiting and not self._running)
        self._pool.shutdown()

    @property
    def _running(self) -> int:
        return self._limit.most * THREADS_PER_PLACE - self._threads_left

    def _begin(self) -> None:
        """Begin what there are places for. Needs the lock."""
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
                self._pool.submit(self._carry_out, work)
        self._changed.notify_all()

    def _carry_out(self, work: _Work) -> None:
        try:
            work.future.set_result(work.call(*work.args))
        except BaseException as error:
            work.future.set_exception(error)
        finally:
            with self._changed:
                self._under_way -= 1
                self._threads_left += 1
                self._begin()
