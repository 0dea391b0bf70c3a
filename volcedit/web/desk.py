"""What every handler of the page works with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gradio as gr

from volcedit.config import Settings
from volcedit.errors import VolceditError
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import Record
from volcedit.web.keys import Keys
from volcedit.web.page import Page
from volcedit.web.visitor import owner_of, toast

Updates = dict[Any, Any]
"""What a handler returns: `{component: value}`; what is not named stays as it is."""


class Desk:
    """One app's page, its workbench, and the keys that visitors brought."""

    def __init__(self, page: Page, workbench: Workbench) -> None:
        self.page = page
        self.workbench = workbench
        self.keys = Keys(workbench.settings)

    def notebook(self, request: gr.Request) -> Notebook:
        """The visitor's."""
        return self.workbench.notebook(owner_of(request))

    def settings(self, request: gr.Request) -> Settings:
        """Those in force for the visitor. Raises `ConfigError` once their key is forgotten."""
        return self.keys.settings_of(owner_of(request))

    def own_settings(self, request: gr.Request) -> Settings | None:
        """As `settings`; None where they are the app's own."""
        settings = self.settings(request)
        return None if settings is self.workbench.settings else settings


@contextmanager
def shown_to(request: gr.Request) -> Iterator[None]:
    """What goes wrong inside becomes a toast in the visitor's language."""
    try:
        yield
    except VolceditError as error:
        raise toast(error, request) from error


def find_all(notebook: Notebook, ids: list[str]) -> list[Record]:
    """Those records, but for what was deleted meanwhile."""
    found = []
    for record_id in ids:
        with suppress(VolceditError):
            found.append(notebook.get(record_id))
    return found


def ids_of(event: gr.EventData) -> list[str]:
    """The records that were picked in the history."""
    ids = event.ids
    return [it for it in ids if isinstance(it, str)] if isinstance(ids, list) else []


def tell_news() -> str:
    """A value that `Page.news` never had."""
    return str(time.monotonic_ns())
