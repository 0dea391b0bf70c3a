"""Which handler answers to what a person does on the page."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from volcedit.ui.carrying import Carrying
from volcedit.ui.composing import Composing
from volcedit.ui.connecting import Connecting
from volcedit.ui.desk import Desk, Updates
from volcedit.ui.linking import Linking
from volcedit.ui.looking import Looking
from volcedit.ui.past import Past
from volcedit.ui.recipes import Recipes
from volcedit.ui.replaying import Replaying
from volcedit.ui.running import Running

FETCHES_AT_ONCE = 4
"""How many photos are fetched from their addresses at once."""


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
        p = self._page
        composing, looking = self._composing, self._looking
        connecting, running, past = self._connecting, self._running, self._past
        recipes, linking = self._recipes, self._linking
        offered = [p.recipe_note, p.use_recipe, p.found, p.wanted]
        by_url = [p.photo_url, p.photo_way, p.photo_url_note, p.fetch_photo]
        photo = [p.photo, p.photo_note, p.parent, p.aspect, *offered, *by_url]
        choice = [
            p.chosen, p.compare, p.request_json, p.response_json, p.snippet, p.use_as_input,
        ]  # fmt: skip
        view = [p.status, p.results, p.shown, p.staying, *choice]
        keys = [p.provider, p.gateway, p.api_key, p.key_note, p.remove_key, p.facts]
        rows = [p.history, p.ideas, p.history_note, p.newer, p.older, p.page_number]
        deleted = [*rows, p.undo, p.undoable]
        place = [p.page_number, p.query]
        sure = [p.delete_all, p.delete_all_sure, p.keep]
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        now = {"queue": False, **quiet}
        # Queued, also where it is quick: without the queue Gradio drops the words of an error.
        long = {"concurrency_limit": None, **quiet}
        run_js = {"fn": None, "js": "() => volcedit.run()", **quiet}

        p.photo.upload(recipes.take_photo, [p.photo, p.wanted], photo, **now)
        left = [p.photo_note, p.parent, p.use_recipe, p.found, p.recipe_note]
        p.photo.clear(recipes.forget_photo, p.wanted, left, **now)
        for control in (p.aspect.input, p.position.release):
            control(composing.crop, [p.photo, p.aspect, p.position], photo, **long)
        named = [p.photo_url, p.photo_way]
        for asked in (p.fetch_photo.click, p.photo_url.submit):
            # Not without a limit: each holds up to 20 MB, and a connection to somewhere.
            asked(
                linking.fetch, [*named, p.wanted], photo,
                concurrency_id="fetch", concurrency_limit=FETCHES_AT_ONCE, **quiet,
            )  # fmt: skip
        p.photo_way.input(linking.choose_way, named, photo, **now)
        for example in p.examples:
            filled = [*photo, p.prompt]
            example.click(composing.load_example, None, filled, **now).success(**run_js)
        p.model.change(
            composing.choose_model, p.model, [p.negative_prompt, p.mode, p.width, p.height], **now
        )
        p.model.change(connecting.name_service, p.model, p.provider, **now)
        for told in (p.count.change, p.count.input):
            told(composing.tell_cost, p.count, p.cost, **now)
        p.new_seed.click(composing.new_seed, None, p.seed, **now)
        beside = [p.photo_note, p.parent, p.aspect, p.photo_url_note, p.fetch_photo]
        composed = [*p.form, *beside, *offered]
        settle_js = {"fn": None, "js": "() => volcedit.settle()", **quiet}
        opened = p.open_recipe.upload(recipes.open, [p.open_recipe, p.photo], composed, **long)
        used = p.use_recipe.click(recipes.use, [p.found, p.photo], composed, **long)
        for filled in (opened, used):
            filled.success(**settle_js)
        again = [*composed, p.staying]
        for pictures in (p.results, p.compare):
            pictures.again(composing.again, None, again, **long).success(**run_js)
            pictures.renew(composing.renew, None, again, **long).success(**run_js)
            pictures.resend(composing.resend, None, again, **long).success(**run_js)
        p.compare.advance(composing.advance, None, again, **long).success(**run_js)
        p.use_as_input.click(composing.use_as_input, p.chosen, photo, **long)

        # Nobody else has the key as an input: what is typed goes into memory, the field is emptied.
        for typed in (p.api_key.blur, p.api_key.submit):
            typed(connecting.set_key, [p.gateway, p.api_key, p.model], keys, **now)
        p.remove_key.click(connecting.remove_key, p.model, keys, **now)
        p.test_connection.click(connecting.test, None, p.connection_note, **long)

        rest = {"fn": running.await_rest, "inputs": p.shown, **long}
        rest["outputs"] = [p.status, p.results, p.news]
        followed = [p.run, p.stop, p.seed, p.news, *view]
        p.run.click(
            running.run, [p.parent, p.staying, p.shown, *p.form], followed,
            validator=composing.check, trigger_mode="once", **long,
        ).then(**rest)  # fmt: skip
        p.stop.click(running.stop, None, p.stop, **now)
        replaying = self._replaying
        for repeat, handler, inputs in (
            (p.compare.replay, replaying.replay, p.shown),
            (p.compare.repeat, replaying.repeat, p.shown),
            (p.compare.chain, replaying.chain, None),
            (p.compare.chain_on_photo, replaying.chain_on_photo, [p.photo, p.parent]),
        ):
            ended = repeat(handler, inputs, followed, trigger_mode="once", **long).then(**rest)
            if handler == replaying.repeat:  # the others look at what ended last
                ended.then(looking.look_anew, p.chosen, p.compare, **long)

        for look in (p.results.choose, p.history.look, p.compare.choose):
            # Not "always_last": that may ask for the first one twice. The script asks again if the
            # answers came in another order.
            look(looking.choose, None, choice, trigger_mode="multiple", **long)

        p.compare.changed(looking.show_changed, None, p.compare, **long)
        fetched = [*choice, p.results, p.news, p.status]
        p.compare.fetch(looking.fetch, p.shown, fetched, **long)
        p.history.restore(past.restore, None, [*composed, *view], **long)
        total = {"fn": past.sum_up, "inputs": None, "outputs": p.totals, **long}
        p.history.delete(past.delete, place, deleted, **long).then(**total)
        p.history.delete_some(past.delete_some, place, deleted, **long).then(**total)
        p.history.star(past.star, place, rows, **long)
        p.history.star_some(past.star_some, place, rows, **long)
        p.history.note(past.write_note, None, None, **long)
        packed = [p.carry_note, p.export_file]
        save_js = {"fn": None, "inputs": p.export_file, "js": "volcedit.save", **quiet}
        carrying = self._carrying
        for pack, handler, inputs in (
            (p.export.click, carrying.export, p.query),
            (p.history.export_some, carrying.export_some, None),
        ):
            pack(handler, inputs, packed, trigger_mode="once", **long).then(**save_js)
        p.import_archive.upload(carrying.import_, p.import_archive, [p.carry_note, p.news], **long)
        p.undo.click(past.undo, [p.undoable, *place], deleted, **long).then(**total)
        p.newer.click(past.turn_newer, place, rows, **now)
        p.older.click(past.turn_older, place, rows, **now)
        # Of quick typing the last is shown: the script asks only when it pauses.
        p.find_bar.find(past.find, None, [*rows, p.query], trigger_mode="multiple", **long)
        p.delete_all.click(past.ask_delete_all, None, sure, **now)
        p.keep.click(past.keep_all, None, sure, **now)
        p.delete_all_sure.click(past.delete_all, p.query, [*sure, *deleted], **long).then(**total)
        # One at a time, so that the page never shows an older state over a newer one.
        p.news.change(
            past.refresh, place, rows, concurrency_id="history", concurrency_limit=1, **quiet
        ).then(**total)

        entered = [
            *rows, p.find_bar, p.cost, *keys, *p.form, p.photo_note, p.photo_url_note,
            p.fetch_photo, p.results, p.shown, p.resumed, *choice,
        ]  # fmt: skip
        demo.load(self.enter, p.draft, entered, js="() => volcedit.draft()", **now).then(**total)
        p.resumed.change(running.resume, p.resumed, followed, **long).then(**rest)
        demo.unload(running.leave)

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
