"""One click on Run: its variations, or the steps of a chain, on disk before they are shown."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import replace
from typing import Any

from volcedit.errors import HistoryError, VolceditError
from volcedit.notebook.claims import Claim
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import Record
from volcedit.service.client import Poll
from volcedit.service.transport import Wait
from volcedit.types import PictureFacts, State

_logger = logging.getLogger(__name__)


class Run:
    """The variations of one click on Run. Its records change while the calls are under way.

    Or the steps of a chain: then a record joins when the picture that it is made of is there.
    """

    def __init__(
        self,
        notebook: Notebook,
        records: list[Record],
        on_change: Callable[[], None],
        on_stop: Callable[[], None] = lambda: None,
        steps: int | None = None,
        takes_places: bool = True,
    ) -> None:
        """`steps` is how many records a chain will have, the given ones included. `takes_places`:
        are there only so many of its kind at once? Asking after an earlier task is no such."""
        self._notebook = notebook
        self._records = {record.id: record for record in records}
        self._calls: dict[str, Future[None]] = {}
        self._waits: dict[str, Wait] = {}
        self._polls: dict[str, Poll] = {}
        self._on_change = on_change
        self._on_stop = on_stop
        self._claims: dict[str, Claim] = {}
        self._stopping = threading.Event()
        self._stopped = False
        self.planned = steps or len(records)
        """How many records it has when nothing goes wrong."""
        self.takes_places = takes_places
        self.is_chain = steps is not None
        self.broken_off: VolceditError | None = None
        """Why a chain ended though its last step brought a picture."""
        self._ahead = self.planned - len(records)
        """Steps that are still to begin."""
        self._joining = threading.Lock()
        self._end: Future[None] = Future()

    @property
    def notebook(self) -> Notebook:
        """Where they are written down."""
        return self._notebook

    @property
    def visitor(self) -> str:
        """Whose calls these are, to `Places`."""
        return self._notebook.name

    @property
    def records(self) -> list[Record]:
        """The variations as they stand, in the order of their seeds."""
        return list(self._records.values())

    @property
    def waits(self) -> dict[str, Wait]:
        """What is being waited for before another try, by record id."""
        return dict(self._waits)

    @property
    def polls(self) -> dict[str, Poll]:
        """What asking after each task has last told, by record id."""
        return dict(self._polls)

    @property
    def stopped(self) -> bool:
        """Has someone stopped it? What was already sent may still be under way."""
        return self._stopped

    @property
    def finished(self) -> bool:
        """Has every variation ended, and is no further step to begin?"""
        return not self._ahead and all(not record.state.is_under_way for record in self.records)

    def stop(self) -> None:
        """Start nothing more. What is already sent goes on, and is kept."""
        with self._joining:
            self._stopping.set()
            self._ahead = 0
        self._on_stop()
        for record_id in list(self._calls):
            # Taken out, so that a second stop does not write again what was deleted since.
            call = self._calls.pop(record_id, None)
            if call is not None and call.cancel():
                self._save_end(replace(self._records[record_id], state=State.STOPPED))
        self._stopped = True
        if self.finished:  # between two steps: none is under way that would tell
            self._tell_end()
        self._tell()

    async def ended(self) -> None:
        """Return once every variation has ended. Being cancelled here ends none of them."""
        await asyncio.wait([asyncio.wrap_future(self._end)])

    def _save(self, record: Record, blobs: Mapping[PictureFacts, bytes] = {}) -> None:
        """Write `record` to disk, and only then show it."""
        self._notebook.save(record, blobs)
        self._show(record)

    def _change(self, record_id: str, **changes: Any) -> None:
        """As `_save`, of the record as it stands with `changes`."""
        self._save(replace(self._records[record_id], **changes))

    def _save_end(self, record: Record) -> None:
        """As `_save`, but shown even when the disk fails: someone may wait for it, or it is paid
        for and goes on."""
        try:
            self._notebook.save(record)
        except HistoryError as error:
            _logger.error("record %s (%s) is not on disk: %s", record.id, record.state, error)
        self._show(record)

    def _join(self, record: Record, blobs: Mapping[PictureFacts, bytes]) -> bool:
        """Take the next step of a chain in, on disk first; False when someone has stopped it."""
        with self._joining:
            if self._stopping.is_set():
                return False
            self._notebook.save(record, blobs)
            self._records[record.id] = record
            self._ahead -= 1
        self._tell()
        return True

    def _break_off(self, error: VolceditError | None = None) -> None:
        """Begin no further step of a chain."""
        self.broken_off = error
        self._ahead = 0
        if self.finished:
            self._tell_end()
        self._tell()

    def _leave(self) -> None:
        """Wait no longer: what is still under way goes on without this process."""
        for record_id in list(self._claims):
            self._let_go(record_id)
        self._tell_end()

    def _let_go(self, record_id: str) -> None:
        """Others may work on that record's task from now on."""
        if claim := self._claims.pop(record_id, None):
            claim.release()

    def _tell_end(self) -> None:
        with suppress(InvalidStateError):  # the last two may end at the same moment
            self._end.set_result(None)

    def _show(self, record: Record) -> None:
        self._waits.pop(record.id, None)
        self._records[record.id] = record
        if not record.state.is_under_way:
            self._let_go(record.id)
        if self.finished:
            self._tell_end()
        self._tell()

    def _show_wait(self, record_id: str, wait: Wait | None) -> None:
        if wait is None:
            self._waits.pop(record_id, None)
        else:
            self._waits[record_id] = wait
        self._tell()

    def _show_poll(self, record_id: str, poll: Poll) -> None:
        """Tell what a poll told; a new state goes to disk."""
        self._polls[record_id] = poll
        record = self._records[record_id]
        if record.task_state == poll.state:
            self._tell()
        else:
            self._save_end(replace(record, task_state=poll.state))

    def _forget_task(self, record_id: str) -> None:
        """The record's task has failed, and the edit is about to be sent again."""
        self._polls.pop(record_id, None)
        record = self._records[record_id]
        self._save_end(replace(record, state=State.SENT, task_id=None, task_state=""))

    def _tell(self) -> None:
        try:
            self._on_change()
        except Exception:  # who looks on may be gone; what is paid for goes on
            _logger.exception("a run's progress could not be shown")
