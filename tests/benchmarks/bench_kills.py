"""Kills an app at 50 random moments, and restarts it each time.

Each process resumes what the previous one left and starts 16 more edits, half of them as tasks. It
is killed up to 0.3 s after the 0th to 12th further response; the last one runs to the end.
Checks that every record and picture on disk is intact, that no record is missing, that the sandbox
saw each edit at most once, and that every task whose id is on disk has ended. The random numbers
are seeded; the scheduling of processes is not.

    python -m tests.benchmarks.bench_kills [seed]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.support.journal import journalled
from tests.support.living import Life, check

KILLS = 50
EDITS = 16


def main() -> None:
    """Print the outcome of all edits."""
    chance = random.Random(int(sys.argv[1]) if sys.argv[1:] else 1)
    began: list[str] = []
    started = time.monotonic()
    with journalled(latency_s=0.3) as journal, tempfile.TemporaryDirectory() as folder:
        for number in range(KILLS):
            life = Life(journal.url, Path(folder), 1 + number * EDITS, EDITS)
            life.wait_for_start()
            began += life.kill_after(journal, chance.randint(0, 12), chance.uniform(0, 0.3))
        last = Life(journal.url, Path(folder), 1 + KILLS * EDITS, EDITS)
        last.wait_for_start()
        began += last.end()
        fates = check(Path(folder), began, journal.calls)
    print(f"{KILLS} kills in {time.monotonic() - started:.0f} s, {len(began)} records begun: ok")
    print(f"calls: {len(journal.calls)}; records: {dict(sorted(fates.items()))}")


if __name__ == "__main__":
    main()
