"""Decides which edit gets which fault: queued faults first, then random ones."""

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
    # Shares such as 0.1 are not exact in floating point.
    if sum(shares.values()) > 1 + 1e-9:
        raise ValueError("the shares of all failures add up to more than 1")


def pick(shares: Mapping[Fault, float], roll: float) -> Fault | None:
    """The fault for a call, if any; `shares` maps faults to their share of all calls.

    `roll` is a random number, 0 ≤ roll < 1.
    """
    for fault, share in shares.items():
        if roll < share:
            return fault
        roll -= share
    return None


class Faults:
    """The source of faults: queued faults in order, then random ones."""

    def __init__(self, shares: Mapping[Fault, float], rng: random.Random) -> None:
        """See `pick` for `shares`."""
        self._shares = shares
        self._random = rng
        self._planned: deque[Fault] = deque()

    def plan(self, faults: Iterable[Fault]) -> None:
        """Queue `faults` for the next edits, after any already queued."""
        self._planned.extend(faults)

    def next(self) -> Fault | None:
        """The fault for the next edit, if any."""
        roll = self._random.random()  # always drawn, so that later calls stay repeatable
        return self._planned.popleft() if self._planned else pick(self._shares, roll)

    def clear(self) -> None:
        """Drop the queued faults."""
        self._planned.clear()


def read_plan(body: bytes) -> list[Fault]:
    """Parse the body of a /fail call, `{"next": [50430, "html502"]}`.

    Raises ValueError.
    """
    fields = json.loads(body)
    planned = fields.get("next") if isinstance(fields, dict) else None
    if not isinstance(planned, list) or len(planned) > MAX_PLANNED:
        raise ValueError(f'"next" must be a list of at most {MAX_PLANNED} faults')
    return [read_fault(value) for value in planned]
