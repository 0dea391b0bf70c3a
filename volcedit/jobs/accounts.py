"""Whose key a call goes out with: the app's own, or one that a visitor typed in."""

from __future__ import annotations

from dataclasses import replace

from volcedit.config import Settings
from volcedit.errors import DownloadError
from volcedit.notebook.records import Record
from volcedit.service.client import Client
from volcedit.types import Words


class Accounts:
    """The app's own account and client, and clients for the settings of visitors."""

    def __init__(self, settings: Settings, client: Client) -> None:
        """`client` is the one that `settings`, the app's own, lead to."""
        self.settings = settings
        self.client = client

    def resolve(self, settings: Settings | None) -> tuple[Client, Settings]:
        """The client for a visitor's `settings`, and those; without any, or with the app's own,
        the app's. Raises `ConfigError`."""
        if settings is None or settings == self.settings:
            return self.client, self.settings
        return Client.from_settings(settings), settings

    def is_own(self, settings: Settings) -> bool:
        """Whether `settings` use the app's own account, in whatever mode, with whatever model."""
        mode, req_key = self.settings.mode, self.settings.req_key
        return replace(settings, mode=mode, req_key=req_key) == self.settings

    def client_of_task(self, record: Record, settings: Settings) -> Client:
        """A client with the key that this record's task was submitted with.

        `settings` are those in use now. Raises `DownloadError` if they are of another key.
        """
        if not record.own_key:
            settings = self.settings
        if record.own_key == self.is_own(settings) or not was_sent_to(record, settings):
            raise DownloadError(_ANOTHER_KEY)
        return Client.from_settings(settings) if record.own_key else self.client

    def client_of_link(self, record: Record, settings: Settings) -> Client:
        """A client that fetches from this record's address.

        No key is sent there, so it does not matter whose it is; but the address may lie at a
        visitor's own gateway, from which no other client fetches.
        """
        is_visitors = record.own_key and was_sent_to(record, settings)
        return Client.from_settings(settings) if is_visitors else self.client


def was_sent_to(record: Record, settings: Settings) -> bool:
    """Whether this record's edit went to the service that `settings` name."""
    return (record.recipe.provider, record.recipe.host) == (settings.provider, settings.host)


_ANOTHER_KEY = Words(
    "This task belongs to another key or another service than the one in use. Type the key again "
    "that it was submitted with, then fetch it.",
    "此任务属于另一个密钥或另一项服务。请重新输入提交时使用的密钥，然后再获取。",
)
