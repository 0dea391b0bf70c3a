"""All notebooks of one store: which secret opens which, and whose indexes stay in memory.

notebooks/<id>/     contents are described in `README.md` beside this file
owners/<hash>       secrets that open a notebook other than their own, see `owners`
claims/<record id>  locked by the process that works on that record's task
trial               exists for a moment, to find out whether a full store has room again
spending/           edits made at the owner's cost, see `store.ledger`
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from weakref import WeakValueDictionary

from volcedit.errors import ConfigError, HistoryError
from volcedit.notebook.claims import Claim, Claims
from volcedit.notebook.notebook import Notebook
from volcedit.notebook.owners import Owners
from volcedit.notebook.shelves.names import checked_id
from volcedit.notebook.shelves.storage import Usage
from volcedit.notebook.store import Store, open_store
from volcedit.notebook.store.failures import UNREADABLE, UNWRITABLE, as_history_error
from volcedit.pictures.decoder import Decoder
from volcedit.types import Words

__all__ = ["INDEXES_KEPT", "History", "Notebook"]

INDEXES_KEPT = 16
"""Number of notebooks whose index is kept in memory. Ten thousand records take about 10 MB."""

_TRIAL = "trial"
_logger = logging.getLogger(__name__)


class History:
    """All notebooks of one store."""

    def __init__(
        self,
        place: Store | Path | str,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        decoder: Decoder | None = None,
    ) -> None:
        """`place` is a store, or an address for `open_store`; `decoder` makes thumbnails."""
        self._store = open_store(place) if isinstance(place, Path | str) else place
        self._clock = clock
        self._now = now
        self._decoder = decoder
        self._owners = Owners(self._store)
        self._claims = Claims(self._store.below("claims"))
        self._usage = Usage(self._store, clock)
        self._lock = threading.Lock()
        # At most one live object per notebook: it holds the locks and pins that all threads must
        # share.
        self._open: WeakValueDictionary[str, Notebook] = WeakValueDictionary()
        self._kept: OrderedDict[str, Notebook] = OrderedDict()

    def below(self, folder: str) -> Store:
        """The part of the store under `folder`, for what belongs to no notebook."""
        return self._store.below(folder)

    def notebook(self, owner: str) -> Notebook:
        """The notebook that the secret `owner` opens."""
        return self._keep(self._owners.notebook_id(owner))

    def link(self, secret: str, notebook: Notebook) -> None:
        """Let `secret` open `notebook` instead of what it opened before.

        This renews a secret (link the new one, unlink the old one) or shares a notebook, without
        moving any files.
        """
        self._owners.link(secret, notebook.name)

    def unlink(self, secret: str) -> None:
        """Stop `secret` from opening its notebook. It then opens its own, or an empty one."""
        self._owners.unlink(secret)

    def notebooks(self) -> list[Notebook]:
        """All notebooks."""
        with as_history_error(UNREADABLE):
            return [self._get(name) for name in sorted(self._store.folders("notebooks"))]

    def check_writable(self) -> None:
        """Raise `ConfigError` unless the store can be written and read."""
        name = f"check-{secrets.token_hex(4)}"
        try:
            self._store.write(name, b"")
            self._store.delete(name)
            self._store.folders("notebooks")
        except OSError as error:
            raise ConfigError(
                Words(
                    "VOLCEDIT_DATA_DIR ({path}) cannot be written: {reason}. Choose a folder that "
                    "can be.",
                    path=self._store.address,
                    reason=error.strerror or str(error),
                )
            ) from error

    def used_bytes(self) -> int:
        """The size of all notebooks, whichever process wrote them."""
        return self._usage.used_bytes()

    def warm_up(self) -> threading.Thread:
        """Build the indexes of the most recently used notebooks in the background.

        A search meanwhile waits only for its own notebook. The returned thread is a daemon and need
        not be joined.
        """
        thread = threading.Thread(target=self._build_indexes, name="indexes", daemon=True)
        thread.start()
        return thread

    def _build_indexes(self) -> None:
        try:
            notebooks = self.notebooks()
        except HistoryError as error:
            _logger.warning("cannot warm up the indexes: %s", error.__cause__ or error)
            return
        newest = []
        for notebook in notebooks:
            try:
                newest.append((max(notebook.ids(), default=""), notebook))
            except HistoryError as error:
                _logger.warning("cannot warm up an index: %s", error.__cause__ or error)
        newest.sort(key=lambda it: it[0], reverse=True)
        for _, notebook in newest[:INDEXES_KEPT]:
            try:
                self._keep(notebook.name).index()
            except HistoryError as error:
                _logger.warning("cannot warm up an index: %s", error.__cause__ or error)

    def _get(self, name: str) -> Notebook:
        with self._lock:
            notebook = self._open.get(name)
            if notebook is None:
                store = self._store.below(f"notebooks/{name}")
                notebook = self._open[name] = Notebook(
                    name, store, self._clock, self._now, self._decoder
                )
            return notebook

    def _keep(self, name: str) -> Notebook:
        """The notebook, with its index kept until enough others were used more recently."""
        notebook = self._get(name)
        with self._lock:
            self._kept[name] = notebook
            self._kept.move_to_end(name)
            last = [self._kept.popitem(last=False) for _ in range(len(self._kept) - INDEXES_KEPT)]
        for _, other in last:
            other.forget_index()
        return notebook

    def free_bytes(self) -> int | None:
        """How much the store has free; None if it does not report it."""
        with as_history_error(UNREADABLE):
            return self._store.free_bytes()

    def try_to_write(self, size_bytes: int) -> None:
        """Write and delete a file of that size. Raises `HistoryError` if it does not fit."""
        with as_history_error(UNWRITABLE):
            try:
                self._store.write(_TRIAL, bytes(size_bytes))
            finally:
                self._store.delete(_TRIAL)

    def claim(self, record_id: str) -> Claim | None:
        """Claim that record's task. Returns None if it is already claimed."""
        with as_history_error(UNWRITABLE):
            return self._claims.acquire(checked_id(record_id))

    def is_claimed(self, record_id: str) -> bool:
        """Whether any process has claimed that record's task."""
        with as_history_error(UNREADABLE):
            return self._claims.is_held(checked_id(record_id))
