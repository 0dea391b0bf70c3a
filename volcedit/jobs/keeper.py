"""Retention: deletion with undo, and the limits on a notebook's size and age."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from volcedit.config import Settings
from volcedit.errors import HistoryError
from volcedit.jobs.under_way import UnderWay
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.keeping import Outlook, is_too_old, look_ahead, tidy
from volcedit.types import State

UNDO_S = 600.0
"""How long a record stays in the bin. Only time during which the app runs counts."""
UNDO_OLD_S = 21_600.0
"""The same for a record beyond the age limit: longer, since it may only seem so by a clock that is
set wrong."""

LOOK_EVERY_S = 60.0
"""The least time between two looks into the bins, in case one cannot be emptied."""

_logger = logging.getLogger(__name__)


@dataclass
class _Bin:
    """A notebook's bin, as this process knows it."""

    notebook: Notebook
    due: dict[str, tuple[Hashable, float]] = field(default_factory=dict)
    """By record id: its stamp in the bin, and when it goes, by the keeper's clock."""


class Keeper:
    """Deletes records for visitors and to enforce limits, but never one that is in progress.

    They go to a bin first. How long they have been there is counted by a clock that nobody can
    set, from when this process first saw them there; so a restart begins the count again.
    """

    def __init__(
        self,
        settings: Settings,
        history: History,
        under_way: UnderWay,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._history = history
        self._under_way = under_way
        self._now = now
        self._clock = clock
        self._bins: dict[str, _Bin] = {}
        """By notebook, those that are not empty."""
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        """Guards the two above."""

    def delete(self, notebook: Notebook, ids: Iterable[str] | None) -> tuple[list[str], int]:
        """See `Workbench.delete`."""
        doomed = set(notebook.ids() if ids is None else ids)
        staying = (doomed & self._under_way.record_ids) | self._claimed(notebook, doomed)
        gone = notebook.discard(doomed - staying)
        if gone:
            self._watch(notebook)
        return gone, len(staying)

    def tidy(self, notebook: Notebook, spared: Iterable[str] = ()) -> None:
        """See `Workbench.tidy`."""
        try:
            spared = self._under_way.record_ids.union(spared)
            count = tidy(notebook, self._settings, self._now(), spared)
        except HistoryError as error:
            _logger.error("could not tidy a notebook: %s", error.__cause__ or error)
        else:
            if count:
                _logger.info("moved %d records over the limits of a notebook to its bin", count)
                self._watch(notebook)

    def look_ahead(self, notebook: Notebook) -> Outlook | None:
        """See `Workbench.look_ahead`."""
        return look_ahead(notebook, self._settings, self._now())

    def clean_up(self) -> None:
        """Tidy every notebook, and begin to count for the bins left by an earlier process."""
        for notebook in self._history.notebooks():
            self.tidy(notebook)
            self._watch(notebook)

    def empty_bins(self) -> None:
        """Permanently delete what has been in a bin for long enough."""
        for each in list(self._bins.values()):
            try:
                self._empty(each)
            except HistoryError as error:
                _logger.error("could not empty a bin: %s", error.__cause__ or error)
        self._set_timer()

    def close(self) -> None:
        """Empty no more bins. The next start counts anew."""
        with self._lock:
            self._bins.clear()
            if self._timer:
                self._timer.cancel()

    def _claimed(self, notebook: Notebook, ids: set[str]) -> set[str]:
        """The subset of `ids` whose task is being polled, possibly by another process."""
        entries = filter(None, map(notebook.index().get, ids))
        tasks = [entry.id for entry in entries if entry.state == State.TASK]
        return set(filter(self._history.is_claimed, tasks))

    def _watch(self, notebook: Notebook) -> None:
        """Begin to count for what is new in that notebook's bin."""
        try:
            self._look_into(self._bins.get(notebook.name) or _Bin(notebook))
        except HistoryError as error:
            _logger.error("could not look into a bin: %s", error.__cause__ or error)
        self._set_timer()

    def _look_into(self, bin_: _Bin) -> None:
        stamps = bin_.notebook.bin_stamps()
        with self._lock:
            known, bin_.due = bin_.due, {}
            for record_id, stamp in stamps.items():
                due = known.get(record_id)
                if due is None or due[0] != stamp:
                    due = stamp, self._clock() + self._stay_s(record_id)
                bin_.due[record_id] = due
            if bin_.due:
                self._bins[bin_.notebook.name] = bin_
            else:
                self._bins.pop(bin_.notebook.name, None)

    def _stay_s(self, record_id: str) -> float:
        is_old = is_too_old(record_id, self._settings, self._now())
        return UNDO_OLD_S if is_old else UNDO_S

    def _empty(self, bin_: _Bin) -> None:
        self._look_into(bin_)  # another process may have changed it
        over = {it: stamp for it, (stamp, due_s) in bin_.due.items() if due_s <= self._clock()}
        if over:
            bin_.notebook.empty_bin(over)
            self._look_into(bin_)

    def _set_timer(self) -> None:
        """Call `empty_bins` when the next record goes. One timer, since each takes a thread."""
        with self._lock:
            due = [due_s for each in self._bins.values() for _, due_s in each.due.values()]
            if self._timer:
                self._timer.cancel()
            if due:
                delay_s = max(LOOK_EVERY_S, min(due) - self._clock())
                self._timer = threading.Timer(delay_s, self.empty_bins)
                self._timer.daemon = True
                self._timer.start()
