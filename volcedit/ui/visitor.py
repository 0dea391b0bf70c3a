"""Who is at the page: the cookie that a notebook belongs to, and the language to answer in."""

from __future__ import annotations

import re
import secrets

import gradio as gr
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from volcedit.errors import VolceditError
from volcedit.types import Language
from volcedit.ui.text import language_of

COOKIE = "volcedit_notebook"
_OWNER = re.compile(r"[A-Za-z0-9_-]{22,128}")
_YEAR_S = 365 * 24 * 3600


class NotebookCookie:
    """ASGI middleware: a page that comes without the cookie gets one, 128 random bits."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; add Set-Cookie to pages."""
        if scope["type"] != "http" or has_cookie(HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # Only pages: two files of one page must not get two notebooks.
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", _new_cookie(_is_https(scope)))
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def owner_of(request: gr.Request) -> str:
    """The secret that names the notebook: the cookie, else this page's own, else a fresh one."""
    if has_cookie(request):
        return request.cookies[COOKIE]
    if request.session_hash:
        return f"page:{request.session_hash}"
    return f"once:{secrets.token_urlsafe(16)}"


def has_cookie(request: gr.Request | HTTPConnection) -> bool:
    """Does this visitor keep a cookie of ours?"""
    return bool(_OWNER.fullmatch(request.cookies.get(COOKIE, "")))


def language(request: gr.Request) -> Language:
    """The language to answer this visitor in."""
    return language_of(request.headers.get("accept-language", ""))


def toast(error: VolceditError, request: gr.Request) -> gr.Error:
    """`error` as Gradio shows it to this visitor; expected, so the log needs no traceback."""
    return gr.Error(error.words.in_language(language(request)), print_exception=False)


def _is_https(scope: Scope) -> bool:
    # Behind a Space's proxy the scheme is in a header. Who forges it only harms their own cookie.
    forwarded = Headers(scope=scope).get("x-forwarded-proto", "")
    return "https" in (scope.get("scheme"), forwarded.split(",")[0].strip())


def _new_cookie(https: bool) -> str:
    # Behind https the app may stand in a frame on another site (a Space does): only a cookie with
    # SameSite=None arrives there, and Partitioned keeps other sites from riding on it.
    reach = "SameSite=None; Secure; Partitioned" if https else "SameSite=Lax"
    return f"{COOKIE}={secrets.token_urlsafe(16)}; Path=/; Max-Age={_YEAR_S}; HttpOnly; {reach}"
