"""Identifies a visitor: the cookie that their notebook belongs to, and their language."""

from __future__ import annotations

import html
import ipaddress
import json
import re
import secrets
from pathlib import Path

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from volcedit.errors import VolceditError
from volcedit.pictures.opening import UPLOAD_MAX_BYTES
from volcedit.service.models import PROMPT_ADVISED_CHARS
from volcedit.types import Language, digest
from volcedit.web.edit.form import KEPT_IDS, SLIDER_IDS
from volcedit.words import catalogue_of, language_of, say

COOKIE = "volcedit_notebook"
LANGUAGE_COOKIE = "volcedit_language"
_OWNER = re.compile(r"[A-Za-z0-9_-]{22,128}")
_YEAR_S = 365 * 24 * 3600
_ADDRESS_CHARS = 16
_IPV6_VISITOR_BITS = 64
"""A network gives a visitor at least this many bits to choose an address from."""
_LOOPBACK = "127.0.0.1"


class PageMiddleware:
    """ASGI middleware that sets cookies and injects our script and language into pages.

    Gradio's `head=` and `js=` run too late: by then Gradio has chosen the language.
    """

    def __init__(self, app: ASGIApp, script: Path) -> None:
        """`script` is the JavaScript to insert at the top of each page."""
        self._app = app
        self._script = script.read_text("utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; change only HTML responses."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        start: Message | None = None
        page = b""

        async def send_changed(message: Message) -> None:
            nonlocal start, page
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # Pages only: parallel requests for files must not set different cookies.
                if not headers.get("content-type", "").startswith("text/html"):
                    await send(message)
                    return
                start = message
                for cookie in _new_cookies(connection):
                    headers.append("Set-Cookie", cookie)
            elif start is None:
                await send(message)
            else:
                page += message.get("body", b"")
                if not message.get("more_body"):
                    changed = self.inject(page, language(connection))
                    MutableHeaders(scope=start)["content-length"] = str(len(changed))
                    await send(start)
                    await send({**message, "body": changed})

        await self._app(scope, receive, send_changed)

    def inject(self, page: bytes, tongue: Language) -> bytes:
        """`page` with our script and its settings at the top of the head."""
        title = say(tongue, "volcedit: edit a photo with a sentence")
        settings = json.dumps(
            {
                "tag": catalogue_of(tongue).tag,
                "title": title,
                "advised": PROMPT_ADVISED_CHARS,
                "long": say(
                    tongue,
                    "The service advises at most {most} characters; more may fail or be ignored.",
                    most=PROMPT_ADVISED_CHARS,
                ),
                "restarted": say(
                    tongue,
                    "The app was restarted. What you entered is still here; edits in "
                    "progress are in the history.",
                ),
                "boxes": KEPT_IDS,
                "sliders": SLIDER_IDS,
                "upload_max": UPLOAD_MAX_BYTES,
                "too_large": say(
                    tongue,
                    "The file is larger than {most} MB. Make it smaller, or save it as JPEG.",
                    most=UPLOAD_MAX_BYTES // 1_000_000,
                ),
            }
        )
        script = f"<script>window.volcedit = {settings};\n{self._script}</script>"
        head = f"<title>{html.escape(title)}</title>{script}"
        page = page.replace(b'lang="en"', f'lang="{catalogue_of(tongue).tag}"'.encode(), 1)
        return page.replace(b"<head>", f"<head>{head}".encode(), 1)


def owner_of(request: gr.Request) -> str:
    """The secret that identifies the notebook: from the cookie, else the page, else a new one."""
    if has_cookie(request):
        return str(request.cookies[COOKIE])
    if request.session_hash:
        return f"page:{request.session_hash}"
    return f"once:{secrets.token_urlsafe(16)}"


def has_cookie(request: gr.Request | HTTPConnection) -> bool:
    """Whether the request has our cookie."""
    return bool(_OWNER.fullmatch(request.cookies.get(COOKIE, "")))


def address_of(request: gr.Request | HTTPConnection, proxies: int) -> str:
    """A hash of the visitor's network address; for IPv6, of its network.

    With `proxies` in front, the address is that many from the right of X-Forwarded-For: what is
    further left, anybody may have written. If there is no address at that place, the request came
    past the proxies, and the address is that of its connection.
    """
    forwarded = ", ".join(request.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in forwarded.split(",")]
    address = _parse_address(hops[-proxies]) if 1 <= proxies <= len(hops) else None
    if address is None:
        peer = request.client.host if request.client else ""
        address = _parse_address(peer) or _LOOPBACK
    return digest(address.encode())[:_ADDRESS_CHARS]


def _parse_address(text: str) -> str | None:
    """An address with or without a port, normalized; None if it is not one."""
    host = text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            if address.is_loopback:
                return _LOOPBACK
            network = ipaddress.IPv6Network((int(address), _IPV6_VISITOR_BITS), strict=False)
            return str(network)
        address = address.ipv4_mapped
    return _LOOPBACK if address.is_loopback else str(address)


def language(request: gr.Request | HTTPConnection) -> Language:
    """The page's language: from the query, else from the cookie, else the browser's preference.

    Gradio sends the page's query string with each event, so this also works without cookies.
    """
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return language_of(chosen or request.headers.get("accept-language", ""))


def toast(error: VolceditError, request: gr.Request) -> gr.Error:
    """`error` as a Gradio error for this visitor. It is expected, so no traceback is logged."""
    return gr.Error(say(language(request), error.words), print_exception=False)


def _is_https(connection: HTTPConnection) -> bool:
    # Behind a Space's proxy, the scheme is in a header. Forging it affects only one's own cookie.
    forwarded = connection.headers.get("x-forwarded-proto", "")
    return "https" in (connection.scope.get("scheme"), forwarded.split(",")[0].strip())


def _new_cookies(connection: HTTPConnection) -> list[str]:
    """The Set-Cookie headers: a new notebook (128 random bits) if needed, and a chosen language."""
    # With https the app may be in an iframe on another site, as on a Space. Only cookies with
    # SameSite=None are sent there; Partitioned keeps other sites from using them (CSRF).
    reach = "SameSite=None; Secure; Partitioned" if _is_https(connection) else "SameSite=Lax"
    rest = f"Path=/; Max-Age={_YEAR_S}; HttpOnly; {reach}"
    cookies = []
    if not has_cookie(connection):
        cookies.append(f"{COOKIE}={secrets.token_urlsafe(16)}; {rest}")
    if "lang" in connection.query_params:
        cookies.append(f"{LANGUAGE_COOKIE}={language(connection)}; {rest}")
    return cookies
