"""The HTML of the history: what it is searched by, its rows, and what several are picked for."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from volcedit.notebook.finding import Query, Totals
from volcedit.notebook.keeping import Outlook
from volcedit.notebook.records import NOTE_MAX_CHARS, Mark, Record
from volcedit.service.answers import (
    is_sandbox,
)
from volcedit.types import Language, Provider, State
from volcedit.web.markup import buttons, escape, note, size_name, state_words
from volcedit.words import say

STATES = ("", "done", "failed", "stopped", "under_way", "repeat")
ORDERS = ("newest", "oldest", "prompt", "seed", "slowest")
PROVIDERS = ("", "gateway", "volcengine", "sandbox")


@dataclass(frozen=True)
class Row:
    """What one row of the history shows."""

    record: Record
    mark: Mark
    interrupted: bool
    thumbnails: tuple[bytes | None, bytes | None]
    """Of the photo and of the result, as JPEG."""


def find_bar(language: Language) -> str:
    """What the history is searched by. The page's script sends the form whenever it changes."""

    def words(key: str) -> str:
        return escape(say(language, key))

    def select(name: str, options: Mapping[str, str]) -> str:
        inside = "".join(
            f'<option value="{it}">{escape(told)}</option>' for it, told in options.items()
        )
        label = escape(say(language, f"find_{name}"))
        return f'<select name="{name}" aria-label="{label}">{inside}</select>'

    states = {it: say(language, f"state_is_{it or 'any'}") for it in STATES}
    orders = {it: say(language, f"order_{it}") for it in ORDERS}
    providers = {it: say(language, f"provider_is_{it or 'any'}") for it in PROVIDERS}
    return (
        '<form data-form="find" role="search">'
        f'<input type="search" name="words" placeholder="{words("find_words")}" '
        f'aria-label="{words("find_words")}" autocomplete="off">'
        + select("state", states)
        + select("order", orders)
        + f'<label><input type="checkbox" name="starred"> {words("find_starred")}</label>'
        f"<details><summary>{words('find_more')}</summary><div>"
        f"<label>{words('find_provider')} {select('provider', providers)}</label>"
        f'<label>{words("find_seeds")} <input name="seeds" placeholder="7, 7-20" '
        'autocomplete="off"></label>'
        f'<label>{words("find_since")} <input type="date" name="since"></label>'
        f'<label>{words("find_until")} <input type="date" name="until"></label>'
        "</div></details></form>"
    )


def history_rows(rows: list[Row], query: Query, language: Language) -> str:
    """The rows of one page; their buttons carry `data-action` and `data-id`."""
    if not rows:
        key = "history_empty" if query == Query() else "history_none"
        return f'<p class="empty">{escape(say(language, key))}</p>'
    return f"{_bulk(language)}<ol>{''.join(_row(row, language) for row in rows)}</ol>"


def _bulk(language: Language) -> str:
    """What can be done to all that are picked; the script shows it while any are."""
    actions = "".join(
        f'<button type="button" data-many="{action}">{escape(say(language, action))}</button>'
        for action in ("star_some", "export_some", "delete_some")
    )
    return (
        f'<div class="bulk actions" hidden><span><b data-picked>0</b> '
        f"{escape(say(language, 'picked'))}</span>{actions}"
        f'<button type="button" data-do="unpick">{escape(say(language, "unpick"))}</button></div>'
    )


