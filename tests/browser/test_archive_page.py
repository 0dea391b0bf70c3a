"""The page of an exported archive, unpacked and opened from disk in a real browser."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.archiving import ALL, REPEAT, SECOND, export, fill, prompted
from volcedit.notebook.history import History

HOSTILE = '</script><script>alert(1)</script>"><img src="https://evil.test/x" onerror=alert(1)>'


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an archive."""
    folder = tmp_path_factory.mktemp("archive")
    notebook = fill(History(folder / "data").notebook("anna"), (*ALL, prompted(6, HOSTILE)))
    zipfile.ZipFile(io.BytesIO(export(notebook))).extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture
def open_page(browser: Browser, unpacked: Path) -> Iterator[Callable[..., Page]]:
    """Open the page, which may request only files and run no script."""
    contexts, strayed, ran = [], [], []

    def open_page(folder: Path = unpacked, **options: object) -> Page:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("request", lambda it: strayed.append(it.url))
        page.on("dialog", lambda it: ran.append(it.message))
        page.goto((folder / "index.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in strayed if not url.startswith(("file:", "data:"))] == []
    assert ran == []


def test_it_shows_the_pictures_next_to_it(open_page: Callable[..., Page]):
    page = open_page()
    shown = page.locator(f"[id='{SECOND.id}'] img")
    expect(shown).to_have_count(2)
    for number in range(2):
        shown.nth(number).scroll_into_view_if_needed()
        expect(shown.nth(number)).to_have_js_property("complete", True)
        assert shown.nth(number).evaluate("it => it.naturalWidth") == 96


def test_without_its_pictures_it_shows_thumbnails_and_no_broken_images(
    open_page: Callable[..., Page], unpacked: Path, tmp_path: Path
):
    (tmp_path / "index.html").write_bytes((unpacked / "index.html").read_bytes())
    shot = open_page(tmp_path).locator("a.shot").first
    expect(shot.locator("img")).to_have_js_property("naturalWidth", 0)
    thumbnail = shot.evaluate("it => getComputedStyle(it).backgroundImage")
    assert thumbnail.startswith('url("data:image/jpeg;base64,')
    with_missing = shot.screenshot()
    shot.locator("img").evaluate("it => it.remove()")
    assert shot.screenshot() == with_missing


def test_typed_text_is_shown_and_not_run(open_page: Callable[..., Page]):
    page = open_page()
    expect(page.locator("h3").first).to_have_text(HOSTILE)
    assert page.locator("script").count() == 0


def test_a_repeat_links_to_its_original(open_page: Callable[..., Page]):
    page = open_page()
    page.locator(f"[id='{REPEAT.id}'] a[href^='#']").click()
    expect(page.locator("article:target h3")).to_be_in_viewport()


def test_recipe_and_response_expand(open_page: Callable[..., Page]):
    article = open_page().locator(f"[id='{SECOND.id}']")
    expect(article.locator("dl")).to_be_hidden()
    article.get_by_text("Recipe", exact=True).click()
    expect(article.locator("dl")).to_contain_text(SECOND.recipe.id)
    article.get_by_text("Service response").click()
    expect(article.locator("pre")).to_contain_text('"request_id": "r-1"')


def test_a_print_shows_the_recipe_expanded(open_page: Callable[..., Page]):
    page = open_page()
    page.emulate_media(media="print")
    expect(page.locator(f"[id='{SECOND.id}'] dl")).to_be_visible()


@pytest.mark.parametrize("width_px", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_and_nothing_is_cut_off(
    open_page: Callable[..., Page], width_px: int, scheme: str
):
    # The policy of the page would keep axe out, too.
    view = {"width": width_px, "height": 844}
    page = open_page(viewport=view, color_scheme=scheme, bypass_csp=True)
    assert page.evaluate("document.documentElement.scrollWidth") == width_px
    found = Axe().run(page).response["violations"]
    assert [(it["id"], [node["html"] for node in it["nodes"]]) for it in found] == []
