"""Kinds on the page: each has a text, and an unknown one from a newer version breaks nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.showing import (
    BUSY,
    FAILURE,
    NOW,
    PHOTO,
    RECORD,
    UNMARKED,
    Page,
    assert_harmless,
)
from volcedit import AnswerLostError, LimitError, StoppedError, VolceditError, web
from volcedit.notebook.archive import report
from volcedit.notebook.finding import Query
from volcedit.notebook.records import Record
from volcedit.pictures.comparing import Stability, summarize
from volcedit.service.answers import TASK_UNDER_WAY
from volcedit.service.client import Poll
from volcedit.service.transport import Wait
from volcedit.types import (
    FailureKind,
    Kind,
    Language,
    Provider,
    State,
    Tone,
    Verdict,
    VerdictKind,
    Words,
)
from volcedit.web.edit import evidence
from volcedit.web.edit.pictures import stage, tiles
from volcedit.web.edit.status import status_of
from volcedit.web.notebook.rows import Row, find_bar, history_rows
from volcedit.words import kinds, say
from volcedit.words.kinds import words_of

LANGUAGES: tuple[Language, ...] = ("en", "zh")


def errors_of(base: type[VolceditError]) -> Iterator[type[VolceditError]]:
    yield base
    for each in base.__subclasses__():
        yield from errors_of(each)


NEVER_SENT = (StoppedError, LimitError)
RETRY_REASONS = {
    error.kind
    for error in errors_of(VolceditError)
    if error.__module__ == "volcedit.errors" and error.retryable and error not in NEVER_SENT
} | {AnswerLostError.kind}
"""Why a call or a poll may be retried automatically."""

TABLES: list[tuple[Mapping[Kind, Words], Iterable[Kind]]] = [
    (kinds.STATES, State),
    (kinds.PROVIDERS, Provider),
    (kinds.SERVICES, Provider),
    (kinds.BADGES, Provider),
    (kinds.OWNERS_BADGES, Provider),
    (kinds.REASONS, RETRY_REASONS),
    (report.STATES, State),
]
"""Where kinds get their words, and the kinds that can appear there."""


def test_every_kind_has_words_wherever_it_is_shown():
    assert not [it for table, needed in TABLES for it in needed if it not in table]
    assert not [it for it in VerdictKind if it not in kinds.VERDICTS]
    assert set(TASK_UNDER_WAY) <= kinds.TASK_STATES.keys()


@pytest.mark.parametrize("kind", [*State, *VerdictKind, *Provider])
def test_no_template_and_no_stylesheet_names_a_kind(kind: Kind):
    css = (ROOT / "assets" / "volcedit.css").read_text("utf-8")
    assert not re.search(rf"[.=]{kind}\b", css)
    for path in Path(web.__file__).parent.rglob("*.html"):
        assert f'"{kind}"' not in path.read_text("utf-8"), path.name


@pytest.mark.parametrize("tone", Tone.__args__)
def test_every_tone_used_exists(tone: str):
    css = (ROOT / "assets" / "volcedit.css").read_text("utf-8")
    assert set(re.findall(r"data-tone=(\w+)", css)) <= set(Tone.__args__)


# ── kinds from a newer version ───────────────────────────────────────────────────────────────

NEWER = {
    "state": replace(RECORD, state=State("hibernating")),
    "state with a picture": replace(RECORD, state=State("hibernating"), picture=PHOTO),
    "provider": replace(
        RECORD, recipe=replace(RECORD.recipe, provider=Provider("hibernating"), host="hibernating")
    ),
    "failure": replace(
        RECORD,
        state=State.FAILED,
        failure=replace(FAILURE, kind=FailureKind("asleep"), message=Words("hibernating")),
    ),
    "verdict": replace(
        RECORD,
        replay_of="20260102T030405000005Z-0123abcd",
        verdict=Verdict(VerdictKind("hibernating"), (1, 1, 1), (1.0, 1.0, 1.0), 0.5, 30.0),
    ),
}


def everything_of(record: Record, language: Language) -> str:
    """All HTML that can show `record`."""
    polls = {record.id: Poll(3, "hibernating", BUSY)}
    verdicts = [record.verdict] * 2
    return "".join(
        [
            history_rows([Row(record, UNMARKED, False, (None, None))], Query(), language),
            tiles([record], {}, {}, NOW, language, polls),
            tiles([record], {}, {record.id: Wait(BUSY, 1.0, 2, 3)}, NOW, language),
            status_of([record], language, {}, polls),
            stage(record, "/tmp/p.jpg", None, language),
            stage(record, "/tmp/p.jpg", "/tmp/q.jpg", language),
            evidence.verdict(record, RECORD, None, language),
            evidence.stability(summarize(verdicts), language),
            evidence.lineage(
                record.id, (RECORD.id, record.id), [evidence.Leaf(1, record, None)] * 2, 0, language
            ),
        ]
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("record", NEWER.values(), ids=NEWER)
def test_an_unknown_kind_of_any_name_is_shown_by_it(record: Record, language: Language):
    assert "hibernating" in Page(everything_of(record, language)).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_verdict_is_named_in_row_tile_stage_and_summary(language: Language):
    record = NEWER["verdict"]
    shown = [
        history_rows([Row(record, UNMARKED, False, (None, None))], Query(), language),
        tiles([record], {}, {}, NOW, language),
        evidence.verdict(record, RECORD, None, language),
        evidence.stability(Stability({record.verdict.kind: 3}), language),
    ]
    for html in shown:
        assert "hibernating" in Page(html).text
    counted = {"en": "3 hibernating", "zh": "3 次 hibernating"}[language]
    assert counted in Page(shown[-1]).text
    assert "30.0 dB" in Page(shown[2]).text  # its numbers are still shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_reason_is_shown_by_its_name(language: Language):
    class Asleep(VolceditError):
        kind = FailureKind("hibernating")

    sent = replace(RECORD, state=State.SENT)
    wait = Wait(Asleep(Words("Asleep.")), 1.0, 2, 3)
    assert "hibernating" in Page(status_of([sent], language, {sent.id: wait})).text


def test_a_picture_in_an_unknown_state_is_shown_at_its_size():
    html = stage(NEWER["state with a picture"], "/tmp/p.jpg", "/tmp/q.jpg", "en")
    assert "unseen" not in html
    assert Page(html).tags.count("img") == 2


def test_the_name_of_a_kind_is_escaped(typed: str):
    def markup(name: str) -> str:
        verdict = replace(NEWER["verdict"].verdict, kind=VerdictKind(name))
        return everything_of(replace(NEWER["verdict"], state=State(name)), "en") + everything_of(
            replace(NEWER["verdict"], verdict=verdict), "en"
        )

    assert_harmless(markup(typed), markup("x"))


@pytest.mark.parametrize("name", ["asleep", "{0}", "{kind}", "{x}", "\0"])
def test_an_unknown_kind_is_shown_by_its_name(name: str):
    for table, _ in TABLES:
        assert say("zh", words_of(Provider(name), table)) == name


def test_search_options_come_from_the_enumerations():
    values = Page(find_bar("en")).values("value")
    assert values == [
        "", "done", "failed", "stopped", "under_way", "repeat",
        "newest", "oldest", "prompt", "seed", "slowest",
        "", "gateway", "volcengine", "sandbox",
    ]  # fmt: skip
