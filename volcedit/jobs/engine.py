"""Edits carried out: on disk before they leave, and again before their picture is shown."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from volcedit.config import Settings
from volcedit.errors import (
    HistoryError,
    ParameterError,
    StoppedError,
    VolceditError,
)
from volcedit.jobs.outcomes import BROKE, with_failure, with_result, with_verdict
from volcedit.jobs.places import FirstComePlaces, Places
from volcedit.jobs.run import Run
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Failure, Record, new_id, utc_now
from volcedit.pictures.comparing import measure_touched
from volcedit.service.answers import (
    picture_sources,
)
from volcedit.service.client import Client
from volcedit.service.codes import TOO_MANY_AT_ONCE
from volcedit.service.transport import Wait
from volcedit.service.wire import (
    LINK_LIFETIME_S,
)
from volcedit.types import (
    EditRequest,
    EditResult,
    Photo,
    PhotoLink,
    State,
    Words,
)

UNDER_WAY_MAX = 32
"""How many edits of one notebook may wait or be under way: the places are everybody's."""
MEASURE_AFTER_S = 1.0
"""What an edit touched is measured when its picture has had the time to be shown."""
TASKS_AT_ONCE = 8
"""How many tasks of an earlier life are asked after at once; that costs next to nothing."""

_logger = logging.getLogger(__name__)


