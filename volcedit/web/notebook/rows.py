"""The HTML of the history: its search form, its rows and its totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from volcedit.notebook.finding import Order, Query, Totals
from volcedit.notebook.keeping import Outlook
from volcedit.notebook.records import NOTE_MAX_CHARS, Mark, Record
from volcedit.service.answers import is_sandbox
from volcedit.types import Language, Provider, State, Words
from volcedit.web.markup import line, money, size_name, state_words
from volcedit.web.templates import render
from volcedit.words import say
from volcedit.words.kinds import INTERRUPTED, PROVIDERS, STATES, verdict_words, words_of

_SHORT_STATES = {**STATES, State.STOPPED: Words("stopped")}
STATE_NAMES: Mapping[str, Words] = {
    "": Words("all"),
    **{it: words_of(it, _SHORT_STATES) for it in State if not it.is_under_way},
    "under_way": Words("under way"),
    "repeat": Words("repeats"),
}
ORDER_NAMES: Mapping[Order, Words] = {
    "newest": Words("newest first"),
    "oldest": Words("oldest first"),
    "prompt": Words("by prompt"),
    "seed": Words("by seed"),
    "slowest": Words("slowest first"),
}
PROVIDER_NAMES: Mapping[str, Words] = {
    "": Words("any service"),
    **{it: words_of(it, PROVIDERS) for it in Provider},
}


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
        states=[(it, say(language, words)) for it, words in STATE_NAMES.items()],
        orders=[(it, say(language, words)) for it, words in ORDER_NAMES.items()],
        providers=[(it, say(language, words)) for it, words in PROVIDER_NAMES.items()],
    )


def history_rows(rows: list[Row], query: Query, language: Language) -> str:
    """The rows of one page; their buttons carry `data-action` and `data-id`."""
    return render(
        "notebook/rows.html",
        language,
        rows=[(row, _facts_of(row.record, language), _state_of(row, language)) for row in rows],
        empty=say(language, "Every edit is kept here, including failures.")
        if query == Query()
        else say(language, "No matches. Clear filters to see all edits."),
        note_max_chars=NOTE_MAX_CHARS,
    )


def _facts_of(record: Record, language: Language) -> list[str]:
    """The parameters that reproduce the edit, and which service made it."""
    params = record.recipe.params
    facts = [
        say(language, "seed {seed}", seed=params.seed),
        say(language, "strength {scale}", scale=f"{params.scale:g}"),
        provider_name(record, language),
    ]
    if record.recipe.photo is None:
        facts.append(say(language, "photo fetched by the service"))
    return facts


def _state_of(row: Row, language: Language) -> str:
    """The state, unless the edit succeeded; for a repeat, also the verdict."""
    record = row.record
    state = say(language, INTERRUPTED) if row.interrupted else ""
    if not state and record.state != State.DONE:
        state = state_words(record, language)
    if not record.replay_of:
        return state
    verdict = say(language, verdict_words(record.verdict.kind).short) if record.verdict else ""
    return " · ".join(filter(None, [say(language, "a repeat"), verdict, state]))


def provider_name(record: Record, language: Language) -> str:
    """Which service made it. The response takes precedence over the recipe."""
    response: Mapping[str, object] = record.response or {}
    if record.recipe.provider == Provider.SANDBOX or is_sandbox(response):
        return say(language, "sandbox, not SeedEdit")
    return record.recipe.host


def totals_line(totals: Totals, price: float | None, currency: str, language: Language) -> str:
    """The totals of the notebook: edits, cost, and response times."""
    if not totals.count:
        return ""
    parts = [
        say(
            language,
            "{count} edits, {done} with a picture",
            one="{count} edit, {done} with a picture",
            count=totals.count,
            done=totals.done,
        )
    ]
    if price is not None and totals.paid:
        cost = money(totals.paid * price, currency)
        parts.append(say(language, "{paid} paid, {cost}", paid=totals.paid, cost=cost))
    if totals.median_s is not None:
        times = {"median": f"{totals.median_s:.1f}", "slow": f"{totals.slow_s:.1f}"}
        parts.append(say(language, "usually {median} s, at most {slow} s in 95 %", **times))
    return line(" · ".join(parts))


def outlook_notes(outlook: Outlook, language: Language) -> str:
    """The limits, and how many edits will be deleted because of them."""
    limits = [
        size_name(outlook.max_bytes) if outlook.max_bytes else "",
        say(language, "{days} days", days=outlook.keep_days) if outlook.keep_days else "",
    ]
    size = size_name(outlook.size_bytes)
    told = [
        say(
            language,
            "This history uses {size}. Limit: {limits}; starred edits are always kept.",
            limits=" · ".join(filter(None, limits)),
            size=size,
        )
    ]
    if outlook.gone:
        told.append(
            say(
                language,
                "{count} older edits deleted so far.",
                one="{count} older edit deleted so far.",
                count=outlook.gone,
            )
        )
    warnings = []
    if outlook.next_full:
        warnings.append(
            say(
                language,
                "Nearly full: the {count} oldest edits without a star are deleted next. Star "
                "or export what you want to keep.",
                one="Nearly full: the oldest edit without a star is deleted next. Star or export "
                "what you want to keep.",
                count=outlook.next_full,
            )
        )
    if outlook.next_old:
        warnings.append(
            say(
                language,
                "{count} edits without a star expire within three days. Star or export what "
                "you want to keep.",
                one="{count} edit without a star expires within three days. Star or export what "
                "you want to keep.",
                count=outlook.next_old,
            )
        )
    return render("notebook/outlook.html", language, limits=" ".join(told), warnings=warnings)
