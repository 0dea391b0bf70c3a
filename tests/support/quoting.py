"""Keys that are easy to find in text, and a gateway that echoes everything it receives."""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from PIL import Image

from tests.support.gateway import Answer, Exchange, Gateway, Request, reply

# Contains characters that URLs, HTML and JSON escape.
APPS = "canary-apps+key/with=signs&more"
VISITORS = "canary-visitors+key/with=signs&more"
ACCESS, SECRET = "AKLTcanary-access", "canary-secret/with+signs=="
SESSION = "canary-session/with+signs=="
SECRETS = (APPS, VISITORS, ACCESS, SECRET, SESSION)
HEADER = re.compile(
    r"(?i)authorization\W+(?:bearer|hmac-sha256)\s+(?!\$|&#36;|[\[{\"]|credential=\[key\])\S+"
)
"""A header with a value; snippets name a variable instead, and redacted headers say so."""


def echoed(exchange: Exchange) -> str:
    """All headers that the gateway received, as it echoes them."""
    return " ".join(f"{name}: {value}" for name, value in exchange.asked.items())


def in_url(exchange: Exchange) -> str:
    """The request's credentials, as part of a URL."""
    token = exchange.asked.get("X-Security-Token", "")
    return quote(exchange.asked.get("Authorization", "") + token, safe="")


def envelope(exchange: Exchange, code: int = 10000, **data: object) -> dict:
    """The published envelope."""
    echo = echoed(exchange)
    return {
        "code": code,
        "message": f"you sent {echo}",
        "request_id": "r-1",
        "data": data | {"rephraser_result": echo, echo: {"again": [echo]}},
        "time_elapsed": "1.0s",
    }


def answer(status: int, make: Callable[[Exchange], dict | bytes | str], **headers: str) -> Answer:
    """A response built from the request, which is also echoed in its headers."""

    def answer(exchange: Exchange) -> None:
        body = make(exchange)
        body = json.dumps(body) if isinstance(body, dict) else body
        named = {name: value.format(in_url(exchange)) for name, value in headers.items()}
        reply(status, body.encode(), X_Echo=echoed(exchange), **named)(exchange)

    return answer


def picture(**more: object) -> Answer:
    file = io.BytesIO()
    Image.new("RGB", (48, 32), (40, 120, 200)).save(file, "JPEG")
    data = {"binary_data_base64": [base64.b64encode(file.getvalue()).decode()], **more}
    return answer(200, lambda exchange: envelope(exchange, **data))


def failing(code: int, status: int = 400, **data: object) -> Answer:
    return answer(status, lambda exchange: envelope(exchange, code, **data))


def page(status: int, **headers: str) -> Answer:
    return answer(status, lambda exchange: f"<html>{echoed(exchange)}</html>", **headers)


def link(path: str) -> Callable[[Gateway], Answer]:
    """A picture at a URL of the gateway that contains the credentials."""

    def make(gateway: Gateway) -> Answer:
        return answer(
            200,
            lambda exchange: envelope(
                exchange, image_urls=[f"{gateway.url}{path}?key={in_url(exchange)}"]
            ),
        )

    return make


def link_elsewhere(host: str) -> Answer:
    url = f"https://{host}/"
    return answer(200, lambda exchange: envelope(exchange, image_urls=[url + in_url(exchange)]))


def strange_host(exchange: Exchange) -> dict:
    return envelope(exchange, image_urls=[f"https://{in_url(exchange)}.example:port/"])


def no_http(exchange: Exchange) -> None:
    """Echo the whole request instead of an HTTP response."""
    exchange.write(f"{echoed(exchange)}\r\n".encode())
    exchange.close()


def bad_headers(exchange: Exchange) -> None:
    """A response with malformed headers."""
    body = b"{}"
    lines = (
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n "
        f"{echoed(exchange)}\r\nno header {echoed(exchange)}"
    )
    exchange.write(lines.encode() + b"\r\n\r\n" + body)
    exchange.close()


def submitted(exchange: Exchange) -> None:
    answer(200, lambda exchange: envelope(exchange, task_id="7"))(exchange)


def assert_innocent(texts: Iterable[str], requests: list[Request]) -> None:
    """Assert that `texts` hold no secret, no signature of `requests`, no Authorization header."""
    secrets = list(spellings(requests))
    for text in texts:
        for secret in secrets:
            assert secret not in text, excerpt(text, secret)
        assert not (found := HEADER.search(text)), found


def spellings(requests: list[Request]) -> Iterator[str]:
    """Each secret in every encoding, and the signatures that were sent."""
    for secret in SECRETS:
        yield from {secret, quote(secret), quote(secret, safe=""), html.escape(secret)}
        yield from {secret.replace("/", "\\/"), base64.b64encode(secret.encode()).decode()}
    for request in requests:
        yield from re.findall(r"Signature=([0-9a-f]{64})", request.headers.get("Authorization", ""))


def excerpt(text: str, secret: str) -> str:
    """The text around the secret."""
    where = text.index(secret)
    return f"…{text[max(0, where - 300) : where + 100]}…"
