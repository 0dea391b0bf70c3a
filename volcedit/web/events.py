"""Connects all listeners: those of each room, and those for opening and leaving a page."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from volcedit.web.desk import Desk, Updates
from volcedit.web.edit.room import EditRoom
from volcedit.web.listeners import now, queued
from volcedit.web.notebook.room import NotebookRoom
from volcedit.web.outputs import Outputs


class Events:
    """The rooms of an app, and their listeners."""

    def __init__(self, desk: Desk) -> None:
        self._page = desk.page
        self._edit = EditRoom(desk)
        self._notebook = NotebookRoom(desk, self._edit)

    def connect(self, demo: gr.Blocks) -> None:
        """Give every component its listener."""
        page, to = self._page, Outputs(self._page)
        self._edit.connect(to)
        self._notebook.connect(to)
        entering = now(demo.load, self.enter, page.draft, to.entered, js="() => volcedit.draft()")
        # Separate, because the first call after startup reads all records.
        queued(entering.then, self._notebook.panel.sum_up, None, page.totals)
        demo.unload(self._edit.runner.leave)

    def enter(self, request: gr.Request, draft: str) -> Updates:
        """The page was opened or reloaded: restore its state."""
        kept = _read_draft(draft)
        return self._notebook.panel.open(request) | self._edit.enter(request, kept)


def _read_draft(text: object) -> dict[str, Any]:
    """The page's state as saved by `assets/volcedit.js`; {} if it is not an object."""
    try:
        kept = json.loads(str(text))
    except (ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}
