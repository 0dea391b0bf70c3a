"""Killed midway, three times: every edit that was started is there, complete, and was sent once."""

from __future__ import annotations

import random
from pathlib import Path

from tests.support.journal import journalled
from tests.support.living import PER_RUN, Life, check


def test_repeated_kills_lose_damage_and_repeat_nothing(
    tmp_path: Path,
):
    chance = random.Random(4)
    began: list[str] = []
    with journalled(latency_s=0.3) as journal:
        for number in range(3):
            life = Life(journal.url, tmp_path, 1 + number * 4 * PER_RUN, 4 * PER_RUN)
            life.wait_for_start()
            began += life.kill_after(journal, chance.randint(2, 9), chance.uniform(0.0, 0.2))
        last = Life(journal.url, tmp_path, 1000, 2 * PER_RUN)
        last.wait_for_start()
        began += last.end()
        fates = check(tmp_path, began, journal.calls)
    # Of the killed processes, too.
    assert fates["async done"] > PER_RUN and fates["sync done"] > PER_RUN
