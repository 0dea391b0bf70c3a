"""The results: the tiles of a run, and the details of the selected one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from volcedit.errors import VolceditError
from volcedit.notebook.history import Notebook
from volcedit.notebook.lineage import Lineage, Link
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record, utc_now
from volcedit.pictures.comparing import summarize
from volcedit.service import snippets
from volcedit.service.wire import (
    EDIT_ACTIONS,
    build_query,
    path_of,
)
from volcedit.types import Language, Provider
from volcedit.web.desk import Desk, Updates, find_all, shown_to, tell_news
from volcedit.web.edit import evidence, pictures
from volcedit.web.publishing import (
    as_data,
    publish_difference,
    publish_heat_map,
    publish_inscribed,
    publish_photo,
    publish_result,
)
from volcedit.web.visitor import language

ELSEWHERE_SANDBOX = "http://127.0.0.1:8000"
"""The address of the README's sandbox, used in snippets for records of an embedded sandbox."""

CODE_TAB = 3
"""The position of the tab with the code."""
TREE_MAX = 40
"""How many edits of a chain and its branches are shown."""
SHOWN_MAX = 64
"""How many results are restored after a reload."""


class Viewer:
    """The handlers of the results."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def choose(self, request: gr.Request, event: gr.EventData) -> Updates:
        """A picture in the results or in the history was clicked."""
        notebook = self._desk.notebook(request)
        with shown_to(request):
            return self.look(notebook, notebook.get(event.record_id), language(request))

    def fetch(self, request: gr.Request, event: gr.EventData, shown: list[str]) -> Updates:
        """Fetch the picture of an edit that succeeded but never arrived. This is free."""
        page, notebook = self._desk.page, self._desk.notebook(request)
        tongue = language(request)
        with shown_to(request):
            record = self._desk.workbench.fetch_again(
                notebook, event.record_id, settings=self._desk.settings(request)
            )
            tiles = show_tiles(notebook, find_all(notebook, shown), tongue)
            updates = self.look(notebook, record, tongue)
        return {**updates, page.results: tiles, page.news: tell_news(), page.status: ""}

    def show_changed(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Show where an edit changed its photo, measuring it now if necessary."""
        notebook = self._desk.notebook(request)
        with shown_to(request):
            record = self._desk.workbench.measure(notebook, event.record_id)
            before, after = _photo_of(notebook, record), publish_result(notebook, record)
            stage = self._stage(notebook, record, before, after, language(request), is_heat=True)
        return {self._desk.page.compare: stage}

    def show_difference(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Show where a repeat differs from its original."""
        notebook = self._desk.notebook(request)
        with shown_to(request):
            record = notebook.get(event.record_id)
            before, after = _photo_of(notebook, record), publish_result(notebook, record)
            stage = self._stage(
                notebook, record, before, after, language(request), is_difference=True
            )
        return {self._desk.page.compare: stage}

    def open_tab(self, request: gr.Request, event: gr.SelectData, chosen: str | None) -> Updates:
        """One of the tabs was opened. The code is written when its tab is."""
        is_open = event.index == CODE_TAB
        code = self.show_code(request, chosen, is_open)
        return {self._desk.page.is_code_open: is_open, **code}

    def show_code(self, request: gr.Request, chosen: str | None, is_open: bool) -> Updates:
        """The selected edit as code, if the tab with it is open."""
        page = self._desk.page
        updates: Updates = {page.snippet: gr.skip()}
        if not is_open or chosen is None:
            return updates
        notebook = self._desk.notebook(request)
        for record in find_all(notebook, [chosen]):
            base_url, key = self._address_of(record.recipe, request)
            texts = {
                "cURL": snippets.curl(record.recipe, base_url, key=key),
                "Python": snippets.python(record.recipe, base_url, key=key),
            }
            photo = _photo_of(notebook, record)
            updates[page.snippet] = pictures.snippets(texts, photo, language(request))
        return updates

    def look_anew(self, request: gr.Request, chosen: str | None) -> Updates:
        """Refresh the stage, for example after repeats of the selected edit."""
        notebook = self._desk.notebook(request)
        updates: Updates = gr.skip()
        for record in find_all(notebook, [chosen] if chosen else []):
            before, after = _photo_of(notebook, record), publish_result(notebook, record)
            stage = self._stage(notebook, record, before, after, language(request))
            updates = {self._desk.page.compare: stage}
        return updates

    def look_ahead(self, notebook: Notebook, record: Record, tongue: Language) -> Updates:
        """Show an edit that this page has just started: its photo and its request."""
        page = self._desk.page
        stage = pictures.stage(record, _photo_of(notebook, record), None, tongue)
        if record.replay_of is not None or record.parent is not None:  # else it stands alone
            stage += self._relatives(notebook, record, tongue)
        return {
            page.chosen: record.id,
            page.request_json: _request_of(record),
            page.response_json: {},
            page.compare: stage,
            page.use_as_input: gr.Button(interactive=False),
        }

    def look(
        self, notebook: Notebook, record: Record, tongue: Language, after: str | None = None
    ) -> Updates:
        """Show an edit: before and after, request, response. Its code is shown by `show_code`.

        `after` is the path of its picture, if that has been published.
        """
        page, before = self._desk.page, _photo_of(notebook, record)
        after = after or publish_result(notebook, record)
        return {
            page.chosen: record.id,
            page.request_json: _request_of(record),
            page.response_json: as_data(record.response or {}),
            page.compare: self._stage(notebook, record, before, after, tongue),
            page.use_as_input: gr.Button(interactive=after is not None),
        }

    def _stage(
        self,
        notebook: Notebook,
        record: Record,
        before: str | None,
        after: str | None,
        tongue: Language,
        *,
        is_heat: bool = False,
        is_difference: bool = False,
    ) -> str:
        """The picture, large, and everything known about it; `before` and `after` are paths.

        The heat map, and the difference between a repeat and its original, are made on request.
        """
        heat, box, told = None, "", ""
        if is_heat and after is not None and record.touched and record.picture:
            width_px, height_px = record.picture.width_px, record.picture.height_px
            heat = publish_heat_map(self._desk.decoder, notebook, record)
            box = evidence.box_style(record.touched, width_px, height_px)
            told = evidence.touched(record.touched, tongue)
        stage = pictures.stage(
            record,
            before,
            after,
            tongue,
            inscribed=publish_inscribed(notebook, record),
            can_fetch=after is None and self._desk.workbench.can_fetch_again(record),
            interrupted=after is None and self._desk.workbench.is_interrupted(record),
            heat=heat,
            box=box,
        )
        verdict = ""
        if record.replay_of is not None:
            verdict = self._verdict_of(notebook, record, record.replay_of, tongue, is_difference)
        return stage + told + verdict + self._relatives(notebook, record, tongue)

    def _verdict_of(
        self,
        notebook: Notebook,
        record: Record,
        first_id: str,
        tongue: Language,
        is_difference: bool,
    ) -> str:
        """The verdict on a repeat of the edit `first_id`, with the difference if it is wanted."""
        first = next(iter(find_all(notebook, [first_id])), None)
        difference = None
        if is_difference and first is not None:
            difference = publish_difference(self._desk.decoder, notebook, first, record)
        return evidence.verdict(record, first, difference, tongue)

    def _relatives(self, notebook: Notebook, record: Record, tongue: Language) -> str:
        """A summary of all repeats, and the chain with its branches; "" if the edit is alone."""
        lineage = self._desk.workbench.lineage(notebook, record.id)
        if not lineage.repeats and len(lineage.tree) < 2:
            return ""
        ended = [
            it
            for it in find_all(notebook, [*lineage.repeats[-SHOWN_MAX:]])
            if not it.state.is_under_way
        ]
        leaves = [
            evidence.Leaf(depth, found, _thumbnail(notebook, found))
            for depth, link in _prune(lineage)
            for found in find_all(notebook, [link.id])
        ]
        left_out = max(0, len(lineage.tree) - TREE_MAX)
        return evidence.stability(summarize(it.verdict for it in ended), tongue) + evidence.lineage(
            record.id, lineage.chain, leaves, left_out, tongue
        )

    def put_back(self, request: gr.Request, kept: dict[str, Any]) -> Updates:
        """After a reload, show the same results again."""
        page, notebook = self._desk.page, self._desk.notebook(request)
        tongue = language(request)
        shown, chosen = kept.get("shown"), kept.get("chosen")
        ids = [it for it in shown if isinstance(it, str)] if isinstance(shown, list) else []
        records = find_all(notebook, ids[:SHOWN_MAX])
        updates: Updates = {}
        if records:
            updates[page.shown] = [record.id for record in records]
            updates[page.results] = show_tiles(notebook, records, tongue)
            updates[page.status] = ""  # it said that nothing has run yet
        for record in find_all(notebook, [chosen] if isinstance(chosen, str) else []):
            updates |= self.look(notebook, record, tongue)
        return updates

    def _address_of(self, recipe: Recipe, request: gr.Request) -> tuple[str, bool]:
        """(the root URL that `recipe` was sent to, whether it needs a key)."""
        known = [self._desk.workbench.settings]
        with suppress(VolceditError):
            known.append(self._desk.settings(request))
        for settings in known:
            if recipe.host == settings.host:
                return settings.base_url, bool(settings.api_key)
        if recipe.provider == Provider.SANDBOX:
            return ELSEWHERE_SANDBOX, False
        return f"https://{recipe.host}", True


def _photo_of(notebook: Notebook, record: Record) -> str | None:
    """The path of the photo; None if it is damaged, since the rest can still be shown."""
    try:
        return publish_photo(notebook, record)
    except VolceditError:
        return None


def _thumbnail(notebook: Notebook, record: Record) -> bytes | None:
    try:
        return notebook.thumbnail(record.picture) if record.picture else None
    except VolceditError:
        return None


def _prune(lineage: Lineage) -> list[tuple[int, Link]]:
    """The chain and its first branches, at most `TREE_MAX` edits in total."""
    tree = lineage.tree
    room = TREE_MAX - len(lineage.chain)
    kept = set(lineage.chain[-TREE_MAX:])
    kept |= {link.id for _, link in [it for it in tree if it[1].id not in kept][: max(0, room)]}
    return [(depth, link) for depth, link in tree if link.id in kept]


def show_tiles(
    notebook: Notebook,
    records: list[Record],
    tongue: Language,
) -> str:
    """Publish the pictures of `records`, and return their tiles."""
    return pictures.tiles(records, publish_results(notebook, records), {}, utc_now(), tongue)


def publish_results(notebook: Notebook, records: list[Record]) -> dict[str, str]:
    """Publish the pictures of those `records` that have one. Returns their paths by record id."""
    paths = {record.id: publish_result(notebook, record) for record in records}
    return {name: path for name, path in paths.items() if path}


def _request_of(record: Record) -> dict[str, Any]:
    """The request, without the key, and with size and hash instead of the photo's base64."""
    query = build_query(EDIT_ACTIONS[record.recipe.mode])
    return {
        "method": "POST",
        "url": f"{record.recipe.host}{path_of(record.recipe.provider)}?{urlencode(query)}",
        "headers": {"Content-Type": "application/json"},
        "body": record.recipe.body_fields(),
    }
