"""The public endpoints, for gradio_client and curl: `/edit`, `/recipe` and `/replay`."""

# No `from __future__ import annotations`: Gradio reads the types here and would get strings.

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from typing import Any

import gradio as gr

from volcedit.errors import HistoryError, VolceditError
from volcedit.jobs.run import Run
from volcedit.jobs.variations import settle_seed
from volcedit.notebook.inscription import read_inscription
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Failure, Record
from volcedit.types import EditParams, Verdict
from volcedit.web.desk import Desk
from volcedit.web.edit.recipes import no_recipe
from volcedit.web.edit.viewer import publish_results
from volcedit.web.publishing import NOT_SHOWN, as_data, read_file, use_upload
from volcedit.web.visitor import toast

Edit = Callable[..., Awaitable[tuple[list[gr.FileData], list[dict[str, Any]]]]]
ReadRecipe = Callable[..., Awaitable[dict[str, Any]]]
Replay = Callable[..., Awaitable[tuple[list[gr.FileData], dict[str, Any]]]]


def make_edit(desk: Desk) -> Edit:
    """The function behind `/edit`. Gradio reads its signature and docstring for the API page."""

    async def edit(
        request: gr.Request,
        image: gr.FileData,
        prompt: str,
        negative_prompt: str = "",
        scale: float = 0.5,
        seed: int = -1,
        count: int = 1,
    ) -> tuple[list[gr.FileData], list[dict[str, Any]]]:
        """Edit a photo by describing the change. Returns the pictures, and one record for each.

        Args:
            image: the photo, as JPEG, PNG, WebP, BMP, TIFF or GIF, up to 10 MB and 3:1
            prompt: what to change, in Chinese or English
            negative_prompt: what not to draw
            scale: 0 to 1; higher values follow the prompt more and the photo less
            seed: 1 to 2147483647; -1 or 0 draws one at random, which is in the record
            count: 1 to 8 variations, with the seeds seed, seed+1, ...
        """
        try:
            return await _edit(desk, request, image, prompt, negative_prompt, scale, seed, count)
        except VolceditError as error:
            raise toast(error, request) from error

    return edit


async def _edit(
    desk: Desk,
    request: gr.Request,
    image: Any,
    prompt: str,
    negative_prompt: str,
    scale: float,
    seed: int,
    count: int,
) -> tuple[list[gr.FileData], list[dict[str, Any]]]:
    # In a thread, because the store may be remote.
    notebook = await asyncio.to_thread(desk.notebook, request)
    # If the visitor with this cookie entered a key on the page, it is used here too.
    settings = await asyncio.to_thread(desk.own_settings, request)
    payer = desk.payer(request, notebook)
    params = EditParams(prompt, negative_prompt, settle_seed(seed), scale)
    async with desk.reading:
        photo = await asyncio.to_thread(use_upload, desk.decoder, _path_of(image))
    run = await asyncio.to_thread(
        desk.workbench.start, notebook, photo, params, count, settings=settings, payer=payer
    )
    await run.ended()
    return await asyncio.to_thread(results_of, run)


def results_of(run: Run) -> tuple[list[gr.FileData], list[dict[str, Any]]]:
    """The pictures of a run, also those that could not be saved, and one record for each edit."""
    paths = publish_results(run.notebook, run.records)
    records = [
        describe(record) | ({} if record.id in paths else _why_missing(run, record))
        for record in run.records
    ]
    return [gr.FileData(path=path) for path in paths.values()], records


def _why_missing(run: Run, record: Record) -> dict[str, Any]:
    """The error of an edit whose picture arrived, but cannot be handed over."""
    if record.picture is None and run.notebook.held(record.id) is None:
        return {}
    return {"error": Failure.of(HistoryError(NOT_SHOWN)).to_json()}


def _path_of(file: Any) -> Any:
    return file.get("path") if isinstance(file, dict) else None


def make_recipe() -> ReadRecipe:
    """The function behind `/recipe`. Gradio reads its docstring too, as in `make_edit`."""

    async def recipe(request: gr.Request, file: gr.FileData) -> dict[str, Any]:
        """The recipe in a file, with its id; from another tool's file, whatever could be read.

        Args:
            file: a picture downloaded from this app, a recipe or record as JSON, or a picture with
                another tool's parameters in it; up to 10 MB
        """
        try:
            found = await asyncio.to_thread(lambda: read_inscription(read_file(_path_of(file))))
            if found is None:
                raise no_recipe()
        except VolceditError as error:
            raise toast(error, request) from error
        if isinstance(found, Recipe):
            return {"id": found.id, **found.to_json()}
        return found.to_json()

    return recipe


def make_replay(desk: Desk) -> Replay:
    """The function behind `/replay`."""

    async def replay(
        request: gr.Request, record_id: str
    ) -> tuple[list[gr.FileData], dict[str, Any]]:
        """Repeat an edit, byte for byte. Returns the new picture, and how it compares.

        Args:
            record_id: the id of a record, as returned by /edit, in the notebook of the cookie
        """
        try:
            return await _replay(desk, request, record_id)
        except VolceditError as error:
            raise toast(error, request) from error

    return replay


async def _replay(
    desk: Desk, request: gr.Request, record_id: str
) -> tuple[list[gr.FileData], dict[str, Any]]:
    notebook = await asyncio.to_thread(desk.notebook, request)
    settings = await asyncio.to_thread(desk.own_settings, request)
    payer = desk.payer(request, notebook)
    run = await asyncio.to_thread(
        desk.workbench.replay, notebook, str(record_id), settings=settings, payer=payer
    )
    await run.ended()
    (record,) = run.records
    files, (described,) = await asyncio.to_thread(results_of, run)
    return files, describe_verdict(record) | {"record": described}


def describe_verdict(record: Record) -> dict[str, Any]:
    """The record of a repeat with its verdict, for the API; fields are null without a verdict."""
    verdict = asdict(record.verdict) if record.verdict else {}
    numbers = {field.name: verdict.get(field.name) for field in fields(Verdict)}
    return {**numbers, "replay_of": record.replay_of, "record": describe(record)}


def describe(record: Record) -> dict[str, Any]:
    """A record as returned by the API."""
    return {
        "id": record.id,
        "state": record.state,
        "seed": record.recipe.params.seed,
        "recipe": {"id": record.recipe.id, **record.recipe.to_json()},
        "response": as_data(record.response),
        "error": record.failure and record.failure.to_json(),
    }
