"""Limits on what visitors may spend: how many edits they make at the owner's cost.

Other modules know only the protocol `Budget`. An edit is counted before its first attempt leaves,
its retries are not, and it is uncounted if nothing was sent.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from volcedit.config import Settings
from volcedit.errors import (
    ConfigError,
    HistoryError,
    InputError,
    LimitError,
    StoppedError,
    UnreachableError,
    VolceditError,
)
from volcedit.notebook.store.ledger import DAY_S, HOUR_S, Edits, Entry, Ledger
from volcedit.types import Provider, Words

_UNSENT = (UnreachableError, StoppedError, LimitError, HistoryError, InputError, ConfigError)
"""Errors after which an attempt has certainly not left."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Payer:
    """A visitor at the owner's cost, by two names; each of them alone has the hour's edits."""

    notebook: str
    """The id of their notebook."""
    address: str = ""
    """The hash of their network address, so that a new notebook is no new visitor. Empty if there
    is none, as in a program that calls the workbench."""


@dataclass(frozen=True)
class Reservation:
    """One edit that was counted, for `Budget.give_back`."""

    entry: Entry


class Scope(StrEnum):
    """Whose edits a limit counts."""

    VISITOR = "visitor"
    """Those of one notebook in an hour."""
    ADDRESS = "address"
    """Those from one address in an hour."""
    DAY = "day"
    """Those of everybody in a day."""


@dataclass(frozen=True)
class Allowance:
    """How many edits one limit leaves. Limits count the last hour or day, not since a full hour."""

    scope: Scope
    limit: int
    left: int
    opens_s: float | None
    """When the next edit is possible, in seconds since 1970. None if it is now, or if `limit` is 0:
    then it never is."""


class Budget(Protocol):
    """Counts edits at the owner's cost. Thread-safe."""

    def reserve(self, payer: Payer) -> Reservation | None:
        """Count one edit, durably. None if there are no limits.

        Raises `LimitError` if a limit is reached, or if the count cannot be read; `HistoryError`
        if it cannot be written.
        """

    def give_back(self, reservation: Reservation) -> None:
        """Uncount an edit that was not sent. Raises the errors of `reserve`."""

    def left(self, payer: Payer) -> Allowance | None:
        """What the tightest limit leaves to `payer`. None if there are no limits.

        Raises `LimitError` if the count cannot be read.
        """


class StoredBudget:
    """`Budget` with the limits of `Settings`, counted in a `Ledger`."""

    def __init__(self, ledger: Ledger, settings: Settings, now: Callable[[], datetime]) -> None:
        """`settings` are the app's own; `now` tells the time."""
        self._ledger = ledger
        self._is_limited = settings.limits_edits
        self._per_hour = settings.edits_per_hour
        self._per_day = settings.edits_per_day
        # Elsewhere a visitor's key alone is of no use.
        self._takes_keys = settings.visitor_keys and settings.provider == Provider.GATEWAY
        self._now = now

    def reserve(self, payer: Payer) -> Reservation | None:
        """See `Budget.reserve`."""
        if not self._is_limited:
            return None
        now_s = self._now_s()
        entry = (now_s, payer.notebook, payer.address)
        with self._ledger.change(now_s) as edits:
            allowance = self._tightest(edits, payer)
            if not allowance.left:
                self._tell_clock(edits, now_s)
                raise self._refusal(allowance, now_s)
            edits.hour.append(entry)
        return Reservation(entry)

    def give_back(self, reservation: Reservation) -> None:
        """See `Budget.give_back`."""
        with self._ledger.change(self._now_s()) as edits:
            edits.remove(reservation.entry)

    def left(self, payer: Payer) -> Allowance | None:
        """See `Budget.left`."""
        if not self._is_limited:
            return None
        return self._tightest(self._ledger.read(self._now_s()), payer)

    def _now_s(self) -> float:
        return round(self._now().timestamp(), 3)

    def _tightest(self, edits: Edits, payer: Payer) -> Allowance:
        """The limit that leaves least; of those that leave nothing, the one that opens last."""
        found = []
        if self._per_hour is not None:
            own = [time_s for time_s, notebook, _ in edits.hour if notebook == payer.notebook]
            found.append(_allow(Scope.VISITOR, self._per_hour, own, HOUR_S))
            if payer.address:
                same = [time_s for time_s, _, address in edits.hour if address == payer.address]
                found.append(_allow(Scope.ADDRESS, self._per_hour, same, HOUR_S))
        if self._per_day is not None:
            found.append(_allow(Scope.DAY, self._per_day, edits.times_s, DAY_S))
        return min(found, key=lambda it: (it.left, bool(it.limit), -(it.opens_s or 0.0)))

    def _refusal(self, allowance: Allowance, now_s: float) -> LimitError:
        hint = _OWN_KEY if self._takes_keys else None
        if allowance.opens_s is None:
            return LimitError(_NONE + hint if hint else _NONE, retryable=False)
        words = _USED_UP[allowance.scope].given(
            count=allowance.limit,
            time=clock_of(allowance.opens_s, datetime.fromtimestamp(now_s, UTC)),
        )
        wait_s = max(0.0, allowance.opens_s - now_s)
        return LimitError(words + hint if hint else words, retry_after_s=wait_s)

    def _tell_clock(self, edits: Edits, now_s: float) -> None:
        ahead_s = max(edits.times_s, default=now_s) - now_s
        if ahead_s > 60:
            _logger.warning(
                "the clock was set back: edits counted up to %.0f s ahead of it still count",
                ahead_s,
            )


