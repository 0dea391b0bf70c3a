"""The page's layout: its components and where they are. Their behaviour is in `events`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from volcedit.config import Settings
from volcedit.jobs.variations import COUNT_MAX
from volcedit.notebook.finding import Query
from volcedit.pictures.crop import ASPECTS
from volcedit.service.models import MODELS
from volcedit.types import Provider, Words
from volcedit.web.edit.form import (
    ENTRIES,
    FETCH,
    LINK,
    lay_out_controls,
    offer_entries,
    take_as_typed,
)
from volcedit.web.templates import render
from volcedit.words import languages, say
from volcedit.words.kinds import BADGES, MODES, OWNERS_BADGES, words_of

ASSETS = Path(__file__).parents[2] / "assets"
EXAMPLES = (
    (Words("make it snow"), "chelsea.png"),
    (Words("watercolour"), "coffee.png"),
    (Words("starry night"), "rocket.jpg"),
)
"""Example prompts, and for each the photo in `assets/photos` to try it on."""


def _connect(*actions: str) -> str:
    """Connects the buttons of an HTML component, see `assets/volcedit.js`.

    Gradio 6.31 creates listeners only for events whose quoted names appear in this code.
    """
    return f"volcedit.connect(element, trigger, {json.dumps(actions)});"


WHOLE = "whole"
"""Used instead of an aspect ratio: the uncropped photo."""

_t: Callable[[str], Any] = gr.I18n()  # typed Any: some of Gradio's labels are annotated as str
"""Marks a sentence for the browser to translate, see `translations`."""


@dataclass(frozen=True)
class Page:
    """The components that listeners read or write."""

    provider: gr.HTML
    photo: gr.Image
    photo_note: gr.HTML
    recipe_note: gr.HTML
    open_recipe: gr.UploadButton
    use_recipe: gr.Button
    """Visible if the photo contains a recipe."""
    photo_url: gr.Textbox
    fetch_photo: gr.Button
    photo_way: gr.Radio
    photo_url_note: gr.HTML
    aspect: gr.Radio
    position: gr.Slider
    controls: dict[str, Component]
    """The controls of the fields, by name."""
    ideas: gr.HTML
    examples: list[gr.Button]
    """In the order of `EXAMPLES`."""
    new_seed: gr.Button
    count: gr.Slider
    cost: gr.HTML
    """What the next run will cost, if known."""
    delivery: gr.Radio
    model: gr.Radio
    mode: gr.Radio
    gateway: gr.Textbox
    api_key: gr.Textbox
    """Always empty when a handler runs: what is typed here is moved to `Keys` at once."""
    key_note: gr.HTML
    remove_key: gr.Button
    """Also chooses the app's account for a visitor whose key is not here any more."""
    facts: gr.HTML
    test_connection: gr.Button
    connection_note: gr.HTML
    run: gr.Button
    stop: gr.Button
    allowance: gr.HTML
    """How many edits at the owner's cost are left, if they are limited."""
    status: gr.HTML
    results: gr.HTML
    compare: gr.HTML
    request_json: gr.JSON
    response_json: gr.JSON
    tabs: gr.Tabs
    snippet: gr.HTML
    use_as_input: gr.Button
    history: gr.HTML
    history_note: gr.HTML
    find_bar: gr.HTML
    totals: gr.HTML
    undo: gr.Button
    export: gr.Button
    export_file: gr.DownloadButton
    """Hidden; the page's script downloads its file when an export is done."""
    import_archive: gr.UploadButton
    carry_note: gr.HTML
    """The progress and the result of an export or import."""
    news: gr.HTML
    """Hidden; a run changes it when the history has something new to show.

    The history is not itself an output of runs: if some updates leave an output unchanged, Gradio
    6.31 keeps all its values for as long as the page is open, and this one has 100 KB.
    """
    draft: gr.Textbox
    """Hidden; the page's state when it was left, saved by the page's script, as JSON."""
    resumed: gr.HTML
    """Hidden; the run that a reloaded page should follow, as the id of its first record."""
    newer: gr.Button
    older: gr.Button
    delete_all: gr.Button
    delete_all_sure: gr.Button
    keep: gr.Button

    shown: gr.State
    """The ids of the records in the results, in order."""
    staying: gr.State
    """Whether they are kept when the next run starts."""
    chosen: gr.State
    """The id of the record whose request and response are shown."""
    is_code_open: gr.State
    """Whether the tab with the code is open, which is written only then."""
    parent: gr.State
    """The id of the record whose picture is the photo."""
    found: gr.State
    """The `Recipe` or `Parameters` found in the photo."""
    wanted: gr.State
    """The `PictureFacts` of a photo that a recipe needs and that is still missing."""
    page_number: gr.State
    """The page of the history, where 0 is the newest."""
    query: gr.State
    """The current search of the history."""

    @property
    def entries(self) -> dict[str, Component]:
        """The components whose values make up a `Form`, by name, in the order of `ENTRIES`."""
        return {name: self.controls.get(name) or getattr(self, name) for name in ENTRIES}

    @property
    def form(self) -> list[Component]:
        """The components whose values make up a `Form`, in order."""
        return list(self.entries.values())

    @property
    def prompt(self) -> Component:
        """The text box of the prompt."""
        return self.controls["prompt"]

    @property
    def seed(self) -> Component:
        """The text box of the seed."""
        return self.controls["seed"]


