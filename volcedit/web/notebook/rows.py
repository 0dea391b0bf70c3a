"""The HTML of the history: its search form, its rows and its totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from volcedit.notebook.finding import Order, Query, Totals
from volcedit.notebook.keeping import Outlook
from volcedit.notebook.records import NOTE_MAX_CHARS, Mark, Record
from volcedit.service.answers import is_sandbox
from volcedit.types import Kind, Language, Provider, State
from volcedit.web.markup import line, money, size_name, state_words
from volcedit.web.templates import render
from volcedit.words import say, words_of

STATES: Final = ("", *(it for it in State if not it.is_under_way), "under_way", "repeat")
ORDERS: Final[tuple[Order, ...]] = get_args(Order)
PROVIDERS: Final = ("", *Provider)


@dataclass(frozen=True)
class Row:
    """What one row of the history shows."""

    record: Record
    mark: Mark
    interrupted: bool
    thumbnails: tuple[bytes | None, bytes | None]
    """JPEGs of the photo and of the result."""


def find_bar(language: Language) -> str:
    """The search form. The page's script submits it on every change."""
    return render(
        "notebook/find_bar.html",
        language,
        states=[(it, _option(it, language, "state_is_{}")) for it in STATES],
        orders=[(it, say(language, f"order_{it}")) for it in ORDERS],
        providers=[(it, _option(it, language, "provider_is_{}")) for it in PROVIDERS],
    )


def _option(choice: str, language: Language, key: str) -> str:
    if isinstance(choice, Kind):
        return words_of(choice, language, key)
    name = choice or "any"
    return say(language, key.format(name))


def history_rows(rows: list[Row], query: Query, language: Language) -> str:
    """The rows of one page; their buttons carry `data-action` and `data-id`."""
    return render(
        "notebook/rows.html",
        language,
        rows=[(row, _facts_of(row.record, language), _state_of(row, language)) for row in rows],
        empty=say(language, "history_empty" if query == Query() else "history_none"),
        note_max_chars=NOTE_MAX_CHARS,
    )


def _facts_of(record: Record, language: Language) -> list[str]:
    """The parameters that reproduce the edit, and which service made it."""
    params = record.recipe.params
    facts = [
        say(language, "caption", seed=params.seed),
        say(language, "strength_of", scale=f"{params.scale:g}"),
        provider_name(record, language),
    ]
    if record.recipe.photo is None:
        facts.append(say(language, "photo_by_link"))
    return facts


def _state_of(row: Row, language: Language) -> str:
    """The state, unless the edit succeeded; for a repeat, also the verdict."""
    record = row.record
    state = say(language, "state_interrupted") if row.interrupted else ""
    if not state and record.state != State.DONE:
        state = state_words(record, language)
    if not record.replay_of:
        return state
    verdict = words_of(record.verdict.kind, language, "verdict_{}") if record.verdict else ""
    return " · ".join(filter(None, [say(language, "is_repeat"), verdict, state]))


def provider_name(record: Record, language: Language) -> str:
    """Which service made it. The response takes precedence over the recipe."""
    response: Mapping[str, object] = record.response or {}
    if record.recipe.provider == Provider.SANDBOX or is_sandbox(response):
        return say(language, "made_by_sandbox")
    return record.recipe.host


def totals_line(totals: Totals, price: float | None, currency: str, language: Language) -> str:
    """The totals of the notebook: edits, cost, and response times."""
    if not totals.count:
        return ""
    parts = [say(language, "totals_count", count=totals.count, done=totals.done)]
    if price is not None and totals.paid:
        cost = money(totals.paid * price, currency)
        parts.append(say(language, "totals_cost", paid=totals.paid, cost=cost))
    if totals.median_s is not None:
        times = {"median": f"{totals.median_s:.1f}", "slow": f"{totals.slow_s:.1f}"}
        parts.append(say(language, "totals_times", **times))
    return line(" · ".join(parts))


def outlook_notes(outlook: Outlook, language: Language) -> str:
    """The limits, and how many edits will be deleted because of them."""
    limits = [
        size_name(outlook.max_bytes) if outlook.max_bytes else "",
        say(language, "limit_days", days=outlook.keep_days) if outlook.keep_days else "",
    ]
    size = size_name(outlook.size_bytes)
    told = [say(language, "limits", limits=" · ".join(filter(None, limits)), size=size)]
    if outlook.gone:
        told.append(say(language, "limits_gone", count=outlook.gone))
    warnings = []
    if outlook.next_full:
        warnings.append(say(language, "limits_full", count=outlook.next_full))
    if outlook.next_old:
        warnings.append(say(language, "limits_old", count=outlook.next_old))
    return render("notebook/outlook.html", language, limits=" ".join(told), warnings=warnings)
