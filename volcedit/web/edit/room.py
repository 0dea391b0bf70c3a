"""The listeners of the edit page."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr
from gradio.events import Dependency

from volcedit.web.desk import Desk, Updates
from volcedit.web.edit.composer import Composer
from volcedit.web.edit.connector import Connector
from volcedit.web.edit.form import offer_entries
from volcedit.web.edit.linker import Linker
from volcedit.web.edit.recipes import Recipes
from volcedit.web.edit.replayer import Replayer
from volcedit.web.edit.runner import Runner
from volcedit.web.edit.viewer import Viewer
from volcedit.web.listeners import Limit, in_browser, now, queued
from volcedit.web.outputs import Outputs
from volcedit.web.page import Page

FETCHES: Final = Limit(4, "fetch")
"""Limits downloads of photos: each takes up to 20 MB and an open connection."""


class EditRoom:
    """The handlers of the edit page, created once per app."""

    def __init__(self, desk: Desk) -> None:
        self._page = desk.page
        self.composer = Composer(desk)
        self.connector = Connector(desk)
        self.viewer = Viewer(desk)
        self.runner = Runner(desk, self.viewer)
        self.recipes = Recipes(desk, self.composer)
        self.replayer = Replayer(desk, self.runner)
        self.linker = Linker(desk, self.composer, self.recipes)

    def enter(self, request: gr.Request, kept: dict[str, Any]) -> Updates:
        """The page was opened or reloaded: restore its state from `kept`."""
        page = self._page
        return (
            self.connector.show_key(request, page.model.value)
            | self.composer.put_back(request, kept)
            | self.composer.tell_cost(request, page.count.value)
            | self.viewer.put_back(request, kept)
            | self.runner.put_back(request, kept)
        )

    def connect(self, to: Outputs) -> None:
        """Give every component its listener."""
        page = self._page
        self._connect_photo(page, to)
        self._connect_composer(page, to)
        self._connect_connection(page, to)
        self._connect_runs(page, to)
        self._connect_results(page, to)

    def _connect_photo(self, p: Page, to: Outputs) -> None:
        composer, recipes, linker = self.composer, self.recipes, self.linker
        now(p.photo.upload, recipes.take_photo, [p.photo, p.wanted], to.photo)
        left = [p.photo_note, p.parent, p.use_recipe, p.found, p.recipe_note]
        now(p.photo.clear, recipes.forget_photo, p.wanted, left)
        for control in (p.aspect.input, p.position.release):
            queued(control, composer.crop, [p.photo, p.aspect, p.position], to.photo)
        named = [p.photo_url, p.photo_way]
        for asked in (p.fetch_photo.click, p.photo_url.submit):
            queued(asked, linker.fetch, [*named, p.wanted], to.photo, limit=FETCHES)
        now(p.photo_way.input, linker.choose_way, named, to.photo)

    def _connect_composer(self, p: Page, to: Outputs) -> None:
        composer, recipes = self.composer, self.recipes
        for example in p.examples:
            _run_after(now(example.click, composer.load_example, None, [*to.photo, p.prompt]))
        offered = [p.entries[name] for name in offer_entries(p.model.value)]
        now(p.model.change, composer.choose_model, p.model, offered)
        for told in (p.count.change, p.count.input):
            now(told, composer.tell_cost, p.count, p.cost)
        now(p.new_seed.click, composer.new_seed, None, p.seed)
        opened = [p.open_recipe, p.photo]
        for filled in (
            queued(p.open_recipe.upload, recipes.open, opened, to.composed),
            queued(p.use_recipe.click, recipes.use, [p.found, p.photo], to.composed),
        ):
            in_browser(filled.success, "() => volcedit.settle()")

    def _connect_connection(self, p: Page, to: Outputs) -> None:
        connector = self.connector
        now(p.model.change, connector.tell_account, p.model, to.account)
        # No other listener has the key as an input: it moves into memory and the field is emptied.
        for typed in (p.api_key.blur, p.api_key.submit):
            now(typed, connector.set_key, [p.gateway, p.api_key, p.model], to.keys)
        now(p.remove_key.click, connector.remove_key, p.model, to.keys)
        queued(p.test_connection.click, connector.test, None, p.connection_note)

    def _connect_runs(self, p: Page, to: Outputs) -> None:
        runner, replayer = self.runner, self.replayer
        run = queued(
            p.run.click,
            runner.run,
            [p.parent, p.staying, p.shown, *p.form],
            to.followed,
            repeated="once",
            validator=self.composer.check,
        )
        self._await_rest(run, to)
        now(p.stop.click, runner.stop, None, p.stop)
        resumed = queued(p.resumed.change, runner.resume, p.resumed, to.followed)
        self._await_rest(resumed, to)
        for repeat, handler, inputs in (
            (p.compare.replay, replayer.replay, p.shown),
            (p.compare.repeat, replayer.repeat, p.shown),
            (p.compare.chain, replayer.chain, None),
            (p.compare.chain_on_photo, replayer.chain_on_photo, [p.photo, p.parent]),
        ):
            run = queued(repeat, handler, inputs, to.followed, repeated="once")
            ended = self._await_rest(run, to)
            if handler == replayer.repeat:  # the others already show the latest result
                queued(ended.then, self.viewer.look_anew, p.chosen, p.compare)

    def _await_rest(self, run: Dependency, to: Outputs) -> Dependency:
        """After Stop, show the results of calls already sent as they arrive.

        After any run, tell what is left, and whose key is used: another tab may have changed it.
        """
        p = self._page
        now(run.then, self.connector.tell_account, p.model, to.account)
        return queued(run.then, self.runner.await_rest, p.shown, [p.status, p.results, p.news])

    def _connect_results(self, p: Page, to: Outputs) -> None:
        composer, viewer = self.composer, self.viewer
        again = [*to.composed, p.staying]
        for pictures in (p.results, p.compare):
            _run_after(queued(pictures.again, composer.again, None, again))
            _run_after(queued(pictures.renew, composer.renew, None, again))
            _run_after(queued(pictures.resend, composer.resend, None, again))
        _run_after(queued(p.compare.advance, composer.advance, None, again))
        queued(p.use_as_input.click, composer.use_as_input, p.chosen, to.photo)
        for look in (p.results.choose, p.history.look, p.compare.choose):
            # Not "always_last", which may repeat the first event. If responses arrive out of
            # order, the script requests the last one again.
            queued(look, viewer.choose, None, to.choice, repeated="multiple")
        queued(p.compare.changed, viewer.show_changed, None, p.compare)
        queued(p.compare.differ, viewer.show_difference, None, p.compare)
        now(p.tabs.select, viewer.open_tab, p.chosen, [p.is_code_open, p.snippet])
        now(p.chosen.change, viewer.show_code, [p.chosen, p.is_code_open], p.snippet)
        fetched = [*to.choice, p.results, p.news, p.status]
        queued(p.compare.fetch, viewer.fetch, p.shown, fetched)


def _run_after(composed: Dependency) -> None:
    """Press Run once everything is filled in."""
    in_browser(composed.success, "() => volcedit.run()")
