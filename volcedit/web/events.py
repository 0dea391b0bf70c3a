"""Which handler answers to what a person does on the page."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from volcedit.web.desk import Desk, Updates
from volcedit.web.edit.composing import Composing
from volcedit.web.edit.connecting import Connecting
from volcedit.web.edit.form import offer_entries
from volcedit.web.edit.linking import Linking
from volcedit.web.edit.looking import Looking
from volcedit.web.edit.recipes import Recipes
from volcedit.web.edit.replaying import Replaying
from volcedit.web.edit.running import Running
from volcedit.web.notebook.carrying import Carrying
from volcedit.web.notebook.past import Past
from volcedit.web.page import Page

FETCHES_AT_ONCE = 4
"""How many photos are fetched from their addresses at once."""

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
NOW = {"queue": False, **QUIET}
# Queued, also where it is quick: without the queue Gradio drops the words of an error.
LONG = {"concurrency_limit": None, **QUIET}


def _in_browser(call: str, **more: Any) -> dict[str, Any]:
    """A listener that only the page's script hears."""
    return {"fn": None, "js": call, **QUIET, **more}


RUN_JS = _in_browser("() => volcedit.run()")


class _Outputs:
    """The components that change together."""

    def __init__(self, p: Page) -> None:
        offered = [p.recipe_note, p.use_recipe, p.found, p.wanted]
        by_url = [p.photo_url, p.photo_way, p.photo_url_note, p.fetch_photo]
        self.photo = [p.photo, p.photo_note, p.parent, p.aspect, *offered, *by_url]
        beside = [p.photo_note, p.parent, p.aspect, p.photo_url_note, p.fetch_photo]
        self.composed = [*p.form, *beside, *offered]
        """The whole composer, as it was for some record or recipe."""
        self.choice = [
            p.chosen, p.compare, p.request_json, p.response_json, p.snippet, p.use_as_input,
        ]  # fmt: skip
        self.view = [p.status, p.results, p.shown, p.staying, *self.choice]
        self.followed = [p.run, p.stop, p.seed, p.news, *self.view]
        """What a run changes."""
        self.keys = [p.provider, p.gateway, p.api_key, p.key_note, p.remove_key, p.facts]
        self.rows = [p.history, p.ideas, p.history_note, p.newer, p.older, p.page_number, p.undo]
        self.entered = [
            *self.rows, p.find_bar, p.cost, *self.keys, *p.form, p.photo_note, p.parent,
            p.photo_url_note, p.fetch_photo, p.results, p.shown, p.resumed, *self.choice,
        ]  # fmt: skip
        """What a page gets that is opened, or loaded again."""


