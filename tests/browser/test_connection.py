"""What the page says of the service it speaks to, and what it offers of each model."""

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


@pytest.fixture
def at_gateway(visit: Callable, start_app: Callable, server: Gateway) -> Studio:
    server.requests.clear()
    return visit(start_app(VOLCEDIT_BASE_URL=server.url, VOLCEDIT_API_KEY=KEY))


def test_what_is_in_force_says_where_it_comes_from(at_gateway: Studio, server: Gateway) -> None:
    studio = at_gateway
    studio["connection"].get_by_role("button").first.click()
    facts = studio["facts"]
    expect(facts).to_contain_text("a gateway from VOLCEDIT_BASE_URL")
    expect(facts).to_contain_text(f"{server.url.removeprefix('http://')} from VOLCEDIT_BASE_URL")
    expect(facts).to_contain_text("byteedit_v2.0 by default")
    expect(facts).to_contain_text("set from VOLCEDIT_API_KEY")
    assert KEY not in studio.page.content()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(200, {"code": 10000, "data": {"status": "not_found"}}), "answers and takes the key"),
        (reply(400, {"code": 50200, "message": "invalid", "data": None}), "takes the key"),
        (reply(400, {"code": 50402, "message": "no action", "data": None}), "Only an edit can"),
        (reply(404, {"error": {"message": "no route"}}), "only an edit can tell"),
        (reply(401, {"error": {"message": "wrong key"}}), "key"),
        (close_unanswered(), "did not answer"),
    ],
    ids=["not-found", "vendor", "no-action", "not-there", "key-refused", "lost"],
)
def test_a_connection_is_tested_without_an_edit(
    at_gateway: Studio, server: Gateway, answer: object, said: str
) -> None:
    server.script(answer)
    at_gateway["connection"].get_by_role("button").first.click()
    at_gateway["test-connection"].click()
    expect(at_gateway["connection-note"]).to_contain_text(said, ignore_case=True)
    (request,) = server.requests
    assert request.query["Action"] == "CVSync2AsyncGetResult"


def test_the_sandbox_says_what_it_is(studio: Studio) -> None:
    studio["connection"].get_by_role("button").first.click()
    expect(studio["facts"]).to_contain_text("not SeedEdit by default")
    studio["test-connection"].click()
    expect(studio["connection-note"]).to_contain_text("costs nothing and is not SeedEdit")


def test_a_model_hides_what_it_lacks_and_comes_back_with_its_edit(studio: Studio) -> None:
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


def test_an_app_for_a_later_model_begins_with_it(
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
