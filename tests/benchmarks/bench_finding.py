"""Opens, searches and pages through a notebook of 10,000 records, compared with one of 100.

No step may take more than twice as long. A step is one event of the page, answered by the running
app with 12 rows. The time of the notebook alone is printed beside it, without a limit.

Also measures the first search among 50,000 records after a start: immediately, which reads all of
them, and after the app has built the index in the background.

    python -m tests.benchmarks.bench_finding
"""

from __future__ import annotations

import json
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
from volcedit.notebook.history import History
from volcedit.notebook.records import Record, new_id, utc_now
from volcedit.types import State

ROUNDS = 41
SIZES = {"few-records-in-this-one": 100, "many-records-in-this-one": 10_000}
LARGE, FIRSTS = 50_000, 3
OWNER = "whose-records-are-searched"
LAST = 7  # the last full page of the small notebook
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
        record = workbench.notebook(many).page(0, 1)[0][0]
    with tempfile.TemporaryDirectory() as folder:
        _write_files(Path(folder), record, LARGE)
        print(f"\nfirst search of {LARGE} after a start, median of {FIRSTS}")
        at_once = [_search_first(Path(folder)) for _ in range(FIRSTS)]
        print(f"at once: {statistics.median(at_once):.2f} s")
        warm = [_search_warm(Path(folder)) for _ in range(FIRSTS)]
        built_s, search_s, page_s = map(statistics.median, zip(*warm, strict=True))
        print(f"index built in the background in {built_s:.2f} s, then: {search_s:.3f} s")
        print(f"the newest page while it is being built: {page_s:.3f} s")


def _form(**fields: str) -> dict:
    return {"form": fields}


def _search_first(data_dir: Path) -> float:
    notebook = History(data_dir).notebook(OWNER)
    start = time.perf_counter()
    notebook.page(0, 12, Query("snow"))
    return time.perf_counter() - start


def _search_warm(data_dir: Path) -> tuple[float, float, float]:
    """The time of building the index, of the next search, and of the newest page meanwhile."""
    history = History(data_dir)
    start = time.perf_counter()
    building = history.warm_up()
    history.notebook(OWNER).page(0, 12)
    page_s = time.perf_counter() - start
    building.join()
    built_s = time.perf_counter() - start
    start = time.perf_counter()
    history.notebook(OWNER).page(0, 12, Query("snow"))
    return built_s, time.perf_counter() - start, page_s


def _write_files(data_dir: Path, record: Record, count: int) -> None:
    """Add records with various times, prompts and seeds, without syncing the disk."""
    name = History(data_dir).notebook(OWNER).name
    folder = data_dir / "notebooks" / name / "records"
    folder.mkdir(parents=True)
    values = record.to_json()
    for number in range(count):
        then = utc_now() - timedelta(minutes=number)
        values["id"], values["time"] = new_id(then), then.isoformat()
        values["recipe"]["params"] |= {"prompt": f"snow {number}", "seed": number + 1}
        text = json.dumps(values, ensure_ascii=False, indent=1)
        (folder / f"{values['id']}.json").write_text(text, "utf-8")


def _fill(workbench: Workbench, owner: str, record: Record, count: int) -> None:
    """Older records of one photo and one picture, with five prompts and many seeds."""
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
