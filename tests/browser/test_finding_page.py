"""Finding, starring, noting, picking and deleting in the history, as a visitor does it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.answering import DONE, REFUSED
from tests.support.gateway import Gateway, reply
from tests.support.served import App
from tests.support.studio import PHOTOS, Studio


@pytest.fixture(scope="module")
def app(server: Gateway, start_app: Callable[..., App]) -> App:
    return start_app(
        VOLCEDIT_BASE_URL=server.url,
        VOLCEDIT_API_KEY="k",
        VOLCEDIT_MAX_ATTEMPTS="1",
        VOLCEDIT_PRICE="0.2",
        VOLCEDIT_CURRENCY="CNY",
        VOLCEDIT_NOTEBOOK_MB="50",
    )


@pytest.fixture
def studio(visit: Callable[..., Studio], app: App, server: Gateway) -> Studio:
    """A visitor with three edits, from the oldest: snow, refused rain, sunset."""
    server.script(
        reply(200, DONE | {"time_elapsed": "9.5s"}), reply(400, REFUSED), reply(200, DONE)
    )
    studio = visit(app)
    studio.choose_photo(PHOTOS / "chelsea.png")
    for seed, prompt in enumerate(("make it snow", "rain", "sunset"), 1):
        studio.write(prompt)
        studio.set_number("seed", seed)
        studio.run()
    expect(studio.rows).to_have_count(3)
    return studio


def search(studio: Studio, words: str) -> None:
    studio["find"].locator("[type=search]").fill(words)


def row_of(studio: Studio, prompt: str) -> Locator:
    return studio.rows.filter(has_text=prompt)


def test_words_state_seed_and_star_narrow_the_history_down(studio: Studio) -> None:
    note = row_of(studio, "sunset").get_by_role("textbox", name="Note")
    note.fill("für Anna")
    note.press("Enter")
    search(studio, "ANNA")
    expect(studio.rows).to_have_count(1)
    expect(studio.rows).to_contain_text("sunset")
    expect(studio["history-note"]).to_contain_text("1 found")
    search(studio, "nothing like it")
    expect(studio["history"]).to_contain_text("Nothing here is like that")
    search(studio, "")
    expect(studio.rows).to_have_count(3)
    bar = studio["find"]
    bar.get_by_label("Which").select_option("failed")
    expect(studio.rows).to_have_count(1)
    expect(studio.rows).to_contain_text("rain")
    bar.get_by_label("Which").select_option("")
    bar.get_by_text("More filters").click()
    bar.get_by_label("Seed", exact=True).fill("2-3")
    expect(studio.rows).to_have_count(2)
    row_of(studio, "sunset").get_by_role("button", name="Star").click()
    bar.get_by_label("starred").check()
    expect(studio.rows).to_have_count(1)
    expect(studio.rows).to_contain_text("sunset")
    bar.get_by_label("starred").uncheck()
    bar.get_by_label("Seed", exact=True).fill("")
    bar.get_by_label("Order").select_option("oldest")
    expect(studio.rows.first).to_contain_text("make it snow")


def test_a_star_and_a_note_are_there_after_a_reload(studio: Studio) -> None:
    row_of(studio, "rain").get_by_role("button", name="Star").click()
    expect(row_of(studio, "rain").locator(".star")).to_have_attribute("aria-pressed", "true")
    row_of(studio, "rain").get_by_role("textbox", name="Note").fill("too wet {{x}} <b>")
    with studio.page.expect_response(lambda it: "/queue/join" in it.url):
        studio.page.keyboard.press("Tab")
    studio.open()
    expect(row_of(studio, "rain").locator(".star")).to_have_attribute("aria-pressed", "true")
    note = row_of(studio, "rain").get_by_role("textbox", name="Note")
    expect(note).to_have_value("too wet {{x}} <b>")


def test_a_note_being_written_stays_with_its_edit_when_rows_move(studio: Studio) -> None:
    row_of(studio, "rain").get_by_role("textbox", name="Note").fill("kept")
    note = row_of(studio, "sunset").get_by_role("textbox", name="Note")
    note.press_sequentially("half a")
    studio.page.evaluate("document.querySelector('#run').click()")
    expect(studio.rows).to_have_count(4)
    studio.page.keyboard.type(" word")
    with studio.page.expect_response(lambda it: "half a word" in (it.request.post_data or "")):
        studio.page.keyboard.press("Tab")
    told = ["", "half a word", "kept", ""]
    for _ in range(2):
        for number, text in enumerate(told):
            expect(studio.rows.nth(number).get_by_role("textbox", name="Note")).to_have_value(text)
        studio.open()


def test_several_are_picked_deleted_and_taken_back(studio: Studio) -> None:
    expect(studio["history"].locator(".bulk")).to_be_hidden()
    for prompt in ("make it snow", "sunset"):
        row_of(studio, prompt).get_by_role("checkbox").check()
    expect(studio["history"].locator(".bulk")).to_contain_text("2 picked")
    studio["history"].locator("[data-many=delete_some]").click()
    expect(studio.rows).to_have_count(1)
    expect(studio["history-note"]).to_contain_text("2 deleted")
    studio["undo"].click()
    expect(studio.rows).to_have_count(3)
    expect(studio["undo"]).to_be_hidden()
    studio["delete-all"].click()
    studio["delete-all-sure"].click()
    expect(studio.rows).to_have_count(0)
    studio["undo"].click()
    expect(studio.rows).to_have_count(3)


def test_what_is_deleted_is_not_picked_any_more(studio: Studio) -> None:
    for prompt in ("make it snow", "sunset"):
        row_of(studio, prompt).get_by_role("checkbox").check()
    row_of(studio, "sunset").get_by_role("button", name="Delete").click()
    expect(studio.rows).to_have_count(2)
    expect(studio["history"].locator(".bulk")).to_contain_text("1 picked")
    studio["delete-all"].click()
    studio["delete-all-sure"].click()
    expect(studio.rows).to_have_count(0)
    studio.open()  # what can be undone outlives the page
    studio["undo"].click()
    expect(studio.rows).to_have_count(3)
    expect(studio["history"].locator(".bulk")).to_be_hidden()


def test_what_all_comes_to_and_what_the_next_run_costs_is_told(studio: Studio) -> None:
    expect(studio["totals"]).to_contain_text("Edits: 3, with a picture: 2")
    expect(studio["totals"]).to_contain_text("paid for: 2, 0.40 CNY")
    expect(studio["totals"]).to_contain_text("9.5 s in the median")
    expect(studio["totals"]).to_contain_text("kept within 50.0 MB")
    expect(studio["cost"]).to_have_text("This run: 0.20 CNY")
    studio.set_number("count", 4)
    expect(studio["cost"]).to_have_text("This run: 0.80 CNY")
