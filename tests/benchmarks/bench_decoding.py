"""What hostile pictures take, and what the guard costs everybody else.

    python -m tests.benchmarks.bench_decoding
    python -m tests.benchmarks.bench_decoding fuzz 5000

For each hostile file: CPU time of all workers, their largest resident memory, and what came of it.
At most 4 s and 535 MB. Then the app and its workers while all of them are uploaded four at a time:
at most 1,000 MB; another visitor's edit meanwhile, at most half a second more than alone; and an
edit with the guard, at most 5 % more than without. The last two take a service that takes a second,
which is a tenth of what an edit takes.
"""

from __future__ import annotations

import random
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests.benchmarks.floor import compare, floor_server, make_answer, make_photo
from tests.support.hostile import FILES, mutated
from volcedit.errors import PhotoError
from volcedit.pictures.decoder import Decoder, LocalDecoder
from volcedit.pictures.workers.pool import Workers
from volcedit.service.client import Client
from volcedit.service.fields import PHOTO_LIMITS

CPU_MAX_S = 4.0
WORKER_MAX_MB = 535
TOGETHER_MAX_MB = 1000
ADDED_MAX_S = 0.5
GUARD_MAX = 1.05
ROUNDS = 15
AT_ONCE = 4
LATENCY_S = 1.0
PROMPT = "make it snow"


def main() -> None:
    """Print the tables."""
    from tests.benchmarks.visiting import run_app  # see `read_one`

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = {}
        for number, (what, make) in enumerate(FILES.items()):
            paths[what] = folder / f"{number}.bin"
            paths[what].write_bytes(make())
        print(f"\n{'':<30} {'size':>10} {'CPU':>8} {'memory':>9}")
        for what, path in paths.items():
            ran = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.bench_decoding", "one", str(path)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            print(f"{what:<30} {path.stat().st_size:>10,} {ran.stdout.strip()}", flush=True)
        photo = make_photo(200_000, 900)
        answer = make_answer(make_photo(1_000_000, 1248))
        with floor_server(answer, LATENCY_S) as url:
            print_guard(url, photo)
            with run_app(url, folder / "app") as app:
                print_company(app.url, app.pid, photo, list(paths.values()))


def read_one(path: str) -> None:
    """Print what reading that file takes, and what came of it.

    A new process counts as having all memory of this one, so nothing large is imported here.
    """
    workers = Workers()
    try:
        workers.read_photo(path, PHOTO_LIMITS)
        outcome = "read"
    except PhotoError as error:
        outcome = str(error).partition(".")[0]
    workers.close()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s, memory_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1000
    verdict = "ok" if cpu_s <= CPU_MAX_S and memory_mb <= WORKER_MAX_MB else "ABOVE"
    print(f"{cpu_s:6.2f} s {memory_mb:6.0f} MB  {verdict:<5} {outcome}")


def print_guard(url: str, photo: bytes) -> None:
    """Print what an edit takes with and without workers."""
    workers = Workers()

    def edit_with(decoder: Decoder) -> Callable[[], object]:
        client = Client(url, "key", decoder=decoder)
        return lambda: client.edit(photo, PROMPT)

    edits = {"with workers": edit_with(workers), "without": edit_with(LocalDecoder())}
    medians_s = compare(edits, ROUNDS)
    workers.close()
    ratio = medians_s["with workers"] / medians_s["without"]
    verdict = "ok" if ratio <= GUARD_MAX else "ABOVE"
    told = ", ".join(f"{what} {taken_s * 1000:.0f} ms" for what, taken_s in medians_s.items())
    print(f"\nan edit {told}: {ratio:.3f} of {GUARD_MAX}  {verdict}")


def print_company(url: str, pid: int, photo: bytes, paths: list[Path]) -> None:
    """Print what another visitor's edit takes beside hostile uploads, and all memory meanwhile."""
    from tests.benchmarks.visiting import Visitor

    ended, peaks_mb = threading.Event(), [0.0]
    visitor = Visitor(url, secrets.token_urlsafe(16))

    def edit() -> float:
        began = time.perf_counter()
        visitor.run(photo, PROMPT)
        return time.perf_counter() - began

    def attack(number: int) -> None:
        stranger = Visitor(url, secrets.token_urlsafe(16))
        mine = paths[number::AT_ONCE]
        while not ended.is_set():
            for path in mine:
                stranger.ask("take_photo", stranger.upload(path.read_bytes()), None)

    def watch() -> None:
        while not ended.wait(0.02):
            peaks_mb[0] = max(peaks_mb[0], family_mb(pid))

    edit()
    alone_s = statistics.median(edit() for _ in range(ROUNDS))
    at_rest_mb = family_mb(pid)
    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        tasks = [pool.submit(attack, number) for number in range(AT_ONCE)] + [pool.submit(watch)]
        beside_s = [edit() for _ in range(2 * ROUNDS)]
        ended.set()
        for task in tasks:
            task.result()
    added_s = statistics.median(beside_s) - alone_s
    verdict = "ok" if added_s <= ADDED_MAX_S else "ABOVE"
    print(f"another's edit alone {alone_s:.2f} s, beside hostile uploads {alone_s + added_s:.2f} s")
    print(f"  (at most {max(beside_s):.2f} s): {added_s:.2f} s of {ADDED_MAX_S}  {verdict}")
    verdict = "ok" if peaks_mb[0] <= TOGETHER_MAX_MB else "ABOVE"
    told = f"{at_rest_mb:.0f} MB, then at most {peaks_mb[0]:.0f} of {TOGETHER_MAX_MB}"
    print(f"the app and its workers: {told}  {verdict}")


def family_mb(pid: int) -> float:
    """The resident memory of a process and of those that it started."""
    command = ["ps", "-o", "rss=", "--pid", str(pid), "--ppid", str(pid)]
    rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return sum(map(int, rows)) / 1000


def fuzz(count: int) -> None:
    """Read that many mutated pictures. Anything but our own errors ends this."""
    workers, chance = Workers(), random.Random(count)
    outcomes = {"read": 0, "refused": 0}
    for number in range(count):
        data = mutated(chance)
        outcome = "refused"
        with suppress(PhotoError):
            workers.read_photo(data, PHOTO_LIMITS)
            outcome = "read"
        outcomes[outcome] += 1
        if number % 100 == 99:
            print(number + 1, outcomes, f"{family_mb(workers.pids[0]):.0f} MB", flush=True)
    workers.close()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"largest worker {used.ru_maxrss / 1000:.0f} MB of {WORKER_MAX_MB}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["one", path]:
            read_one(path)
        case ["fuzz", count]:
            fuzz(int(count))
        case _:
            main()
