"""Retention: limits on size and age. Starred edits are exempt, and people are warned first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from volcedit.config import Settings
from volcedit.notebook.finding import Entry
from volcedit.notebook.notebook import Notebook

NEARLY_FULL = 0.9
"""Share of the limit above which people are told which edits go next."""
ROOM_MADE = 0.8
"""Share of the limit down to which edits are deleted, so that not every edit triggers a
deletion."""
WARN_BEFORE = timedelta(days=3)


@dataclass(frozen=True)
class Outlook:
    """A notebook's limits, and what they are about to delete."""

    size_bytes: int
    max_bytes: int | None
    keep_days: int | None
    next_full: int = 0
    """Number of edits that go once the notebook is full, if it nearly is."""
    next_old: int = 0
    """Number of edits that become too old within three days."""
    gone: int = 0
    """Number of edits that the limits have deleted so far."""


def look_ahead(notebook: Notebook, settings: Settings, now: datetime) -> Outlook | None:
    """The outlook under the limits in `settings`; None if there are no limits."""
    max_bytes, keep_days = settings.notebook_max_bytes, settings.keep_days
    if max_bytes is None and keep_days is None:
        return None
    index = notebook.index()
    size_bytes = index.totals().size_bytes
    next_full = 0
    if max_bytes is not None and size_bytes > max_bytes * NEARLY_FULL:
        next_full = len(oldest_to_evict(index.entries(), int(max_bytes * ROOM_MADE)))
    return Outlook(
        size_bytes,
        max_bytes,
        keep_days,
        next_full,
        len(_too_old(index.entries(), keep_days, now + WARN_BEFORE)),
        notebook.evicted,
    )


def tidy(
    notebook: Notebook, settings: Settings, now: datetime, spared: Collection[str] = ()
) -> int:
    """Move what exceeds the limits to the bin, oldest first.

    Returns the number of these edits. The ids in `spared` always stay.
    """
    max_bytes, keep_days = settings.notebook_max_bytes, settings.keep_days
    if max_bytes is None and keep_days is None:
        return 0
    index = notebook.index()
    beyond = _too_old(index.entries(), keep_days, now)
    if max_bytes is not None and index.totals().size_bytes > max_bytes:
        beyond += oldest_to_evict(index.entries(), int(max_bytes * ROOM_MADE))
    gone = notebook.discard(it for it in dict.fromkeys(beyond) if it not in spared)
    if gone:
        notebook.count_evicted(len(gone))
    return len(gone)


def oldest_to_evict(entries: Iterable[Entry], max_bytes: int) -> list[str]:
    """The ids of the oldest unstarred entries to delete in order to get below `max_bytes`.

    A photo or picture is freed with the last entry that needs it. If the starred entries alone are
    larger, the limit is not reached. Unfinished edits stay.
    """
    entries = list(entries)
    needed: dict[str, int] = {}
    size_bytes = 0
    for entry in entries:
        for sha256, size in entry.blobs:
            size_bytes += 0 if sha256 in needed else size
            needed[sha256] = needed.get(sha256, 0) + 1
    to_delete = []
    for entry in sorted(entries, key=lambda entry: entry.id):
        if size_bytes <= max_bytes:
            break
        if entry.starred or entry.state.is_under_way:
            continue
        to_delete.append(entry.id)
        for sha256, size in entry.blobs:
            needed[sha256] -= 1
            size_bytes -= 0 if needed[sha256] else size
    return to_delete


def is_too_old(record_id: str, settings: Settings, now: datetime) -> bool:
    """Whether a record with that id is beyond the age limit. Ids start with a day."""
    return settings.keep_days is not None and record_id < _first_day(settings.keep_days, now)


def older_than(entries: Iterable[Entry], day: str) -> list[str]:
    """The ids of finished, unstarred entries from before `day`, like 2026-01-31."""
    before = day.replace("-", "")
    return sorted(
        entry.id
        for entry in entries
        if entry.day < before and not entry.starred and not entry.state.is_under_way
    )


def _too_old(entries: list[Entry], keep_days: int | None, now: datetime) -> list[str]:
    if keep_days is None:
        return []
    return older_than(entries, f"{now - timedelta(days=keep_days):%Y-%m-%d}")


def _first_day(keep_days: int, now: datetime) -> str:
    """The oldest day that is kept, as in ids."""
    return f"{now - timedelta(days=keep_days):%Y%m%d}"
