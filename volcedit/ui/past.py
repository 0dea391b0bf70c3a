"""The history: look back, restore, delete."""

from __future__ import annotations

from contextlib import suppress

import gradio as gr

from volcedit.errors import VolceditError
from volcedit.history import Notebook
from volcedit.records import Record
from volcedit.types import PictureFacts
from volcedit.ui import markup
from volcedit.ui.composing import Composing
from volcedit.ui.desk import Desk, Updates, shown_to
from volcedit.ui.looking import Looking, show_tiles
from volcedit.ui.text import say
from volcedit.ui.visitor import has_cookie, language
from volcedit.wire import MODELS

HISTORY_ROWS = 12
RECENT_PROMPTS = 6


class Past:
    """The handlers of the history."""

    def __init__(self, desk: Desk, composing: Composing, looking: Looking) -> None:
        self._desk = desk
        self._composing = composing
        self._looking = looking

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
        page, tongue = self._desk.page, language(request)
        notebook = self._desk.notebook(request)
        with shown_to(request):
            record = notebook.get(event.record_id)
            composed = self._composing.compose(request, notebook, record)
            results = self._looking.look(request, notebook, record)
            results[page.results] = show_tiles(notebook, [record], {}, tongue)
            results[page.shown] = [record.id]
        recipe = record.recipe
        settings = self._desk.workbench.settings
        with suppress(VolceditError):
            settings = self._desk.settings(request)
        model = recipe.req_key if recipe.req_key in MODELS else settings.req_key
        here = (settings.host, model)
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

    def delete(self, request: gr.Request, event: gr.EventData, page_number: int) -> Updates:
        """Delete one edit."""
        notebook = self._desk.notebook(request)
        with shown_to(request):
            staying = self._desk.workbench.delete(notebook, [event.record_id])
        return self._show_history(request, page_number, staying)

    def ask_delete_all(self) -> Updates:
        """Ask once more."""
        return self._ask(sure=True)

    def keep_all(self) -> Updates:
        """They thought better of it."""
        return self._ask(sure=False)

    def delete_all(self, request: gr.Request) -> Updates:
        """Delete every edit of this visitor."""
        with shown_to(request):
            staying = self._desk.workbench.delete(self._desk.notebook(request))
        return self._ask(sure=False) | self._show_history(request, 0, staying)

    def _ask(self, *, sure: bool) -> Updates:
        page = self._desk.page
        return {
            page.delete_all: gr.Button(visible=not sure),
            page.delete_all_sure: gr.Button(visible=sure),
            page.keep: gr.Button(visible=sure),
        }

    def _show_history(self, request: gr.Request, number: int, staying: int = 0) -> Updates:
        page, tongue = self._desk.page, language(request)
        notebook = self._desk.notebook(request)
        with shown_to(request):
            number = max(number, 0)
            records, total = notebook.page(number, HISTORY_ROWS)
            last_page = max(0, (total - 1) // HISTORY_ROWS)
            if number > last_page:  # its last row was deleted
                number = last_page
                records, total = notebook.page(number, HISTORY_ROWS)
        rows = [
            markup.Row(
                record, self._desk.workbench.is_interrupted(record), _thumbnails(notebook, record)
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


def _thumbnails(notebook: Notebook, record: Record) -> tuple[bytes | None, bytes | None]:
    def find(facts: PictureFacts | None) -> bytes | None:
        try:
            return notebook.thumbnail(facts) if facts else None
        except VolceditError:
            return None  # the row still tells what it knows

    return find(record.recipe.photo), find(record.picture)
