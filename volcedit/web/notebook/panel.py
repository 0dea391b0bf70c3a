"""The history: browse, search, mark, restore, delete."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import gradio as gr

from volcedit.errors import VolceditError
from volcedit.notebook.finding import Query
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import NOTE_MAX_CHARS, Record
from volcedit.service.fields import (
    SEED_MAX,
)
from volcedit.service.models import (
    MODELS,
)
from volcedit.types import PictureFacts
from volcedit.web import markup
from volcedit.web.desk import Desk, Updates, ids_of, shown_to
from volcedit.web.edit.composer import Composer
from volcedit.web.edit.pictures import ideas
from volcedit.web.edit.status import status_of
from volcedit.web.edit.viewer import Viewer, show_tiles
from volcedit.web.notebook import rows
from volcedit.web.visitor import has_cookie, language
from volcedit.words import say

Choice = TypeVar("Choice", bound=str)

HISTORY_ROWS = 12
RECENT_PROMPTS = 6


class HistoryPanel:
    """The handlers of the history."""

    def __init__(self, desk: Desk, composer: Composer, viewer: Viewer) -> None:
        self._desk = desk
        self._composer = composer
        self._viewer = viewer

    def open(self, request: gr.Request) -> Updates:
        """Show the newest edits and the search form."""
        bar = {self._desk.page.find_bar: rows.find_bar(language(request))}
        return bar | self._show_history(request, 0, Query())

    def refresh(self, request: gr.Request, page_number: int, query: Query) -> Updates:
        """Refresh the current page and the totals."""
        return self._show_history(request, page_number, query) | self.sum_up(request)

    def turn_newer(self, request: gr.Request, page_number: int, query: Query) -> Updates:
        """Show the previous page."""
        return self._show_history(request, page_number - 1, query)

    def turn_older(self, request: gr.Request, page_number: int, query: Query) -> Updates:
        """Show the next page."""
        return self._show_history(request, page_number + 1, query)

    def find(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Show what matches the search form."""
        query = read_query(event.form)
        return {self._desk.page.query: query, **self._show_history(request, 0, query)}

    def sum_up(self, request: gr.Request) -> Updates:
        """Show the totals of the notebook. Separate, since the first call reads all records."""
        page, tongue = self._desk.page, language(request)
        notebook, settings = self._desk.notebook(request), self._desk.workbench.settings
        with shown_to(request):
            totals = notebook.index().totals()
            outlook = self._desk.workbench.look_ahead(notebook)
        line = rows.totals_line(totals, settings.price, settings.currency, tongue)
        return {page.totals: line + (rows.outlook_notes(outlook, tongue) if outlook else "")}

    # ── marks ────────────────────────────────────────────────────────────────────────────────

    def star(
        self, request: gr.Request, event: gr.EventData, page_number: int, query: Query
    ) -> Updates:
        """Add or remove the star of an edit."""
        notebook = self._desk.notebook(request)
        with shown_to(request):
            mark = notebook.mark_of(event.record_id)
            notebook.mark(event.record_id, replace(mark, starred=not mark.starred))
        return self._show_history(request, page_number, query)

    def star_some(
        self, request: gr.Request, event: gr.EventData, page_number: int, query: Query
    ) -> Updates:
        """Add a star to all selected edits, or remove it if all have one."""
        notebook = self._desk.notebook(request)
        with shown_to(request):
            marks = {it: notebook.mark_of(it) for it in ids_of(event)}
            starred = not all(mark.starred for mark in marks.values())
            for record_id, mark in marks.items():
                notebook.mark(record_id, replace(mark, starred=starred))
        return self._show_history(request, page_number, query)

    def write_note(self, request: gr.Request, event: gr.EventData) -> None:
        """Save the note on an edit. The page already shows it."""
        notebook = self._desk.notebook(request)
        with shown_to(request):
            mark = notebook.mark_of(event.record_id)
            notebook.mark(event.record_id, replace(mark, note=str(event.text)[:NOTE_MAX_CHARS]))

    # ── restore, delete ──────────────────────────────────────────────────────────────────────

    def restore(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Restore the composer, including the exact photo, and show the result."""
        page, tongue = self._desk.page, language(request)
        notebook = self._desk.notebook(request)
        with shown_to(request):
            record = notebook.get(event.record_id)
            composed = self._composer.compose(request, notebook, record)
            results = self._viewer.look(notebook, record, tongue)
            results[page.results] = show_tiles(notebook, [record], tongue)
            results[page.shown] = [record.id]
        recipe = record.recipe
        settings = self._desk.workbench.settings
        with suppress(VolceditError):
            settings = self._desk.settings(request)
        model = recipe.req_key if recipe.req_key in MODELS else settings.req_key
        here = (settings.host, model)
        same = (recipe.host, recipe.req_key) == here
        if same:
            words = say(
                tongue,
                "Restored, photo included. Run sends the same request.",
            )
        else:
            words = say(
                tongue,
                "Restored, photo included. It was made by {then}; Run sends it to {now}.",
                then=[recipe.host, recipe.req_key],
                now=list(here),
            )
        return {
            **composed,
            **results,
            page.status: markup.note(words) + status_of([record], tongue),
        }

    def delete(
        self, request: gr.Request, event: gr.EventData, page_number: int, query: Query
    ) -> Updates:
        """Delete one edit."""
        return self._delete(request, [event.record_id], page_number, query)

    def delete_some(
        self, request: gr.Request, event: gr.EventData, page_number: int, query: Query
    ) -> Updates:
        """Delete several edits."""
        return self._delete(request, ids_of(event), page_number, query)

    def ask_delete_all(self) -> Updates:
        """Ask for confirmation."""
        return self._ask(sure=True)

    def keep_all(self) -> Updates:
        """Cancel the deletion."""
        return self._ask(sure=False)

    def delete_all(self, request: gr.Request, query: Query) -> Updates:
        """Delete every edit of this visitor."""
        return self._ask(sure=False) | self._delete(request, None, 0, query)

    def undo(self, request: gr.Request, page_number: int, query: Query) -> Updates:
        """Restore what was deleted in the last ten minutes."""
        tongue, notebook = language(request), self._desk.notebook(request)
        with shown_to(request):
            back = notebook.take_back(notebook.binned())
        words = (
            say(tongue, "{count} edits restored.", one="{count} edit restored.", count=len(back))
            if back
            else say(tongue, "Too late to undo: deleted edits can be restored for ten minutes.")
        )
        return {
            **self._show_history(request, page_number, query, words),
            **self.sum_up(request),
        }

    def _delete(
        self, request: gr.Request, ids: list[str] | None, page_number: int, query: Query
    ) -> Updates:
        tongue = language(request)
        with shown_to(request):
            gone, staying = self._desk.workbench.delete(self._desk.notebook(request), ids)
        told = (
            [
                say(
                    tongue,
                    "{count} edits deleted. Undo restores what was deleted in the last ten "
                    "minutes.",
                    one="{count} edit deleted. Undo restores what was deleted in the last ten "
                    "minutes.",
                    count=len(gone),
                )
            ]
            if gone
            else []
        )
        if staying:
            told.append(
                say(
                    tongue,
                    "{count} edits kept: their calls are still running.",
                    one="{count} edit kept: its call is still running.",
                    count=staying,
                )
            )
        return {
            **self._show_history(request, page_number, query, *told),
            **self.sum_up(request),
        }

    def _ask(self, *, sure: bool) -> Updates:
        page = self._desk.page
        return {
            page.delete_all: gr.Button(visible=not sure),
            page.delete_all_sure: gr.Button(visible=sure),
            page.keep: gr.Button(visible=sure),
        }

    def _show_history(self, request: gr.Request, number: int, query: Query, *told: str) -> Updates:
        page, tongue = self._desk.page, language(request)
        notebook = self._desk.notebook(request)
        with shown_to(request):
            number = max(number, 0)
            records, total = notebook.page(number, HISTORY_ROWS, query)
            last_page = max(0, (total - 1) // HISTORY_ROWS)
            if number > last_page:  # the last row of that page was deleted
                number = last_page
                records, total = notebook.page(number, HISTORY_ROWS, query)
            can_undo = bool(notebook.binned())
        shown = [self._row(notebook, record) for record in records]
        notes = (
            []
            if has_cookie(request)
            else [
                say(
                    tongue,
                    "This browser blocks cookies here, so this history lasts only until the "
                    "page is closed.",
                )
            ]
        )
        notes += told
        if query != Query() and total:
            notes.append(say(tongue, "{count} found", count=total))
        if total > HISTORY_ROWS:
            first = number * HISTORY_ROWS + 1
            last = first + len(records) - 1
            notes.append(
                say(tongue, "{first}–{last} of {total}", first=first, last=last, total=total)
            )
        updates = {
            page.history: rows.history_rows(shown, query, tongue),
            page.history_note: "".join(map(markup.note, notes)),
            page.newer: gr.Button(interactive=number > 0),
            page.older: gr.Button(interactive=number < last_page),
            page.page_number: number,
            page.undo: gr.Button(visible=can_undo),
        }
        if query == Query() and number == 0:
            recent = list(dict.fromkeys(record.recipe.params.prompt for record in records))
            updates[page.ideas] = ideas(recent[:RECENT_PROMPTS], tongue)
        return updates

    def _row(self, notebook: Notebook, record: Record) -> rows.Row:
        return rows.Row(
            record,
            notebook.mark_of(record.id),
            self._desk.workbench.is_interrupted(record),
            _thumbnails(notebook, record),
        )


def read_query(form: Mapping[str, Any]) -> Query:
    """The query in the search form. Invalid fields are ignored."""

    def text(name: str) -> str:
        value = form.get(name)
        return value.strip() if isinstance(value, str) else ""

    def choice(name: str, choices: Iterable[Choice]) -> Choice:
        first, *others = choices
        return next((it for it in others if it == text(name)), first)

    return Query(
        words=text("words")[:NOTE_MAX_CHARS],
        state=choice("state", rows.STATE_NAMES),
        provider=choice("provider", rows.PROVIDER_NAMES),
        starred=bool(form.get("starred")),
        seeds=_read_seeds(text("seeds")),
        since=_read_day(text("since")),
        until=_read_day(text("until")),
        order=choice("order", rows.ORDER_NAMES),
    )


def _read_seeds(text: str) -> tuple[int, int] | None:
    """A range of seeds, from "7", "7-20", "7-" or "-20"."""
    found = re.fullmatch(r"([0-9]{1,10})?\s*([-–…]?)\s*([0-9]{1,10})?", text)
    if not text or not found or found[0] in "-–…":
        return None
    least, dash, most = found.groups()
    if not dash:
        return (int(least), int(least)) if least and not most else None
    return int(least or 0), int(most or SEED_MAX)


def _read_day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _thumbnails(notebook: Notebook, record: Record) -> tuple[bytes | None, bytes | None]:
    def find(facts: PictureFacts | None) -> bytes | None:
        try:
            return notebook.thumbnail(facts) if facts else None
        except VolceditError:
            return None  # the row is shown without it

    return find(record.recipe.photo), find(record.picture)
