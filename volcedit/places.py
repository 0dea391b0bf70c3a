"""How many calls may be under way at once, and the threads that carry them out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

DECREASE = 0.75
INCREASE = 0.75
"""Steps of `Limit`, found by simulating 8 places: where the service takes only 2, hardly any call
uses up its four tries; where it refuses one in thirteen at random, a run takes a tenth longer."""
THREADS_PER_PLACE = 4
"""Whoever pauses before another try keeps a thread, but no place."""


@dataclass(frozen=True)
class Limit:
    """Comes down by a quarter when the service says too many, and recovers with every success."""

    most: int
    now: float
    cuts: int = 0
    """How often it came down."""

    @property
    def places(self) -> int:
        """How many calls may be under way now, at least 1."""
        return int(self.now)

    def lowered(self, cuts: int) -> Limit:
        """After the service said too many to a call that left when it had come down `cuts` times.

        Who left under an earlier limit says nothing of this one: a crowd refused together counts
        once.
        """
        if cuts != self.cuts:
            return self
        return replace(self, now=float(max(1, int(self.places * DECREASE))), cuts=self.cuts + 1)

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

    def lower(self, cuts: int) -> None:
        """The service said too many; see `Limit.lowered`."""
        with self._changed:
            self._limit = self._limit.lowered(cuts)

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
