"""Searching, starring, annotating, selecting and deleting in the history, as a visitor does it."""

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


def search(studio: Studio, words: str) -> None:
    studio["find"].locator("[type=search]").fill(words)


def row_of(studio: Studio, prompt: str) -> Locator:
    return studio.rows.filter(has_text=prompt)


def test_edits_are_selected_deleted_undone_found_starred_and_noted_over_reloads(
    visit: Callable[..., Studio], app: App, server: Gateway
) -> None:
    # Three edits, from the oldest: snow, refused rain, sunset.
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

    # Several are selected and deleted, and a deletion is undone, also after a reload.
    bulk = studio["history"].locator(".bulk")
    expect(bulk).to_be_hidden()
    for prompt in ("make it snow", "sunset"):
        row_of(studio, prompt).get_by_role("checkbox").check()
    expect(bulk).to_contain_text("2 selected")
    studio["history"].locator("[data-many=delete_some]").click()
    expect(studio.rows).to_have_count(1)
    expect(studio["history-note"]).to_contain_text("2 edits deleted")
    studio["undo"].click()
    expect(studio.rows).to_have_count(3)
    expect(studio["undo"]).to_be_hidden()
    studio["delete-all"].click()
    studio["delete-all-sure"].click()
    expect(studio.rows).to_have_count(0)
    studio["undo"].click()
    expect(studio.rows).to_have_count(3)
    expect(studio["undo"]).to_be_hidden()

    # What is deleted is no longer selected.
    expect(bulk).to_be_hidden()
    for prompt in ("make it snow", "sunset"):
        row_of(studio, prompt).get_by_role("checkbox").check()
    row_of(studio, "sunset").get_by_role("button", name="Delete").click()
    expect(studio.rows).to_have_count(2)
    expect(bulk).to_contain_text("1 selected")
    studio["delete-all"].click()
    studio["delete-all-sure"].click()
    expect(studio.rows).to_have_count(0)
    studio.open()  # what can be undone outlives the page
    studio["undo"].click()
    expect(studio.rows).to_have_count(3)
    expect(bulk).to_be_hidden()

    # The totals, and what the next run costs.
    expect(studio["totals"]).to_contain_text("3 edits, 2 with a picture")
    expect(studio["totals"]).to_contain_text("2 paid, 0.40 CNY")
    expect(studio["totals"]).to_contain_text("usually 9.5 s")
    expect(studio["totals"]).to_contain_text("Limit: 50.0 MB")
    expect(studio["cost"]).to_have_text("This run: 0.20 CNY")
    studio.set_number("count", 4)
    expect(studio["cost"]).to_have_text("This run: 0.80 CNY")
    studio.set_number("count", 1)

    # Words, state, seed and star narrow the history.
    note = row_of(studio, "make it snow").get_by_role("textbox", name="Note")
    note.fill("für Anna")
    note.press("Enter")
    search(studio, "ANNA")
    expect(studio.rows).to_have_count(1)
    expect(studio.rows).to_contain_text("make it snow")
    expect(studio["history-note"]).to_contain_text("1 found")
    search(studio, "nothing like it")
    expect(studio["history"]).to_contain_text("No matches")
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
    bar.get_by_label("Order").select_option("newest")
    expect(studio.rows.first).to_contain_text("sunset")
    expect(studio.rows).to_have_count(3)

    # A note being written stays with its edit when rows move.
    row_of(studio, "rain").get_by_role("button", name="Star").click()
    expect(row_of(studio, "rain").locator(".star")).to_have_attribute("aria-pressed", "true")
    row_of(studio, "rain").get_by_role("textbox", name="Note").fill("too wet {{x}} <b>")
    note = row_of(studio, "sunset").get_by_role("textbox", name="Note")
    note.press_sequentially("half a")
    studio.page.evaluate("document.querySelector('#run').click()")
    expect(studio.rows).to_have_count(4)
    studio.page.keyboard.type(" word")
    with studio.page.expect_response(lambda it: "half a word" in (it.request.post_data or "")):
        studio.page.keyboard.press("Tab")
    noted = ["", "half a word", "too wet {{x}} <b>", "für Anna"]
    for number, text in enumerate(noted):
        expect(studio.rows.nth(number).get_by_role("textbox", name="Note")).to_have_value(text)

    # Stars and notes are there after a reload.
    studio.open()
    for number, text in enumerate(noted):
        expect(studio.rows.nth(number).get_by_role("textbox", name="Note")).to_have_value(text)
    for number, starred in enumerate(("false", "true", "true", "false")):
        star = studio.rows.nth(number).locator(".star")
        expect(star).to_have_attribute("aria-pressed", starred)
