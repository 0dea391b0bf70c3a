"""Which edit gets which fault: the planned ones in their order, then by chance."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Iterable, Mapping

from volcedit.sandbox.faults.names import Fault, read_fault

MAX_PLANNED = 10_000


def check_shares(shares: Mapping[Fault, float]) -> None:
    """Raise ValueError unless all faults are known and each share, and their sum, is 0 … 1."""
    for fault, share in shares.items():
        read_fault(fault)
        if not 0 <= share <= 1:
            raise ValueError(f"the share of {fault} must be from 0 to 1, not {share}")
    # Shares like 0.1 do not add up exactly.
    if sum(shares.values()) > 1 + 1e-9:
        raise ValueError("the shares of all failures add up to more than 1")


def pick(shares: Mapping[Fault, float], chance: float) -> Fault | None:
    """The fault that strikes a call, if any; `shares` maps faults to their shares of all calls.

    `chance` is a random number, 0 ≤ chance < 1.
    """
    for fault, share in shares.items():
        if chance < share:
            return fault
        chance -= share
    return None


class Faults:
    """Which fault comes next: the planned ones in their order, then by chance."""

    def __init__(self, shares: Mapping[Fault, float], chance: random.Random) -> None:
        """`shares` as for `pick`."""
        self._shares = shares
        self._random = chance
        self._planned: deque[Fault] = deque()

    def plan(self, faults: Iterable[Fault]) -> None:
        """Queue `faults` for the next edits, after those already planned."""
        self._planned.extend(faults)

    def next(self) -> Fault | None:
        """The fault for the next edit, if any."""
        chance = self._random.random()  # drawn in any case, so that later calls stay repeatable
        return self._planned.popleft() if self._planned else pick(self._shares, chance)

    def clear(self) -> None:
        """Forget the planned faults."""
        self._planned.clear()


def read_plan(body: bytes) -> list[Fault]:
    """The faults in the body of a /fail call, `{"next": [50430, "html502"]}`.

    Raises ValueError.
    """
    fields = json.loads(body)
    planned = fields.get("next") if isinstance(fields, dict) else None
    if not isinstance(planned, list) or len(planned) > MAX_PLANNED:
        raise ValueError(f'"next" must be a list of at most {MAX_PLANNED} faults')
    return [read_fault(value) for value in planned]
