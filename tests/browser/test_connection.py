"""What the page says about the service it uses, and what it offers for each model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.support.gateway import Gateway, close_unanswered, reply
from tests.support.served import App
from tests.support.studio import PHOTOS, Studio

KEY = "canary-key-of-the-app"


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    with Gateway() as gateway:
        yield gateway


ANSWERS = [
    (reply(400, {"code": 50402, "message": "no action", "data": None}), "Only an edit can tell"),
    (reply(200, {"code": 10000, "data": {"status": "not_found"}}), "responds and accepts the key"),
    (reply(404, {"error": {"message": "no route"}}), "only an edit can tell whether"),
    (
        reply(400, {"code": 50200, "message": "invalid", "data": None}),
        "responds and accepts the key",
    ),
    (close_unanswered(), "did not respond"),
    (reply(401, {"error": {"message": "wrong key"}}), "key"),
]
"""Responses to a connection test, and what the page says. No two neighbours say the same."""


def test_each_setting_names_its_source_and_the_connection_is_tested_without_an_edit(
    visit: Callable, start_app: Callable, server: Gateway
) -> None:
    studio: Studio = visit(start_app(VOLCEDIT_BASE_URL=server.url, VOLCEDIT_API_KEY=KEY))
    studio["connection"].get_by_role("button").first.click()
    facts = studio["facts"]
    expect(facts).to_contain_text("a gateway from VOLCEDIT_BASE_URL")
    expect(facts).to_contain_text(f"{server.url.removeprefix('http://')} from VOLCEDIT_BASE_URL")
    expect(facts).to_contain_text("byteedit_v2.0 by default")
    expect(facts).to_contain_text("set from VOLCEDIT_API_KEY")
    assert KEY not in studio.page.content()

    for answer, said in ANSWERS:
        server.requests.clear()
        server.script(answer)
        studio["test-connection"].click()
        expect(studio["connection-note"]).to_contain_text(said, ignore_case=True)
        (request,) = server.requests
        assert request.query["Action"] == "CVSync2AsyncGetResult"


def test_the_sandbox_says_what_it_is_and_a_model_hides_unsupported_controls(
    studio: Studio,
) -> None:
    studio["connection"].get_by_role("button").first.click()
    expect(studio["facts"]).to_contain_text("not SeedEdit by default")
    studio["test-connection"].click()
    expect(studio["connection-note"]).to_contain_text("is free and is not SeedEdit")

    # A model is restored with its edit, and after a reload.
    studio["more"].get_by_role("button").first.click()
    studio["negative-prompt"].locator("input, textarea").fill("rain")
    studio["model"].get_by_label("jimeng_i2i_v30").check()
    expect(studio["negative-prompt"]).to_be_hidden()
    expect(studio["mode"]).to_be_hidden()
    studio["width"].locator("input").fill("640")
    studio["height"].locator("input").fill("100")
    studio.choose_photo(PHOTOS / "chelsea.png")
    studio.write("make it snow")
    studio["run"].click()
    expect(studio["width"]).to_contain_text("both be whole numbers from 512 to 2016")
    studio["height"].locator("input").fill("512")
    studio.run()
    expect(studio.pictures).to_have_count(1)
    body = studio.read_json("Request")["body"]
    assert (body["req_key"], body["width"], body["height"]) == ("jimeng_i2i_v30", 640, 512)
    assert "negative_prompt" not in body
    studio["model"].get_by_label("byteedit_v2.0").check()
    expect(studio["width"]).to_be_hidden()
    expect(studio["mode"]).to_be_visible()
    studio.rows.first.get_by_role("button", name="Restore").click()
    expect(studio["model"].get_by_label("jimeng_i2i_v30")).to_be_checked()
    expect(studio["width"].locator("input")).to_have_value("640")
    studio.open()
    expect(studio["model"].get_by_label("jimeng_i2i_v30")).to_be_checked()
    expect(studio["height"].locator("input")).to_have_value("512")


def test_an_app_set_to_a_newer_model_starts_with_it(
    visit: Callable, start_app: Callable, server: Gateway
) -> None:
    server.requests.clear()
    server.script(reply(400, {"code": 50200, "message": "no", "data": None}))
    app: App = start_app(VOLCEDIT_BASE_URL=server.url, VOLCEDIT_REQ_KEY="seededit_v3.0")
    studio: Studio = visit(app)
    expect(studio["provider"]).to_contain_text("seededit_v3.0")
    studio.edit("make it snow")
    (request,) = server.requests
    assert request.query["Action"] == "CVSync2AsyncSubmitTask"
    assert json.loads(request.body)["req_key"] == "seededit_v3.0"
