"""What the page does: one handler for each thing that a person can do there.

Handlers return `{component: value}`; what is not named stays as it is.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from volcedit.client import draw_seed
from volcedit.errors import ParameterError, PhotoError, VolceditError
from volcedit.history import Notebook, Record
from volcedit.images import Reading, read_photo
from volcedit.types import EditParams, Language, PictureFacts, Watermark
from volcedit.ui import markup
from volcedit.ui.page import EXAMPLES, Form, Page
from volcedit.ui.publishing import publish_photo, publish_result, read_upload
from volcedit.ui.text import say
from volcedit.ui.visitor import has_cookie, language, owner_of, toast
from volcedit.wire import GATEWAY_PATH, build_query, check_params
from volcedit.workbench import Run, Workbench, settle_count, settle_seed

HISTORY_ROWS = 12
TICK_S = 1.0
"""How often the seconds of a run are counted on."""

Updates = dict[Any, Any]
_logger = logging.getLogger(__name__)


class Events:
    """The handlers of one app, and the runs that are under way in its open pages."""

    def __init__(self, page: Page, workbench: Workbench) -> None:
        self._page = page
        self._workbench = workbench
        self._runs: dict[str, Run] = {}
        self._following: set[str] = set()
        """The pages with a run that they follow."""

    def connect(self, demo: gr.Blocks) -> None:
        """Give every component its listener. All are private: programs have `/edit`."""
        p = self._page
        view = [p.status, p.results, p.shown, *self._choice()]
        past = [p.history, p.history_note, p.newer, p.older, p.page_number]
        sure = [p.delete_all, p.delete_all_sure, p.keep]
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        now = {"queue": False, **quiet}
        # Queued, also where it is quick: without the queue Gradio drops the words of an error.
        long = {"concurrency_limit": None, **quiet}

        p.photo.upload(self.look_at_photo, p.photo, [p.photo, p.photo_note, p.parent], **now)
        p.photo.clear(self.forget_photo, None, [p.photo_note, p.parent], **now)
        for example in p.examples:
            filled = [p.photo, p.photo_note, p.prompt, p.parent]
            example.click(self.load_example, None, filled, **now)
        p.new_seed.click(self.new_seed, None, p.seed, **now)
        p.run.click(
            self.run, [p.parent, *p.form], [p.run, p.stop, p.seed, p.news, *view],
            validator=self.check, trigger_mode="once", **long,
        ).then(self.await_rest, None, [p.status, p.news], **long)  # fmt: skip
        p.stop.click(self.stop, None, p.stop, **now)
        p.results.select(self.choose_shown, p.shown, self._choice(), **long)
        p.use_as_input.click(self.use_as_input, p.chosen, [p.photo, p.photo_note, p.parent], **long)
        p.history.restore(self.restore, None, [*p.form, p.photo_note, p.parent, *view], **long)
        p.history.delete(self.delete, p.page_number, past, **long)
        p.newer.click(self.turn_newer, p.page_number, past, **now)
        p.older.click(self.turn_older, p.page_number, past, **now)
        p.delete_all.click(self.ask_delete_all, None, sure, **now)
        p.keep.click(self.keep_all, None, sure, **now)
        p.delete_all_sure.click(self.delete_all, None, [*sure, *past], **long)
        # One at a time, so that the page never shows an older state over a newer one.
        p.news.change(self.open, None, past, concurrency_id="history", concurrency_limit=1, **quiet)
        demo.load(self.open, None, past, **now)
        demo.unload(self.leave)

    def _choice(self) -> list[Any]:
        p = self._page
        return [p.chosen, p.compare, p.request_json, p.response_json, p.use_as_input]

    # ── composing ────────────────────────────────────────────────────────────────────────────

    def look_at_photo(self, request: gr.Request, path: str) -> Updates:
        """Say at once what will be sent; a file that cannot be sent is put down again."""
        page = self._page
        try:
            reading = read_upload(path)
        except PhotoError as error:
            words = error.words.in_language(language(request))
            return {page.photo: None, page.photo_note: markup.note(words, "error")}
        return {page.photo_note: _describe(reading, language(request)), page.parent: None}

    def forget_photo(self, request: gr.Request) -> Updates:
        """The photo was taken away."""
        return {self._page.photo_note: say(language(request), "photo_hint")}

    def load_example(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Put an example's photo and prompt in place."""
        page, tongue = self._page, language(request)
        key, path = list(EXAMPLES.items())[page.examples.index(event.target)]
        return {
            page.photo: str(path),
            page.photo_note: _describe(read_photo(path), tongue),
            page.prompt: say(tongue, key),
            page.parent: None,
        }

    def new_seed(self) -> Updates:
        """Draw a seed and show it."""
        return {self._page.seed: str(draw_seed())}

    def check(self, request: gr.Request, parent: Any, *values: Any) -> list[dict[str, Any]]:
        """The verdict on each value, shown at its field, before anything is sent."""
        form = Form(*values)
        tongue = language(request)
        wrong: dict[str, str] = {}
        if not form.photo:
            wrong["photo"] = say(tongue, "photo_missing")
        for check in (
            lambda: check_params(EditParams(form.prompt)),
            lambda: check_params(EditParams("-", form.negative_prompt)),
            lambda: check_params(EditParams("-", scale=form.scale)),
            lambda: settle_seed(_read_seed(form.seed)),
            lambda: settle_count(form.count),
        ):
            try:
                check()
            except ParameterError as error:
                wrong[error.field] = error.words.in_language(tongue)
        return [gr.validate(True, "")] + [
            gr.validate(name not in wrong, wrong.get(name, "")) for name in Form._fields
        ]

    # ── running ──────────────────────────────────────────────────────────────────────────────

    async def run(
        self, request: gr.Request, parent: str | None, *values: Any
    ) -> AsyncIterator[Updates]:
        """Make the variations; the page follows until all have ended, or until Stop."""
        page, tongue = self._page, language(request)
        yield {page.run: gr.Button(interactive=False)}
        if request.session_hash in self._following:
            return  # a double click: the validator's time is not covered by trigger_mode
        self._following.add(request.session_hash)
        yield {page.results: gr.Gallery(value=[], selected_index=None), page.shown: []}
        try:
            async for updates in self._follow(request, parent, Form(*values)):
                yield updates
        except VolceditError as error:
            yield {page.status: markup.note(error.words.in_language(tongue), "error")}
        except Exception:
            _logger.exception("a run could not be followed")
            yield {page.status: markup.note(say(tongue, "broke"), "error")}
        finally:
            self._following.discard(request.session_hash)
        yield {page.run: gr.Button(interactive=True), page.stop: gr.Button(interactive=False)}

    async def _follow(
        self, request: gr.Request, parent: str | None, form: Form
    ) -> AsyncIterator[Updates]:
        page, tongue = self._page, language(request)
        notebook = self._workbench.notebook(owner_of(request))
        changed, loop = asyncio.Event(), asyncio.get_running_loop()
        run = await asyncio.to_thread(
            self._start, notebook, form, parent,
            on_change=lambda: loop.is_closed() or loop.call_soon_threadsafe(changed.set),
        )  # fmt: skip
        self._runs = {key: other for key, other in self._runs.items() if not other.finished}
        self._runs[request.session_hash] = run
        started = time.monotonic()
        seed = str(run.records[0].recipe.params.seed)
        yield {page.stop: gr.Button(interactive=True), page.seed: seed}
        seen: list[Record] = []
        over = False
        while not over:
            changed.clear()
            over = run.finished or run.stopped
            updates = {page.status: markup.status_of_run(run, time.monotonic() - started, tongue)}
            if (records := run.records) != seen:
                updates |= await asyncio.to_thread(
                    self._show_progress, notebook, seen, records, tongue
                )
                updates[page.news] = _tell_news()
                seen = records
            yield updates
            if not over:
                with suppress(TimeoutError, asyncio.TimeoutError):
                    await asyncio.wait_for(changed.wait(), TICK_S)

    def _start(
        self, notebook: Notebook, form: Form, parent: str | None, on_change: Callable[[], None]
    ) -> Run:
        photo = read_upload(form.photo).photo
        mark = Watermark(
            form.watermark_text,
            form.watermark_position,
            form.watermark_language,
            form.watermark_opacity,
        )
        params = EditParams(
            form.prompt,
            form.negative_prompt,
            settle_seed(_read_seed(form.seed)),
            float(form.scale),
            mark if form.watermark else None,
        )
        return self._workbench.start(
            notebook, photo, params, settle_count(form.count),
            delivery=form.delivery, parent=parent, on_change=on_change,
        )  # fmt: skip

    def _show_progress(
        self, notebook: Notebook, seen: list[Record], records: list[Record], tongue: Language
    ) -> Updates:
        """The gallery so far. The first picture, or else the first failure, is chosen by itself."""
        done = [record for record in records if record.state == "done"]
        done_before = [record for record in seen if record.state == "done"]
        updates: Updates = {}
        if len(done) > len(done_before):
            updates |= self._fill_gallery(notebook, done, tongue)
        if done and not done_before:
            updates |= self._choose(notebook, done[0])
        elif not done and all(record.state in ("failed", "stopped") for record in records):
            updates |= self._choose(notebook, records[0])
        return updates

    def _fill_gallery(self, notebook: Notebook, records: list[Record], tongue: Language) -> Updates:
        pictures = [
            (path, say(tongue, "caption", seed=record.recipe.params.seed))
            for record in records
            if (path := publish_result(notebook, record))
        ]
        shown = [record.id for record in records if record.picture]
        return {self._page.results: pictures, self._page.shown: shown}

    def stop(self, request: gr.Request) -> Updates:
        """Free the page and start nothing more."""
        if run := self._runs.get(request.session_hash):
            run.stop()
        return {self._page.stop: gr.Button(interactive=False)}

    async def await_rest(self, request: gr.Request) -> Updates:
        """After Stop, show what was already sent as soon as it is back."""
        run = self._runs.get(request.session_hash)
        updates: Updates = {self._page.news: _tell_news()}
        if run is not None and run.stopped:
            await run.ended()
            updates[self._page.status] = markup.status_of_run(run, 0, language(request))
            updates[self._page.news] = _tell_news()
        return updates

    def leave(self, request: gr.Request) -> None:
        """The tab was closed: as Stop."""
        if run := self._runs.pop(request.session_hash, None):
            run.stop()

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def choose_shown(self, request: gr.Request, event: gr.SelectData, shown: list[str]) -> Updates:
        """A picture of the gallery was clicked."""
        notebook = self._workbench.notebook(owner_of(request))
        with _shown_to(request):
            return self._choose(notebook, notebook.get(shown[event.index]))

    def _choose(self, notebook: Notebook, record: Record) -> Updates:
        """Show what belongs to one attempt: before and after, request, response."""
        page = self._page
        after = publish_result(notebook, record)
        return {
            page.chosen: record.id,
            page.request_json: _request_of(record),
            page.response_json: dict(record.response or {}),
            page.compare: (publish_photo(notebook, record), after) if after else None,
            page.use_as_input: gr.Button(interactive=after is not None),
        }

    def use_as_input(self, request: gr.Request, chosen: str) -> Updates:
        """Go on from a result; the next edit remembers its parent."""
        notebook = self._workbench.notebook(owner_of(request))
        with _shown_to(request):
            path = publish_result(notebook, notebook.get(chosen))
            reading = read_upload(path)
        page = self._page
        return {
            page.photo: path,
            page.photo_note: _describe(reading, language(request)),
            page.parent: chosen,
        }

    # ── history ──────────────────────────────────────────────────────────────────────────────

    def open(self, request: gr.Request) -> Updates:
        """The page was opened, or a run has news: show the newest edits."""
        return self._show_history(request, 0)

    def turn_newer(self, request: gr.Request, page_number: int) -> Updates:
        """One page up."""
        return self._show_history(request, page_number - 1)

    def turn_older(self, request: gr.Request, page_number: int) -> Updates:
        """One page down."""
        return self._show_history(request, page_number + 1)

    def restore(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Put everything back as it was, the exact photo included, and show what came of it."""
        page, tongue = self._page, language(request)
        notebook = self._workbench.notebook(owner_of(request))
        with _shown_to(request):
            record = notebook.get(event.record_id)
            path = publish_photo(notebook, record)
            reading = read_photo(path)
            results = self._choose(notebook, record)
            results |= self._fill_gallery(notebook, [record], tongue)
        recipe, params = record.recipe, record.recipe.params
        mark = params.watermark or Watermark()
        form = Form(
            photo=path,
            prompt=params.prompt,
            negative_prompt=params.negative_prompt,
            scale=params.scale,
            seed=str(params.seed),
            count=1,
            delivery=recipe.delivery,
            watermark=params.watermark is not None,
            watermark_text=mark.text,
            watermark_language=mark.language,
            watermark_position=mark.position,
            watermark_opacity=mark.opacity,
        )
        settings = self._workbench.settings
        here = (settings.host, settings.req_key)
        same = (recipe.host, recipe.req_key) == here
        words = say(
            tongue,
            "restored" if same else "restored_elsewhere",
            then=f"{recipe.host}, {recipe.req_key}",
            now=", ".join(here),
        )
        return {
            **dict(zip(page.form, form, strict=True)),
            **results,
            page.photo_note: _describe(reading, tongue),
            page.parent: record.parent,
            page.status: markup.note(words) + markup.status_of([record], tongue),
        }

    def delete(self, request: gr.Request, event: gr.EventData, page_number: int) -> Updates:
        """Delete one edit."""
        notebook = self._workbench.notebook(owner_of(request))
        with _shown_to(request):
            staying = self._workbench.delete(notebook, [event.record_id])
        return self._show_history(request, page_number, staying)

    def ask_delete_all(self) -> Updates:
        """Ask once more."""
        return self._ask(sure=True)

    def keep_all(self) -> Updates:
        """They thought better of it."""
        return self._ask(sure=False)

    def delete_all(self, request: gr.Request) -> Updates:
        """Delete every edit of this visitor."""
        with _shown_to(request):
            staying = self._workbench.delete(self._workbench.notebook(owner_of(request)))
        return self._ask(sure=False) | self._show_history(request, 0, staying)

    def _ask(self, *, sure: bool) -> Updates:
        page = self._page
        return {
            page.delete_all: gr.Button(visible=not sure),
            page.delete_all_sure: gr.Button(visible=sure),
            page.keep: gr.Button(visible=sure),
        }

    def _show_history(self, request: gr.Request, number: int, staying: int = 0) -> Updates:
        page, tongue = self._page, language(request)
        notebook = self._workbench.notebook(owner_of(request))
        with _shown_to(request):
            number = max(number, 0)
            records, total = notebook.page(number, HISTORY_ROWS)
            last_page = max(0, (total - 1) // HISTORY_ROWS)
            if number > last_page:  # its last row was deleted
                number = last_page
                records, total = notebook.page(number, HISTORY_ROWS)
        rows = [
            markup.Row(
                record, self._workbench.is_interrupted(record), _thumbnails(notebook, record)
            )
            for record in records
        ]
        notes = [] if has_cookie(request) else [say(tongue, "history_no_cookie")]
        if staying:
            notes.append(say(tongue, "deleted_but", count=staying))
        if total > HISTORY_ROWS:
            first = number * HISTORY_ROWS + 1
            last = first + len(records) - 1
            notes.append(say(tongue, "history_page", first=first, last=last, total=total))
        return {
            page.history: markup.history_rows(rows, tongue),
            page.history_note: "".join(map(markup.note, notes)),
            page.newer: gr.Button(interactive=number > 0),
            page.older: gr.Button(interactive=number < last_page),
            page.page_number: number,
        }


@contextmanager
def _shown_to(request: gr.Request) -> Iterator[None]:
    """What goes wrong inside becomes a toast in the visitor's language."""
    try:
        yield
    except VolceditError as error:
        raise toast(error, request) from error


def _tell_news() -> str:
    """A value that `Page.news` never had."""
    return str(time.monotonic_ns())


def _read_seed(text: Any) -> Any:
    """A whole number if `text` says one; else `text`, for `settle_seed` to judge."""
    text = str(text or "").strip().replace("−", "-")
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,12}", text) else text


