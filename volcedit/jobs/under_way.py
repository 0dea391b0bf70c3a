"""What this process is working on: running edits, and pictures being fetched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from volcedit.errors import ParameterError, StoppedError
from volcedit.jobs.run import Run
from volcedit.notebook.records import Record
from volcedit.types import Words

UNDER_WAY_MAX = 32
"""How many edits of one notebook may be queued or running, since all visitors share the slots."""


class UnderWay:
    """The work in progress, shared by all parts of the workbench. Thread-safe."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        """Set when the app closes: nothing starts any more, and all polling ends."""
        self._runs: set[Run] = set()
        self._admitting = threading.Lock()
        self._changed = threading.Condition()
        self._is_hurried = False
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
        """Add `run` until it ends.

        Raises `ParameterError` if its notebook has too many edits, `StoppedError` if the app is
        closing.
        """
        with self._admitting:  # two tabs may start a run at the same time
            if self.closing.is_set():
                raise StoppedError(_CLOSING)
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
        run.when_ended(lambda: self.discard(run))

    def discard(self, run: Run) -> None:
        """Remove a `run` that has ended, or was not started."""
        with self._changed:
            self._runs.discard(run)
            self._changed.notify_all()

    @contextmanager
    def fetching(self, record_id: str) -> Iterator[None]:
        """Mark this record as in progress inside the block."""
        self._fetching.add(record_id)
        try:
            yield
        finally:
            self._fetching.discard(record_id)

    # ── the end of the app ───────────────────────────────────────────────────────────────────

    def stop(self) -> None:
        """Let nothing more start, and stop every run."""
        with self._admitting:
            self.closing.set()
        for run in self.runs:
            run.stop()

    def wait(self, timeout_s: float) -> None:
        """Wait until every run has ended, for at most `timeout_s`, or until `hurry`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._runs or self._is_hurried, timeout_s)

    def hurry(self) -> None:
        """End the current `wait`, and any later one."""
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()

    def give_up(self) -> list[tuple[Run, Record]]:
        """Write down, for each run that has not ended, what is known of its calls.

        Returns the records that this ended.
        """
        return [(run, record) for run in self.runs for record in run.give_up()]


def _too_many(under_way: int) -> Words:
    return Words(
        "{under_way} of your edits are already waiting or running; the limit is "
        "{under_way_max}. Wait for some to finish, or stop them.",
        under_way=under_way,
        under_way_max=UNDER_WAY_MAX,
    )


_CLOSING = Words("The app is shutting down; nothing was sent. Run it again once the app is back.")
