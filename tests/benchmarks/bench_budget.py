"""What counting an edit at the owner's cost adds to it, with few edits counted and with many.

Each edit is made twice in turn, with limits and without, on a gateway that answers after
`LATENCY_S`; a real one takes some ten seconds. The count may add at most 5 %.

    python -m tests.benchmarks.bench_budget
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import orjson

from tests.benchmarks.floor import (
    compare,
    floor_server,
    make_answer,
    make_photo,
    open_workbench,
    print_head,
    print_row,
)
from tests.support import looping
from volcedit import EditParams, Photo, read_photo
from volcedit.jobs.budget import Payer
from volcedit.jobs.workbench import Workbench

ROUNDS = 20
LATENCY_S = 1.0
LIMIT = 1.05
COUNTED = (0, 1000)
LIMITS = {"VOLCEDIT_EDITS_PER_HOUR": "100000", "VOLCEDIT_EDITS_PER_DAY": "100000"}


def main() -> None:
    """Print the table."""
    photo = read_photo(make_photo(300_000, 1024)).photo
    print_head(f"an edit of {LATENCY_S:g} s, counted and not, median of {ROUNDS}, in ms")
    with floor_server(make_answer(make_photo(500_000, 1248)), LATENCY_S) as url:
        for counted in COUNTED:
            measure(url, photo, counted)


def measure(url: str, photo: Photo, counted: int) -> None:
    """Print one row: with `counted` edits in the last hour, each of another visitor."""
    with ExitStack() as stack:
        calls: dict[str, Callable[[], object]] = {}
        for name, limits in (("limited", LIMITS), ("free", {})):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            fill(folder, counted)
            workbench = stack.enter_context(open_workbench(url, folder, **limits))
            calls[name] = lambda workbench=workbench: edit(workbench, photo)
        medians_s = compare(calls, ROUNDS)
        limited_ms, free_ms = (1000 * medians_s[name] for name in ("limited", "free"))
        print_row(f"{counted} edits counted before", limited_ms, free_ms, LIMIT)


def fill(folder: Path, counted: int) -> None:
    """Write that count."""
    now_s = time.time()
    hour = [[now_s, f"{number:032x}", f"{number:016x}"] for number in range(counted)]
    (folder / "spending").mkdir()
    text = orjson.dumps({"format": 1, "hour": hour, "day": []})
    (folder / "spending" / "edits.json").write_bytes(text)


def edit(workbench: Workbench, photo: Photo) -> None:
    """One edit, until its picture is on disk."""
    notebook = workbench.notebook("anna")
    payer = Payer(notebook.name, "office")
    run = workbench.start(notebook, photo, EditParams("make it snow"), payer=payer)
    looping.run(run.ended())
    assert run.records[0].state == "done"


if __name__ == "__main__":
    main()
