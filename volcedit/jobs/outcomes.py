"""What comes of an edit: its record, the verdict on a repeat, and what it touched."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from volcedit.errors import (
    HistoryError,
    RefusedError,
    TaskError,
    VolceditError,
)
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import Failure, Record
from volcedit.pictures.comparing import judge, measure_touched
from volcedit.service.answers import (
    abridge,
    picture_sources,
)
from volcedit.service.codes import TASK_GONE
from volcedit.service.wire import LINK_LIFETIME_S
from volcedit.types import (
    EditResult,
    State,
    Words,
)

MEASURE_AFTER_S = 1.0
"""A picture is measured only when it has had the time to be shown."""

_logger = logging.getLogger(__name__)


class Measurer:
    """Measures what edits touched: in the background, or when somebody looks."""

    def __init__(self, *, in_background: bool = True) -> None:
        """Without `in_background` nothing is measured until somebody looks."""
        self._in_background = in_background
        self._pool = ThreadPoolExecutor(1, "measure")
        self._closing = threading.Event()

    def measure(self, notebook: Notebook, record_id: str) -> Record:
        """The record with what its edit touched, measured now if it never was, and kept.

        Unchanged if it has no picture, or if the service fetched its photo itself. Raises
        `HistoryError` or `PhotoError`.
        """
        record = notebook.get(record_id)
        if record.touched is not None or record.picture is None or record.recipe.photo is None:
            return record
        photo, picture = notebook.read(record.recipe.photo), notebook.read(record.picture)
        touched = measure_touched(photo, picture)
        with suppress(HistoryError):  # deleted meanwhile, or no space: it can be measured again
            notebook.amend(record_id, touched=touched)
        return replace(record, touched=touched)

    def measure_later(self, notebook: Notebook, record_id: str) -> None:
        """Measure in the background; the page, which has the picture already, is not told."""
        if self._in_background:
            with suppress(RuntimeError):  # the app is closing: it is measured when looked at
                self._pool.submit(self._measure_unless_it_fails, notebook, record_id)

    def finish(self) -> None:
        """Return once all that was handed in is measured; nothing more is."""
        self._pool.shutdown()

    def close(self) -> None:
        """Return once the current picture is measured; the others wait until they are looked at."""
        self._closing.set()
        self._pool.shutdown(cancel_futures=True)

    def _measure_unless_it_fails(self, notebook: Notebook, record_id: str) -> None:
        self._closing.wait(MEASURE_AFTER_S)
        try:
            self.measure(notebook, record_id)
        except VolceditError as error:
            _logger.warning("record %s is not measured: %s", record_id, error)


def with_result(record: Record, result: EditResult, took_s: float) -> Record:
    """`record`, done; `took_s` is the time from sending to having the picture."""
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
    """`record`, failed because of `error`."""
    return replace(
        record,
        state=State.FAILED,
        failure=Failure.of(error),
        response=None if error.envelope is None else abridge(error.envelope),
        request_id=error.request_id,
        took_s=took_s,
    )


def with_verdict(notebook: Notebook, done: Record, picture: bytes) -> Record:
    """`done`, with its verdict if it repeats an edit whose picture is still here."""
    if done.replay_of is None:
        return done
    try:
        first = notebook.get(done.replay_of).picture
        if first is None:
            return done
        return replace(done, verdict=judge(notebook.read(first), picture))
    except (VolceditError, MemoryError) as error:
        # The first was deleted or is damaged, or both are huge; this one is paid for.
        _logger.warning("repeat %s is not judged: %r", done.id, error)
        return done


def with_link(record: Record, now: datetime) -> Record:
    """`record`, which failed, with the address of its picture if its answer holds one."""
    urls = [text for kind, text in picture_sources(record.response or {}) if kind == "url"]
    if not urls:
        return record
    expires = now + timedelta(seconds=LINK_LIFETIME_S)
    return replace(record, picture_url=urls[0], picture_url_expires=expires.isoformat())


def without_link(record: Record) -> Record:
    """`record`, whose picture is here, without the address it was fetched from."""
    return replace(record, picture_url="", picture_url_expires=None)


def has_no_picture(failure: Failure | None) -> bool:
    """Whether this is how a task ends for good without a picture."""
    if failure is None:
        return False
    gone = failure.kind == TaskError.kind and failure.code in TASK_GONE
    return gone or failure.kind == RefusedError.kind


BROKE = Words(
    "Something broke inside this app; its log says what. Try again.",
    "应用内部出错，详见日志。请重试。",
)
