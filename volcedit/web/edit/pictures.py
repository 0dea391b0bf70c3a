"""The HTML of the results: a strip of tiles, the selected one large, and what goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from volcedit.errors import AnswerLostError, RefusedError
from volcedit.notebook.records import Record
from volcedit.service.client import Poll
from volcedit.service.transport import Wait
from volcedit.types import Language, State, Tone
from volcedit.web.markup import Clock, Pause, seconds_of, size_name, state_words
from volcedit.web.templates import render
from volcedit.words import ENGLISH, catalogue_of, say
from volcedit.words.kinds import INTERRUPTED, STATES, verdict_words, words_of

Shape = tuple[int, int]
"""Width and height, of which only the ratio matters."""


@dataclass(frozen=True)
class _Tile:
    """One tile of the strip: a picture, or text in its place."""

    record: Record
    label: str
    caption: str
    actions: tuple[str, ...]
    shape: Shape
    path: str | None
    """The path of its picture."""
    words: str = ""
    pause: Pause | None = None
    clock: Clock | None = None
    """How long it has been running."""


def tiles(
    records: list[Record],
    paths: Mapping[str, str],
    waits: Mapping[str, Wait],
    now: datetime,
    language: Language,
    polls: Mapping[str, Poll] = {},
) -> str:
    """The strip of results. An unfinished edit gets a placeholder with its picture's aspect ratio.

    `paths` are the paths of the pictures, by record id.
    """
    shown = []
    for number, record in enumerate(records, 1):
        params = record.recipe.params
        wait, poll = waits.get(record.id), polls.get(record.id)
        words, pause, clock = _in_place_of_picture(record, wait, poll, now, language)
        tile = _Tile(
            record,
            say(
                language, "Picture {number} of {count}: {prompt}, seed {seed}",
                number=number, count=len(records), prompt=params.prompt, seed=params.seed,
            ),
            _caption(record, language),
            () if record.state.is_under_way else (_again(record), "renew"),
            _shape(record),
            paths.get(record.id),
            words, pause, clock,
        )  # fmt: skip
        shown.append(tile)
    return render("edit/tiles.html", language, tiles=shown)


def _in_place_of_picture(
    record: Record, wait: Wait | None, poll: Poll | None, now: datetime, language: Language
) -> tuple[str, Pause | None, Clock | None]:
    """The text, the pause and the clock of a tile without a picture."""
    if wait is not None:
        return say(language, wait.error.words), Pause.of(wait, language), None
    if record.state.is_under_way:
        age_s = max(0.0, (now - datetime.fromisoformat(record.time)).total_seconds())
        words = state_words(record, language, poll) if record.state == State.TASK else ""
        return words, None, Clock.at(age_s)
    return say(language, words_of(record.state, STATES)), None, None


def _caption(record: Record, language: Language) -> str:
    facts = [
        say(language, "seed {seed}", seed=record.recipe.params.seed),
        seconds_of(record, language),
        say(language, verdict_words(record.verdict.kind).short) if record.verdict else "",
    ]
    return " · ".join(filter(None, facts))


def _again(record: Record) -> str:
    """The action that runs it again. "resend" asks the user, because it may be charged twice."""
    return "resend" if _is_answer_lost(record) else "again"


def _is_answer_lost(record: Record) -> bool:
    return record.failure is not None and record.failure.kind == AnswerLostError.kind


def _shape(record: Record) -> Shape:
    """The shape of the picture, or else of the photo, since the service keeps the shape."""
    facts = record.picture or record.recipe.photo
    return (3, 2) if facts is None else (facts.width_px, facts.height_px)


# ── the selected one, large ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Sent:
    """What is known about a call whose response never arrived."""

    at: str | None
    """When it was sent, in the format of records; None if unknown."""
    size: str

    @classmethod
    def of(cls, record: Record) -> _Sent:
        if record.sent_at is None or record.sent_bytes is None:
            return cls(None, "")
        return cls(record.sent_at, size_name(record.sent_bytes))


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
    """One edit, large: before and after, or the photo until the picture is ready.

    `before` and `after` are paths; `inscribed` is the path of the picture with its recipe embedded.
    `can_fetch` says whether the picture can still be fetched, for free. If `heat` is given, this
    heat map is shown, with the box at the CSS position `box`. `interrupted` says whether the call
    was abandoned.
    """
    by_link = record.recipe.photo is None
    is_awaited = after is None and not interrupted and record.state.is_under_way
    words = say(language, INTERRUPTED) if interrupted else state_words(record, language)
    names: tuple[str, ...] = ()
    sent = None
    if is_awaited:
        words = "" if before is not None else words
    elif after is None or (before is None and not by_link):
        before = after = heat = None
        names, sent = _ways_on(record, can_fetch, interrupted)
    else:
        # A picture that could not be saved is shown with the reason.
        words = words if record.failure else ""
        names = ("replay", "repeat", "renew")
    tone: Tone = "bad" if interrupted else record.state.tone
    return render(
        "edit/stage.html",
        language,
        record=record,
        state="interrupted" if interrupted else record.state,
        tone=tone,
        # If the edit succeeded but its picture is missing, its place is left empty.
        is_unseen=bool(words) and tone != "good" and after is None,
        is_awaited=is_awaited,
        shape=_shape(record),
        words=words,
        sent=sent,
        names=names,
        before=before,
        after=after,
        inscribed=inscribed,
        heat=heat if after is not None else None,
        box=box,
    )


def _ways_on(
    record: Record, can_fetch: bool, interrupted: bool
) -> tuple[tuple[str, ...], _Sent | None]:
    """The actions for an edit without a picture, and what was sent if its response was lost."""
    if can_fetch:
        return ("fetch", "again", "renew"), None
    if _is_answer_lost(record) or (interrupted and record.state == State.SENT):
        return ("resend", "renew"), _Sent.of(record)
    failure = record.failure
    if failure and failure.kind == RefusedError.kind and failure.retryable:
        # Another seed helps only if the picture was refused, not the input.
        return ("advance", "again", "renew"), None
    return ("again", "renew"), None


# ── code and ideas ───────────────────────────────────────────────────────────────────────────


def snippets(texts: Mapping[str, str], photo: str | None, language: Language) -> str:
    """The call as code, by programming language; `photo` is the path of the photo it sends."""
    return render("edit/snippets.html", language, texts=texts, photo=photo)


def ideas(recent: list[str], language: Language) -> str:
    """Suggested prompts by family; recent prompts come first."""
    families = {
        say(language, family): prompts
        for family, prompts in (catalogue_of(language).ideas or catalogue_of(ENGLISH).ideas).items()
    }
    if recent:
        families = {say(language, "Recent"): recent, **families}
    return render("edit/ideas.html", language, families=families)
