"""Repeats edits: once with a verdict, several times, or a whole chain."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import gradio as gr

from volcedit.jobs.run import Run
from volcedit.web.desk import Desk, Updates
from volcedit.web.edit.runner import Runner
from volcedit.web.publishing import use_upload
from volcedit.web.visitor import language
from volcedit.words import say

REPEATS = 4


class Replayer:
    """The handlers of repeats, which are followed like any other run."""

    def __init__(self, desk: Desk, runner: Runner) -> None:
        self._desk = desk
        self._runner = runner

    async def replay(
        self, request: gr.Request, event: gr.EventData, shown: list[str]
    ) -> AsyncIterator[Updates]:
        """Send an edit again, byte for byte."""
        async for updates in self._repeat(request, event.record_id, shown, 1):
            yield updates

    async def repeat(
        self, request: gr.Request, event: gr.EventData, shown: list[str]
    ) -> AsyncIterator[Updates]:
        """Send it several times, to see whether it is stable."""
        async for updates in self._repeat(request, event.record_id, shown, REPEATS):
            yield updates

    async def chain(self, request: gr.Request, event: gr.EventData) -> AsyncIterator[Updates]:
        """Run the chain that led to an edit again, starting from its first photo."""
        notebook, workbench = self._desk.notebook(request), self._desk.workbench

        def begin(on_change: Callable[[], None]) -> Run:
            settings = self._desk.own_settings(request)
            return workbench.replay_chain(
                notebook, event.record_id,
                settings=settings, payer=self._desk.payer(request, notebook), on_change=on_change,
            )  # fmt: skip

        async for updates in self._follow(request, [], begin):
            yield updates

    async def chain_on_photo(
        self, request: gr.Request, event: gr.EventData, path: str | None, parent: str | None
    ) -> AsyncIterator[Updates]:
        """Run the chain on the photo in the composer."""
        notebook, workbench = self._desk.notebook(request), self._desk.workbench

        def begin(on_change: Callable[[], None]) -> Run:
            photo = use_upload(self._desk.decoder, path)
            settings = self._desk.own_settings(request)
            return workbench.replay_chain(
                notebook, event.record_id, photo, parent=parent,
                settings=settings, payer=self._desk.payer(request, notebook), on_change=on_change,
            )  # fmt: skip

        async for updates in self._follow(request, [], begin):
            yield updates

    async def _repeat(
        self, request: gr.Request, record_id: str, shown: list[str], count: int
    ) -> AsyncIterator[Updates]:
        notebook, workbench = self._desk.notebook(request), self._desk.workbench

        def begin(on_change: Callable[[], None]) -> Run:
            settings = self._desk.own_settings(request)
            return workbench.replay(
                notebook, record_id, count,
                settings=settings, payer=self._desk.payer(request, notebook), on_change=on_change,
            )  # fmt: skip

        # The edit that is repeated stays next to its repeats.
        earlier = shown if record_id in shown else [record_id]
        async for updates in self._follow(request, earlier, begin):
            yield updates

    async def _follow(
        self, request: gr.Request, earlier: list[str], begin: Callable[[Callable[[], None]], Run]
    ) -> AsyncIterator[Updates]:
        """Same as `Runner.follow`; a second run is rejected with a notice."""
        if self._runner.is_busy(request):
            gr.Info(
                say(
                    language(request),
                    "A run is already in progress. Wait for it to finish, or stop it.",
                )
            )
            yield gr.skip()
            return
        async for updates in self._runner.follow(request, earlier, begin):
            yield updates
