from __future__ import annotations

import base64
import html
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support import DATA
from volcedit import (
    AnswerLostError,
    EditParams,
    RateLimitError,
    ServiceError,
    UnreachableError,
    VolceditError,
)
from volcedit.jobs.run import Run
from volcedit.notebook.finding import Query
from volcedit.notebook.history import History
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Failure, Mark, Record, State
from volcedit.service.client import Poll
from volcedit.service.transport import Wait
from volcedit.types import PictureFacts, Words
from volcedit.web.markup import (
    escape,
    ideas,
    kind_name,
    note,
    size_name,
    snippets,
    stage,
    status_of,
    status_of_run,
    tiles,
)
from volcedit.web.notebook.rows import Row, history_rows, provider_name

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
FAILURE = Failure("refused", 50411, Words("Refused.", "被拒绝。"), "r-1", False)
NOW = datetime(2026, 1, 2, 3, 4, 13, tzinfo=UTC)  # 8 s after RECORD was asked for
BUSY = RateLimitError(Words("Too many calls.", "调用过多。"))
SANDBOXED = {"data": {"infer_ctx": {"algorithm_key": "volcedit-sandbox-1"}}}
PUBLISHED = json.loads((DATA / "published-answer.json").read_text("utf-8"))


class Page(HTMLParser):
    """What a browser makes of a piece of HTML: its tags, their attributes, and its text."""

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
        """Of every attribute of that name."""
        return [value for each, value in self.attributes if each == name]


def with_prompt(prompt: str) -> Record:
    params = replace(RECORD.recipe.params, prompt=prompt)
    return replace(RECORD, recipe=replace(RECORD.recipe, params=params))


def rows_of(record: Record, language: str = "en", interrupted: bool = False) -> Page:
    return Page(history_rows([Row(record, UNMARKED, interrupted, (None, None))], Query(), language))


# ── what people type, and what services say ──────────────────────────────────────────────────

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


@pytest.fixture(params=TYPED.values(), ids=TYPED)
def typed(request: pytest.FixtureRequest) -> str:
    return request.param


def assert_harmless(markup: str, plain: str) -> None:
    """The same elements as with `plain` words, and nothing that a template would fill."""
    page, expected = Page(markup), Page(plain)
    assert page.tags == expected.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in expected.attributes]
    assert not any(sign in markup for sign in "{}$`")


def test_escaped_text_reads_as_it_was(typed: str):
    assert html.unescape(escape(typed)) == typed


def test_a_prompt_is_harmless_in_the_history(typed: str):
    def markup(prompt: str) -> str:
        return history_rows(
            [Row(with_prompt(prompt), UNMARKED, False, (b"1", b"2"))], Query(), "en"
        )

    assert_harmless(markup(typed), markup("x"))


def test_a_prompt_reads_as_it_was_typed_in_the_history(typed: str):
    page = rows_of(with_prompt(typed))
    # HTML itself has no other line ends.
    assert typed.replace("\r\n", "\n") in page.text.replace("\r\n", "\n")
    assert f"Restore: {typed}, 7" in page.values("aria-label")


def test_what_a_service_says_is_harmless_in_the_status(typed: str):
    def markup(said: str) -> str:
        failure = replace(FAILURE, message=Words(said, said), code=said)
        return status_of([replace(RECORD, state=State.FAILED, failure=failure)], "en")

    assert_harmless(markup(typed), markup("x"))


def test_what_was_understood_is_harmless_in_the_status(typed: str):
    def markup(said: str) -> str:
        return status_of([replace(RECORD, response={"data": {"rephraser_result": said}})], "en")

    assert_harmless(markup(typed), markup("x"))


def test_a_host_is_harmless_in_the_history(typed: str):
    def markup(host: str) -> str:
        record = replace(RECORD, recipe=replace(RECORD.recipe, host=host))
        return history_rows([Row(record, UNMARKED, False, (None, None))], Query(), "en")

    assert_harmless(markup(typed), markup("x"))


