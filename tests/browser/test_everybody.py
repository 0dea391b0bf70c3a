"""Accessibility: axe-core finds no barrier in either theme, and the keyboard alone is enough."""

from __future__ import annotations

import re
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support.gateway import Gateway
from tests.support.served import App
from tests.support.studio import Studio

KEY = "canary-of-everybody-1234"
GRADIOS_OWN = {"image-redundant-alt": "img[alt"}
"""Rules that Gradio 6.31 itself breaks, and where: its footer icons repeat their labels."""


def barriers(studio: Studio) -> list[str]:
    """What axe-core finds that is not Gradio's own, one line for each."""
    found = Axe().run(studio.page).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['html'][:150]}"
        for each in found
        for node in each["nodes"]
        if GRADIOS_OWN.get(each["id"], "-") not in str(node["target"])
    ]


def barriers_in_both_themes(studio: Studio) -> list[str]:
    found: list[str] = []
    for theme, classes in (
        ("dark", re.compile(r"\bdark\b")),
        ("light", re.compile(r"^(?!.*dark)")),
    ):
        studio.page.emulate_media(color_scheme=theme)
        expect(studio.page.locator("body")).to_have_class(classes)
        found += [f"{theme}: {each}" for each in barriers(studio)]
    return found


def make_two(studio: Studio) -> None:
    """Make an edit with two pictures, with all panels open."""
    studio["more"].get_by_role("button").first.click()
    studio["connection"].get_by_role("button").first.click()
    studio.edit("make it snow", count=2)
    expect(studio.pictures).to_have_count(2)


def test_an_edit_is_accessible_without_motion_made_by_keyboard_alone_and_printable(
    visit: Callable[..., Studio], sandbox_app: App
) -> None:
    studio = visit(sandbox_app, reduced_motion="reduce")
    assert barriers_in_both_themes(studio) == []

    # By keyboard alone.
    keyboard = studio.page.keyboard
    example = studio["examples"].get_by_role("button").first
    for _ in range(20):
        keyboard.press("Tab")
        if example.evaluate("it => it === document.activeElement"):
            break
    keyboard.press("Enter")
    expect(studio.pictures).to_have_count(1)
    expect(studio["run"]).to_be_enabled()

    # With reduced motion, nothing moves.
    make_two(studio)
    moving = "document.getAnimations().filter(it => it.playState === 'running').length"
    assert studio.page.evaluate(moving) == 0
    assert barriers_in_both_themes(studio) == []

    # A print shows the pictures and how they were made.
    studio.page.emulate_media(media="print")
    for seen in ("results", "compare", "history"):
        expect(studio[seen]).to_be_visible()
    for unseen in ("compose", "language", "use-as-input"):
        expect(studio[unseen]).to_be_hidden()
    expect(studio["history"]).to_contain_text("seed 4127")


def test_a_chinese_browser_gets_a_chinese_page_in_which_axe_finds_no_barrier(
    visit: Callable[..., Studio], sandbox_app: App
) -> None:
    # Neither Gradio's zh-CN nor ours; every tag is tried in tests/web/test_visitor.py.
    studio = visit(sandbox_app, locale="zh-HK", reduced_motion="reduce")
    expect(studio["provider"]).to_contain_text("沙盒")
    expect(studio["run"]).to_have_text("运行")
    expect(studio.page).to_have_title("volcedit：用一句话编辑照片")
    assert barriers_in_both_themes(studio) == []
    studio["run"].click()
    expect(studio["image"]).to_contain_text("请先选择照片")
    studio["examples"].get_by_role("button").first.click()
    expect(studio["prompt"].locator("textarea")).to_have_value("下雪")
    expect(studio["photo-note"]).to_contain_text("原样")
    expect(studio["status"]).to_contain_text("完成 1/1")
    expect(studio["results"]).to_contain_text("种子")
    make_two(studio)
    assert barriers_in_both_themes(studio) == []


def test_a_visitors_own_key_is_used_and_never_shown(
    studio: Studio, sandbox_app: App, other_gateway: Gateway
) -> None:
    gateway = other_gateway
    studio["connection"].get_by_role("button").first.click()
    studio["gateway"].locator("input").fill(gateway.url)
    studio["api-key"].locator("input").fill(KEY)
    studio["api-key"].locator("input").press("Enter")
    expect(studio["key-note"]).to_contain_text("set …1234")
    expect(studio["api-key"].locator("input")).to_have_value("")
    expect(studio["provider"]).to_contain_text("your key")
    studio.edit("make it snow")
    assert gateway.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    stores = studio.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert KEY[:-4] not in stores + studio.page.content() + sandbox_app.log
    studio.open()
    expect(studio["provider"]).to_contain_text("your key")
    studio["remove-key"].click()  # an open panel is open again
    expect(studio["provider"]).to_contain_text("Sandbox")
    for file in sandbox_app.data_dir.rglob("*.*"):
        assert KEY[:-4].encode() not in file.read_bytes()
