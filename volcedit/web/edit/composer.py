"""The composer: the photo, prompt and numbers of the next edit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from volcedit.errors import ConfigError, ParameterError, PhotoError
from volcedit.jobs.variations import settle_count, spread_seeds
from volcedit.notebook.history import Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record
from volcedit.pictures.decoder import Decoder
from volcedit.pictures.photos import TOO_LONG, Reading
from volcedit.service.client import draw_seed
from volcedit.service.fields import PHOTO_LIMITS, show_params
from volcedit.service.models import MODELS
from volcedit.types import Language, Photo, PhotoLink, Provider, Words
from volcedit.web import markup
from volcedit.web.desk import Desk, Updates, shown_to
from volcedit.web.edit.form import ENTRIES, FETCH, LINK, PHOTO, Form, entry_of, offer_entries
from volcedit.web.page import ASSETS, EXAMPLES, WHOLE, Page
from volcedit.web.publishing import (
    publish_crop,
    publish_photo,
    publish_result,
    publish_upload,
    read_upload,
    use_upload,
)
from volcedit.web.templates import render
from volcedit.web.visitor import language
from volcedit.words import say

ORIGINALS_REMEMBERED = 1000


class Composer:
    """The handlers of the composer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._originals: dict[str, str] = {}
        """Maps the path of a cropped or converted photo to the path of its original upload."""

    def take_photo(self, request: gr.Request, path: str) -> Updates:
        """A photo was chosen: show it, uncropped."""
        page = self._desk.page
        return {
            page.aspect: WHOLE,
            **self._look_at_photo(request, path),
            **show_link(page, language(request), ""),
        }

    def _look_at_photo(self, request: gr.Request, path: str) -> Updates:
        """Describe what will be sent, or remove a file that cannot be sent."""
        page = self._desk.page
        try:
            reading = read_upload(self._desk.decoder, path)
        except PhotoError as error:
            words = markup.note(say(language(request), error.words), "error")
            # A photo that is only too long can be cropped.
            kept = {} if error.code == TOO_LONG else {page.photo: None}
            return {page.photo_note: words, **kept}
        updates: Updates = {
            page.photo_note: describe(reading, language(request)),
            page.parent: None,
        }
        if reading.changes:  # show what will be sent; browsers cannot show TIFF anyway
            updates[page.photo] = publish_upload(reading.photo, path)
            self._remember(updates[page.photo], path)
        return updates

    def _remember(self, made: str, source: str) -> None:
        self._originals[made] = self._originals.get(source, source)
        if len(self._originals) > ORIGINALS_REMEMBERED:
            del self._originals[next(iter(self._originals))]

    def crop(self, request: gr.Request, path: str | None, aspect: str, position: float) -> Updates:
        """Replace the photo by a crop, always taken from the uncropped original."""
        page = self._desk.page
        if path is None:
            return {
                page.photo_note: say(
                    language(request), "JPEG, PNG, WebP, BMP, TIFF or GIF, up to 10 MB and 3:1."
                )
            }
        part = whole = self._originals.get(path, path)
        if aspect != WHOLE:
            with shown_to(request):
                part = publish_crop(self._desk.decoder, whole, aspect, position)
        if part != whole:
            self._remember(part, whole)
        return {page.photo: part, **self._look_at_photo(request, part)}

    def forget_photo(self, request: gr.Request) -> Updates:
        """The photo was removed."""
        return {
            self._desk.page.photo_note: say(
                language(request), "JPEG, PNG, WebP, BMP, TIFF or GIF, up to 10 MB and 3:1."
            )
        }

    def load_example(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Load an example's photo and prompt."""
        page, tongue = self._desk.page, language(request)
        buttons: list[gr.blocks.Block | None] = [*page.examples]
        example, name = EXAMPLES[buttons.index(event.target)]
        path = ASSETS / "photos" / name
        return {
            page.photo: str(path),
            page.photo_note: self._describe_file(path, tongue),
            page.prompt: say(tongue, example),
            page.parent: None,
            page.aspect: WHOLE,
            **self.without_recipe(),
            **show_link(page, tongue, ""),
        }

    def _describe_file(self, path: str | Path, tongue: Language) -> str:
        return describe(self._desk.decoder.read_photo(path, PHOTO_LIMITS), tongue)

    def new_seed(self) -> Updates:
        """Draw a seed and show it."""
        return {self._desk.page.seed: str(draw_seed())}

    def tell_cost(self, request: gr.Request, count: object) -> Updates:
        """Show what a run of `count` pictures will cost, if the price is known."""
        settings = self._desk.workbench.settings
        words = ""
        with suppress(ParameterError):
            if settings.price is not None and settings.provider != Provider.SANDBOX:
                cost = markup.money(settle_count(count) * settings.price, settings.currency)
                words = say(language(request), "This run: {cost}", cost=cost)
        return {self._desk.page.cost: markup.line(words)}

    def choose_model(self, model: str) -> Updates:
        """Show the fields that the model accepts, and hide the others."""
        page = self._desk.page
        return {
            page.entries[name]: gr.update(visible=useful)
            for name, useful in offer_entries(model).items()
        }

    def check(
        self, request: gr.Request, parent: Any, staying: Any, shown: Any, *values: Any
    ) -> list[dict[str, Any]]:
        """Validate each value before anything is sent. Errors are shown at their fields."""
        form, tongue = Form.of(values), language(request)
        wrong: dict[str, str] = {}
        if form.photo_url and not form.is_link:
            wrong["photo_url"] = say(
                tongue, "This picture has not been fetched yet: press Fetch, or clear this field."
            )
        elif not form.photo_url and not form.photo:
            wrong["photo"] = say(tongue, "Choose a photo first: drop one here, or click to browse.")
        for error in form.faults():
            wrong[entry_of(error)] = say(tongue, error.words)
        return [gr.validate(True, "")] * 3 + [
            gr.validate(name not in wrong, wrong.get(name, "")) for name in ENTRIES
        ]

    def put_back(self, request: gr.Request, kept: dict[str, Any]) -> Updates:
        """Restore the composer's values from when the page was left, except invalid ones."""
        page = self._desk.page
        values: Any = kept.get("values")
        updates: Updates = {}
        for name, field in page.entries.items():
            if name == PHOTO:
                continue
            with suppress(TypeError, ValueError, KeyError, OverflowError):
                value = type(field.value)(values[name])
                if isinstance(field, gr.Radio) and value not in [it for _, it in field.choices]:
                    continue  # from an earlier version of the page
                updates[field] = value
        with suppress(PhotoError):
            reading = read_upload(self._desk.decoder, kept.get("photo"))
            updates[page.photo] = kept["photo"]
            updates[page.photo_note] = describe(reading, language(request))
            if isinstance(kept.get("parent"), str):  # compared with the photo on sending
                updates[page.parent] = kept["parent"]
        if updates.get(page.photo_way) == LINK and updates.get(page.photo_url):
            updates |= show_link(page, language(request), updates[page.photo_url])
        return updates

    def compose(self, request: gr.Request, notebook: Notebook, record: Record) -> Updates:
        """Fill in the composer from `record`."""
        path = publish_photo(notebook, record)
        composed = self.compose_recipe(request, record.recipe, path)
        return composed | {self._desk.page.parent: record.parent}

    def compose_recipe(self, request: gr.Request, recipe: Recipe, path: str | None) -> Updates:
        """Fill in the composer from `recipe`. `path` is its photo, or None if that is missing."""
        page, tongue = self._desk.page, language(request)
        held = {
            PHOTO: path,
            **show_params(recipe.params),
            "count": 1,
            "delivery": recipe.delivery,
            "model": recipe.req_key if recipe.req_key in MODELS else gr.skip(),
            "mode": recipe.mode,
            "photo_url": recipe.photo_url,
            "photo_way": LINK if recipe.photo_url else FETCH,
        }
        # If the photo is missing, the caller asks for it.
        hint = (
            say(tongue, "JPEG, PNG, WebP, BMP, TIFF or GIF, up to 10 MB and 3:1.")
            if recipe.photo is None
            else ""
        )
        return {
            **{page.entries[name]: value for name, value in held.items()},
            page.photo_note: self._describe_file(path, tongue) if path else hint,
            page.parent: None,
            page.aspect: WHOLE,
            **self.without_recipe(),
            page.recipe_note: tell_unknown(recipe, tongue),
            **show_link(page, tongue, recipe.photo_url),
        }

    def without_recipe(self) -> Updates:
        """Clear the recipe found in the photo, and the one waiting for its photo."""
        page = self._desk.page
        hidden = gr.Button(visible=False)
        return {page.recipe_note: "", page.use_recipe: hidden, page.found: None, page.wanted: None}

    def again(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Fill in the same edit with the same seed, and keep the current results."""
        return self._recompose(request, event.record_id)

    def resend(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Fill in an edit whose response was lost, if the account is still the same."""
        with shown_to(request):
            record = self._desk.notebook(request).get(event.record_id)
            recipe, settings = record.recipe, self._desk.settings(request)
            if (recipe.provider, recipe.host) != (settings.provider, settings.host):
                raise ConfigError(
                    Words(
                        "Nothing was sent: this was sent to {then}, but edits go to {now} now. "
                        "Choose that service again first, or restore the edit and run it here.",
                        then=recipe.host,
                        now=settings.host,
                    )
                )
            if record.own_key != (settings != self._desk.workbench.settings):
                raise ConfigError(
                    Words(
                        "Nothing was sent: this was sent with another key than the one in use now. "
                        "Choose that key again first, or restore the edit and run it with this one."
                    )
                )
        return self._recompose(request, event.record_id)

    def renew(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Fill in the same edit with a new random seed, and keep the current results."""
        return self._recompose(request, event.record_id, seed=draw_seed())

    def advance(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Fill in the same edit with the next seed, and keep the current results."""
        with shown_to(request):
            seed = self._desk.notebook(request).get(event.record_id).recipe.params.seed
        return self._recompose(request, event.record_id, seed=spread_seeds(seed, 2)[1])

    def _recompose(self, request: gr.Request, record_id: str, seed: int | None = None) -> Updates:
        notebook = self._desk.notebook(request)
        with shown_to(request):
            record = notebook.get(record_id)
            recipe = record.recipe
            if seed is not None:
                recipe = replace(recipe, params=replace(recipe.params, seed=seed))
            recipe.check()  # the edit will be run at once, so nothing may be dropped silently
            composed = self.compose(request, notebook, replace(record, recipe=recipe))
        return composed | {self._desk.page.staying: True}

    def use_as_input(self, request: gr.Request, chosen: str) -> Updates:
        """Use a result as the photo. The next edit will have it as its parent."""
        notebook = self._desk.notebook(request)
        with shown_to(request):
            path = publish_result(notebook, notebook.get(chosen))
            reading = read_upload(self._desk.decoder, path)
        page = self._desk.page
        return {
            page.photo: path,
            page.photo_note: describe(reading, language(request)),
            page.parent: chosen,
            page.aspect: WHOLE,
            **self.without_recipe(),
            **show_link(page, language(request), ""),
        }


def describe(reading: Reading, tongue: Language) -> str:
    """The note below the photo: what will be sent, and how it differs from the upload."""
    photo = reading.photo
    words = say(
        tongue,
        Words("Will be sent as {width}×{height} {kind}, {size}:")
        if reading.changes
        else Words("{width}×{height} {kind}, {size}. Sent unchanged, byte for byte."),
        width=photo.width_px,
        height=photo.height_px,
        kind=markup.kind_name(photo.media_type),
        size=markup.size_name(len(photo.data)),
    )
    changes = [say(tongue, change) for change in reading.changes]
    return render("edit/photo_note.html", tongue, text=words, changes=changes)


def show_link(page: Page, tongue: Language, url: str) -> Updates:
    """Set the fields of the photo's URL to a link that the service fetches, or empty them."""
    return {
        page.photo_url: url,
        page.photo_way: LINK if url else FETCH,
        page.photo_url_note: markup.note(
            say(
                tongue,
                "The service will fetch this picture itself. It may change at that address, "
                "so a repeat cannot be proven identical.",
            )
        )
        if url
        else "",
        page.fetch_photo: gr.Button(visible=not url, interactive=True),
    }


def photo_of(decoder: Decoder, form: Form) -> Photo | PhotoLink:
    """The photo of `form`. Raises `PhotoError`."""
    return PhotoLink(form.photo_url) if form.is_link else use_upload(decoder, form.photo)


def tell_unknown(recipe: Recipe, tongue: Language) -> str:
    """Notes on the parts of `recipe` that this version does not know and could not fill in."""
    notes = []
    if recipe.req_key not in MODELS:
        notes.append(
            say(
                tongue,
                "Its model, {model}, is unknown here; the current one is kept.",
                model=recipe.req_key,
            )
        )
    if recipe.unknown_names:
        notes.append(
            say(
                tongue,
                "It was made by a newer version of volcedit; {fields} could not be filled "
                "in. Run makes a different edit.",
                fields=", ".join(recipe.unknown_names),
            )
        )
    return "".join(markup.note(words) for words in notes)
