"""The use cases: run variations, look back, restore, delete. What the page and the API call."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

from volcedit import archive, intake
from volcedit.client import Client, draw_seed
from volcedit.codes import TASK_GONE, TOO_MANY_AT_ONCE
from volcedit.comparing import judge, measure_touched
from volcedit.config import Settings
from volcedit.errors import (
    AnswerError,
    ArchiveError,
    DownloadError,
    HistoryError,
    ParameterError,
    RefusedError,
    StoppedError,
    TaskError,
    TaskPendingError,
    VolceditError,
)
from volcedit.history import History, Notebook
from volcedit.images import read_photo
from volcedit.intake import Imported
from volcedit.keeping import Outlook, look_ahead, tidy
from volcedit.lineage import Lineage, Link, trace
from volcedit.places import Places
from volcedit.recipe import Recipe
from volcedit.records import UNDER_WAY, Failure, Record, new_id, utc_now
from volcedit.run import Run
from volcedit.transport import Wait, longest_call_s
from volcedit.types import (
    Delivery,
    EditParams,
    EditRequest,
    EditResult,
    Mode,
    Photo,
    PhotoLink,
    PictureFacts,
    Words,
)
from volcedit.wire import (
    LINK_LIFETIME_S,
    SEED_MAX,
    SEED_MIN,
    TASK_LIFETIME_S,
    abridge,
    check_params,
    check_photo_url,
    check_seed,
    picture_sources,
)

COUNT_MAX = 8
UNDER_WAY_MAX = 32
"""How many edits of one notebook may wait or be under way: the places are everybody's."""
UNDO_S = 600.0
"""For how long what was deleted can be taken back."""
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


