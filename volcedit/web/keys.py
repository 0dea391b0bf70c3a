"""Visitors' own keys, kept only in memory and dropped after an hour without use."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import gradio as gr
from gradio.context import LocalContext
from starlette.datastructures import URL

from volcedit.config import Settings, read_base_url, read_key
from volcedit.errors import ConfigError
from volcedit.notebook.history import Notebook
from volcedit.types import Provider, Words

LIFETIME_S = 3600
"""How long an unused key is kept."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class _Entry:
    settings: Settings
    used_at: float


class Keys:
    """The settings of visitors with their own key.

    Keys are kept in memory alone. That a notebook has one is noted beside it, in the store: without
    the key, after a restart or in another process, nothing is sent until the visitor decides.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        """`settings` are the app's own, which apply to visitors without a key."""
        self._settings = settings
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        """By the id of the notebook."""

    def put(
        self, notebook: Notebook, key: str, base_url: str, *, may_choose_gateway: bool
    ) -> Settings:
        """Use `key` for `notebook`; `base_url` is the visitor's own gateway, or "".

        Raises `ConfigError` or `HistoryError`. Only a user on this machine may choose a gateway:
        otherwise a visitor could make the app call hosts in its own network (SSRF).
        """
        own = self._settings
        if not own.visitor_keys:
            raise ConfigError(_NOT_HERE)
        if base_url and not may_choose_gateway:
            raise ConfigError(_NO_GATEWAY)
        url = read_base_url(base_url) or own.base_url
        if not base_url and own.provider != Provider.GATEWAY:
            raise ConfigError(_GATEWAY_MISSING)
        settings = replace(
            own,
            provider=Provider.GATEWAY,
            base_url=url,
            api_key=read_key(key.strip()),
            key_pair=None,
        )
        notebook.note_own_key()  # first, because a key that is not noted counts as removed
        self._entries[notebook.name] = _Entry(settings, self._clock())
        return settings

    def remove(self, notebook: Notebook) -> None:
        """Forget the notebook's key and use the app's own account. Raises `HistoryError`."""
        self._entries.pop(notebook.name, None)
        notebook.note_no_key()

    def settings_of(self, notebook: Notebook) -> Settings:
        """The settings for `notebook`: the visitor's, or the app's.

        Raises `ConfigError` if its key is not in memory, or `HistoryError` if nobody can tell
        whether it has one.
        """
        self._forget()
        entry = self._entries.get(notebook.name)
        if not notebook.has_own_key:
            if entry is not None:  # removed in another process
                self._entries.pop(notebook.name, None)
            return self._settings
        if entry is None:
            raise ConfigError(_MISSING if self._settings.visitor_keys else _NO_LONGER)
        entry.used_at = self._clock()
        return entry.settings

    def _forget(self) -> None:
        for name, entry in list(self._entries.items()):
            if self._clock() - entry.used_at > LIFETIME_S:
                self._entries.pop(name, None)


def is_at_this_machine(request: gr.Request) -> bool:
    """Whether the app listens only on loopback, and the request comes from this machine."""
    blocks = LocalContext.blocks.get(None)
    server = getattr(blocks, "server", None)
    return (
        blocks is not None
        and server is not None
        and server.config.host in LOOPBACK
        and not blocks.share
        and "x-forwarded-for" not in request.headers
        and URL(f"//{request.headers.get('host', '')}").hostname in LOOPBACK
    )


_NOT_HERE = Words("This app does not accept visitors' keys (VOLCEDIT_VISITOR_KEYS).")
_NO_GATEWAY = Words(
    "You can only enter your own gateway on the machine that runs the app. Leave that field empty."
)
_GATEWAY_MISSING = Words(
    "Enter the gateway first, such as https://gateway.example.com, then enter the key again."
)
_MISSING = Words(
    "Nothing was sent: your key is no longer in this app's memory, after an hour without use or a "
    "restart. Enter it again under Connection, or choose this app's account there."
)
_NO_LONGER = Words(
    "Nothing was sent: you used a key of your own, but this app no longer accepts any. To use this "
    "app's account instead, choose it under Connection."
)
