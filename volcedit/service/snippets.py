"""A recipe's call as text to paste elsewhere: it sends the very bytes that the app sent.

Keys are named and never shown: `VOLCEDIT_API_KEY`, or for a signed call `VOLC_ACCESSKEY`,
`VOLC_SECRETKEY` and `VOLC_SESSION_TOKEN`, in the environment of whoever pastes. The photo is read
from a file named by `photo_name` in the current directory, if the service does not fetch it itself.
"""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from volcedit.notebook.recipe import Recipe
from volcedit.pictures.opening import extension
from volcedit.service.fields import (
    build_fields,
)
from volcedit.service.wire import (
    EDIT_ACTIONS,
    REGION,
    RESULT_ACTION,
    SERVICE,
    build_query,
    path_of,
)
from volcedit.types import Provider

# One statement a line, none of them compound: Python's prompt takes these when pasted, too.
_PYTHON = """\
# {needs} First: pip install {packages}
import base64, json, os
from pathlib import Path

import requests
{imports}{photo}
body = {{
{fields}
}}
{sign}response = requests.post(
    {url},
    data={data},
    headers={headers},
    timeout=120,
)
print(response.status_code, response.text[:300])
response.raise_for_status()
data = response.json()["data"]
{take}
"""
# The vendor's own signer. Its VisualService would send other bytes: it has its own way with JSON.
_SIGNER = """\
from volcengine.auth.SignerV4 import SignerV4
from volcengine.base.Request import Request
from volcengine.Credentials import Credentials
"""
_SIGN = """\
keys = [os.environ["VOLC_ACCESSKEY"], os.environ["VOLC_SECRETKEY"], {service}, {region}]
keys.append(os.environ.get("VOLC_SESSION_TOKEN", ""))
call = Request()
call.method, call.path, call.query = "POST", {path}, {query}
call.headers = {{"Content-Type": "application/json", "Host": {host}}}
call.body = {data}
SignerV4.sign(call, Credentials(*keys))
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
{body} | curl -sS {url} \\
  {headers} \\
  -H 'Expect:' --data-binary @- --output answer.json --write-out '%{{http_code}}\\n'
"""

_CURL_PHOTO = """\
{{ printf '%s' {before}
  base64 | tr -d '\\n'
  printf '%s' {after}
}} < {photo}"""

_CURL_CANNOT_SIGN = """\
# Volcengine wants this call signed, over its bytes and the time, which curl alone cannot do: its
# --aws-sigv4 makes the signature of AWS. The Python text signs it and sends the very same bytes.
"""


def photo_name(recipe: Recipe) -> str:
    """What the snippets call the photo, as the page does: "photo-596aa1e7.png"."""
    return f"photo-{recipe.photo.sha256[:8]}.{extension(recipe.photo.media_type)}"


def curl(recipe: Recipe, base_url: str, *, key: bool) -> str:
    """The call for a shell with curl: prints the HTTP status, writes the answer to answer.json.

    `key`: does the gateway at `base_url`, the root without `/volcv/v1`, want one? For a call that
    must be signed it is a comment that says so.
    """
    if recipe.provider == Provider.VOLCENGINE:
        return _CURL_CANNOT_SIGN
    headers = ["-H 'Content-Type: application/json'"]
    if key:
        headers.append('-H "Authorization: Bearer $VOLCEDIT_API_KEY"')
    return _CURL.format(
        needs=_needs(recipe),
        body=_curl_body(recipe),
        url=shlex.quote(_url(recipe, base_url)),
        headers=" ".join(headers),
    )


def _curl_body(recipe: Recipe) -> str:
    fields = orjson.dumps(_fields(recipe, "")).decode()
    if recipe.photo is None:
        return f"printf '%s' {shlex.quote(fields)}"
    # Inside a text these quotes would be escaped, so they stand here once.
    before, after = fields.split('[""]')
    return _CURL_PHOTO.format(
        before=shlex.quote(f'{before}["'),
        after=shlex.quote(f'"]{after}'),
        photo=photo_name(recipe),
    )


def python(recipe: Recipe, base_url: str, *, key: bool) -> str:
    """The call for Python with `requests`: prints the answer's begin, saves the picture.

    `key`: does the gateway at `base_url`, the root without `/volcv/v1`, want one? A call that must
    be signed is, with the vendor's package.
    """
    image = "base64.b64encode(photo).decode()"
    fields = {name: ascii(value) for name, value in _fields(recipe, "").items()}
    photo = ""
    if recipe.photo is not None:
        fields["binary_data_base64"] = f"[{image}]"
        photo = f"\nphoto = Path({json.dumps(photo_name(recipe))}).read_bytes()"
    headers = {"Content-Type": '"application/json"'}
    if key:
        headers["Authorization"] = '"Bearer " + os.environ["VOLCEDIT_API_KEY"]'
    data = 'json.dumps(body, ensure_ascii=False, separators=(",", ":"))'
    data += f"{_remedies(recipe)}.encode()"
    signed = recipe.provider == Provider.VOLCENGINE
    return _PYTHON.format(
        needs=_needs(recipe),
        packages="requests volcengine" if signed else "requests",
        imports=_SIGNER if signed else "",
        sign=_sign(recipe, base_url, data) if signed else "",
        photo=photo,
        fields="\n".join(f'    "{name}": {value},' for name, value in fields.items()),
        url=json.dumps(_url(recipe, base_url)),
        data="call.body" if signed else data,
        headers="call.headers" if signed else _dict(headers),
        take=_take(recipe),
    )


def _dict(values: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}"


def _sign(recipe: Recipe, base_url: str, data: str) -> str:
    url = urlsplit(_url(recipe, base_url))
    return _SIGN.format(
        service=json.dumps(SERVICE),
        region=json.dumps(REGION),
        path=json.dumps(url.path),
        query=json.dumps(_query(recipe)),
        host=json.dumps(url.netloc),
        data=data,
    )


def _fields(recipe: Recipe, image: str) -> dict[str, Any]:
    fields = (recipe.req_key, recipe.params, recipe.delivery, image, recipe.mode)
    return build_fields(*fields, photo_url=recipe.photo_url)


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
    if recipe.photo is None:
        return "Needs no photo: the service fetches it from its address."
    return f"Needs {photo_name(recipe)} in this folder, SHA-256 {recipe.photo.sha256[:16]}…"


def _url(recipe: Recipe, base_url: str) -> str:
    return f"{base_url}{path_of(recipe.provider)}?{urlencode(_query(recipe))}"


def _query(recipe: Recipe) -> dict[str, str]:
    return build_query(EDIT_ACTIONS[recipe.mode])
