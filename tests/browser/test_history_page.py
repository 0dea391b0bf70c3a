"""The history as a visitor uses it, and runs against a gateway that a test controls."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.answering import DONE, REFUSED
from tests.support.asking import wait_until
from tests.support.gateway import Answer, Exchange, Gateway, reply
from tests.support.served import App
from tests.support.studio import PHOTOS, Studio

KEY = "canary-key-8d1f"


def held(until: threading.Event, answer: Answer) -> Answer:
    """`answer`, but not before `until` is set."""

    def wait_and_answer(exchange: Exchange) -> None:
        assert until.wait(60)
        answer(exchange)

    return wait_and_answer


def start_four(studio: Studio, gateway: Gateway) -> threading.Event:
    """Start four variations, two of which are sent. Set the event to have them answered."""
    release = threading.Event()
    gateway.script(held(release, reply(200, DONE)))
    studio.choose_photo(PHOTOS / "chelsea.png")
    studio.write("make it snow")
    studio.set_number("count", 4)
    studio.start()
    expect(studio["history"].locator("li.sent")).to_have_count(2)
    return release


def states(app: App) -> Counter[str]:
    """The number of records of the app in each state."""
    paths = app.data_dir.rglob("records/*.json")
    return Counter(json.loads(path.read_bytes())["state"] for path in paths)


@pytest.fixture(scope="module")
def app(server: Gateway, start_app: Callable[..., App]) -> App:
    return start_app(VOLCEDIT_BASE_URL=server.url, VOLCEDIT_API_KEY=KEY, VOLCEDIT_MAX_ATTEMPTS="2")


@pytest.fixture
def gateway(server: Gateway) -> Gateway:
    server.requests.clear()
    server.script(reply(200, DONE))
    return server


@pytest.fixture
def studio(visit: Callable[..., Studio], app: App, gateway: Gateway) -> Studio:
    return visit(app)


# ── edits ────────────────────────────────────────────────────────────────────────────────────


def test_an_edit_is_kept_byte_for_byte_for_its_visitor_alone_and_hostile_text_stays_text(
    studio: Studio, visit: Callable[..., Studio], app: App, gateway: Gateway
) -> None:
    host = gateway.url.removeprefix("http://")
    expect(studio["provider"]).to_contain_text(host)
    expect(studio["provider"]).to_contain_text("byteedit_v2.0")
    expect(studio["provider"]).not_to_contain_text("Sandbox")

    studio.edit("make it snow", seed=7)
    [image] = json.loads(gateway.requests[0].body)["binary_data_base64"]
    assert base64.b64decode(image) == (PHOTOS / "chelsea.png").read_bytes()
    received = (PHOTOS / "rocket.jpg").read_bytes()
    assert studio.fetch(studio.pictures.first) == received
    with studio.page.expect_download() as download:
        studio["compare"].get_by_role("link", name="Original file").click()
    assert download.value.suggested_filename == "make-it-snow-seed-7-original.jpg"
    assert download.value.path().read_bytes() == received

    row = studio.rows.first
    for fact in ("make it snow", "seed 7", "strength 0.5", host):
        expect(row).to_contain_text(fact)
    assert row.locator("time").get_attribute("datetime").endswith("+00:00")
    expect(row.get_by_role("img", name="Photo of: make it snow")).to_be_visible()
    expect(row.get_by_role("img", name="Result of: make it snow")).to_be_visible()

    # Another visitor does not see it.
    other = visit(app)
    expect(other["history"].locator(".empty")).to_be_visible()
    expect(studio.rows).to_have_count(1)

    # Hostile text is shown as text.
    prompt = "<script>alert(1)</script> {{value}} ${1+1} `x` \"'& שלום {} 🐈"
    other.edit(prompt)
    expect(other.rows.first.locator(".prompt")).to_have_text(prompt)
    assert json.loads(gateway.requests[-1].body)["prompt"] == prompt

    # A response that names a file of the server opens nothing.
    secret = app.data_dir.parent / "secret.txt"  # below the temporary folder, as Gradio would allow
    secret.write_text("not for visitors")
    file = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    gateway.script(reply(200, DONE | {"extra": [file]}))
    other.write("make it snow")
    other.run()
    told = other.read_json("Response", lambda it: "extra" in it)
    assert told["extra"] == [json.dumps(file)]
    assert list(app.temp_dir.rglob("secret.txt")) == []

    # A key that a response quotes is nowhere.
    quoting = {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "bad_key"}}
    gateway.script(reply(200, DONE), reply(401, quoting))
    other.set_number("count", 2)
    other.run()
    expect(other["status"]).to_contain_text("The key was not accepted")
    assert gateway.requests[-1].headers["Authorization"] == f"Bearer {KEY}"
    stores = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    seen = other.page.content() + other.page.evaluate(stores) + app.log
    assert KEY not in seen
    for folder in (app.data_dir, app.temp_dir):
        for path in filter(lambda path: path.is_file(), folder.rglob("*")):
            assert KEY.encode() not in path.read_bytes(), path


def test_an_edit_is_viewed_rerun_varied_and_restored_and_a_double_click_runs_once(
    studio: Studio, gateway: Gateway
) -> None:
    studio.edit("make it snow", seed=100)
    studio.write("sepia")
    studio.set_number("seed", 2)
    studio.run()
    studio.write("something else meanwhile")
    studio.rows.last.get_by_role("button", name="Show").click()
    expect(studio["compare"].locator("img")).to_have_count(2)
    assert studio.read_json("Request", lambda it: it["body"]["seed"] == 100)
    expect(studio["prompt"].locator("textarea")).to_have_value("something else meanwhile")

    studio.rows.last.get_by_role("button", name="Restore").click()
    expect(studio["prompt"].locator("textarea")).to_have_value("make it snow")
    expect(studio["prompt-count"]).to_contain_text("12 / 120")
    expect(studio.tiles.first).to_have_attribute("aria-pressed", "true")

    studio.run()
    expect(studio.tiles).to_have_count(1)
    studio.write("something else meanwhile")
    studio["results"].get_by_role("button", name="Run again").click()
    expect(studio.pictures).to_have_count(2)
    expect(studio["run"]).to_be_enabled()
    studio.show("Compare")
    studio["compare"].get_by_role("button", name="Vary").click()
    expect(studio.pictures).to_have_count(3)
    expect(studio["run"]).to_be_enabled()
    first, _, restored, again, varied = (request.body for request in gateway.requests)
    assert first == restored == again
    before, after = json.loads(first), json.loads(varied)
    assert before.pop("seed") == 100 != after.pop("seed")
    assert after == before

    # A double click on Run starts one run.
    gateway.requests.clear()
    expect(studio.rows).to_have_count(5)
    studio["run"].dblclick()
    expect(studio.rows).to_have_count(6)
    expect(studio.pictures).to_have_count(1)
    expect(studio["run"]).to_be_enabled()
    expect(studio.rows).to_have_count(6)
    assert len(gateway.requests) == 1

    # A run shows its own first picture, whichever was selected before.
    studio.set_number("seed", 100)
    studio.set_number("count", 2)
    studio.run()
    studio.pictures.nth(1).click()
    expect(studio.tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    studio.set_number("seed", 200)
    studio.set_number("count", 1)  # of two, either may be there first
    studio.run()
    expect(studio.tiles).to_have_count(1)
    expect(studio.tiles.first).to_have_attribute("aria-pressed", "true")
    expect(studio["results"]).to_contain_text("seed 200")


def test_an_edit_in_progress_is_kept_over_a_restart_and_a_restored_one_is_sent_unchanged(
    studio: Studio, app: App, gateway: Gateway
) -> None:
    studio["more"].get_by_role("button").first.click()
    studio["watermark"].locator("input").check()
    studio["watermark-text"].locator("input, textarea").fill("试验 🐈")
    studio["negative-prompt"].locator("input, textarea").fill("rain")
    studio.set_number("scale", 0.73)
    studio.edit('把背景换成“雪山” 🏔 "quoted"\nnew line', seed=2147483647)

    # What was sent comes back before the app ends.
    release = threading.Event()
    gateway.script(held(release, reply(200, DONE)))
    studio.write("make it snow")
    studio.start()
    expect(studio["history"].locator("li.sent")).to_have_count(1)
    stopping = threading.Thread(target=app.stop)
    stopping.start()
    release.set()
    stopping.join()
    app.start()
    studio.reopen()
    expect(studio["history"].locator("li.done")).to_have_count(2)

    # A restored edit sends the identical request.
    studio.rows.last.get_by_role("button", name="Restore").click()
    expect(studio["photo-note"]).to_contain_text("451×300 PNG")
    expect(studio["image"].locator("img")).to_be_visible()
    expect(studio["seed"].locator("input")).to_have_value("2147483647")
    expect(studio["status"]).to_contain_text("Restored")
    studio.run()
    first, _, again = gateway.requests
    assert again.body == first.body


# ── the history ──────────────────────────────────────────────────────────────────────────────


def test_edits_are_deleted_one_by_one_or_all_after_confirmation_and_pages_turn(
    studio: Studio,
) -> None:
    studio.edit("make it snow", seed=1, count=2)
    expect(studio.rows).to_have_count(2)
    other = studio.page
    studio.page = studio.context.new_page()
    studio.open()
    studio.rows.first.get_by_role("button", name="Delete").click()
    expect(studio.rows).to_have_count(1)
    expect(studio.rows.first).to_contain_text("seed 1")
    # The other tab still shows what is gone.
    other.locator("#history li").first.get_by_role("button", name="Restore").click()
    expect(other.locator("[data-testid=toast-body]")).to_contain_text("not in your history")
    other.close()

    studio["delete-all"].click()
    studio["keep"].click()
    expect(studio["delete-all-sure"]).to_be_hidden()
    expect(studio.rows).to_have_count(1)
    studio["delete-all"].click()
    studio["delete-all-sure"].click()
    expect(studio["history"].locator(".empty")).to_be_visible()
    studio.open()
    expect(studio["history"].locator(".empty")).to_be_visible()

    # Twelve on a page.
    studio.edit("make it snow", seed=1, count=8)
    studio.set_number("seed", 9)
    studio.run()
    expect(studio.rows).to_have_count(12)
    expect(studio.rows.first).to_contain_text("seed 16")
    studio["history-head"].get_by_role("button", name="Older").click()
    expect(studio.rows).to_have_count(4)
    expect(studio.rows.last).to_contain_text("seed 1")
    expect(studio["history-note"]).to_contain_text("13–16 of 16")
    studio["history-head"].get_by_role("button", name="Newer").click()
    expect(studio.rows).to_have_count(12)


def test_where_cookies_are_blocked_the_page_says_how_long_the_history_lasts(
    visit: Callable[..., Studio], app: App, gateway: Gateway
) -> None:
    studio = visit(app, cookies=False)
    expect(studio["history-note"]).to_contain_text("blocks cookies")
    studio.edit("make it snow")
    expect(studio.rows).to_have_count(1)


# ── failures and retries ─────────────────────────────────────────────────────────────────────


def test_each_failure_gives_its_reason_and_offers_what_to_do(
    studio: Studio, gateway: Gateway
) -> None:
    gateway.script(reply(200, DONE), reply(400, REFUSED), reply(200, DONE))
    studio.edit("make it snow", count=3)
    expect(studio.pictures).to_have_count(2)
    expect(studio["status"]).to_contain_text("Try another seed")
    expect(studio["status"]).to_contain_text("50511")
    expect(studio.rows).to_have_count(3)
    expect(studio["history"].locator("li.failed")).to_have_count(1)

    gateway.script(reply(400, REFUSED))
    studio.set_number("count", 2)
    studio.run()
    expect(studio.pictures).to_have_count(0)
    assert studio.read_json("Response") == REFUSED  # of the first

    gateway.requests.clear()
    gateway.script(reply(400, REFUSED), reply(200, DONE))
    studio.set_number("seed", 2147483647)
    studio.set_number("count", 1)
    studio.run()
    studio.show("Compare")
    studio["compare"].get_by_role("button", name="Try the next seed").click()
    expect(studio.pictures).to_have_count(1)
    expect(studio["run"]).to_be_enabled()
    assert [json.loads(it.body)["seed"] for it in gateway.requests] == [2147483647, 1]

    gateway.requests.clear()
    link = {"code": 10000, "data": {"image_urls": [f"{gateway.url}/picture.jpg"]}}
    picture = reply(200, (PHOTOS / "rocket.jpg").read_bytes())
    gateway.script(reply(200, link), reply(404), picture)
    studio.run()
    expect(studio.pictures).to_have_count(0)
    done = studio["history"].locator("li.done")
    expect(done).to_have_count(3)
    studio["compare"].get_by_role("button", name="Fetch the picture again").click()
    expect(studio.pictures).to_have_count(1)
    expect(done).to_have_count(4)
    assert [it.method for it in gateway.requests] == ["POST", "GET", "GET"]


def test_waiting_for_a_retry_and_a_failed_poll_are_reported_and_stop_ends_the_wait(
    studio: Studio, gateway: Gateway
) -> None:
    # It waits as long as the gateway asks it to.
    busy = {"code": 50430, "data": None, "message": "Request Has Reached API Concurrent Limit"}
    gateway.script(reply(429, busy, Retry_After="2"), reply(200, DONE))
    studio.choose_photo(PHOTOS / "chelsea.png")
    studio.write("make it snow")
    studio.start()
    expect(studio["status"]).to_contain_text("rate limited, retrying in")
    expect(studio.pictures).to_have_count(1)
    assert len(gateway.requests) == 2
    expect(studio["run"]).to_be_enabled()
    studio.run()  # with one more success two may go at once again, as the next tests expect

    # Stop ends the wait.
    gateway.requests.clear()
    busy = {"code": 50429, "data": None, "message": "Request Has Reached API Limit"}
    gateway.script(reply(429, busy, Retry_After="60"), reply(200, DONE))
    studio.start()
    expect(studio["results"]).to_contain_text("rate limited, retrying in")
    expect(studio["results"]).to_contain_text("(2 of 2)")
    studio["stop"].click()
    expect(studio["run"]).to_be_enabled()
    expect(studio["history"].locator("li.stopped")).to_have_count(1)
    assert len(gateway.requests) == 1

    # A poll that failed is reported, and followed by another.
    release = threading.Event()
    task = {"code": 10000, "data": {"task_id": "73921"}}
    done = {**DONE, "data": {**DONE["data"], "status": "done"}}
    gateway.script(reply(200, task), reply(504), held(release, reply(200, done)))
    studio["more"].get_by_role("button").first.click()
    studio["mode"].get_by_label("as a task").check()
    studio.start()
    words = "polling failed (no response), trying again"
    expect(studio["status"]).to_contain_text(words)
    expect(studio["results"]).to_contain_text(words)
    release.set()
    expect(studio.pictures).to_have_count(1)
    expect(studio["status"]).not_to_contain_text("polling")


# ── runs in progress ─────────────────────────────────────────────────────────────────────────


def test_results_arrive_one_by_one_and_a_stop_keeps_what_was_sent_and_starts_nothing_more(
    studio: Studio, gateway: Gateway
) -> None:
    # A picture deleted while others run leaves the page alive.
    release = threading.Event()
    gateway.script(reply(200, DONE), held(release, reply(200, DONE)))
    studio.choose_photo(PHOTOS / "chelsea.png")
    studio.write("make it snow")
    studio.set_number("count", 3)
    studio.start()
    done = studio["history"].locator("li.done")
    expect(done).to_have_count(1)
    done.get_by_role("button", name="Delete").click()
    expect(done).to_have_count(0)
    release.set()
    expect(studio["run"]).to_be_enabled()
    expect(studio["stop"]).to_be_disabled()
    expect(done).to_have_count(2)

    # The results fill one picture at a time.
    first, second = threading.Event(), threading.Event()
    gateway.script(held(first, reply(200, DONE)), held(second, reply(200, DONE)))
    studio.set_number("count", 2)
    studio.start()
    expect(studio.tiles).to_have_count(2)
    expect(studio.pictures).to_have_count(0)
    first.set()
    expect(studio.pictures).to_have_count(1)
    expect(studio["run"]).to_be_disabled()
    second.set()
    expect(studio.pictures).to_have_count(2)
    expect(studio["run"]).to_be_enabled()
    expect(done).to_have_count(4)

    # Stop frees the page, starts nothing more, and keeps what was sent.
    gateway.requests.clear()
    release = threading.Event()
    gateway.script(held(release, reply(200, DONE)))
    studio.set_number("count", 5)
    studio.start()
    expect(studio["results"].locator("li.sent")).to_have_count(2)
    studio["stop"].click()
    expect(studio["run"]).to_be_enabled()
    expect(studio["status"]).to_contain_text("2 already sent")
    expect(studio["history"].locator("li.stopped")).to_have_count(3)
    release.set()
    expect(done).to_have_count(6)
    expect(studio["results"].locator("li.done")).to_have_count(2)
    assert len(gateway.requests) == 2

    # A late result of a stopped run takes no place of the next run.
    release = threading.Event()
    gateway.script(held(release, reply(200, DONE)), reply(200, DONE))
    studio.set_number("count", 1)
    studio.start()
    expect(studio["history"].locator("li.sent")).to_have_count(1)
    studio["stop"].click()
    expect(studio["run"]).to_be_enabled()
    studio.write("sunset")
    studio.run()
    release.set()
    expect(done).to_have_count(8)
    expect(studio.tiles).to_have_count(1)
    expect(studio.tiles).to_have_attribute("aria-label", re.compile("sunset"))
    assert "Stopped" not in studio.status


def test_a_closed_tab_starts_nothing_more_and_a_reloaded_page_follows_its_run_as_it_was(
    studio: Studio, app: App, gateway: Gateway
) -> None:
    # A closed tab: what was sent is kept.
    release = start_four(studio, gateway)
    before = states(app)["stopped"]
    studio.page.close()
    # Once the page had its time to come back.
    wait_until(lambda: states(app)["stopped"] >= before + 2)
    release.set()
    studio.reopen()
    done = studio["history"].locator("li.done")
    expect(done).to_have_count(2)
    expect(studio["history"].locator("li.stopped")).to_have_count(2)
    assert len(gateway.requests) == 2

    # A reloaded page follows its run.
    gateway.requests.clear()
    release = start_four(studio, gateway)
    studio.page.reload()
    expect(studio["run"]).to_be_disabled()
    expect(studio["stop"]).to_be_enabled()
    expect(studio.tiles).to_have_count(4)
    expect(studio["prompt"].locator("textarea")).to_have_value("make it snow")
    release.set()
    expect(studio.pictures).to_have_count(4)
    expect(studio["run"]).to_be_enabled()
    assert len(gateway.requests) == 4

    # It holds what it held.
    studio.page.get_by_role("button", name="More").click()
    studio["negative-prompt"].locator("textarea").fill("blur")
    studio["delivery"].get_by_role("radio").nth(1).check()
    studio["watermark"].get_by_role("checkbox").check()
    studio["watermark-position"].get_by_role("radio").nth(2).check()
    studio.set_number("seed", 7)
    studio.set_number("count", 2)
    studio.run()
    studio.tiles.nth(1).click()
    expect(studio.tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    sent = [it.body for it in gateway.requests[4:]]
    [eighth] = [it for it in sent if json.loads(it)["seed"] == 8]
    studio.page.reload()
    expect(studio.pictures).to_have_count(2)
    expect(studio.tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(studio["watermark"].get_by_role("checkbox")).to_be_checked()
    expect(studio["image"].locator("img")).to_be_visible()
    studio.set_number("seed", 8)
    studio.set_number("count", 1)
    studio.run()
    assert gateway.requests[-1].body == eighth
