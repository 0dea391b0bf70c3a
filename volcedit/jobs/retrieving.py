"""What was paid for and is not here: tasks of an earlier life, pictures that did not arrive."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from volcedit.config import Settings
from volcedit.errors import (
    AnswerError,
    DownloadError,
    HistoryError,
    TaskPendingError,
)
from volcedit.jobs.engine import Engine, is_same_account
from volcedit.jobs.outcomes import (
    has_no_picture,
    with_failure,
    with_result,
    with_verdict,
    without_link,
)
from volcedit.jobs.run import Run
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import Record
from volcedit.service.client import Client
from volcedit.service.transport import longest_call_s
from volcedit.service.wire import (
    TASK_LIFETIME_S,
)
from volcedit.types import (
    PictureFacts,
    State,
    Words,
)

_logger = logging.getLogger(__name__)


class Retrieving(Engine):
    """Brings back what an earlier life, or a bad network, has left behind."""

    # ── tasks of an earlier life ─────────────────────────────────────────────────────────────

    def resume(self, on_change: Callable[[], None] = lambda: None) -> int:
        """Take up every task of the last 12 hours that nobody asks after any more.

        Called at the start, for all notebooks; returns how many there are, which then end in the
        background. `on_change` is called as in `start`. A task of a visitor's own key waits for
        `fetch_again`, since that key is nowhere.
        """
        taken = 0
        # It may have waited for a place for as long again before it was sent.
        since = self._now() - timedelta(seconds=2 * TASK_LIFETIME_S)
        for notebook in self._history.notebooks():
            try:
                records = filter(self._is_left, notebook.since(since))
                taken += sum(self._take_up(notebook, record.id, on_change) for record in records)
            except HistoryError as error:  # of one visitor; the others' tasks are paid for, too
                _logger.error("the tasks of a notebook are left: %s", error)
        return taken

    def _is_left(self, record: Record) -> bool:
        """Is this a task that may still bring its picture to this app's own account?"""
        pending = record.failure is not None and record.failure.kind == TaskPendingError.kind
        return (
            (record.state == State.TASK or pending)
            and self._lives(record)
            and not record.imported
            and not record.own_key
            and _was_sent_to(record, self.settings)
        )

    def _lives(self, record: Record) -> bool:
        """Does the service still keep this record's task?"""
        return bool(record.task_id) and self._age_s(record) < TASK_LIFETIME_S

    def _age_s(self, record: Record) -> float:
        return (self._now() - datetime.fromisoformat(record.sent_at or record.time)).total_seconds()

    def _take_up(self, notebook: Notebook, record_id: str, on_change: Callable[[], None]) -> bool:
        claim = self._history.claim(record_id)
        if claim is None:
            return False
        try:
            record = notebook.get(record_id)  # whoever had the claim may have ended it
            left = self._is_left(record)
        except HistoryError:
            left = False  # deleted meanwhile
        if not left:
            claim.release()
            return False
        run = Run(notebook, [record], on_change, takes_places=False)
        run._claims[record_id] = claim
        self._runs.add(run)
        run._end.add_done_callback(lambda _: self._runs.discard(run))
        run._save_end(replace(record, state=State.TASK, failure=None))
        self._tasks.submit(
            self._write_down,
            run,
            record_id,
            lambda: self._await_task(run, record_id),
            self._age_s(record),
        )
        return True

    # ── what is paid for and not here ────────────────────────────────────────────────────────

    def can_fetch_again(self, record: Record) -> bool:
        """May `fetch_again` still bring the picture of this record?

        While its address lives, or its task; one that the service refused or has lost has none.
        """
        if record.state == State.DONE or record.imported or record.id in self._under_way():
            return False
        return self._has_link(record) or (
            self._lives(record)
            and (record.state == State.FAILED or self.is_interrupted(record))
            and not has_no_picture(record.failure)
        )

    def _has_link(self, record: Record) -> bool:
        until = record.picture_url_expires
        return until is not None and self._now() < datetime.fromisoformat(until)

    def fetch_again(
        self, notebook: Notebook, record_id: str, *, settings: Settings | None = None
    ) -> Record:
        """The record with its picture, fetched from its address or by asking once after its task.

        Nothing is sent that could be charged. `settings` are those of the visitor, for a task of
        their own key. Raises `DownloadError` when there is nothing to fetch (any more),
        `TaskPendingError` while the task is under way, and else why it did not work; the record
        then stays as it is, unless its task has ended without a picture.
        """
        if not self.can_fetch_again(notebook.get(record_id)):
            raise DownloadError(_NOTHING_TO_FETCH)
        claim = self._history.claim(record_id)
        if claim is None:
            raise DownloadError(_NOTHING_TO_FETCH)
        with claim:
            self._fetching.add(record_id)
            try:
                record = notebook.get(record_id)  # whoever had the claim may have ended it
                if record.state == State.DONE:
                    return record
                return self._fetch(notebook, record, settings or self.settings)
            finally:
                self._fetching.discard(record_id)

    def _fetch(self, notebook: Notebook, record: Record, settings: Settings) -> Record:
        if self._has_link(record):
            try:
                # A key is never sent there, so it does not matter whose it is; but it may lie at
                # a visitor's own gateway, from which nobody else's client fetches.
                own = record.own_key and _was_sent_to(record, settings)
                client = Client.from_settings(settings) if own else self._client
                picture, facts = client.fetch_picture(record.picture_url)
            except DownloadError:
                if not self._lives(record):  # a task gives out a new address
                    raise
            else:
                fetched = without_link(
                    replace(record, state=State.DONE, picture=facts, failure=None)
                )
                return self._save_fetched(notebook, fetched, facts, picture)
        client = self._client_for(record, settings)
        try:
            result = client.await_task(
                record.recipe.request_without_photo(), record.task_id, deadline_s=0
            )
        except (AnswerError, DownloadError) as error:
            failed = self._with_link(with_failure(record, error, self._age_s(record)))
            if failed.picture_url or has_no_picture(failed.failure):
                notebook.save(failed)
            raise
        done = without_link(with_result(record, result, self._age_s(record)))
        return self._save_fetched(notebook, done, result.facts, result.picture)

    def _save_fetched(
        self, notebook: Notebook, done: Record, facts: PictureFacts, picture: bytes
    ) -> Record:
        done = with_verdict(notebook, done, picture)
        notebook.save(done, {facts: picture})
        self._measure_later(notebook, done.id)
        return done

    def _client_for(self, record: Record, settings: Settings) -> Client:
        """A client with the key that this record's task was submitted with, as far as is known."""
        if not record.own_key:
            settings = self.settings
        if record.own_key == is_same_account(settings, self.settings):
            raise DownloadError(_ANOTHER_KEY)
        if not _was_sent_to(record, settings):
            raise DownloadError(_ANOTHER_KEY)
        return Client.from_settings(settings) if record.own_key else self._client

    def is_interrupted(self, record: Record) -> bool:
        """Is this the trace of a call that nobody carries on, as after a crash?

        Another replica may be at it, so only after the time that a call can take at most. Who is at
        a task has claimed it.
        """
        if not record.state.is_under_way or record.id in self._under_way():
            return False
        if record.imported:
            return True
        if record.state == State.TASK:
            return not self._history.is_claimed(record.id)
        age_s = (self._now() - datetime.fromisoformat(record.time)).total_seconds()
        return age_s > longest_call_s(self.settings.max_attempts, self.settings.timeout_s)


def _was_sent_to(record: Record, settings: Settings) -> bool:
    return (record.recipe.provider, record.recipe.host) == (settings.provider, settings.host)


_NOTHING_TO_FETCH = Words(
    "There is nothing to fetch for this edit: its address or its task has expired, or it is being "
    "fetched. Send it again if you still want it.",
    "此次编辑没有可获取的内容：其地址或任务已过期，或正在获取中。如仍需要，请重新发送。",
)
_ANOTHER_KEY = Words(
    "This task belongs to another key or another service than the one in use. Type the key again "
    "that it was submitted with, then fetch it.",
    "此任务属于另一个密钥或另一项服务。请重新输入提交时使用的密钥，然后再获取。",
)