class Engine:
    """Carries edits out for one app, in as many places as there are, and writes down what comes."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        history: History,
        *,
        now: Callable[[], datetime] = utc_now,
        measures: bool = True,
        places: Places | None = None,
    ) -> None:
        """`measures`: is what an edit touched measured at once, or only when it is looked at?"""
        self.settings = settings
        self._client = client
        self._history = history
        self._now = now
        self._runs: set[Run] = set()
        self._beginning = threading.Lock()
        self._fetching: set[str] = set()
        # Its places are the one limit for the whole app: visitors, tabs, stops and the API.
        self._calls: Places = places or FirstComePlaces(settings.max_concurrent)
        self._tasks = ThreadPoolExecutor(TASKS_AT_ONCE, "task")
        self._measures = measures
        self._measuring = ThreadPoolExecutor(1, "measure")
        self._closing = threading.Event()

    @property
    def limit(self) -> int:
        """How many calls may be under way at once now; fewer than set after “too many at once”."""
        return self._calls.limit

    def notebook(self, owner: str) -> Notebook:
        """The notebook of `owner`, the secret of a cookie or of a page."""
        return self._history.notebook(owner)

    def _client_and_settings(self, settings: Settings | None) -> tuple[Client, Settings]:
        """What `settings` of a visitor lead to; without any, or with the app's own, the app's."""
        if settings in (None, self.settings):
            return self._client, self.settings
        return Client.from_settings(settings), settings

    def _begin(
        self,
        run: Run,
        requests: list[EditRequest],
        carry_out: Callable[[Run, Record, EditRequest], None],
    ) -> Run:
        """Put the records of `run` on disk, and carry out their `requests` as places get free."""
        notebook, records, photo = run.notebook, run.records, requests[0].photo
        blobs = {photo.facts: photo.data} if isinstance(photo, Photo) else {}
        self._admit(run)  # before they are on disk: what is under way is not deleted
        run._end.add_done_callback(lambda _: self._runs.discard(run))
        try:
            for record in records:
                notebook.save(record, blobs)
        except HistoryError:
            self._runs.discard(run)
            with suppress(HistoryError):
                notebook.delete(record.id for record in records)
            raise
        for record, request in zip(records, requests, strict=True):
            call = partial(carry_out, run, record, request)
            run._calls[record.id] = self._calls.submit(run.visitor, call)
        return run

    def _admit(self, run: Run) -> None:
        """Count `run` among those under way, if its notebook has not too many."""
        with self._beginning:  # two tabs may begin at once
            under_way = sum(
                record.state.is_under_way
                for other in list(self._runs)
                if other.takes_places and other.notebook.is_same(run.notebook)
                for record in other.records
            )
            if under_way + len(run.records) > UNDER_WAY_MAX:
                raise ParameterError("count", _too_many(under_way))
            self._runs.add(run)

    def _new_record(self, request: EditRequest, settings: Settings, parent: str | None) -> Record:
        now = self._now()
        recipe = Recipe.of(request, settings.provider, settings.host, settings.mode)
        own_key = not is_same_account(settings, self.settings)
        return Record(
            new_id(now), now.isoformat(), recipe, State.QUEUED, parent=parent, own_key=own_key
        )

    def _carry_out(self, run: Run, record: Record, request: EditRequest, client: Client) -> None:
        """Send `request` and write down what comes of it."""

        def note_send(size_bytes: int) -> None:
            now = self._now().isoformat()
            run._change(record.id, state=State.SENT, sent_at=now, sent_bytes=size_bytes)

        def give_way(wait: Wait | None) -> None:
            if wait is not None and run._records[record.id].state == State.TASK:
                # That task has failed; there is nothing to ask after any more.
                run._forget_task(record.id)
            run._show_wait(record.id, wait)
            if wait is None:
                self._calls.come_back(run.visitor, run._stopping)
            else:
                self._judge(record, wait.error)
                self._calls.pause(run.visitor)

        def note_task(task_id: str) -> None:
            # On disk before the first poll; if the disk is full it is paid for all the same.
            sent = run._records[record.id]
            run._save_end(replace(sent, state=State.TASK, task_id=task_id))

        told = {"on_send": note_send, "on_wait": give_way, "stop": run._stopping}

        def edit_as_task() -> EditResult:
            run._claims[record.id] = self._history.claim(record.id)
            return client.edit_as_task(
                request,
                **told,
                on_task=note_task,
                on_poll=lambda poll: run._show_poll(record.id, poll),
                leave=self._closing,
            )

        def edit() -> EditResult:
            as_task = record.recipe.mode == "async"
            try:
                result = edit_as_task() if as_task else client.send(request, **told)
            except VolceditError as error:
                self._judge(record, error)
                raise
            self._judge(record, None)
            return result

        self._write_down(run, record.id, edit)

    def _judge(self, record: Record, error: VolceditError | None) -> None:
        """Let the limit follow what came of a call; other accounts say nothing of the app's own."""
        if record.own_key:
            return
        if error is None:
            self._calls.recover()
        elif error.code == TOO_MANY_AT_ONCE:
            self._calls.lower()

    def _await_task(self, run: Run, record_id: str) -> EditResult:
        record = run._records[record_id]
        return self._client.await_task(
            record.recipe.request_without_photo(),
            record.task_id,
            on_poll=lambda poll: run._show_poll(record_id, poll),
            stop=self._closing,
        )

    def _write_down(
        self, run: Run, record_id: str, make: Callable[[], EditResult], earlier_s: float = 0.0
    ) -> None:
        """Write down the picture that `make` brings, or why it brings none.

        `earlier_s` is how long it was under way before.
        """
        started = time.monotonic() - earlier_s
        try:
            try:
                result = make()
            except StoppedError:
                record = run._records[record_id]
                if record.state == State.TASK:  # stays as it is: the next start takes it up
                    run._leave()
                else:
                    run._save_end(replace(record, state=State.STOPPED))
            except VolceditError as error:
                took_s = time.monotonic() - started
                failed = with_failure(run._records[record_id], error, took_s)
                run._save_end(self._with_link(failed))
            else:
                took_s = time.monotonic() - started
                self._keep(run, with_result(run._records[record_id], result, took_s), result)
        except Exception:
            _logger.exception("edit %s broke", record_id)
            broke = Failure.of(VolceditError(BROKE))
            run._save_end(replace(run._records[record_id], state=State.FAILED, failure=broke))

    def _keep(self, run: Run, done: Record, result: EditResult) -> None:
        blobs = {result.facts: result.picture}
        try:
            if done.replay_of is not None:
                # Paid for, so on disk before it is compared, which takes time and memory. It is
                # shown only then: who waits for the end of a repeat waits for its verdict.
                run._notebook.save(done, blobs)
                done = with_verdict(run._notebook, done, result.picture)
            run._save(done, blobs)
        except HistoryError as error:
            # What the service said is small, and holds the way to a picture that came as a link.
            failed = replace(done, state=State.FAILED, picture=None, failure=Failure.of(error))
            run._save_end(self._with_link(failed))
        else:
            self._measure_later(run._notebook, done.id)

    def _with_link(self, record: Record) -> Record:
        """`record`, which failed, with the address that its answer holds, if it holds one."""
        urls = [text for kind, text in picture_sources(record.response or {}) if kind == "url"]
        if not urls:
            return record
        expires = self._now() + timedelta(seconds=LINK_LIFETIME_S)
        return replace(record, picture_url=urls[0], picture_url_expires=expires.isoformat())

    # ── what an edit touched ─────────────────────────────────────────────────────────────────

    def measure(self, notebook: Notebook, record_id: str) -> Record:
        """The record with what its edit touched, measured now if it never was, and kept.

        As it is when it has no picture, or when the service fetched its photo itself. Raises
        `HistoryError` or `PhotoError`.
        """
        record = notebook.get(record_id)
        if record.touched is not None or record.picture is None or record.recipe.photo is None:
            return record
        photo, picture = notebook.read(record.recipe.photo), notebook.read(record.picture)
        touched = measure_touched(photo, picture)
        with suppress(HistoryError):  # deleted meanwhile, or no space: it can be measured again
            notebook.amend(record_id, touched=touched)
        return replace(record, touched=touched)

    def _measure_later(self, notebook: Notebook, record_id: str) -> None:
        """Measure in the background. Whoever waits for the picture has it, and is not told."""

        def measure() -> None:
            self._closing.wait(MEASURE_AFTER_S)
            try:
                self.measure(notebook, record_id)
            except VolceditError as error:
                _logger.warning("record %s is not measured: %s", record_id, error)

        if self._measures:
            with suppress(RuntimeError):  # the app is closing: it is measured when looked at
                self._measuring.submit(measure)

    # ── at the end ───────────────────────────────────────────────────────────────────────────

    def _under_way(self) -> set[str]:
        records = (record for run in list(self._runs) for record in run.records)
        under_way = {record.id for record in records if record.state.is_under_way}
        return under_way | self._fetching

    def close(self) -> None:
        """Start nothing more, and wait until what was sent has come back.

        Tasks are left to the next start, which takes them up.
        """
        self._closing.set()
        for run in list(self._runs):
            run.stop()
        self._calls.shutdown()
        self._tasks.shutdown(cancel_futures=True)
        self._measuring.shutdown(cancel_futures=True)
        for run in list(self._runs):
            run._leave()


def is_same_account(one: Settings, other: Settings) -> bool:
    """Do both go to the same place with the same keys, in whatever mode, to whatever model?"""
    return replace(one, mode=other.mode, req_key=other.req_key) == other


def is_picture_of(notebook: Notebook, parent: str | None, photo: Photo | PhotoLink) -> bool:
    """Is `photo` the very picture of the record `parent`?"""
    if isinstance(photo, PhotoLink):
        return False
    try:
        picture = notebook.get(parent).picture if parent else None
    except HistoryError:
        return False  # deleted meanwhile
    return picture is not None and picture.sha256 == photo.sha256


def _too_many(under_way: int) -> Words:
    return Words(
        f"{under_way} of your edits are waiting or under way already; at most {UNDER_WAY_MAX} may "
        "be at once. Wait until some have ended, or stop them.",
        f"您已有 {under_way} 个编辑在等待或进行中；同时最多 {UNDER_WAY_MAX} 个。"
        "请等待部分完成，或先停止。",
    )
