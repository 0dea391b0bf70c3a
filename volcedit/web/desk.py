"""What all the page's handlers share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gradio as gr

from volcedit.config import Settings
from volcedit.errors import VolceditError
from volcedit.jobs.budget import Payer
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import Record
from volcedit.pictures.decoder import Decoder
from volcedit.web.keys import Keys
from volcedit.web.page import Page
from volcedit.web.visitor import address_of, owner_of, toast

READ_AT_ONCE = 2
"""Of the threads for such calls, of which there are at least five."""
Updates = dict[Any, Any]
"""What a handler returns: `{component: value}`. Other components are not changed."""


class Desk:
    """An app's page, its workbench, and visitors' keys."""

    def __init__(self, page: Page, workbench: Workbench) -> None:
        self.page = page
        self.workbench = workbench
        self.keys = Keys(workbench.settings)
        self.reading = asyncio.Semaphore(READ_AT_ONCE)
        """Held by an endpoint while a thread reads an upload: the others are for everybody else."""

    @property
    def decoder(self) -> Decoder:
        """What decodes pictures."""
        return self.workbench.decoder

    def notebook(self, request: gr.Request) -> Notebook:
        """The visitor's notebook. An error while opening it is shown as a toast."""
        with shown_to(request):
            return self.workbench.notebook(owner_of(request))

    def settings(self, request: gr.Request) -> Settings:
        """The settings for this visitor.

        Raises `ConfigError` if they have a key that is not here, or `HistoryError`.
        """
        return self.keys.settings_of(self.workbench.notebook(owner_of(request)))

    def own_settings(self, request: gr.Request) -> Settings | None:
        """Same as `settings`; None if they are the app's own."""
        settings = self.settings(request)
        return None if settings is self.workbench.settings else settings

    def payer(self, request: gr.Request, notebook: Notebook) -> Payer:
        """Whom to count the edits of this visitor for."""
        return Payer(notebook.name, address_of(request, self.workbench.settings.proxies))


@contextmanager
def shown_to(request: gr.Request) -> Iterator[None]:
    """Show errors raised inside as a toast, in the visitor's language."""
    try:
        yield
    except VolceditError as error:
        raise toast(error, request) from error


def find_all(notebook: Notebook, ids: list[str]) -> list[Record]:
    """The records with these ids, except those deleted in the meantime."""
    found = []
    for record_id in ids:
        with suppress(VolceditError):
            found.append(notebook.get(record_id))
    return found


def ids_of(event: gr.EventData) -> list[str]:
    """The ids of the records selected in the history."""
    ids = event.ids
    return [it for it in ids if isinstance(it, str)] if isinstance(ids, list) else []


def tell_news() -> str:
    """A new value for `Page.news`, different from all before."""
    return str(time.monotonic_ns())
