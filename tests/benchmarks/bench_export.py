"""Compares exporting 500 edits with `zip -0` on the same files.

It may take at most twice as long. The files are those of the notebook: records, pictures, photos
and thumbnails. The time to import the archive is printed too, without a limit.

    python -m tests.benchmarks.bench_export
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from tests.benchmarks.floor import compare, make_photo, print_head, print_row
from volcedit import EditParams, read_photo
from volcedit.notebook.archive import export, intake
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record, new_id, utc_now
from volcedit.types import PictureFacts, digest

EDITS = 500
ROUNDS = 7


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notebook = History(folder).notebook("anna")
        _fill(notebook)
        (files,) = (folder / "notebooks").iterdir()
        target, floor = folder / "export.zip", folder / "floor.zip"
        medians_s = compare(
            {
                "export": partial(_export, notebook, target),
                "zip": partial(_zip, files, floor),
            },
            ROUNDS,
        )
        megabytes = target.stat().st_size / 1e6
        print_head(f"{EDITS} edits, {megabytes:.0f} MB, median of {ROUNDS}")
        print_row("export, against zip -0", 1e3 * medians_s["export"], 1e3 * medians_s["zip"], 2.0)
        began = time.perf_counter()
        with target.open("rb") as file:
            intake.take_in(History(folder / "other").notebook("bob"), file)
        took_s = time.perf_counter() - began
        print(f"{'(taken in again, every picture decoded)':<44} {took_s:9.2f} s")


def _export(notebook: Notebook, target: Path) -> None:
    with target.open("wb") as file:
        assert export.write_archive(notebook, None, file, now=utc_now()) == EDITS


def _zip(files: Path, target: Path) -> None:
    target.unlink(missing_ok=True)  # otherwise zip adds to it
    subprocess.run(["zip", "-0", "-q", "-r", str(target), "."], cwd=files, check=True)


def _fill(notebook: Notebook) -> None:
    """Edits of ten photos, each with its own picture and thumbnail."""
    photos = [read_photo(make_photo(400_000 + number, 1248)).photo for number in range(10)]
    picture = make_photo(250_000, 1248)
    width_px, height_px = read_photo(picture).photo.width_px, read_photo(picture).photo.height_px
    for number in range(EDITS):
        photo = photos[number % len(photos)]
        data = picture + number.to_bytes(4, "big")  # decoders ignore what follows the end of a JPEG
        facts = PictureFacts(digest(data), "image/jpeg", width_px, height_px, len(data))
        then = utc_now() - timedelta(minutes=number)
        params = EditParams("make it snow", seed=number + 1)
        recipe = Recipe(photo.facts, params, "byteedit_v2.0", "base64", "gateway", "g.test")
        record = Record(new_id(then), then.isoformat(), recipe, "done", facts)
        answer = {"code": 10000, "data": {"request_id": f"r-{number}"}, "message": "Success"}
        record = replace(record, response=answer, took_s=1.5)
        notebook.save(record, {facts: data, photo.facts: photo.data})
        for shown in (photo.facts, facts):
            notebook.thumbnail(shown)


if __name__ == "__main__":
    main()
