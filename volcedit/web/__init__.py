"""The web page, and the API endpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api as endpoint  # `api` is our own module
from gradio.routes import App
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware

from volcedit.jobs.workbench import Workbench
from volcedit.web.api import make_edit, make_recipe, make_replay
from volcedit.web.desk import Desk
from volcedit.web.events import Events
from volcedit.web.guard.gate import Gate, take_the_lead
from volcedit.web.guard.inputs import refuse_bad_inputs
from volcedit.web.guard.uploads import Uploads
from volcedit.web.notebook.carrier import make_export, make_import
from volcedit.web.page import ASSETS, badge_of, lay_out, translations
from volcedit.web.publishing import fetch_no_links
from volcedit.web.visitor import PageMiddleware

# System fonts, so that the page loads nothing from other servers.
THEME = gr.themes.Default(
    primary_hue="teal",
    neutral_hue="slate",
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
)
UPLOAD_MAX = "200mb"
"""The limit for archives. Gradio has only one limit for all uploads; the smaller one for photos,
`opening.UPLOAD_MAX_BYTES`, is enforced by the page's script and by `read_photo`."""


def build(workbench: Workbench) -> gr.Blocks:
    """The page and the endpoints, ready to launch with `launch_options`."""
    # `Uploads` deletes old files, also those of processes that were killed; this, all of its own
    # when the app stops. The notebook has its own copies.
    demo = gr.Blocks(
        title="volcedit", analytics_enabled=False, delete_cache=(3600, 86400), fill_width=True
    )
    with demo:
        settings = workbench.settings
        page = lay_out(settings.provider, badge_of(settings), settings.req_key, settings.mode)
        for example in page.examples:
            # The icons are in the cache too, but are written there only once.
            example.keep_in_cache |= example.temp_files
        desk = Desk(page, workbench)
        # Before the listeners, because the first to use an endpoint name keeps it.
        endpoint(make_edit(desk), api_name="edit", concurrency_limit=None)
        endpoint(make_recipe(), api_name="recipe", concurrency_limit=None)
        endpoint(make_replay(desk), api_name="replay", concurrency_limit=None)
        endpoint(
            make_export(workbench), api_name="export", concurrency_id="carry", concurrency_limit=2
        )
        endpoint(make_import(workbench), api_name="import_notebook", concurrency_id="carry")
        Events(desk).connect(demo)
    fetch_no_links(demo)
    refuse_bad_inputs(demo)
    demo.blocks = _Components(demo.blocks)
    return demo


class _Components(dict[int, gr.blocks.Block]):
    """A page's components by number. A replacement keeps the number and hooks of the original.

    Gradio 6.31 creates a new component for each output that an event does not update. It would lack
    the hooks set by `fetch_no_links` and `lay_out`, `delete_cache` would miss its files, and its
    next value would be kept under a new number until the session ends.
    """

    def __setitem__(self, number: int, component: gr.blocks.Block) -> None:
        if (first := self.get(number)) is not None:
            component._id = number  # noqa: SLF001 (Gradio offers no other way to set it)
            for name in ("async_move_resource_to_block_cache", "preprocess"):
                if name in vars(first):
                    setattr(component, name, vars(first)[name])
        super().__setitem__(number, component)

    def __copy__(self) -> _Components:
        return _Components(self)


def launch_options(workbench: Workbench, demo: gr.Blocks) -> dict[str, Any]:
    """The arguments of `Blocks.launch` that this page needs; not host, port or sharing."""
    settings = workbench.settings
    uploads = Uploads(Path(get_upload_folder()), workbench.storage, lambda: _own_files(demo))
    return {
        "app_kwargs": {
            "middleware": [
                Middleware(Gate, settings, uploads),
                Middleware(PageMiddleware, ASSETS / "volcedit.js"),
            ],
            "lifespan": partial(_serving, uploads=uploads),
        },
        "enable_monitoring": False,
        "css_paths": ASSETS / "volcedit.css",
        "i18n": translations(badge_of(settings)),
        "max_file_size": UPLOAD_MAX,
        # Off, because it would store the inputs of every run as plain text in the browser.
        "run_history": False,
        "ssr_mode": False,
        "theme": THEME,
        # The outputs of a closed page stay in memory until this many newer pages were opened.
        "state_session_capacity": 300,
    }


@asynccontextmanager
async def _serving(app: App, *, uploads: Uploads) -> AsyncIterator[None]:
    take_the_lead(app)
    async with uploads.sweeping():
        yield


def _own_files(demo: gr.Blocks) -> set[str]:
    """The icons and example photos of the page itself."""
    return {path for block in demo.blocks.values() for path in getattr(block, "keep_in_cache", ())}
