"""Whose money an edit costs: the owner's, within limits, or a visitor's own; over a restart too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from playwright.sync_api import expect

from tests.support.gateway import Gateway
from tests.support.running import DONE
from tests.support.served import App
from tests.support.studio import PHOTOS, Studio

OWNERS, VISITORS = "Bearer key-of-the-owner", "Bearer canary-of-a-visitor"
LIMIT = 3


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    with Gateway() as gateway:
        gateway.script(DONE)
        yield gateway


@pytest.fixture(scope="module")
def app(server: Gateway, start_app: Callable[..., App]) -> App:
    return start_app(
        VOLCEDIT_BASE_URL=server.url,
        VOLCEDIT_API_KEY=OWNERS.removeprefix("Bearer "),
        VOLCEDIT_EDITS_PER_HOUR=str(LIMIT),
    )


def paid(server: Gateway) -> list[str]:
    """The keys of all calls so far, in order."""
    return [request.headers["Authorization"] for request in server.requests]


def call(app: App, name: str, *values: object, **headers: str) -> list[dict] | str:
    """What an endpoint answers to a program, or the message of its error."""
    client = Client(app.url, verbose=False, analytics_enabled=False, headers=headers)
    try:
        return client.predict(*values, api_name=name)
    except AppError as error:
        return str(error)


def test_neither_a_new_cookie_nor_a_forged_address_makes_more_than_the_hours_edits(
    app: App, server: Gateway, visit: Callable[..., Studio]
) -> None:
    photo = handle_file(str(PHOTOS / "chelsea.png"))
    studio = visit(app)
    expect(studio["provider"]).to_contain_text("at the owner's cost")
    expect(studio["allowance"]).to_have_text("3 of 3 left this hour")
    studio.edit("make it snow")
    expect(studio["allowance"]).to_contain_text("2 of 3 left this hour")

    for number in range(4):
        cookie = f"volcedit_notebook=a-fresh-cookie-of-a-stranger-{number}"
        headers = {"Cookie": cookie, "X-Forwarded-For": f"198.51.100.{number}"}
        _, records = call(app, "/edit", photo, "make it snow", **headers)
        kinds = [record["error"] and record["error"]["kind"] for record in records]
        assert kinds == [None if number < 2 else "limit"]
    assert paid(server) == [OWNERS] * LIMIT

    studio.run()
    expect(studio["status"]).to_contain_text("The next is possible at")
    expect(studio["status"]).to_contain_text("UTC")
    expect(studio["allowance"]).to_contain_text("0 of 3 left this hour at your network address")
    assert paid(server) == [OWNERS] * LIMIT

    chinese = visit(app, locale="zh-CN")
    expect(chinese["provider"]).to_contain_text("由应用所有者付费")
    expect(chinese["allowance"]).to_contain_text("您所在网络地址本小时还可编辑 0 次")


def test_over_a_restart_a_visitors_key_is_not_replaced_by_the_owners(
    app: App, server: Gateway, visit: Callable[..., Studio]
) -> None:
    server.requests.clear()
    studio = visit(app)
    studio["connection"].get_by_role("button").first.click()
    studio["api-key"].locator("input").fill(VISITORS.removeprefix("Bearer "))
    studio["api-key"].locator("input").press("Enter")
    expect(studio["provider"]).to_contain_text("with your key")
    expect(studio["allowance"]).to_be_hidden()
    studio.edit("make it snow")  # the hour of this address is used up
    assert paid(server) == [VISITORS]
    record_id = studio.rows.first.get_attribute("data-id")

    # Left before, because Gradio empties an open page when it finds the app again.
    studio.page.goto("about:blank")
    app.stop()
    app.start()
    (cookie,) = [it for it in studio.context.cookies() if it["name"] == "volcedit_notebook"]
    headers = {"Cookie": f"volcedit_notebook={cookie['value']}"}
    photo = handle_file(str(PHOTOS / "chelsea.png"))
    for answer in (
        call(app, "/edit", photo, "make it snow", **headers),
        call(app, "/replay", record_id, **headers),
    ):
        assert "Enter it again" in answer
    studio.open()
    expect(studio["provider"]).to_contain_text("Nothing is sent")
    expect(studio["key-note"]).to_contain_text("Enter it again")
    studio["run"].click()
    expect(studio["status"]).to_contain_text("Nothing was sent: your key")
    assert paid(server) == [VISITORS]

    studio["remove-key"].click()
    expect(studio["provider"]).to_contain_text("at the owner's cost")
    studio.run()
    expect(studio["status"]).to_contain_text("The next is possible at")
    assert paid(server) == [VISITORS]