class Events:
    """The listeners of one app. All are private: programs have the endpoints of `api`."""

    def __init__(self, desk: Desk) -> None:
        self._page = desk.page
        self._composing = Composing(desk)
        self._connecting = Connecting(desk)
        self._looking = Looking(desk)
        self._running = Running(desk, self._looking)
        self._recipes = Recipes(desk, self._composing)
        self._replaying = Replaying(desk, self._running)
        self._linking = Linking(desk, self._composing, self._recipes)
        self._carrying = Carrying(desk)
        self._past = Past(desk, self._composing, self._looking)

    def connect(self, demo: gr.Blocks) -> None:
        """Give every component its listener."""
        page, outputs = self._page, _Outputs(self._page)
        self._connect_composer(page, outputs)
        self._connect_connection(page, outputs)
        self._connect_runs(page, outputs)
        self._connect_results(page, outputs)
        self._connect_history(page, outputs)
        self._connect_page(demo, page, outputs)

    def _connect_page(self, demo: gr.Blocks, p: Page, to: _Outputs) -> None:
        entering = demo.load(self.enter, p.draft, to.entered, js="() => volcedit.draft()", **NOW)
        # Apart: after a start of the app the first time reads all records.
        entering.then(self._past.sum_up, None, p.totals, **LONG)
        demo.unload(self._running.leave)

    def _connect_composer(self, p: Page, to: _Outputs) -> None:
        composing, recipes, linking = self._composing, self._recipes, self._linking
        p.photo.upload(recipes.take_photo, [p.photo, p.wanted], to.photo, **NOW)
        left = [p.photo_note, p.parent, p.use_recipe, p.found, p.recipe_note]
        p.photo.clear(recipes.forget_photo, p.wanted, left, **NOW)
        for control in (p.aspect.input, p.position.release):
            control(composing.crop, [p.photo, p.aspect, p.position], to.photo, **LONG)
        named = [p.photo_url, p.photo_way]
        for asked in (p.fetch_photo.click, p.photo_url.submit):
            # Not without a limit: each holds up to 20 MB, and a connection to somewhere.
            asked(
                linking.fetch, [*named, p.wanted], to.photo,
                concurrency_id="fetch", concurrency_limit=FETCHES_AT_ONCE, **QUIET,
            )  # fmt: skip
        p.photo_way.input(linking.choose_way, named, to.photo, **NOW)
        for example in p.examples:
            filled = [*to.photo, p.prompt]
            example.click(composing.load_example, None, filled, **NOW).success(**RUN_JS)
        p.model.change(
            composing.choose_model,
            p.model,
            [p.entries[it] for it in offer_entries(p.model.value)],
            **NOW,
        )
        for told in (p.count.change, p.count.input):
            told(composing.tell_cost, p.count, p.cost, **NOW)
        p.new_seed.click(composing.new_seed, None, p.seed, **NOW)
        opened = p.open_recipe.upload(recipes.open, [p.open_recipe, p.photo], to.composed, **LONG)
        used = p.use_recipe.click(recipes.use, [p.found, p.photo], to.composed, **LONG)
        for filled in (opened, used):
            filled.success(**_in_browser("() => volcedit.settle()"))

    def _connect_connection(self, p: Page, to: _Outputs) -> None:
        connecting = self._connecting
        p.model.change(connecting.name_service, p.model, p.provider, **NOW)
        # Nobody else has the key as an input: what is typed goes into memory, the field is emptied.
        for typed in (p.api_key.blur, p.api_key.submit):
            typed(connecting.set_key, [p.gateway, p.api_key, p.model], to.keys, **NOW)
        p.remove_key.click(connecting.remove_key, p.model, to.keys, **NOW)
        p.test_connection.click(connecting.test, None, p.connection_note, **LONG)

    def _connect_runs(self, p: Page, to: _Outputs) -> None:
        running, replaying, looking = self._running, self._replaying, self._looking
        rest = {"fn": running.await_rest, "inputs": p.shown, **LONG}
        rest["outputs"] = [p.status, p.results, p.news]
        p.run.click(
            running.run, [p.parent, p.staying, p.shown, *p.form], to.followed,
            validator=self._composing.check, trigger_mode="once", **LONG,
        ).then(**rest)  # fmt: skip
        p.stop.click(running.stop, None, p.stop, **NOW)
        p.resumed.change(running.resume, p.resumed, to.followed, **LONG).then(**rest)
        for repeat, handler, inputs in (
            (p.compare.replay, replaying.replay, p.shown),
            (p.compare.repeat, replaying.repeat, p.shown),
            (p.compare.chain, replaying.chain, None),
            (p.compare.chain_on_photo, replaying.chain_on_photo, [p.photo, p.parent]),
        ):
            ended = repeat(handler, inputs, to.followed, trigger_mode="once", **LONG).then(**rest)
            if handler == replaying.repeat:  # the others look at what ended last
                ended.then(looking.look_anew, p.chosen, p.compare, **LONG)

    def _connect_results(self, p: Page, to: _Outputs) -> None:
        composing, looking = self._composing, self._looking
        again = [*to.composed, p.staying]
        for pictures in (p.results, p.compare):
            pictures.again(composing.again, None, again, **LONG).success(**RUN_JS)
            pictures.renew(composing.renew, None, again, **LONG).success(**RUN_JS)
            pictures.resend(composing.resend, None, again, **LONG).success(**RUN_JS)
        p.compare.advance(composing.advance, None, again, **LONG).success(**RUN_JS)
        p.use_as_input.click(composing.use_as_input, p.chosen, to.photo, **LONG)
        for look in (p.results.choose, p.history.look, p.compare.choose):
            # Not "always_last": that may ask for the first one twice. The script asks again if the
            # answers came in another order.
            look(looking.choose, None, to.choice, trigger_mode="multiple", **LONG)
        p.compare.changed(looking.show_changed, None, p.compare, **LONG)
        fetched = [*to.choice, p.results, p.news, p.status]
        p.compare.fetch(looking.fetch, p.shown, fetched, **LONG)

    def _connect_history(self, p: Page, to: _Outputs) -> None:
        past, carrying, rows = self._past, self._carrying, to.rows
        place, deleted = [p.page_number, p.query], [*rows, p.totals]
        sure = [p.delete_all, p.delete_all_sure, p.keep]
        p.newer.click(past.turn_newer, place, rows, **NOW)
        p.older.click(past.turn_older, place, rows, **NOW)
        # Of quick typing the last is shown: the script asks only when it pauses.
        p.find_bar.find(past.find, None, [*rows, p.query], trigger_mode="multiple", **LONG)
        # One at a time, so that the page never shows an older state over a newer one.
        p.news.change(
            past.refresh, place, [*rows, p.totals],
            concurrency_id="history", concurrency_limit=1, **QUIET,
        )  # fmt: skip
        p.history.restore(past.restore, None, [*to.composed, *to.view], **LONG)
        # "multiple": a quick second click means another edit.
        p.history.star(past.star, place, rows, trigger_mode="multiple", **LONG)
        p.history.star_some(past.star_some, place, rows, **LONG)
        # Also while an earlier one is on its way: the page shows it as kept.
        p.history.note(past.write_note, None, None, trigger_mode="multiple", **LONG)

        p.history.delete(past.delete, place, deleted, trigger_mode="multiple", **LONG)
        p.history.delete_some(past.delete_some, place, deleted, **LONG)
        p.delete_all.click(past.ask_delete_all, None, sure, **NOW)
        p.keep.click(past.keep_all, None, sure, **NOW)
        p.delete_all_sure.click(past.delete_all, p.query, [*sure, *deleted], **LONG)
        p.undo.click(past.undo, place, deleted, **LONG)

        # As the endpoints: each reads or writes up to a whole notebook.
        shared = {"concurrency_id": "carry", **QUIET}
        packed = [p.carry_note, p.export_file]
        save_js = _in_browser("volcedit.save", inputs=p.export_file)
        for pack, handler, inputs in (
            (p.export.click, carrying.export, p.query),
            (p.history.export_some, carrying.export_some, None),
        ):
            pack(handler, inputs, packed, trigger_mode="once", **shared).then(**save_js)
        taken = [p.carry_note, p.news]
        p.import_archive.upload(carrying.import_, p.import_archive, taken, **shared)

    def enter(self, request: gr.Request, draft: str) -> Updates:
        """The page was opened, or loaded again: then what it held is put back."""
        kept = _read_draft(draft)
        return (
            self._past.open(request)
            | self._connecting.show_key(request, self._page.model.value)
            | self._composing.put_back(request, kept)
            | self._composing.tell_cost(request, self._page.count.value)
            | self._looking.put_back(request, kept)
            | self._running.put_back(request, kept)
        )


def _read_draft(text: object) -> dict[str, Any]:
    """What `assets/volcedit.js` kept of the page; {} if that is no object."""
    try:
        kept = json.loads(str(text))
    except (ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}
