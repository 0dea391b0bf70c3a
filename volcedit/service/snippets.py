"""Code snippets that repeat an edit: they send exactly the bytes that the app sent.

Keys are never included. They are read from the environment: `VOLCEDIT_API_KEY`, or for a signed
call `VOLC_ACCESSKEY`, `VOLC_SECRETKEY` and `VOLC_SESSION_TOKEN`. Unless the service fetches the
photo itself, it is read from a file in the current directory, named by `photo_name`.
"""

from __future__ import annotations

import json
import shlex
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import orjson

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
from volcedit.types import Delivery, EditParams, Mode, PictureFacts, Provider

# No compound statements, so that this can also be pasted into Python's prompt.
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
# The vendor's signer. Its VisualService would send other bytes: it serializes JSON differently.
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
_TAKE_TASK = f'print("Poll with Action={RESULT_ACTION} for task_id", data["task_id"])'

# The photo goes through a pipe because an argument is limited to 128 KB. The empty `Expect:` keeps
# curl from sending "Expect: 100-continue", which not every gateway answers.
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
# Volcengine requires a signature over this call's bytes and time, which curl cannot compute: its
# --aws-sigv4 is for AWS only. The Python snippet signs the call and sends exactly the same bytes.
"""


class Call(Protocol):
    """What a snippet needs to know about an edit. The notebook's recipe satisfies it."""

    @property
    def photo(self) -> PictureFacts | None:
        """None if the service fetches it itself."""

    @property
    def photo_url(self) -> str:
        """Where the service fetches the photo; empty if it does not."""

    @property
    def params(self) -> EditParams:
        """What to do to the photo."""

    @property
    def req_key(self) -> str:
        """The vendor's name for the model."""

    @property
    def delivery(self) -> Delivery:
        """How the picture is returned."""

    @property
    def mode(self) -> Mode:
        """One synchronous call, or a task."""

    @property
    def provider(self) -> Provider:
        """Decides the path, and whether the call is signed."""


def photo_name(photo: PictureFacts) -> str:
    """The photo's file name, the same as on the page: "photo-596aa1e7.png"."""
    return f"photo-{photo.sha256[:8]}.{extension(photo.media_type)}"


def curl(call: Call, base_url: str, *, key: bool) -> str:
    """The call as a curl command, which prints the HTTP status and writes answer.json.

    `base_url` is the root without `/volcv/v1`; `key` says whether that gateway needs a key. curl
    cannot sign for Volcengine: for such a call, a comment says so.
    """
    if call.provider == Provider.VOLCENGINE:
        return _CURL_CANNOT_SIGN
    headers = ["-H 'Content-Type: application/json'"]
    if key:
        headers.append('-H "Authorization: Bearer $VOLCEDIT_API_KEY"')
    return _CURL.format(
        needs=_needs(call),
        body=_curl_body(call),
        url=shlex.quote(_url(call, base_url)),
        headers=" ".join(headers),
    )


def _curl_body(call: Call) -> str:
    fields = orjson.dumps(_fields(call, "")).decode()
    if call.photo is None:
        return f"printf '%s' {shlex.quote(fields)}"
    # Unique: within a string, these quotes would be escaped.
    before, after = fields.split('[""]')
    return _CURL_PHOTO.format(
        before=shlex.quote(f'{before}["'),
        after=shlex.quote(f'"]{after}'),
        photo=photo_name(call.photo),
    )


def python(call: Call, base_url: str, *, key: bool) -> str:
    """The call in Python with `requests`: prints the start of the response, saves the picture.

    `base_url` is the root without `/volcv/v1`; `key` says whether that gateway needs a key. A
    signed call uses the vendor's package.
    """
    image = "base64.b64encode(photo).decode()"
    fields = {name: ascii(value) for name, value in _fields(call, "").items()}
    photo = ""
    if call.photo is not None:
        fields["binary_data_base64"] = f"[{image}]"
        photo = f"\nphoto = Path({json.dumps(photo_name(call.photo))}).read_bytes()"
    headers = {"Content-Type": '"application/json"'}
    if key:
        headers["Authorization"] = '"Bearer " + os.environ["VOLCEDIT_API_KEY"]'
    data = 'json.dumps(body, ensure_ascii=False, separators=(",", ":"))'
    data += f"{_number_fixes(call)}.encode()"
    signed = call.provider == Provider.VOLCENGINE
    return _PYTHON.format(
        needs=_needs(call),
        packages="requests volcengine" if signed else "requests",
        imports=_SIGNER if signed else "",
        sign=_sign(call, base_url, data) if signed else "",
        photo=photo,
        fields="\n".join(f'    "{name}": {value},' for name, value in fields.items()),
        url=json.dumps(_url(call, base_url)),
        data="call.body" if signed else data,
        headers="call.headers" if signed else _dict(headers),
        take=_take(call),
    )


def _dict(values: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}"


def _sign(call: Call, base_url: str, data: str) -> str:
    url = urlsplit(_url(call, base_url))
    return _SIGN.format(
        service=json.dumps(SERVICE),
        region=json.dumps(REGION),
        path=json.dumps(url.path),
        query=json.dumps(_query(call)),
        host=json.dumps(url.netloc),
        data=data,
    )


def _fields(call: Call, image: str) -> dict[str, Any]:
    fields = (call.req_key, call.params, call.delivery, image, call.mode)
    return build_fields(*fields, photo_url=call.photo_url)


def _take(call: Call) -> str:
    """The code that handles the response. A task has only an id so far."""
    if call.mode == "async":
        return _TAKE_TASK
    picture = json.dumps(f"seed-{call.params.seed}.jpg")
    return f"Path({picture}).write_bytes({_FETCH[call.delivery]})"


def _number_fixes(call: Call) -> str:
    """Code that makes `json.dumps` format small numbers as they were sent: 1e-5, not 1e-05."""
    mark = call.params.watermark
    numbers = {"scale": call.params.scale, "opacity": mark.opacity if mark else 1}
    pairs = {
        f'"{name}":{json.dumps(float(number))}': f'"{name}":{orjson.dumps(float(number)).decode()}'
        for name, number in numbers.items()
    }
    return "".join(f".replace({was!r}, {now!r})" for was, now in pairs.items() if was != now)


def _needs(call: Call) -> str:
    if call.photo is None:
        return "Needs no photo: the service fetches it from its address."
    return f"Needs {photo_name(call.photo)} in this folder, SHA-256 {call.photo.sha256[:16]}…"


def _url(call: Call, base_url: str) -> str:
    return f"{base_url}{path_of(call.provider)}?{urlencode(_query(call))}"


def _query(call: Call) -> dict[str, str]:
    return build_query(EDIT_ACTIONS[call.mode])
