"""Takes 1,000 random recipes through files, an archive, a restart and a replay.

Prompts use every plane of Unicode, numbers are at their bounds. Each recipe is written into a PNG,
a JPEG and a WebP and read back, recorded, copied to another notebook in a ZIP, and finally read by
a new process that builds the request's body. Every body must be identical to the first one.

    python -m tests.benchmarks.bench_recipes
"""

from __future__ import annotations

import io
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.benchmarks.floor import make_photo
from tests.support.inscribed import KINDS, make_picture, random_recipe
from volcedit import read_photo
from volcedit.notebook.archive.export import write_archive
from volcedit.notebook.archive.intake import take_in
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.inscription import inscribe, read_inscription
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record, new_id, utc_now
from volcedit.service.wire import (
    build_body,
)
from volcedit.types import Photo, PictureFacts, digest

COUNT = 1_000
SEED = 4127
FIRST, CARRIED = "the-notebook-they-began-in", "the-notebook-they-came-to"


def main() -> None:
    """Print the table, and exit with 1 if a body differs."""
    photo = read_photo(make_photo(20_000, 300)).photo
    source = random.Random(SEED)
    recipes = [random_recipe(source, photo.facts) for _ in range(COUNT)]
    bodies = [body_hash(recipe, photo.data) for recipe in recipes]
    assert len(set(bodies)) == COUNT
    print(f"\n{COUNT} recipes: identical bodies after …")
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            with _step(f"a {kind}", bodies) as found:
                found += _through_files(kind, recipes, photo, Path(folder))
            differing += found != bodies
        history = History(Path(folder))
        _record(history.notebook(FIRST), recipes, photo)
        with _step("a restart", bodies) as found:
            found += _through_restart(Path(folder), FIRST)
        differing += found != bodies
        _carry(history)
        with _step("a ZIP and a restart", bodies) as found:
            found += _through_restart(Path(folder), CARRIED)
        differing += found != bodies
    sys.exit(bool(differing))


def body_hash(recipe: Recipe, photo: bytes) -> str:
    """The SHA-256 of the body that `recipe` sends."""
    return digest(build_body(recipe.request(photo), recipe.mode))


@contextmanager
def _step(name: str, bodies: list[str]) -> Iterator[list[str]]:
    found: list[str] = []
    started = time.perf_counter()
    yield found
    seconds = time.perf_counter() - started
    same = sum(one == other for one, other in zip(bodies, found, strict=True))
    verdict = "ok" if same == COUNT else "BELOW"
    print(f"{name:<24} {same:>6} of {COUNT} {seconds:>8.2f} s  {verdict}", flush=True)


def _through_files(kind: str, recipes: list[Recipe], photo: Photo, folder: Path) -> list[str]:
    picture = make_picture(kind, size=(600, 400))
    path = folder / f"picture.{kind.lower()}"
    found = []
    for recipe in recipes:
        path.write_bytes(inscribe(picture, recipe))
        again = read_inscription(path.read_bytes())
        assert again.id == recipe.id
        found.append(body_hash(again, photo.data))
    return found


def _record(notebook: Notebook, recipes: list[Recipe], photo: Photo) -> None:
    """Save one record per recipe, in order."""
    data = make_picture("JPEG")
    picture = PictureFacts(digest(data), "image/jpeg", 45, 30, len(data))
    blobs = {photo.facts: photo.data, picture: data}
    began = utc_now() - timedelta(days=1)
    for number, recipe in enumerate(recipes):
        then = began + timedelta(seconds=number)
        record = Record(new_id(then), then.isoformat(), recipe, "done", picture=picture)
        notebook.save(record, blobs)


def _carry(history: History) -> None:
    """Copy everything from the first notebook to the other in a ZIP."""
    file = io.BytesIO()
    write_archive(history.notebook(FIRST), None, file, now=utc_now())
    file.seek(0)
    assert take_in(history.notebook(CARRIED), file).added == COUNT


def _through_restart(data_dir: Path, owner: str) -> list[str]:
    """The bodies that a new process builds from the records, oldest first."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_recipes", str(data_dir), owner]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def replay(data_dir: str, owner: str) -> None:
    """Print the hash of each record's request body."""
    notebook = History(Path(data_dir)).notebook(owner)
    for record_id in reversed(notebook.ids()):
        recipe = notebook.get(record_id).recipe
        print(body_hash(recipe, notebook.read(recipe.photo)))


if __name__ == "__main__":
    replay(*sys.argv[1:]) if len(sys.argv) == 3 else main()
