"""The listeners of the history."""

from __future__ import annotations

from typing import Final

from volcedit.web.desk import Desk
from volcedit.web.edit.room import EditRoom
from volcedit.web.listeners import Limit, in_browser, now, queued
from volcedit.web.notebook.carrier import Carrier
from volcedit.web.notebook.panel import HistoryPanel
from volcedit.web.outputs import Outputs
from volcedit.web.page import Page

REFRESHES: Final = Limit(1, "history")
"""One at a time, so that an older state never replaces a newer one on the page."""
CARRIES: Final = Limit("default", "carry")
"""Shared with the endpoints, because each call may read or write a whole notebook."""


class NotebookRoom:
    """The handlers of the history, created once per app."""

    def __init__(self, desk: Desk, edit: EditRoom) -> None:
        self._page = desk.page
        self.panel = HistoryPanel(desk, edit.composer, edit.viewer)
        self.carrier = Carrier(desk)

    def connect(self, to: Outputs) -> None:
        """Give every component its listener."""
        page = self._page
        self._connect_rows(page, to)
        self._connect_deleting(page, to)
        self._connect_carrying(page)

    def _connect_rows(self, p: Page, to: Outputs) -> None:
        panel, rows, place = self.panel, to.rows, [p.page_number, p.query]
        now(p.newer.click, panel.turn_newer, place, rows)
        now(p.older.click, panel.turn_older, place, rows)
        # The script debounces typing, so the last request is the one to show.
        queued(p.find_bar.find, panel.find, None, [*rows, p.query], repeated="multiple")
        queued(p.news.change, panel.refresh, place, [*rows, p.totals], limit=REFRESHES)
        queued(p.history.restore, panel.restore, None, [*to.composed, *to.view])
        # "multiple", because a quick second click is on another edit.
        queued(p.history.star, panel.star, place, rows, repeated="multiple")
        queued(p.history.star_some, panel.star_some, place, rows)
        # "multiple", because a note typed while another is being saved must not be dropped.
        queued(p.history.note, panel.write_note, repeated="multiple")

    def _connect_deleting(self, p: Page, to: Outputs) -> None:
        panel, place, deleted = self.panel, [p.page_number, p.query], [*to.rows, p.totals]
        sure = [p.delete_all, p.delete_all_sure, p.keep]
        queued(p.history.delete, panel.delete, place, deleted, repeated="multiple")
        queued(p.history.delete_some, panel.delete_some, place, deleted)
        now(p.delete_all.click, panel.ask_delete_all, None, sure)
        now(p.keep.click, panel.keep_all, None, sure)
        queued(p.delete_all_sure.click, panel.delete_all, p.query, [*sure, *deleted])
        queued(p.undo.click, panel.undo, place, deleted)

    def _connect_carrying(self, p: Page) -> None:
        carrier, packed = self.carrier, [p.carry_note, p.export_file]
        for pack, handler, inputs in (
            (p.export.click, carrier.export, p.query),
            (p.history.export_some, carrier.export_some, None),
        ):
            ended = queued(pack, handler, inputs, packed, limit=CARRIES, repeated="once")
            in_browser(ended.then, "volcedit.save", p.export_file)
        taken = [p.carry_note, p.news]
        queued(p.import_archive.upload, carrier.import_, p.import_archive, taken, limit=CARRIES)
