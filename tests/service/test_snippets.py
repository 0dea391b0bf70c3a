from __future__ import annotations

import base64
import calendar
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from tests.support import PHOTOS
from tests.support.gateway import Gateway, Request, reply
from volcedit import EditParams, Photo, PhotoLink, read_photo
from volcedit.notebook.recipe import Recipe
from volcedit.sandbox import AccessKey, Sandbox
from volcedit.service import snippets
from volcedit.service.auth import SignatureAuth
from volcedit.service.wire import (
    build_body,
)
from volcedit.types import EditRequest, KeyPair, Watermark

PICTURE = (PHOTOS / "rocket.jpg").read_bytes()
ANSWER = {"code": 10000, "data": {"binary_data_base64": [base64.b64encode(PICTURE).decode()]}}
KEY = "canary-key"
KEYS = {"VOLCEDIT_API_KEY": KEY}
PAIR = {"VOLC_ACCESSKEY": "canary-ak", "VOLC_SECRETKEY": "canary-sk"}
STS = {**PAIR, "VOLC_SESSION_TOKEN": "canary-token"}

HOSTILE = [
    "make it snow",
    'it\'s $HOME `id` $(id) \\ "quoted" %s %d \\n',
    "two\nlines\r\ttab",
    '[""] {"a":1} """ \'\'\' {0} {{}}',
    "改成漫画风格 🏔\u2028\u007f\x01",
]


@pytest.fixture
def photo() -> Photo:
    return read_photo(PHOTOS / "chelsea.png").photo


def recipe_of(
    photo: Photo | PhotoLink,
    params: EditParams,
    delivery: str = "base64",
    mode: str = "sync",
    provider: str = "gateway",
) -> Recipe:
    request = EditRequest(photo, params, "byteedit_v2.0", delivery)
    return Recipe.of(request, provider, "gateway.example.com", mode)


