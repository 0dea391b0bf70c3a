"""The page as a person uses it: what can be done and seen there, by the contract's ids."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, expect

from tests.support import PHOTOS

PATIENCE_MS = 20_000


class Studio:
    """One visitor's page."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.strayed: list[str] = []
        self.mishaps: list[str] = []
        self._url = url
        self._open_tab()

    def _open_tab(self) -> None:
        self.page = self.context.new_page()
        self.page.on("request", self._watch)
        self.page.on("pageerror", lambda error: self.mishaps.append(str(error)))
        self.open()

    def _watch(self, request: Any) -> None:
        if not request.url.startswith((self._url, "data:", "blob:")):
            self.strayed.append(request.url)

    def open(self) -> None:
        """Load or reload the page."""
        self.page.goto(self._url)
        self.page.wait_for_selector("#history ol, #history .empty")

    def reopen(self) -> None:
        """Close the tab and open the page in a new one, as the same visitor."""
        self.page.close()
        self._open_tab()

    def __getitem__(self, elem_id: str) -> Locator:
        return self.page.locator(f"#{elem_id}")

    # ── doing ────────────────────────────────────────────────────────────────────────────────

    def choose_photo(self, file: Path | dict[str, Any]) -> None:
        """Upload `file`, and wait until the page has reacted to it."""
        self["image"].locator("input[type=file]").set_input_files(file)
        self.page.wait_for_selector("#photo-note p.note, #photo-note p.error")

    def write(self, prompt: str) -> None:
        """Type the prompt."""
        self["prompt"].locator("textarea").fill(prompt)

    def set_number(self, elem_id: str, value: float | str) -> None:
        """Type a number into the field of a slider or of the seed."""
        field = self[elem_id].locator("input:not([type=range])")
        field.fill(str(value))
        field.press("Tab")

    def run(self) -> None:
        """Press Run, and wait until everything has ended."""
        self.start()
        expect(self["run"]).to_be_enabled(timeout=PATIENCE_MS)
        expect(self["stop"]).to_be_disabled()

    def start(self) -> None:
        """Press Run, and wait until the status or history shows this run.

        A run that ends immediately may leave the status text unchanged.
        """
        newest = "document.querySelector('#history li')?.dataset.id"
        before = self.page.evaluate(
            f"document.querySelectorAll('#status p').forEach(p => p.id = 'old'), {newest} ?? null"
        )
        self["run"].click()
        self.page.wait_for_function(
            "before => document.querySelector('#status p:not(#old)') "
            f"|| ({newest} ?? null) !== before",
            arg=before,
        )

    def edit(self, prompt: str, *, seed: int = 4127, count: int = 1) -> None:
        """A complete edit of the cat photo."""
        self.choose_photo(PHOTOS / "chelsea.png")
        self.write(prompt)
        self.set_number("seed", seed)
        self.set_number("count", count)
        self.run()

    def show(self, tab: str) -> None:
        """Open a tab of the results."""
        self.page.get_by_role("tab", name=tab).click()

    # ── seeing ───────────────────────────────────────────────────────────────────────────────

    @property
    def pictures(self) -> Locator:
        """The pictures of the results."""
        return self["results"].locator(".picture img")

    @property
    def tiles(self) -> Locator:
        """The slots of the results, by their buttons."""
        return self["results"].locator(".picture")

    @property
    def rows(self) -> Locator:
        """The rows of the history."""
        return self["history"].locator("li")

    @property
    def status(self) -> str:
        """The text of the status."""
        return self["status"].inner_text()

    @property
    def seed(self) -> int:
        """The value of the seed field."""
        return int(self["seed"].locator("input, textarea").input_value())

    def form(self) -> dict[str, str]:
        """The values of the composer."""
        return {
            "prompt": self["prompt"].locator("textarea").input_value(),
            "seed": self["seed"].locator("input").input_value(),
            "scale": self["scale"].locator("input[type=number]").input_value(),
            "count": self["count"].locator("input[type=number]").input_value(),
        }

    def read_json(self, tab: str, until: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
        """The JSON of the tab "Response" or "Request", by its copy button, once `until` holds."""
        self.show(tab)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        copy = self[f"{tab.lower()}-json"].get_by_role("button", name="Copy").first
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while True:
            copy.click()
            found = json.loads(self.page.evaluate("navigator.clipboard.readText()"))
            if until(found) or time.monotonic() > deadline:
                return found

    def fetch(self, picture: Locator) -> bytes:
        """The bytes of a displayed picture."""
        return self.context.request.get(picture.evaluate("it => it.src")).body()
