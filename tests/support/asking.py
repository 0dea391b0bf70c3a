"""Requests to an app as a browser, a program or an attacker would send them, header by header."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

COOKIE = {"Cookie": "volcedit_notebook=" + "a" * 22}
OTHER_COOKIE = {"Cookie": "volcedit_notebook=" + "b" * 22}
DEADLINE_S = 30
BOUNDARY = "0123456789abcdef"


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    url: str,
    path: str = "/",
    headers: Mapping[str, str] = {},
    *,
    method: str = "GET",
    body: bytes | Iterable[bytes] | None = None,
) -> Answer:
    """Send exactly these headers. An iterable is sent in chunks."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        chunked = body is not None and not isinstance(body, bytes)
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        if isinstance(body, bytes) and "Content-Length" not in headers:
            connection.putheader("Content-Length", str(len(body)))
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        with suppress(BrokenPipeError, ConnectionResetError):  # answered before the end
            connection.endheaders(body, encode_chunked=chunked)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def post(url: str, path: str, values: Any, headers: Mapping[str, str] = {}) -> Answer:
    """Post JSON."""
    headers = {"Content-Type": "application/json", **headers}
    return ask(url, path, headers, method="POST", body=json.dumps(values).encode())


def wait_until(holds: Callable[[], object]) -> None:
    """Poll until `holds()`, because another process tells nobody."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def form(data: bytes, name: str = "a.png") -> tuple[dict[str, str], bytes]:
    """The header and body of an upload."""
    named = f'Content-Disposition: form-data; name="files"; filename="{name}"'
    body = f"--{BOUNDARY}\r\n{named}\r\n\r\n".encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
    return {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}, body


def upload(url: str, data: bytes, headers: Mapping[str, str] = {}, *, root: str = "") -> Answer:
    """Upload one file."""
    more, body = form(data)
    path = f"{root}/gradio_api/upload"
    return ask(url, path, {**more, **headers}, method="POST", body=body)