def test_a_note_is_harmless(typed: str):
    assert_harmless(note(typed, "error"), note("x", "error"))


def test_a_prompt_keeps_its_own_direction():
    assert "auto" in rows_of(with_prompt("שלום")).values("dir")


# ── the status of a run ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_what_brought_no_picture_has_words(state: str, language: str):
    text = Page(status_of([replace(RECORD, state=State(state))], language)).text
    assert len(text.removeprefix("7").strip()) >= 2


@pytest.mark.parametrize("state", ["queued", "sent", "done"])
def test_what_its_own_place_shows_is_not_said_again(state: str):
    assert status_of([replace(RECORD, state=State(state))], "en") == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "7 failed: Refused. [50411]"), ("zh", "7 失败: 被拒绝。 [50411]")],
)
def test_a_failure_says_why_and_its_code(language: str, words: str):
    failed = replace(RECORD, state=State.FAILED, failure=FAILURE)
    assert Page(status_of([failed], language)).text == words


def test_a_failure_without_a_code_says_why():
    failed = replace(RECORD, state=State.FAILED, failure=replace(FAILURE, code=None))
    assert Page(status_of([failed], "en")).text == "7 failed: Refused."


def test_a_code_of_zero_is_a_code():
    failed = replace(RECORD, state=State.FAILED, failure=replace(FAILURE, code=0))
    assert "[0]" in Page(status_of([failed], "en")).text


def test_a_reason_that_several_share_is_told_once():
    failed = replace(RECORD, state=State.FAILED, failure=replace(FAILURE, code=None))
    params = replace(RECORD.recipe.params, seed=8)
    other = replace(failed, recipe=replace(RECORD.recipe, params=params))
    assert Page(status_of([failed, other], "en")).text == "7, 8 failed: Refused."


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "rate limited, trying again in 4 s (2 of 5): Too many calls."),
        ("zh", "已限流，4 秒后重试（第 2/5 次）: 调用过多。"),
    ],
)
def test_a_wait_says_why_how_long_and_which_try(language: str, words: str):
    waits = {RECORD.id: Wait(BUSY, 4.2, 2, 5)}
    assert words in Page(status_of([replace(RECORD, state=State.SENT)], language, waits)).text


def test_the_wait_of_one_is_not_that_of_another():
    other = replace(RECORD, id="20260102T030405000006Z-ffffffff", state=State.SENT)
    waits = {other.id: Wait(BUSY, 4.2, 2, 5)}
    assert "trying again" not in status_of([RECORD], "en", waits)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BUSY, "rate limited"),
        (UnreachableError(Words("Cannot be reached.", "无法连接。")), "not reachable"),
        (ServiceError(Words("It failed.", "服务出错。")), "the service failed"),
    ],
)
def test_whatever_may_be_tried_again_has_a_short_reason(error: VolceditError, words: str):
    waits = {RECORD.id: Wait(error, 2.0, 2, 4)}
    text = Page(status_of([replace(RECORD, state=State.SENT)], "en", waits)).text
    assert f"{words}, trying again in 2 s (2 of 4): {error.words.en}" in text


ASKED = replace(RECORD, state=State.TASK, task_state="generating")
LOST = AnswerLostError(Words("It may have been charged.", "可能已计费。"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "7 a task, being made; asking after it failed (no answer); asking again"),
        ("zh", "7 任务生成中；查询失败（没有答复），将再次查询"),
    ],
)
def test_a_lost_poll_is_told_in_the_status_and_at_its_place(language: str, words: str):
    polls = {RECORD.id: Poll(3, "generating", LOST)}
    assert Page(status_of([ASKED], language, polls=polls)).text == words
    assert words.removeprefix("7 ") in Page(tiles([ASKED], {}, {}, NOW, language, polls)).text


def test_of_a_question_that_was_lost_nothing_is_said_to_be_charged():
    polls = {RECORD.id: Poll(3, "generating", LOST)}
    assert "charged" not in status_of([ASKED], "en", polls=polls)


