"""A gateway that writes the key into any one field of its responses: acted on, but never stored.

For gateways that quote everything at once, and for what a page in a browser shows, see
`test_canary` and tests/browser/test_canary_page.py.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.calling import Time
from tests.support.gateway import Answer, Gateway, reply
from tests.support.quoting import ACCESS, APPS, SECRET, SESSION, VISITORS, spellings
from tests.support.running import DONE, PICTURE, Bench
from volcedit import Client, DownloadError, EditParams, EditRequest, KeyPair, Photo
from volcedit.notebook.finding import Query
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Mark, Record, new_id, utc_now
from volcedit.service import snippets
from volcedit.types import State
from volcedit.web.api import describe
from volcedit.web.edit.status import status_of
from volcedit.web.notebook import rows

KEYS = {
    "the app's key": [APPS],
    "a key pair": [ACCESS, SECRET, SESSION],
    "a key of digits": ["4711081547110815"],
}


def client_of(gateway: Gateway, keys: list[str]) -> Client:
    key = KeyPair(*keys) if len(keys) == 3 else keys[0]
    return Client(gateway.url, key, max_attempts=1, timeout_s=10, **Time().options)


# ── every field ──────────────────────────────────────────────────────────────────────────────


FORMS: list[Callable[[str], str]] = [
    str,
    lambda key: f"before-{key}-after",
    lambda key: f"{quote(key, safe='')}?key={quote(key)}#{key.upper()}",
    lambda key: f"Basic {basic(key)}",
    lambda key: key.encode().hex().upper(),
    lambda key: json.dumps({"key": key}).replace("/", "\\/").replace("&", "\\u0026"),
    lambda key: "x" * 290 + key,  # messages are cut at 300 characters
]
FIELDS = {
    "message": "{}", "request_id": "{}", "time_elapsed": "{}", "unheard_of": [["{}"]], "{}": "{}",
    "image_urls": ["{}"], "binary_data_base64": "{}",
}  # fmt: skip
DATA = {
    "rephraser_result": "{}", "request_id": "{}", "status": "done", "{}": {"{}": "{}"},
    "algorithm_base_resp": {"status_message": "{}"}, "infer_ctx": {"algorithm_key": "{}"},
}  # fmt: skip
LINK = {"image_urls": ["LINK/r.jpg?{}"]}
RESPONSES = {
    "a picture": FIELDS | {"data": DATA | {"binary_data_base64": ["PICTURE", "{}"]} | LINK},
    "a link that works not": FIELDS | {"data": DATA | LINK},
    "neither, but a link in the text": FIELDS | {"data": DATA | {"binary_data_base64": ["{}"]}},
    "a task in a state of its own": FIELDS | {"data": DATA | {"status": "{}", "task_id": "{}"}},
    "a failure with a link": FIELDS | {"code": 50400, "data": DATA | LINK},
    "a refused picture": FIELDS | {"code": 50511, "status": "{}", "data": "{}"},
    "a code of its own": {"code": "{}", "status": "{}", "message": "{}", "data": LINK},
    "a gateway's error": {"error": {"message": "{}", "code": "{}"}, "data": LINK},
    "a gateway's error, as text": {"error": "{}", "data": ["{}"]},
    "before the service": {
        "ResponseMetadata": {"RequestId": "{}", "Error": {"Code": "{}", "Message": "{}"}}
    },
    "an access key that is unknown": {
        "ResponseMetadata": {"Error": {"Code": "InvalidAccessKey"}, "{}": "{}"}
    },
    "nothing": {"code": 10000, "data": None, "{}": {"{}": "{}"}},
}


def basic(text: str) -> str:
    return base64.b64encode(f"user:{text}".encode()).decode()


def fill(response: dict, keys: list[str], gateway: Gateway) -> dict:
    """`response` with every form of every key in each place."""
    quoted = " ".join(form(key) for form in FORMS for key in keys)
    text = json.dumps(response).replace("{}", json.dumps(quoted)[1:-1])
    picture = base64.b64encode(PICTURE).decode()
    return json.loads(text.replace("LINK", gateway.url).replace("PICTURE", picture))


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
def test_no_field_of_a_response_brings_a_key_into_anything(
    gateway: Gateway, tmp_path: Path, photo: Photo, log, keys: list[str], mode: str
):
    states: dict[str, State] = {}
    with Bench(gateway.url, tmp_path, client=client_of(gateway, keys), mode=mode) as bench:
        for name, response in RESPONSES.items():
            envelope = fill(response, keys, gateway)
            task = [reply(200, fill(FIELDS | {"data": DATA | {"task_id": "{}"}}, keys, gateway))]
            gateway.script(*(task if mode == "async" else []), reply(200, envelope))
            (record,) = bench.finish(photo, delivery="url" if "link" in name else "base64").records
            states[name] = record.state
        texts = list(everything(bench, tmp_path))
    texts += [logging.Formatter().format(it) for it in log.records]
    assert states == {name: "done" if name == "a picture" else "failed" for name in RESPONSES}
    assert not list(found(texts, keys, gateway))


def submitted(task_id: str) -> Answer:
    return reply(200, {"code": 10000, "data": {"task_id": task_id}})


def everything(bench: Bench, folder: Path) -> Iterator[str]:
    """What is on disk, in an export, on the page, in snippets and in answers to programs."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"{path} {path.read_bytes().decode('latin-1')}"
    for language in ("en", "zh"):
        file = io.BytesIO()
        bench.workbench.export(bench.notebook, None, file, language=language)
        with zipfile.ZipFile(file) as archive:
            yield from (f"{it} {archive.read(it).decode('latin-1')}" for it in archive.namelist())
    for record in map(bench.notebook.get, bench.notebook.ids()):
        yield f"{record} {json.dumps(record.to_json())} {json.dumps(describe(record))}"
        yield f"{status_of([record], 'en')}"
        yield f"{rows.history_rows([rows.Row(record, Mark(), False, (None, None))], Query(), 'en')}"
        for snippet in (snippets.curl, snippets.python):
            yield snippet(record.recipe, bench.settings.base_url, key=True)


