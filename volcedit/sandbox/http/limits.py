"""The service's limits on concurrency and on calls per second."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from volcedit.sandbox.codes import Refused


class Limits:
    """Rejects calls over the limits. 0 means no limit."""

    def __init__(self, max_concurrent: int, max_qps: int, clock: Callable[[], float]) -> None:
        """`max_qps` applies per action; `clock` returns seconds."""
        self._max_concurrent = max_concurrent
        self._max_qps = max_qps
        self._clock = clock
        self._in_progress = 0
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def count(self, action: str) -> None:
        """Count one call of `action`. Raises `Refused` 50429; rejected calls do not count."""
        now_s, calls = self._clock(), self._calls[action]
        while calls and now_s - calls[0] >= 1:
            calls.popleft()
        if self._max_qps and len(calls) >= self._max_qps:
            raise Refused(50429, f"the sandbox takes {self._max_qps} a second")
        calls.append(now_s)

    def check(self, tasks: int) -> None:
        """Raise `Refused` 50430 if no slot is free while `tasks` are in progress."""
        if self._max_concurrent and self._in_progress + tasks >= self._max_concurrent:
            raise Refused(50430, f"the sandbox takes {self._max_concurrent} at once")

    @contextmanager
    def slot(self, tasks: int) -> Iterator[None]:
        """Hold a slot for the duration of the block. Raises like `check`."""
        self.check(tasks)
        self._in_progress += 1
        try:
            yield
        finally:
            self._in_progress -= 1

    def clear(self) -> None:
        """Forget the last second's calls."""
        self._calls.clear()
