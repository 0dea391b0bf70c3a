"""One more edit, and one page of history, with 2,000 records in the notebook against 20.

At most 1.5 times as long: neither may depend on how much was done before. The edit is one of the
workbench, the page is what the running app answers to an opened tab.

    python -m tests.benchmarks.bench_history
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

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
from volcedit import EditParams, Photo, read_photo
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.records import Record, new_id, utc_now
from volcedit.types import digest

ROUNDS = 61
NOTEBOOKS = {"few-records-in-this-one": 20, "many-records-in-this-one": 2_000}


def main() -> None:
    """Print the table."""
    photo = read_photo(make_photo(100_000, 600)).photo
    answer = make_answer(make_photo(100_000, 600))
    with (
        floor_server(answer) as url,
        tempfile.TemporaryDirectory() as folder,
        run_app(url, Path(folder)) as app,
        open_workbench(url, app.data_dir) as workbench,
    ):
        for owner, count in NOTEBOOKS.items():
            _fill(workbench, owner, _edit(workbench, owner, photo), count)
        edits = {owner: partial(_edit, workbench, owner, photo) for owner in NOTEBOOKS}
        pages = {owner: partial(Visitor(app.url, owner).ask, "enter", "{}") for owner in NOTEBOOKS}
        few, many = NOTEBOOKS
        print_head(f"{NOTEBOOKS[many]} records against {NOTEBOOKS[few]}, median of {ROUNDS}")
        for what, calls in {"one more edit": edits, "the newest page of history": pages}.items():
            medians_s = compare(calls, ROUNDS)
            print_row(what, 1000 * medians_s[many], 1000 * medians_s[few], 1.5)


def _edit(workbench: Workbench, owner: str, photo: Photo) -> Record:
    notebook = workbench.notebook(owner)
    run = workbench.start(notebook, photo, EditParams("make it snow", seed=7))
    asyncio.run(run.ended())
    assert run.records[0].state == "done"
    return run.records[0]


def _fill(workbench: Workbench, owner: str, record: Record, count: int) -> None:
    """Older records, each with a picture of its own."""
    notebook = workbench.notebook(owner)
    picture = notebook.read(record.picture)
    for number in range(1, count):
        data = picture + number.to_bytes(4, "big")  # behind the end of a JPEG nobody reads
        facts = replace(record.picture, sha256=digest(data), size_bytes=len(data))
        then = utc_now() - timedelta(minutes=number)
        older = replace(record, id=new_id(then), time=then.isoformat(), picture=facts)
        notebook.save(older, {facts: data})


if __name__ == "__main__":
    main()
