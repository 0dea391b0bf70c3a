"""Which of Gradio's addresses are open.

Below `/gradio_api`, only what the page and gradio_client use is: an address that a new version of
Gradio adds stays closed until it is listed here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from volcedit.web.guard.refusal import NOT_FOUND

API = "/gradio_api/"
SESSION_POSTS = ("queue/join", "run", "api", "call", "cancel")
"""They name a session or an event in their JSON."""

_OPEN = {
    "app_id",
    "file",
    "heartbeat",
    "info",
    "openapi.json",
    "reset",
    "startup-events",
    "theme.css",
    "upload",
    "upload_progress",
    "queue/data",
    *SESSION_POSTS,
}
_FILE = re.compile(rf"{API}file=(?!https?:)", re.IGNORECASE)
# For one user only: Gradio's own sign-in, which this app does not use, what shows or changes the
# app for everybody, and the list of all of Gradio's addresses.
_CLOSED = {"login", "logout", "monitoring", "openapi.json"}


def route_of(path: str, root_path: str) -> str:
    """`path` without the prefix that a proxy may or may not have removed."""
    root_path = root_path.rstrip("/")
    if root_path and (path == root_path or path.startswith(f"{root_path}/")):
        return path[len(root_path) :] or "/"
    return path


def action_of(route: str) -> str:
    """What a route below `/gradio_api/` does, such as "file" or "queue/join"; else ""."""
    if not route.startswith(API):
        return ""
    rest = route[len(API) :].rstrip("/")
    return rest if rest.startswith("queue/") else rest.partition("=")[0].partition("/")[0]


def check_open(route: str, *, reloads: bool) -> None:
    """Raise `Refusal` if the address is closed. `reloads` opens what `gradio app.py` needs."""
    if route.startswith(API):
        also: Collection[str] = ("dev",) if reloads else ()
        if action_of(route) not in _OPEN and action_of(route) not in also:
            raise NOT_FOUND
        # Other paths to the same files, and other people's servers.
        if action_of(route) == "file" and not _FILE.match(route):
            raise NOT_FOUND
    elif route.split("/")[1] in _CLOSED:
        raise NOT_FOUND


def sessions_in(body: dict[str, Any]) -> list[str]:
    """The ids of sessions and events that a body names. Raises ValueError for other types."""
    found = []
    for name in ("session_hash", "event_id"):
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or not 0 < len(value) <= 100:
            raise ValueError(name)
        found.append(value)
    return found
