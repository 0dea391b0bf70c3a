"""No key, signature or Authorization header in anything written, logged, raised or shown.

Every flow runs with secrets that are easy to search for, against a gateway that quotes everything
it was sent, wherever it can. For the page in a browser see tests/browser/test_canary_page.py.
"""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.gateway import Answer, Gateway, Request, reply
from tests.support.quoting import (
    ACCESS,
    APPS,
    SECRET,
    SESSION,
    VISITORS,
    answer,
    assert_innocent,
    bad_headers,
    echoed,
    envelope,
    failing,
    link,
    link_elsewhere,
    no_http,
    page,
    picture,
    strange_host,
    submitted,
)
from tests.support.running import PICTURE, Bench
from volcedit import Client, EditParams, EditRequest, Photo, VolceditError
from volcedit.config import Settings, read_settings
from volcedit.jobs.run import Run
from volcedit.notebook.finding import Query
from volcedit.notebook.history import History
from volcedit.notebook.records import Mark, Record
from volcedit.service import snippets
from volcedit.service.client import Poll
from volcedit.service.models import settle
from volcedit.web.api import describe
from volcedit.web.edit.connector import _tell_facts
from volcedit.web.edit.status import status_of
from volcedit.web.keys import Keys
from volcedit.web.notebook import rows

FLOWS: dict[str, tuple[str, list]] = {
    "a picture": ("sync", [picture()]),
    "a picture with a status": ("sync", [picture(status="done")]),
    "a link that works": ("sync", [link("/r.jpg"), reply(200, PICTURE)]),
    "a link that is gone": ("sync", [link("/r.jpg"), page(404)]),
    "a link that leads on": (
        "sync",
        [link("/r.jpg"), page(302, Location="/n.jpg?key={}"), page(404)],
    ),
    "a link that breaks": ("sync", [link("/r.jpg"), no_http]),
    "a link with bad headers": ("sync", [link("/r.jpg"), bad_headers]),
    "a link to this machine": ("sync", [link_elsewhere("localhost")]),
    "a link that is none": ("sync", [answer(200, strange_host)]),
    "the key refused": ("sync", [failing(50400)]),
    "401": ("sync", [answer(401, lambda exchange: {"error": {"message": echoed(exchange)}})]),
    "403 before the service": (
        "sync",
        [
            answer(
                403,
                lambda exchange: {
                    "ResponseMetadata": {
                        "RequestId": echoed(exchange),
                        "Error": {"Code": "SignatureDoesNotMatch", "Message": echoed(exchange)},
                    }
                },
            )
        ],
    ),
    "a code unheard of": ("sync", [failing(59999)]),
    "a failure that passes": ("sync", [failing(50430, 429), failing(50500, 500), picture()]),
    "a Retry-After that is none": ("sync", [page(429, Retry_After="{}"), picture()]),
    "a page": ("sync", [page(200)]),
    "a page with 502": ("sync", [page(502)]),
    "a redirect": ("sync", [page(307, Location="/elsewhere?key={}")]),
    "no HTTP": ("sync", [no_http]),
    "bad headers": ("sync", [bad_headers]),
    "success without a picture": ("sync", [answer(200, envelope)]),
    "a task": ("async", [submitted, failing(50429, 429), no_http, picture(status="done")]),
    "a task that fails": ("async", [submitted, failing(50511, status_="done")]),
    "a task in a state of its own": (
        "async",
        [submitted, answer(200, lambda exchange: envelope(exchange, status=echoed(exchange)))],
    ),
    "a task that is gone": (
        "async",
        [submitted, answer(200, lambda exchange: envelope(exchange, status="not_found"))],
    ),
    "a task without a name": ("async", [answer(200, envelope)]),
}


# ── accounts ─────────────────────────────────────────────────────────────────────────────────