@pytest.mark.parametrize("error", [BUSY, LOST])
def test_a_poll_that_was_lost_is_not_told_once_the_task_has_ended(error: VolceditError):
    polls = {RECORD.id: Poll(3, "generating", error)}
    assert status_of([RECORD], "en", polls=polls) == ""


def test_a_poll_that_was_answered_is_no_trouble():
    assert status_of([ASKED], "en", polls={RECORD.id: Poll(3, "generating", None)}) == ""


@pytest.mark.parametrize(("state", "said"), [("done", True), ("failed", False), ("sent", False)])
def test_how_a_picture_was_understood_is_said_once(state: str, said: bool):
    response = {"data": {"rephraser_result": "add falling snow"}}
    records = [replace(RECORD, state=State(state), response=response)] * 3
    assert status_of(records, "en").count("Understood as: add falling snow") == said


def test_a_plain_success_is_no_remark():
    assert "Success" not in status_of([replace(RECORD, response=PUBLISHED)], "en")


class Unwritten:
    """Stands in for a notebook, and keeps nothing."""

    def save(self, *_: object) -> None:
        """Forget it."""


def run_of(*states: str) -> Run:
    records = [
        replace(RECORD, id=f"20260102T030405000006Z-0000000{index}", state=State(state))
        for index, state in enumerate(states)
    ]
    return Run(Unwritten(), records, lambda: None)


@pytest.mark.parametrize(
    ("states", "seconds", "words"),
    [
        (["queued", "queued"], 0.0, "0 of 2 ended · 0 s"),
        (["done", "sent", "queued"], 9.4, "1 of 3 ended · 9 s"),
        (["failed", "sent"], 10.0, "1 of 2 ended · 10 s"),
        (["done", "failed"], 61.6, "1 of 2 done · 62 s"),
    ],
)
def test_a_run_says_how_far_it_is(states: list[str], seconds: float, words: str):
    text = Page(status_of_run(run_of(*states), seconds, "en")).text
    assert text.startswith(words)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (["done", "sent"], "Stopped: 1 of 2 done. 1 already sent;"),
        (["done", "stopped"], "Stopped: 1 of 2 done. Nothing more is started."),
    ],
)
def test_a_stopped_run_says_what_is_still_to_come(states: list[str], words: str):
    run = run_of(*states)
    run.stop()
    assert status_of_run(run, 1.0, "en").startswith(f"<p>{words}")


# ── the results ──────────────────────────────────────────────────────────────────────────────


def tiles_of(record: Record, *, path: str = "", wait: Wait | None = None) -> Page:
    paths, waits = ({record.id: path} if path else {}), ({record.id: wait} if wait else {})
    return Page(tiles([record], paths, waits, NOW, "en"))


@pytest.mark.parametrize("state", ["queued", "sent"])
def test_what_is_awaited_has_a_place_of_its_shape_and_counts_its_seconds(state: str):
    page = tiles_of(replace(RECORD, state=State(state)))
    assert page.values("style") == ["aspect-ratio: 30/20"]
    assert page.values("data-elapsed") == ["8.0"]
    assert page.values("data-action") == ["choose"]
    assert "img" not in page.tags


def test_a_pause_counts_down():
    page = tiles_of(replace(RECORD, state=State.SENT), wait=Wait(BUSY, 4.2, 2, 5))
    assert page.values("data-left") == ["4.2"]
    assert "rate limited, trying again in 4 s (2 of 5)" in page.text
    assert page.values("title") == ["Too many calls."]


def test_a_picture_can_be_chosen_and_made_again():
    page = tiles_of(replace(RECORD, picture=PHOTO), path="/tmp/a b/snow.jpg")
    assert page.values("src") == ["gradio_api/file=/tmp/a%20b/snow.jpg"]
    assert page.values("data-action") == ["choose", "again", "renew"]
    assert "seed 7 · 2.2 s" in page.text
    assert "Picture 1 of 1: make it snow, seed 7" in page.values("aria-label")


