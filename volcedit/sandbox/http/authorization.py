"""Authorization: a gateway's Bearer key, or a signature, checked the way Volcengine does."""

import hmac
from collections.abc import Callable, Mapping

from fastapi import Request

from volcedit.sandbox.http.signatures import AccessKey, SignedCall, check_signature


class Authorization:
    """Checks calls against the configured keys."""

    def __init__(
        self, key: str, access_keys: Mapping[str, AccessKey], clock: Callable[[], float]
    ) -> None:
        """`key` is the Bearer key, empty for none; `access_keys` maps names to key pairs."""
        self._key = key
        self._access_keys = access_keys
        self._clock = clock

    def admits(self, request: Request, body: bytes) -> bool:
        """Whether the call has the right key. Raises `Denied` for a wrong signature."""
        if self._wants_signature(request):
            self._check_signature(request, body)
            return True
        return self.has_key(request) and not (self._access_keys and not self._key)

    def has_key(self, request: Request) -> bool:
        """Whether the Bearer key is right, or none is required."""
        if not self._key:
            return True
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        # Starlette decodes headers as Latin-1. Compare bytes: compare_digest rejects non-ASCII
        # strings.
        same = hmac.compare_digest(given.strip().encode("latin-1"), self._key.encode())
        return scheme.lower() == "bearer" and same

    def _wants_signature(self, request: Request) -> bool:
        """Whether the call must be signed. Only `/` takes signatures, and it takes the key too."""
        scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
        signed = scheme == "hmac-sha256" or (self._access_keys and scheme != "bearer")
        return request.url.path == "/" and bool(signed)

    def _check_signature(self, request: Request, body: bytes) -> None:
        headers = dict(request.headers)
        query = request.url.query
        call = SignedCall(request.method, request.url.path, query, headers, body)
        keys = self._access_keys if self._access_keys or self._key else None
        check_signature(call, keys, self._clock())
