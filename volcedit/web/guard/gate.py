"""ASGI middleware in front of Gradio: passes on what visitors may do, and refuses the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from gradio.route_utils import CustomCORSMiddleware, FnIndexInferError
from gradio.routes import App
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from volcedit.config import Settings
from volcedit.web.guard.bodies import Bodies, GoneError, not_json
from volcedit.web.guard.inputs import WORDS
from volcedit.web.guard.origins import OWN_NAMES, check_host, check_origin, read_origin
from volcedit.web.guard.paths import SESSION_POSTS, action_of, check_open, route_of, sessions_in
from volcedit.web.guard.refusal import Refusal, RefusalLog
from volcedit.web.guard.sessions import Sessions, visitor_of
from volcedit.web.guard.uploads import Uploads
from volcedit.web.visitor import language
from volcedit.words import say

HEALTH = "/healthz"


def take_the_lead(app: App) -> None:
    """Let `Gate` be asked before Gradio's own middleware, and Gradio add no headers for CORS.

    Gradio 6.31 puts its middleware outside of ours, and answers preflight requests of other
    origins there.
    """
    gradios: Any = CustomCORSMiddleware
    app.user_middleware[:] = [it for it in app.user_middleware if it.cls is not gradios]
    app.middleware_stack = app.build_middleware_stack()


class Gate:
    """Checks every request, in this order: health, host, origin, address, session, size.

    Also turns what Gradio raises for a bad request into a line in the log and a sentence.
    """

    def __init__(self, app: ASGIApp, settings: Settings, uploads: Uploads) -> None:
        """`settings` are the app's own."""
        self._app = app
        self._settings = settings
        self._uploads = uploads
        self._bodies = Bodies()
        self._sessions = Sessions()
        self._log = RefusalLog()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        route = route_of(scope["path"], scope.get("root_path", ""))
        reply = Reply(send)
        try:
            if scope["type"] == "http" and route == HEALTH:
                await _healthy(scope, receive, reply)
                return
            blocks = scope["app"].get_blocks()
            check_host(connection, self._served(blocks))
            check_origin(connection, self._settings.hosts)
            check_open(route, reloads=blocks.dev_mode)
            if scope["type"] == "http":
                await self._pass_on(connection, route, receive, reply)
            else:
                await self._app(scope, receive, reply)
        except GoneError:
            return
        except Refusal as refusal:
            self._log.note(refusal, _describe(connection))
            await _refuse(refusal, connection, receive, reply)
        except RuntimeError as error:
            # Gradio 6.31 looks for a session only after its stream has begun.
            if not isinstance(error.__cause__, HTTPException) or not reply.has_begun:
                raise
            await reply({"type": "http.response.body", "body": b"", "more_body": False})
        except Exception as error:
            failure = _failure(error)
            if failure is None or reply.has_begun:
                raise
            what = f"{type(error).__name__} {str(error)[:200]!r}"
            self._log.note(failure, f"{_describe(connection)}: {what}")
            await _refuse(failure, connection, receive, reply)

    def _served(self, blocks: Any) -> set[str] | None:
        """The names under which the app is served; None for any."""
        server = getattr(blocks, "server", None)
        bound = "" if server is None else server.config.host
        if bound not in ("", *OWN_NAMES) and not self._settings.hosts:
            return None
        shared = read_origin(getattr(blocks, "share_url", None) or "").host
        own = {read_origin(f"//[{it}]" if ":" in it else f"//{it}").host for it in (bound,)}
        return {*OWN_NAMES, *own, shared, *(name.strip("[]") for name in self._settings.hosts)}

    async def _pass_on(
        self, connection: HTTPConnection, route: str, receive: Receive, reply: Reply
    ) -> None:
        scope, visitor, action = connection.scope, visitor_of(connection), action_of(route)
        query = connection.query_params
        if action == "upload":
            if upload_id := query.get("upload_id"):
                self._sessions.enter(upload_id, visitor)
            with await self._uploads.admit(connection) as arrival:
                reply.check = arrival.check
                await self._app(scope, arrival.limited(receive), reply)
            return
        if scope["method"] == "POST" and action in SESSION_POSTS:
            body, receive = await self._bodies.read_json(connection, receive)
            self._enter(body, visitor)
            if action in ("queue/join", "call"):
                reply.watch = lambda answer: self._note_event(answer, visitor)
        elif action == "queue/data":
            self._sessions.check(query.get("session_hash", ""), visitor)
        elif action == "call":
            self._sessions.check(route.rpartition("/")[2], visitor)
        elif action == "heartbeat":
            self._sessions.enter(route.rpartition("/")[2], visitor)
        elif action == "upload_progress":
            self._sessions.enter(query.get("upload_id", ""), visitor)
        await self._app(scope, receive, reply)

    def _enter(self, body: dict[str, Any], visitor: bytes) -> None:
        try:
            ids = sessions_in(body)
        except ValueError as error:
            raise not_json() from error
        for each in ids:
            self._sessions.enter(each, visitor)

    def _note_event(self, answer: bytes, visitor: bytes) -> None:
        """The stream of an event is opened by its id, which Gradio has just made."""
        try:
            found = orjson.loads(answer)
        except ValueError:
            return
        if isinstance(found, dict) and isinstance(found.get("event_id"), str):
            self._sessions.enter(found["event_id"], visitor)


class Reply:
    """The response on its way to the client."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._body = b""
        self.has_begun = False
        self.check: Callable[[], None] = _pass
        """Called once, before the response begins; raises `Refusal` to replace it."""
        self.watch: Callable[[bytes], None] | None = None
        """Called with the whole body, before its last part is sent."""

    async def __call__(self, message: Message) -> None:
        """Send one ASGI message."""
        check, self.check = self.check, _pass
        check()
        self.has_begun = True
        if self.watch is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                self.watch(self._body)
        await self._send(message)


def _pass() -> None:
    return


async def _healthy(scope: Scope, receive: Receive, send: Send) -> None:
    response = PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})
    await response(scope, receive, _without_body(send) if scope["method"] == "HEAD" else send)


async def _refuse(
    refusal: Refusal, connection: HTTPConnection, receive: Receive, send: Send
) -> None:
    if connection.scope["type"] == "websocket":
        await receive()  # "websocket.connect"; closing before accepting answers 403
        await send({"type": "websocket.close", "code": 1008})
        return
    response = PlainTextResponse(
        say(language(connection), refusal.words),
        refusal.status,
        headers={"Cache-Control": "no-store"},
    )
    is_head = connection.scope["method"] == "HEAD"
    await response(connection.scope, receive, _without_body(send) if is_head else send)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if "body" in message else message)

    return send_head


def _failure(error: Exception) -> Refusal | None:
    """The refusal for what Gradio raises if a request names or holds what does not exist here."""
    bad = (FnIndexInferError, LookupError, TypeError, ValueError, AttributeError)
    return Refusal(400, "request", WORDS) if isinstance(error, bad) else None


def _describe(connection: HTTPConnection) -> str:
    """The request, for the log: quoted and cut, since anybody can write anything into it."""
    headers = connection.headers
    method = connection.scope.get("method", "WEBSOCKET")
    parts = [f"{method[:10]} {connection.scope['path'][:80]!r}"]
    parts += [
        f"{name} {headers[name][:80]!r}"
        for name in ("host", "x-forwarded-host", "origin", "sec-fetch-site")
        if name in headers
    ]
    client = connection.client
    return ", ".join([*parts, f"from {client.host if client else 'nowhere'}"])
