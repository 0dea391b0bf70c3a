"""Compares the app's memory after 300 edits with that after 20: at most 60 MB more is allowed.

Every second edit is made through /edit, the others in four tabs that stay open; every photo is new.
Also prints the size of Gradio's temporary folder: uploads and displayed pictures stay there until
`delete_cache` (see `volcedit.web.build`) removes them, and each leaves an empty folder behind.

    python -m tests.benchmarks.bench_memory
"""

from __future__ import annotations

import secrets
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from gradio_client import Client as GradioClient
from gradio_client import handle_file

from tests.benchmarks.floor import floor_server, make_answer, make_photo
from tests.benchmarks.visiting import Visitor, run_app
from volcedit.web.visitor import COOKIE

EARLY, LATE = 20, 300
AT_ONCE = 4
LIMIT_MB = 60
PROMPT = "make it snow"


def main() -> None:
    """Print the table."""
    photo = make_photo(1_000_000, 1500)
    answer = make_answer(make_photo(1_000_000, 1248))
    with (
        floor_server(answer) as url,
        tempfile.TemporaryDirectory() as folder,
        run_app(url, Path(folder)) as app,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        edit = _editor(app.url, secrets.token_urlsafe(16), photo, Path(folder))
        print(f"\nafter … edits, {AT_ONCE} at once\n{'':>6} {'memory':>12} {'temporary files':>18}")
        memory_mb = {}
        done = 0
        for count in (EARLY, LATE):
            list(pool.map(edit, range(done, count)))
            done, memory_mb[count] = count, _memory_mb(app.pid)
            temp_mb = _size_mb(app.temp_dir)
            print(f"{count:>6} {memory_mb[count]:>9.1f} MB {temp_mb:>15.1f} MB", flush=True)
        growth_mb = memory_mb[LATE] - memory_mb[EARLY]
    verdict = "ok" if growth_mb <= LIMIT_MB else "ABOVE"
    print(f"growth {growth_mb:.1f} MB, limit {LIMIT_MB} MB  {verdict}")


def _editor(url: str, owner: str, photo: bytes, folder: Path) -> Callable[[int], None]:
    """Makes edit number n, through /edit or through a tab."""
    cookie = {"Cookie": f"{COOKIE}={owner}"}
    # One per thread, since shared ones lose responses.
    clients, tabs = SimpleQueue(), SimpleQueue()
    for _ in range(AT_ONCE):
        clients.put(GradioClient(url, headers=cookie, verbose=False, download_files=False))
        tabs.put(Visitor(url, owner))

    def edit(number: int) -> None:
        data = photo + number.to_bytes(4, "big")  # decoders ignore what follows the end of a JPEG
        if number % 2:
            path = folder / f"{number}.jpg"
            path.write_bytes(data)
            client = clients.get()
            _, records = client.predict(handle_file(path), PROMPT, api_name="/edit")
            clients.put(client)
            path.unlink()
            assert [record["state"] for record in records] == ["done"], records
            return
        tab = tabs.get()
        tab.run(data, PROMPT)
        tabs.put(tab)

    return edit


def _size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _memory_mb(pid: int) -> float:
    """The resident memory of the process, in MB."""
    command = ["ps", "-o", "rss=", "-p", str(pid)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) / 1024


if __name__ == "__main__":
    main()
