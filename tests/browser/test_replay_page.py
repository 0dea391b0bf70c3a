"""Repeats on the page: one edit with its verdict, what an edit changed, whole chains."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.support.gateway import Answer, Gateway, reply
from tests.support.served import App
from tests.support.studio import PATIENCE_MS, PHOTOS, Studio


def press(studio: Studio, name: str | re.Pattern[str]) -> None:
    """Press a button of the large picture that starts a run, and wait until the run has ended."""
    studio.page.evaluate("document.querySelectorAll('#status p').forEach(p => p.id = 'old')")
    studio["compare"].get_by_role("button", name=name).click()
    studio["status"].locator("p:not(#old)").first.wait_for()
    expect(studio["stop"]).to_be_disabled(timeout=PATIENCE_MS)
    expect(studio["run"]).to_be_enabled(timeout=PATIENCE_MS)


def records_of(app: App, studio: Studio) -> list[dict[str, Any]]:
    """The visitor's records on disk, oldest first."""
    ids = studio.rows.evaluate_all("rows => rows.map(row => row.dataset.id)")
    paths = {path.stem: path for path in app.data_dir.glob("notebooks/*/records/*.json")}
    return [json.loads(paths[it].read_text()) for it in sorted(ids)]


def take_as_photo(studio: Studio) -> None:
    studio["use-as-input"].click()
    expect(studio["photo-note"]).to_contain_text("1248×832 JPEG")


def test_repeats_show_their_verdict_and_an_edit_shows_how_much_it_changed(
    studio: Studio, sandbox_app: App
) -> None:
    # A repeat is shown and recorded with its verdict.
    studio.edit("make it snow", seed=4127)
    press(studio, "Repeat & check")
    expect(studio["compare"].locator(".verdict")).to_contain_text("Identical")
    expect(studio["results"]).to_contain_text("identical")
    expect(studio.tiles).to_have_count(2)
    expect(studio.rows).to_have_count(2)
    first, again = records_of(sandbox_app, studio)
    assert (first["verdict"], again["replay_of"]) == (None, first["id"])
    assert again["verdict"]["kind"] == "same_bytes"
    studio["compare"].get_by_role("button", name="Show the first").click()
    expect(studio["compare"].locator("figure.stage")).to_have_attribute("data-id", first["id"])
    expect(studio["compare"]).to_contain_text("1 repeat: 1 identical.")

    # What an edit changed is shown with its numbers.
    studio.edit('add the text "hello"', seed=4127)
    expect(studio["compare"].locator("img.after")).to_have_attribute(
        "alt", 'Result of: add the text "hello"'
    )
    studio["compare"].get_by_role("button", name="Difference").click()
    expect(studio["compare"].locator("img.heat")).to_be_visible()
    expect(studio["compare"].locator(".touched")).to_contain_text(
        re.compile(r"\d\d\.\d % of the photo is unchanged")
    )
    expect(studio["compare"].locator(".box")).to_be_visible()
    record = records_of(sandbox_app, studio)[-1]
    assert record["recipe"]["params"]["prompt"] == 'add the text "hello"'
    assert 0.5 < record["touched"]["preserved_share"] < 1
    studio["compare"].get_by_role("button", name="Before and after").click()
    expect(studio["compare"].locator("img.heat")).to_be_hidden()
    expect(studio["compare"].get_by_role("slider")).to_be_visible()
    studio["compare"].get_by_role("button", name="Result").click()
    expect(studio["compare"].locator("img.before")).to_be_hidden()

    # Four repeats are summarized.
    press(studio, "Repeat 4 times")
    expect(studio["status"]).to_contain_text("4 repeats: 4 identical.")
    expect(studio["compare"]).to_contain_text("4 repeats: 4 identical.")
    expect(studio.tiles).to_have_count(5)


def test_a_chain_grows_even_after_reloads_and_is_repeated_on_its_photo_and_on_another(
    studio: Studio, sandbox_app: App
) -> None:
    # Three edits, each of the picture of the one before.
    studio.edit("make it snow", seed=4127)
    take_as_photo(studio)
    for _ in range(2):  # the first reload must leave the second what it found
        studio.open()
        expect(studio["image"].locator("img")).to_be_visible()
    studio.write("sunset")
    studio.run()
    expect(studio["compare"].locator(".lineage li")).to_have_count(2)
    take_as_photo(studio)
    studio.write("pencil sketch")
    studio.run()
    expect(studio["compare"].locator("img.after")).to_have_attribute(
        "alt", "Result of: pencil sketch"
    )

    leaves = studio["compare"].locator(".lineage li")
    expect(leaves).to_have_count(3)
    expect(leaves.nth(2).get_by_role("button")).to_have_attribute("aria-current", "true")
    press(studio, "Run the chain again (3 steps)")
    expect(studio.tiles).to_have_count(3)
    expect(studio["status"]).to_contain_text("3 of 3 done")
    expect(studio["results"].locator("li p", has_text="identical")).to_have_count(3)
    expect(studio.rows).to_have_count(6)
    records = records_of(sandbox_app, studio)
    firsts, again = records[:3], records[3:]
    assert [it["replay_of"] for it in again] == [it["id"] for it in firsts]
    assert [it["parent"] for it in again] == [None, again[0]["id"], again[1]["id"]]

    studio.choose_photo(PHOTOS / "coffee.png")
    press(studio, "Run the chain on the current photo")
    expect(studio.rows).to_have_count(9)
    anew = records_of(sandbox_app, studio)[6:]
    assert [it["recipe"]["params"] for it in anew] == [it["recipe"]["params"] for it in firsts]
    assert [it["replay_of"] for it in anew] == [None] * 3
    assert len({it["recipe"]["photo"]["sha256"] for it in (firsts[0], anew[0])}) == 2

    leaves = studio["compare"].locator(".lineage li")
    leaves.first.get_by_role("button").click()
    expect(studio["compare"].locator("figure.stage")).to_have_attribute("data-id", anew[0]["id"])


def answer_with(photo: str) -> Answer:
    picture = base64.b64encode((PHOTOS / photo).read_bytes()).decode()
    return reply(200, {"code": 10000, "data": {"binary_data_base64": [picture]}})


def test_the_difference_from_the_original_is_shown_on_request(
    visit: Callable[..., Studio], start_app: Callable[..., App], server: Gateway
) -> None:
    server.script(answer_with("coffee.png"), answer_with("rocket.jpg"))
    studio = visit(start_app(VOLCEDIT_BASE_URL=server.url, VOLCEDIT_API_KEY="k"))
    studio.edit("make it snow")
    press(studio, "Repeat & check")
    verdict = studio["compare"].locator(".verdict")
    expect(verdict).to_contain_text("Different")
    expect(verdict.locator("img")).to_have_count(0)
    verdict.get_by_role("button", name="The difference").click()
    expect(verdict.get_by_role("img", name="The difference")).to_be_visible()
    expect(verdict.get_by_role("button", name="The difference")).to_have_count(0)