def paste(
    text: str,
    program: list[str],
    folder: Path,
    recipe: Recipe,
    photo: Photo | PhotoLink,
    keys: dict[str, str] = KEYS,
) -> str:
    """The output of `program` running `text` in a folder with the photo, if there is one."""
    if isinstance(photo, Photo):
        (folder / snippets.photo_name(recipe.photo)).write_bytes(photo.data)
    environment = {
        **{name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        **keys,
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(
        [*program, text], cwd=folder, env=environment, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


PROGRAMS = {"curl": ["bash", "-c"], "python": [sys.executable, "-c"]}


@pytest.mark.parametrize("prompt", HOSTILE)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_pasted_snippet_sends_exactly_the_same_bytes(
    name: str, prompt: str, photo: Photo, tmp_path: Path
):
    mark = Watermark("it's “mine” $1", 3, 1, 1e-05)
    recipe = recipe_of(photo, EditParams(prompt, prompt[::-1], 2147483647, 1e-07, mark))
    with Gateway() as gateway:
        gateway.script(reply(200, ANSWER))
        text = getattr(snippets, name)(recipe, gateway.url, key=True)
        paste(text, PROGRAMS[name], tmp_path, recipe, photo)
        (request,) = gateway.requests
    assert request.body == build_body(recipe.request(photo.data))
    assert request.path == "/volcv/v1"
    assert request.query == {"Action": "CVProcess", "Version": "2022-08-31"}
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in text


@pytest.mark.parametrize("name", PROGRAMS)
def test_without_a_key_the_snippet_sends_no_authorization(name: str, photo: Photo, tmp_path: Path):
    recipe = recipe_of(photo, EditParams("make it snow", seed=7))
    with Gateway() as gateway:
        gateway.script(reply(200, ANSWER))
        text = getattr(snippets, name)(recipe, gateway.url, key=False)
        paste(text, PROGRAMS[name], tmp_path, recipe, photo)
        assert "Authorization" not in gateway.requests[0].headers


@pytest.mark.parametrize("prompt", HOSTILE)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_link_is_sent_with_exactly_the_same_bytes(name: str, prompt: str, tmp_path: Path):
    link = PhotoLink('https://example.com/猫\'s.jpg?a=$1&b=`c`&d=[""]{}')
    recipe = recipe_of(link, EditParams(prompt, seed=7))
    with Gateway() as gateway:
        gateway.script(reply(200, ANSWER))
        text = getattr(snippets, name)(recipe, gateway.url, key=True)
        paste(text, PROGRAMS[name], tmp_path, recipe, link)
        (request,) = gateway.requests
    assert request.body == build_body(recipe.request())


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_task_is_submitted_with_exactly_the_same_bytes(name: str, photo: Photo, tmp_path: Path):
    recipe = recipe_of(photo, EditParams("make it snow", seed=7), mode="async")
    with Gateway() as gateway:
        gateway.script(reply(200, {"code": 10000, "data": {"task_id": "73921"}}))
        text = getattr(snippets, name)(recipe, gateway.url, key=True)
        printed = paste(text, PROGRAMS[name], tmp_path, recipe, photo)
        (request,) = gateway.requests
    assert request.body == build_body(recipe.request(photo.data), "async")
    assert request.query["Action"] == "CVSync2AsyncSubmitTask"
    answer = tmp_path / "answer.json"
    assert "73921" in (answer.read_text() if name == "curl" else printed)


# ── signed ───────────────────────────────────────────────────────────────────────────────────


def signature_of(request: Request, keys: dict[str, str]) -> str:
    """The Authorization header that our signer computes for the same request and time."""
    headers = {name: request.headers[name] for name in ("Content-Type", "Host")}
    url = f"http://{request.headers['Host']}{request.path}"
    moment = calendar.timegm(time.strptime(request.headers["X-Date"], "%Y%m%dT%H%M%SZ"))
    auth = SignatureAuth(KeyPair(*keys.values()), lambda: moment)
    signed = requests.Request("POST", url, headers, data=request.body, params=request.query)
    return auth(signed.prepare()).headers["Authorization"]


@pytest.mark.parametrize("keys", [PAIR, STS], ids=["lasting", "sts"])
@pytest.mark.parametrize("prompt", HOSTILE)
def test_python_signs_and_sends_exactly_the_same_bytes(
    prompt: str, keys: dict[str, str], photo: Photo, tmp_path: Path
):
    recipe = recipe_of(photo, EditParams(prompt, prompt[::-1], 7, 1e-07), provider="volcengine")
    with Gateway() as gateway:
        gateway.script(reply(200, ANSWER))
        text = snippets.python(recipe, gateway.url, key=True)
        paste(text, PROGRAMS["python"], tmp_path, recipe, photo, keys)
        (request,) = gateway.requests
    assert request.body == build_body(recipe.request(photo.data))
    assert (request.path, request.query["Action"]) == ("/", "CVProcess")
    assert request.headers["Authorization"] == signature_of(request, keys)
    assert request.headers["X-Security-Token"] == keys.get("VOLC_SESSION_TOKEN")
    assert (tmp_path / "seed-7.jpg").read_bytes() == PICTURE
    assert "canary" not in text and KEY not in str(request.headers)


@pytest.mark.parametrize("keys", [PAIR, STS], ids=["lasting", "sts"])
def test_the_sandbox_accepts_pythons_signature(keys: dict[str, str], photo: Photo, tmp_path: Path):
    params = EditParams("make it snow", seed=7)
    recipe = recipe_of(photo, params, "url", provider="volcengine")
    with Sandbox(access_keys=[AccessKey(*keys.values())]) as sandbox:
        text = snippets.python(recipe, sandbox.url, key=True)
        assert paste(text, PROGRAMS["python"], tmp_path, recipe, photo, keys).startswith("200 ")
    assert read_photo(tmp_path / "seed-7.jpg").photo.width_px == 1248


def test_curl_says_that_it_cannot_sign(photo: Photo, tmp_path: Path):
    recipe = recipe_of(photo, EditParams("make it snow"), provider="volcengine")
    text = snippets.curl(recipe, "https://visual.volcengineapi.com", key=True)
    assert "cannot" in text and "Python" in text
    assert paste(text, PROGRAMS["curl"], tmp_path, recipe, photo) == ""


# ── the picture ──────────────────────────────────────────────────────────────────────────────


def test_python_saves_the_picture_in_the_response(photo: Photo, tmp_path: Path):
    recipe = recipe_of(photo, EditParams("make it snow", seed=7))
    with Gateway() as gateway:
        gateway.script(reply(200, ANSWER))
        text = snippets.python(recipe, gateway.url, key=False)
        printed = paste(text, PROGRAMS["python"], tmp_path, recipe, photo)
    assert (tmp_path / "seed-7.jpg").read_bytes() == PICTURE
    assert printed.startswith("200 ")


def test_python_fetches_the_picture_from_its_link(photo: Photo, tmp_path: Path):
    recipe = recipe_of(photo, EditParams("make it snow", seed=8), "url")
    with Gateway() as gateway:
        link = f"{gateway.url}/picture.jpg"
        gateway.script(
            reply(200, {"code": 10000, "data": {"image_urls": [link]}}), reply(200, PICTURE)
        )
        text = snippets.python(recipe, gateway.url, key=False)
        paste(text, PROGRAMS["python"], tmp_path, recipe, photo)
    assert (tmp_path / "seed-8.jpg").read_bytes() == PICTURE


def test_every_valid_number_is_formatted_as_it_was_sent(photo: Photo):
    """Runs the Python snippet in this process, without sending."""
    chance = random.Random(4127)
    for _ in range(500):
        scale = chance.choice([0.0, 1.0, chance.random(), chance.random() ** chance.randint(1, 60)])
        params = EditParams("x" * chance.randint(1, 9), seed=chance.randint(1, 9), scale=scale)
        recipe = recipe_of(photo, replace(params, watermark=Watermark(opacity=scale)))
        lines = snippets.python(recipe, "http://x", key=False).splitlines()
        begin = next(i for i, line in enumerate(lines) if line.startswith("body"))
        end = next(i for i, line in enumerate(lines) if line.startswith("response"))
        data = next(line for line in lines if line.startswith("    data="))
        names: dict = {"photo": photo.data}
        code = ["import base64, json", *lines[begin:end], data.strip().rstrip(",")]
        exec("\n".join(code), names)
        assert names["data"] == build_body(recipe.request(photo.data))
