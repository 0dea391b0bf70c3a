"""A photo by its URL, and edits that were never answered, with a gateway on loopback."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.gateway import Exchange, Gateway, close_unanswered, reply
from tests.support.served import App
from tests.support.studio import PHOTOS, Studio

ROCKET = (PHOTOS / "rocket.jpg").read_bytes()


@pytest.fixture(scope="module")
def app(server: Gateway, start_app: Callable[..., App]) -> App:
    return start_app(VOLCEDIT_BASE_URL=server.url, VOLCEDIT_API_KEY="k", VOLCEDIT_MAX_ATTEMPTS="2")


@pytest.fixture
def done() -> dict:
    """A response with a picture."""
    picture = base64.b64encode(ROCKET).decode()
    return {"code": 10000, "data": {"binary_data_base64": [picture]}, "request_id": "r-1"}


@pytest.fixture
def gateway(server: Gateway) -> Gateway:
    server.requests.clear()
    return server


@pytest.fixture
def studio(visit: Callable[..., Studio], app: App, gateway: Gateway) -> Studio:
    return visit(app)


def picture_at(gateway: Gateway, path: str = "/pictures/rocket.jpg?size=large") -> str:
    return gateway.url + path


def type_address(studio: Studio, url: str) -> None:
    studio["photo-url"].locator("input").fill(url)


# ── fetched by the app ────────────────────────────────────────────────────────────────────────

NO_ADDRESS, NOT_PUBLIC = (
    "not the address of a picture",
    "only public https addresses",
)
# No two neighbours have the same message, or an old one could pass for a new one.
UNFETCHABLE = [
    ("", NO_ADDRESS),
    ("http://127.0.0.1:9/cat.jpg", NOT_PUBLIC),
    ("cat.jpg", NO_ADDRESS),
    ("https://100.100.100.200/latest/meta-data", NOT_PUBLIC),
    ("https://user:canary@example.com/cat.jpg", "user name or password"),
]


def test_a_picture_is_fetched_by_its_address_and_sent_byte_for_byte(
    studio: Studio, gateway: Gateway, done: dict
) -> None:
    # An address that cannot be fetched is explained at the field.
    field, note = studio["photo-url"].locator("input"), studio["photo-url-note"]
    expect(studio["fetch-photo"]).to_be_hidden()
    for url, said in UNFETCHABLE:
        type_address(studio, url)
        field.press("Enter")
        expect(note.locator(".error")).to_contain_text(said)
        expect(field).to_have_value(url)
    assert gateway.requests == []

    # The page says that it is fetching.
    release = threading.Event()

    def answer(exchange: Exchange) -> None:
        assert release.wait(30)
        reply(200, ROCKET)(exchange)

    gateway.script(answer, reply(200, done))
    type_address(studio, f" {picture_at(gateway)} ")
    studio["fetch-photo"].click()
    expect(note).to_contain_text("Fetching the picture from 127.0.0.1")
    expect(studio["fetch-photo"]).to_be_disabled()
    release.set()
    expect(studio["photo-note"]).to_contain_text("Sent unchanged, byte for byte")
    expect(note).to_contain_text("Fetched from 127.0.0.1")
    expect(field).to_have_value("")
    assert studio.fetch(studio["image"].locator("img").first) == ROCKET

    # Run does not ignore an address that was not fetched.
    type_address(studio, picture_at(gateway))
    studio.write("make it snow")
    studio["run"].click()
    expect(studio["photo-url"]).to_contain_text("not been fetched yet: press Fetch")
    assert len(gateway.requests) == 1
    type_address(studio, "")

    studio.run()
    expect(studio.pictures).to_have_count(1)
    asked, sent = gateway.requests
    assert (asked.method, asked.path, asked.query) == (
        "GET", "/pictures/rocket.jpg", {"size": "large"},
    )  # fmt: skip
    assert "Authorization" not in asked.headers
    [photo] = json.loads(sent.body)["binary_data_base64"]
    assert base64.b64decode(photo) == ROCKET


def test_an_address_without_a_picture_is_explained_in_chinese_too(
    visit: Callable[..., Studio], app: App, gateway: Gateway
) -> None:
    studio = visit(app, locale="zh-CN")
    for answer, said in [
        (reply(404), "无法获取图片：该地址上没有图片（HTTP 404）"),
        (reply(200, b"<html>sign in</html>"), "该文件不是可读取的图片"),
        (close_unanswered(), "该地址没有响应"),
    ]:
        gateway.script(answer)
        type_address(studio, picture_at(gateway))
        studio["fetch-photo"].click()
        expect(studio["photo-url-note"].locator(".error")).to_contain_text(said)
        expect(studio["image"].locator("img")).to_have_count(0)
        expect(studio["fetch-photo"]).to_be_enabled()


# ── left for the service to fetch ────────────────────────────────────────────────────────────


def send_link(studio: Studio, url: str) -> None:
    type_address(studio, url)
    studio["photo-way"].get_by_label("as a link").check()
    expect(studio["photo-url-note"]).to_contain_text("cannot be proven")
    studio.write("make it snow")


def test_a_link_is_sent_for_the_service_to_fetch_and_is_restored_and_rerun_unchanged(
    studio: Studio, gateway: Gateway, done: dict
) -> None:
    gateway.script(reply(200, done))
    studio.choose_photo(PHOTOS / "chelsea.png")
    send_link(studio, "https://example.com/cat.jpg?token=1")
    expect(studio["image"].locator("img")).to_have_count(0)
    expect(studio["fetch-photo"]).to_be_hidden()
    studio.set_number("seed", 77)
    studio.run()
    expect(studio.pictures).to_have_count(1)
    expect(studio["compare"]).to_contain_text("https://example.com/cat.jpg?token=1")
    expect(studio["compare"]).to_contain_text("cannot be proven")
    expect(studio["compare"].locator("img.after")).to_have_count(1)
    expect(studio.rows.first).to_contain_text("photo fetched by the service")
    (request,) = gateway.requests
    body = json.loads(request.body)
    assert body["image_urls"] == ["https://example.com/cat.jpg?token=1"]
    assert "binary_data_base64" not in body
    assert studio.read_json("Request")["body"] == body
    studio.show("Code")
    expect(studio["snippet"]).to_contain_text("the service fetches it from its address")

    studio.choose_photo(PHOTOS / "chelsea.png")  # which clears the address
    field, note = studio["photo-url"].locator("input"), studio["photo-url-note"]
    expect(field).to_have_value("")
    expect(note).not_to_contain_text("cannot be proven")
    studio.rows.first.get_by_role("button", name="Restore").click()
    expect(field).to_have_value("https://example.com/cat.jpg?token=1")
    expect(note).to_contain_text("cannot be proven")
    studio.run()
    studio["results"].get_by_role("button", name="Run again").last.click()
    expect(studio.rows).to_have_count(3)
    expect(studio["run"]).to_be_enabled()
    assert len(gateway.requests) == 3
    assert len({it.body for it in gateway.requests}) == 1
    studio.open()
    expect(field).to_have_value("https://example.com/cat.jpg?token=1")
    expect(studio["photo-way"].get_by_label("as a link")).to_be_checked()
    expect(note).to_contain_text("cannot be proven")


def test_the_sandbox_says_that_it_does_not_fetch_links(
    visit: Callable[..., Studio], sandbox_app: App
) -> None:
    studio = visit(sandbox_app)
    send_link(studio, "https://example.com/cat.jpg")
    studio.run()
    expect(studio["status"]).to_contain_text("the sandbox does not fetch")
    expect(studio["compare"]).to_contain_text("cannot be proven")


# ── sent, and never answered ─────────────────────────────────────────────────────────────────


def test_an_unanswered_edit_is_sent_again_on_request_but_never_to_another_account(
    studio: Studio, gateway: Gateway, other_gateway: Gateway, done: dict
) -> None:
    # From the large picture, whatever the composer holds by then.
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

    # The results call it sending again, too.
    expect(studio["run"]).to_be_enabled()
    gateway.requests.clear()
    gateway.script(close_unanswered(), reply(200, done))
    studio.set_number("seed", 78)
    studio.run()
    expect(studio.pictures).to_have_count(0)
    studio["results"].get_by_role("button", name="Send again").click()
    expect(studio.pictures).to_have_count(1)
    expect(studio.rows).to_have_count(4)
    first, second = gateway.requests
    assert json.loads(first.body)["seed"] == json.loads(second.body)["seed"] == 78

    # What was sent with one account is not sent again with another.
    studio["connection"].get_by_role("button").first.click()
    for used, own_url, said in [
        (other_gateway, other_gateway.url, "was sent to 127.0.0.1"),
        (gateway, "", "with another key"),
    ]:
        gateway.requests.clear()
        other_gateway.requests.clear()
        used.script(close_unanswered())
        expect(studio["run"]).to_be_enabled()
        studio["gateway"].locator("input").fill(own_url)
        studio["api-key"].locator("input").fill("canary-key-1234")
        studio["api-key"].locator("input").press("Enter")
        expect(studio["key-note"]).to_contain_text("set …1234")
        studio.run()
        expect(studio.pictures).to_have_count(0)
        studio["remove-key"].click()
        expect(studio["remove-key"]).to_be_hidden()
        stage.get_by_role("button", name="Send again").click()
        toast = studio.page.get_by_test_id("toast-body").filter(has_text=said)
        expect(toast).to_contain_text("Nothing was sent")
        assert len(other_gateway.requests + gateway.requests) == len(used.requests) == 1
