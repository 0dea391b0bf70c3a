"""An edit once more, and chains of them: the same bytes, with a verdict."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from volcedit.config import Settings
from volcedit.errors import (
    VolceditError,
)
from volcedit.jobs.engine import Engine, is_picture_of
from volcedit.jobs.outcomes import BROKE
from volcedit.jobs.run import Run
from volcedit.jobs.variations import settle_count
from volcedit.notebook.history import Notebook
from volcedit.notebook.lineage import Lineage, Link, trace
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record
from volcedit.service.client import Client, read_photo
from volcedit.service.fields import (
    check_params,
)
from volcedit.types import (
    EditRequest,
    Photo,
    State,
)

_logger = logging.getLogger(__name__)


class Repeating(Engine):
    """Makes edits again that were made before."""

    def replay(
        self,
        notebook: Notebook,
        record_id: str,
        count: int = 1,
        *,
        settings: Settings | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> Run:
        """Send the very body of that record `count` times more; returns at once.

        Each repeat is a record of its own, with `replay_of`; once it is done, with its verdict
        against the first's picture, if that brought one. It goes to where edits go now, which may
        be elsewhere: its recipe says so. `settings` and `on_change` are as in `start`. Raises
        `ParameterError`, `HistoryError` or `ConfigError`.
        """
        first = notebook.get(record_id)
        client, settings = self._client_and_settings(settings)
        request = _request_of(notebook, first.recipe)
        records = [
            self._new_step(first, request, settings, first.parent)
            for _ in range(settle_count(count))
        ]
        run = Run(notebook, records, on_change, self._calls.wake)
        return self._begin(run, [request] * len(records), partial(self._carry_out, client=client))

    def replay_chain(
        self,
        notebook: Notebook,
        record_id: str,
        photo: Photo | None = None,
        *,
        parent: str | None = None,
        settings: Settings | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> Run:
        """Make the whole chain that led to that record again; returns at once.

        Each step's picture is the photo of the next. The first photo is that of the chain, or
        `photo`, with its `parent` as in `start`. A step is recorded when it begins: after a failure
        or a stop there is no record of the later ones. A step that sends the very body of the first
        time is a repeat, with a verdict. Else as `replay`.
        """
        client, settings = self._client_and_settings(settings)
        steps = [notebook.get(it) for it in self.lineage(notebook, record_id).chain]
        for step in steps:  # before the first is paid for
            _check_recipe(step.recipe)
        if photo is None:
            parent = steps[0].parent
            request = _request_of(notebook, steps[0].recipe)
        else:
            parent = parent if is_picture_of(notebook, parent, photo) else None
            request = _request_on(photo, steps[0].recipe)
        record = self._new_step(steps[0], request, settings, parent)
        run = Run(notebook, [record], on_change, self._calls.wake, steps=len(steps))
        carry_out = partial(self._carry_step, steps=steps[1:], client=client, settings=settings)
        return self._begin(run, [request], carry_out)

    def _new_step(
        self, first: Record, request: EditRequest, settings: Settings, parent: str | None
    ) -> Record:
        """A record of doing again what `first` did."""
        _check_recipe(first.recipe)
        settings = replace(settings, req_key=first.recipe.req_key, mode=first.recipe.mode)
        record = self._new_record(request, settings, parent)
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
        """Make one edit of a chain, and begin the first of the `steps` that are left."""
        self._carry_out(run, record, request, client)
        if not steps:
            return
        if run._records[record.id].state != State.DONE:
            run._break_off()
            return
        try:
            joined = self._join_step(run, record.id, steps[0], settings)
        except VolceditError as error:
            _logger.warning("the chain ends after record %s: %s", record.id, error)
            run._break_off(error)
        except Exception:
            _logger.exception("the chain broke after record %s", record.id)
            run._break_off(VolceditError(BROKE))
        else:
            if joined is not None:
                carry_out = partial(
                    self._carry_step, steps=steps[1:], client=client, settings=settings
                )
                run._calls[joined[0].id] = self._calls.submit(
                    run.visitor, partial(carry_out, run, *joined)
                )

    def _join_step(
        self, run: Run, made_id: str, step: Record, settings: Settings
    ) -> tuple[Record, EditRequest] | None:
        """What follows on the picture of `made_id`: `step` again. None when that was stopped."""
        picture = run._notebook.read(run._records[made_id].picture)
        photo = read_photo(picture).photo
        request = _request_on(photo, step.recipe)
        record = self._new_step(step, request, settings, made_id)
        return (record, request) if run._join(record, {photo.facts: photo.data}) else None

    def lineage(self, notebook: Notebook, record_id: str) -> Lineage:
        """The chain that led to that record, all branches of its first edit, and its repeats."""
        entries = notebook.index().entries()
        return trace((Link(it.id, it.parent, it.replay_of) for it in entries), record_id)


def _check_recipe(recipe: Recipe) -> None:
    check_params(recipe.params, recipe.req_key, recipe.mode)


def _request_of(notebook: Notebook, recipe: Recipe) -> EditRequest:
    """The identical request. Raises `HistoryError` when its photo is not there any more."""
    return recipe.request(b"" if recipe.photo is None else notebook.read(recipe.photo))


def _request_on(photo: Photo, recipe: Recipe) -> EditRequest:
    """What `recipe` says, of another photo."""
    return EditRequest(photo, recipe.params, recipe.req_key, recipe.delivery)