def _describe(reading: Reading, tongue: Language) -> str:
    """The note below the photo: what will be sent, and what was changed for it."""
    photo = reading.photo
    words = say(
        tongue,
        "photo_changed" if reading.changes else "photo_untouched",
        width=photo.width_px,
        height=photo.height_px,
        kind=markup.kind_name(photo.media_type),
        size=markup.size_name(len(photo.data)),
    )
    changes = "".join(
        f"<li>{markup.escape(change.in_language(tongue))}</li>" for change in reading.changes
    )
    return markup.note(words) + (f"<ul>{changes}</ul>" if changes else "")


def _thumbnails(notebook: Notebook, record: Record) -> tuple[bytes | None, bytes | None]:
    def find(facts: PictureFacts | None) -> bytes | None:
        try:
            return notebook.thumbnail(facts) if facts else None
        except VolceditError:
            return None  # the row still tells what it knows

    return find(record.recipe.photo), find(record.picture)


def _request_of(record: Record) -> dict[str, Any]:
    """What was sent, but for the key, and the photo's base64 by its size and hash."""
    return {
        "method": "POST",
        "url": f"{record.recipe.host}{GATEWAY_PATH}?{urlencode(build_query())}",
        "headers": {"Content-Type": "application/json"},
        "body": record.recipe.body_fields(),
    }
