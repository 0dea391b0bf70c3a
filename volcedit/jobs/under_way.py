"""What this process is working on: the runs under way, and the pictures being fetched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from volcedit.errors import ParameterError
from volcedit.jobs.run import Run
from volcedit.types import Words

UNDER_WAY_MAX = 32
"""How many edits of one notebook may wait or be under way: all visitors share the places."""


class UnderWay:
    """Shared by everything that starts, resumes, fetches, deletes or closes. Thread-safe."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        """Set once the app closes: no task is polled any more."""
        self._runs: set[Run] = set()
        self._admitting = threading.Lock()
        self._fetching: set[str] = set()

    @property
    def runs(self) -> list[Run]:
        """The runs that have not ended, resumed tasks among them."""
        return list(self._runs)

    @property
    def record_ids(self) -> set[str]:
        """The ids of all records that this process is working on."""
        records = (record for run in self.runs for record in run.records)
        return {record.id for record in records if record.state.is_under_way} | self._fetching

    def admit(self, run: Run) -> None:
        """Add `run` until it ends. Raises `ParameterError` if its notebook has too many edits."""
        with self._admitting:  # two tabs may start a run at once
            under_way = sum(
                record.state.is_under_way
                for other in self.runs
                if other.takes_places and other.notebook.is_same(run.notebook)
                for record in other.records
            )
            if under_way + len(run.records) > UNDER_WAY_MAX:
                raise ParameterError("count", _too_many(under_way))
            self.add(run)

    def add(self, run: Run) -> None:
        """Add `run` until it ends, however many there are."""
        self._runs.add(run)
        run.when_ended(lambda: self._runs.discard(run))

    def discard(self, run: Run) -> None:
        """Forget `run`, of which nothing was begun."""
        self._runs.discard(run)

    @contextmanager
    def fetching(self, record_id: str) -> Iterator[None]:
        """Counts that record as worked on inside the block."""
        self._fetching.add(record_id)
        try:
            yield
        finally:
            self._fetching.discard(record_id)

    def stop(self) -> None:
        """The app closes: stop every run."""
        self.closing.set()
        for run in self.runs:
            run.stop()

    def leave(self) -> None:
        """Let go of what is still under way: tasks, which the next start resumes."""
        for run in self.runs:
            run.leave()


def _too_many(under_way: int) -> Words:
    return Words(
        f"{under_way} of your edits are waiting or under way already; at most {UNDER_WAY_MAX} may "
        "be at once. Wait until some have ended, or stop them.",
        f"您已有 {under_way} 个编辑在等待或进行中；同时最多 {UNDER_WAY_MAX} 个。"
        "请等待部分完成，或先停止。",
    )
