"""A recipe's call as text to paste elsewhere: it sends the very bytes that the app sent.

The key is named and never shown: `VOLCEDIT_API_KEY` in the environment of whoever pastes. The
photo is read from a file named by `photo_name` in the current directory.
"""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import urlencode

import orjson

from volcedit.images import extension
from volcedit.recipe import Recipe
from volcedit.wire import EDIT_ACTIONS, GATEWAY_PATH, RESULT_ACTION, build_fields, build_query

# One statement a line, none of them compound: Python's prompt takes these when pasted, too.
_PYTHON = """\
# {needs} Then: pip install requests
import base64, json, os
from pathlib import Path

import requests

photo = Path({photo}).read_bytes()
body = {{
{fields}
}}
response = requests.post(
    {url},
    data=json.dumps(body, ensure_ascii=False, separators=(",", ":")){remedies}.encode(),
    headers={headers},
    timeout=120,
)
print(response.status_code, response.text[:300])
response.raise_for_status()
data = response.json()["data"]
{take}
"""
_FETCH = {
    "base64": 'base64.b64decode(data["binary_data_base64"][0])',
    "url": 'requests.get(data["image_urls"][0], timeout=120).content',
}
_TAKE_TASK = f'print("Ask with Action={RESULT_ACTION} for task_id", data["task_id"])'

# The photo goes through a pipe: an argument may have 128 KB. `Expect:` keeps curl from asking
# leave to send, which not every gateway answers.
_CURL = """\
# {needs}
{{ printf '%s' {before}
  base64 | tr -d '\\n'
  printf '%s' {after}
}} < {photo} | curl -sS {url} \\
  {headers} \\
  -H 'Expect:' --data-binary @- --output answer.json --write-out '%{{http_code}}\\n'
"""


def photo_name(recipe: Recipe) -> str:
    """What the snippets call the photo, as the page does: "photo-596aa1e7.png"."""
    return f"photo-{recipe.photo.sha256[:8]}.{extension(recipe.photo.media_type)}"


def curl(recipe: Recipe, base_url: str, *, key: bool) -> str:
    """The call for a shell with curl: prints the HTTP status, writes the answer to answer.json.

    `key`: does the gateway at `base_url`, the root without `/volcv/v1`, want one?
    """
    # Inside a text these quotes would be escaped, so they stand here once.
    before, after = orjson.dumps(_fields(recipe, "")).decode().split('[""]')
    headers = ["-H 'Content-Type: application/json'"]
    if key:
        headers.append('-H "Authorization: Bearer $VOLCEDIT_API_KEY"')
    return _CURL.format(
        needs=_needs(recipe),
        before=shlex.quote(f'{before}["'),
        after=shlex.quote(f'"]{after}'),
        photo=photo_name(recipe),
        url=shlex.quote(_url(recipe, base_url)),
        headers=" ".join(headers),
    )


def python(recipe: Recipe, base_url: str, *, key: bool) -> str:
    """The call for Python with `requests`: prints the answer's begin, saves the picture.

    `key`: does the gateway at `base_url`, the root without `/volcv/v1`, want one?
    """
    image = "base64.b64encode(photo).decode()"
    fields = {name: ascii(value) for name, value in _fields(recipe, "").items()}
    fields["binary_data_base64"] = f"[{image}]"
    headers = {"Content-Type": '"application/json"'}
    if key:
        headers["Authorization"] = '"Bearer " + os.environ["VOLCEDIT_API_KEY"]'
    return _PYTHON.format(
        needs=_needs(recipe),
        photo=json.dumps(photo_name(recipe)),
        fields="\n".join(f'    "{name}": {value},' for name, value in fields.items()),
        url=json.dumps(_url(recipe, base_url)),
        remedies=_remedies(recipe),
        headers="{" + ", ".join(f'"{name}": {value}' for name, value in headers.items()) + "}",
        take=_take(recipe),
    )


def _fields(recipe: Recipe, image: str) -> dict[str, Any]:
    return build_fields(recipe.req_key, recipe.params, recipe.delivery, image, recipe.mode)


def _take(recipe: Recipe) -> str:
    """What Python does with the answer: a task only has a number yet."""
    if recipe.mode == "async":
        return _TAKE_TASK
    picture = json.dumps(f"seed-{recipe.params.seed}.jpg")
    return f"Path({picture}).write_bytes({_FETCH[recipe.delivery]})"


def _remedies(recipe: Recipe) -> str:
    """What makes `json.dumps` write tiny numbers as we sent them: 1e-5, not 1e-05."""
    mark = recipe.params.watermark
    numbers = {"scale": recipe.params.scale, "opacity": mark.opacity if mark else 1}
    pairs = {
        f'"{name}":{json.dumps(float(number))}': f'"{name}":{orjson.dumps(float(number)).decode()}'
        for name, number in numbers.items()
    }
    return "".join(f".replace({was!r}, {now!r})" for was, now in pairs.items() if was != now)


def _needs(recipe: Recipe) -> str:
    return f"Needs {photo_name(recipe)} in this folder, SHA-256 {recipe.photo.sha256[:16]}…"


def _url(recipe: Recipe, base_url: str) -> str:
    return f"{base_url}{GATEWAY_PATH}?{urlencode(build_query(EDIT_ACTIONS[recipe.mode]))}"
