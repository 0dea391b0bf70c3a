"""What this process is working on: running edits, and pictures being fetched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from volcedit.errors import ParameterError
from volcedit.jobs.run import Run
from volcedit.types import Words

UNDER_WAY_MAX = 32
"""How many edits of one notebook may be queued or running, since all visitors share the slots."""


class UnderWay:
    """The work in progress, shared by all parts of the workbench. Thread-safe."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        """Set when the app closes, which ends all polling."""
        self._runs: set[Run] = set()
        self._admitting = threading.Lock()
        self._fetching: set[str] = set()

    @property
    def runs(self) -> list[Run]:
        """The runs that have not ended, including resumed tasks."""
        return list(self._runs)

    @property
    def record_ids(self) -> set[str]:
        """The ids of all records that this process is working on."""
        records = (record for run in self.runs for record in run.records)
        return {record.id for record in records if record.state.is_under_way} | self._fetching

    def admit(self, run: Run) -> None:
        """Add `run` until it ends. Raises `ParameterError` if its notebook has too many edits."""
        with self._admitting:  # two tabs may start a run at the same time
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
        """Add `run` until it ends, without checking the limit."""
        self._runs.add(run)
        run.when_ended(lambda: self._runs.discard(run))

    def discard(self, run: Run) -> None:
        """Remove a `run` that was not started."""
        self._runs.discard(run)

    @contextmanager
    def fetching(self, record_id: str) -> Iterator[None]:
        """Mark this record as in progress inside the block."""
        self._fetching.add(record_id)
        try:
            yield
        finally:
            self._fetching.discard(record_id)

    def stop(self) -> None:
        """Stop every run, because the app closes."""
        self.closing.set()
        for run in self.runs:
            run.stop()

    def leave(self) -> None:
        """Release the tasks that are still running; the next start resumes them."""
        for run in self.runs:
            run.leave()


def _too_many(under_way: int) -> Words:
    return Words(
        "{under_way} of your edits are already waiting or running; the limit is "
        "{under_way_max}. Wait for some to finish, or stop them.",
        under_way=under_way,
        under_way_max=UNDER_WAY_MAX,
    )
