"""Retention: deletion with undo, and the limits on a notebook's size and age."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime

from volcedit.config import Settings
from volcedit.errors import HistoryError
from volcedit.jobs.under_way import UnderWay
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.keeping import Outlook, look_ahead, tidy
from volcedit.types import State

UNDO_S = 600.0
"""How long a deletion can be undone."""

_logger = logging.getLogger(__name__)


class Keeper:
    """Deletes records for visitors and to enforce limits, but never one that is in progress."""

    def __init__(
        self,
        settings: Settings,
        history: History,
        under_way: UnderWay,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._history = history
        self._under_way = under_way
        self._now = now
        self._timed: set[str] = set()
        """Notebooks with a timer that will empty their bin."""
        self._timing = threading.Lock()

    def delete(self, notebook: Notebook, ids: Iterable[str] | None) -> tuple[list[str], int]:
        """See `Workbench.delete`."""
        doomed = set(notebook.ids() if ids is None else ids)
        staying = (doomed & self._under_way.record_ids) | self._claimed(notebook, doomed)
        gone = notebook.discard(doomed - staying)
        if gone:
            self._empty_bin_in(UNDO_S, notebook)
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
                _logger.info("deleted %d records over the limits of a notebook", count)

    def look_ahead(self, notebook: Notebook) -> Outlook | None:
        """See `Workbench.look_ahead`."""
        return look_ahead(notebook, self._settings, self._now())

    def clean_up(self) -> None:
        """Empty the bins left by an earlier process, and tidy every notebook."""
        for notebook in self._history.notebooks():
            self._empty_bin(notebook)
            self.tidy(notebook)

    def _claimed(self, notebook: Notebook, ids: set[str]) -> set[str]:
        """The subset of `ids` whose task is being polled, possibly by another process."""
        entries = filter(None, map(notebook.index().get, ids))
        tasks = [entry.id for entry in entries if entry.state == State.TASK]
        return set(filter(self._history.is_claimed, tasks))

    def _empty_bin_in(self, delay_s: float, notebook: Notebook) -> None:
        """Start the notebook's timer, unless it is running. It restarts until the bin is empty.

        Only one per notebook: each timer occupies a thread for ten minutes, and a visitor may
        delete and undo many times.
        """
        with self._timing:
            if notebook.name in self._timed:
                return
            self._timed.add(notebook.name)
        timer = threading.Timer(delay_s, self._empty_bin_now, [notebook])
        timer.daemon = True  # the next start empties what is left in a bin
        timer.start()

    def _empty_bin_now(self, notebook: Notebook) -> None:
        with self._timing:
            self._timed.discard(notebook.name)
        self._empty_bin(notebook)

    def _empty_bin(self, notebook: Notebook) -> None:
        try:
            left_s = notebook.empty_bin(UNDO_S - 1)
        except HistoryError as error:
            _logger.error("could not empty a bin: %s", error.__cause__ or error)
            return
        if left_s is not None:
            self._empty_bin_in(left_s + 1, notebook)
