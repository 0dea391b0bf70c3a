"""What the page does: one handler for each thing that a person can do there.

Handlers return `{component: value}`; what is not named stays as it is.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from volcedit import snippets
from volcedit.client import draw_seed
from volcedit.config import Settings
from volcedit.errors import ParameterError, PhotoError, VolceditError
from volcedit.history import Notebook, Record, utc_now
from volcedit.images import Reading, read_photo
from volcedit.recipe import Recipe
from volcedit.transport import Wait
from volcedit.types import EditParams, Language, PictureFacts, Watermark
from volcedit.ui import markup
from volcedit.ui.keys import Keys, is_at_this_machine
from volcedit.ui.page import ASSETS, EXAMPLES, WHOLE, Form, Page
from volcedit.ui.publishing import (
    is_too_long,
    publish_crop,
    publish_photo,
    publish_result,
    read_upload,
)
from volcedit.ui.text import say
from volcedit.ui.visitor import has_cookie, language, owner_of, toast
from volcedit.wire import GATEWAY_PATH, build_query, check_params
from volcedit.workbench import Run, Workbench, settle_count, settle_seed

HISTORY_ROWS = 12
RECENT_PROMPTS = 6
CROPS_REMEMBERED = 1000
ELSEWHERE_SANDBOX = "http://127.0.0.1:8000"
"""Where the README starts a sandbox, for records that an embedded one made."""

Updates = dict[Any, Any]
_logger = logging.getLogger(__name__)


class Events:
    """The handlers of one app, and the runs that are under way in its open pages."""

    def __init__(self, page: Page, workbench: Workbench) -> None:
        self._page = page
        self._workbench = workbench
        self._keys = Keys(workbench.settings)
        self._whole: dict[str, str] = {}
        """What each photo was cut from: paths, of uploads both."""
        self._runs: dict[str, Run] = {}
        self._following: set[str] = set()
        """The pages with a run that they follow."""

    def connect(self, demo: gr.Blocks) -> None:
        """Give every component its listener. All are private: programs have `/edit`."""
        p = self._page
        view = [p.status, p.results, p.shown, p.staying, *self._choice()]
        keys = [p.provider, p.gateway, p.api_key, p.key_note, p.remove_key]
        past = [p.history, p.ideas, p.history_note, p.newer, p.older, p.page_number]
        sure = [p.delete_all, p.delete_all_sure, p.keep]
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        now = {"queue": False, **quiet}
        # Queued, also where it is quick: without the queue Gradio drops the words of an error.
        long = {"concurrency_limit": None, **quiet}

        p.photo.upload(self.look_at_photo, p.photo, [p.photo, p.photo_note, p.parent], **now)
        for control in (p.aspect.input, p.position.release):
            cut = [p.photo, p.aspect, p.position]
            control(self.crop, cut, [p.photo, p.photo_note, p.parent], **long)
        p.photo.clear(self.forget_photo, None, [p.photo_note, p.parent], **now)
        run_js = {"fn": None, "js": "() => volcedit.run()", **quiet}
        for example in p.examples:
            filled = [p.photo, p.photo_note, p.prompt, p.parent]
            example.click(self.load_example, None, filled, **now).success(**run_js)
        # Nobody else has the key as an input: what is typed goes into memory, the field is emptied.
        p.api_key.blur(self.set_key, [p.gateway, p.api_key], keys, **now)
        p.api_key.submit(self.set_key, [p.gateway, p.api_key], keys, **now)
        p.remove_key.click(self.remove_key, None, keys, **now)
        p.new_seed.click(self.new_seed, None, p.seed, **now)
        p.run.click(
            self.run, [p.parent, p.staying, p.shown, *p.form],
            [p.run, p.stop, p.seed, p.news, *view],
            validator=self.check, trigger_mode="once", **long,
        ).then(self.await_rest, p.shown, [p.status, p.results, p.news], **long)  # fmt: skip
        p.stop.click(self.stop, None, p.stop, **now)
        for look in (p.results.choose, p.history.look):
            # Not "always_last": that may ask for the first one twice. The script asks again if the
            # answers came in another order.
            look(self.choose, None, self._choice(), trigger_mode="multiple", **long)
        composed = [*p.form, p.photo_note, p.parent, p.staying]
        for pictures in (p.results, p.compare):
            pictures.again(self.again, None, composed, **long).success(**run_js)
            pictures.renew(self.renew, None, composed, **long).success(**run_js)
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
        demo.load(self.enter, None, [*past, *keys], **now)
        demo.unload(self.leave)

    def _choice(self) -> list[Any]:
        p = self._page
        return [
            p.chosen, p.compare, p.request_json, p.response_json, p.snippet, p.use_as_input,
        ]  # fmt: skip

    # ── composing ────────────────────────────────────────────────────────────────────────────

    def look_at_photo(self, request: gr.Request, path: str) -> Updates:
        """Say at once what will be sent; a file that cannot be sent is put down again."""
        page = self._page
        try:
            reading = read_upload(path)
        except PhotoError as error:
            words = markup.note(error.words.in_language(language(request)), "error")
            # What is only too long can be cropped.
            kept = {} if is_too_long(path) else {page.photo: None}
            return {page.photo_note: words, **kept}
        return {page.photo_note: _describe(reading, language(request)), page.parent: None}

    def crop(self, request: gr.Request, path: str | None, aspect: str, position: float) -> Updates:
        """Put the part of the photo in its place, always cut from the whole one."""
        page = self._page
        if path is None:
            return {page.photo_note: say(language(request), "photo_hint")}
        whole = self._whole.get(path, path)
        with _shown_to(request):
            part = whole if aspect == WHOLE else publish_crop(whole, aspect, position)
            if part != whole:
                self._whole[part] = whole
            if len(self._whole) > CROPS_REMEMBERED:
                del self._whole[next(iter(self._whole))]
        return {page.photo: part, **self.look_at_photo(request, part)}

    def forget_photo(self, request: gr.Request) -> Updates:
        """The photo was taken away."""
        return {self._page.photo_note: say(language(request), "photo_hint")}

    def load_example(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Put an example's photo and prompt in place."""
        page, tongue = self._page, language(request)
        key, name = list(EXAMPLES.items())[page.examples.index(event.target)]
        path = ASSETS / "photos" / name
        return {
            page.photo: str(path),
            page.photo_note: _describe(read_photo(path), tongue),
            page.prompt: say(tongue, key),
            page.parent: None,
        }

    def new_seed(self) -> Updates:
        """Draw a seed and show it."""
        return {self._page.seed: str(draw_seed())}

    def check(
        self, request: gr.Request, parent: Any, staying: Any, shown: Any, *values: Any
    ) -> list[dict[str, Any]]:
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
        return [gr.validate(True, "")] * 3 + [
            gr.validate(name not in wrong, wrong.get(name, "")) for name in Form._fields
        ]

    # ── connecting ───────────────────────────────────────────────────────────────────────────

    def set_key(self, request: gr.Request, gateway: str, key: str) -> Updates:
        """A key was typed: keep it where no page and no store of Gradio's sees it."""
        page = self._page
        if not key:
            return {page.api_key: ""}
        try:
            self._keys.put(
                owner_of(request), key, gateway, may_choose_gateway=is_at_this_machine(request)
            )
        except VolceditError as error:
            words = error.words.in_language(language(request))
            return {page.api_key: "", page.key_note: markup.note(words, "error")}
        return self.show_key(request)

    def remove_key(self, request: gr.Request) -> Updates:
        """Forget the key."""
        self._keys.remove(owner_of(request))
        return self.show_key(request)

    def show_key(self, request: gr.Request) -> Updates:
        """Which service is in force, and the end of a key of one's own."""
        page, tongue, app = self._page, language(request), self._workbench.settings
        note, is_set = "", True
        try:
            settings = self._keys.settings_of(owner_of(request))
        except VolceditError as error:
            note, settings = markup.note(error.words.in_language(tongue), "error"), app
        else:
            is_set = settings is not app
            if is_set:
                tail = settings.api_key[-4:] if len(settings.api_key) >= 12 else ""
                note = markup.note(say(tongue, "key_set", tail=tail, host=settings.host))
        kind = "own" if is_set and settings is not app else settings.provider
        words = say(tongue, f"provider_{kind}", host=settings.host, model=settings.req_key)
        return {
            page.provider: gr.HTML(
                markup.escape(words), elem_classes="gateway" if kind == "own" else kind
            ),
            page.gateway: gr.Textbox(visible=app.visitor_keys and is_at_this_machine(request)),
            page.api_key: gr.Textbox(value="", visible=app.visitor_keys),
            page.key_note: note,
            page.remove_key: gr.Button(visible=is_set),
        }

    # ── running ──────────────────────────────────────────────────────────────────────────────

    async def run(
        self,
        request: gr.Request,
        parent: str | None,
        staying: bool,
        shown: list[str],
        *values: Any,
    ) -> AsyncIterator[Updates]:
        """Make the variations; the page follows until all have ended, or until Stop."""
        page, tongue = self._page, language(request)
        yield {page.run: gr.Button(interactive=False)}
        if request.session_hash in self._following:
            return  # a double click: the validator's time is not covered by trigger_mode
        self._following.add(request.session_hash)
        yield {page.staying: False}
        try:
            shown = shown if staying else []
            async for updates in self._follow(request, parent, shown, Form(*values)):
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
        self, request: gr.Request, parent: str | None, shown: list[str], form: Form
    ) -> AsyncIterator[Updates]:
        page, tongue = self._page, language(request)
        notebook = self._workbench.notebook(owner_of(request))
        changed, loop = asyncio.Event(), asyncio.get_running_loop()
        run = await asyncio.to_thread(
            self._start, notebook, form, parent, self._settings(request),
            on_change=lambda: loop.is_closed() or loop.call_soon_threadsafe(changed.set),
        )  # fmt: skip
        self._runs = {key: other for key, other in self._runs.items() if not other.finished}
        self._runs[request.session_hash] = run
        started = time.monotonic()
        seed = str(run.records[0].recipe.params.seed)
        earlier = await asyncio.to_thread(_find_all, notebook, shown)
        yield {
            page.stop: gr.Button(interactive=True),
            page.seed: seed,
            page.shown: [record.id for record in [*earlier, *run.records]],
            **await asyncio.to_thread(self._choose, request, notebook, run.records[0]),
        }
        seen: list[Record] = []
        over = False
        while not over:
            changed.clear()
            over = run.finished or run.stopped
            records = run.records
            updates = {
                page.status: markup.status_of_run(run, time.monotonic() - started, tongue),
                page.results: await asyncio.to_thread(
                    self._tiles, notebook, [*earlier, *records], run.waits, tongue
                ),
            }
            if records != seen:
                updates |= await asyncio.to_thread(
                    self._choose_first, request, notebook, seen, records
                )
                updates[page.news] = _tell_news()
                seen = records
            yield updates
            if not over:
                await changed.wait()

    def _start(
        self,
        notebook: Notebook,
        form: Form,
        parent: str | None,
        settings: Settings,
        on_change: Callable[[], None],
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
            delivery=form.delivery, parent=parent,
            settings=None if settings is self._workbench.settings else settings,
            on_change=on_change,
        )  # fmt: skip

    def _choose_first(
        self, request: gr.Request, notebook: Notebook, seen: list[Record], records: list[Record]
    ) -> Updates:
        """The first picture, or else the first failure, is chosen by itself."""
        done = [record for record in records if record.state == "done"]
        if done and not any(record.state == "done" for record in seen):
            return self._choose(request, notebook, done[0])
        if not done and all(record.state in ("failed", "stopped") for record in records):
            return self._choose(request, notebook, records[0])
        return {}

    def _tiles(
        self, notebook: Notebook, records: list[Record], waits: Mapping[str, Wait], tongue: Language
    ) -> str:
        paths = {record.id: publish_result(notebook, record) for record in records}
        shown = {name: path for name, path in paths.items() if path}
        return markup.tiles(records, shown, waits, utc_now(), tongue)

    def stop(self, request: gr.Request) -> Updates:
        """Free the page and start nothing more."""
        if run := self._runs.get(request.session_hash):
            run.stop()
        return {self._page.stop: gr.Button(interactive=False)}

    async def await_rest(self, request: gr.Request, shown: list[str]) -> Updates:
        """After Stop, show what was already sent as soon as it is back."""
        run = self._runs.get(request.session_hash)
        updates: Updates = {self._page.news: _tell_news()}
        if run is not None and run.stopped:
            await run.ended()
            tongue, notebook = language(request), self._workbench.notebook(owner_of(request))
            records = await asyncio.to_thread(_find_all, notebook, shown)
            updates[self._page.status] = markup.status_of_run(run, 0, tongue)
            updates[self._page.results] = await asyncio.to_thread(
                self._tiles, notebook, records, {}, tongue
            )
            updates[self._page.news] = _tell_news()
        return updates

    def leave(self, request: gr.Request) -> None:
        """The tab was closed: as Stop."""
        if run := self._runs.pop(request.session_hash, None):
            run.stop()

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def choose(self, request: gr.Request, event: gr.EventData) -> Updates:
        """A picture of the results or of the history was clicked."""
        notebook = self._workbench.notebook(owner_of(request))
        with _shown_to(request):
            return self._choose(request, notebook, notebook.get(event.record_id))

    def _choose(self, request: gr.Request, notebook: Notebook, record: Record) -> Updates:
        """Show what belongs to one attempt: before and after, request, response, code."""
        page, tongue = self._page, language(request)
        after = publish_result(notebook, record)
        try:
            before = publish_photo(notebook, record)
        except VolceditError:
            before = None  # damaged; the answer can still be read
        base_url, key = self._address_of(record.recipe, request)
        texts = {
            "cURL": snippets.curl(record.recipe, base_url, key=key),
            "Python": snippets.python(record.recipe, base_url, key=key),
        }
        return {
            page.chosen: record.id,
            page.request_json: _request_of(record),
            page.response_json: dict(record.response or {}),
            page.compare: markup.stage(record, before, after, tongue),
            page.snippet: markup.snippets(texts, before, tongue),
            page.use_as_input: gr.Button(interactive=after is not None),
        }

    def _settings(self, request: gr.Request) -> Settings:
        return self._keys.settings_of(owner_of(request))

    def _address_of(self, recipe: Recipe, request: gr.Request) -> tuple[str, bool]:
        """(the root URL that `recipe` was sent to, does it want a key?)"""
        known = [self._workbench.settings]
        with suppress(VolceditError):
            known.append(self._settings(request))
        for settings in known:
            if recipe.host == settings.host:
                return settings.base_url, bool(settings.api_key)
        if recipe.provider == "sandbox":
            return ELSEWHERE_SANDBOX, False
        return f"https://{recipe.host}", True

    def again(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Compose the same edit with the same seed; what is shown stays."""
        return self._recompose(request, event.record_id)

    def renew(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Compose the same edit with a seed drawn anew; what is shown stays."""
        return self._recompose(request, event.record_id, seed=draw_seed())

    def _recompose(self, request: gr.Request, record_id: str, **changed: int) -> Updates:
        notebook = self._workbench.notebook(owner_of(request))
        with _shown_to(request):
            record = notebook.get(record_id)
            recipe = record.recipe
            recipe = replace(recipe, params=replace(recipe.params, **changed))
            composed = self._compose(request, notebook, replace(record, recipe=recipe))
        return composed | {self._page.staying: True}

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

    def enter(self, request: gr.Request) -> Updates:
        """The page was opened."""
        return self.open(request) | self.show_key(request)

    def open(self, request: gr.Request) -> Updates:
        """Show the newest edits."""
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
            composed = self._compose(request, notebook, record)
            results = self._choose(request, notebook, record)
            results[page.results] = self._tiles(notebook, [record], {}, tongue)
            results[page.shown] = [record.id]
        recipe = record.recipe
        settings = self._workbench.settings
        with suppress(VolceditError):
            settings = self._settings(request)
        here = (settings.host, settings.req_key)
        same = (recipe.host, recipe.req_key) == here
        words = say(
            tongue,
            "restored" if same else "restored_elsewhere",
            then=f"{recipe.host}, {recipe.req_key}",
            now=", ".join(here),
        )
        return {
            **composed,
            **results,
            page.status: markup.note(words) + markup.status_of([record], tongue),
        }

    def _compose(self, request: gr.Request, notebook: Notebook, record: Record) -> Updates:
        """The composer as it was for `record`."""
        path = publish_photo(notebook, record)
        params = record.recipe.params
        mark = params.watermark or Watermark()
        form = Form(
            photo=path,
            prompt=params.prompt,
            negative_prompt=params.negative_prompt,
            scale=params.scale,
            seed=str(params.seed),
            count=1,
            delivery=record.recipe.delivery,
            watermark=params.watermark is not None,
            watermark_text=mark.text,
            watermark_language=mark.language,
            watermark_position=mark.position,
            watermark_opacity=mark.opacity,
        )
        return {
            **dict(zip(self._page.form, form, strict=True)),
            self._page.photo_note: _describe(read_photo(path), language(request)),
            self._page.parent: record.parent,
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
        recent = list(dict.fromkeys(record.recipe.params.prompt for record in records))
        return {
            page.history: markup.history_rows(rows, tongue),
            page.ideas: markup.ideas(recent[:RECENT_PROMPTS], tongue),
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


def _find_all(notebook: Notebook, ids: list[str]) -> list[Record]:
    """Those records, but for what was deleted meanwhile."""
    found = []
    for record_id in ids:
        with suppress(VolceditError):
            found.append(notebook.get(record_id))
    return found


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
