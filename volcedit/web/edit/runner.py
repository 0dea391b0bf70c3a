"""Runs: starts them, follows them on the page until they end, and stops them."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import gradio as gr

from volcedit.errors import VolceditError
from volcedit.jobs.run import Run
from volcedit.jobs.variations import settle_count, settle_seed
from volcedit.notebook.records import Record, utc_now
from volcedit.pictures.comparing import summarize
from volcedit.types import Language, State
from volcedit.web import markup
from volcedit.web.desk import Desk, Updates, find_all, tell_news
from volcedit.web.edit import evidence
from volcedit.web.edit.composer import photo_of
from volcedit.web.edit.form import Form
from volcedit.web.edit.pictures import tiles
from volcedit.web.edit.status import status_of_run
from volcedit.web.edit.viewer import Viewer, publish_results, show_tiles
from volcedit.web.publishing import NOT_SHOWN
from volcedit.web.visitor import has_cookie, language, owner_of
from volcedit.words import say

GRACE_S = 4.0
"""How long a run waits for its page to return after a reload before it is stopped."""

_logger = logging.getLogger(__name__)


class _Bell:
    """Wakes the page that follows a run whenever one of its records changes."""

    def __init__(self) -> None:
        self._changed: asyncio.Event | None = None
        self._wake: Callable[[], None] = lambda: None

    def ring(self) -> None:
        """Something changed. May be called from any thread."""
        self._wake()

    def is_heard_by(self, changed: asyncio.Event) -> bool:
        """Whether `changed` is still the current event, so no other page has taken over."""
        return self._changed is changed

    def hear(self) -> asyncio.Event:
        """The event that will be set at each change. Wakes the previous follower."""
        before, loop = self._wake, asyncio.get_running_loop()
        self._changed = changed = asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is closed, so nobody is following
                loop.call_soon_threadsafe(changed.set)

        self._wake = wake
        before()
        return changed


@dataclass(frozen=True)
class _Followed:
    """A run, and the page that follows it."""

    owner: str
    """"" if the page cannot be recognised after a reload."""
    earlier: list[str]
    """Ids of the records shown before its own."""
    started: float
    """Start time, from `time.monotonic`."""
    run: Run
    bell: _Bell

    @property
    def id(self) -> str:
        """The id of its first record."""
        return self.run.records[0].id


Start = Callable[[], Awaitable[tuple[_Followed, Updates]]]
"""Starts or finds the run to follow. Returns it with the first updates of the page."""


def _page_of(request: gr.Request) -> str:
    """The session hash of the page that sent `request`; empty if it has none."""
    return request.session_hash or ""


class Runner:
    """The handlers of runs."""

    def __init__(self, desk: Desk, viewer: Viewer) -> None:
        self._desk = desk
        self._viewer = viewer
        self._runs: dict[str, _Followed] = {}
        """Runs by the page that follows them."""
        self._left: dict[str, _Followed] = {}
        """Runs whose page was just closed, by owner."""
        self._following: set[str] = set()
        """The pages that are following a run."""

    async def run(
        self,
        request: gr.Request,
        parent: str | None,
        staying: bool,
        shown: list[str],
        *values: object,
    ) -> AsyncIterator[Updates]:
        """Start the variations and follow them until all have ended, or until Stop."""
        page = self._desk.page

        def begin(on_change: Callable[[], None]) -> Run:
            return self._start(request, Form.of(values), parent, on_change)

        def begun(run: Run) -> Updates:
            return {page.seed: str(run.records[0].recipe.params.seed), page.staying: False}

        async for updates in self.follow(request, shown if staying else [], begin, begun):
            yield updates

    def is_busy(self, request: gr.Request) -> bool:
        """Whether this page already follows a run."""
        return _page_of(request) in self._following

    async def follow(
        self,
        request: gr.Request,
        earlier: list[str],
        begin: Callable[[Callable[[], None]], Run],
        begun: Callable[[Run], Updates] = lambda _: {},
    ) -> AsyncIterator[Updates]:
        """Follow the run that `begin` starts until it has ended, or until Stop.

        `begin` gets a callback for changes; `begun` returns updates for the page to show once. The
        records in `earlier` are shown before those of the run.
        """
        yield {self._desk.page.run: gr.Button(interactive=False)}
        if self.is_busy(request):
            return  # a double click: trigger_mode does not cover the time of the validator
        owner = owner_of(request) if has_cookie(request) else ""
        bell, started = _Bell(), time.monotonic()

        async def start() -> tuple[_Followed, Updates]:
            run = await asyncio.to_thread(begin, bell.ring)
            return _Followed(owner, earlier, started, run, bell), begun(run)

        async for updates in self._follow(request, start):
            yield updates

    def put_back(self, request: gr.Request, kept: dict[str, Any]) -> Updates:
        """After a reload, find the run that the page was following."""
        shown = kept.get("shown")
        followed = self._find(owner_of(request), shown if isinstance(shown, list) else [])
        return {self._desk.page.resumed: followed.id} if followed else {}

    def _find(self, owner: str, ids: list[object]) -> _Followed | None:
        """The unfinished run that one of `ids` belongs to. Its old page may still be open."""
        for followed in [*self._left.values(), *self._runs.values()]:
            if followed.owner == owner and followed.id in ids and not followed.run.finished:
                return followed
        return None

    async def resume(self, request: gr.Request, run_id: str) -> AsyncIterator[Updates]:
        """Take over a run that another page was following."""
        page = self._desk.page
        followed = self._find(owner_of(request), [run_id])
        if followed is None:
            yield gr.skip()
            return
        self._runs = {key: it for key, it in self._runs.items() if it is not followed}
        self._left.pop(followed.owner, None)

        async def start() -> tuple[_Followed, Updates]:
            return followed, {page.run: gr.Button(interactive=False)}

        async for updates in self._follow(request, start):
            yield updates

    async def _follow(self, request: gr.Request, start: Start) -> AsyncIterator[Updates]:
        """The updates of the page, including any failure of the run."""
        page, tongue = self._desk.page, language(request)
        self._following.add(_page_of(request))
        try:
            followed, begun = await start()
            self._runs = {key: it for key, it in self._runs.items() if not it.run.finished}
            self._runs[_page_of(request)] = followed
            async for updates in self._watch(followed, tongue):
                yield begun | updates
                begun = {}
        except VolceditError as error:
            yield {page.status: markup.note(say(tongue, error.words), "error")}
        except Exception:
            _logger.exception("could not follow a run")
            yield {
                page.status: markup.note(
                    say(
                        tongue,
                        "Something went wrong on this page; see the app's log. Your edits "
                        "are all in the history.",
                    ),
                    "error",
                )
            }
        finally:
            self._following.discard(_page_of(request))
        yield {page.run: gr.Button(interactive=True), page.stop: gr.Button(interactive=False)}

    async def _watch(self, followed: _Followed, tongue: Language) -> AsyncIterator[Updates]:
        page, run, notebook = self._desk.page, followed.run, followed.run.notebook
        changed = followed.bell.hear()
        paths: dict[str, str] = {}  # of the pictures, each read and published once
        earlier = await asyncio.to_thread(find_all, notebook, followed.earlier)
        first = run.records[0]
        is_ahead = first.state.is_under_way  # unless a reloaded page takes over the run
        look = self._viewer.look_ahead if is_ahead else self._viewer.look
        yield {
            page.stop: gr.Button(interactive=True),
            **await asyncio.to_thread(look, notebook, first, tongue),
        }
        seen: list[Record] = []
        over = False
        while not over and followed.bell.is_heard_by(changed):
            changed.clear()
            current = run.snapshot()
            over, records = current.finished or current.stopped, current.records
            shown = [*earlier, *records]
            new = [record for record in shown if record.id not in paths]
            paths |= await asyncio.to_thread(publish_results, notebook, new)
            updates: Updates = {
                page.status: status_of_run(current, time.monotonic() - followed.started, tongue)
                + (_stability_of(records, tongue) if over else "")
                + _unshown(run, records, paths, tongue),
                page.results: await asyncio.to_thread(
                    tiles, shown, paths, current.waits, utc_now(), tongue, current.polls
                ),
            }
            if records != seen:
                updates |= await asyncio.to_thread(
                    self._look_at_first, run, seen, records, paths, tongue
                )
                updates[page.news] = tell_news()
                # In a chain, records are added once their photo exists.
                updates[page.shown] = [record.id for record in shown]
                seen = records
            yield updates
            if not over:
                await changed.wait()

    def _start(
        self,
        request: gr.Request,
        form: Form,
        parent: str | None,
        on_change: Callable[[], None],
    ) -> Run:
        settings = self._desk.own_settings(request)
        notebook = self._desk.notebook(request)
        params = form.params(settle_seed(form.seed))
        return self._desk.workbench.start(
            notebook, photo_of(self._desk.decoder, form), params, settle_count(form.count),
            delivery=form.delivery, req_key=form.model, mode=form.mode, parent=parent,
            settings=settings, payer=self._desk.payer(request, notebook), on_change=on_change,
        )  # fmt: skip

    def _look_at_first(
        self,
        run: Run,
        seen: list[Record],
        records: list[Record],
        paths: Mapping[str, str],
        tongue: Language,
    ) -> Updates:
        """Select the first picture, or else the first failure; in a chain, each new picture."""
        done = [record for record in records if record.state == State.DONE]
        before = [record for record in seen if record.state == State.DONE]
        if len(done) > len(before) and (run.is_chain or not before):
            record = done[-1] if run.is_chain else done[0]
            return self._viewer.look(run.notebook, record, tongue, paths.get(record.id))
        if not done and all(record.state in (State.FAILED, State.STOPPED) for record in records):
            path = paths.get(records[0].id)
            return self._viewer.look(run.notebook, records[0], tongue, path)
        return {}

    def stop(self, request: gr.Request) -> Updates:
        """Free the page and start no more calls."""
        if followed := self._runs.get(_page_of(request)):
            followed.run.stop()
        return {self._desk.page.stop: gr.Button(interactive=False)}

    async def await_rest(self, request: gr.Request, shown: list[str]) -> Updates:
        """After Stop, show the results of calls already sent as they arrive."""
        page = self._desk.page
        followed = self._runs.get(_page_of(request))
        if followed is None or not followed.run.stopped:
            unchanged: Updates = gr.skip()
            return unchanged
        await followed.run.ended()
        if self._runs.get(_page_of(request)) is not followed:
            return {page.news: tell_news()}  # the page has moved on to another run
        tongue, notebook = language(request), followed.run.notebook
        records = await asyncio.to_thread(find_all, notebook, shown)
        return {
            page.status: status_of_run(followed.run.snapshot(), 0, tongue),
            page.results: await asyncio.to_thread(show_tiles, notebook, records, tongue),
            page.news: tell_news(),
        }

    def leave(self, request: gr.Request) -> None:
        """The page was closed: same as Stop, unless it returns within `GRACE_S`."""
        followed = self._runs.pop(_page_of(request), None)
        if followed is None or followed.run.finished:
            return
        if not followed.owner:
            followed.run.stop()
            return
        if earlier := self._left.get(followed.owner):
            earlier.run.stop()
        self._left[followed.owner] = followed
        timer = threading.Timer(GRACE_S, self._give_up, [followed])
        timer.daemon = True
        timer.start()

    def _give_up(self, followed: _Followed) -> None:
        if self._left.get(followed.owner) is followed:
            del self._left[followed.owner]
            followed.run.stop()


def _unshown(run: Run, records: list[Record], paths: Mapping[str, str], tongue: Language) -> str:
    """A warning about pictures that only this page has, or that it could not be given."""
    held = {it.id for it in records if run.notebook.held(it.id)}
    told = []
    if held & paths.keys():
        told.append(say(tongue, "Download it now: only this page has the picture."))
    if any(it.id not in paths for it in records if it.picture is not None or it.id in held):
        told.append(say(tongue, NOT_SHOWN))
    return "".join(markup.note(words, "error") for words in told)


def _stability_of(records: list[Record], tongue: Language) -> str:
    """A summary of a run of repeats; empty for a single repeat, which the stage describes."""
    firsts = {record.replay_of for record in records}
    if len(records) < 2 or len(firsts) > 1 or None in firsts:
        return ""
    verdicts = [record.verdict for record in records if not record.state.is_under_way]
    return evidence.stability(summarize(verdicts), tongue)