def lay_out(provider: Provider, badge: Words, model: str, mode: str) -> Page:
    """Build the page inside the current `gr.Blocks`.

    `provider` is that of `Settings`, and `badge` its words; `model` and `mode` ("sync" or
    "async") are initial values.
    """
    with gr.Row(elem_id="head"):
        gr.HTML("<h1>volcedit</h1>", elem_id="title")
        gr.HTML(
            _t("Edit a photo with a sentence, and reproduce the edit exactly."), elem_id="tagline"
        )
        shown_badge = gr.HTML(
            _t(str(badge)),
            elem_id="provider",
            elem_classes=price_class(provider),
        )
        gr.HTML(
            render("web/languages.html", languages=languages()),
            elem_id="language",
        )
    with gr.Row(elem_id="columns"):
        with gr.Column(scale=4, min_width=240, elem_id="compose"):
            compose = _lay_out_compose(model, mode)
        with gr.Column(scale=7, min_width=240, elem_id="look"):
            results = _lay_out_results()
    with gr.Column(elem_id="past"):
        history = _lay_out_history()
    states: dict[str, Any] = {name: gr.State() for name in ("chosen", "parent", "found", "wanted")}
    return Page(
        provider=shown_badge, **compose, **results, **history, **states,
        draft=gr.Textbox(visible=False), resumed=gr.HTML(visible="hidden"),
        shown=gr.State([]), staying=gr.State(False), is_code_open=gr.State(False),
        page_number=gr.State(0), query=gr.State(Query()),
    )  # fmt: skip


def badge_of(settings: Settings) -> Words:
    """Where edits with the app's own `settings` go, and whose money they cost."""
    badges = OWNERS_BADGES if settings.limits_edits else BADGES
    words = words_of(settings.provider, badges)
    return words.given(host=settings.host, model=settings.req_key)


def price_class(provider: Provider) -> str:
    """The CSS class of the badge with the service's name."""
    return "free" if provider.is_free else "paid"


def _lay_out_compose(model: str, mode: str) -> dict[str, Any]:
    photo = gr.Image(
        label=_t("Photo"),
        elem_id="image",
        type="filepath",
        image_mode=None,
        sources=["upload", "webcam", "clipboard"],
        height=240,
    )
    # Gradio would decode the upload, and report a broken one as "Could not preprocess". Pass the
    # path through instead; `read_upload` decodes it safely.
    photo.preprocess = lambda payload: payload.path if payload else None  # type: ignore[method-assign]
    photo_note = gr.HTML(
        _t("JPEG, PNG, WebP, BMP, TIFF or GIF, up to 10 MB and 3:1."), elem_id="photo-note"
    )
    sources = _lay_out_sources()
    recipe_note = gr.HTML(elem_id="recipe-note")
    use_recipe = gr.Button(_t("Use its recipe"), size="sm", visible=False, elem_id="use-recipe")
    with gr.Accordion(_t("Crop"), open=False, elem_id="crop"):
        aspect = gr.Radio(
            [(_t("whole"), WHOLE), *zip(ASPECTS, ASPECTS, strict=True)],
            value=WHOLE,
            show_label=False,
            label=_t("Crop"),
            elem_id="aspect",
        )
        position = gr.Slider(
            0,
            1,
            0.5,
            step=0.01,
            label=_t("Which part"),
            info=_t("0 left or top, 1 right or bottom"),
            elem_id="position",
        )
    with gr.Row(elem_id="examples"):
        examples = [
            gr.Button(
                _t(prompt.template),
                icon=(ASSETS / "examples" / name).with_suffix(".jpg"),
                size="sm",
                min_width=90,
            )
            for prompt, name in EXAMPLES
        ]
    controls = lay_out_controls("prompt", model)
    gr.HTML("<output>0</output>", elem_id="prompt-count")
    ideas = gr.HTML(elem_id="ideas", js_on_load="volcedit.reopen(element);")
    with gr.Row(elem_id="go"):
        run = gr.Button(_t("Run"), variant="primary", elem_id="run", scale=3, min_width=120)
        stop = gr.Button(_t("Stop"), elem_id="stop", interactive=False, scale=1, min_width=80)
    allowance = gr.HTML(elem_id="allowance")
    controls |= lay_out_controls("scale", model)
    with gr.Row(elem_id="seed-row"):
        controls |= lay_out_controls("seed", model)
        new_seed = gr.Button(_t("New seed"), elem_id="new-seed", size="sm", min_width=100, scale=0)
    count = gr.Slider(
        1,
        COUNT_MAX,
        1,
        step=1,
        label=_t("Pictures"),
        info=_t("Each picture takes the next seed"),
        elem_id="count",
    )
    take_as_typed(count)
    cost = gr.HTML(elem_id="cost")
    with gr.Accordion(_t("More"), open=False, elem_id="more"):
        more, asked = _lay_out_more(model, mode)
    with gr.Accordion(_t("Connection"), open=False, elem_id="connection"):
        connection = _lay_out_connection()
    return {
        "photo": photo, "photo_note": photo_note, "recipe_note": recipe_note,
        "use_recipe": use_recipe,
        **sources, "aspect": aspect, "position": position,
        "controls": controls | asked, "ideas": ideas, "examples": examples,
        "run": run, "stop": stop, "allowance": allowance, "new_seed": new_seed,
        "count": count, "cost": cost, **more, **connection,
    }  # fmt: skip