def _allow(scope: Scope, limit: int, times_s: list[float], span_s: float) -> Allowance:
    """What `limit` leaves, after edits at these times within the last `span_s`."""
    left = max(0, limit - len(times_s))
    opens_s = None
    if not left and limit:
        # There is room when all but `limit - 1` of them are too old to count.
        opens_s = sorted(times_s)[len(times_s) - limit] + span_s
    return Allowance(scope, limit, left, opens_s)


def clock_of(time_s: float, now: datetime) -> str:
    """A time, rounded up to the minute: "14:05 UTC", with its date if that is not today."""
    minute = datetime.fromtimestamp(math.ceil(time_s / 60) * 60, UTC)
    is_today = minute.date() == now.astimezone(UTC).date()
    return f"{minute:%H:%M} UTC" if is_today else f"{minute:%Y-%m-%d %H:%M} UTC"


class Charge:
    """One edit's place in the count: taken before its first attempt, released if none was sent."""

    def __init__(self, budget: Budget | None, payer: Payer) -> None:
        """`budget` is None for an edit that does not cost the owner anything."""
        self._budget = budget
        self._payer = payer
        self._reservation: Reservation | None = None
        self._was_sent = False

    def reserve(self) -> None:
        """Count the edit, unless an earlier attempt did. Raises the errors of `Budget.reserve`."""
        if self._budget is not None and self._reservation is None:
            self._reservation = self._budget.reserve(self._payer)

    def note_sent(self) -> None:
        """An attempt has arrived at the service."""
        self._was_sent = True

    def note_failure(self, error: VolceditError) -> None:
        """An attempt ended with `error`."""
        if not isinstance(error, _UNSENT):
            self._was_sent = True

    def close(self, error: VolceditError) -> None:
        """The edit ended with `error`: uncount it if no attempt was sent."""
        self.note_failure(error)
        if self._budget is None or self._reservation is None or self._was_sent:
            return
        try:
            self._budget.give_back(self._reservation)
        except VolceditError as failure:
            # It stays counted: too many is better than too few.
            _logger.warning("could not uncount an edit that was not sent: %s", failure)


_USED_UP = {
    Scope.VISITOR: Words(
        "You have used the {count} edits an hour that the owner of this app pays for, so nothing "
        "was sent. The next is possible at {time}.",
        one="You have used the {count} edit an hour that the owner of this app pays for, so "
        "nothing was sent. The next is possible at {time}.",
    ),
    Scope.ADDRESS: Words(
        "Visitors at your network address have used the {count} edits an hour that the owner of "
        "this app pays for, so nothing was sent. The next is possible at {time}.",
        one="Visitors at your network address have used the {count} edit an hour that the owner of "
        "this app pays for, so nothing was sent. The next is possible at {time}.",
    ),
    Scope.DAY: Words(
        "All visitors together have used the {count} edits a day that the owner of this app pays "
        "for, so nothing was sent. The next is possible at {time}.",
        one="All visitors together have used the {count} edit a day that the owner of this app "
        "pays for, so nothing was sent. The next is possible at {time}.",
    ),
}
_NONE = Words("The owner of this app pays for no edits, so nothing was sent.")
_OWN_KEY = Words("Your own key has no such limit: enter it under Connection.")
