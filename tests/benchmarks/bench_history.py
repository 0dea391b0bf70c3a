"""Compares an edit, and a page of the history, with 2,000 records in the notebook and with 20.

Neither may take more than 1.5 times as long, since neither may depend on the size of the history.
The edit is made by the workbench; the page is the running app's response to a newly opened tab.

Also compares eight threads that save into eight notebooks with one thread and one notebook, in a
store whose writes take 20 ms: at most 1.5 times as long, since no notebook waits for another.

    python -m tests.benchmarks.bench_history
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from fsspec.implementations.memory import MemoryFileSystem

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
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record, new_id, utc_now
from volcedit.notebook.store.buckets import Buckets
from volcedit.types import PictureFacts, State, digest

ROUNDS = 61
SLOW_ROUNDS = 5
WRITE_S = 0.02
SAVES = 25
NOTEBOOKS_AT_ONCE = 8
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
    saves = {count: partial(_save_at_once, count) for count in (1, NOTEBOOKS_AT_ONCE)}
    medians_s = compare(saves, SLOW_ROUNDS)
    print_row(
        f"{SAVES} saves each into {NOTEBOOKS_AT_ONCE} notebooks, slow store",
        1000 * medians_s[NOTEBOOKS_AT_ONCE],
        1000 * medians_s[1],
        1.5,
    )


class _SlowFileSystem(MemoryFileSystem):
    """fsspec's memory file system, with the latency of a bucket."""

    cachable = False

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **_: object) -> None:
        time.sleep(WRITE_S)
        super().pipe_file(path, value, mode)


def _save_at_once(count: int) -> None:
    """Save into that many notebooks, with one thread each."""
    history = History(Buckets(_SlowFileSystem(), f"/{secrets.token_hex(8)}"))
    notebooks = [history.notebook(f"owner {number}") for number in range(count)]
    for notebook in notebooks:
        notebook.index()  # each save then updates it
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(_save_many, notebooks))


def _save_many(notebook: Notebook) -> None:
    photo = PictureFacts(digest(b"photo"), "image/jpeg", 1, 1, 5)
    recipe = Recipe(photo, EditParams("snow", seed=7), "m", "base64", "sandbox", "sandbox")
    for _ in range(SAVES):
        now = utc_now()
        record = Record(new_id(now), now.isoformat(), recipe, State.QUEUED)
        notebook.save(record, {photo: b"photo"})


def _edit(workbench: Workbench, owner: str, photo: Photo) -> Record:
    notebook = workbench.notebook(owner)
    run = workbench.start(notebook, photo, EditParams("make it snow", seed=7))
    asyncio.run(run.ended())
    assert run.records[0].state == "done"
    return run.records[0]


def _fill(workbench: Workbench, owner: str, record: Record, count: int) -> None:
    """Older records, each with its own picture."""
    notebook = workbench.notebook(owner)
    picture = notebook.read(record.picture)
    for number in range(1, count):
        data = picture + number.to_bytes(4, "big")  # decoders ignore what follows the end of a JPEG
        facts = replace(record.picture, sha256=digest(data), size_bytes=len(data))
        then = utc_now() - timedelta(minutes=number)
        older = replace(record, id=new_id(then), time=then.isoformat(), picture=facts)
        notebook.save(older, {facts: data})


if __name__ == "__main__":
    main()
