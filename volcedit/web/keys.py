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
from volcedit.types import Provider, Words

LIFETIME_S = 3600
"""How long an unused key is kept."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class _Entry:
    settings: Settings | None
    """None after expiry. Nothing is sent with another key until the visitor decides."""
    used_at: float


class Keys:
    """The settings of visitors with their own key, by the owner of their notebook."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        """`settings` are the app's own, which apply to visitors without a key."""
        self._settings = settings
        self._clock = clock
        self._entries: dict[str, _Entry] = {}

    def put(self, owner: str, key: str, base_url: str, *, may_choose_gateway: bool) -> Settings:
        """Store `key` for `owner`; `base_url` is their own gateway, or "".

        Raises `ConfigError`. Only a user on this machine may choose a gateway: otherwise a visitor
        could make the app call hosts in its own network (SSRF).
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
        self._entries[owner] = _Entry(settings, self._clock())
        return settings

    def remove(self, owner: str) -> None:
        """Forget the key of `owner`, if there is one."""
        self._entries.pop(owner, None)

    def settings_of(self, owner: str) -> Settings:
        """The settings for `owner`: their own, or the app's. Raises `ConfigError` if expired."""
        self._forget()
        entry = self._entries.get(owner)
        if entry is None:
            return self._settings
        if entry.settings is None:
            raise ConfigError(_FORGOTTEN)
        entry.used_at = self._clock()
        return entry.settings

    def _forget(self) -> None:
        for entry in list(self._entries.values()):
            if self._clock() - entry.used_at > LIFETIME_S:
                entry.settings = None


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
_FORGOTTEN = Words("Your key was cleared after an hour without use. Enter it again, or remove it.")
