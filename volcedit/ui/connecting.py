"""Which service the page speaks to, and a visitor's own key for it."""

from __future__ import annotations

import gradio as gr

from volcedit.errors import VolceditError
from volcedit.ui import markup
from volcedit.ui.desk import Desk, Updates
from volcedit.ui.keys import is_at_this_machine
from volcedit.ui.text import say
from volcedit.ui.visitor import language, owner_of


class Connecting:
    """The handlers of the connection."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def set_key(self, request: gr.Request, gateway: str, key: str) -> Updates:
        """A key was typed: keep it where no page and no store of Gradio's sees it."""
        page = self._desk.page
        if not key:
            return {page.api_key: ""}
        try:
            self._desk.keys.put(
                owner_of(request), key, gateway, may_choose_gateway=is_at_this_machine(request)
            )
        except VolceditError as error:
            words = error.words.in_language(language(request))
            return {page.api_key: "", page.key_note: markup.note(words, "error")}
        return self.show_key(request)

    def remove_key(self, request: gr.Request) -> Updates:
        """Forget the key."""
        self._desk.keys.remove(owner_of(request))
        return self.show_key(request)

    def show_key(self, request: gr.Request) -> Updates:
        """Which service is in force, and the end of a key of one's own."""
        desk, tongue = self._desk, language(request)
        page, app = desk.page, desk.workbench.settings
        note, is_set = "", True
        try:
            settings = desk.settings(request)
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
                markup.escape(words), elem_classes="sandbox" if kind == "sandbox" else "gateway"
            ),
            page.gateway: gr.Textbox(visible=app.visitor_keys and is_at_this_machine(request)),
            page.api_key: gr.Textbox(value="", visible=app.visitor_keys),
            page.key_note: note,
            page.remove_key: gr.Button(visible=is_set),
        }
