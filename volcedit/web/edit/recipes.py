"""Recipes in files: offers and applies them, and asks for the photo they need."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import gradio as gr

from volcedit.errors import HistoryError, ParameterError, PhotoError, VolceditError
from volcedit.notebook.inscription import read_inscription
from volcedit.notebook.parameters import Parameters
from volcedit.notebook.recipe import Recipe
from volcedit.pictures.decoder import Decoder
from volcedit.service.fields import FIELDS
from volcedit.service.models import (
    MODELS,
)
from volcedit.types import Language, PictureFacts, Words
from volcedit.web import markup
from volcedit.web.desk import Desk, Updates, shown_to
from volcedit.web.edit.composer import Composer, tell_unknown
from volcedit.web.publishing import publish_sent, publish_uninscribed, read_file, read_upload
from volcedit.web.visitor import language
from volcedit.words import say

PROMPT_SHOWN_CHARS = 100
HASH_SHOWN_CHARS = 8


def no_recipe() -> ParameterError:
    """The error for a file without a recipe."""
    return ParameterError(
        "recipe",
        Words(
            "This file contains no recipe. Choose a picture downloaded here, or a recipe as .json."
        ),
    )


class Recipes:
    """The handlers of files that contain recipes."""

    def __init__(self, desk: Desk, composer: Composer) -> None:
        self._desk = desk
        self._composer = composer

    def take_photo(self, request: gr.Request, path: str, wanted: PictureFacts | None) -> Updates:
        """A photo was chosen. A recipe may be waiting for it, or it may contain one itself.

        It is not clear which was intended, so it becomes the photo, and its recipe is offered.
        """
        page, tongue = self._desk.page, language(request)
        if wanted is not None and (right := _as_wanted(self._desk.decoder, path, wanted)):
            taken = {page.photo: right} | self._composer.take_photo(request, right)
            words = markup.note(say(tongue, "This is the recipe's photo, byte for byte."))
            return taken | self._composer.without_recipe() | {page.recipe_note: words}
        taken = self._composer.take_photo(request, path) | self._composer.without_recipe()
        offered = self._offer(request, path)
        if wanted is not None:
            compared = _compare(self._desk.decoder, path, wanted, tongue)
            notes = compared + offered.get(page.recipe_note, "")
            offered |= {page.recipe_note: notes, page.wanted: wanted}
        return taken | offered

    def _offer(self, request: gr.Request, path: str) -> Updates:
        """Offer the recipe in an upload, if there is one."""
        page, tongue = self._desk.page, language(request)
        try:
            found = read_inscription(read_file(path))
        except ParameterError as error:  # the photo itself is fine
            return {page.recipe_note: markup.note(say(tongue, error.words))}
        except PhotoError:
            return {}  # already reported for the photo
        if found is None:
            return {}
        return {
            page.recipe_note: markup.note(_describe(found, tongue)),
            page.use_recipe: gr.Button(visible=True),
            page.found: found,
        }

    def forget_photo(self, request: gr.Request, wanted: PictureFacts | None) -> Updates:
        """The photo was removed. A recipe that waits for its photo keeps waiting."""
        page, tongue = self._desk.page, language(request)
        return {
            **self._composer.forget_photo(request),
            page.parent: None,
            page.use_recipe: gr.Button(visible=False),
            page.found: None,
            page.recipe_note: _ask_for(wanted, tongue) if wanted else "",
        }

    def use(
        self, request: gr.Request, found: Recipe | Parameters | None, photo: str | None
    ) -> Updates:
        """Apply the recipe found in the photo."""
        with shown_to(request):
            if found is None:
                raise no_recipe()
            return self._fill(request, found, photo)

    def open(self, request: gr.Request, path: str | None, photo: str | None) -> Updates:
        """Apply the recipe in a file that the user opened."""
        with shown_to(request):
            found = read_inscription(read_file(path))
            if found is None:
                raise no_recipe()
            return self._fill(request, found, photo)

    def _fill(self, request: gr.Request, found: Recipe | Parameters, photo: str | None) -> Updates:
        if isinstance(found, Recipe):
            return self._fill_recipe(request, found, photo)
        return self._fill_parameters(request, found)

    def _fill_recipe(self, request: gr.Request, recipe: Recipe, photo: str | None) -> Updates:
        page, tongue = self._desk.page, language(request)
        path = self._find_photo(request, recipe, photo)
        composed = self._composer.compose_recipe(request, recipe, path)
        wanted = recipe.photo if path is None else None
        filled = markup.note(say(tongue, "Filled in from the recipe, including the photo."))
        notes = [filled if wanted is None else _ask_for(wanted, tongue)]
        notes.append(tell_unknown(recipe, tongue))
        if recipe.host != (here := self._host(request)):
            notes.append(
                markup.note(
                    say(
                        tongue,
                        "It was made by {then}; Run sends it to {now}.",
                        then=recipe.host,
                        now=here,
                    )
                )
            )
        return composed | {page.recipe_note: "".join(notes), page.wanted: wanted}

    def _find_photo(self, request: gr.Request, recipe: Recipe, photo: str | None) -> str | None:
        """The path of a recipe's photo, if it is in this notebook or is the current photo.

        None also for a photo that the service fetches itself.
        """
        if recipe.photo is None:
            return None
        with suppress(HistoryError):
            return publish_sent(self._desk.notebook(request), recipe.photo)
        with suppress(PhotoError):
            if read_upload(self._desk.decoder, photo).photo.sha256 == recipe.photo.sha256:
                return photo
        return None

    def _host(self, request: gr.Request) -> str:
        with suppress(VolceditError):
            return self._desk.settings(request).host
        return self._desk.workbench.settings.host

    def _fill_parameters(self, request: gr.Request, found: Parameters) -> Updates:
        page, tongue = self._desk.page, language(request)
        values: dict[str, Any] = {
            "prompt": found.prompt,
            "negative_prompt": found.negative_prompt,
            "scale": found.scale,
            "seed": found.seed and str(found.seed),
            "model": found.model if found.model in MODELS else None,
        }
        told = {name: value for name, value in values.items() if value not in (None, "")}
        nouns = {"model": Words("model"), **{row.name: row.noun or row.name for row in FIELDS}}
        return {
            **{page.entries[name]: value for name, value in told.items()},
            **self._composer.without_recipe(),
            page.recipe_note: markup.note(
                say(
                    tongue,
                    "Filled in from another tool's file: {fields}. Its other settings have "
                    "no equivalent here.",
                    fields=[nouns[name] for name in told],
                )
            ),
        }


def _as_wanted(decoder: Decoder, path: str, wanted: PictureFacts) -> str | None:
    """The path of the photo a recipe waits for, if the upload is it, with or without a recipe."""
    with suppress(PhotoError):
        if read_upload(decoder, path).photo.sha256 == wanted.sha256:
            return path
        # A picture downloaded from this app has its own recipe embedded: compare without it.
        before = publish_uninscribed(path)
        if read_upload(decoder, before).photo.sha256 == wanted.sha256:
            return before
    return None


def _compare(decoder: Decoder, path: str, wanted: PictureFacts, tongue: Language) -> str:
    """The note for an upload that is not the photo a recipe waits for."""
    try:
        here = read_upload(decoder, path).photo.sha256
    except PhotoError:  # already reported for the photo
        return _ask_for(wanted, tongue)
    words = say(
        tongue, "This is not the recipe's photo. Its SHA-256 starts with "
            "{here}; the recipe's photo ({width}×{height} {kind}, "
            "{size}) starts with {wanted}.",
        here=here[:HASH_SHOWN_CHARS], wanted=wanted.sha256[:HASH_SHOWN_CHARS], **_facts(wanted),
    )  # fmt: skip
    return markup.note(words, "error")


def _describe(found: Recipe | Parameters, tongue: Language) -> str:
    if isinstance(found, Parameters):
        return say(
            tongue,
            "This picture says how another tool made it: “{prompt}”",
            prompt=_shorten(found.prompt),
        )
    params = found.params
    return say(
        tongue,
        "This picture contains its recipe: “{prompt}”, seed {seed}.",
        prompt=_shorten(params.prompt),
        seed=params.seed,
    )


def _shorten(text: str) -> str:
    return text if len(text) <= PROMPT_SHOWN_CHARS else f"{text[:PROMPT_SHOWN_CHARS]}…"


def _ask_for(photo: PictureFacts, tongue: Language) -> str:
    words = say(
        tongue,
        "Filled in from the recipe, but its photo is not in this notebook. Choose it: "
        "{width}×{height} {kind}, {size}, SHA-256 {sha256}.",
        sha256=photo.sha256,
        **_facts(photo),
    )
    return markup.note(words)


def _facts(photo: PictureFacts) -> dict[str, Any]:
    return {
        "width": photo.width_px,
        "height": photo.height_px,
        "kind": markup.kind_name(photo.media_type),
        "size": markup.size_name(photo.size_bytes),
    }
