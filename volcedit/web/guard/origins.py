"""Which host names are served, and which pages may talk to the app.

A page of another site can make a visitor's browser send requests here, with the visitor's cookie.
The `Origin` header tells, or `Sec-Fetch-Site`, which no script can set. A page that makes its own
name resolve to this machine (DNS rebinding) is recognized by the `Host` header.

A proxy in front must pass on the browser's `Host`, or name it in `X-Forwarded-Host`, and the scheme
in `X-Forwarded-Proto`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from volcedit.types import Words
from volcedit.web.guard.refusal import Refusal

OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
"""What a machine calls itself."""

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}

_FOREIGN = Refusal(403, "origin", Words("Only the app's own page may send this request."))


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int | None


def check_host(connection: HTTPConnection, served: Collection[str] | None) -> None:
    """Raise `Refusal` unless all the host names of the request are `served`.

    None serves any name.
    """
    for text in _host_headers(connection):
        host = read_origin(f"//{text}").host
        if not host or (served is not None and host not in served):
            raise Refusal(
                403,
                "host",
                Words(
                    "This app does not answer to the name “{host}”. Open it at its own address, or "
                    "add the name to VOLCEDIT_HOSTS.",
                    host=host or text[:100],
                ),
            )


def check_origin(connection: HTTPConnection, also: Collection[str] = ()) -> None:
    """Raise `Refusal` if a page of another origin made the request.

    Requests without `Origin` pass (curl, gradio_client), unless the browser says that a page of
    another site embeds them. `also` are further names of this app, for a proxy that hides them.
    """
    site = connection.headers.get("sec-fetch-site", "")
    origins = connection.headers.getlist("origin")
    if not origins:
        opens = connection.headers.get("sec-fetch-mode") == "navigate"
        reads = connection.scope.get("method") in ("GET", "HEAD")
        if site in ("cross-site", "same-site") and not (opens and reads):
            raise _FOREIGN
        return
    if len(origins) > 1:
        raise _FOREIGN
    origin, own = read_origin(origins[0]), _own_origins(connection)
    if origin.host and origin in own:
        return
    # A proxy may hide the port or the scheme. The browser knows both.
    if site == "same-origin" and origin.host in {*also, *(it.host for it in own)}:
        return
    raise _FOREIGN


def read_origin(text: str) -> _Origin:
    """The parts of an origin, or of //host:port. The host is empty if there is none."""
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return _Origin("", "", None)
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return _Origin("", "", None)
    return _Origin(parts.scheme, host, port or _PORTS.get(parts.scheme))


def _own_origins(connection: HTTPConnection) -> list[_Origin]:
    """This app's origin as the browser may see it."""
    scheme = _first(connection, "x-forwarded-proto") or connection.scope.get("scheme", "http")
    scheme = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    return [read_origin(f"{scheme}://{host}") for host in _host_headers(connection)]


def _host_headers(connection: HTTPConnection) -> list[str]:
    forwarded = _first(connection, "x-forwarded-host")
    return [connection.headers.get("host", ""), *([forwarded] if forwarded else [])]


def _first(connection: HTTPConnection, name: str) -> str:
    """The value that the outermost proxy set."""
    return connection.headers.get(name, "").split(",")[0].strip()
