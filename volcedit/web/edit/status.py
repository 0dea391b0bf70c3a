"""The HTML of a run's status: progress, failures and pauses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from volcedit.jobs.budget import Allowance, Scope, clock_of
from volcedit.jobs.run import Snapshot
from volcedit.notebook.records import Record
from volcedit.service.answers import remarks_of
from volcedit.service.client import Poll
from volcedit.service.transport import Wait
from volcedit.types import Language, State, Value, Words
from volcedit.web.markup import Clock, Pause, line, lost_poll, state_words
from volcedit.web.templates import render
from volcedit.words import say

_LEFT: Mapping[Scope, Words] = {
    Scope.VISITOR: Words("{left} of {limit} left this hour"),
    Scope.ADDRESS: Words("{left} of {limit} left this hour at your network address"),
    Scope.DAY: Words("{left} of {limit} left today for all visitors"),
}


@dataclass(frozen=True)
class _Trouble:
    """A problem that several records of a run may share; it is shown once."""

    state: State
    words: str
    pause: Pause | None = None
    """The pause before the next attempt, if there is one."""


def status_of_run(run: Snapshot, seconds: float, language: Language) -> str:
    """Progress, pauses and failures of a run. The page's script keeps counting the seconds."""
    records = run.records
    counts: dict[str, Value] = {
        "count": run.planned,
        "done": sum(record.state == State.DONE for record in records),
        "ended": sum(not record.state.is_under_way for record in records),
        "under_way": sum(record.state in (State.SENT, State.TASK) for record in records),
        "seconds": f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}",
    }
    words = Words("{ended} of {count} finished")
    if run.stopped and counts["under_way"]:
        words = Words(
            "Stopped: {done} of {count} done. {under_way} already sent; their results are "
            "kept in the history."
        )
    elif run.stopped:
        words = Words("Stopped: {done} of {count} done.")
    elif run.finished:
        words = Words("{done} of {count} done · {seconds} s")
    ends, broken_off = _end_of_chain(run, language)
    return _render(
        records,
        language,
        run.waits,
        run.polls,
        line=say(language, words.given(**counts)),
        clock=None if run.stopped or run.finished else Clock.at(seconds),
        ends=ends,
        broken_off=broken_off,
    )


def _end_of_chain(run: Snapshot, language: Language) -> tuple[list[str], str]:
    """Where a chain ended early, unless it was stopped, and why."""
    step = len(run.records)
    if not run.finished or run.stopped or step == run.planned:
        return [], ""
    why = say(language, run.broken_off.words) if run.broken_off else ""
    return [
        say(
            language,
            "The chain stopped at step {step} of {count}. Later steps were neither sent nor "
            "recorded.",
            step=step,
            count=run.planned,
        )
    ], why


def status_of(
    records: list[Record],
    language: Language,
    waits: Mapping[str, Wait] = {},
    polls: Mapping[str, Poll] = {},
) -> str:
    """Failures and retries, each reason once, and the remarks in the responses."""
    return _render(records, language, waits, polls)


def _render(
    records: list[Record],
    language: Language,
    waits: Mapping[str, Wait],
    polls: Mapping[str, Poll],
    *,
    line: str = "",
    clock: Clock | None = None,
    ends: list[str] | None = None,
    broken_off: str = "",
) -> str:
    told: dict[_Trouble, list[str]] = {}
    for record in records:
        trouble = _trouble_of(record, language, waits.get(record.id), polls.get(record.id))
        if trouble is not None:
            told.setdefault(trouble, []).append(str(record.recipe.params.seed))
    return render(
        "edit/status.html",
        language,
        line=line,
        clock=clock,
        ends=ends or [],
        broken_off=broken_off,
        remarks=_remarks(records, language),
        troubles=list(told.items()),
    )


def tell_allowance(allowance: Allowance, now: datetime, language: Language) -> str:
    """How many edits at the owner's cost are left, and when there is one if none is."""
    left, limit = allowance.left, allowance.limit
    words = say(language, _LEFT[allowance.scope], left=left, limit=limit)
    if allowance.opens_s is not None:
        minutes = max(1, math.ceil((allowance.opens_s - now.timestamp()) / 60))
        opens = say(
            language,
            "the next at {time}, in {minutes} min",
            time=clock_of(allowance.opens_s, now),
            minutes=minutes,
        )
        words = f"{words} · {opens}"
    return line(words)


def _trouble_of(
    record: Record, language: Language, wait: Wait | None, poll: Poll | None
) -> _Trouble | None:
    """The trouble of a record, if any, which its tile does not show."""
    if wait is not None:
        reason = say(language, wait.error.words)
        return _Trouble(record.state, reason, Pause.of(wait, language))
    is_over = not record.state.is_under_way and record.state != State.DONE
    if is_over or lost_poll(record, poll):
        return _Trouble(record.state, state_words(record, language, poll))
    return None


def _remarks(records: list[Record], language: Language) -> list[str]:
    """The remarks in the responses, each once: what was understood, and objections."""
    found: dict[str, None] = {}
    for record in records:
        if record.state == State.DONE and record.response is not None:
            understood, objected = remarks_of(record.response)
            if understood:
                found[say(language, "Understood as: {words}", words=understood)] = None
            if objected:
                found[objected] = None
    return list(found)
