"""The HTML below a picture: verdicts, repeats, changes, chains."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.showing import PHOTO, RECORD, TYPED, Page, assert_harmless, run_of, with_prompt
from volcedit.errors import PhotoError
from volcedit.jobs.run import Run
from volcedit.notebook.records import Record
from volcedit.pictures.comparing import Stability
from volcedit.types import State, Touched, Verdict, VerdictKind, Words
from volcedit.web.edit import evidence
from volcedit.web.edit.pictures import stage, tiles
from volcedit.web.edit.status import status_of_run

FIRST = replace(RECORD, picture=PHOTO)
OTHER_ID = "20260102T030405000007Z-0123abcd"
NEAR = Verdict(VerdictKind.NEAR, (9, 12, 30), (0.25, 0.5, 1.25), 0.004, 41.26)
SAME = Verdict(VerdictKind.SAME_BYTES, (0, 0, 0), (0.0, 0.0, 0.0), 0.0, None)


def repeat(verdict: Verdict | None, **changes: object) -> Record:
    return replace(FIRST, id=OTHER_ID, replay_of=FIRST.id, verdict=verdict, **changes)


def verdict_of(record: Record, first: Record | None = FIRST, language: str = "en") -> Page:
    return Page(evidence.verdict(record, first, None, language))


# ── the verdict ──────────────────────────────────────────────────────────────────────────────


def test_an_original_has_no_verdict():
    assert evidence.verdict(FIRST, None, None, "en") == ""


@pytest.mark.parametrize("state", ["queued", "sent", "failed", "stopped"])
def test_a_repeat_without_a_picture_has_no_verdict(state: str):
    assert evidence.verdict(repeat(None, state=State(state)), FIRST, None, "en") == ""


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (SAME, "Identical"),
        (replace(SAME, kind=VerdictKind.SAME_PIXELS), "Identical pixels"),
        (NEAR, "Almost identical"),
        (replace(NEAR, kind=VerdictKind.DRIFTED), "Different"),
        (None, "No verdict"),
    ],
)
def test_every_verdict_has_a_text(verdict: Verdict | None, words: str):
    assert verdict_of(repeat(verdict)).text.startswith(words)


def test_a_difference_is_shown_with_its_numbers():
    text = verdict_of(repeat(NEAR)).text
    assert "PSNR 41.3 dB; 0.4 % of the pixels differ by more than 16 of 255." in text
    assert "red, green, blue: 9 / 12 / 30; mean: 0.2 / 0.5 / 1.2." in text


def test_a_different_size_is_reported_without_numbers():
    text = verdict_of(repeat(Verdict(VerdictKind.DRIFTED, None, None, 1.0, None))).text
    assert "The pictures have different sizes." in text
    assert "PSNR" not in text


def test_identical_pictures_are_shown_without_numbers():
    assert "PSNR" not in verdict_of(repeat(SAME)).text


def test_a_repeat_at_another_service_says_so():
    elsewhere = replace(FIRST.recipe, host="other:2")
    text = verdict_of(repeat(SAME, recipe=elsewhere)).text
    assert "Made by different services: the first by gw:1, this one by other:2." in text
    assert "elsewhere" not in verdict_of(repeat(SAME)).text


def test_the_original_can_be_opened_unless_it_was_deleted():
    assert verdict_of(repeat(SAME)).values("data-id") == [FIRST.id]
    assert verdict_of(repeat(None), None).values("data-id") == []


def test_a_difference_is_shown():
    page = Page(evidence.verdict(repeat(NEAR), FIRST, "/tmp/a difference.png", "en"))
    assert page.values("src") == ["gradio_api/file=/tmp/a%20difference.png"]


@pytest.mark.parametrize(
    ("verdict", "first", "can_differ"),
    [
        (NEAR, FIRST, True),
        (SAME, FIRST, False),
        (None, FIRST, False),
        (NEAR, replace(FIRST, picture=None), False),
        (NEAR, None, False),
    ],
)
def test_a_difference_is_offered_where_there_is_one(
    verdict: Verdict | None, first: Record | None, can_differ: bool
):
    page = verdict_of(repeat(verdict), first)
    assert ("differ" in page.values("data-action")) is can_differ
    assert page.values("src") == []


def test_a_tile_shows_the_verdict():
    text = Page(tiles([repeat(NEAR)], {}, {}, None, "en")).text
    assert "seed 7 · 2.2 s · almost identical" in text


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0.0 %"), (0.0004, "< 0.1 %"), (0.004, "0.4 %"), (0.98437, "98.4 %"),
        (0.9996, "> 99.9 %"), (1.0, "100.0 %"),
    ],
)  # fmt: skip
def test_shares_are_not_rounded_to_0_or_100_percent(share: float, words: str):
    assert evidence.share_name(share) == words


# ── repeats ──────────────────────────────────────────────────────────────────────────────────


def test_without_repeats_there_is_no_summary():
    assert evidence.stability(Stability(), "en") == ""


def test_repeats_are_summarised():
    summary = Stability({VerdictKind.SAME_BYTES: 3, VerdictKind.DRIFTED: 1}, worst_psnr_db=22.46)
    assert Page(evidence.stability(summary, "en")).text == (
        "4 repeats: 3 identical, 1 different. The worst PSNR is 22.5 dB."
    )
    assert Page(evidence.stability(summary, "zh")).text == (
        "重复 4 次：3 次完全相同、1 次不同。最低 PSNR 为 22.5 dB。"
    )


# ── changes ──────────────────────────────────────────────────────────────────────────────────


def test_changes_are_described_with_their_box():
    text = Page(evidence.touched(Touched(0.984, 1.26, (10, 20, 110, 70)), "en")).text
    assert text.startswith("98.4 % of the photo is unchanged. Mean change 1.3")
    assert text.endswith("the frame: 100×50 px, 10 px from the left and 20 px from the top.")


def test_without_changes_there_is_no_box():
    nothing = Touched(1.0, 0.0, None)
    assert "frame" not in Page(evidence.touched(nothing, "en")).text
    assert evidence.box_style(nothing, 100, 100) == ""


def test_the_box_is_positioned_on_the_picture():
    style = evidence.box_style(Touched(0.5, 1.0, (50, 20, 150, 70)), 200, 100)
    assert style == "left: 25.000%; top: 20.000%; width: 50.000%; height: 50.000%"


def test_the_heat_map_is_requested_and_then_shown():
    before = Page(stage(FIRST, "/tmp/p.jpg", "/tmp/q.jpg", "en"))
    assert before.values("data-action") == ["changed", "replay", "repeat", "renew"]
    assert before.values("data-view") == ["cut", "after", "cut", "heat"]
    after = Page(stage(FIRST, "/tmp/p.jpg", "/tmp/q.jpg", "en", heat="/tmp/h.jpg", box="left: 1%"))
    assert after.values("data-action") == ["replay", "repeat", "renew"]
    assert after.values("data-view")[0] == "heat"
    assert "gradio_api/file=/tmp/h.jpg" in after.values("src")
    assert after.values("aria-pressed") == ["false", "false", "true"]


# ── chains ───────────────────────────────────────────────────────────────────────────────────

CHILD = replace(FIRST, id=OTHER_ID, parent=FIRST.id)
LEAVES = [evidence.Leaf(0, FIRST, b"jpeg"), evidence.Leaf(1, CHILD, None)]


def test_a_single_edit_is_not_a_chain():
    assert evidence.lineage(FIRST.id, (FIRST.id,), LEAVES[:1], 0, "en") == ""


def test_a_tree_can_be_navigated_and_its_chain_repeated():
    page = Page(evidence.lineage(CHILD.id, (FIRST.id, CHILD.id), LEAVES, 0, "en"))
    assert page.values("data-action") == ["choose", "choose", "chain", "chain_on_photo"]
    assert page.values("data-id") == [FIRST.id, CHILD.id, CHILD.id, CHILD.id]
    assert page.values("style") == ["--depth: 0", "--depth: 1"]
    assert "Run the chain again (2 steps)" in page.text


def test_the_first_edit_has_branches_but_no_chain_to_run():
    page = Page(evidence.lineage(FIRST.id, (FIRST.id,), LEAVES, 0, "en"))
    assert page.values("data-action") == ["choose", "choose"]
    assert page.values("aria-current") == ["true"]


def test_the_number_of_hidden_edits_is_shown():
    assert (
        "12 more are not shown."
        in Page(evidence.lineage(FIRST.id, (FIRST.id,), LEAVES, 12, "en")).text
    )


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_a_prompt_is_escaped_in_a_tree(typed: str):
    def markup(prompt: str) -> str:
        leaves = [evidence.Leaf(0, with_prompt(prompt), None), LEAVES[1]]
        return evidence.lineage(CHILD.id, (FIRST.id, CHILD.id), leaves, 0, "en")

    assert_harmless(markup(typed), markup("x"))


def chain_of(*states: str, steps: int) -> Run:
    return Run(None, run_of(*states).records, lambda: None, steps=steps)


def test_a_chain_counts_its_remaining_steps():
    text = Page(status_of_run(chain_of("done", "sent", steps=3).snapshot(), 1.0, "en")).text
    assert text.startswith("1 of 3 finished")


def test_a_chain_that_ended_early_says_where():
    run = chain_of("done", "failed", steps=3)
    run.break_off()
    text = Page(status_of_run(run.snapshot(), 1.0, "en")).text
    assert text.startswith("1 of 3 done")
    assert "The chain stopped at step 2 of 3. Later steps were neither sent nor recorded." in text


def test_a_chain_says_why_a_picture_cannot_be_the_next_photo():
    run = chain_of("done", steps=2)
    run.break_off(PhotoError(Words("Too long.")))
    assert "Too long." in Page(status_of_run(run.snapshot(), 1.0, "en")).text


@pytest.mark.parametrize(
    ("states", "steps"),
    [(["done", "done"], 2), (["done", "sent"], 3), (["done", "failed"], 2)],
)
def test_a_complete_chain_has_no_such_message(states: list[str], steps: int):
    assert "chain" not in status_of_run(chain_of(*states, steps=steps).snapshot(), 1.0, "en")
