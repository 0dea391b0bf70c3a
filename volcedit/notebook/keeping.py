"""How long edits are kept: limits of size and age that spare the starred, and tell it before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from volcedit.config import Settings
from volcedit.notebook.finding import Entry, older_than, oldest_beyond
from volcedit.notebook.history import Notebook

NEARLY_FULL = 0.9
"""Of the limit, from where on it is told which edits go next."""
ROOM_MADE = 0.8
"""Of the limit, down to where room is made at a time, so that it is not made at every edit."""
TOLD_BEFORE = timedelta(days=3)


@dataclass(frozen=True)
class Outlook:
    """What a notebook's limits are, and what they are about to take."""

    size_bytes: int
    max_bytes: int | None
    keep_days: int | None
    next_full: int = 0
    """How many edits go when the notebook is full, if it nearly is."""
    next_old: int = 0
    """How many become too old within three days."""
    gone: int = 0
    """How many the limits have taken so far."""


def look_ahead(notebook: Notebook, settings: Settings, now: datetime) -> Outlook | None:
    """What to tell of the limits that `settings` set; None when they set none."""
    max_bytes, keep_days = settings.notebook_max_bytes, settings.keep_days
    if max_bytes is None and keep_days is None:
        return None
    index = notebook.index()
    size_bytes = index.totals().size_bytes
    nearly_full = max_bytes is not None and size_bytes > max_bytes * NEARLY_FULL
    return Outlook(
        size_bytes,
        max_bytes,
        keep_days,
        len(oldest_beyond(index.entries(), int(max_bytes * ROOM_MADE))) if nearly_full else 0,
        len(_too_old(index.entries(), keep_days, now + TOLD_BEFORE)),
        notebook.taken,
    )


def tidy(
    notebook: Notebook, settings: Settings, now: datetime, spared: Collection[str] = ()
) -> int:
    """Delete what is beyond the limits, for good and the oldest first; how many edits went.

    `spared` are ids that stay whatever the limits say.
    """
    max_bytes, keep_days = settings.notebook_max_bytes, settings.keep_days
    if max_bytes is None and keep_days is None:
        return 0
    index = notebook.index()
    doomed = dict.fromkeys(_too_old(index.entries(), keep_days, now))
    if max_bytes is not None and index.totals().size_bytes > max_bytes:
        doomed |= dict.fromkeys(oldest_beyond(index.entries(), int(max_bytes * ROOM_MADE)))
    doomed = [record_id for record_id in doomed if record_id not in spared]
    if doomed:
        notebook.delete(doomed)
        notebook.count_taken(len(doomed))
    return len(doomed)


def _too_old(entries: list[Entry], keep_days: int | None, now: datetime) -> list[str]:
    if keep_days is None:
        return []
    return older_than(entries, f"{now - timedelta(days=keep_days):%Y-%m-%d}")
