"""Runs edits. Each record is saved before its edit is sent, and before its picture is shown."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from volcedit.config import Settings
from volcedit.errors import HistoryError, StoppedError, VolceditError
from volcedit.jobs.accounts import Accounts
from volcedit.jobs.budget import Budget, Charge, Payer
from volcedit.jobs.outcomes import (
    BROKE,
    Measurer,
    log_edit,
    with_failure,
    with_link,
    with_result,
)
from volcedit.jobs.places import Places
from volcedit.jobs.run import Run
from volcedit.jobs.under_way import UnderWay
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Failure, Record, new_id
from volcedit.notebook.room import Room
from volcedit.service.client import Client
from volcedit.service.codes import TOO_MANY_AT_ONCE
from volcedit.service.transport import Wait
from volcedit.types import EditRequest, EditResult, Photo, State, Words

CarryOut = Callable[[Run, Record, EditRequest], None]
"""The work of one slot: `Runner.carry_out` with a client, possibly followed by more."""

_logger = logging.getLogger(__name__)


class Runner:
    """Runs edits, limited by the slots of `Places`, and records their outcomes.

    Used by `Workbench.start`, by `Replayer`, and by `Retriever` for the results of tasks.
    """

    def __init__(
        self,
        accounts: Accounts,
        history: History,
        places: Places,
        under_way: UnderWay,
        measurer: Measurer,
        room: Room,
        budget: Budget,
        now: Callable[[], datetime],
    ) -> None:
        self._accounts = accounts
        self._history = history
        self._places = places
        self._under_way = under_way
        self._measurer = measurer
        self._room = room
        self._budget = budget
        self._now = now

    def new_record(self, request: EditRequest, settings: Settings, parent: str | None) -> Record:
        """A new, queued record for `request`, to be sent with `settings`."""
        now = self._now()
        recipe = Recipe.of(request, settings.provider, settings.host, settings.mode)
        own_key = not self._accounts.is_own(settings)
        return Record(
            new_id(now), now.isoformat(), recipe, State.QUEUED, parent=parent, own_key=own_key
        )

    def start(
        self,
        notebook: Notebook,
        records: list[Record],
        requests: list[EditRequest],
        carry_out: CarryOut,
        on_change: Callable[[], None],
        *,
        steps: int | None = None,
        payer: Payer | None = None,
    ) -> Run:
        """Save `records` and queue their `requests`, one for each record, all with the same photo.

        `steps` is how many records a chain will have. Raises `ParameterError` if the notebook has
        too many unfinished edits, `HistoryError`, also if there is no room for a picture, or
        `StoppedError` if the app is closing. Nothing was started then.
        """
        run = Run(notebook, records, on_change, self._places.wake, steps=steps, payer=payer)
        photo = requests[0].photo
        self._room.check(len(photo.data) if isinstance(photo, Photo) else 0)
        blobs = {photo.facts: photo.data} if isinstance(photo, Photo) else {}
        self._under_way.admit(run)  # before saving, which protects the records from deletion
        try:
            for record in records:
                notebook.save(record, blobs)
        except HistoryError:
            self._under_way.discard(run)
            with suppress(HistoryError):
                notebook.delete(record.id for record in records)
            raise
        for record, request in zip(records, requests, strict=True):
            self.queue(run, record, request, carry_out)
        return run

    def queue(self, run: Run, record: Record, request: EditRequest, carry_out: CarryOut) -> None:
        """Queue one edit of `run`, whose record is already saved, until a slot is free."""
        call = partial(carry_out, run, record, request)
        run.begin(record.id, self._places.submit(run.visitor, call))

    def carry_out(self, run: Run, record: Record, request: EditRequest, *, client: Client) -> None:
        """Send `request` and record the outcome. Runs in a slot."""
        closing = self._under_way.closing
        is_free = record.own_key or record.recipe.provider.is_free
        charge = Charge(None if is_free else self._budget, run.payer)
        dispatch = _Dispatch(
            run, record, request, client, self._history, self._places, charge, self._now, closing
        )
        with ExitStack() as until_kept:

            def send() -> EditResult:
                until_kept.enter_context(self._room.reserved())
                return dispatch.carry_out()

            self.write_down(run, record.id, send)

    def write_down(
        self, run: Run, record_id: str, make: Callable[[], EditResult], earlier_s: float = 0.0
    ) -> None:
        """Record the picture that `make` returns, or the failure.

        `earlier_s` is the time that the edit had already been running.
        """
        started = time.monotonic() - earlier_s
        try:
            try:
                result = make()
            except StoppedError:
                record = run.record(record_id)
                if record.state == State.TASK:  # left unchanged; the next start resumes it
                    run.leave(record_id)
                else:
                    run.end(replace(record, state=State.STOPPED))
            except VolceditError as error:
                took_s = time.monotonic() - started
                failed = with_failure(run.record(record_id), error, took_s)
                run.end(with_link(failed, self._now()))
            else:
                took_s = time.monotonic() - started
                self._keep(run, with_result(run.record(record_id), result, took_s), result)
        except Exception:
            _logger.exception("edit %s crashed", record_id)
            broke = Failure.of(VolceditError(BROKE))
            run.end(replace(run.record(record_id), state=State.FAILED, failure=broke))
        log_edit(run.notebook, run.record(record_id), self._accounts.settings)

    def _keep(self, run: Run, done: Record, result: EditResult) -> None:
        blobs = {result.facts: result.picture}
        try:
            if done.replay_of is not None:
                # The picture is paid for, so save it before comparing, which takes time and memory.
                # Show it only afterwards: whoever waits for a repeat waits for its verdict.
                run.save(done, blobs, is_shown=False)
                done = self._measurer.with_verdict(run.notebook, done, result.picture)
            run.save(done, blobs)
        except HistoryError as error:
            self._room.note_failure(len(result.picture))
            run.notebook.hold(done.id, result.facts, result.picture)
            # The response is small, and it has the link if the picture was delivered as one.
            failure = Failure.of(HistoryError(_UNKEPT + error.words))
            failed = replace(done, state=State.FAILED, picture=None, failure=failure)
            run.end(with_link(failed, self._now()))
        else:
            self._measurer.measure_later(run.notebook, done)


@dataclass(frozen=True)
class _Dispatch:
    """Sends one edit, in a slot, and reports every step to its run."""

    run: Run
    record: Record
    """The record when it was queued; `run.record` returns the current one."""
    request: EditRequest
    client: Client
    history: History
    places: Places
    charge: Charge
    now: Callable[[], datetime]
    closing: threading.Event

    def carry_out(self) -> EditResult:
        """Send the edit and return its result. Raises `VolceditError`."""
        try:
            result = self._send_as_task() if self.record.recipe.mode == "async" else self._send()
        except VolceditError as error:
            self.charge.close(error)
            self._adapt_limit(error)
            raise
        self._adapt_limit(None)
        return result

    def _send(self) -> EditResult:
        return self.client.send(
            self.request, on_send=self._note_sent, on_wait=self._give_way, stop=self.run.stopping
        )

    def _send_as_task(self) -> EditResult:
        record_id = self.record.id
        if claim := self.history.claim(record_id):
            self.run.hold(record_id, claim)
        return self.client.edit_as_task(
            self.request,
            on_send=self._note_sent,
            on_wait=self._give_way,
            on_task=self._note_task,
            on_poll=lambda poll: self.run.note_poll(record_id, poll),
            stop=self.run.stopping,
            leave=self.closing,
        )

    def _note_sent(self, size_bytes: int) -> None:
        self.charge.reserve()
        self.run.note_sent(self.record.id, self.now().isoformat(), size_bytes)

    def _note_task(self, task_id: str) -> None:
        self.charge.note_sent()
        self.run.note_task(self.record.id, task_id)

    def _give_way(self, wait: Wait | None) -> None:
        """Give the slot to other calls during a pause before a retry."""
        run, record_id = self.run, self.record.id
        if wait is not None and run.record(record_id).state == State.TASK:
            run.forget_task(record_id)  # it has failed, so there is nothing left to poll
        run.note_wait(record_id, wait)
        if wait is None:
            self.places.come_back(run.visitor, run.stopping)
        else:
            self.charge.note_failure(wait.error)
            self._adapt_limit(wait.error)
            self.places.pause(run.visitor)

    def _adapt_limit(self, error: VolceditError | None) -> None:
        """Adapt the limit to the outcome, unless it is a visitor's account, with its own limit."""
        if self.record.own_key:
            return
        if error is None:
            self.places.recover()
        elif error.code == TOO_MANY_AT_ONCE:
            self.places.lower()


_UNKEPT = Words("The picture arrived but could not be saved, so it is not in your history.")
