"""Makes 200 edits in 8 slots, while the service fails 30% of all calls.

They are runs of 8 variations, all queued at once by as many visitors as needed. The sandbox runs in
its own process, takes 1 s per edit, and refuses 7.5% of calls with each of 50429, 50430, 50500 and
50501. Then come 80 edits as tasks of 3 s each, some of which fail only at the end. Checks that
every edit is done (or failed in a way that is not retried), that none is made twice, and that
every call that was sent arrived.

The ideal is the time of a perfect scheduler for the same calls: the edits in order, each with the
calls that it really took, the time that the service worked on each, and the pauses between its
attempts; 8 slots, never idle while anything may be sent. What remains is the cost of slots closed
after 50430, the app's own time, and the delay until a finished task is noticed. The ideal includes
the pauses of edits that fail repeatedly towards the end. The second row leaves them out, which no
scheduler could reach: the service's total work, spread evenly over the slots.

    python -m tests.benchmarks.bench_failing
"""

from __future__ import annotations

import asyncio
import heapq
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tests.benchmarks.floor import make_photo, open_workbench, print_head, print_row
from tests.support.journal import Call, journalled_apart
from volcedit import EditParams, Photo, read_photo
from volcedit.jobs.run import Run
from volcedit.jobs.variations import COUNT_MAX
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.records import Record
from volcedit.service.client import Client
from volcedit.service.wire import (
    RESULT_ACTION,
)
from volcedit.types import EditRequest, EditResult, Mode

PLACES = 8
FAILURES = {50429: 0.075, 50430: 0.075, 50500: 0.075, 50501: 0.075}
DONE = 10000


@dataclass
class Edit:
    """The calls and pauses of one edit."""

    holds_s: list[float] = field(default_factory=list)
    """How long the service worked at each try."""
    pauses_s: list[float] = field(default_factory=list)
    """The pauses between the tries."""


def main() -> None:
    """Print the table."""
    photo = read_photo(make_photo(50_000, 320)).photo
    _measure(photo, "sync", 200, 1.0, 1.3)
    _measure(photo, "async", 80, 3.0, 1.3)


def _measure(photo: Photo, mode: Mode, count: int, latency_s: float, limit: float) -> None:
    left: list[int] = []
    with (
        journalled_apart(latency_s=latency_s, failures=FAILURES) as journal,
        tempfile.TemporaryDirectory() as folder,
        open_workbench(
            journal.url,
            Path(folder),
            PLACES,
            client=CountingClient.noting(left),
            VOLCEDIT_MAX_ATTEMPTS="10",
            VOLCEDIT_MODE=mode,
        ) as workbench,
    ):
        began = time.monotonic()
        records, pauses_s = asyncio.run(_run_all(workbench, photo, count))
        wall_s = time.monotonic() - began
    _check(records, left, journal.calls)
    edits = _edits(records, pauses_s, journal.calls, latency_s)
    work_s = sum(sum(edit.holds_s) for edit in edits)
    calls = Counter(call.code for call in journal.calls if call.action != RESULT_ACTION)
    states = Counter(record.state.value for record in records)
    print_head(f"{count} edits, {mode}, {latency_s:g} s each, {PLACES} places, 30% of calls fail")
    print_row("until the last has ended", wall_s, ideal_s(edits, PLACES), limit, "s")
    print_row("beside the work alone", wall_s, work_s / PLACES, float("inf"), "s")
    print(f"{dict(states)}; calls by code: {dict(sorted(calls.items()))}")


async def _run_all(
    workbench: Workbench, photo: Photo, count: int
) -> tuple[list[Record], dict[tuple[str, int], float]]:
    """The records, and the pauses before each retry of each."""
    runs: list[Run] = []
    pauses_s: dict[tuple[str, int], float] = {}

    def note_pauses() -> None:
        for run in runs:
            for record_id, wait in run.waits.items():
                pauses_s[record_id, wait.attempt] = wait.delay_s

    for first in range(1, count, COUNT_MAX):
        params = EditParams("make it brighter", seed=first)
        notebook = workbench.notebook(
            f"benchmark-{first}"
        )  # a single visitor may not have so many in progress
        runs.append(workbench.start(notebook, photo, params, COUNT_MAX, on_change=note_pauses))
    await asyncio.gather(*(run.ended() for run in runs))
    found = []
    for run in runs:
        for record in (run.notebook.get(it.id) for it in run.records):
            found.append(record)
            if record.state == "done":
                run.notebook.read(record.picture)
    return found, pauses_s


