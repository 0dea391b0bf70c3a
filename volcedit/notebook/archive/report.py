"""The HTML report: pictures before and after, recipes, responses and verdicts on one page.

It needs no network, no script and no server. It shows the pictures in the folder `blobs` beside it
or, if that is missing, embedded thumbnails. Templates escape everything that people or services
wrote, and the page's CSP blocks scripts and requests.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from volcedit.notebook.archive.contents import blob_name
from volcedit.notebook.records import Failure, Mark, Record
from volcedit.service.answers import (
    is_sandbox,
)
from volcedit.types import (
    Kind,
    PictureFacts,
    Provider,
    State,
    Touched,
    Value,
    Verdict,
    Words,
)
from volcedit.words import catalogue_of, language_of, say
from volcedit.words.kinds import verdict_words, words_of

ANSWER_MAX_CHARS = 20_000
"""Longer responses are cut on the page. The record's file has all of it."""
POLICY = (
    "default-src 'none'; img-src 'self' data: blob: file:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)

_UNDER_WAY = Words("Was still in progress when exported.")
STATES: Mapping[Kind, Words] = {
    State.QUEUED: _UNDER_WAY,
    State.SENT: _UNDER_WAY,
    State.TASK: _UNDER_WAY,
    State.DONE: Words("Done, but without a picture."),
    State.FAILED: Words("Failed."),
    State.STOPPED: Words("Stopped before it was sent."),
}
"""What stands in place of a picture."""

# Not allowed in HTML: control characters and lone surrogates.
_NO_TEXT = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Sheet:
    """One record as shown on the page."""

    record: Record
    mark: Mark
    thumbnails: Mapping[str, bytes]
    """Small JPEGs to embed, by the SHA-256 of the full picture."""
    lost: Collection[str]
    """Archive names of pictures that could not be exported."""


class Report:
    """Builds the page: first one article per record, newest first, then head and foot."""

    def __init__(self, language: str, ids: Collection[str]) -> None:
        """`ids` are all records on the page, so that articles can link to each other."""
        self._language = language_of(language)
        self._ids = ids
        self._day = ""
        self._edits = self._pictures = self._starred = 0

    def say(self, sentence: str | Words, *, one: str = "", **values: Value) -> str:
        """A sentence of the page."""
        return say(self._language, sentence, one=one, **values)

    def head(self, now: datetime, lost: Collection[str], left_out: Collection[str]) -> str:
        """Everything before the first article; `left_out` are records that could not be read."""
        counts = (
            (Words("{shown} edits", one="{shown} edit"), self._edits),
            (Words("{shown} pictures", one="{shown} picture"), self._pictures),
            (Words("{shown} starred"), self._starred),
        )
        told = [self.say(it, count=count, shown=f"{count:,}") for it, count in counts if count]
        return _TEMPLATES.get_template("head.html.jinja").render(
            say=self.say,
            tag=catalogue_of(self._language).tag,
            policy=POLICY,
            counts=" · ".join(told),
            time=f"{now:%Y-%m-%d %H:%M} UTC",
            missing=[
                (
                    Words(
                        "{count} files missing or damaged when exported",
                        one="{count} file missing or damaged when exported",
                    ),
                    lost,
                ),
                (
                    Words(
                        "{count} records could not be read", one="{count} record could not be read"
                    ),
                    left_out,
                ),
            ],
        )

    def foot(self) -> str:
        """Everything after the last article."""
        return _TEMPLATES.get_template("foot.html.jinja").render(say=self.say)

    def article(self, sheet: Sheet) -> str:
        """One record, preceded by a heading if its day is new."""
        record, mark = sheet.record, sheet.mark
        self._edits += 1
        self._pictures += record.picture is not None
        self._starred += mark.starred
        state = State.FAILED if record.failure and record.state.is_known else record.state
        day, last_day = record.time[:10], self._day
        self._day = day
        return _TEMPLATES.get_template("article.html.jinja").render(
            say=self.say,
            ids=self._ids,
            sheet=sheet,
            record=record,
            recipe=record.recipe,
            mark=mark,
            day=day if day != last_day else "",
            clock=f"{datetime.fromisoformat(record.time):%H:%M:%S}",
            chips=self._chips(record),
            state=self.say(words_of(state, STATES)),
            failure=record.failure and self._failure(record.failure),
            lineage=[
                (Words("Based on the picture of"), record.parent),
                (Words("Repeats"), record.replay_of),
            ],
            verdict=record.verdict and self._verdict(record.verdict),
            touched=record.touched and self._touched(record.touched),
            rows=_rows(record),
            answer=_answer(record),
        )

    def _chips(self, record: Record) -> list[str]:
        recipe, params = record.recipe, record.recipe.params
        sandbox = recipe.provider == Provider.SANDBOX or is_sandbox(record.response or {})
        chips = [
            self.say("seed {seed}", seed=params.seed),
            self.say("strength {scale}", scale=f"{params.scale:g}"),
            self.say("sandbox, not SeedEdit") if sandbox else recipe.req_key,
        ]
        if record.took_s is not None:
            chips.append(self.say("{seconds} s", seconds=f"{record.took_s:.1f}"))
        return chips

    def _failure(self, failure: Failure) -> dict[str, str]:
        facts = [failure.kind, failure.code, failure.request_id and f"id {failure.request_id}"]
        return {
            "message": failure.told(self._language),
            "facts": " · ".join(str(each) for each in facts if each),
        }

    def _verdict(self, verdict: Verdict) -> dict[str, str]:
        facts = []
        if not verdict.kind.is_same:
            if verdict.largest is not None:
                largest = ", ".join(map(str, verdict.largest))
                facts.append(self.say("largest difference {largest} of 255 (RGB)", largest=largest))
            if verdict.mean is not None:
                facts.append(
                    self.say("mean {mean}", mean=", ".join(f"{it:.2f}" for it in verdict.mean))
                )
            facts.append(
                self.say("{share} of the pixels changed", share=_percent(verdict.changed_share))
            )
            if verdict.psnr_db is not None:
                facts.append(f"PSNR {verdict.psnr_db:.1f} dB")
        return {
            "words": self.say(verdict_words(verdict.kind).report),
            "facts": " · ".join(facts),
        }

    def _touched(self, touched: Touched) -> dict[str, str]:
        share = f"{min(100.0, max(0.0, 100 * touched.preserved_share)):.1f}"
        where = ""
        if touched.box is not None:
            left, top, right, bottom = touched.box
            size = f"{right - left}×{bottom - top}"
            where = self.say(
                "Most of the change: {size} px at {left}, {top}", size=size, left=left, top=top
            )
        return {
            "width": f"{share}%",
            "words": self.say("{share} of the photo kept", share=f"{share} %"),
            "where": where,
        }


def _rows(record: Record) -> dict[str, str]:
    """The fields of the recipe by name, and the ids of the record and its pictures."""
    values = record.recipe.to_json()
    photo, params = values.pop("photo"), values.pop("params")
    rows = {
        **{name: value for name, value in params.items() if value not in (None, "")},
        **{name: value for name, value in values.items() if name != "format"},
        "photo": photo and photo["sha256"],
        "picture": record.picture and record.picture.sha256,
        "recipe": record.recipe.id,
        "record": record.id,
    }
    return {name: _plain(value) for name, value in rows.items() if value is not None}


def _answer(record: Record) -> dict[str, Any] | None:
    if record.response is None:
        return None
    text = json.dumps(record.response, ensure_ascii=False, indent=1)
    return {"text": text[:ANSWER_MAX_CHARS], "is_cut": len(text) > ANSWER_MAX_CHARS}


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %" if 0 < share < 0.001 else f"{100 * share:.1f} %"


# ── templates ────────────────────────────────────────────────────────────────────────────────


def _as_text(value: object) -> object:
    """Whatever a template prints, with control characters replaced."""
    if isinstance(value, Markup):  # built from text that was already cleaned
        return value
    return _NO_TEXT.sub("\ufffd", str(value))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _size(size_bytes: int) -> str:
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def _share(px: int, side_px: int) -> str:
    return f"{100 * px / side_px:.2f}%"


def _format(facts: PictureFacts) -> str:
    return facts.media_type.partition("/")[2].upper()


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    finalize=_as_text,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters |= {
    "base64": _base64,
    "blob_name": blob_name,
    "format": _format,
    "share": _share,
    "size": _size,
}
