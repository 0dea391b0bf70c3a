"""What a visitor with many edits costs the others: one edit at a time, alone and beside them.

The app has two slots, in front of a real HTTP server that answers after a second. A light visitor
makes one edit after the other, with a pause of random length in between; a heavy one runs eights
without end. Beside the heavy one, the light one may wait for one call more than alone. Then five
light visitors and the heavy one keep asking: each should get a sixth of the calls.

    python -m tests.benchmarks.bench_fair
"""

from __future__ import annotations

import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.drawing import make_jpeg
from tests.support.gateway import Exchange, Gateway
from tests.support.running import DONE, Bench
from volcedit import EditParams, read_photo

LATENCY_S = 1.0
EDITS = 30
TOGETHER_S = 30.0


class Visitor:
    """Somebody with a notebook, who runs `count` variations at a time."""

    def __init__(self, bench: Bench, name: str, count: int) -> None:
        self._bench = bench
        self._notebook = bench.workbench.notebook(name)
        self._count = count
        self._photo = read_photo(make_jpeg(96, 64)).photo
        self.made = 0

    def edit(self) -> float:
        """Run once. Returns the seconds until everything was there."""
        started = time.monotonic()
        over = threading.Event()
        run = self._bench.workbench.start(
            self._notebook, self._photo, EditParams("make it snow", seed=7), self._count
        )
        run.when_ended(over.set)
        over.wait()
        self.made += sum(record.state == "done" for record in run.records)
        return time.monotonic() - started

    def keep_editing(self, until: threading.Event) -> threading.Thread:
        """Run again and again in a thread."""

        def edit() -> None:
            while not until.is_set():
                self.edit()

        thread = threading.Thread(target=edit)
        thread.start()
        return thread


def main() -> None:
    """Print both tables."""
    chance = random.Random(1)
    with Gateway() as gateway, tempfile.TemporaryDirectory() as folder:
        gateway.script(answer_late)
        with Bench(gateway.url, Path(folder)) as bench:
            alone = measure(Visitor(bench, "light", 1), chance)
            with kept_busy(Visitor(bench, "heavy", 8)):
                beside = measure(Visitor(bench, "light", 1), chance)
            visitors = [Visitor(bench, "heavy", 8), *(Visitor(bench, f"{n}", 1) for n in range(5))]
            share(visitors)
    print(f"\none edit of {LATENCY_S:g} s, of {EDITS}: in s")
    print(f"{'':<22} {'p50':>6} {'p95':>6} {'max':>6}")
    for name, taken_s in (("alone", alone), ("beside a heavy one", beside)):
        p95_s = statistics.quantiles(taken_s, n=20)[-1]
        print(f"{name:<22} {statistics.median(taken_s):6.2f} {p95_s:6.2f} {max(taken_s):6.2f}")
    more = (max(beside) - max(alone)) / LATENCY_S
    print(f"waits for at most {more:.2f} calls more: {'ok' if more <= 1.1 else 'ABOVE 1'}")
    made = Counter({visitor: visitor.made for visitor in visitors})
    shares = [f"{count / made.total():.0%}" for count in made.values()]
    print(f"\nshares of {made.total()} calls, the heavy one's first: {', '.join(shares)}")


def answer_late(exchange: Exchange) -> None:
    """A picture, after a second."""
    exchange.released.wait(LATENCY_S)
    DONE(exchange)


def measure(visitor: Visitor, chance: random.Random) -> list[float]:
    """The seconds that each edit took."""
    taken_s = []
    for _ in range(EDITS):
        time.sleep(chance.uniform(0, LATENCY_S))
        taken_s.append(visitor.edit())
    return taken_s


def share(visitors: list[Visitor]) -> None:
    """Let all of them edit for a while."""
    until = threading.Event()
    threads = [visitor.keep_editing(until) for visitor in visitors]
    time.sleep(TOGETHER_S)
    until.set()
    for thread in threads:
        thread.join()


@contextmanager
def kept_busy(heavy: Visitor) -> Iterator[None]:
    """The heavy visitor runs eights for the duration of the block."""
    until = threading.Event()
    thread = heavy.keep_editing(until)
    try:
        yield
    finally:
        until.set()
        thread.join()


if __name__ == "__main__":
    main()