class Workbench:
    """One app's way to make edits and look back at them."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        history: History,
        *,
        now: Callable[[], datetime] = utc_now,
        measures: bool = True,
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
        self._calls = Places(settings.max_concurrent)
        self._tasks = ThreadPoolExecutor(TASKS_AT_ONCE, "task")
        self._measures = measures
        self._measuring = ThreadPoolExecutor(1, "measure")
        self._closing = threading.Event()

    @property
    def limit(self) -> int:
        """How many calls may be under way at once now; fewer than set after “too many at once”."""
        return self._calls.limit.places

    def notebook(self, owner: str) -> Notebook:
        """The notebook of `owner`, the secret of a cookie or of a page."""
        return self._history.notebook(owner)

    def start(
        self,
        notebook: Notebook,
        photo: Photo | PhotoLink,
        params: EditParams,
        count: int = 1,
        *,
        delivery: Delivery = "base64",
        parent: str | None = None,
        settings: Settings | None = None,
        req_key: str | None = None,
        mode: Mode | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> Run:
        """Begin `count` variations of `params`, from its seed upward; returns at once.

        Every attempt is on disk before its request leaves. `on_change` is called, in any thread,
        whenever the run's records changed. `parent` is written down only if its picture is this
        photo. `settings` are those of a visitor with a key of their own; `req_key` and `mode` take
        the place of theirs. Raises `ParameterError`, also above `UNDER_WAY_MAX`, `HistoryError` or
        `ConfigError`.
        """
        settings = settings or self.settings
        client = self._client if settings == self.settings else Client.from_settings(settings)
        settings = replace(
            settings, req_key=req_key or settings.req_key, mode=mode or settings.mode
        )
        check_params(params, settings.req_key, settings.mode)
        if isinstance(photo, PhotoLink):
            check_photo_url(photo.url)
        self.tidy(notebook)
        requests = [
            EditRequest(photo, replace(params, seed=seed), settings.req_key, delivery)
            for seed in spread_seeds(params.seed, settle_count(count))
        ]
        parent = parent if _is_picture_of(notebook, parent, photo) else None
        records = [self._new_record(request, settings, parent) for request in requests]
        run = Run(notebook, records, on_change, self._calls.wake)
        return self._begin(run, requests, partial(self._carry_out, client=client))

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
            run._calls[record.id] = self._calls.submit(carry_out, run, record, request)
        return run

    def fetch_photo(self, url: str, *, settings: Settings | None = None) -> bytes:
        """The bytes of the photo at `url`, fetched as results are; see `Client.fetch_photo`.

        `settings` are those of a visitor, whose gateway's own addresses are fetched too.
        """
        own = settings in (None, self.settings)
        return (self._client if own else Client.from_settings(settings)).fetch_photo(url)

    def _admit(self, run: Run) -> None:
        """Count `run` among those under way, if its notebook has not too many."""
        with self._beginning:  # two tabs may begin at once
            under_way = sum(
                record.state in UNDER_WAY
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
        own_key = not _same_account(settings, self.settings)
        return Record(
            new_id(now), now.isoformat(), recipe, "queued", parent=parent, own_key=own_key
        )

    def _carry_out(self, run: Run, record: Record, request: EditRequest, client: Client) -> None:
        """Send `request` and write down what comes of it."""

        def note_send(size_bytes: int) -> None:
            now = self._now().isoformat()
            run._change(record.id, state="sent", sent_at=now, sent_bytes=size_bytes)

        def give_way(wait: Wait | None) -> None:
            if wait is not None and run._records[record.id].state == "task":
                # That task has failed; there is nothing to ask after any more.
                run._forget_task(record.id)
            run._show_wait(record.id, wait)
            if wait is None:
                self._calls.come_back(run._stopping)
            else:
                self._judge(record, wait.error)
                self._calls.pause()

        def note_task(task_id: str) -> None:
            # On disk before the first poll; if the disk is full it is paid for all the same.
            sent = run._records[record.id]
            run._save_end(replace(sent, state="task", task_id=task_id))

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
                if record.state == "task":  # stays as it is: the next start takes it up
                    run._leave()
                else:
                    run._save_end(replace(record, state="stopped"))
            except VolceditError as error:
                took_s = time.monotonic() - started
                failed = _failed(run._records[record_id], error, took_s)
                run._save_end(self._with_link(failed))
            else:
                took_s = time.monotonic() - started
                self._keep(run, _done(run._records[record_id], result, took_s), result)
        except Exception:
            _logger.exception("edit %s broke", record_id)
            broke = Failure.of(VolceditError(_BROKE))
            run._save_end(replace(run._records[record_id], state="failed", failure=broke))

    def _keep(self, run: Run, done: Record, result: EditResult) -> None:
        # Before it counts as done: who waits for the end of a repeat waits for its verdict.
        done = _judged(run._notebook, done, result.picture)
        try:
            run._save(done, {result.facts: result.picture})
        except HistoryError as error:
            # What the service said is small, and holds the way to a picture that came as a link.
            failed = replace(done, state="failed", picture=None, failure=Failure.of(error))
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

    # ── once more ────────────────────────────────────────────────────────────────────────────

    def replay(
        self,
        notebook: Notebook,
        record_id: str,
        count: int = 1,
        *,
        settings: Settings | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> Run:
        """Send the very body of that record `count` times more; returns at once.

        Each repeat is a record of its own, with `replay_of`; once it is done, with its verdict
        against the first's picture, if that brought one. It goes to where edits go now, which may
        be elsewhere: its recipe says so. `settings` and `on_change` are as in `start`. Raises
        `ParameterError`, `HistoryError` or `ConfigError`.
        """
        first = notebook.get(record_id)
        client, settings = self._client_and_settings(settings)
        request = _request_of(notebook, first.recipe)
        records = [
            self._new_step(first, request, settings, first.parent)
            for _ in range(settle_count(count))
        ]
        run = Run(notebook, records, on_change, self._calls.wake)
        return self._begin(run, [request] * len(records), partial(self._carry_out, client=client))

    def replay_chain(
        self,
        notebook: Notebook,
        record_id: str,
        photo: Photo | None = None,
        *,
        parent: str | None = None,
        settings: Settings | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> Run:
        """Make the whole chain that led to that record again; returns at once.

        Each step's picture is the photo of the next. The first photo is that of the chain, or
        `photo`, with its `parent` as in `start`. A step is recorded when it begins: after a failure
        or a stop there is no record of the later ones. A step that sends the very body of the first
        time is a repeat, with a verdict. Else as `replay`.
        """
        client, settings = self._client_and_settings(settings)
        steps = [notebook.get(it) for it in self.lineage(notebook, record_id).chain]
        for step in steps:  # before the first is paid for
            _check_recipe(step.recipe)
        if photo is None:
            parent = steps[0].parent
            request = _request_of(notebook, steps[0].recipe)
        else:
            parent = parent if _is_picture_of(notebook, parent, photo) else None
            request = _request_on(photo, steps[0].recipe)
        record = self._new_step(steps[0], request, settings, parent)
        run = Run(notebook, [record], on_change, self._calls.wake, steps=len(steps))
        carry_out = partial(self._carry_step, steps=steps[1:], client=client, settings=settings)
        return self._begin(run, [request], carry_out)

    def _client_and_settings(self, settings: Settings | None) -> tuple[Client, Settings]:
        client = self._client if settings is None else Client.from_settings(settings)
        return client, settings or self.settings

    def _new_step(
        self, first: Record, request: EditRequest, settings: Settings, parent: str | None
    ) -> Record:
        """A record of doing again what `first` did."""
        _check_recipe(first.recipe)
        settings = replace(settings, req_key=first.recipe.req_key, mode=first.recipe.mode)
        record = self._new_record(request, settings, parent)
        photos = [(it.photo, it.photo_url) for it in (first.recipe, record.recipe)]
        is_repeat = photos[0] == photos[1]
        return replace(record, replay_of=first.id if is_repeat else None)

    def _carry_step(
        self,
        run: Run,
        record: Record,
        request: EditRequest,
        *,
        steps: list[Record],
        client: Client,
        settings: Settings,
    ) -> None:
        """Make one edit of a chain, and begin the first of the `steps` that are left."""
        self._carry_out(run, record, request, client)
        if not steps:
            return
        if run._records[record.id].state != "done":
            run._break_off()
            return
        try:
            joined = self._join_step(run, record.id, steps[0], settings)
        except VolceditError as error:
            _logger.warning("the chain ends after record %s: %s", record.id, error)
            run._break_off(error)
        except Exception:
            _logger.exception("the chain broke after record %s", record.id)
            run._break_off(VolceditError(_BROKE))
        else:
            if joined is not None:
                carry_out = partial(
                    self._carry_step, steps=steps[1:], client=client, settings=settings
                )
                run._calls[joined[0].id] = self._calls.submit(carry_out, run, *joined)

    def _join_step(
        self, run: Run, made_id: str, step: Record, settings: Settings
    ) -> tuple[Record, EditRequest] | None:
        """What follows on the picture of `made_id`: `step` again. None when that was stopped."""
        picture = run._notebook.read(run._records[made_id].picture)
        photo = read_photo(picture).photo
        request = _request_on(photo, step.recipe)
        record = self._new_step(step, request, settings, made_id)
        return (record, request) if run._join(record, {photo.facts: photo.data}) else None

    def lineage(self, notebook: Notebook, record_id: str) -> Lineage:
        """The chain that led to that record, all branches of its first edit, and its repeats."""
        entries = notebook.index().entries()
        return trace((Link(it.id, it.parent, it.replay_of) for it in entries), record_id)

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
            try:
                self.measure(notebook, record_id)
            except VolceditError as error:
                _logger.warning("record %s is not measured: %s", record_id, error)

        if self._measures:
            with suppress(RuntimeError):  # the app is closing: it is measured when looked at
                self._measuring.submit(measure)

    # ── tasks of an earlier life ─────────────────────────────────────────────────────────────

    def resume(self, on_change: Callable[[], None] = lambda: None) -> int:
        """Take up every task of the last 12 hours that nobody asks after any more.

        Called at the start, for all notebooks; returns how many there are, which then end in the
        background. `on_change` is called as in `start`. A task of a visitor's own key waits for
        `fetch_again`, since that key is nowhere.
        """
        taken = 0
        for notebook in self._history.notebooks():
            self._empty_bin(notebook)
            self.tidy(notebook)
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
        run._save_end(replace(record, state="task", failure=None))
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
        if record.state == "done" or record.imported or record.id in self._under_way():
            return False
        return self._has_link(record) or (
            self._lives(record)
            and (record.state == "failed" or self.is_interrupted(record))
            and not _has_no_picture(record.failure)
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
                if record.state == "done":
                    return record
                return self._fetch(notebook, record, settings or self.settings)
            finally:
                self._fetching.discard(record_id)

    def _fetch(self, notebook: Notebook, record: Record, settings: Settings) -> Record:
        if self._has_link(record):
            try:
                # A key is never sent there, so it does not matter whose it is.
                picture, facts = self._client.fetch_picture(record.picture_url)
            except DownloadError:
                if not self._lives(record):  # a task gives out a new address
                    raise
            else:
                fetched = _without_link(replace(record, state="done", picture=facts, failure=None))
                return self._save_fetched(notebook, fetched, facts, picture)
        client = self._client_for(record, settings)
        try:
            result = client.await_task(
                record.recipe.request_without_photo(), record.task_id, deadline_s=0
            )
        except (AnswerError, DownloadError) as error:
            failed = self._with_link(_failed(record, error, self._age_s(record)))
            if failed.picture_url or _has_no_picture(failed.failure):
                notebook.save(failed)
            raise
        done = _without_link(_done(record, result, self._age_s(record)))
        return self._save_fetched(notebook, done, result.facts, result.picture)

    def _save_fetched(
        self, notebook: Notebook, done: Record, facts: PictureFacts, picture: bytes
    ) -> Record:
        done = _judged(notebook, done, picture)
        notebook.save(done, {facts: picture})
        self._measure_later(notebook, done.id)
        return done

    def _client_for(self, record: Record, settings: Settings) -> Client:
        """A client with the key that this record's task was submitted with, as far as is known."""
        if not record.own_key:
            settings = self.settings
        if record.own_key == _same_account(settings, self.settings):
            raise DownloadError(_ANOTHER_KEY)
        if not _was_sent_to(record, settings):
            raise DownloadError(_ANOTHER_KEY)
        return Client.from_settings(settings) if record.own_key else self._client

    def is_interrupted(self, record: Record) -> bool:
        """Is this the trace of a call that nobody carries on, as after a crash?

        Another replica may be at it, so only after the time that a call can take at most. Who is at
        a task has claimed it.
        """
        if record.state not in UNDER_WAY or record.id in self._under_way():
            return False
        if record.imported:
            return True
        if record.state == "task":
            return not self._history.is_claimed(record.id)
        age_s = (self._now() - datetime.fromisoformat(record.time)).total_seconds()
        return age_s > longest_call_s(self.settings.max_attempts, self.settings.timeout_s)

    # ── keeping and deleting ─────────────────────────────────────────────────────────────────

    def delete(self, notebook: Notebook, ids: Iterable[str] | None = None) -> tuple[list[str], int]:
        """Delete those records, or all; which went, and how many stay with their call under way.

        For `UNDO_S` they can be had back with `notebook.take_back`; then they go for good.
        """
        doomed = set(notebook.ids() if ids is None else ids)
        staying = doomed & self._under_way()
        gone = notebook.discard(doomed - staying)
        if gone:
            timer = threading.Timer(UNDO_S, self._empty_bin, [notebook])
            timer.daemon = True  # what is left in a bin, the next start empties
            timer.start()
        return gone, len(staying)

    def _empty_bin(self, notebook: Notebook) -> None:
        try:
            notebook.empty_bin(UNDO_S - 1)
        except HistoryError as error:
            _logger.error("a bin is not emptied: %s", error.__cause__ or error)

    def tidy(self, notebook: Notebook) -> None:
        """Delete what is beyond the limits of size and age, the oldest without a star first."""
        try:
            count = tidy(notebook, self.settings, self._now())
        except HistoryError as error:
            _logger.error("a notebook is not tidied: %s", error.__cause__ or error)
        else:
            if count:
                _logger.info("%d records were beyond the limits of a notebook", count)

    def look_ahead(self, notebook: Notebook) -> Outlook | None:
        """What limits there are, and what they are about to take; None without any."""
        return look_ahead(notebook, self.settings, self._now())

    # ── carrying ─────────────────────────────────────────────────────────────────────────────

    def export(
        self,
        notebook: Notebook,
        ids: Iterable[str] | None,
        file: BinaryIO,
        *,
        language: str = "en",
        on_progress: Callable[[int, int], None] = lambda done, count: None,
    ) -> int:
        """Write those records, or all, as one ZIP into `file`; see `archive.export`."""
        return archive.export(
            notebook, ids, file, now=self._now(), language=language, on_progress=on_progress
        )

    def import_(
        self,
        notebook: Notebook,
        path: Path,
        *,
        on_progress: Callable[[int, int], None] = lambda done, count: None,
    ) -> Imported:
        """Take in the ZIP at `path`; see `intake.import_`. Nothing of it is sent or asked after.

        Raises `ArchiveError` or `HistoryError`.
        """
        try:
            file = path.open("rb")
        except OSError as error:
            raise ArchiveError(_NO_ARCHIVE) from error
        limit = self.settings.notebook_max_bytes
        room = None if limit is None else limit - notebook.index().totals().size_bytes
        with file:
            return intake.import_(notebook, file, room_bytes=room, on_progress=on_progress)

    def _under_way(self) -> set[str]:
        records = (record for run in list(self._runs) for record in run.records)
        under_way = {record.id for record in records if record.state in UNDER_WAY}
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


