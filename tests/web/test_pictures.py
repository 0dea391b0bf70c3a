"""The strip of results, and the selected one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.showing import (
    BUSY,
    BY_LINK,
    FAILURE,
    LOST,
    NOW,
    PHOTO,
    RECORD,
    Page,
    assert_harmless,
    with_prompt,
)
from volcedit.notebook.records import Failure, Record, State
from volcedit.service.transport import Wait
from volcedit.web.edit.pictures import ideas, snippets, stage, tiles


def tiles_of(record: Record, *, path: str = "", wait: Wait | None = None) -> Page:
    paths, waits = ({record.id: path} if path else {}), ({record.id: wait} if wait else {})
    return Page(tiles([record], paths, waits, NOW, "en"))


@pytest.mark.parametrize("state", ["queued", "sent"])
def test_an_unfinished_edit_has_a_placeholder_that_counts_seconds(state: str):
    page = tiles_of(replace(RECORD, state=State(state)))
    assert page.values("style") == ["aspect-ratio: 30/20"]
    assert page.values("data-elapsed") == ["8.0"]
    assert page.values("data-action") == ["choose"]
    assert "img" not in page.tags


def test_a_pause_counts_down():
    page = tiles_of(replace(RECORD, state=State.SENT), wait=Wait(BUSY, 4.2, 2, 5))
    assert page.values("data-left") == ["4.2"]
    assert "rate limited, retrying in 4 s (2 of 5)" in page.text
    assert page.values("title") == ["Too many calls."]


def test_a_picture_can_be_selected_and_repeated():
    page = tiles_of(replace(RECORD, picture=PHOTO), path="/tmp/a b/snow.jpg")
    assert page.values("src") == ["gradio_api/file=/tmp/a%20b/snow.jpg"]
    assert page.values("data-action") == ["choose", "again", "renew"]
    assert "seed 7 · 2.2 s" in page.text
    assert "Picture 1 of 1: make it snow, seed 7" in page.values("aria-label")


@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_a_failed_edit_can_be_repeated(state: str):
    page = tiles_of(replace(RECORD, state=State(state)))
    assert page.values("data-action") == ["choose", "again", "renew"]


def test_without_results_there_is_no_html():
    assert tiles([], {}, {}, NOW, "en") == ""


def test_the_stage_shows_both_pictures_and_offers_the_file_under_its_name():
    page = Page(stage(RECORD, "/tmp/p.jpg", "/tmp/snow-seed-7.jpg", "en"))
    assert page.values("alt") == ["Result of: make it snow", "Photo of: make it snow"]
    assert page.values("download") == ["snow-seed-7.jpg"]


def test_the_stage_offers_the_file_with_its_recipe_and_the_original():
    after, inscribed = "/tmp/snow-seed-7-original.jpg", "/tmp/snow-seed-7.jpg"
    page = Page(stage(RECORD, "/tmp/p.jpg", after, "en", inscribed=inscribed))
    assert page.values("download") == ["snow-seed-7.jpg", "snow-seed-7-original.jpg"]
    assert page.values("href") == [f"gradio_api/file={path}" for path in (inscribed, after)]
    assert f"gradio_api/file={after}" in page.values("src")  # the original is what is shown


def test_the_stage_shows_the_photo_until_the_picture_is_ready():
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
def test_after_a_lost_response_the_stage_says_what_was_sent(language: str):
    page = Page(stage(ANSWER_LOST, "/tmp/p.jpg", None, language))
    assert DECISION[language] in page.text
    assert page.values("data-action") == ["resend", "renew"]
    assert page.values("datetime") == [ANSWER_LOST.sent_at]


def test_an_interrupted_call_that_was_sent_can_be_resent():
    interrupted = replace(ANSWER_LOST, state=State.SENT, failure=None)
    page = Page(stage(interrupted, "/tmp/p.jpg", None, "en", interrupted=True))
    assert DECISION["en"] in page.text
    assert page.values("data-action") == ["resend", "renew"]
    assert "img" not in page.tags


def test_an_edit_that_was_never_sent_can_just_be_repeated():
    queued = replace(RECORD, state=State.QUEUED)
    page = Page(stage(queued, "/tmp/p.jpg", None, "en", interrupted=True))
    assert page.values("data-action") == ["again", "renew"]
    assert "Sending it again" not in page.text


def test_a_tile_with_a_lost_response_offers_resend():
    page = tiles_of(ANSWER_LOST)
    assert page.values("data-action") == ["choose", "resend", "renew"]
    assert page.values("title") == ["Sending it again is your decision: it may be charged twice."]


def test_other_failures_do_not_offer_resend():
    failed = replace(ANSWER_LOST, failure=FAILURE)
    assert "resend" not in stage(failed, "/tmp/p.jpg", None, "en") + tiles(
        [failed], {}, {}, NOW, "en"
    )


UNPROVEN = {"en": "cannot be proven", "zh": "无法证明"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_for_a_linked_photo_the_stage_shows_only_the_picture(language: str):
    page = Page(stage(replace(BY_LINK, picture=PHOTO), None, "/tmp/snow.jpg", language))
    assert page.values("src") == ["gradio_api/file=/tmp/snow.jpg"]
    assert "input" not in page.tags
    assert "https://e.com/cat.jpg?token=1" in page.text and UNPROVEN[language] in page.text
    assert page.values("download") == ["snow.jpg"]


def test_for_a_linked_photo_no_photo_is_shown_while_waiting():
    page = Page(stage(replace(BY_LINK, state=State.SENT), None, None, "en"))
    assert "sent" in page.text and UNPROVEN["en"] in page.text
    assert page.values("data-action") == []
    assert "stage sent unseen" in page.values("class")


def test_a_failed_edit_of_a_linked_photo_can_be_repeated():
    page = Page(stage(replace(BY_LINK, state=State.FAILED, failure=FAILURE), None, None, "en"))
    assert "failed: Refused. [50411]" in page.text
    assert page.values("data-action") == ["again", "renew"]


def test_a_url_is_escaped_on_the_stage(typed: str):
    def markup(url: str) -> str:
        record = replace(BY_LINK, recipe=replace(BY_LINK.recipe, photo_url=url), state=State.SENT)
        return stage(record, None, None, "en")

    assert_harmless(markup(typed), markup("x"))


def test_a_prompt_is_escaped_in_the_results(typed: str):
    def markup(prompt: str) -> str:
        record = with_prompt(prompt)
        large = stage(record, "/tmp/p.jpg", "/tmp/q.jpg", "en")
        small = tiles([record], {record.id: "/tmp/q.jpg"}, {}, NOW, "en")
        return large + small + ideas([prompt], "en") + snippets({"cURL": prompt}, None, "en")

    assert_harmless(markup(typed), markup("x"))


def test_a_picture_that_could_not_be_saved_is_shown_with_the_reason():
    failed = replace(RECORD, state=State.FAILED, failure=FAILURE)
    page = Page(stage(failed, "/tmp/photo.jpg", "/tmp/snow.jpg", "en"))
    assert "gradio_api/file=/tmp/snow.jpg" in page.values("src")
    assert FAILURE.told("en") in page.text
    assert not any("unseen" in name for name in page.values("class"))
