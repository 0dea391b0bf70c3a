"""No key appears in anything that the app serves, logs, writes, or leaves in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Error, Response, expect

from tests.benchmarks.visiting import Visitor
from tests.support.gateway import Gateway
from tests.support.quoting import APPS, VISITORS, assert_innocent, failing, page, picture
from tests.support.served import App
from tests.support.studio import PHOTOS, Studio

LOUD = """
import logging, runpy
logging.basicConfig(level=logging.DEBUG)
runpy.run_path("app.py", run_name="__main__")
"""
OWNER = "who_watches_over_the_page"
PATHS = ("/", "/config", "/gradio_api/info", "/gradio_api/startup-events")
PATHS += ("/gradio_api/openapi.json", "/openapi.json")
LISTEN = """
const fetch_ = window.fetch;
window.fetch = async (...args) => {
  const answer = await fetch_(...args);
  if (!(answer.headers.get('content-type') || '').includes('event-stream')) return answer;
  const [theirs, ours] = answer.body.tee();
  const noting = new WritableStream({write: noteStream});
  ours.pipeThrough(new TextDecoderStream()).pipeTo(noting).catch(() => {});  // a page that is left
  return new Response(theirs, answer);
};
"""
STORES = """async () => {
  const dump = [{...localStorage}, {...sessionStorage}, document.cookie, history.state];
  for (const field of document.querySelectorAll('input, textarea')) dump.push(field.value);
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) dump.push(request.url);
  }
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  for (const {name} of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      dump.push(name, store, await done(database.transaction(store).objectStore(store).getAll()));
    }
  }
  return JSON.stringify(dump);
}"""


@pytest.fixture(scope="module")
def quoting_gateway() -> Iterator[Gateway]:
    with Gateway() as gateway:
        yield gateway


@pytest.fixture
def server(quoting_gateway: Gateway) -> Gateway:
    """The gateway, without any requests so far."""
    quoting_gateway.requests.clear()
    return quoting_gateway


@pytest.fixture(scope="module")
def app(quoting_gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app with a key that logs everything."""
    folder, server = tmp_path_factory.mktemp("app"), quoting_gateway
    (folder / "loud.py").write_text(LOUD)
    app = App(
        folder,
        program=folder / "loud.py",
        VOLCEDIT_BASE_URL=server.url,
        VOLCEDIT_API_KEY=APPS,
        VOLCEDIT_MAX_ATTEMPTS="1",
    )
    yield app
    app.stop()


class Answers:
    """The responses that a browser receives from now on."""

    def __init__(self, studio: Studio) -> None:
        self._answers: list[Response] = []
        self.streamed: list[str] = []
        """The chunks of streams, which may never end."""
        studio.context.on("response", lambda answer: self._answers.append(answer))
        studio.context.expose_function("noteStream", lambda text: self.streamed.append(text))
        studio.context.add_init_script(LISTEN)
        studio.open()

    def texts(self) -> Iterator[str]:
        """Each response with its URL, headers and body."""
        yield "".join(self.streamed)
        for answer in self._answers:
            yield f"{answer.url} {answer.headers}"
            if "event-stream" not in answer.headers.get("content-type", ""):
                try:
                    yield answer.body().decode("latin-1")
                except Error:  # a redirect, or the browser no longer has it
                    continue


def files_below(*folders: Path) -> Iterator[str]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield f"{path} {path.read_bytes().decode('latin-1')}"


def keys_of(server: Gateway) -> set[str]:
    """The Authorization headers that the gateway received."""
    return {request.headers.get("Authorization", "") for request in server.requests}


def use(studio: Studio, server: Gateway) -> None:
    """Do all that involves a key: edits, a failure, a connection test, the tabs, a reload."""
    server.script(picture(), failing(50400), page(502), picture())
    studio.edit("make it snow")
    for _ in range(2):
        studio.run()
    studio["more"].get_by_role("button").first.click()
    studio["mode"].get_by_label("as a task").check()
    server.script(failing(50500, 500))
    studio.run()
    studio["connection"].get_by_role("button").first.click()
    for answer in (picture(), failing(50400)):
        server.script(answer)
        studio["test-connection"].click()
        expect(studio["connection-note"].locator("p")).to_have_count(1)
    server.script(picture())
    studio["mode"].get_by_label("synchronous").check()
    studio.run()
    for tab in ("Response", "Request", "Code"):
        studio.show(tab)
    studio.rows.first.get_by_role("button", name="Restore").click()
    studio.open()


def test_neither_the_apps_key_nor_a_visitors_is_anywhere_but_in_what_is_sent(
    visit: Callable[..., Studio], app: App, server: Gateway
) -> None:
    studio = visit(app)
    answers = Answers(studio)
    use(studio, server)
    assert keys_of(server) == {f"Bearer {APPS}"}
    assert_innocent([studio.page.content(), studio.page.evaluate(STORES)], server.requests)

    # The visitor enters a key of their own.
    apps_requests = list(server.requests)
    server.requests.clear()
    studio["api-key"].locator("input").fill(VISITORS)
    studio["api-key"].locator("input").press("Enter")
    expect(studio["key-note"]).to_contain_text("set")
    studio["connection"].get_by_role("button").first.click()
    studio["more"].get_by_role("button").first.click()
    use(studio, server)
    assert keys_of(server) == {f"Bearer {VISITORS}"}
    requests = apps_requests + server.requests
    seen = [
        studio.page.content(),
        studio.page.evaluate(STORES),
        json.dumps(studio.context.cookies()),
    ]
    assert_innocent(seen, requests)
    assert "process_completed" in "".join(answers.streamed)
    assert_innocent(answers.texts(), requests)
    assert_innocent([app.log, *files_below(app.data_dir, app.temp_dir)], requests)


def test_the_endpoints_reveal_no_key(app: App, server: Gateway) -> None:
    server.script(picture(), failing(50400))
    visitor = Visitor(app.url, OWNER)
    photo = visitor.upload((PHOTOS / "chelsea.png").read_bytes())
    results = [visitor.wait_for("edit", photo, "x", "", 0.5, 7, 1) for _ in range(2)]
    assert [records[0]["state"] for _, records in results] == ["done", "failed"]
    assert keys_of(server) == {f"Bearer {APPS}"}
    served = [
        requests.get(f"{app.url}{path}", headers={"Cookie": f"volcedit_notebook={OWNER}"}).text
        for path in PATHS
    ]
    assert_innocent([json.dumps(results), *served], server.requests)
    assert "urllib3.connectionpool" in app.log  # it logs everything, or this would prove nothing
    assert_innocent([app.log, *files_below(app.data_dir, app.temp_dir)], server.requests)
