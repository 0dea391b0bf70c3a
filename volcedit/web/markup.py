"""The HTML that Gradio has no component for: the status of a run, its results, one of them."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from volcedit.errors import AnswerLostError, RefusedError
from volcedit.jobs.run import Run
from volcedit.notebook.records import Record
from volcedit.service.answers import (
    TASK_UNDER_WAY,
    remarks_of,
)
from volcedit.service.client import Poll
from volcedit.service.transport import Wait
from volcedit.types import Language, State
from volcedit.words import IDEAS, say

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


def facts(rows: list[tuple[str, str, str]]) -> str:
    """A list of (name, value, where it comes from)."""
    told = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)} <small>{escape(source)}</small></dd>"
        for name, value, source in rows
    )
    return f"<dl>{told}</dl>"


def status_of_run(run: Run, seconds: float, language: Language) -> str:
    """What is done, what is waited for and what failed. The page counts the seconds on."""
    records, waits = run.records, run.waits
    counts = {
        "count": run.planned,
        "done": sum(record.state == State.DONE for record in records),
        "ended": sum(not record.state.is_under_way for record in records),
        "under_way": sum(record.state in (State.SENT, State.TASK) for record in records),
        "seconds": f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}",
    }
    key = "finished" if run.finished else "progress"
    if run.stopped:
        key = "stopped_under_way" if counts["under_way"] else "stopped"
    words = escape(say(language, key, **counts))
    if key == "progress":
        clock = f'<b data-elapsed="{seconds:.1f}">{seconds:.0f}</b>'
        words += f" · {clock} {escape(say(language, 'second'))}"
    return f"<p>{words}</p>{_end_of_chain(run, language)}" + status_of(
        records, language, waits, run.polls
    )


def _end_of_chain(run: Run, language: Language) -> str:
    """Where a chain ended before its last step began, if it did so by itself."""
    step = len(run.records)
    if not run.finished or run.stopped or step == run.planned:
        return ""
    words = say(language, "chain_ended", step=step, count=run.planned)
    why = note(run.broken_off.words.in_language(language), "error") if run.broken_off else ""
    return note(words) + why


def status_of(
    records: list[Record],
    language: Language,
    waits: Mapping[str, Wait] = {},
    polls: Mapping[str, Poll] = {},
) -> str:
    """What failed or is tried again, each reason once, and what the answers say in words."""
    told: dict[tuple[str, str], list[str]] = {}
    for record in records:
        if wait := waits.get(record.id):
            reason = wait.error.words.in_language(language)
            inside = f"{_wait(wait, language)}: {escape(reason)}"
        elif record.state in (State.FAILED, State.STOPPED) or _is_lost(
            polls.get(record.id), record
        ):
            inside = escape(state_words(record, language, polls.get(record.id)))
        else:
            continue
        told.setdefault((record.state, inside), []).append(str(record.recipe.params.seed))
    rows = "".join(
        f'<li class="{state}"><b>{", ".join(seeds)}</b> {inside}</li>'
        for (state, inside), seeds in told.items()
    )
    return "".join(note(remark) for remark in _remarks(records, language)) + (
        f"<ul>{rows}</ul>" if rows else ""
    )


def _wait(wait: Wait, language: Language) -> str:
    """What is waited for, in few words; the page counts its seconds down."""
    words = say(
        language,
        "waiting",
        reason=say(language, f"reason_{wait.error.kind}"),
        seconds="\0",
        attempt=wait.attempt,
        attempts=wait.max_attempts,
    )
    clock = f'<span data-left="{wait.delay_s:.1f}">{wait.delay_s:.0f}</span>'
    return escape(words).replace("\0", clock)


def _is_lost(poll: Poll | None, record: Record) -> bool:
    """Did asking after this task, which is under way, fail the last time?"""
    return record.state == State.TASK and poll is not None and poll.error is not None


def state_words(record: Record, language: Language, poll: Poll | None = None) -> str:
    """Where an attempt stands, and why; `poll` is what asking after its task has last told."""
    state = record.state
    if state == State.TASK and record.task_state in TASK_UNDER_WAY:
        state = record.task_state
    words = say(language, f"state_{state}")
    if _is_lost(poll, record):
        # Not the error's own words: they speak of an edit, and only a question was lost.
        reason = say(language, f"reason_{poll.error.kind}")
        return say(language, "poll_lost", state=words, reason=reason)
    if record.failure is not None:
        said = record.failure.message.in_language(language)
        code = f" [{record.failure.code}]" if record.failure.code is not None else ""
        return f"{words}: {said}{code}"
    if record.state == State.DONE and record.took_s is not None:
        return f"{words} · {seconds_of(record, language)}"
    return words


def seconds_of(record: Record, language: Language) -> str:
    """How long it took, "1.3 s"; empty while that is not known."""
    return "" if record.took_s is None else f"{record.took_s:.1f} {say(language, 'second')}"


def _remarks(records: list[Record], language: Language) -> list[str]:
    """What the answers say in words, each once: how they understood, what they objected."""
    found: dict[str, None] = {}
    for record in records:
        if record.state == State.DONE and record.response is not None:
            understood, objected = remarks_of(record.response)
            if understood:
                found[say(language, "understood", words=understood)] = None
            if objected:
                found[objected] = None
    return list(found)


# ── results ──────────────────────────────────────────────────────────────────────────────────


def file_url(path: str) -> str:
    """Where the browser gets a published file, relative to the page."""
    return f"gradio_api/file={quote(path)}"


def tiles(
    records: list[Record],
    paths: Mapping[str, str],
    waits: Mapping[str, Wait],
    now: datetime,
    language: Language,
    polls: Mapping[str, Poll] = {},
) -> str:
    """The results as a strip; what is under way has a place of its picture's shape.

    `paths` are those of the pictures, by record id.
    """
    items = []
    for number, record in enumerate(records, 1):
        params = record.recipe.params
        label = say(
            language, "picture_of",
            number=number, count=len(records), prompt=params.prompt, seed=params.seed,
        )  # fmt: skip
        path, wait = paths.get(record.id), waits.get(record.id)
        if path:
            inside = f'<img src="{escape(file_url(path))}" alt="">'
        elif wait is not None:
            reason = wait.error.words.in_language(language)
            inside = f'<span title="{escape(reason)}">{_wait(wait, language)}</span>'
        elif record.state.is_under_way:
            age_s = max(0.0, (now - datetime.fromisoformat(record.time)).total_seconds())
            clock = f'<b data-elapsed="{age_s:.1f}">{age_s:.0f}</b>'
            words = state_words(record, language, polls.get(record.id))
            told = f"<br>{escape(words)}" if record.state == State.TASK else ""
            inside = f"<span>{clock} {escape(say(language, 'second'))}{told}</span>"
        else:
            inside = f"<span>{escape(say(language, f'state_{record.state}'))}</span>"
        took = seconds_of(record, language)
        kind = say(language, f"verdict_{record.verdict.kind}") if record.verdict else ""
        caption = " · ".join(filter(None, [say(language, "caption", seed=params.seed), took, kind]))
        again = "resend" if _is_answer_lost(record) else "again"
        actions = () if record.state.is_under_way else (again, "renew")
        items.append(
            f'<li class="{record.state}"><button type="button" class="picture" '
            f'data-action="choose" data-id="{escape(record.id)}" aria-label="{escape(label)}" '
            f'style="aspect-ratio: {_shape(record)}">{inside}</button>'
            f"<p>{escape(caption)}</p>{buttons(record, actions, language)}</li>"
        )
    return f'<ol class="tiles">{"".join(items)}</ol>' if items else ""


def stage(
    record: Record,
    before: str | None,
    after: str | None,
    language: Language,
    *,
    inscribed: str | None = None,
    can_fetch: bool = False,
    heat: str | None = None,
    box: str = "",
    interrupted: bool = False,
) -> str:
    """One attempt, large: before and after, or the photo while the picture is awaited.

    `before` and `after` are paths, and `inscribed`, that of the picture with its recipe in it.
    `can_fetch`: might its picture still be had, at no cost?
    `heat` is the path of the map of what changed, which is then shown, with the box at the CSS
    `box`. `interrupted`: is it the trace of a call that nobody carries on?
    """
    prompt, by_link = record.recipe.params.prompt, record.recipe.photo is None
    state = "interrupted" if interrupted else record.state
    awaited = after is None and not interrupted and record.state.is_under_way
    if not awaited and (after is None or (before is None and not by_link)):
        words = say(language, "state_interrupted") if interrupted else state_words(record, language)
        kind = "error" if state in ("failed", "interrupted") else "note"
        inside = note(words, kind)
        actions = ("again", "renew")
        if can_fetch:
            actions = ("fetch", *actions)
        elif _is_answer_lost(record) or (interrupted and record.state == State.SENT):
            inside += _what_was_sent(record, language)
            actions = ("resend", "renew")
        elif record.failure and record.failure.kind == RefusedError.kind:
            # Another seed helps only where the picture was refused, not what was sent.
            actions = ("advance", *actions) if record.failure.retryable else actions
        tools = buttons(record, actions, language)
    else:
        alt = say(language, "history_input_of", prompt=prompt)
        inside = "" if before is None else _layer(before, "before", alt)
        tools = ""
    if awaited and before is None:
        state, inside = f"{state} unseen", note(state_words(record, language))
    if after is not None and (before is not None or by_link):
        words = {key: escape(say(language, key)) for key in _STAGE_WORDS}
        if before is not None:
            inside += (
                f"<span class='tag left'>{words['before']}</span>"
                f"<span class='tag right'>{words['after']}</span>"
                f'<input type="range" min="0" max="100" value="50" aria-label="{words["cut"]}">'
            )
        inside = _layer(after, "after", say(language, "history_output_of", prompt=prompt)) + inside
        if heat is not None:
            inside += _layer(heat, "heat", say(language, "heat_of", prompt=prompt))
            inside += f'<span class="box" style="{escape(box)}"></span>' if box else ""
        tools = (
            f'<button type="button" data-do="previous" aria-label="{words["previous"]}">←</button>'
            f'<button type="button" data-do="next" aria-label="{words["next"]}">→</button>'
            f"{_views(record, heat is not None, language) if before is not None else ''}"
            f"{buttons(record, ('replay', 'repeat', 'renew'), language)}"
            f"{_downloads(after, inscribed, words)}"
            f'<button type="button" data-do="fullscreen">{words["full_screen"]}</button>'
        )
    width, height = _shape(record).split("/")
    return (
        f'<figure class="stage {state}" data-id="{escape(record.id)}" '
        f'data-view="{"heat" if heat is not None else "cut"}" '
        f'style="--width: {width}; --height: {height}">'
        f'<div class="frame">{inside}</div>{_link_note(record, language)}'
        f"<figcaption>{tools}</figcaption></figure>"
    )


def _link_note(record: Record, language: Language) -> str:
    """Of a photo that the service fetched itself: where, and that this proves nothing."""
    if record.recipe.photo is not None:
        return ""
    return note(say(language, "sent_by_link", url=record.recipe.photo_url))


def _is_answer_lost(record: Record) -> bool:
    return record.failure is not None and record.failure.kind == AnswerLostError.kind


def _what_was_sent(record: Record, language: Language) -> str:
    """When, how much, and that to send it again is for the person to decide."""
    told = ""
    if record.sent_at is not None and record.sent_bytes is not None:
        time = datetime.fromisoformat(record.sent_at)
        clock = f'<time datetime="{escape(record.sent_at)}">{time:%Y-%m-%d %H:%M:%S} UTC</time>'
        words = say(language, "sent_of", time="\0", size=size_name(record.sent_bytes))
        told = escape(words).replace("\0", clock) + "<br>"
    return f'<p class="note">{told}{escape(say(language, "resend_info"))}</p>'


_STAGE_WORDS = (
    *("before", "after", "cut", "previous", "next", "download", "download_info"),
    *("original_bytes", "full_screen"),
)


def _downloads(after: str, inscribed: str | None, words: Mapping[str, str]) -> str:
    """The picture with its recipe, and as it came; where no recipe can be written, only that."""
    if inscribed is None:
        return _download(after, words["download"])
    with_recipe = _download(inscribed, words["download"], words["download_info"])
    return with_recipe + _download(after, words["original_bytes"])


def _download(path: str, words: str, info: str = "") -> str:
    title = f' title="{info}"' if info else ""
    name = escape(Path(path).name)
    return f'<a href="{escape(file_url(path))}" download="{name}"{title}>{words}</a>'


def _views(record: Record, is_heat: bool, language: Language) -> str:
    """The ways to look at a picture. The map of what changed is made when it is first asked for."""
    heat = 'data-do="view"' if is_heat else f'data-action="changed" data-id="{escape(record.id)}"'
    views = {"after": 'data-do="view"', "cut": 'data-do="view"', "heat": heat}
    shown = "heat" if is_heat else "cut"
    inside = "".join(
        f'<button type="button" {does} data-view="{view}" '
        f'aria-pressed="{str(view == shown).lower()}">{escape(say(language, f"view_{view}"))}'
        "</button>"
        for view, does in views.items()
    )
    return f'<div class="views" role="group">{inside}</div>'


def _layer(path: str, which: str, alt: str) -> str:
    return f'<img class="{which}" src="{escape(file_url(path))}" alt="{escape(alt)}">'


def _shape(record: Record) -> str:
    """Of the picture; the service keeps that of the photo, so of this while none is there."""
    facts = record.picture or record.recipe.photo
    if facts is None:
        return "3/2"
    return f"{facts.width_px}/{facts.height_px}"


def buttons(record: Record, actions: tuple[str, ...], language: Language) -> str:
    """What can be done with a record, by the names that the page's script sends."""
    params = record.recipe.params
    made = "".join(
        f'<button type="button" data-action="{action}" data-id="{escape(record.id)}" '
        f'aria-label="{escape(say(language, action))}: {escape(params.prompt)}, {params.seed}"'
        f"{_title(action, language)}>{escape(say(language, action))}</button>"
        for action in actions
    )
    return f'<div class="actions">{made}</div>'


