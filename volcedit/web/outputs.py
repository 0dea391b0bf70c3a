"""Groups of components that change together."""

from __future__ import annotations

from volcedit.web.page import Page


class Outputs:
    """The outputs of listeners on one page, by what has changed."""

    def __init__(self, p: Page) -> None:
        offered = [p.recipe_note, p.use_recipe, p.found, p.wanted]
        by_url = [p.photo_url, p.photo_way, p.photo_url_note, p.fetch_photo]
        self.photo = [p.photo, p.photo_note, p.parent, p.aspect, *offered, *by_url]
        beside = [p.photo_note, p.parent, p.aspect, p.photo_url_note, p.fetch_photo]
        self.composed = [*p.form, *beside, *offered]
        """The whole composer, when filled in from a record or a recipe."""
        self.choice = [p.chosen, p.compare, p.request_json, p.response_json, p.use_as_input]
        self.view = [p.status, p.results, p.shown, p.staying, *self.choice]
        self.followed = [p.run, p.stop, p.seed, p.news, *self.view]
        """What a run updates."""
        self.account = [p.provider, p.allowance]
        """Whose money an edit costs, and how much of it is left."""
        self.keys = [*self.account, p.gateway, p.api_key, p.key_note, p.remove_key, p.facts]
        self.rows = [p.history, p.ideas, p.history_note, p.newer, p.older, p.page_number, p.undo]
        self.entered = [
            *self.rows, p.find_bar, p.cost, *self.keys, *p.form, p.photo_note, p.parent,
            p.photo_url_note, p.fetch_photo, p.status, p.results, p.shown, p.resumed, *self.choice,
        ]  # fmt: skip
        """What is filled in when a page is opened or reloaded."""
