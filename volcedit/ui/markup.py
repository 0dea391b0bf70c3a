"""The HTML that Gradio has no component for: the status of a run, the rows of the history."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from volcedit.history import Record
from volcedit.transport import Wait
from volcedit.types import Language
from volcedit.ui.text import say
from volcedit.wire import is_sandbox, remarks_of
from volcedit.workbench import Run

# Braces too: Gradio runs the value of an HTML component through two template languages.
_BRACES = {ord(sign): f"&#{ord(sign)};" for sign in "{}$`"}


def escape(text: object) -> str:
    """`text`, which may be anything that anybody typed, as harmless HTML."""
    return html.escape(str(text)).translate(_BRACES)


def kind_name(media_type: str) -> str:
    """ "JPEG" for "image/jpeg"."""
    return media_type.partition("/")[2].upper()


def size_name(size_bytes: int) -> str:
    """For people: 240 KB, 4.5 MB."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def note(text: str, kind: str = "note") -> str:
    """One sentence in a box. `kind`: "note" or "error"."""
    role = ' role="alert"' if kind == "error" else ""
    return f'<p class="{kind}"{role}>{escape(text)}</p>'


def status_of_run(run: Run, seconds: float, language: Language) -> str:
    """What is done, what is waited for and what failed, seed by seed."""
    records, waits = run.records, run.waits
    counts = {
        "count": len(records),
        "done": sum(record.state == "done" for record in records),
        "ended": sum(record.state not in ("queued", "sent") for record in records),
        "under_way": sum(record.state == "sent" for record in records),
        "seconds": f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}",
    }
    key = "finished" if run.finished else "progress"
    if run.stopped:
        key = "stopped_under_way" if counts["under_way"] else "stopped"
    return f"<p>{escape(say(language, key, **counts))}</p>{status_of(records, language, waits)}"


def status_of(
    records: list[Record], language: Language, waits: Mapping[str, Wait] | None = None
) -> str:
    """What became of each record, and what the answers say in words."""
    rows = "".join(
        f'<li class="{record.state}"><b>{escape(record.recipe.params.seed)}</b> '
        f"{escape(_state_words(record, (waits or {}).get(record.id), language))}</li>"
        for record in records
    )
    return "".join(note(remark) for remark in _remarks(records, language)) + f"<ul>{rows}</ul>"


def _state_words(record: Record, wait: Wait | None, language: Language) -> str:
    if wait is not None:
        return say(
            language,
            "state_waiting",
            reason=wait.error.words.in_language(language),
            seconds=f"{wait.delay_s:.0f}",
            attempt=wait.attempt,
            attempts=wait.max_attempts,
        )
    words = say(language, f"state_{record.state}")
    if record.failure is not None:
        said = record.failure.message.in_language(language)
        code = f" [{record.failure.code}]" if record.failure.code is not None else ""
        return f"{words}: {said}{code}"
    if record.state == "done" and record.took_s is not None:
        return f"{words} · {record.took_s:.1f} s"
    return words


def _remarks(records: list[Record], language: Language) -> list[str]:
    """What the answers say in words, each once: how they understood, what they objected."""
    found: dict[str, None] = {}
    for record in records:
        if record.state == "done" and record.response is not None:
            understood, objected = remarks_of(record.response)
            if understood:
                found[say(language, "understood", words=understood)] = None
            if objected:
                found[objected] = None
    return list(found)


@dataclass(frozen=True)
class Row:
    """What one row of the history shows."""

    record: Record
    interrupted: bool
    thumbnails: tuple[bytes | None, bytes | None]
    """Of the photo and of the result, as JPEG."""


def history_rows(rows: list[Row], language: Language) -> str:
    """The rows of one page; their buttons carry `data-action` and `data-id`."""
    if not rows:
        return f'<p class="empty">{escape(say(language, "history_empty"))}</p>'
    return f"<ol>{''.join(_history_row(row, language) for row in rows)}</ol>"


def _history_row(row: Row, language: Language) -> str:
    record, params = row.record, row.record.recipe.params
    before, after = row.thumbnails
    images = _image(before, say(language, "history_input_of", prompt=params.prompt))
    images += _image(after, say(language, "history_output_of", prompt=params.prompt))
    facts = [
        say(language, "caption", seed=params.seed),
        say(language, "strength_of", scale=f"{params.scale:g}"),
        provider_name(record, language),
    ]
    state = say(language, "state_interrupted") if row.interrupted else ""
    if not state and record.state != "done":
        state = _state_words(record, None, language)
    time = datetime.fromisoformat(record.time)
    buttons = "".join(
        f'<button type="button" data-action="{action}" data-id="{escape(record.id)}" '
        f'aria-label="{escape(say(language, action))}: {escape(params.prompt)}, {params.seed}">'
        f"{escape(say(language, action))}</button>"
        for action in ("restore", "delete")
    )
    return (
        f'<li class="{record.state}" data-id="{escape(record.id)}">'
        f'<div class="pictures">{images}</div>'
        f'<div class="facts"><p class="prompt" dir="auto">{escape(params.prompt)}</p>'
        f"<p>{' · '.join(escape(fact) for fact in facts)} · "
        f'<time datetime="{escape(record.time)}">{time:%Y-%m-%d %H:%M:%S} UTC</time></p>'
        f'<p class="state">{escape(state)}</p></div><div class="actions">{buttons}</div></li>'
    )


def provider_name(record: Record, language: Language) -> str:
    """Who made it. What the answer says goes before what the settings say."""
    response: Mapping[str, object] = record.response or {}
    if record.recipe.provider == "sandbox" or is_sandbox(response):
        return say(language, "made_by_sandbox")
    return record.recipe.host


def _image(jpeg: bytes | None, alt: str) -> str:
    if jpeg is None:
        return '<span class="no-picture"></span>'
    data = base64.b64encode(jpeg).decode()
    return f'<img src="data:image/jpeg;base64,{data}" alt="{escape(alt)}">'
