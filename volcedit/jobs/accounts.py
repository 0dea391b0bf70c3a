"""Chooses the key for a call: the app's own, or one entered by a visitor."""

from __future__ import annotations

from dataclasses import replace

from volcedit.config import Settings
from volcedit.errors import DownloadError
from volcedit.notebook.records import Record
from volcedit.pictures.decoder import Decoder
from volcedit.service.client import Client
from volcedit.service.redaction import is_marked
from volcedit.types import Words


class Accounts:
    """The app's own client, and clients for visitors' settings."""

    def __init__(self, settings: Settings, client: Client, decoder: Decoder) -> None:
        """`client` is the client for the app's own `settings`; all clients use `decoder`."""
        self.settings = settings
        self.client = client
        self._decoder = decoder

    def resolve(self, settings: Settings | None) -> tuple[Client, Settings]:
        """The client for a visitor's `settings`, and those settings.

        Falls back to the app's own if `settings` is None. Raises `ConfigError`.
        """
        if settings is None or settings == self.settings:
            return self.client, self.settings
        return Client.from_settings(settings, self._decoder), settings

    def is_own(self, settings: Settings) -> bool:
        """Whether `settings` use the app's own account, regardless of mode and model."""
        mode, req_key = self.settings.mode, self.settings.req_key
        return replace(settings, mode=mode, req_key=req_key) == self.settings

    def client_of_task(self, record: Record, settings: Settings) -> Client:
        """A client with the key that submitted this record's task.

        `settings` are the current ones. Raises `DownloadError` if their key is a different one.
        """
        if not record.own_key:
            settings = self.settings
        if record.own_key == self.is_own(settings) or not was_sent_to(record, settings):
            raise DownloadError(_ANOTHER_KEY)
        return Client.from_settings(settings, self._decoder) if record.own_key else self.client

    def client_of_link(self, record: Record, settings: Settings) -> Client:
        """A client that may download from this record's link.

        Downloads send no key, so any key would do, unless the link contained it. But the link may
        point to a visitor's own gateway, which only a client for that gateway may download from.
        Raises `DownloadError` if the link needs another key.
        """
        if is_marked(record.picture_url):
            return self.client_of_task(record, settings)
        is_visitors = record.own_key and was_sent_to(record, settings)
        return Client.from_settings(settings, self._decoder) if is_visitors else self.client


def was_sent_to(record: Record, settings: Settings) -> bool:
    """Whether this record's edit was sent to the service in `settings`."""
    return (record.recipe.provider, record.recipe.host) == (settings.provider, settings.host)


_ANOTHER_KEY = Words(
    "This task was submitted with a different key or to a different service. Enter that key "
    "again, then fetch it."
)
