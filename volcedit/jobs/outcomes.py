"""What a record becomes once its edit has ended: frozen in, frozen out."""

from __future__ import annotations

import logging
from dataclasses import replace

from volcedit.errors import (
    RefusedError,
    TaskError,
    VolceditError,
)
from volcedit.notebook.history import Notebook
from volcedit.notebook.records import Failure, Record
from volcedit.pictures.comparing import judge
from volcedit.service.answers import (
    abridge,
)
from volcedit.service.codes import TASK_GONE
from volcedit.types import (
    EditResult,
    State,
    Words,
)

_logger = logging.getLogger(__name__)


def with_result(record: Record, result: EditResult, took_s: float) -> Record:
    """`record`, done; `took_s` is how long that took from sending on."""
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
    """`record`, failed for what `error` says."""
    return replace(
        record,
        state=State.FAILED,
        failure=Failure.of(error),
        response=None if error.envelope is None else abridge(error.envelope),
        request_id=error.request_id,
        took_s=took_s,
    )


def with_verdict(notebook: Notebook, done: Record, picture: bytes) -> Record:
    """`done`, with its verdict if it repeats one whose picture is here."""
    if done.replay_of is None:
        return done
    try:
        first = notebook.get(done.replay_of).picture
        return (
            done if first is None else replace(done, verdict=judge(notebook.read(first), picture))
        )
    except (VolceditError, MemoryError) as error:
        # The first was deleted, or is damaged, or both are huge; this one is paid for.
        _logger.warning("repeat %s is not judged: %r", done.id, error)
        return done


def without_link(record: Record) -> Record:
    """`record`, whose picture is here, without the address it had."""
    return replace(record, picture_url="", picture_url_expires=None)


def has_no_picture(failure: Failure | None) -> bool:
    """Is this how a task ends for good without a picture?"""
    if failure is None:
        return False
    gone = failure.kind == TaskError.kind and failure.code in TASK_GONE
    return gone or failure.kind == RefusedError.kind


BROKE = Words(
    "Something broke inside this app; its log says what. Try again.",
    "应用内部出错，详见日志。请重试。",
)
