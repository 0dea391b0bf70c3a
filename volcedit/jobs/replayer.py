"""Repeats single edits and chains: sends the same bytes again, with a verdict."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from volcedit.config import Settings
from volcedit.errors import HistoryError, VolceditError
from volcedit.jobs.accounts import Accounts
from volcedit.jobs.budget import Payer
from volcedit.jobs.outcomes import BROKE
from volcedit.jobs.run import Run
from volcedit.jobs.runner import Runner
from volcedit.jobs.variations import settle_count
from volcedit.notebook.history import Notebook
from volcedit.notebook.lineage import Lineage, Link, trace
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record
from volcedit.pictures.decoder import Decoder
from volcedit.service.client import Client
from volcedit.service.fields import PHOTO_LIMITS
from volcedit.types import EditRequest, Photo, PhotoLink, State

_logger = logging.getLogger(__name__)


class Replayer:
    """Repeats earlier edits."""

    def __init__(self, accounts: Accounts, runner: Runner, decoder: Decoder) -> None:
        self._accounts = accounts
        self._runner = runner
        self._decoder = decoder

    def replay(
        self,
        notebook: Notebook,
        record_id: str,
        count: int,
        settings: Settings | None,
        payer: Payer | None,
        on_change: Callable[[], None],
    ) -> Run:
        """See `Workbench.replay`."""
        first = notebook.get(record_id)
        client, settings = self._accounts.resolve(settings)
        request = _request_of(notebook, first.recipe)
        records = [
            self._new_step(first, request, settings, first.parent)
            for _ in range(settle_count(count))
        ]
        carry_out = partial(self._runner.carry_out, client=client)
        requests = [request] * len(records)
        return self._runner.start(notebook, records, requests, carry_out, on_change, payer=payer)

    def replay_chain(
        self,
        notebook: Notebook,
        record_id: str,
        photo: Photo | None,
        parent: str | None,
        settings: Settings | None,
        payer: Payer | None,
        on_change: Callable[[], None],
    ) -> Run:
        """See `Workbench.replay_chain`."""
        client, settings = self._accounts.resolve(settings)
        steps = [notebook.get(it) for it in lineage(notebook, record_id).chain]
        for step in steps:  # check all of them before paying for the first
            step.recipe.check()
        if photo is None:
            parent = steps[0].parent
            request = _request_of(notebook, steps[0].recipe)
        else:
            parent = parent if is_picture_of(notebook, parent, photo) else None
            request = _request_on(photo, steps[0].recipe)
        record = self._new_step(steps[0], request, settings, parent)
        carry_out = partial(self._carry_step, steps=steps[1:], client=client, settings=settings)
        return self._runner.start(
            notebook, [record], [request], carry_out, on_change, steps=len(steps), payer=payer
        )

    def _new_step(
        self, first: Record, request: EditRequest, settings: Settings, parent: str | None
    ) -> Record:
        """A new record that repeats `first`."""
        first.recipe.check()
        settings = replace(settings, req_key=first.recipe.req_key, mode=first.recipe.mode)
        record = self._runner.new_record(request, settings, parent)
        photos = [(it.photo, it.photo_url) for it in (first.recipe, record.recipe)]
        is_repeat = photos[0] == photos[1]
        return replace(record, replay_of=first.id if is_repeat else None)

    def _carry_step(
        self,
        run: Run,
        record: Record,
        request: EditRequest,
        *,
        steps: list[Record],
        client: Client,
        settings: Settings,
    ) -> None:
        """Run one edit of a chain, then queue the first of the remaining `steps`."""
        self._runner.carry_out(run, record, request, client=client)
        if not steps:
            return
        made = run.record(record.id)
        if made.state != State.DONE:
            run.break_off()
            return
        try:
            joined = self._join_step(run, made, steps[0], settings)
        except VolceditError as error:
            _logger.warning("the chain ends after record %s: %s", record.id, error)
            run.break_off(error)
        except Exception:
            _logger.exception("the chain crashed after record %s", record.id)
            run.break_off(VolceditError(BROKE))
        else:
            if joined is not None:
                carry_out = partial(
                    self._carry_step, steps=steps[1:], client=client, settings=settings
                )
                self._runner.queue(run, *joined, carry_out)

    def _join_step(
        self, run: Run, made: Record, step: Record, settings: Settings
    ) -> tuple[Record, EditRequest] | None:
        """Prepare a repeat of `step` on the picture of `made`. None if the run was stopped."""
        assert made.picture is not None  # it is done
        photo = self._decoder.read_photo(run.notebook.read(made.picture), PHOTO_LIMITS).photo
        request = _request_on(photo, step.recipe)
        record = self._new_step(step, request, settings, made.id)
        return (record, request) if run.join(record, {photo.facts: photo.data}) else None


def lineage(notebook: Notebook, record_id: str) -> Lineage:
    """The chain that led to the record, all branches of its first edit, and its repeats."""
    entries = notebook.index().entries()
    return trace((Link(it.id, it.parent, it.replay_of) for it in entries), record_id)


def is_picture_of(notebook: Notebook, parent: str | None, photo: Photo | PhotoLink) -> bool:
    """Whether `photo` is exactly the picture of the record `parent`."""
    if isinstance(photo, PhotoLink):
        return False
    try:
        picture = notebook.get(parent).picture if parent else None
    except HistoryError:
        return False  # deleted meanwhile
    return picture is not None and picture.sha256 == photo.sha256


def _request_of(notebook: Notebook, recipe: Recipe) -> EditRequest:
    """The identical request. Raises `HistoryError` if its photo is gone."""
    return recipe.request(b"" if recipe.photo is None else notebook.read(recipe.photo))


def _request_on(photo: Photo, recipe: Recipe) -> EditRequest:
    """The request of `recipe`, with another photo."""
    return EditRequest(photo, recipe.params, recipe.req_key, recipe.delivery)
