"""A run: the variations of one click on Run, or the steps of a chain.

Records are written to disk before they are shown.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, replace

from volcedit.errors import AnswerLostError, HistoryError, StoppedError, VolceditError
from volcedit.jobs.budget import Payer
from volcedit.notebook.claims import Claim
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import Failure, Record
from volcedit.notebook.shelves.keyed_locks import KeyedLocks
from volcedit.service.client import Poll
from volcedit.service.transport import STOPPED, Wait
from volcedit.types import PictureFacts, State, Words

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """A run at one moment, whose parts fit together."""

    records: list[Record]
    """In the order of their seeds."""
    waits: Mapping[str, Wait]
    """The pauses before retries, by record id."""
    polls: Mapping[str, Poll]
    """The latest poll of each task, by record id."""
    planned: int
    """How many records it has if nothing goes wrong."""
    finished: bool
    """Whether every variation has ended and no steps remain."""
    stopped: bool
    broken_off: VolceditError | None
    """Why a chain ended early although its last step succeeded."""


class Run:
    """The variations of one click on Run, whose records change while the calls are running.

    Or the steps of a chain: then a record is added once the picture it starts from is ready. Any
    thread may read or stop a run; each record is written by one thread at a time.
    """

    def __init__(
        self,
        notebook: Notebook,
        records: list[Record],
        on_change: Callable[[], None],
        on_stop: Callable[[], None] = lambda: None,
        steps: int | None = None,
        takes_places: bool = True,
        payer: Payer | None = None,
    ) -> None:
        """`steps` is how many records a chain will have, including the given ones."""
        self.on_change = on_change
        """Called, from any thread, whenever there is something new to show."""
        self.planned = steps or len(records)
        """How many records it has if nothing goes wrong."""
        self.takes_places = takes_places
        """Counts against a notebook's limit of concurrent edits. False when resuming a task."""
        self.is_chain = steps is not None
        self.broken_off: VolceditError | None = None
        """Why a chain ended early although its last step succeeded."""
        self._payer = payer
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
        """The number of steps that have not started."""
        self._joining = threading.Lock()
        self._writing = KeyedLocks()
        self._left: set[str] = set()
        """Tasks that continue without this process, by record id."""
        self._settled: set[str] = set()
        """Records whose end has been written, though it may not be shown yet."""
        self._given_up: set[str] = set()
        """Records to which nothing is written any more."""
        self._end: Future[None] = Future()

    # ── status ───────────────────────────────────────────────────────────────────────────────

    @property
    def notebook(self) -> Notebook:
        """Where its records are stored."""
        return self._notebook

    @property
    def visitor(self) -> str:
        """Whose turn it is when `Places` lets one of these calls go.

        The only place that says who counts as one visitor; today, whoever opens this notebook.
        """
        return self._notebook.name

    @property
    def payer(self) -> Payer:
        """Whom its edits count for, if the owner pays."""
        return self._payer or Payer(self._notebook.name)

    @property
    def records(self) -> list[Record]:
        """The current records, in the order of their seeds."""
        return list(self._records.values())

    def record(self, record_id: str) -> Record:
        """The current version of this record."""
        return self._records[record_id]

    @property
    def waits(self) -> dict[str, Wait]:
        """The current pauses before retries, by record id."""
        return dict(self._waits)

    @property
    def polls(self) -> dict[str, Poll]:
        """The latest poll of each task, by record id."""
        return dict(self._polls)

    def snapshot(self) -> Snapshot:
        """What to show of it now."""
        # The records last: those of a run that has ended no longer change.
        finished, stopped, broken_off = self.finished, self._stopped, self.broken_off
        return Snapshot(
            self.records, self.waits, self.polls, self.planned, finished, stopped, broken_off
        )

    @property
    def stopping(self) -> threading.Event:
        """Set when nothing more may be sent."""
        return self._stopping

    @property
    def stopped(self) -> bool:
        """Whether `stop` has completed. Calls already sent may still be running."""
        return self._stopped

    @property
    def finished(self) -> bool:
        """Whether every variation has ended and no steps remain."""
        return not self._ahead and all(
            not record.state.is_under_way or record.id in self._left for record in self.records
        )

    async def ended(self) -> None:
        """Wait until every variation has ended. Cancelling the wait does not cancel them."""
        await asyncio.wait([asyncio.wrap_future(self._end)])

    def when_ended(self, then: Callable[[], None]) -> None:
        """Call `then` when every variation has ended; immediately if they already have."""
        self._end.add_done_callback(lambda _: then())

    # ── start and stop ───────────────────────────────────────────────────────────────────────

    def begin(self, record_id: str, call: Future[None]) -> None:
        """Register the queued `call` of this record. `stop` cancels it if it has not started."""
        self._calls[record_id] = call

    def hold(self, record_id: str, claim: Claim) -> None:
        """Hold the claim on this record's task until the record has ended."""
        self._claims[record_id] = claim

    def join(self, record: Record, blobs: Mapping[PictureFacts, bytes]) -> bool:
        """Save and add the next step of a chain. Returns False if the chain was stopped."""
        with self._joining:
            if self._stopping.is_set():
                return False
            self._notebook.save(record, blobs)
            self._records[record.id] = record
            self._ahead -= 1
        self._tell()
        return True

    def break_off(self, error: VolceditError | None = None) -> None:
        """End a chain early: start no further steps."""
        self.broken_off = error
        self._ahead = 0
        if self.finished:
            self._tell_end()
        self._tell()

    def stop(self) -> None:
        """Start nothing more. Calls already sent continue, and their results are kept."""
        with self._joining:
            self._stopping.set()
            self._ahead = 0
        self._on_stop()
        for record_id in list(self._calls):
            # Removed, so that a second stop does not restore a record deleted in between.
            call = self._calls.pop(record_id, None)
            if call is not None and call.cancel():
                self.end(replace(self._records[record_id], state=State.STOPPED))
        self._stopped = True
        if self.finished:  # between two steps there is no call that would report the end
            self._tell_end()
        self._tell()

    def leave(self, record_id: str) -> None:
        """Stop waiting for this task and release its claim: it continues without this process."""
        self._left.add(record_id)
        self._let_go(record_id)
        if self.finished:
            self._tell_end()
        self._tell()

    def give_up(self) -> list[Record]:
        """Stop waiting for everything, because the process is about to exit.

        A call without a response is recorded as lost, since it may have been charged. A task is
        left as it is. Whatever arrives later is not written. Returns the records that this ended.
        """
        ended = []
        for record_id in list(self._records):
            with self._writing.hold(record_id):
                self._given_up.add(record_id)
                is_waiting = record_id in self._waits
                record = _given_up(self._records[record_id], is_waiting=is_waiting)
                if record_id not in self._settled and not record.state.is_under_way:
                    self._write_anyway(record)
                    self._records[record_id] = record
                    ended.append(record)
            self.leave(record_id)
        return ended

    # ── updates ──────────────────────────────────────────────────────────────────────────────

    def note_sent(self, record_id: str, sent_at: str, size_bytes: int) -> None:
        """Record that the edit is about to be sent. If this raises, do not send.

        Raises `HistoryError`, or `StoppedError` if the run was stopped meanwhile.
        """
        sent = replace(
            self._records[record_id], state=State.SENT, sent_at=sent_at, sent_bytes=size_bytes
        )
        self.save(sent)
        if self._stopping.is_set():
            raise StoppedError(STOPPED)

    def note_task(self, record_id: str, task_id: str) -> None:
        """Record the task's id. Continues if the disk is full, since the task is paid for."""
        self._save_anyway(replace(self._records[record_id], state=State.TASK, task_id=task_id))

    def note_resumed(self, record_id: str) -> None:
        """Record that a task of an earlier process is being polled again."""
        self._save_anyway(replace(self._records[record_id], state=State.TASK, failure=None))

    def note_wait(self, record_id: str, wait: Wait | None) -> None:
        """Record that a pause before a retry starts, or with None that it ends."""
        if wait is None:
            self._waits.pop(record_id, None)
        else:
            self._waits[record_id] = wait
        self._tell()

    def note_poll(self, record_id: str, poll: Poll) -> None:
        """Record a poll. Only a new state is written to disk."""
        self._polls[record_id] = poll
        record = self._records[record_id]
        if record.task_state == poll.state:
            self._tell()
        else:
            self._save_anyway(replace(record, task_state=poll.state))

    def forget_task(self, record_id: str) -> None:
        """Clear the failed task of this record, because the edit is about to be sent again."""
        self._polls.pop(record_id, None)
        record = self._records[record_id]
        self._save_anyway(replace(record, state=State.SENT, task_id=None, task_state=""))

    def save(
        self, record: Record, blobs: Mapping[PictureFacts, bytes] = {}, *, is_shown: bool = True
    ) -> None:
        """Write `record` to disk, then show it. Raises `HistoryError`."""
        with self._writing.hold(record.id):
            if record.id in self._given_up:
                return
            self._write(record, blobs)
        if is_shown:
            self._show(record)

    def end(self, record: Record) -> None:
        """Write the final `record`, and show it even if the disk fails: someone may wait for it."""
        self._save_anyway(record)

    # ── internals ────────────────────────────────────────────────────────────────────────────

    def _save_anyway(self, record: Record) -> None:
        """Same as `save`, but shows the record even if the disk fails, since it is paid for."""
        with self._writing.hold(record.id):
            if record.id in self._given_up:
                return
            self._write_anyway(record)
        self._show(record)

    def _write_anyway(self, record: Record) -> None:
        try:
            self._write(record)
        except HistoryError as error:
            _logger.error("could not save record %s (%s): %s", record.id, record.state, error)

    def _write(self, record: Record, blobs: Mapping[PictureFacts, bytes] = {}) -> None:
        """Write `record`. The caller holds the record's lock. Raises `HistoryError`."""
        self._notebook.save(record, blobs)
        if not record.state.is_under_way:
            self._settled.add(record.id)

    def _let_go(self, record_id: str) -> None:
        """Release the claim, so that another process may work on this record's task."""
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
        with suppress(InvalidStateError):  # the last two records may end at the same time
            self._end.set_result(None)

    def _tell(self) -> None:
        try:
            self.on_change()
        except Exception:  # the page may be closed, but the calls are paid for and continue
            _logger.exception("could not show the progress of a run")


def _given_up(record: Record, *, is_waiting: bool) -> Record:
    """`record`, if nobody waits for its response. A task continues, so it stays as it is.

    `is_waiting` says whether it waits to be sent again, so that its last response has arrived.
    """
    if record.state == State.QUEUED or (record.state == State.SENT and is_waiting):
        return replace(record, state=State.STOPPED)
    if record.state == State.SENT:
        lost = Failure.of(AnswerLostError(_NOT_AWAITED))
        return replace(record, state=State.FAILED, failure=lost)
    return record


_NOT_AWAITED = Words(
    "The app was shut down before a response arrived. The edit may have been made and charged: "
    "check your bill before you run it again."
)
