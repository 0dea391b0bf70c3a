"""The outcome of an edit: its record, the verdict on a repeat, and which pixels changed."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from volcedit.config import Settings
from volcedit.errors import (
    HistoryError,
    RefusedError,
    TaskError,
    VolceditError,
)
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import Failure, Record
from volcedit.pictures.decoder import Decoder, LocalDecoder
from volcedit.service.answers import (
    abridge,
    picture_sources,
)
from volcedit.service.codes import TASK_GONE
from volcedit.service.redaction import HIDDEN
from volcedit.service.wire import LINK_LIFETIME_S
from volcedit.types import (
    EditResult,
    Provider,
    State,
    Words,
)

MEASURE_AFTER_S = 1.0
"""Delay before a new picture is measured, so that it is displayed first."""

_logger = logging.getLogger(__name__)


class Measurer:
    """Compares pictures: repeats with their originals, edits with their photos."""

    def __init__(self, decoder: Decoder | None = None, *, in_background: bool = True) -> None:
        """If `in_background` is False, edits are measured only on demand."""
        self._decoder = decoder or LocalDecoder()
        self._in_background = in_background
        self._pool = ThreadPoolExecutor(1, "measure")
        self._closing = threading.Event()

    def measure(self, notebook: Notebook, record_id: str) -> Record:
        """The record with `touched` set, measured and saved now unless it was before.

        Unchanged if it has no picture, or if the service fetched the photo itself. Raises
        `HistoryError` or `PhotoError`.
        """
        return self._measured(notebook, notebook.get(record_id))

    def _measured(self, notebook: Notebook, record: Record) -> Record:
        if record.touched is not None or record.picture is None or record.recipe.photo is None:
            return record
        photo, picture = notebook.read(record.recipe.photo), notebook.read(record.picture)
        touched = self._decoder.measure_touched(photo, picture)
        with suppress(HistoryError):  # deleted meanwhile, or disk full: can be measured again
            notebook.amend(record.id, touched=touched)
        return replace(record, touched=touched)

    def measure_later(self, notebook: Notebook, record: Record) -> None:
        """Measure a new picture in the background. The page, which has it, is not notified."""
        if self._in_background:
            with suppress(RuntimeError):  # the app is closing: it will be measured on demand
                self._pool.submit(self._measure_unless_it_fails, notebook, record)

    def with_verdict(self, notebook: Notebook, done: Record, picture: bytes) -> Record:
        """`done`, with a verdict if it is a repeat and the original picture still exists."""
        if done.replay_of is None:
            return done
        try:
            first = notebook.get(done.replay_of).picture
            if first is None:
                return done
            return replace(done, verdict=self._decoder.judge(notebook.read(first), picture))
        except (VolceditError, MemoryError) as error:
            # The original is deleted or damaged, or both are huge. This picture is paid for.
            _logger.warning("could not compare repeat %s: %r", done.id, error)
            return done

    def finish(self) -> None:
        """Wait until everything submitted is measured. Later submissions are ignored."""
        self._pool.shutdown()

    def close(self) -> None:
        """Wait for the current picture only. The others will be measured on demand."""
        self._closing.set()
        self._pool.shutdown(cancel_futures=True)

    def _measure_unless_it_fails(self, notebook: Notebook, record: Record) -> None:
        self._closing.wait(MEASURE_AFTER_S)
        try:
            self._measured(notebook, record)
        except VolceditError as error:
            _logger.warning("could not measure record %s: %s", record.id, error)


def with_result(record: Record, result: EditResult, took_s: float) -> Record:
    """`record` as done; `took_s` is the time from sending until the picture was there."""
    return replace(
        record,
        state=State.DONE,
        picture=result.facts,
        failure=None,
        response=abridge(result.envelope, result.facts),
        request_id=result.request_id,
        elapsed_s=result.elapsed_s,
        took_s=took_s,
    )


def with_failure(record: Record, error: VolceditError, took_s: float) -> Record:
    """`record` as failed with `error`."""
    return replace(
        record,
        state=State.FAILED,
        failure=Failure.of(error),
        response=None if error.envelope is None else abridge(error.envelope),
        request_id=error.request_id,
        took_s=took_s,
    )


def with_link(record: Record, now: datetime) -> Record:
    """The failed `record`, with the link to its picture if the response has one that works.

    One that holds a key in base64 or hex, or a signature, does not: that is stored nowhere.
    """
    urls = [text for kind, text in picture_sources(record.response or {}) if kind == "url"]
    if not urls or HIDDEN in urls[0]:
        return record
    expires = now + timedelta(seconds=LINK_LIFETIME_S)
    return replace(record, picture_url=urls[0], picture_url_expires=expires.isoformat())


def without_link(record: Record) -> Record:
    """`record`, whose picture is now stored, without the link it was downloaded from."""
    return replace(record, picture_url="", picture_url_expires=None)


def has_no_picture(failure: Failure | None) -> bool:
    """Whether this failure means that the task will never return a picture."""
    if failure is None:
        return False
    gone = failure.kind == TaskError.kind and failure.code in TASK_GONE
    return gone or failure.kind == RefusedError.kind


BROKE = Words("Something went wrong in this app; see its log. Try again.")


def log_edit(notebook: Notebook, record: Record, settings: Settings) -> None:
    """Log how an edit ended: whose it was (by the hash of their secret), how long, what it cost.

    `settings` are the app's own, with its price.
    """
    if record.state.is_under_way:
        return
    outcome = str(record.state)
    if failure := record.failure:
        code = "" if failure.code is None else f" {str(failure.code)[:40]!r}"
        outcome = f"{outcome} ({failure.kind}{code})"
    _logger.info(
        "edit %s by %s: %s after %.1f s, %s",
        record.id,
        notebook.name[:8],
        outcome,
        record.took_s or 0,
        _cost_of(record, settings),
    )


def _cost_of(record: Record, settings: Settings) -> str:
    if record.sent_at is None:
        return "not sent"
    if record.recipe.provider == Provider.SANDBOX:
        return "free"
    if record.own_key:
        return "at the visitor's cost"
    if record.state != State.DONE:
        return "perhaps at the owner's cost"  # only the service's bill tells
    if settings.price is None:
        return "at the owner's cost"
    return f"{settings.price:g} {settings.currency}".strip()