@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_what_brought_no_picture_can_be_made_again(state: str):
    page = tiles_of(replace(RECORD, state=State(state)))
    assert page.values("data-action") == ["choose", "again", "renew"]


def test_no_results_are_nothing():
    assert tiles([], {}, {}, NOW, "en") == ""


def test_the_stage_shows_both_pictures_and_offers_the_file_under_its_name():
    page = Page(stage(RECORD, "/tmp/p.jpg", "/tmp/snow-seed-7.jpg", "en"))
    assert page.values("alt") == ["Result of: make it snow", "Photo of: make it snow"]
    assert page.values("download") == ["snow-seed-7.jpg"]


def test_the_stage_offers_the_file_with_its_recipe_and_the_original_bytes_beside_it():
    after, inscribed = "/tmp/snow-seed-7-original.jpg", "/tmp/snow-seed-7.jpg"
    page = Page(stage(RECORD, "/tmp/p.jpg", after, "en", inscribed=inscribed))
    assert page.values("download") == ["snow-seed-7.jpg", "snow-seed-7-original.jpg"]
    assert page.values("href") == [f"gradio_api/file={path}" for path in (inscribed, after)]
    assert f"gradio_api/file={after}" in page.values("src")  # what is shown is what came


def test_the_stage_shows_the_photo_while_its_edit_is_awaited():
    page = Page(stage(replace(RECORD, state=State.SENT), "/tmp/p.jpg", None, "en"))
    assert page.values("alt") == ["Photo of: make it snow"]
    assert page.values("data-action") == []


def test_the_stage_says_why_there_is_no_picture():
    failed = replace(RECORD, state=State.FAILED, failure=FAILURE)
    page = Page(stage(failed, "/tmp/p.jpg", None, "en"))
    assert "failed: Refused. [50411]" in page.text
    assert "img" not in page.tags


ANSWER_LOST = replace(
    RECORD,
    state=State.FAILED,
    failure=Failure("answer_lost", None, LOST.words, "", False),
    sent_at="2026-01-02T03:04:06+00:00",
    sent_bytes=412_000,
)
DECISION = {
    "en": "Sent 2026-01-02 03:04:06 UTC, 412 KB."
    "Sending it again is your decision: it may be charged twice.",
    "zh": "发送于 2026-01-02 03:04:06 UTC，412 KB。是否重新发送由您决定：可能会重复计费。",
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_an_answer_that_was_lost_the_stage_tells_what_was_sent(language: str):
    page = Page(stage(ANSWER_LOST, "/tmp/p.jpg", None, language))
    assert DECISION[language] in page.text
    assert page.values("data-action") == ["resend", "renew"]
    assert page.values("datetime") == [ANSWER_LOST.sent_at]


def test_a_call_that_was_sent_and_interrupted_can_be_sent_again():
    interrupted = replace(ANSWER_LOST, state=State.SENT, failure=None)
    page = Page(stage(interrupted, "/tmp/p.jpg", None, "en", interrupted=True))
    assert DECISION["en"] in page.text
    assert page.values("data-action") == ["resend", "renew"]
    assert "img" not in page.tags


def test_what_never_left_is_simply_made_again():
    queued = replace(RECORD, state=State.QUEUED)
    page = Page(stage(queued, "/tmp/p.jpg", None, "en", interrupted=True))
    assert page.values("data-action") == ["again", "renew"]
    assert "Sending it again" not in page.text


def test_at_its_place_too_an_answer_that_was_lost_is_sent_again_by_decision():
    page = tiles_of(ANSWER_LOST)
    assert page.values("data-action") == ["choose", "resend", "renew"]
    assert page.values("title") == ["Sending it again is your decision: it may be charged twice."]


def test_a_failure_that_is_known_is_not_called_a_decision():
    failed = replace(ANSWER_LOST, failure=FAILURE)
    assert "resend" not in stage(failed, "/tmp/p.jpg", None, "en") + tiles(
        [failed], {}, {}, NOW, "en"
    )


BY_LINK = replace(
    RECORD, recipe=replace(RECORD.recipe, photo=None, photo_url="https://e.com/cat.jpg?token=1")
)
UNPROVEN = {"en": "cannot be proven", "zh": "无法证明"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_a_photo_that_the_service_fetched_the_stage_shows_the_picture_alone(language: str):
    page = Page(stage(replace(BY_LINK, picture=PHOTO), None, "/tmp/snow.jpg", language))
    assert page.values("src") == ["gradio_api/file=/tmp/snow.jpg"]
    assert "input" not in page.tags
    assert "https://e.com/cat.jpg?token=1" in page.text and UNPROVEN[language] in page.text
    assert page.values("download") == ["snow.jpg"]


def test_while_its_edit_is_awaited_there_is_no_photo_to_show():
    page = Page(stage(replace(BY_LINK, state=State.SENT), None, None, "en"))
    assert "sent" in page.text and UNPROVEN["en"] in page.text
    assert page.values("data-action") == []
    assert "stage sent unseen" in page.values("class")


def test_when_it_fails_it_can_be_made_again_as_any_other():
    page = Page(stage(replace(BY_LINK, state=State.FAILED, failure=FAILURE), None, None, "en"))
    assert "failed: Refused. [50411]" in page.text
    assert page.values("data-action") == ["again", "renew"]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "photo fetched by the service"), ("zh", "照片由服务获取")]
)
def test_a_row_says_that_the_service_fetched_the_photo(language: str, words: str):
    assert words in rows_of(BY_LINK, language).text
    assert words not in rows_of(RECORD, language).text
    assert Page(tiles([replace(BY_LINK, state=State.SENT)], {}, {}, NOW, language)).text