APP, VISITOR, PAIR = "the app's key", "a visitor's key", "a key pair"
ACCOUNTS = {
    APP: {"VOLCEDIT_API_KEY": APPS},
    VISITOR: {"VOLCEDIT_API_KEY": APPS},
    PAIR: {
        "VOLC_ACCESSKEY": ACCESS,
        "VOLC_SECRETKEY": SECRET,
        "VOLC_SESSION_TOKEN": SESSION,
    },
}


@pytest.fixture(params=ACCOUNTS)
def account(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def app(gateway: Gateway, account: str, tmp_path: Path) -> Settings:
    """The app's own settings."""
    place = "VOLCEDIT_VOLC_URL" if account == PAIR else "VOLCEDIT_BASE_URL"
    more = {"VOLCEDIT_DATA_DIR": str(tmp_path / "data"), "VOLCEDIT_MAX_ATTEMPTS": "3"}
    return settle(read_settings(ACCOUNTS[account] | {place: gateway.url} | more))


@pytest.fixture
def settings(app: Settings, account: str) -> Settings:
    """The settings used for the edits."""
    if account != VISITOR:
        return app
    keys, notebook = Keys(app), History(app.data_dir).notebook("anna")
    keys.put(notebook, VISITORS, "", may_choose_gateway=False)
    return keys.settings_of(notebook)


def client_of(settings: Settings) -> Client:
    return Client(
        settings.base_url,
        settings.key_pair or settings.api_key,
        max_attempts=settings.max_attempts,
        timeout_s=10,
        wait=lambda stop, _: stop.is_set(),
    )


class Seen:
    """Everything that anybody could see, as text."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog
        self._texts: list[str] = []

    def add(self, *things: object) -> None:
        """Add the str and repr of each; of errors also the traceback with all causes."""
        for thing in things:
            self._texts += [str(thing), repr(thing)]
            if isinstance(thing, BaseException):
                self._texts += traceback.format_exception(thing)
                self._texts.append(repr(getattr(thing, "__dict__", {})))

    def assert_innocent(self, gateway: Gateway, folder: Path) -> None:
        """Check that no secret is in it, in the log or below `folder`."""
        formatter = logging.Formatter("%(name)s %(message)s")
        texts = self._texts + [formatter.format(record) for record in self.caplog.records]
        files = [path for path in folder.rglob("*") if path.is_file()]
        texts += [f"{path} {path.read_bytes().decode('latin-1')}" for path in files]
        assert_innocent(texts, gateway.requests)


def assert_sent(requests: list[Request], account: str) -> None:
    """Check that the secrets were really sent: otherwise nothing was tested."""
    assert requests
    for request in requests:
        sent = request.headers.get("Authorization", "")
        if request.method == "GET":
            assert not sent and "X-Security-Token" not in request.headers
        elif account == PAIR:
            assert sent.startswith(f"HMAC-SHA256 Credential={ACCESS}/")
            assert request.headers["X-Security-Token"] == SESSION
        else:
            assert (
                sent == f"Bearer {APPS if account == 'the app' + chr(39) + 's key' else VISITORS}"
            )


@pytest.fixture
def seen(caplog: pytest.LogCaptureFixture) -> Seen:
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).disabled = False
    return Seen(caplog)


# ── the flows ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("flow", FLOWS)
def test_no_edit_reveals_a_secret(
    gateway: Gateway,
    app: Settings,
    settings: Settings,
    account: str,
    flow: str,
    seen: Seen,
    photo: Photo,
    tmp_path: Path,
):
    mode, script = FLOWS[flow]
    gateway.script(*[make(gateway) if is_maker(make) else make for make in script])
    client = client_of(settings)
    runs: list[Run] = []

    def look() -> None:
        for run in runs:
            for wait in run.waits.values():
                seen.add(wait, wait.error, *dataclasses.astuple(wait.error.words))
            for poll in run.polls.values():
                seen.add(poll, poll.error)

    with Bench(gateway.url, app.data_dir, client=client) as bench:
        runs.append(bench.start(photo, mode=mode, on_change=lambda: (look(), bench.tell())))
        (record,) = bench.wait_for_end(runs[0]).records
        saved = bench.notebook.get(record.id)
        for language in ("en", "zh"):
            archive = io.BytesIO()
            bench.workbench.export(bench.notebook, None, archive, language=language)
            seen.add(archive.getvalue().decode("latin-1"))  # its members are stored as they are
    show(seen, saved)
    assert_sent(gateway.requests, account)
    seen.assert_innocent(gateway, tmp_path)


def is_maker(make: Callable) -> bool:
    return make.__qualname__.startswith("link.")


def show(seen: Seen, record: Record) -> None:
    """What the page and the endpoint show of a record."""
    seen.add(record, json.dumps(describe(record)), json.dumps(record.to_json()))
    for language in ("en", "zh"):
        seen.add(status_of([record], language))
        row = rows.Row(record, Mark(), False, (None, None))
        seen.add(rows.history_rows([row], Query(), language))


@pytest.mark.parametrize("account", [APP, PAIR], indirect=True)
@pytest.mark.parametrize("flow", FLOWS)
def test_no_error_of_the_library_reveals_a_secret(
    gateway: Gateway,
    settings: Settings,
    account: str,
    flow: str,
    seen: Seen,
    photo: Photo,
    tmp_path: Path,
):
    mode, script = FLOWS[flow]
    gateway.script(*[make(gateway) if is_maker(make) else make for make in script])
    client = client_of(settings)
    request = EditRequest(photo, EditParams("make it snow", seed=7), "byteedit_v2.0")
    polls: list[Poll] = []
    try:
        if mode == "async":
            seen.add(client.edit_as_task(request, on_poll=polls.append))
        else:
            seen.add(client.send(request))
    except VolceditError as error:
        seen.add(error, error.envelope)
    for poll in polls:
        seen.add(poll, poll.error)
    assert_sent(gateway.requests, account)
    seen.assert_innocent(gateway, tmp_path)


@pytest.mark.parametrize("script", [picture(), failing(50200), page(502), no_http, bad_headers])
def test_no_connection_test_reveals_a_secret(
    gateway: Gateway, settings: Settings, account: str, script: Answer, seen: Seen, tmp_path: Path
):
    gateway.script(script)
    try:
        client_of(settings).probe()
    except VolceditError as error:
        seen.add(error)
    assert_sent(gateway.requests, account)
    seen.assert_innocent(gateway, tmp_path)


def test_no_repr_shows_a_secret(
    gateway: Gateway,
    app: Settings,
    settings: Settings,
    seen: Seen,
    photo: Photo,
    tmp_path: Path,
):
    gateway.script(picture())
    client = client_of(settings)
    seen.add(app, settings, settings.key_pair, client, *vars(client).values())
    seen.add(dataclasses.replace(settings, mode="async"))
    for language in ("en", "zh"):
        seen.add(_tell_facts(settings, app, language))
    with Bench(gateway.url, app.data_dir, client=client) as bench:
        (record,) = bench.finish(photo).records
        seen.add(bench.workbench, bench.notebook)
    for snippet in (snippets.curl, snippets.python):
        for key in (True, False):
            if settings.key_pair is None or snippet is snippets.python:
                seen.add(snippet(record.recipe, settings.base_url, key=key))
    seen.assert_innocent(gateway, tmp_path)


def test_the_search_would_find_a_secret(seen: Seen, gateway: Gateway, tmp_path: Path):
    for leak in (APPS, f"https://x/?key={quote(SESSION, safe='')}", "Authorization: Bearer abc"):
        found = Seen(seen.caplog)
        found.add(leak)
        with pytest.raises(AssertionError):
            found.assert_innocent(gateway, tmp_path)
    (tmp_path / "leak").write_text(SECRET)
    with pytest.raises(AssertionError):
        seen.assert_innocent(gateway, tmp_path)
