"""Compares the page in Chromium with a bare Gradio page that does the same job, `bare_page`.

    python -m tests.benchmarks.bench_page

Measures the start of `python app.py` until its first 200; a cold load until Run can be pressed, its
bytes and its requests; a click on Run until its picture is displayed; choosing a picture and
restoring an edit, each limited to 300 ms; and the slowest key press with 2,000 records.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.bench_history import _edit, _fill
from tests.benchmarks.floor import (
    PHOTOS,
    floor_server,
    make_answer,
    make_photo,
    open_workbench,
    print_head,
    print_row,
)
from volcedit import read_photo

ROUNDS = 7
RECORDS = 2_000
OWNER = "one-with-many-records-here"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
READY = "#run:not([disabled])"
IN_PLACE_MS = 300
_SHOWN = "[...document.querySelectorAll('#results img')].some(it => it.complete && it.naturalWidth)"
# The time from a key press to the next frame.
_WATCH_KEYS = """window.slowest = 0;
document.addEventListener('keydown', (event) => requestAnimationFrame(() =>
  setTimeout(() => {
    window.slowest = Math.max(window.slowest, performance.now() - event.timeStamp);
  })));
"""


@contextmanager
def started(command: list[str], folder: str, service: str) -> Iterator[tuple[str, float]]:
    """(the URL of an app in its own process, the seconds until its first response)."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if "VOLC" not in name} | {
        "VOLCEDIT_BASE_URL": service,
        "VOLCEDIT_DATA_DIR": f"{folder}/data",
        "GRADIO_TEMP_DIR": f"{folder}/temp",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
    }
    url, began = f"http://127.0.0.1:{port}/", time.perf_counter()
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            while True:
                try:
                    urlopen(url, timeout=60).close()
                    break
                except URLError:
                    time.sleep(0.01)
            yield url, time.perf_counter() - began
        finally:
            process.kill()


def load(browser: Browser, url: str) -> tuple[float, float, int]:
    """(ms until Run can be pressed, KiB over the wire, requests) of a cold load."""
    page = browser.new_context().new_page()
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda it: sizes.append(it["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(READY)
    taken_ms = 1000 * (time.perf_counter() - began)
    page.wait_for_function("performance.now() > 4000")  # include requests that come late
    page.context.close()
    return taken_ms, sum(sizes) / 1024, len(sizes)


def time_ms(act: Callable[[], object], page: Page, until: str) -> float:
    """The time from `act` until the expression is true on the page."""
    began = time.perf_counter()
    act()
    page.wait_for_function(until)
    return 1000 * (time.perf_counter() - began)


def first_run_ms(page: Page) -> float:
    """The time from Run to the picture, on a page that has not shown one yet."""
    taken_ms = time_ms(lambda: page.click("#run"), page, _SHOWN)
    page.context.close()
    return taken_ms


def compose(browser: Browser, url: str) -> Page:
    """A page with a photo and a prompt."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(url)
    page.wait_for_selector(READY)
    page.set_input_files("#image input[type=file]", str(PHOTOS / "chelsea.png"))
    page.wait_for_selector("#image img")
    page.fill("#prompt textarea, #prompt input", "make it snow")
    return page


def slowest_key_ms(page: Page) -> float:
    """The slowest of a hundred key presses in the prompt."""
    page.wait_for_selector(READY)
    page.wait_for_function("performance.now() > 4000")  # typing, not loading
    page.evaluate(_WATCH_KEYS)
    page.focus("#prompt textarea, #prompt input")
    page.keyboard.type("make it snow " * 8, delay=5)
    return page.evaluate("window.slowest")


def main() -> None:
    """Print the table."""
    with (
        floor_server(make_answer(make_photo(1_000_000, 1248))) as service,
        tempfile.TemporaryDirectory() as folder,
    ):
        with open_workbench(service, Path(folder, "data")) as workbench:
            photo = read_photo(PHOTOS / "chelsea.png").photo
            _fill(workbench, OWNER, _edit(workbench, OWNER, photo), RECORDS)
        _measure(service, folder)


def _measure(service: str, folder: str) -> None:
    ours = [sys.executable, "app.py"]
    with sync_playwright() as playwright:
        bare = [sys.executable, "-m", "tests.benchmarks.bare_page", service]
        print_head(f"the page beside a bare one, median of {ROUNDS}")
        starts: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(ROUNDS):
            for name, command in {"ours": ours, "bare": bare}.items():
                with started(command, folder, service) as (_, seconds):
                    starts[name].append(1000 * seconds)
        print_row("start to the first 200", *map(statistics.median, starts.values()), 1.2)
        executable = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        with (
            started(ours, folder, service) as (url, _),
            started(bare, folder, service) as (floor, _),
        ):
            _compare_loads(browser, url, floor)
            _compare_runs(browser, url, floor)
            page = browser.new_context().new_page()
            page.context.add_cookies([{"name": "volcedit_notebook", "value": OWNER, "url": url}])
            page.goto(url)
            page.wait_for_selector("#history li")
            bare_page = browser.new_page()
            bare_page.goto(floor)
            keys_ms = slowest_key_ms(page), slowest_key_ms(bare_page)
            print_row(f"slowest key with {RECORDS} records", *keys_ms, 2)
        browser.close()


def _compare_loads(browser: Browser, url: str, floor: str) -> None:
    loads = [(load(browser, url), load(browser, floor)) for _ in range(ROUNDS)]
    medians = [
        [statistics.median(pair[who][what] for pair in loads) for who in (0, 1)]
        for what in range(3)
    ]
    print_row("cold load until Run can be pressed", *medians[0], 1.2)
    print_row("bytes of a cold load", *medians[1], 1.15, "Ki")
    print_row("requests of a cold load", *medians[2], 9.99, "")


def _compare_runs(browser: Browser, url: str, floor: str) -> None:
    times = [
        (first_run_ms(compose(browser, url)), first_run_ms(compose(browser, floor)))
        for _ in range(ROUNDS)
    ]
    ours_ms, floor_ms = (statistics.median(column) for column in zip(*times, strict=True))
    print_row("Run to the first picture, service at once", ours_ms, floor_ms, 2)
    page = compose(browser, url)
    page.fill("#count input[type=number]", "2")
    page.click("#run")
    page.wait_for_function("document.querySelectorAll('#results img').length == 2")
    page.wait_for_selector(READY)
    chosen = []
    for number in (1, 0) * 4:
        tile = page.locator("#results .picture").nth(number)
        name = tile.get_attribute("data-id")
        chosen.append(
            time_ms(
                tile.click, page, f"document.querySelector('#compare figure[data-id=\"{name}\"]')"
            )
        )
    print_row("choosing a picture", statistics.median(chosen), IN_PLACE_MS, 1)
    restored = []
    for _ in range(5):
        page.fill("#prompt textarea", "")
        button = page.locator("#history [data-action=restore]").first
        until = "document.querySelector('#prompt textarea').value == 'make it snow'"
        restored.append(time_ms(button.click, page, until))
    print_row("restoring an edit", statistics.median(restored), IN_PLACE_MS, 1)


if __name__ == "__main__":
    main()
