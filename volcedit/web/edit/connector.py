"""The connection settings: the service in use, and a visitor's own key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import gradio as gr

from volcedit.config import Settings
from volcedit.errors import AnswerLostError, VolceditError
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import utc_now
from volcedit.service.client import Client
from volcedit.types import Language, Provider, Words
from volcedit.web import markup
from volcedit.web.desk import Desk, Updates
from volcedit.web.edit.status import tell_allowance
from volcedit.web.keys import is_at_this_machine
from volcedit.web.page import badge_of, price_class
from volcedit.web.templates import harmless, render
from volcedit.web.visitor import language, owner_of
from volcedit.words import say
from volcedit.words.kinds import MODES, SERVICES, words_of


class Connector:
    """The handlers of the connection settings."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def set_key(self, request: gr.Request, gateway: str, key: str, model: str) -> Updates:
        """Move a typed key to where neither the page nor Gradio stores it."""
        page = self._desk.page
        if not key:
            return {page.api_key: ""}
        try:
            self._desk.keys.put(
                self._notebook(request),
                key,
                gateway,
                may_choose_gateway=is_at_this_machine(request),
            )
        except VolceditError as error:
            words = say(language(request), error.words)
            return {page.api_key: "", page.key_note: markup.note(words, "error")}
        return self.show_key(request, model)

    def remove_key(self, request: gr.Request, model: str) -> Updates:
        """Forget the key, and use the app's own account."""
        try:
            self._desk.keys.remove(self._notebook(request))
        except VolceditError as error:
            words = say(language(request), error.words)
            return {self._desk.page.key_note: markup.note(words, "error")}
        return self.show_key(request, model)

    def _notebook(self, request: gr.Request) -> Notebook:
        return self._desk.workbench.notebook(owner_of(request))

    def tell_account(self, request: gr.Request, model: str) -> Updates:
        """Show which service and model are in use, whose money it is, and how much is left."""
        page, app, tongue = self._desk.page, self._desk.workbench.settings, language(request)
        provider, allowance = app.provider, ""
        try:
            settings = self._desk.settings(request)
        except VolceditError:
            words = say(tongue, "Nothing is sent: see Connection")
        else:
            provider = settings.provider
            place = {"host": settings.host, "model": model}
            if settings is app:
                words = say(tongue, badge_of(app), **place)
                allowance = self._tell_allowance(request)
            else:
                words = say(tongue, "SeedEdit through {host} · {model} · with your key", **place)
        return {
            page.provider: gr.HTML(harmless(words), elem_classes=price_class(provider)),
            page.allowance: allowance,
        }

    def _tell_allowance(self, request: gr.Request) -> str:
        """How many edits at the owner's cost are left; "" if they are not limited."""
        workbench, tongue = self._desk.workbench, language(request)
        if workbench.settings.provider.is_free:
            return ""
        try:
            payer = self._desk.payer(request, self._notebook(request))
            allowance = workbench.left(payer)
        except VolceditError as error:
            return markup.note(say(tongue, error.words), "error")
        return "" if allowance is None else tell_allowance(allowance, utc_now(), tongue)

    def show_key(self, request: gr.Request, model: str) -> Updates:
        """Show which service is in use, and the last characters of the visitor's own key."""
        desk, tongue = self._desk, language(request)
        page, app = desk.page, desk.workbench.settings
        try:
            settings = desk.settings(request)
        except VolceditError as error:
            note, facts, is_set = markup.note(say(tongue, error.words), "error"), "", True
        else:
            is_set = settings is not app
            note = _tell_key(settings, tongue) if is_set else ""
            facts = _tell_facts(settings, app, tongue)
        return {
            **self.tell_account(request, model),
            page.facts: facts,
            page.gateway: gr.Textbox(visible=app.visitor_keys and is_at_this_machine(request)),
            page.api_key: gr.Textbox(value="", visible=app.visitor_keys),
            page.key_note: note,
            page.remove_key: gr.Button(visible=is_set),
        }

    async def test(self, request: gr.Request) -> AsyncIterator[Updates]:
        """Send the service a free request, and show the result."""
        note, tongue = self._desk.page.connection_note, language(request)
        yield {note: markup.note(say(tongue, "Polling a task that does not exist…"))}
        try:
            settings = await asyncio.to_thread(self._desk.settings, request)
            answered = await asyncio.to_thread(Client.from_settings(settings).probe)
        except AnswerLostError:  # its own message would be about an edit
            yield {
                note: markup.note(
                    say(
                        tongue,
                        "{host} was reached but did not respond. Try again.",
                        host=settings.host,
                    ),
                    "error",
                )
            }
            return
        except VolceditError as error:
            yield {note: markup.note(say(tongue, error.words), "error")}
            return
        words = _ANSWERED if answered else _UNSURE
        if settings.provider == Provider.SANDBOX:
            words = Words("The sandbox responds. It needs no key, is free and is not SeedEdit.")
        yield {note: markup.note(say(tongue, words, host=settings.host))}


_ANSWERED = Words(
    "{host} responds and accepts the key. It was only polled for a task that does not exist, "
    "which is free."
)
_UNSURE = Words(
    "{host} responds, but does not support the free check. Only an edit can tell whether it "
    "accepts the key, and that may cost money."
)


def _tell_key(settings: Settings, tongue: Language) -> str:
    """That a visitor's own key is used, and its last characters."""
    tail = settings.api_key[-4:] if len(settings.api_key) >= 12 else ""
    return markup.note(
        say(
            tongue,
            Words("set …{tail}: edits go to {host} with your key", tail=tail, host=settings.host),
        )
    )


def _tell_facts(settings: Settings, app: Settings, tongue: Language) -> str:
    """The service, host, model, mode and key in use, and where each setting comes from."""
    own = settings is not app

    def origin(*names: str) -> str:
        name = next((name for name in names if name in app.changed), None)
        return say(tongue, "from {name}", name=name) if name else say(tongue, "by default")

    typed = say(tongue, "typed here")
    deciding = {
        Provider.SANDBOX: ("VOLCEDIT_PROVIDER",),
        Provider.GATEWAY: ("VOLCEDIT_PROVIDER", "VOLCEDIT_BASE_URL"),
        Provider.VOLCENGINE: ("VOLCEDIT_PROVIDER", "VOLC_ACCESSKEY"),
    }[settings.provider]
    is_own_place = own and settings.base_url != app.base_url
    place = "VOLCEDIT_VOLC_URL" if settings.provider == Provider.VOLCENGINE else "VOLCEDIT_BASE_URL"
    has_key = bool(settings.api_key or settings.key_pair)
    rows = [
        (say(tongue, "Service"), say(tongue, words_of(settings.provider, SERVICES)),
         typed if is_own_place else origin(*deciding)),
        (say(tongue, "Host"), settings.host, typed if is_own_place else origin(place)),
        (say(tongue, "Model"), settings.req_key, origin("VOLCEDIT_REQ_KEY")),
        (say(tongue, "Call mode"), say(tongue, MODES[settings.mode]), origin("VOLCEDIT_MODE")),
        (say(tongue, "Key"), say(tongue, "set") if has_key else say(tongue, "none"),
         typed if own else origin("VOLCEDIT_API_KEY", "VOLC_ACCESSKEY") if has_key else ""),
    ]  # fmt: skip
    return render("edit/facts.html", tongue, facts=rows)
