"""The use cases: run variations, look back, restore, delete. What the page and the API call."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from volcedit.client import Client, Poll, draw_seed
from volcedit.config import Settings
from volcedit.errors import (
    HistoryError,
    ParameterError,
    StoppedError,
    TaskPendingError,
    VolceditError,
)
from volcedit.history import UNDER_WAY, Failure, History, Notebook, Record, new_id, utc_now
from volcedit.recipe import Recipe
from volcedit.transport import RETRY_AFTER_MAX_S, Wait
from volcedit.types import (
    Delivery,
    EditParams,
    EditRequest,
    EditResult,
    Mode,
    Photo,
    PictureFacts,
    Words,
)
from volcedit.wire import (
    SEED_MAX,
    SEED_MIN,
    TASK_LIFETIME_S,
    abridge,
    check_params,
    check_seed,
)

COUNT_MAX = 8
TASKS_AT_ONCE = 8
"""How many tasks of an earlier life are asked after at once; that costs next to nothing."""

_logger = logging.getLogger(__name__)


def settle_seed(seed: object) -> int:
    """A concrete seed from what was typed: none, "", 0 and −1 draw one.

    Raises `ParameterError` for anything but a whole number from −1 to 2147483647.
    """
    if seed is None or seed == "" or (_is_whole(seed) and seed in (0, -1)):
        return draw_seed()
    seed = int(seed) if _is_whole(seed) else seed
    check_seed(seed)
    return seed


def settle_count(count: object) -> int:
    """How many pictures, 1 … 8. Raises `ParameterError`."""
    if not _is_whole(count) or not 1 <= count <= COUNT_MAX:
        raise ParameterError(
            "count",
            Words(
                f"Ask for 1 to {COUNT_MAX} pictures at a time.",
                f"一次可生成 1 到 {COUNT_MAX} 张图片。",
            ),
        )
    return int(count)


def _is_whole(value: object) -> bool:
    """Integers, and the floats that JSON and number fields make of them; no booleans."""
    return type(value) is int or (type(value) is float and value.is_integer())


def spread_seeds(first: int, count: int) -> list[int]:
    """`first`, `first`+1, …, after 2147483647 again from 1."""
    return [(first - SEED_MIN + step) % SEED_MAX + SEED_MIN for step in range(count)]


class Run:
    """The variations of one click on Run. Its records change while the calls are under way."""

    def __init__(
        self, notebook: Notebook, records: list[Record], on_change: Callable[[], None]
    ) -> None:
        self._notebook = notebook
        self._records = {record.id: record for record in records}
        self._calls: dict[str, Future[None]] = {}
        self._waits: dict[str, Wait] = {}
        self._polls: dict[str, Poll] = {}
        self._on_change = on_change
        self._stopping = threading.Event()
        self._stopped = False
        self._end: Future[None] = Future()

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
        """Has every variation ended?"""
        return all(record.state not in UNDER_WAY for record in self.records)

    def stop(self) -> None:
        """Start nothing more. What is already sent goes on, and is kept."""
        self._stopping.set()
        for record_id in list(self._calls):
            # Taken out, so that a second stop does not write again what was deleted since.
            call = self._calls.pop(record_id, None)
            if call is not None and call.cancel():
                self._save_end(replace(self._records[record_id], state="stopped"))
        self._stopped = True
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

    def _leave(self) -> None:
        """Wait no longer: what is still under way goes on without this process."""
        with suppress(InvalidStateError):
            self._end.set_result(None)

    def _show(self, record: Record) -> None:
        self._waits.pop(record.id, None)
        self._records[record.id] = record
        if self.finished:  # the last two may end at the same moment
            self._leave()
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

    def _tell(self) -> None:
        try:
            self._on_change()
        except Exception:  # who looks on may be gone; what is paid for goes on
            _logger.exception("a run's progress could not be shown")


class Workbench:
    """One app's way to make edits and look back at them."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        history: History,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.settings = settings
        self._client = client
        self._history = history
        self._now = now
        self._runs: set[Run] = set()
        # Its threads are the one limit for the whole app: visitors, tabs, stops and the API.
        self._calls = ThreadPoolExecutor(settings.max_concurrent, "edit")
        self._tasks = ThreadPoolExecutor(TASKS_AT_ONCE, "task")
        self._closing = threading.Event()

    def notebook(self, owner: str) -> Notebook:
        """The notebook of `owner`, the secret of a cookie or of a page."""
        return self._history.notebook(owner)

    def start(
        self,
        notebook: Notebook,
        photo: Photo,
        params: EditParams,
        count: int = 1,
        *,
        delivery: Delivery = "base64",
        parent: str | None = None,
        settings: Settings | None = None,
        mode: Mode | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> Run:
        """Begin `count` variations of `params`, from its seed upward; returns at once.

        Every attempt is on disk before its request leaves. `on_change` is called, in any thread,
        whenever the run's records changed. `parent` is written down only if its picture is this
        photo. `settings` are those of a visitor with a key of their own; `mode` takes the place of
        theirs. Raises `ParameterError`, `HistoryError` or `ConfigError`.
        """
        check_params(params)
        client = self._client if settings is None else Client.from_settings(settings)
        settings = settings or self.settings
        settings = replace(settings, mode=mode or settings.mode)
        requests = [
            EditRequest(photo, replace(params, seed=seed), settings.req_key, delivery)
            for seed in spread_seeds(params.seed, settle_count(count))
        ]
        parent = parent if _is_picture_of(notebook, parent, photo) else None
        records = [self._new_record(request, settings, parent) for request in requests]
        run = Run(notebook, records, on_change)
        self._runs.add(run)  # before they are on disk: what is under way is not deleted
        run._end.add_done_callback(lambda _: self._runs.discard(run))
        try:
            for record in records:
                notebook.save(record, {photo.facts: photo.data})
        except HistoryError:
            self._runs.discard(run)
            with suppress(HistoryError):
                notebook.delete(record.id for record in records)
            raise
        for record, request in zip(records, requests, strict=True):
            run._calls[record.id] = self._calls.submit(
                self._carry_out, run, record, request, client
            )
        return run

    def _new_record(self, request: EditRequest, settings: Settings, parent: str | None) -> Record:
        now = self._now()
        recipe = Recipe.of(request, settings.provider, settings.host, settings.mode)
        own_key = not _same_account(settings, self.settings)
        return Record(
            new_id(now), now.isoformat(), recipe, "queued", parent=parent, own_key=own_key
        )

    def _carry_out(self, run: Run, record: Record, request: EditRequest, client: Client) -> None:
        """Send `request` and write down what comes of it."""
        told = {
            "on_send": lambda size_bytes: run._change(
                record.id, state="sent", sent_at=self._now().isoformat(), sent_bytes=size_bytes
            ),
            "on_wait": lambda wait: run._show_wait(record.id, wait),
            "stop": run._stopping,
        }
        with ExitStack() as held:

            def edit_as_task() -> EditResult:
                if claim := self._history.claim(record.id):
                    held.enter_context(claim)
                task_id = client.submit(request, **told)
                # On disk before the first poll; if the disk is full it is paid for all the same.
                sent = run._records[record.id]
                run._save_end(replace(sent, state="task", task_id=task_id))
                return self._await_task(run, record.id, client)

            if record.recipe.mode == "async":
                self._write_down(run, record.id, edit_as_task)
            else:
                self._write_down(run, record.id, lambda: client.send(request, **told))

    def _await_task(self, run: Run, record_id: str, client: Client) -> EditResult:
        record = run._records[record_id]
        return client.await_task(
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
                if record.state == "task":  # stays as it is: the next start takes it up
                    run._leave()
                else:
                    run._save_end(replace(record, state="stopped"))
            except VolceditError as error:
                took_s = time.monotonic() - started
                run._save_end(_failed(run._records[record_id], error, took_s))
            else:
                took_s = time.monotonic() - started
                self._keep(run, _done(run._records[record_id], result, took_s), result)
        except Exception:
            _logger.exception("edit %s broke", record_id)
            broke = Failure.of(VolceditError(_BROKE))
            run._save_end(replace(run._records[record_id], state="failed", failure=broke))

    def _keep(self, run: Run, done: Record, result: EditResult) -> None:
        try:
            run._save(done, {result.facts: result.picture})
        except HistoryError as error:
            # What the service said is small, and holds the way to a picture that came as a link.
            failure = Failure.of(error)
            run._save_end(replace(done, state="failed", picture=None, failure=failure))

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
            (record.state == "task" or pending)
            and self._lives(record)
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
        with ExitStack() as held:
            held.enter_context(claim)
            record = notebook.get(record_id)  # whoever had the claim may have ended it
            if not self._is_left(record):
                return False
            run = Run(notebook, [record], on_change)
            self._runs.add(run)
            run._end.add_done_callback(lambda _: self._runs.discard(run))
            run._save_end(replace(record, state="task", failure=None))
            work = self._tasks.submit(
                self._write_down,
                run,
                record_id,
                lambda: self._await_task(run, record_id, self._client),
                self._age_s(record),
            )
            work.add_done_callback(lambda _: claim.release())
            held.pop_all()
        return True

    def is_interrupted(self, record: Record) -> bool:
        """Is this the trace of a call that nobody carries on, as after a crash?

        Another replica may be at it, so only after the time that a call can take at most. Who is at
        a task has claimed it.
        """
        if record.state not in UNDER_WAY or record.id in self._under_way():
            return False
        if record.state == "task":
            return not self._history.is_claimed(record.id)
        age_s = (self._now() - datetime.fromisoformat(record.time)).total_seconds()
        return age_s > self.settings.max_attempts * (self.settings.timeout_s + RETRY_AFTER_MAX_S)

    def delete(self, notebook: Notebook, ids: Iterable[str] | None = None) -> int:
        """Delete those records, or all; returns how many stay because their call is under way."""
        doomed = set(notebook.ids() if ids is None else ids)
        staying = doomed & self._under_way()
        notebook.delete(doomed - staying)
        return len(staying)

    def _under_way(self) -> set[str]:
        records = (record for run in list(self._runs) for record in run.records)
        return {record.id for record in records if record.state in UNDER_WAY}

    def close(self) -> None:
        """Start nothing more, and wait until what was sent has come back.

        Tasks are left to the next start, which takes them up.
        """
        self._closing.set()
        for run in list(self._runs):
            run.stop()
        self._calls.shutdown()
        self._tasks.shutdown(cancel_futures=True)


def _done(record: Record, result: EditResult, took_s: float) -> Record:
    return replace(
        record,
        state="done",
        picture=result.facts,
        failure=None,
        response=abridge(result.envelope, result.facts),
        request_id=result.request_id,
        elapsed_s=result.elapsed_s,
        took_s=took_s,
    )


def _failed(record: Record, error: VolceditError, took_s: float) -> Record:
    return replace(
        record,
        state="failed",
        failure=Failure.of(error),
        response=None if error.envelope is None else abridge(error.envelope),
        request_id=error.request_id,
        took_s=took_s,
    )


def _same_account(one: Settings, other: Settings) -> bool:
    """Do both go to the same place with the same keys, in whatever mode, to whatever model?"""
    return replace(one, mode=other.mode, req_key=other.req_key) == other


def _was_sent_to(record: Record, settings: Settings) -> bool:
    return (record.recipe.provider, record.recipe.host) == (settings.provider, settings.host)


def _is_picture_of(notebook: Notebook, parent: str | None, photo: Photo) -> bool:
    try:
        picture = notebook.get(parent).picture if parent else None
    except HistoryError:
        return False  # deleted meanwhile
    return picture is not None and picture.sha256 == photo.sha256


_BROKE = Words(
    "Something broke inside this app; its log says what. Try again.",
    "应用内部出错，详见日志。请重试。",
)
