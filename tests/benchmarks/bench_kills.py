"""An app that is killed at 50 random moments, and started again each time.

Each life takes up what the one before left, and asks for 16 edits more, half of them as tasks. It
is killed once 0 to 12 more calls were answered, and up to 0.3 s later; the last is left to end.
Held to: every record and picture on disk is whole, every record that was begun is there, the
sandbox saw each edit at most once, and every task whose id is on disk has ended. Chance is seeded;
the scheduling of processes is not.

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
    """Print what became of all edits."""
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
