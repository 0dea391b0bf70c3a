"""Concurrency slots for calls to the service: how many run at once, whose is next, in what threads.

Other modules know only the protocol `Places`, and pass it the visitor of each call.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

INCREASE = 0.75
"""How far each success raises the limit. Chosen by simulation, with 8 slots and 200 edits of up to
four attempts: if the service accepts only 1, 2, 4 or 6 calls, a run takes at most 1/20 longer than
necessary, and almost no edit runs out of attempts (with 1.0, four do); if it refuses one call in
thirteen at random, a run takes 1/30 longer than with a fixed limit."""
THREADS_PER_PLACE = 4
"""How many calls one visitor may have begun for each slot. A call that waits before a retry keeps
its thread, but not its slot."""
THREADS_MAX = 256
"""How many calls all visitors may have begun."""


class Places(Protocol):
    """The slots in which calls run. Thread-safe.

    `visitor` names whoever a call is made for, who takes turns with the others. It is what
    `Run.visitor` returns.
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

    def shutdown(self, timeout_s: float | None = None) -> None:
        """Wait until every call that was not cancelled has ended, for at most `timeout_s`.

        A call that still runs does not keep the process from exiting.
        """


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


@dataclass
class _Line:
    """The calls of one visitor that wait for a slot, first come, first served."""

    returning: deque[threading.Event] = field(default_factory=deque)
    """Calls after a pause, which came before the others. Each is set once it has a slot."""
    queued: deque[_Work[Any]] = field(default_factory=deque)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self.returning and not self.queued

    def drop_cancelled(self) -> None:
        """Forget the calls that were cancelled."""
        self.queued = deque(work for work in self.queued if not work.future.cancelled())


class FairPlaces:
    """`Places` for which visitors take turns, with a `Limit` that adapts to the service.

    A free slot goes to the visitor who has waited the longest since having one. So a visitor with
    one call waits for at most one call of a visitor with many, and gains nothing by leaving the
    queue and coming back.
    """

    def __init__(self, most: int) -> None:
        self._limit = Limit(most, float(most))
        self._lines: dict[str, _Line] = {}
        """By visitor, in the order of their turns. Nobody's line is empty."""
        self._under_way = 0
        self._begun: Counter[str] = Counter()
        """By visitor, the calls that have a thread."""
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """See `Places.limit`."""
        return self._limit.places

    def submit(self, visitor: str, call: Callable[[], T]) -> Future[T]:
        """See `Places.submit`."""
        work = _Work(call)
        with self._changed:
            self._line_of(visitor).queued.append(work)
            self._begin()
        return work.future

    def pause(self, visitor: str) -> None:
        """See `Places.pause`."""
        with self._changed:
            self._release(visitor)

    def come_back(self, visitor: str, stop: threading.Event) -> None:
        """See `Places.come_back`. Goes before the visitor's calls that have not started."""
        has_slot = threading.Event()
        with self._changed:
            line = self._line_of(visitor)
            line.returning.append(has_slot)
            self._begin()
            self._changed.wait_for(lambda: has_slot.is_set() or stop.is_set())
            if not has_slot.is_set():  # stopped, so it is about to end
                line.returning.remove(has_slot)
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

    def shutdown(self, timeout_s: float | None = None) -> None:
        """See `Places.shutdown`."""
        with self._changed:
            self._begin()
            self._changed.wait_for(lambda: not self._lines and not self._begun.total(), timeout_s)

    def _line_of(self, visitor: str) -> _Line:
        """The visitor's line. Whoever was not waiting, or cancelled everything, comes last."""
        self._drop_cancelled()
        return self._lines.setdefault(visitor, _Line())

    def _drop_cancelled(self) -> None:
        for line in self._lines.values():
            line.drop_cancelled()
        self._lines = {it: line for it, line in self._lines.items() if not line.is_empty}

    def _begin(self) -> None:
        """Give free slots to waiting calls. The caller holds the lock."""
        self._drop_cancelled()
        while (
            self._under_way < self._limit.places and (visitor := self._next_visitor()) is not None
        ):
            line = self._lines[visitor]
            if line.returning:
                line.returning.popleft().set()
            elif not self._start(visitor, line.queued.popleft()):
                continue
            self._under_way += 1
            self._end_turn(visitor)
        self._changed.notify_all()

    def _next_visitor(self) -> str | None:
        """Whose turn it is, among those whose next call can go on."""
        for visitor, line in self._lines.items():
            if line.returning or (line.queued and self._has_thread(visitor)):
                return visitor
        return None

    def _has_thread(self, visitor: str) -> bool:
        # Limited for each visitor, so that nobody's pauses keep the calls of others waiting.
        of_visitor = self._begun[visitor] < self._limit.most * THREADS_PER_PLACE
        return of_visitor and self._begun.total() < THREADS_MAX

    def _start(self, visitor: str, work: _Work[Any]) -> bool:
        """Run `work` in a thread; False if it was cancelled."""
        if not work.future.set_running_or_notify_cancel():
            return False
        self._begun[visitor] += 1
        # A daemon, since an unanswered call must not keep the process from exiting.
        threading.Thread(target=self._run, args=(visitor, work), name="edit", daemon=True).start()
        return True

    def _run(self, visitor: str, work: _Work[Any]) -> None:
        work.run()
        with self._changed:
            self._begun[visitor] -= 1
            if not self._begun[visitor]:
                del self._begun[visitor]
            self._release(visitor)

    def _release(self, visitor: str) -> None:
        self._under_way -= 1
        self._end_turn(visitor)
        self._begin()

    def _end_turn(self, visitor: str) -> None:
        """Let everybody else who is waiting go before this visitor."""
        line = self._lines.pop(visitor, None)
        if line is not None and not line.is_empty:
            self._lines[visitor] = line
