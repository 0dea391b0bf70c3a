"""Markup shared by several parts of the page: notes, states, formatted numbers."""

from __future__ import annotations

from dataclasses import dataclass

from volcedit.notebook.records import Record
from volcedit.service.answers import TASK_UNDER_WAY
from volcedit.service.client import Poll
from volcedit.service.transport import Wait
from volcedit.types import Language, State
from volcedit.web.templates import render
from volcedit.words import say
from volcedit.words.kinds import REASONS, STATES, TASK_STATES, words_of


def kind_name(media_type: str) -> str:
    """ "JPEG" for "image/jpeg"."""
    return media_type.partition("/")[2].upper()


def size_name(size_bytes: int) -> str:
    """Formatted for display: 240 KB, 4.5 MB."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def money(amount: float, currency: str) -> str:
    """Formatted for display: 0.80 CNY. A small amount gets more digits."""
    digits = ".2f" if amount >= 0.1 else ".4g"
    return f"{amount:{digits}} {currency}".strip()


def seconds_of(record: Record, language: Language) -> str:
    """How long the edit took, "1.3 s"; empty if unknown."""
    return "" if record.took_s is None else f"{record.took_s:.1f} {say(language, 's')}"


def note(text: str, kind: str = "note") -> str:
    """A sentence in a box. `kind` is "note" or "error"."""
    return render("web/note.html", text=text, kind=kind)


def line(text: str) -> str:
    """A sentence on its own line; "" if it is empty."""
    return render("web/line.html", text=text) if text else ""


# ── the state of an edit ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Clock:
    """Elapsed seconds, which the page's script keeps counting."""

    elapsed_s: str
    shown_s: str

    @classmethod
    def at(cls, seconds: float) -> Clock:
        """A clock at `seconds`."""
        return cls(f"{seconds:.1f}", f"{seconds:.0f}")


@dataclass(frozen=True)
class Pause:
    """The time until the next attempt, which the page's script counts down."""

    sentence: str
    """With a NUL in place of the seconds."""
    left_s: str
    shown_s: str

    @classmethod
    def of(cls, wait: Wait, language: Language) -> Pause:
        """The pause of `wait`, with its reason."""
        sentence = say(
            language,
            "{reason}, retrying in {seconds} s ({attempt} of {attempts})",
            reason=words_of(wait.error.kind, REASONS),
            seconds="\0",
            attempt=wait.attempt,
            attempts=wait.max_attempts,
        )
        return cls(sentence, f"{wait.delay_s:.1f}", f"{wait.delay_s:.0f}")


def lost_poll(record: Record, poll: Poll | None) -> Poll | None:
    """`poll`, if it failed and the record's task is still running; else None."""
    return poll if poll is not None and poll.error and record.state == State.TASK else None


def state_words(record: Record, language: Language, poll: Poll | None = None) -> str:
    """The state of an edit and the reason for it; `poll` is the last poll of its task."""
    if record.state == State.TASK and record.task_state in TASK_UNDER_WAY:
        words = say(language, TASK_STATES[record.task_state])
    else:
        words = say(language, words_of(record.state, STATES))
    if (lost := lost_poll(record, poll)) and lost.error:
        # Not the error's own message: it is about an edit, but only a poll was lost.
        reason = words_of(lost.error.kind, REASONS)
        return say(
            language,
            "{state}; polling failed ({reason}), trying again",
            state=words,
            reason=reason,
        )
    if record.failure is not None:
        said = record.failure.told(language)
        code = f" [{record.failure.code}]" if record.failure.code is not None else ""
        return f"{words}: {said}{code}"
    if record.state == State.DONE and record.took_s is not None:
        return f"{words} · {seconds_of(record, language)}"
    return words
