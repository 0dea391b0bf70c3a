"""How a request proves who sends it, as `requests` auth objects.

An `AuthBase` and not a header set by hand: requests lets a netrc file override the latter.
"""

from __future__ import annotations

from requests import PreparedRequest
from requests.auth import AuthBase


class BearerAuth(AuthBase):
    """`Authorization: Bearer {key}` [P]; no header at all when the key is empty."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the header to `request` and return it."""
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    def __repr__(self) -> str:
        """Whether there is a key, never the key."""
        return f"BearerAuth({'set' if self._key else 'none'})"

    def redact(self, text: str) -> str:
        """`text` without the key: some gateways quote it in their errors."""
        return text.replace(self._key, "[key]") if self._key else text
