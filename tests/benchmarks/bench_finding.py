"""Open, search and page through a notebook of 10,000 records against one of 100.

Each step at most twice as long. A step is what the running app answers to the page's own event,
12 rows of it, as a visitor waits for it; beside it, without a limit, what the notebook alone takes,
and how long the first search reads all records after a start.

    python -m tests.benchmarks.bench_finding
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from tests.benchmarks.bench_history import _edit
from tests.benchmarks.floor import (
    compare,
    floor_server,
    make_answer,
    make_photo,
    open_workbench,
    print_head,
    print_row,
)
from tests.benchmarks.visiting import Visitor, run_app
from volcedit import read_photo
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.finding import Query
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.records import Record, new_id, utc_now
from volcedit.types import State

ROUNDS = 41
SIZES = {"few-records-in-this-one": 100, "many-records-in-this-one": 10_000}
LAST = 7  # of the few, the last whole page
WORDS = ("snow", "rain", "comic style", "sunset", "漫画风格")


def main() -> None:
    """Print the table."""
    photo = read_photo(make_photo(100_000, 600)).photo
    answer = make_answer(make_photo(100_000, 600))
    few, many = SIZES
    with (
        floor_server(answer) as url,
        tempfile.TemporaryDirectory() as folder,
        run_app(url, Path(folder)) as app,
        open_workbench(url, app.data_dir) as workbench,
    ):
        for owner, count in SIZES.items():
            _fill(workbench, owner, _edit(workbench, owner, photo), count)
        print_head(f"{SIZES[many]} records against {SIZES[few]}, median of {ROUNDS}")
        visitors = {owner: Visitor(app.url, owner) for owner in SIZES}
        steps = {
            "open": lambda it: partial(it.ask, "enter", "{}"),
            "search": lambda it: partial(it.wait_for, "find", event=_form(words="style 7")),
            "filter and sort": lambda it: partial(
                it.wait_for, "find", event=_form(state=State.DONE, order="prompt", seeds="1-500")
            ),
        }
        for what, step in steps.items():
            calls = {owner: step(visitor) for owner, visitor in visitors.items()}
            medians_s = compare(calls, ROUNDS)
            print_row(what, 1000 * medians_s[many], 1000 * medians_s[few], 2)
        for what, query, page in (
            ("notebook alone: search", Query("style 7"), 0),
            ("notebook alone: a page", Query(), LAST),
        ):
            calls = {it: partial(workbench.notebook(it).page, page, 12, query) for it in SIZES}
            medians_s = compare(calls, ROUNDS)
            print_row(what, 1000 * medians_s[many], 1000 * medians_s[few], math.inf)
        first_s = [_search_first(app.data_dir, many) for _ in range(3)]
        print(f"first search of {SIZES[many]} after a start: {statistics.median(first_s):.2f} s")


def _form(**fields: str) -> dict:
    return {"form": fields}


def _search_first(data_dir: Path, owner: str) -> float:
    notebook: Notebook = History(data_dir).notebook(owner)
    start = time.perf_counter()
    notebook.page(0, 12, Query("snow"))
    return time.perf_counter() - start


def _fill(workbench: Workbench, owner: str, record: Record, count: int) -> None:
    """Older records of one photo and one picture, with five kinds of prompts and many seeds."""
    notebook = workbench.notebook(owner)
    for number in range(1, count):
        then = utc_now() - timedelta(minutes=number)
        prompt = f"{WORDS[number % len(WORDS)]} {number}"
        params = replace(record.recipe.params, prompt=prompt, seed=number)
        notebook.save(
            replace(
                record,
                id=new_id(then),
                time=then.isoformat(),
                recipe=replace(record.recipe, params=params),
            )
        )


if __name__ == "__main__":
    main()