def found(texts: list[str], keys: list[str], gateway: Gateway) -> Iterator[tuple[str, str]]:
    """The keys in the texts, however they are spelled, each with what is around it."""
    secrets = {*keys, *(basic(key)[8:-4] for key in keys), *(key.encode().hex() for key in keys)}
    secrets |= {quote(key, safe="") for key in keys} | {key[:-4] for key in keys}
    secrets |= set(spellings(gateway.requests))
    for text in texts:
        lower = text.lower()
        for secret in secrets:
            if (at := lower.find(secret.lower())) >= 0:
                yield text[max(0, at - 200) : at + 100], secret


# ── what the app must still act on ───────────────────────────────────────────────────────────


def task_ids(gateway: Gateway) -> list[str]:
    """The ids of the tasks that were polled."""
    return [
        json.loads(request.body)["task_id"]
        for request in gateway.requests
        if request.query.get("Action") == "CVSync2AsyncGetResult"
    ]


@pytest.mark.parametrize("key", ["k", "1", "t", "-", APPS])
def test_no_task_is_lost_whatever_its_id_has_of_the_key(
    gateway: Gateway, tmp_path: Path, photo: Photo, key: str
):
    ids = ["task-k-1", f"{key}{key}", f"[key]-{key}", f"({key})"]
    client = client_of(gateway, [key])
    with Bench(gateway.url, tmp_path, client=client, mode="async") as bench:
        for task_id in ids:
            gateway.script(submitted(task_id), DONE)
            assert bench.states_on_disk(bench.finish(photo)) == ["done"]
    assert task_ids(gateway) == ids


