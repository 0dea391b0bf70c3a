"""Notebooks as ZIPs: the endpoints `/export` and `/import_notebook`, and what the page needs."""

# No `from __future__ import annotations`: Gradio reads the types and would find strings.

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

import gradio as gr

from volcedit.errors import ArchiveError, VolceditError
from volcedit.history import Notebook
from volcedit.intake import Imported
from volcedit.records import utc_now
from volcedit.types import Words
from volcedit.ui.publishing import find_upload, publish_file
from volcedit.ui.visitor import language, owner_of, toast
from volcedit.workbench import Workbench


def publish_archive(
    workbench: Workbench, notebook: Notebook, ids: Iterable[str] | None, tongue: str
) -> str:
    """The path of a ZIP of those records, or all. Raises `HistoryError`."""
    write = partial(workbench.export, notebook, ids, language=tongue)
    return publish_file(f"volcedit-{utc_now():%Y%m%d-%H%M%S}.zip", write)


def take_in(workbench: Workbench, notebook: Notebook, path: object) -> Imported:
    """What came of taking in an uploaded ZIP. Raises `ArchiveError` or `HistoryError`."""
    found = find_upload(path)
    if found is None:
        raise ArchiveError(_NO_UPLOAD)
    return workbench.import_(notebook, found)


def make_export(workbench: Workbench) -> Callable[..., Awaitable[gr.FileData]]:
    """The function behind `/export`."""

    async def export(request: gr.Request, record_ids: str = "") -> gr.FileData:
        """Export edits as one ZIP: records, pictures, a page that shows them, a table.

        Args:
            record_ids: ids of edits, separated by commas; empty for all
        """
        notebook = workbench.notebook(owner_of(request))
        ids = [name.strip() for name in record_ids.split(",") if name.strip()] or None
        try:
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
        """Take in an exported ZIP: how many edits were added, known already, differing, and how
        many pictures the ZIP itself lacks. What is not as it was exported changes nothing.

        Args:
            file: a ZIP that volcedit exported, up to 200 MB
        """
        notebook = workbench.notebook(owner_of(request))
        path = file.get("path") if isinstance(file, dict) else None
        try:
            return asdict(await asyncio.to_thread(take_in, workbench, notebook, path))
        except VolceditError as error:
            raise toast(error, request) from error

    return import_notebook


_NO_UPLOAD = Words(
    "Choose an archive first: a ZIP that volcedit exported.",
    "请先选择归档：由 volcedit 导出的 ZIP。",
)