def _lay_out_sources() -> dict[str, Any]:
    """Alternatives to uploading a photo: a URL, a recipe."""
    with gr.Row(elem_id="by-url"):
        url = gr.Textbox(
            value="",
            label=_t("or an image URL"),
            placeholder=_t("or an image URL"),
            show_label=False,
            max_lines=1,
            min_width=120,
            html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
            elem_id="photo-url",
        )
        fetch = gr.Button(_t("Fetch"), elem_id="fetch-photo", size="sm", min_width=80, scale=0)
        recipe = gr.UploadButton(
            _t("Open a recipe…"),
            file_types=["image", ".json"],
            size="sm",
            elem_id="open-recipe",
            min_width=80,
            scale=0,
        )
    # As with the photo, it is decoded elsewhere.
    recipe.preprocess = lambda payload: getattr(payload, "path", None)  # type: ignore[method-assign]
    way = gr.Radio(
        [(_t("fetched here first"), FETCH), (_t("as a link, fetched by the service"), LINK)],
        value=FETCH,
        label=_t("How to send the picture at this address"),
        show_label=False,
        elem_id="photo-way",
    )
    note = gr.HTML(elem_id="photo-url-note")
    return {
        "photo_url": url, "fetch_photo": fetch, "photo_way": way, "photo_url_note": note,
        "open_recipe": recipe,
    }  # fmt: skip


def _lay_out_more(model: str, mode: str) -> tuple[dict[str, Any], dict[str, Component]]:
    """The components of the panel, and separately the controls of fields."""
    models = gr.Radio(list(MODELS), value=model, label=_t("Model"), elem_id="model")
    with gr.Row(elem_id="size"):
        controls = lay_out_controls("size", model)
    controls |= lay_out_controls("model", model)
    delivery = gr.Radio(
        [(_t("in the response"), "base64"), (_t("as a link, downloaded at once"), "url")],
        value="base64",
        label=_t("Delivery"),
        elem_id="delivery",
    )
    modes = gr.Radio(
        [(_t(words.template), mode) for mode, words in MODES.items()],
        value=mode,
        label=_t("Call mode"),
        info=_t("A task survives network failures and restarts of this app"),
        visible=offer_entries(model)["mode"],
        elem_id="mode",
    )
    controls |= lay_out_controls("result", model)
    return {"model": models, "delivery": delivery, "mode": modes}, controls


def _lay_out_connection() -> dict[str, Any]:
    quiet = gr.InputHTMLAttributes(autocomplete="off", spellcheck=False)
    return {
        "facts": gr.HTML(elem_id="facts"),
        "test_connection": gr.Button(_t("Test connection"), size="sm", elem_id="test-connection"),
        "connection_note": gr.HTML(elem_id="connection-note"),
        "gateway": gr.Textbox(
            value="",
            label=_t("Your gateway"),
            info=_t("The root URL that serves /volcv/v1. Empty: this app's own."),
            max_lines=1,
            visible=False,
            html_attributes=quiet,
            elem_id="gateway",
        ),
        "api_key": gr.Textbox(
            value="",
            type="password",
            label=_t("Your key"),
            info=_t("Kept only in the server's memory, for an hour after its last use."),
            max_lines=1,
            html_attributes=quiet,
            elem_id="api-key",
        ),
        "key_note": gr.HTML(elem_id="key-note"),
        "remove_key": gr.Button(
            _t("Remove my key, use this app's account"),
            size="sm",
            visible=False,
            elem_id="remove-key",
        ),
    }


