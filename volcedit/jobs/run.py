"""One click on Run: its variations, or the steps of a chain, on disk before they are shown."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import replace

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

    Or the steps of a chain: then a record joins when the picture that it is made from is there.
    Any thread may read it or stop it; each record is written by one thread at a time.
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
        """`steps` is how many records a chain will have, the given ones included."""
        self.on_change = on_change
        """Called, in any thread, whenever there is something new to show."""
        self.planned = steps or len(records)
        """How many records it has if nothing goes wrong."""
        self.takes_places = takes_places
        """Counts against the limit of a notebook's edits under way. False when resuming a task."""
        self.is_chain = steps is not None
        self.broken_off: VolceditError | None = None
        """Why a chain ended although its last step brought a picture."""
        self._notebook = notebook
        self._records = {record.id: record for record in records}
        self._calls: dict[str, Future[None]] = {}
        self._waits: dict[str, Wait] = {}
        self._polls: dict[str, Poll] = {}
        self._claims: dict[str, Claim] = {}
        self._on_stop = on_stop
        self._stopping = threading.Event()
        self._stopped = False
        self._ahead = self.planned - len(records)
        """Steps that are still to begin."""
        self._joining = threading.Lock()
        self._end: Future[None] = Future()

    # ── what there is to see ─────────────────────────────────────────────────────────────────

    @property
    def notebook(self) -> Notebook:
        """Where its records are written."""
        return self._notebook

    @property
    def visitor(self) -> str:
        """Whose calls these are, to `Places`."""
        return self._notebook.name

    @property
    def records(self) -> list[Record]:
        """The variations as they stand, in the order of their seeds."""
        return list(self._records.values())

    def record(self, record_id: str) -> Record:
        """That record as it stands."""
        return self._records[record_id]

    @property
    def waits(self) -> dict[str, Wait]:
        """The pauses before a retry, by record id."""
        return dict(self._waits)

    @property
    def polls(self) -> dict[str, Poll]:
        """The latest poll of each task, by record id."""
        return dict(self._polls)

    @property
    def stopping(self) -> threading.Event:
        """Set once nothing more may be sent."""
        return self._stopping

    @property
    def stopped(self) -> bool:
        """Whether `stop` has done its work. Calls already sent may still be under way."""
        return self._stopped

    @property
    def finished(self) -> bool:
        """Whether every variation has ended, and no further step is to begin."""
        return not self._ahead and all(not record.state.is_under_way for record in self.records)

    async def ended(self) -> None:
        """Return once every variation has ended. Being cancelled here ends none of them."""
        await asyncio.wait([asyncio.wrap_future(self._end)])

    def when_ended(self, then: Callable[[], None]) -> None:
        """Call `then` once every variation has ended, at once if they have."""
        self._end.add_done_callback(lambda _: then())

    # ── beginning and stopping ───────────────────────────────────────────────────────────────

    def begin(self, record_id: str, call: Future[None]) -> None:
        """That record's edit waits for a place as `call`, which `stop` cancels until then."""
        self._calls[record_id] = call

    def hold(self, record_id: str, claim: Claim) -> None:
        """Keep the claim on that record's task until the record has ended."""
        self._claims[record_id] = claim

    def join(self, record: Record, blobs: Mapping[PictureFacts, bytes]) -> bool:
        """Add the next step of a chain, on disk first; False if the chain was stopped."""
        with self._joining:
            if self._stopping.is_set():
                return False
            self._notebook.save(record, blobs)
            self._records[record.id] = record
            self._ahead -= 1
        self._tell()
        return True

    def break_off(self, error: VolceditError | None = None) -> None:
        """Begin no further step of a chain."""
        self.broken_off = error
        self._ahead = 0
        if self.finished:
            self._tell_end()
        self._tell()

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
                self.end(replace(self._records[record_id], state=State.STOPPED))
        self._stopped = True
        if self.finished:  # between two steps: no call is under way that would tell
            self._tell_end()
        self._tell()

    def leave(self) -> None:
        """Stop waiting: what is still under way goes on without this process."""
        for record_id in list(self._claims):
            self._let_go(record_id)
        self._tell_end()

    # ── what happens to a record ─────────────────────────────────────────────────────────────

    def note_sent(self, record_id: str, sent_at: str, size_bytes: int) -> None:
        """That edit is about to be sent. Raises `HistoryError`: then it must not be."""
        sent = replace(
            self._records[record_id], state=State.SENT, sent_at=sent_at, sent_bytes=size_bytes
        )
        self.save(sent)

    def note_task(self, record_id: str, task_id: str) -> None:
        """The service has taken that edit as a task; if the disk is full it is still paid for."""
        self._write(replace(self._records[record_id], state=State.TASK, task_id=task_id))

    def note_resumed(self, record_id: str) -> None:
        """A task of an earlier process is polled again."""
        self._write(replace(self._records[record_id], state=State.TASK, failure=None))

    def note_wait(self, record_id: str, wait: Wait | None) -> None:
        """A pause before a retry begins, or with None ends."""
        if wait is None:
            self._waits.pop(record_id, None)
        else:
            self._waits[record_id] = wait
        self._tell()

    def note_poll(self, record_id: str, poll: Poll) -> None:
        """That task was polled; a new state goes to disk."""
        self._polls[record_id] = poll
        record = self._records[record_id]
        if record.task_state == poll.state:
            self._tell()
        else:
            self._write(replace(record, task_state=poll.state))

    def forget_task(self, record_id: str) -> None:
        """That record's task has failed, and the edit is about to be sent again."""
        self._polls.pop(record_id, None)
        record = self._records[record_id]
        self._write(replace(record, state=State.SENT, task_id=None, task_state=""))

    def save(self, record: Record, blobs: Mapping[PictureFacts, bytes] = {}) -> None:
        """Write `record` to disk, and only then show it. Raises `HistoryError`."""
        self._notebook.save(record, blobs)
        self._show(record)

    def end(self, record: Record) -> None:
        """Write `record` and show it even if the disk fails, since someone may wait for it."""
        self._write(record)

    # ── inside ───────────────────────────────────────────────────────────────────────────────

    def _write(self, record: Record) -> None:
        """Same as `save`, but shown even if the disk fails: it is paid for and goes on."""
        try:
            self._notebook.save(record)
        except HistoryError as error:
            _logger.error("record %s (%s) is not on disk: %s", record.id, record.state, error)
        self._show(record)

    def _let_go(self, record_id: str) -> None:
        """Others may work on that record's task from now on."""
        if claim := self._claims.pop(record_id, None):
            claim.release()

    def _show(self, record: Record) -> None:
        self._waits.pop(record.id, None)
        self._records[record.id] = record
        if not record.state.is_under_way:
            self._let_go(record.id)
        if self.finished:
            self._tell_end()
        self._tell()

    def _tell_end(self) -> None:
        with suppress(InvalidStateError):  # the last two may end at the same moment
            self._end.set_result(None)

    def _tell(self) -> None:
        try:
            self.on_change()
        except Exception:  # the page may be gone; what is paid for goes on
            _logger.exception("a run's progress could not be shown")