@pytest.mark.parametrize("keys", [["k"], [APPS], [ACCESS, SECRET, SESSION]])
def test_a_task_whose_id_holds_the_keys_is_polled_after_a_restart(
    gateway: Gateway, tmp_path: Path, photo: Photo, keys: list[str]
):
    task_id = f"task-{'-'.join(keys)}-7"
    gateway.script(submitted(task_id), reply(500))
    with Bench(gateway.url, tmp_path, mode="async") as bench:
        record = left_behind(bench, photo, client_of(gateway, keys))
    gateway.script(DONE)
    with Bench(gateway.url, tmp_path, client=client_of(gateway, keys), mode="async") as later:
        assert later.workbench.resume(later.tell) == 1
        later.wait_until(lambda: not later.workbench.runs)
        assert later.notebook.get(record.id).state == "done"
    assert task_ids(gateway) == [task_id]


def left_behind(bench: Bench, photo: Photo, client: Client) -> Record:
    """A record on disk as a crash right after `client` submitted its task leaves it."""
    request = EditRequest(photo, EditParams("make it snow", seed=7), "byteedit_v2.0")
    recipe = Recipe.of(request, "gateway", bench.settings.host, "async")
    task_id, now = client.submit(request), utc_now()
    record = Record(new_id(now), now.isoformat(), recipe, State.TASK, task_id=task_id)
    bench.notebook.save(record, {photo.facts: photo.data})
    return record


def link_to(gateway: Gateway, query: str) -> Answer:
    url = f"{gateway.url}/r.jpg?{query}"
    return reply(200, {"code": 10000, "data": {"image_urls": [url]}})


@pytest.mark.parametrize("key", ["k", "sk-0123456789", APPS])
def test_a_picture_is_fetched_again_from_a_link_that_holds_the_key(
    gateway: Gateway, tmp_path: Path, photo: Photo, key: str
):
    """By another process, while the first one still runs."""
    gateway.script(
        link_to(gateway, f"key={quote(key, safe='')}&size=k"), reply(404), reply(200, PICTURE)
    )
    with Bench(gateway.url, tmp_path, api_key=key) as bench:
        (record,) = bench.finish(photo, delivery="url").records
        assert record.state == "failed"
        with Bench(gateway.url, tmp_path, api_key=key) as other:
            assert other.workbench.fetch_again(other.notebook, record.id).state == "done"
    assert [it.query for it in gateway.requests[1:]] == [{"key": key, "size": "k"}] * 2


def test_a_link_that_holds_a_key_in_base64_is_not_offered_again(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(link_to(gateway, f"auth={basic(APPS)}"), reply(404))
    with Bench(gateway.url, tmp_path, api_key=APPS) as bench:
        (record,) = bench.finish(photo, delivery="url").records
        assert not bench.workbench.can_fetch_again(record)
    assert record.picture_url == ""


def test_a_visitors_link_is_fetched_with_their_key_and_no_other(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(link_to(gateway, f"key={quote(VISITORS)}"), reply(404), reply(200, PICTURE))
    with Bench(gateway.url, tmp_path, api_key=APPS) as bench:
        visitors = replace(bench.settings, api_key=VISITORS)
        (record,) = bench.finish(photo, delivery="url", settings=visitors).records
        count = len(gateway.requests)
        with pytest.raises(DownloadError, match="different key"):
            bench.workbench.fetch_again(bench.notebook, record.id)
        assert len(gateway.requests) == count
        found = bench.workbench.fetch_again(bench.notebook, record.id, settings=visitors)
        assert found.state == "done"
        assert VISITORS not in str(list(everything(bench, tmp_path)))
    assert gateway.requests[-1].query == {"key": VISITORS}


def test_a_mark_that_the_gateway_wrote_itself_gets_no_key(
    gateway: Gateway, tmp_path: Path, photo: Photo
):
    gateway.script(link_to(gateway, "key=[key]"), reply(404), reply(200, PICTURE))
    with Bench(gateway.url, tmp_path, api_key=APPS) as bench:
        (record,) = bench.finish(photo, delivery="url").records
        bench.workbench.fetch_again(bench.notebook, record.id)
    assert APPS not in str([it.query for it in gateway.requests])