def _judged(notebook: Notebook, done: Record, picture: bytes) -> Record:
    """`done`, with its verdict if it repeats one whose picture is here."""
    if done.replay_of is None:
        return done
    try:
        first = notebook.get(done.replay_of).picture
        return (
            done if first is None else replace(done, verdict=judge(notebook.read(first), picture))
        )
    except VolceditError as error:  # the first was deleted, or damaged; this one is paid for
        _logger.warning("repeat %s is not judged: %s", done.id, error)
        return done


def _check_recipe(recipe: Recipe) -> None:
    check_params(recipe.params, recipe.req_key, recipe.mode)


def _request_of(notebook: Notebook, recipe: Recipe) -> EditRequest:
    """The identical request. Raises `HistoryError` when its photo is not there any more."""
    return recipe.request(b"" if recipe.photo is None else notebook.read(recipe.photo))


def _request_on(photo: Photo, recipe: Recipe) -> EditRequest:
    """What `recipe` says, of another photo."""
    return EditRequest(photo, recipe.params, recipe.req_key, recipe.delivery)


def _without_link(record: Record) -> Record:
    return replace(record, picture_url="", picture_url_expires=None)


def _has_no_picture(failure: Failure | None) -> bool:
    """Is this how a task ends for good without a picture?"""
    if failure is None:
        return False
    gone = failure.kind == TaskError.kind and failure.code in TASK_GONE
    return gone or failure.kind == RefusedError.kind


def _same_account(one: Settings, other: Settings) -> bool:
    """Do both go to the same place with the same keys, in whatever mode, to whatever model?"""
    return replace(one, mode=other.mode, req_key=other.req_key) == other


def _was_sent_to(record: Record, settings: Settings) -> bool:
    return (record.recipe.provider, record.recipe.host) == (settings.provider, settings.host)


def _is_picture_of(notebook: Notebook, parent: str | None, photo: Photo | PhotoLink) -> bool:
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
_BROKE = Words(
    "Something broke inside this app; its log says what. Try again.",
    "应用内部出错，详见日志。请重试。",
)
_NO_ARCHIVE = Words(
    "This file does not exist or cannot be read. Choose the archive again.",
    "该文件不存在或无法读取。请重新选择归档。",
)
