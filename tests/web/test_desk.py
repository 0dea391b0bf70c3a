from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from volcedit.errors import HistoryError
from volcedit.notebook.store.failures import UNREADABLE
from volcedit.web.desk import Desk


class Unreadable:
    """A workbench that cannot read its table of notebooks."""

    settings = None

    def notebook(self, owner: str) -> None:
        raise HistoryError(UNREADABLE)


def test_a_visitor_is_notified_if_the_notebook_cannot_be_opened(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("volcedit.web.desk.Keys", lambda settings: None)
    monkeypatch.setattr("volcedit.web.desk.owner_of", lambda request: "anna")
    desk = Desk(cast(Any, None), cast(Any, Unreadable()))
    request = cast(gr.Request, SimpleNamespace(headers={}, cookies={}, query_params={}))
    with pytest.raises(gr.Error, match="could not be read"):
        desk.notebook(request)