def test_an_address_is_harmless_on_the_stage(typed: str):
    def markup(url: str) -> str:
        record = replace(BY_LINK, recipe=replace(BY_LINK.recipe, photo_url=url), state=State.SENT)
        return stage(record, None, None, "en")

    assert_harmless(markup(typed), markup("x"))


def test_a_prompt_is_harmless_in_the_results(typed: str):
    def markup(prompt: str) -> str:
        record = with_prompt(prompt)
        large = stage(record, "/tmp/p.jpg", "/tmp/q.jpg", "en")
        small = tiles([record], {record.id: "/tmp/q.jpg"}, {}, NOW, "en")
        return large + small + ideas([prompt], "en") + snippets({"cURL": prompt}, None, "en")

    assert_harmless(markup(typed), markup("x"))


# ── the history ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_history_says_so(language: str):
    assert len(Page(history_rows([], Query(), language)).text) > 5


def test_a_row_says_what_to_make_it_again_with():
    text = rows_of(RECORD).text
    for fact in ("make it snow", "seed 7", "strength 0.5", "gw:1", "2026-01-02 03:04:05 UTC"):
        assert fact in text


def test_a_row_can_be_restored_and_deleted_by_its_id():
    page = rows_of(RECORD)
    assert page.values("data-action") == ["look", "star", "restore", "delete"]
    assert set(page.values("data-id")) == {RECORD.id}


@pytest.mark.parametrize("state", [s for s in State if s != State.DONE])
def test_a_row_without_a_picture_says_why(state: str):
    words = {
        "queued": "waiting for a free place",
        "sent": "sent",
        "task": "taken as a task",
        "failed": "failed: Refused. [50411]",
        "stopped": "stopped before it was sent",
    }
    failure = FAILURE if state == "failed" else None
    assert words[state] in rows_of(replace(RECORD, state=State(state), failure=failure)).text


@pytest.mark.parametrize(("language", "word"), [("en", "interrupted"), ("zh", "已中断")])
def test_a_row_that_was_interrupted_says_so(language: str, word: str):
    assert word in rows_of(replace(RECORD, state=State.SENT), language, interrupted=True).text