def _row(row: Row, language: Language) -> str:
    def words(key: str) -> str:
        return escape(say(language, key))

    record, params = row.record, row.record.recipe.params
    before, after = row.thumbnails
    images = _image(before, say(language, "history_input_of", prompt=params.prompt))
    images += _image(after, say(language, "history_output_of", prompt=params.prompt))
    facts = [
        say(language, "caption", seed=params.seed),
        say(language, "strength_of", scale=f"{params.scale:g}"),
        provider_name(record, language),
    ]
    if record.recipe.photo is None:
        facts.append(say(language, "photo_by_link"))
    state = say(language, "state_interrupted") if row.interrupted else ""
    if not state and record.state != State.DONE:
        state = state_words(record, language)
    if record.replay_of:
        verdict = say(language, f"verdict_{record.verdict.kind}") if record.verdict else ""
        state = " · ".join(filter(None, [say(language, "is_repeat"), verdict, state]))
    time = datetime.fromisoformat(record.time)
    name = f"{escape(params.prompt)}, {params.seed}"
    record_id = escape(record.id)
    starred = str(row.mark.starred).lower()
    return (
        f'<li class="{record.state}" data-id="{record_id}">'
        f'<button type="button" class="pictures" data-action="look" data-id="{record_id}" '
        f'aria-label="{words("look")}: {name}">{images}</button>'
        f'<div class="marks"><label><input type="checkbox" data-pick="{record_id}" '
        f'aria-label="{words("pick")}: {name}"></label>'
        f'<button type="button" class="star" data-action="star" data-id="{record_id}" '
        f'aria-pressed="{starred}" aria-label="{words("star")}: {name}"></button>'
        "</div>"
        f'<div class="facts"><p class="prompt" dir="auto">{escape(params.prompt)}</p>'
        f"<p>{' · '.join(escape(fact) for fact in facts)} · "
        f'<time datetime="{escape(record.time)}">{time:%Y-%m-%d %H:%M:%S} UTC</time></p>'
        f'<p class="state">{escape(state)}</p></div>'
        f'<input class="note" data-note="{record_id}" dir="auto" maxlength="{NOTE_MAX_CHARS}" '
        f'value="{escape(row.mark.note)}" placeholder="{words("note")}" '
        f'aria-label="{words("note")}: {name}">'
        f"{buttons(record, ('restore', 'delete'), language)}</li>"
    )


def provider_name(record: Record, language: Language) -> str:
    """Who made it. What the answer says goes before what the settings say."""
    response: Mapping[str, object] = record.response or {}
    if record.recipe.provider == Provider.SANDBOX or is_sandbox(response):
        return say(language, "made_by_sandbox")
    return record.recipe.host


def _image(jpeg: bytes | None, alt: str) -> str:
    if jpeg is None:
        return '<span class="no-picture"></span>'
    data = base64.b64encode(jpeg).decode()
    return f'<img src="data:image/jpeg;base64,{data}" alt="{escape(alt)}">'


def totals_line(totals: Totals, price: float | None, currency: str, language: Language) -> str:
    """What the notebook comes to: edits, cost, and how long the service took."""
    if not totals.count:
        return ""
    parts = [say(language, "totals_count", count=totals.count, done=totals.done)]
    if price is not None and totals.paid:
        cost = money(totals.paid * price, currency)
        parts.append(say(language, "totals_cost", paid=totals.paid, cost=cost))
    if totals.median_s is not None:
        times = {"median": f"{totals.median_s:.1f}", "slow": f"{totals.slow_s:.1f}"}
        parts.append(say(language, "totals_times", **times))
    return f"<p>{escape(' · '.join(parts))}</p>"


def money(amount: float, currency: str) -> str:
    """For people: 0.80 CNY; as many digits as a small price needs."""
    digits = ".2f" if amount >= 0.1 else ".4g"
    return f"{amount:{digits}} {currency}".strip()


def outlook_notes(outlook: Outlook, language: Language) -> str:
    """What the limits are, and what they are about to take."""
    limits = [
        size_name(outlook.max_bytes) if outlook.max_bytes else "",
        say(language, "limit_days", days=outlook.keep_days) if outlook.keep_days else "",
    ]
    size = size_name(outlook.size_bytes)
    told = [say(language, "limits", limits=" · ".join(filter(None, limits)), size=size)]
    if outlook.gone:
        told.append(say(language, "limits_gone", count=outlook.gone))
    notes = note(" ".join(told))
    if outlook.next_full:
        notes += note(say(language, "limits_full", count=outlook.next_full), "warning")
    if outlook.next_old:
        notes += note(say(language, "limits_old", count=outlook.next_old), "warning")
    return notes
