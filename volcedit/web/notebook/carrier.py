"""Export and import of notebooks as ZIPs: handlers, and the endpoints for programs."""

# No `from __future__ import annotations`: Gradio reads the types here and would get strings.

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import asdict
from functools import partial
from typing import Any, BinaryIO

import gradio as gr

from volcedit.errors import ArchiveError, StoppedError, VolceditError
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.archive.intake import Imported
from volcedit.notebook.finding import Query
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import utc_now
from volcedit.types import Words
from volcedit.web import markup
from volcedit.web.desk import Desk, Updates, ids_of, tell_news
from volcedit.web.publishing import find_upload, publish_file
from volcedit.web.visitor import language, owner_of, toast
from volcedit.words import say, say_all

Progress = Callable[[int, int], None]
"""Called with the amount done and the total."""
TOLD_EVERY_S = 0.5


def publish_archive(
    workbench: Workbench,
    notebook: Notebook,
    chosen: Query | Iterable[str] | None,
    tongue: str,
    on_progress: Progress = lambda done, count: None,
) -> str:
    """Publish a ZIP of the records found by a search, of those with the given ids, or of all.

    Returns its path. Raises `HistoryError`: before the search, if the file cannot be opened.
    """

    def write(file: BinaryIO) -> None:
        ids = notebook.index().find(chosen) if isinstance(chosen, Query) else chosen
        workbench.export(notebook, ids, file, language=tongue, on_progress=on_progress)

    return publish_file(f"volcedit-{utc_now():%Y%m%d-%H%M%S}.zip", write)


def take_in(
    workbench: Workbench,
    notebook: Notebook,
    path: object,
    on_progress: Progress = lambda done, count: None,
) -> Imported:
    """Import an uploaded ZIP. Raises `ArchiveError` or `HistoryError`."""
    found = find_upload(path)
    if found is None:
        raise ArchiveError(_NO_UPLOAD)
    return workbench.import_(notebook, found, on_progress=on_progress)


class Carrier:
    """The page's handlers for export and import."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def export(self, request: gr.Request, query: Query) -> AsyncIterator[Updates]:
        """Export the edits found by the current search, or all of them."""
        async for updates in self._export(request, None if query == Query() else query):
            yield updates

    async def export_some(self, request: gr.Request, event: gr.EventData) -> AsyncIterator[Updates]:
        """Export the selected edits."""
        async for updates in self._export(request, ids_of(event)):
            yield updates

    async def _export(
        self, request: gr.Request, chosen: Query | list[str] | None
    ) -> AsyncIterator[Updates]:
        page, tongue, notebook = self._desk.page, language(request), self._desk.notebook(request)
        yield {page.export_file: None}  # so that a failure does not download the previous file
        pack = partial(publish_archive, self._desk.workbench, notebook, chosen, tongue)
        async for updates in self._follow(
            request,
            Words("Packing: {done} of {count} edits…"),
            pack,
            lambda path: {page.export_file: path, page.carry_note: ""},
        ):
            yield updates

    async def import_(self, request: gr.Request, path: object) -> AsyncIterator[Updates]:
        """Import an archive, and report the result."""
        page, tongue, notebook = self._desk.page, language(request), self._desk.notebook(request)

        def tell(came: Imported) -> Updates:
            words = [
                say(
                    tongue,
                    "{count} edits imported.",
                    one="{count} edit imported.",
                    count=came.added,
                )
            ]
            others = (
                (Words("{count} already here."), came.known),
                (
                    Words("{count} already here with different content, left unchanged."),
                    came.differing,
                ),
                (
                    Words(
                        "{count} pictures missing from the archive.",
                        one="{count} picture missing from the archive.",
                    ),
                    came.lost,
                ),
            )
            words += [say(tongue, told, count=count) for told, count in others if count]
            if came.added and (days := self._desk.workbench.settings.keep_days):
                words.append(
                    say(
                        tongue,
                        "Edits older than {days} days are deleted soon unless starred.",
                        days=days,
                    )
                )
            return {page.carry_note: markup.note(say_all(tongue, words)), page.news: tell_news()}

        unpack = partial(take_in, self._desk.workbench, notebook, path)
        async for updates in self._follow(
            request, Words("Checking the archive: {done} of {count} files…"), unpack, tell
        ):
            yield updates

    async def _follow(
        self,
        request: gr.Request,
        progress: Words,
        work: Callable[[Progress], Any],
        tell: Callable[[Any], Updates],
    ) -> AsyncIterator[Updates]:
        """The progress of `work`, and what `tell` makes of its result."""
        note, tongue = self._desk.page.carry_note, language(request)
        reached, gone = (0, 0), threading.Event()

        def see(done: int, count: int) -> None:
            nonlocal reached
            reached = (done, count)
            if gone.is_set():  # the page was closed, and nothing has been changed yet
                raise StoppedError(_LEFT)

        working = asyncio.ensure_future(asyncio.to_thread(work, see))
        try:
            while not (await asyncio.wait({working}, timeout=TOLD_EVERY_S))[0]:
                words = say(tongue, progress, done=reached[0], count=reached[1])
                yield {note: markup.note(words)}
            yield tell(working.result())
        except VolceditError as error:
            yield {note: markup.note(say(tongue, error.words), "error")}
        finally:
            gone.set()


def make_export(workbench: Workbench) -> Callable[..., Awaitable[gr.FileData]]:
    """The function behind `/export`."""

    async def export(request: gr.Request, record_ids: str = "") -> gr.FileData:
        """Export edits as a ZIP with their records and pictures, a web page and a table.

        Args:
            record_ids: ids of edits, separated by commas; empty for all
        """
        ids = [name.strip() for name in record_ids.split(",") if name.strip()] or None
        try:
            notebook = await asyncio.to_thread(workbench.notebook, owner_of(request))
            path = await asyncio.to_thread(
                publish_archive, workbench, notebook, ids, language(request)
            )
        except VolceditError as error:
            raise toast(error, request) from error
        return gr.FileData(path=path)

    return export


def make_import(workbench: Workbench) -> Callable[..., Awaitable[dict[str, Any]]]:
    """The function behind `/import_notebook`."""

    async def import_notebook(request: gr.Request, file: gr.FileData) -> dict[str, Any]:
        """Import an exported ZIP. Returns how many edits were added, already known or different,
        and how many pictures are missing from the ZIP. A modified ZIP changes nothing.

        Args:
            file: a ZIP exported by volcedit, up to 200 MB
        """
        path = file.get("path") if isinstance(file, dict) else None
        try:
            notebook = await asyncio.to_thread(workbench.notebook, owner_of(request))
            return asdict(await asyncio.to_thread(take_in, workbench, notebook, path))
        except VolceditError as error:
            raise toast(error, request) from error

    return import_notebook


_LEFT = Words("Stopped: the page was closed.")
_NO_UPLOAD = Words("Choose an archive first: a ZIP that volcedit exported.")