@pytest.mark.parametrize(
    ("provider", "response", "name"),
    [
        ("gateway", None, "gw:1"),
        ("volcengine", None, "gw:1"),
        ("gateway", {}, "gw:1"),
        ("gateway", PUBLISHED, "gw:1"),
        ("gateway", SANDBOXED, "sandbox, not SeedEdit"),
        ("sandbox", SANDBOXED, "sandbox, not SeedEdit"),
        ("sandbox", None, "sandbox, not SeedEdit"),
        ("gateway", {"data": None}, "gw:1"),
        ("gateway", {"data": {"infer_ctx": []}}, "gw:1"),
        ("gateway", {"data": {"infer_ctx": {"algorithm_key": 7}}}, "gw:1"),
    ],
)
def test_a_row_names_who_made_it(provider: str, response: dict | None, name: str):
    recipe = replace(RECORD.recipe, provider=provider)
    record = replace(RECORD, recipe=recipe, response=response)
    assert provider_name(record, "en") == name
    assert name in rows_of(record).text


def test_thumbnails_are_shown_with_what_they_are_of():
    page = Page(history_rows([Row(RECORD, UNMARKED, False, (b"before", b"after"))], Query(), "en"))
    images = [f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
              for data in (b"before", b"after")]  # fmt: skip
    assert page.values("src") == images
    assert page.values("alt") == ["Photo of: make it snow", "Result of: make it snow"]


def test_a_missing_thumbnail_leaves_its_place():
    page = Page(history_rows([Row(RECORD, UNMARKED, False, (b"before", None))], Query(), "en"))
    assert page.tags.count("img") == 1
    assert "no-picture" in page.values("class")


def test_a_flipped_bit_in_a_record_never_keeps_the_history_from_showing(tmp_path: Path):
    notebook = History(tmp_path).notebook("anna")
    record = replace(RECORD, picture=PHOTO, failure=FAILURE, response=SANDBOXED, state=State.FAILED)
    data = json.dumps(record.to_json()).encode()
    shown = 0
    for index in range(len(data)):
        flipped = data[:index] + bytes([data[index] ^ 1 << index % 7]) + data[index + 1 :]
        try:
            damaged = Record.from_json(json.loads(flipped))
        except (KeyError, TypeError, ValueError):
            continue
        rows_of(damaged)
        notebook.blob_path(replace(damaged.picture, sha256="a" * 64))
        shown += 1
    assert shown > 100  # most of the bits are in words and numbers


# ── words for numbers ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("size_bytes", "name"),
    [
        (0, "1 KB"),
        (240_000, "240 KB"),
        (999_499, "999 KB"),
        (1_000_000, "1.0 MB"),
        (4_500_000, "4.5 MB"),
    ],
)
def test_sizes_are_for_people(size_bytes: int, name: str):
    assert size_name(size_bytes) == name


@pytest.mark.parametrize(("media_type", "name"), [("image/jpeg", "JPEG"), ("image/png", "PNG")])
def test_kinds_are_for_people(media_type: str, name: str):
    assert kind_name(media_type) == name


def test_an_error_is_announced_and_a_note_is_not():
    assert Page(note("x", "error")).values("role") == ["alert"]
    assert Page(note("x")).values("role") == []


def test_rendering_while_a_run_changes_is_safe():
    run = run_of(*["queued"] * 8)
    over = threading.Event()

    def change() -> None:
        for turn in range(2000):
            run.note_wait(run.records[turn % 8].id, Wait(BUSY, 1.0, 2, 4))
            run.save(replace(run.records[turn % 8], state=State.SENT))
        over.set()

    thread = threading.Thread(target=change)
    thread.start()
    while not over.is_set() and thread.is_alive():
        status_of_run(run, 1.0, "en")
    thread.join(10)
    assert over.is_set()
