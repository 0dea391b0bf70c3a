"""Edits carried out: on disk before they are sent, and again before their picture is shown."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from volcedit.config import Settings
from volcedit.errors import HistoryError, StoppedError, VolceditError
from volcedit.jobs.accounts import Accounts
from volcedit.jobs.outcomes import (
    BROKE,
    Measurer,
    with_failure,
    with_link,
    with_result,
    with_verdict,
)
from volcedit.jobs.places import Places
from volcedit.jobs.run import Run
from volcedit.jobs.under_way import UnderWay
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Failure, Record, new_id
from volcedit.service.client import Client
from volcedit.service.codes import TOO_MANY_AT_ONCE
from volcedit.service.transport import Wait
from volcedit.types import EditRequest, EditResult, Photo, State

CarryOut = Callable[[Run, Record, EditRequest], None]
"""What is done once there is a place: `Runner.carry_out` with its client, or more."""

_logger = logging.getLogger(__name__)


class Runner:
    """Carries edits out, as many at once as there are places, and writes down what comes of them.

    Used by `Workbench.start`, by `Replayer`, and by `Retriever` for what tasks bring.
    """

    def __init__(
        self,
        accounts: Accounts,
        history: History,
        places: Places,
        under_way: UnderWay,
        measurer: Measurer,
        now: Callable[[], datetime],
    ) -> None:
        self._accounts = accounts
        self._history = history
        self._places = places
        self._under_way = under_way
        self._measurer = measurer
        self._now = now

    def new_record(self, request: EditRequest, settings: Settings, parent: str | None) -> Record:
        """A record of `request`, asked for now, to be sent as `settings` say."""
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
    ) -> Run:
        """Put `records` on disk and queue their `requests`, one each, of one photo.

        `steps` is how many records a chain will have. Raises `ParameterError` if the notebook has
        too many edits under way, or `HistoryError`; then nothing was begun.
        """
        run = Run(notebook, records, on_change, self._places.wake, steps=steps)
        photo = requests[0].photo
        blobs = {photo.facts: photo.data} if isinstance(photo, Photo) else {}
        self._under_way.admit(run)  # before they are on disk: what is under way is not deleted
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
        """Carry out one edit of `run` once there is a place for it; its record is on disk."""
        call = partial(carry_out, run, record, request)
        run.begin(record.id, self._places.submit(run.visitor, call))

    def carry_out(self, run: Run, record: Record, request: EditRequest, *, client: Client) -> None:
        """Send `request` and write down what comes of it. Runs in a place."""
        closing = self._under_way.closing
        dispatch = _Dispatch(
            run, record, request, client, self._history, self._places, self._now, closing
        )
        self.write_down(run, record.id, dispatch.carry_out)

    def write_down(
        self, run: Run, record_id: str, make: Callable[[], EditResult], earlier_s: float = 0.0
    ) -> None:
        """Write down the picture that `make` returns, or why there is none.

        `earlier_s` is how long it was under way before.
        """
        started = time.monotonic() - earlier_s
        try:
            try:
                result = make()
            except StoppedError:
                record = run.record(record_id)
                if record.state == State.TASK:  # stays as it is: the next start resumes it
                    run.leave()
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
            _logger.exception("edit %s broke", record_id)
            broke = Failure.of(VolceditError(BROKE))
            run.end(replace(run.record(record_id), state=State.FAILED, failure=broke))

    def _keep(self, run: Run, done: Record, result: EditResult) -> None:
        blobs = {result.facts: result.picture}
        try:
            if done.replay_of is not None:
                # Paid for, so on disk before it is compared, which takes time and memory. It is
                # shown only then: whoever waits for the end of a repeat waits for its verdict.
                run.notebook.save(done, blobs)
                done = with_verdict(run.notebook, done, result.picture)
            run.save(done, blobs)
        except HistoryError as error:
            # The response is small, and holds the address of a picture that came as a link.
            failed = replace(done, state=State.FAILED, picture=None, failure=Failure.of(error))
            run.end(with_link(failed, self._now()))
        else:
            self._measurer.measure_later(run.notebook, done.id)


@dataclass(frozen=True)
class _Dispatch:
    """One edit on its way to the service, in a place; its run hears of every step."""

    run: Run
    record: Record
    """As it was when it was queued; `run.record` has how it stands."""
    request: EditRequest
    client: Client
    history: History
    places: Places
    now: Callable[[], datetime]
    closing: threading.Event

    def carry_out(self) -> EditResult:
        """The picture. Raises `VolceditError`."""
        try:
            result = self._send_as_task() if self.record.recipe.mode == "async" else self._send()
        except VolceditError as error:
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
            on_task=lambda task_id: self.run.note_task(record_id, task_id),
            on_poll=lambda poll: self.run.note_poll(record_id, poll),
            stop=self.run.stopping,
            leave=self.closing,
        )

    def _note_sent(self, size_bytes: int) -> None:
        self.run.note_sent(self.record.id, self.now().isoformat(), size_bytes)

    def _give_way(self, wait: Wait | None) -> None:
        """Leave the place to others during a pause before a retry."""
        run, record_id = self.run, self.record.id
        if wait is not None and run.record(record_id).state == State.TASK:
            run.forget_task(record_id)  # it has failed: there is nothing to poll any more
        run.note_wait(record_id, wait)
        if wait is None:
            self.places.come_back(run.visitor, run.stopping)
        else:
            self._adapt_limit(wait.error)
            self.places.pause(run.visitor)

    def _adapt_limit(self, error: VolceditError | None) -> None:
        """Let the limit follow what came of a call; other accounts say nothing of the app's own."""
        if self.record.own_key:
            return
        if error is None:
            self.places.recover()
        elif error.code == TOO_MANY_AT_ONCE:
            self.places.lower()
