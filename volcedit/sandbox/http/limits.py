"""The service's limits on concurrent calls and on calls per second."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from volcedit.sandbox.codes import Refused


class Limits:
    """Refuses calls over the limits; a limit of 0 means none."""

    def __init__(self, max_concurrent: int, max_qps: int, clock: Callable[[], float]) -> None:
        """`max_qps` applies to each action separately; `clock` gives seconds."""
        self._max_concurrent = max_concurrent
        self._max_qps = max_qps
        self._clock = clock
        self._under_way = 0
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def count(self, action: str) -> None:
        """Count one call of `action`. Raises `Refused` 50429; refused calls are not counted."""
        now_s, calls = self._clock(), self._calls[action]
        while calls and now_s - calls[0] >= 1:
            calls.popleft()
        if self._max_qps and len(calls) >= self._max_qps:
            raise Refused(50429, f"the sandbox takes {self._max_qps} a second")
        calls.append(now_s)

    def check(self, tasks: int) -> None:
        """Raise `Refused` 50430 if no more may start while `tasks` are under way."""
        if self._max_concurrent and self._under_way + tasks >= self._max_concurrent:
            raise Refused(50430, f"the sandbox takes {self._max_concurrent} at once")

    @contextmanager
    def one_more(self, tasks: int) -> Iterator[None]:
        """Count a call as under way for the block; raises like `check`."""
        self.check(tasks)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def clear(self) -> None:
        """Forget the calls of the last second."""
        self._calls.clear()