def _lay_out_results() -> dict[str, Any]:
    status = gr.HTML(_t("Nothing has run yet."), elem_id="status")
    results = gr.HTML(elem_id="results", js_on_load=_connect("choose", "again", "renew", "resend"))
    use_as_input = gr.Button(
        _t("Use as input"), elem_id="use-as-input", size="sm", interactive=False
    )
    with gr.Tabs() as tabs:
        # Rendered in advance, so that the tab has its content when it is opened.
        with gr.Tab(_t("Compare"), render_children=True):
            compare = gr.HTML(
                _t("Choose a photo and say what should change, or try one of the examples."),
                elem_id="compare",
                js_on_load=_connect(
                    *("again", "renew", "fetch", "advance", "resend", "choose"),
                    *("changed", "differ"),
                    *("replay", "repeat", "chain", "chain_on_photo"),
                ),
            )
        with gr.Tab(_t("Response"), render_children=True):
            response_json = gr.JSON(label=_t("Response"), elem_id="response-json", max_height=480)
        with gr.Tab(_t("Request"), render_children=True):
            request_json = gr.JSON(label=_t("Request"), elem_id="request-json", max_height=480)
        with gr.Tab(_t("Code"), render_children=True):
            snippet = gr.HTML(elem_id="snippet")
    return {
        "status": status, "results": results, "use_as_input": use_as_input, "compare": compare,
        "response_json": response_json, "request_json": request_json, "snippet": snippet,
        "tabs": tabs,
    }  # fmt: skip


def _lay_out_history() -> dict[str, Any]:
    with gr.Row(elem_id="history-head"):
        gr.HTML(_t("History"), elem_id="history-title")
        undo = gr.Button(
            _t("Undo"), size="sm", elem_id="undo", visible=False, min_width=80, scale=0
        )
        newer = gr.Button(_t("Newer"), size="sm", interactive=False, min_width=80, scale=0)
        older = gr.Button(_t("Older"), size="sm", interactive=False, min_width=80, scale=0)
        export = gr.Button(_t("Export"), size="sm", elem_id="export", min_width=80, scale=0)
        import_archive = gr.UploadButton(
            _t("Import…"),
            size="sm",
            file_types=[".zip"],
            elem_id="import",
            min_width=80,
            scale=0,
        )
        delete_all = gr.Button(
            _t("Delete all…"), size="sm", elem_id="delete-all", min_width=120, scale=0
        )
        delete_all_sure = gr.Button(
            _t("Yes, delete all"),
            size="sm",
            variant="stop",
            elem_id="delete-all-sure",
            visible=False,
            min_width=120,
            scale=0,
        )
        keep = gr.Button(
            _t("Cancel"), size="sm", elem_id="keep", visible=False, min_width=80, scale=0
        )
    news = gr.HTML(visible="hidden")
    export_file = gr.DownloadButton(visible="hidden", elem_id="export-file")
    find_bar = gr.HTML(elem_id="find", js_on_load=_connect("find"))
    totals = gr.HTML(elem_id="totals")
    carry_note = gr.HTML(elem_id="carry-note")
    history_note = gr.HTML(elem_id="history-note")
    history = gr.HTML(
        elem_id="history",
        js_on_load=_connect(
            "look", "restore", "delete", "star", "note", "star_some", "export_some", "delete_some"
        ),
    )
    return {
        "find_bar": find_bar, "totals": totals, "undo": undo, "export": export,
        "export_file": export_file, "import_archive": import_archive,
        "carry_note": carry_note,
        "newer": newer, "older": older, "delete_all": delete_all, "keep": keep,
        "delete_all_sure": delete_all_sure, "history_note": history_note, "history": history,
        "news": news,
    }  # fmt: skip


def translations(badge: Words) -> gr.I18n:
    """The translations for `launch(i18n=…)`, which Gradio applies in the browser.

    `badge` is what the page's badge says from the start.
    """
    told = {}
    for language, catalogue in languages().items():
        labels = {
            english: said if isinstance(said, str) else said[-1]  # a label counts nothing
            for english, said in catalogue.sentences.items()
        }
        told[catalogue.tag] = labels | {str(badge): say(language, badge)}
    return gr.I18n(**told)
