"""All notebooks of one store: who opens which, and which indexes are kept in memory.

notebooks/<id>/     see `README.md` beside this file for what lies in it
owners/<hash>       secrets that open another notebook than their own, see `owners`
claims/<record id>  locked by who is at that record's task
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from weakref import WeakValueDictionary

from volcedit.errors import HistoryError
from volcedit.notebook.claims import Claim, Claims
from volcedit.notebook.notebook import Notebook
from volcedit.notebook.owners import Owners
from volcedit.notebook.shelves.names import checked_id
from volcedit.notebook.store import Store, open_store
from volcedit.notebook.store.failures import UNREADABLE, UNWRITABLE, told_as

__all__ = ["INDEXES_KEPT", "History", "Notebook"]

INDEXES_KEPT = 16
"""Of how many notebooks at a time the index is kept; ten thousand records take some 10 MB."""

_logger = logging.getLogger(__name__)


class History:
    """All notebooks of one store."""

    def __init__(
        self,
        place: Store | Path | str,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`place` is a store, or its address for `open_store`."""
        self._store = open_store(place) if isinstance(place, Path | str) else place
        self._clock = clock
        self._now = now
        self._owners = Owners(self._store)
        self._claims = Claims(self._store.below("claims"))
        self._lock = threading.Lock()
        # One object a notebook as long as anybody has it: its turns and pins are there.
        self._open: WeakValueDictionary[str, Notebook] = WeakValueDictionary()
        self._kept: OrderedDict[str, Notebook] = OrderedDict()

    def notebook(self, owner: str) -> Notebook:
        """The notebook that `owner`, a secret, opens."""
        return self._keep(self._owners.notebook_id(owner))

    def link(self, secret: str, notebook: Notebook) -> None:
        """Let `secret` open `notebook`, too, in place of what it opened.

        So a secret is renewed (link the new one, unlink the old one) or a notebook shared; nothing
        of it is moved.
        """
        self._owners.link(secret, notebook.name)

    def unlink(self, secret: str) -> None:
        """Let `secret` no longer open its notebook: then it opens its own, or an empty one."""
        self._owners.unlink(secret)

    def notebooks(self) -> list[Notebook]:
        """All that there are."""
        with told_as(UNREADABLE):
            return [self._get(name) for name in sorted(self._store.folders("notebooks"))]

    def warm_up(self) -> threading.Thread:
        """Build the indexes of the notebooks that were used last, in the background.

        Who searches one meanwhile waits for that one alone. Nobody needs to wait for the thread
        that is returned: it ends with the process.
        """
        thread = threading.Thread(target=self._build_indexes, name="indexes", daemon=True)
        thread.start()
        return thread

    def _build_indexes(self) -> None:
        try:
            notebooks = self.notebooks()
        except HistoryError as error:
            _logger.warning("no index is built ahead: %s", error.__cause__ or error)
            return
        newest = []
        for notebook in notebooks:
            try:
                newest.append((max(notebook.ids(), default=""), notebook))
            except HistoryError as error:
                _logger.warning("an index is not built ahead: %s", error.__cause__ or error)
        newest.sort(key=lambda it: it[0], reverse=True)
        for _, notebook in newest[:INDEXES_KEPT]:
            try:
                self._keep(notebook.name).index()
            except HistoryError as error:
                _logger.warning("an index is not built ahead: %s", error.__cause__ or error)

    def _get(self, name: str) -> Notebook:
        with self._lock:
            notebook = self._open.get(name)
            if notebook is None:
                store = self._store.below(f"notebooks/{name}")
                notebook = self._open[name] = Notebook(name, store, self._clock, self._now)
            return notebook

    def _keep(self, name: str) -> Notebook:
        """That notebook, whose index is kept until others were used later."""
        notebook = self._get(name)
        with self._lock:
            self._kept[name] = notebook
            self._kept.move_to_end(name)
            last = [self._kept.popitem(last=False) for _ in range(len(self._kept) - INDEXES_KEPT)]
        for _, other in last:
            other.forget_index()
        return notebook

    def claim(self, record_id: str) -> Claim | None:
        """The right to work on that record's task, or None when somebody is at it."""
        with told_as(UNWRITABLE):
            return self._claims.take(checked_id(record_id))

    def is_claimed(self, record_id: str) -> bool:
        """Whether anybody, in whatever process, is at that record's task."""
        with told_as(UNREADABLE):
            return self._claims.is_taken(checked_id(record_id))
