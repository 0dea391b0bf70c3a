"""For everybody: no barrier that axe-core finds, by keyboard alone, in both themes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support.served import App
from tests.support.studio import Studio

GRADIOS_OWN = {"image-redundant-alt": "img[alt"}
"""Rules that Gradio 6.31 itself breaks, and where: the icons of its footer repeat their label."""


def barriers(studio: Studio) -> list[str]:
    """What axe-core finds and is ours, a line each."""
    found = Axe().run(studio.page).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['html'][:150]}"
        for each in found
        for node in each["nodes"]
        if GRADIOS_OWN.get(each["id"], "-") not in str(node["target"])
    ]


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_barrier(
    visit: Callable[..., Studio], sandbox_app: App, theme: str, locale: str
) -> None:
    studio = visit(sandbox_app, color_scheme=theme, locale=locale, reduced_motion="reduce")
    assert barriers(studio) == []
    studio["more"].get_by_role("button").first.click()
    studio["connection"].get_by_role("button").first.click()
    studio.edit("make it snow", count=2)
    expect(studio.pictures).to_have_count(2)
    assert barriers(studio) == []


def test_an_edit_is_made_by_keyboard_alone(studio: Studio) -> None:
    keyboard = studio.page.keyboard
    example = studio["examples"].get_by_role("button").first
    for _ in range(20):
        keyboard.press("Tab")
        if example.evaluate("it => it === document.activeElement"):
            break
    keyboard.press("Enter")
    expect(studio.pictures).to_have_count(1)
    expect(studio["run"]).to_be_enabled()


def test_nothing_moves_for_who_wants_no_motion(
    visit: Callable[..., Studio], sandbox_app: App
) -> None:
    moving = "document.getAnimations().filter(it => it.playState === 'running').length"
    studio = visit(sandbox_app, reduced_motion="reduce")
    studio.edit("make it snow")
    assert studio.page.evaluate(moving) == 0


def test_printed_it_is_the_pictures_and_what_made_them(studio: Studio) -> None:
    studio.edit("make it snow")
    studio.page.emulate_media(media="print")
    for seen in ("results", "compare", "history"):
        expect(studio[seen]).to_be_visible()
    for unseen in ("compose", "language", "use-as-input"):
        expect(studio[unseen]).to_be_hidden()
    expect(studio["history"]).to_contain_text("seed 4127")


def test_a_key_of_ones_own_is_used_and_never_shown(
    visit: Callable[..., Studio], start_app: Callable[..., App], gateway_of_ones_own: object
) -> None:
    gateway = gateway_of_ones_own
    app = start_app()
    studio = visit(app)
    studio["connection"].get_by_role("button").first.click()
    studio["gateway"].locator("input").fill(gateway.url)
    studio["api-key"].locator("input").fill("canary-key-1234")
    studio["api-key"].locator("input").press("Enter")
    expect(studio["key-note"]).to_contain_text("set …1234")
    expect(studio["api-key"].locator("input")).to_have_value("")
    expect(studio["provider"]).to_contain_text("your key")
    studio.edit("make it snow")
    assert gateway.requests[0].headers["Authorization"] == "Bearer canary-key-1234"
    stores = studio.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "canary" not in stores + studio.page.content() + app.log
    studio.open()
    expect(studio["provider"]).to_contain_text("your key")
    studio["remove-key"].click()  # an open panel is open again
    expect(studio["provider"]).to_contain_text("Sandbox")
    for file in app.data_dir.rglob("*.*"):
        assert b"canary" not in file.read_bytes()
