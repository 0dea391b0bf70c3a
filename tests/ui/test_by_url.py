"""A photo by its address, and what was sent and never answered, with a gateway on loopback."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator

import pytest
from gateway import Gateway, close_unanswered, reply
from playwright.sync_api import expect
from served import App
from studio import PHOTOS, Studio

ROCKET = (PHOTOS / "rocket.jpg").read_bytes()


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    with Gateway() as gateway:
        yield gateway


@pytest.fixture(scope="module")
def app(server: Gateway, start_app: Callable[..., App]) -> App:
    return start_app(VOLCEDIT_BASE_URL=server.url, VOLCEDIT_API_KEY="k", VOLCEDIT_MAX_ATTEMPTS="2")


@pytest.fixture
def done() -> dict:
    """An answer with a picture."""
    picture = base64.b64encode(ROCKET).decode()
    return {"code": 10000, "data": {"binary_data_base64": [picture]}, "request_id": "r-1"}


@pytest.fixture
def gateway(server: Gateway) -> Gateway:
    server.requests.clear()
    return server


@pytest.fixture
def studio(visit: Callable[..., Studio], app: App, gateway: Gateway) -> Studio:
    return visit(app)


# ── sent, and never answered ─────────────────────────────────────────────────────────────────


def test_what_was_never_answered_is_sent_again_by_decision(
    studio: Studio, gateway: Gateway, done: dict
) -> None:
    gateway.script(close_unanswered(), reply(200, done))
    studio.edit("make it snow", seed=77)
    stage = studio["compare"]
    expect(stage).to_contain_text("may be charged twice")
    size_kb = round(len(gateway.requests[0].body) / 1000)
    expect(stage).to_contain_text(f", {size_kb} KB.")
    studio.write("something else")
    stage.get_by_role("button", name="Send again").click()
    expect(studio.pictures).to_have_count(1)
    expect(studio.rows).to_have_count(2)
    first, second = gateway.requests
    assert first.body == second.body


def test_what_went_to_another_service_is_not_sent_again_to_this_one(
    studio: Studio, gateway: Gateway, gateway_of_ones_own: Gateway
) -> None:
    gateway_of_ones_own.script(close_unanswered())
    studio["connection"].get_by_role("button").first.click()
    studio["gateway"].locator("input").fill(gateway_of_ones_own.url)
    studio["api-key"].locator("input").fill("canary-key-1234")
    studio["api-key"].locator("input").press("Enter")
    expect(studio["key-note"]).to_contain_text("set …1234")
    studio.edit("make it snow")
    studio["remove-key"].click()
    expect(studio["remove-key"]).to_be_hidden()
    studio["compare"].get_by_role("button", name="Send again").click()
    expect(studio.page.get_by_test_id("toast-body")).to_contain_text("Nothing was sent")
    assert (len(gateway_of_ones_own.requests), gateway.requests) == (1, [])


def test_in_the_results_too_it_is_called_sending_again(
    studio: Studio, gateway: Gateway, done: dict
) -> None:
    gateway.script(close_unanswered(), reply(200, done))
    studio.edit("make it snow")
    studio["results"].get_by_role("button", name="Send again").click()
    expect(studio.pictures).to_have_count(1)
    assert len({json.loads(it.body)["seed"] for it in gateway.requests}) == 1
