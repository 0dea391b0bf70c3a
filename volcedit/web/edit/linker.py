"""A photo given by URL: downloaded here first, or left for the service to fetch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import gradio as gr

from volcedit.errors import PhotoError, VolceditError
from volcedit.pictures.photos import TOO_LONG
from volcedit.service.fields import check_photo_url
from volcedit.types import PictureFacts
from volcedit.web import markup
from volcedit.web.desk import Desk, Updates
from volcedit.web.edit.composer import Composer, show_link
from volcedit.web.edit.form import LINK
from volcedit.web.edit.recipes import Recipes
from volcedit.web.publishing import publish_fetched, read_upload
from volcedit.web.visitor import language
from volcedit.words import say


class Linker:
    """The handlers of the photo's URL."""

    def __init__(self, desk: Desk, composer: Composer, recipes: Recipes) -> None:
        self._desk = desk
        self._composer = composer
        self._recipes = recipes

    async def fetch(
        self, request: gr.Request, url: str, way: str, wanted: PictureFacts | None
    ) -> AsyncIterator[Updates]:
        """Download the picture at `url` and use it as if it had been uploaded."""
        page, tongue, url = self._desk.page, language(request), url.strip()
        if way == LINK:  # Enter was pressed in the field
            yield self.choose_way(request, url, way)
            return
        try:
            check_photo_url(url)
            host = urlsplit(url).netloc
            yield {
                page.photo_url_note: markup.note(
                    say(tongue, "Fetching the picture from {host}…", host=host)
                ),
                page.fetch_photo: gr.Button(interactive=False),
            }
            path = await asyncio.to_thread(self._fetch, request, url)
        except VolceditError as error:
            words = markup.note(say(tongue, error.words), "error")
            yield {page.photo_url_note: words, page.fetch_photo: gr.Button(interactive=True)}
            return
        yield {
            page.photo: path,
            **await asyncio.to_thread(self._recipes.take_photo, request, path, wanted),
            page.photo_url_note: markup.note(say(tongue, "Fetched from {host}.", host=host)),
        }

    def _fetch(self, request: gr.Request, url: str) -> str:
        settings = self._desk.settings(request)
        path = publish_fetched(self._desk.workbench.fetch_photo(url, settings=settings))
        try:
            read_upload(self._desk.decoder, path)
        except PhotoError as error:
            if error.code != TOO_LONG:  # a photo that is too long can be cropped
                raise
        return path

    def choose_way(self, request: gr.Request, url: str, way: str) -> Updates:
        """Choose how the picture at `url` is sent. A link replaces the current photo."""
        page, tongue, url = self._desk.page, language(request), url.strip()
        if way != LINK:
            return {page.photo_url_note: "", page.fetch_photo: gr.Button(visible=True)}
        given_way = {
            page.photo: None,
            page.photo_note: say(tongue, "JPEG, PNG, WebP, BMP, TIFF or GIF, up to 10 MB and 3:1."),
            page.parent: None,
            **self._composer.without_recipe(),
            **show_link(page, tongue, url),
        }
        try:
            check_photo_url(url)
        except VolceditError as error:
            words = say(tongue, error.words)
            return given_way | {page.photo_url_note: markup.note(words, "error")}
        return given_way
