"""Records to show, and how a browser parses the HTML that shows them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

from tests.support import DATA
from volcedit import (
    AnswerLostError,
    EditParams,
    RateLimitError,
)
from volcedit.jobs.run import Run
from volcedit.notebook.finding import Query
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Failure, Mark, Record, State
from volcedit.types import PictureFacts, Words
from volcedit.web.notebook.rows import Row, history_rows

PHOTO = PictureFacts("a" * 64, "image/jpeg", 30, 20, 5)
RECORD = Record(
    id="20260102T030405000006Z-0123abcd",
    time="2026-01-02T03:04:05.000006+00:00",
    recipe=Recipe(
        PHOTO, EditParams("make it snow", seed=7), "byteedit_v2.0", "base64", "gateway", "gw:1"
    ),
    state=State.DONE,
    took_s=2.25,
)
UNMARKED = Mark()
FAILURE = Failure("refused", 50411, Words("Refused."), "r-1", False)
NOW = datetime(2026, 1, 2, 3, 4, 13, tzinfo=UTC)  # 8 s after RECORD was requested
BUSY = RateLimitError(Words("Too many calls."))
LOST = AnswerLostError(Words("It may have been charged."))
SANDBOXED = {"data": {"infer_ctx": {"algorithm_key": "volcedit-sandbox-1"}}}
PUBLISHED = json.loads((DATA / "published-answer.json").read_text("utf-8"))
ASKED = replace(RECORD, state=State.TASK, task_state="generating")
BY_LINK = replace(
    RECORD, recipe=replace(RECORD.recipe, photo=None, photo_url="https://e.com/cat.jpg?token=1")
)


def with_prompt(prompt: str) -> Record:
    params = replace(RECORD.recipe.params, prompt=prompt)
    return replace(RECORD, recipe=replace(RECORD.recipe, params=params))


class Unwritten:
    """A fake notebook that stores nothing."""

    def save(self, *_: object) -> None:
        """Discard it."""


def run_of(*states: str) -> Run:
    records = [
        replace(RECORD, id=f"20260102T030405000006Z-0000000{index}", state=State(state))
        for index, state in enumerate(states)
    ]
    return Run(Unwritten(), records, lambda: None)


class Page(HTMLParser):
    """HTML as a browser parses it: its tags, their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str | None]:
        """The values of every attribute with that name."""
        return [value for each, value in self.attributes if each == name]


def rows_of(record: Record, language: str = "en", interrupted: bool = False) -> Page:
    return Page(history_rows([Row(record, UNMARKED, interrupted, (None, None))], Query(), language))


TYPED = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "out of an attribute": '" onmouseover="alert(1)" x=\'',
    "out of a quoted attribute": "' onmouseover='alert(1)",
    "template of Gradio": "{{value}} {{#if x}}y{{/if}}",
    "template of JavaScript": "${alert(1)} `x` \\`",
    "entities": "&lt;b&gt; &amp; &#123;",
    "comment": "<!-- --> ]]> <![CDATA[",
    "closing tags": "</p></li></ol></div>",
    "right to left": "\u202eשלום\u202c مرحبا",
    "line ends": "a\nb\r\nc\u2028d",
    "every plane": "".join(chr(plane * 0x10000 + 0x21) for plane in range(17)),
    "control characters": "\x01\x1b\x7f",
}


def assert_harmless(markup: str, plain: str) -> None:
    """Assert the same elements as with `plain` words, and no template syntax."""
    page, expected = Page(markup), Page(plain)
    assert page.tags == expected.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in expected.attributes]
    assert not any(sign in markup for sign in "{}$`")
