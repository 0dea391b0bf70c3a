"""The status of a run."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from tests.support.showing import (
    ASKED,
    BUSY,
    FAILURE,
    LOST,
    NOW,
    PUBLISHED,
    RECORD,
    Page,
    assert_harmless,
    run_of,
)
from volcedit import (
    ServiceError,
    UnreachableError,
    VolceditError,
)
from volcedit.notebook.records import State
from volcedit.service.client import Poll
from volcedit.service.transport import Wait
from volcedit.types import Words
from volcedit.web.edit.pictures import tiles
from volcedit.web.edit.status import status_of, status_of_run


def test_the_services_message_is_escaped_in_the_status(typed: str):
    def markup(said: str) -> str:
        failure = replace(FAILURE, message=Words(said), code=said)
        return status_of([replace(RECORD, state=State.FAILED, failure=failure)], "en")

    assert_harmless(markup(typed), markup("x"))


def test_remarks_are_escaped_in_the_status(typed: str):
    def markup(said: str) -> str:
        return status_of([replace(RECORD, response={"data": {"rephraser_result": said}})], "en")

    assert_harmless(markup(typed), markup("x"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_an_edit_without_a_picture_has_a_text(state: str, language: str):
    text = Page(status_of([replace(RECORD, state=State(state))], language)).text
    assert len(text.removeprefix("7").strip()) >= 2


@pytest.mark.parametrize("state", ["queued", "sent", "done"])
def test_the_status_does_not_repeat_what_the_tile_shows(state: str):
    assert status_of([replace(RECORD, state=State(state))], "en") == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "7 failed: Refused. [50411]"), ("zh", "7 失败: Refused. [50411]")],
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


def test_a_shared_reason_is_shown_once():
    failed = replace(RECORD, state=State.FAILED, failure=replace(FAILURE, code=None))
    params = replace(RECORD.recipe.params, seed=8)
    other = replace(failed, recipe=replace(RECORD.recipe, params=params))
    assert Page(status_of([failed, other], "en")).text == "7, 8 failed: Refused."


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "rate limited, retrying in 4 s (2 of 5): Too many calls."),
        ("zh", "已限流，4 秒后重试（第 2/5 次）: Too many calls."),
    ],
)
def test_a_wait_says_why_how_long_and_which_attempt(language: str, words: str):
    waits = {RECORD.id: Wait(BUSY, 4.2, 2, 5)}
    assert words in Page(status_of([replace(RECORD, state=State.SENT)], language, waits)).text


def test_different_waits_are_shown_separately():
    other = replace(RECORD, id="20260102T030405000006Z-ffffffff", state=State.SENT)
    waits = {other.id: Wait(BUSY, 4.2, 2, 5)}
    assert "retrying" not in status_of([RECORD], "en", waits)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BUSY, "rate limited"),
        (UnreachableError(Words("Cannot be reached.")), "unreachable"),
        (ServiceError(Words("It failed.")), "the service failed"),
    ],
)
def test_every_retryable_error_has_a_short_reason(error: VolceditError, words: str):
    waits = {RECORD.id: Wait(error, 2.0, 2, 4)}
    text = Page(status_of([replace(RECORD, state=State.SENT)], "en", waits)).text
    assert f"{words}, retrying in 2 s (2 of 4): {str(error.words)}" in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "7 being generated; polling failed (no response), trying again"),
        ("zh", "7 任务生成中；查询失败（没有响应），正在重试"),
    ],
)
def test_a_lost_poll_is_shown_in_the_status_and_the_tile(language: str, words: str):
    polls = {RECORD.id: Poll(3, "generating", LOST)}
    assert Page(status_of([ASKED], language, polls=polls)).text == words
    assert words.removeprefix("7 ") in Page(tiles([ASKED], {}, {}, NOW, language, polls)).text


def test_a_lost_poll_is_not_said_to_be_charged():
    polls = {RECORD.id: Poll(3, "generating", LOST)}
    assert "charged" not in status_of([ASKED], "en", polls=polls)


@pytest.mark.parametrize("error", [BUSY, LOST])
def test_a_lost_poll_is_not_shown_after_the_task_has_ended(error: VolceditError):
    polls = {RECORD.id: Poll(3, "generating", error)}
    assert status_of([RECORD], "en", polls=polls) == ""


def test_a_successful_poll_is_not_shown_as_trouble():
    assert status_of([ASKED], "en", polls={RECORD.id: Poll(3, "generating", None)}) == ""


@pytest.mark.parametrize(("state", "said"), [("done", True), ("failed", False), ("sent", False)])
def test_a_remark_is_shown_once(state: str, said: bool):
    response = {"data": {"rephraser_result": "add falling snow"}}
    records = [replace(RECORD, state=State(state), response=response)] * 3
    assert status_of(records, "en").count("Understood as: add falling snow") == said


def test_a_plain_success_is_not_a_remark():
    assert "Success" not in status_of([replace(RECORD, response=PUBLISHED)], "en")


@pytest.mark.parametrize(
    ("states", "seconds", "words"),
    [
        (["queued", "queued"], 0.0, "0 of 2 finished · 0 s"),
        (["done", "sent", "queued"], 9.4, "1 of 3 finished · 9 s"),
        (["failed", "sent"], 10.0, "1 of 2 finished · 10 s"),
        (["done", "failed"], 61.6, "1 of 2 done · 62 s"),
    ],
)
def test_a_run_shows_its_progress(states: list[str], seconds: float, words: str):
    text = Page(status_of_run(run_of(*states).snapshot(), seconds, "en")).text
    assert text.startswith(words)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (["done", "sent"], "Stopped: 1 of 2 done. 1 already sent;"),
        (["done", "stopped"], "Stopped: 1 of 2 done."),
    ],
)
def test_a_stopped_run_says_what_is_still_running(states: list[str], words: str):
    run = run_of(*states)
    run.stop()
    assert status_of_run(run.snapshot(), 1.0, "en").startswith(f"<p>{words}")


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
        status_of_run(run.snapshot(), 1.0, "en")
    thread.join(10)
    assert over.is_set()
