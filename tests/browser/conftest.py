"""The app, and Chromium to use it with."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.gateway import Gateway, reply
from tests.support.served import App
from tests.support.studio import PATIENCE_MS, Studio

expect.set_options(timeout=PATIENCE_MS)

# A page left open over a restart asks Gradio 6.31 for a stream that is gone. Its 404 arrives after
# the response began, and uvicorn prints every frame of that, also those of our middleware.
STALE_STREAM = re.compile(
    r"ERROR: +Exception in ASGI application\n(?:(?!ERROR:|\* Running).*\n)*?.*in sse_stream\n"
    r"(?:(?!ERROR:|\* Running).*\n)*?.*HTTPException: 404: Not Found\n"
    r"(?:(?!ERROR:|\* Running).*\n)*?"
    r"RuntimeError: Caught handled exception, but response already started\.\n"
)

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FLAGS += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # a webcam
# The first has no windows to draw, and takes three quarters of the time.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Without one these tests are skipped, but in CI that is a failure."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _started(folders: pytest.TempPathFactory) -> Iterator[Callable[..., App]]:
    """A function that starts apps with the given variables.

    At the end they are stopped, and no traceback in their logs may pass through our code.
    """
    apps: list[App] = []

    def start(**environment: str) -> App:
        apps.append(App(folders.mktemp("app"), **environment))
        return apps[-1]

    yield start
    for app in apps:
        app.stop()
    for app in apps:
        log = STALE_STREAM.sub("", app.log)
        assert "/volcedit/" not in log, log


@pytest.fixture(scope="module")
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., App]]:
    """Start an app that ends with the module.

    An idle app takes a twentieth of a core, because Gradio polls its queue every millisecond.
    """
    with _started(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="session")
def sandbox_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app without a key, which uses the sandbox."""
    with _started(tmp_path_factory) as start:
        yield start()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Studio]]:
    """Open an app's page as a new visitor. It may request nothing from other hosts."""
    visits: list[Studio] = []

    def visit(app: App, *, cookies: bool = True, **options: object) -> Studio:
        # Animations take a fifth of an edit's time; the phone's tests have them.
        usual = {"locale": "en-US", "reduced_motion": "reduce"}
        context = browser.new_context(**{**usual, **options})
        context.set_default_timeout(PATIENCE_MS)
        if not cookies:
            # The page itself sets the cookie, so the browser gets it without its headers.
            with urlopen(app.url) as page:
                html = page.read().decode()
            context.route(
                f"{app.url}/", lambda route: route.fulfill(body=html, content_type="text/html")
            )
        visits.append(Studio(context, app.url))
        return visits[-1]

    yield visit
    for visitor in visits:
        visitor.context.close()
        assert not visitor.strayed, f"asked elsewhere: {visitor.strayed}"
        assert not visitor.mishaps, f"errors in the page: {visitor.mishaps}"


@pytest.fixture
def studio(visit: Callable[..., Studio], sandbox_app: App) -> Studio:
    """A new visitor of the sandbox's page."""
    return visit(sandbox_app)


@pytest.fixture(scope="module")
def server() -> Iterator[Gateway]:
    """A gateway for a module's app. Its tests script the responses."""
    with Gateway() as gateway:
        yield gateway


@pytest.fixture
def other_gateway() -> Iterator[Gateway]:
    """A gateway that rejects each call, after recording it."""
    with Gateway() as gateway:
        gateway.script(reply(400))
        yield gateway
