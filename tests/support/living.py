"""A process that edits until it is killed, and is then restarted on the same data.

`python -m tests.support.living <gateway> <data_dir> <first seed> <count>` resumes the tasks of its
predecessor, then starts `count` edits, half of them as tasks, and prints the id of each record once
it is on disk. It exits once all edits have ended.
"""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PIL import Image

from tests.support import ROOT
from tests.support.journal import Call, Journal
from volcedit import Client, EditParams, read_photo
from volcedit.config import read_settings
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.history import History
from volcedit.notebook.records import Record
from volcedit.notebook.store.files import Files
from volcedit.notebook.store.ledger import Ledger
from volcedit.service.models import settle

PER_RUN = 4
"""Edits per click on Run."""
PATIENCE_S = 120


class Life:
    """One such process."""

    def __init__(self, url: str, data_dir: Path, first: int, count: int) -> None:
        arguments = [url, str(data_dir), str(first), str(count)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.living", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )

    def wait_for_start(self) -> None:
        """Wait until it has read its settings and resumed old tasks."""
        assert self.process.stdout.readline() == b"alive\n"

    def kill_after(self, journal: Journal, calls: int, then_s: float) -> list[str]:
        """Kill it `then_s` after that many more calls were answered. Returns the ids it started."""
        enough = len(journal.calls) + calls
        deadline = time.monotonic() + PATIENCE_S
        while len(journal.calls) < enough and self.process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        time.sleep(then_s)
        self.process.kill()
        return self._began()

    def end(self) -> list[str]:
        """Wait until everything has ended. Returns the ids it started."""
        began = self._began()
        assert self.process.returncode == 0
        return began

    def _began(self) -> list[str]:
        printed, _ = self.process.communicate(timeout=PATIENCE_S)
        # Without a trailing newline, the last line is incomplete.
        return [line for line in printed.decode().split("\n")[:-1] if line]


def check(data_dir: Path, began: Iterable[str], calls: list[Call]) -> Counter[str]:
    """Count records by state, after the last life has ended.

    Raises AssertionError unless every file is intact, every started edit exists, nothing was
    submitted or sent twice, every task has its picture, and every edit that arrived is counted.
    """
    records: list[Record] = []
    for notebook in History(data_dir).notebooks():
        records += (own := [notebook.get(it) for it in notebook.ids()])  # raises for a damaged one
        for record in own:
            notebook.read(record.recipe.photo)
            if record.picture is not None:
                notebook.read(record.picture)
            assert record.task_id is None or record.state == "done", f"left: {record}"
    lost = set(began) - {record.id for record in records}
    assert not lost, f"lost: {sorted(lost)}"
    arrived = Counter(call.seed for call in calls if call.seed)
    twice = {seed: count for seed, count in arrived.items() if count > 1}
    assert not twice, f"seeds that arrived more than once: {twice}"
    counted = len(Ledger(Files(data_dir / "spending")).read(time.time()).times_s)
    assert counted >= arrived.total(), f"{arrived.total()} arrived, {counted} were counted"
    return Counter(_fate(record) for record in records)


def _fate(record: Record) -> str:
    why = f" ({record.failure.kind} {record.failure.code})" if record.failure else ""
    return f"{record.recipe.mode} {record.state}{why}"


def _live(url: str, data_dir: Path, first: int, count: int) -> None:
    environ = {
        "VOLCEDIT_BASE_URL": url,
        "VOLCEDIT_DATA_DIR": str(data_dir),
        "VOLCEDIT_MAX_CONCURRENT": "8",
        "VOLCEDIT_EDITS_PER_DAY": "100000",
    }
    settings = settle(read_settings(environ))
    workbench = Workbench(settings, Client.from_settings(settings), History(settings.data_dir))
    notebook = workbench.notebook(
        f"visitor {first}"
    )  # the number of running edits per visitor is limited
    file = io.BytesIO()
    Image.new("RGB", (96, 64), (40, 120, 200)).save(file, "JPEG")
    photo = read_photo(file.getvalue()).photo
    workbench.resume()
    print("alive", flush=True)
    left = workbench.runs

    async def live() -> None:
        runs = []
        for number, seed in enumerate(range(first, first + count, PER_RUN)):
            params = EditParams("make it brighter", seed=seed)
            options = {}
            if number % 2:  # small: the sandbox evicts tasks above 256 MB of pixels
                params = replace(params, width_px=512, height_px=512)
                options = {"req_key": "jimeng_i2i_v30", "mode": "async"}
            runs.append(workbench.start(notebook, photo, params, PER_RUN, **options))
            for record in runs[-1].records:
                print(record.id, flush=True)
        await asyncio.gather(*(run.ended() for run in runs + left))

    asyncio.run(live())
    workbench.close()


if __name__ == "__main__":
    _live(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