def _title(action: str, language: Language) -> str:
    return f' title="{escape(say(language, "resend_info"))}"' if action == "resend" else ""


def snippets(texts: Mapping[str, str], photo: str | None, language: Language) -> str:
    """The same call as code, by the name of the language; `photo` is the path of what it sends."""
    link = ""
    if photo is not None:
        name = escape(Path(photo).name)
        link = (
            f"<p>{escape(say(language, 'code_photo'))} "
            f'<a href="{escape(file_url(photo))}" download="{name}">{name}</a></p>'
        )
    sections = "".join(
        f'<section><h3>{escape(name)}</h3><button type="button" data-do="copy" '
        f'data-copied="{escape(say(language, "copied"))}">{escape(say(language, "copy"))}</button>'
        f'<pre tabindex="0">{escape(text)}</pre></section>'
        for name, text in texts.items()
    )
    return link + sections


def ideas(recent: list[str], language: Language) -> str:
    """Prompts to begin with, by family; first those of late."""
    families = {say(language, key): prompts for key, prompts in IDEAS[language].items()}
    if recent:
        families = {say(language, "recent"): recent, **families}
    heads, lists = [], []
    for number, (family, prompts) in enumerate(families.items()):
        heads.append(
            f'<button type="button" data-do="family" aria-expanded="false" '
            f'aria-controls="family-{number}">{escape(family)}</button>'
        )
        chips = "".join(
            f'<button type="button" data-do="idea" dir="auto">{escape(prompt)}</button>'
            for prompt in prompts
        )
        lists.append(f'<div id="family-{number}" class="chips" hidden>{chips}</div>')
    return f'<div class="families">{"".join(heads)}</div>{"".join(lists)}'