class CountingClient(Client):
    """Records the seed of every edit that is sent."""

    left: ClassVar[list[int]]

    @classmethod
    def noting(cls, left: list[int]) -> type[CountingClient]:
        """Clients that record their seeds in `left`."""
        return type("NotingClient", (cls,), {"left": left})

    def send(self, request: EditRequest, **options: object) -> EditResult:
        """Same as `Client.send`, recorded."""
        return super().send(request, **self._counting(request, options))

    def edit_as_task(self, request: EditRequest, **options: object) -> EditResult:
        """Same as `Client.edit_as_task`, recorded."""
        return super().edit_as_task(request, **self._counting(request, options))

    def _counting(self, request: EditRequest, options: dict) -> dict:
        on_send: Callable[[int], None] = options["on_send"]

        def count(size_bytes: int) -> None:
            on_send(size_bytes)
            self.left.append(request.params.seed)  # list.append is thread-safe

        return options | {"on_send": count}


def _check(records: list[Record], left: list[int], calls: list[Call]) -> None:
    """Check that nothing is lost or made twice, and that no retryable failure is left."""
    arrived = Counter(call.seed for call in calls if call.action != RESULT_ACTION)
    taken = Counter(call.seed for call in calls if call.seed and call.code == DONE)
    seeds = {call.task_id: call.seed for call in calls if call.seed}
    failed = Counter(seeds[call.task_id] for call in calls if not call.seed and call.code != DONE)
    assert arrived == Counter(left), "what was sent is not what arrived"
    for record in records:
        seed = record.recipe.params.seed
        assert record.state == "done" or not record.failure.retryable, record
        assert taken[seed] - failed[seed] == (record.state == "done"), "made twice, or lost"


def _edits(
    records: list[Record],
    pauses_s: dict[tuple[str, int], float],
    calls: list[Call],
    task_s: float,
) -> list[Edit]:
    """The calls and pauses of each edit. A task holds its slot for `task_s` between its first call
    and its last."""
    last_poll_s = {call.task_id: call.took_s for call in calls if not call.seed}
    by_seed: defaultdict[int, list[float]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: call.began):
        if call.seed:
            more_s = task_s + last_poll_s[call.task_id] if call.task_id else 0.0
            by_seed[call.seed].append(call.took_s + more_s)
    edits = []
    for record in records:
        holds_s = by_seed[record.recipe.params.seed]
        between_s = [pauses_s[record.id, attempt] for attempt in range(2, len(holds_s) + 1)]
        edits.append(Edit(holds_s, between_s))
    return edits


def ideal_s(edits: list[Edit], places: int) -> float:
    """When the last of `edits` ends. They start in order, but retries come before new edits."""
    waiting = deque((edit, 0) for edit in edits)
    returning: deque[tuple[Edit, int]] = deque()
    events: list[tuple[float, int, bool, Edit, int]] = []  # time, tie-breaker, is it an end, …
    now, number, free = 0.0, 0, places
    while waiting or returning or events:
        while free and (returning or waiting):
            edit, attempt = (returning or waiting).popleft()
            free -= 1
            number += 1
            heapq.heappush(events, (now + edit.holds_s[attempt], number, True, edit, attempt))
        now, _, ends, edit, attempt = heapq.heappop(events)
        if not ends:
            returning.append((edit, attempt))
            continue
        free += 1
        if attempt + 1 < len(edit.holds_s):
            number += 1
            back = now + edit.pauses_s[attempt]
            heapq.heappush(events, (back, number, False, edit, attempt + 1))
    return now


if __name__ == "__main__":
    main()
