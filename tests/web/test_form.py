"""The form: every field has its control, is restored, and is kept across a reload."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from tests.support import looping
from tests.support.fields import other_value, params_of
from volcedit import EditParams, EditRequest, PhotoLink
from volcedit.config import read_settings
from volcedit.notebook.recipe import Recipe
from volcedit.pictures.decoder import LocalDecoder
from volcedit.service.fields import FIELDS, INPUTS, offer
from volcedit.service.models import MODELS
from volcedit.service.rows.row import Group, Input
from volcedit.types import Provider, Words
from volcedit.web.desk import Desk
from volcedit.web.edit.composer import Composer
from volcedit.web.edit.form import ENTRIES, KEPT_IDS, PHOTO, Form
from volcedit.web.page import ASSETS, Page, lay_out
from volcedit.web.visitor import PageMiddleware

EVERY_INPUT = pytest.mark.parametrize("asked", INPUTS, ids=[it.key for it in INPUTS])
# A group's switch is not a field and has no invalid values: whatever is not off is on.
SWITCHES = [row.name for row in FIELDS if isinstance(row, Group)]
CHECKED = [it for it in INPUTS if it.key not in SWITCHES]
URL = "https://example.com/cat.jpg"


class Visit(SimpleNamespace):
    """The parts of a request that the handlers use."""


@pytest.fixture
def visitor() -> Visit:
    return Visit(
        cookies={}, query_params={"lang": "en"}, headers={}, session_hash="here", username=None
    )


@pytest.fixture(scope="module")
def page() -> Page:
    async def make() -> Page:
        # Blocks gets the event loop; outside one, it would create one and leave it open.
        with gr.Blocks():
            return lay_out(Provider.SANDBOX, Words("Sandbox"), "byteedit_v2.0", "sync")

    return looping.run(make())


@pytest.fixture(scope="module")
def composer(page: Page) -> Composer:
    return Composer(Desk(page, SimpleNamespace(settings=read_settings({}), decoder=LocalDecoder())))


def entered(req_key: str) -> dict[str, Any]:
    """A form in which every value differs from its default."""
    others = {it.key: it.show(other_value(it.kind, it.default)) for it in INPUTS}
    return {
        PHOTO: None, **others, "count": 2, "delivery": "url", "model": req_key, "mode": "async",
        "photo_url": URL, "photo_way": "link",
    }  # fmt: skip


def test_the_list_has_every_field_and_every_entry_once():
    assert sorted(ENTRIES) == sorted(entered("byteedit_v2.0"))


@EVERY_INPUT
def test_every_field_has_its_control_with_its_words(asked: Input, page: Page):
    control = page.controls[asked.key]
    assert control.elem_id == asked.elem_id == asked.key.replace("_", "-")
    assert control.label.key == asked.control.label.template
    assert control.value == asked.show(asked.default)


@EVERY_INPUT
def test_fields_the_default_model_lacks_are_hidden(asked: Input, page: Page):
    assert page.controls[asked.key].visible is offer("byteedit_v2.0").get(asked.key, True)


@pytest.mark.parametrize("req_key", MODELS)
def test_choosing_a_model_shows_only_its_fields(req_key: str, page: Page, composer: Composer):
    shown = composer.choose_model(req_key)
    for key, useful in offer(req_key).items():
        assert shown[page.controls[key]]["visible"] is useful


@pytest.mark.parametrize("req_key", MODELS)
def test_the_form_is_read_into_every_field_of_the_model(req_key: str):
    values = entered(req_key)
    form = Form.of(tuple(values[name] for name in ENTRIES))
    assert form.params(seed=600) == params_of(req_key)
    assert list(form.faults()) == []


@pytest.mark.parametrize("asked", CHECKED, ids=[it.key for it in CHECKED])
def test_errors_are_shown_at_their_control(asked: Input, visitor: Visit, composer: Composer):
    wrong: dict[type, object] = {bool: "yes", str: "\ud83d", int: 99, float: 99.5}
    value = wrong[type(asked.show(other_value(asked.kind, asked.default)))]
    model = next(it for it in MODELS if offer(it).get(asked.key, True))
    values = {**entered(model), asked.key: value}
    told = composer.check(visitor, None, None, None, *(values[name] for name in ENTRIES))
    marked = [name for name, it in zip(ENTRIES, told[3:], strict=True) if not it["is_valid"]]
    first = next(it.key for it in INPUTS if it.error_field == asked.error_field)
    assert marked == [first]


@pytest.mark.parametrize("req_key", MODELS)
def test_every_field_is_restored(req_key: str, visitor: Visit, page: Page, composer: Composer):
    params = params_of(req_key)
    recipe = Recipe.of(EditRequest(PhotoLink(URL), params, req_key, "url"), "gateway", "h", "async")
    updates = composer.compose_recipe(visitor, recipe, None)
    held = tuple(updates[page.entries[name]] for name in ENTRIES)
    assert Form.of(held).params(params.seed) == params
    assert (Form.of(held).model, Form.of(held).delivery, Form.of(held).photo_url) == (
        req_key, "url", URL,
    )  # fmt: skip


@EVERY_INPUT
def test_every_field_is_restored_after_a_reload(
    asked: Input, visitor: Visit, page: Page, composer: Composer
):
    value = asked.show(other_value(asked.kind, asked.default))
    # The script reads values from the page as text, except for checkboxes.
    kept = value if isinstance(value, bool) else str(value)
    updates = composer.put_back(visitor, {"values": {asked.key: kept}})
    assert updates[page.controls[asked.key]] == value


def test_the_script_knows_every_control_of_the_form(page: Page):
    # As the script converts names, in `keep` of volcedit.js.
    assert sorted(KEPT_IDS) == sorted(it.elem_id for n, it in page.entries.items() if n != PHOTO)
    assert [it.replace("-", "_") for it in KEPT_IDS] == [it for it in ENTRIES if it != PHOTO]


def test_the_page_passes_the_controls_to_the_script():
    head = PageMiddleware(lambda: None, ASSETS / "volcedit.js").inject(b"<head>", "en").decode()
    settings = json.loads(re.search(r"window\.volcedit = (\{.*?\});\n", head)[1])
    assert settings["boxes"] == KEPT_IDS
    assert "scale" in settings["sliders"] and "count" in settings["sliders"]


# ── unknown values ───────────────────────────────────────────────────────────────────────────


def recipe_with(**changes: Any) -> Recipe:
    request = EditRequest(PhotoLink(URL), EditParams("make it snow", seed=7), "byteedit_v2.0")
    return replace(Recipe.of(request, "gateway", "h"), **changes)


def test_a_recipe_of_an_unknown_model_says_so(visitor: Visit, page: Page, composer: Composer):
    updates = composer.compose_recipe(visitor, recipe_with(req_key="retired_v1"), None)
    assert "retired_v1" in updates[page.recipe_note]
    assert updates[page.prompt] == "make it snow"


def test_a_recipe_of_a_newer_version_says_what_is_missing(
    visitor: Visit, page: Page, composer: Composer
):
    recipe = recipe_with(unknown={"params": {"keep_<b>faces": True}})
    note = composer.compose_recipe(visitor, recipe, None)[page.recipe_note]
    assert "newer version" in note and "keep_&lt;b&gt;faces" in note


def test_a_known_recipe_has_no_note(visitor: Visit, page: Page, composer: Composer):
    assert composer.compose_recipe(visitor, recipe_with(), None)[page.recipe_note] == ""
