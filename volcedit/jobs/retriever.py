"""Fetches pictures that are paid for but missing: tasks of an earlier process, failed downloads."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from volcedit.config import Settings
from volcedit.errors import (
    AnswerError,
    DownloadError,
    HistoryError,
    TaskPendingError,
)
from volcedit.jobs.accounts import Accounts, was_sent_to
from volcedit.jobs.outcomes import (
    Measurer,
    has_no_picture,
    with_failure,
    with_link,
    with_result,
    without_link,
)
from volcedit.jobs.places import FairPlaces
from volcedit.jobs.run import Run
from volcedit.jobs.runner import Runner
from volcedit.jobs.under_way import UnderWay
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.records import Record
from volcedit.notebook.room import Room
from volcedit.service.transport import longest_call_s
from volcedit.service.wire import TASK_LIFETIME_S
from volcedit.types import EditResult, PictureFacts, State, Words

TASKS_AT_ONCE = 8
"""How many tasks of an earlier process are polled at once. Polling is free, so it needs no slot."""

_logger = logging.getLogger(__name__)


class Retriever:
    """Recovers pictures after a restart or a network failure."""

    def __init__(
        self,
        accounts: Accounts,
        history: History,
        under_way: UnderWay,
        runner: Runner,
        measurer: Measurer,
        room: Room,
        now: Callable[[], datetime],
    ) -> None:
        self._accounts = accounts
        self._history = history
        self._under_way = under_way
        self._runner = runner
        self._measurer = measurer
        self._room = room
        self._now = now
        self._tasks = FairPlaces(TASKS_AT_ONCE)

    # ── tasks of an earlier process ──────────────────────────────────────────────────────────

    def resume(self, on_change: Callable[[], None]) -> int:
        """Start polling every task of the last 12 hours that no process polls; return how many.

        Polling continues in the background, with one run per record. A task that used a visitor's
        own key waits for `fetch_again`, because that key is not stored.
        """
        resumed = 0
        # Twice as long, since records are filed by creation time and may have waited for a slot.
        since = self._now() - timedelta(seconds=2 * TASK_LIFETIME_S)
        for notebook in self._history.notebooks():
            try:
                records = filter(self._is_left, notebook.since(since))
                resumed += sum(self._resume(notebook, record.id, on_change) for record in records)
            except HistoryError as error:  # one visitor's error must not block the others' tasks
                _logger.error("could not resume the tasks of a notebook: %s", error)
        return resumed

    def close(self, timeout_s: float) -> None:
        """Wait until polling has stopped, for at most `timeout_s`.

        Unfinished tasks are resumed at the next start.
        """
        self._tasks.shutdown(timeout_s)

    def _is_left(self, record: Record) -> bool:
        """Whether this is a task of the app's own account that may still return a picture."""
        pending = record.failure is not None and record.failure.kind == TaskPendingError.kind
        return (
            (record.state == State.TASK or pending)
            and self._lives(record)
            and not record.imported
            and not record.own_key
            and was_sent_to(record, self._accounts.settings)
        )

    def _lives(self, record: Record) -> bool:
        """Whether the service still keeps this record's task."""
        return bool(record.task_id) and self._age_s(record) < TASK_LIFETIME_S

    def _age_s(self, record: Record) -> float:
        return (self._now() - datetime.fromisoformat(record.sent_at or record.time)).total_seconds()

    def _resume(self, notebook: Notebook, record_id: str, on_change: Callable[[], None]) -> bool:
        claim = self._history.claim(record_id)
        if claim is None:
            return False
        try:
            record = notebook.get(record_id)  # the previous holder may have finished it
            left = self._is_left(record)
        except HistoryError:
            left = False  # deleted meanwhile
        if not left:
            claim.release()
            return False
        run = Run(notebook, [record], on_change, takes_places=False)
        run.hold(record_id, claim)
        self._under_way.add(run)
        run.note_resumed(record_id)
        self._tasks.submit(run.visitor, partial(self._retrieve, run, record))
        return True

    def _retrieve(self, run: Run, record: Record) -> None:
        await_task = partial(self._await_task, run, record.id)
        with self._room.reserved(is_paid=True):
            self._runner.write_down(run, record.id, await_task, self._age_s(record))

    def _await_task(self, run: Run, record_id: str) -> EditResult:
        record = run.record(record_id)
        return self._accounts.client.await_task(
            record.recipe.request_without_photo(),
            record.task_id or "",
            on_poll=lambda poll: run.note_poll(record_id, poll),
            stop=self._under_way.closing,
        )

    # ── missing pictures ─────────────────────────────────────────────────────────────────────

    def can_fetch_again(self, record: Record) -> bool:
        """Whether `fetch_again` may still get the picture of this record.

        True until its link and its task expire, unless the service refused the edit or no longer
        has the task.
        """
        if record.state == State.DONE or record.imported:
            return False
        if record.id in self._under_way.record_ids:
            return False
        return self._has_link(record) or (
            self._lives(record)
            and (record.state == State.FAILED or self.is_interrupted(record))
            and not has_no_picture(record.failure)
        )

    def _has_link(self, record: Record) -> bool:
        until = record.picture_url_expires
        return until is not None and self._now() < datetime.fromisoformat(until)

    def fetch_again(self, notebook: Notebook, record_id: str, settings: Settings | None) -> Record:
        """See `Workbench.fetch_again`."""
        if not self.can_fetch_again(notebook.get(record_id)):
            raise DownloadError(_NOTHING_TO_FETCH)
        claim = self._history.claim(record_id)
        if claim is None:
            raise DownloadError(_NOTHING_TO_FETCH)
        with claim, self._under_way.fetching(record_id):
            record = notebook.get(record_id)  # the previous holder may have finished it
            if record.state == State.DONE:
                return record
            return self._fetch(notebook, record, settings or self._accounts.settings)

    def _fetch(self, notebook: Notebook, record: Record, settings: Settings) -> Record:
        if self._has_link(record):
            try:
                client = self._accounts.client_of_link(record, settings)
                picture, facts = client.fetch_picture(record.picture_url)
            except DownloadError:
                if not self._lives(record):  # otherwise its task returns a new link
                    raise
            else:
                fetched = without_link(
                    replace(record, state=State.DONE, picture=facts, failure=None)
                )
                return self._save(notebook, fetched, facts, picture)
        client = self._accounts.client_of_task(record, settings)
        try:
            result = client.await_task(
                record.recipe.request_without_photo(), record.task_id or "", deadline_s=0
            )
        except (AnswerError, DownloadError) as error:
            failed = with_link(with_failure(record, error, self._age_s(record)), self._now())
            if failed.picture_url or has_no_picture(failed.failure):
                notebook.save(failed)
            raise
        done = without_link(with_result(record, result, self._age_s(record)))
        return self._save(notebook, done, result.facts, result.picture)

    def _save(
        self, notebook: Notebook, done: Record, facts: PictureFacts, picture: bytes
    ) -> Record:
        done = self._measurer.with_verdict(notebook, done, picture)
        notebook.save(done, {facts: picture})
        self._measurer.measure_later(notebook, done)
        return done

    def is_interrupted(self, record: Record) -> bool:
        """Whether this call was abandoned, for example by a crash.

        Another replica may be working on it, so this is True only after the longest time that a
        call can take. For a task, the claim tells: the process that polls a task holds one.
        """
        if not record.state.is_under_way or record.id in self._under_way.record_ids:
            return False
        if record.imported:
            return True
        if record.state == State.TASK:
            return not self._history.is_claimed(record.id)
        age_s = (self._now() - datetime.fromisoformat(record.time)).total_seconds()
        settings = self._accounts.settings
        return age_s > longest_call_s(settings.max_attempts, settings.timeout_s)


_NOTHING_TO_FETCH = Words(
    "There is nothing to fetch for this edit: its link or task has expired, or it is already "
    "being fetched. Send it again if you still want it."
)
