"""Authentication as `requests` auth objects.

`AuthBase` rather than a plain header, because requests lets a netrc file override the latter.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

from volcedit.service.redaction import Secrets
from volcedit.service.wire import (
    REGION,
    SERVICE,
)
from volcedit.types import KeyPair


class BearerAuth(AuthBase):
    """`Authorization: Bearer {key}` [P]. An empty key sends no header."""

    def __init__(self, key: str) -> None:
        self._key = key
        self.secrets = Secrets({"[key]": key})
        """Redacts the key, which some gateways quote."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the header to `request` and return the request."""
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    def __repr__(self) -> str:
        """Whether a key is set, never the key itself."""
        return f"BearerAuth({'set' if self._key else 'none'})"


class SignatureAuth(AuthBase):
    """Volcengine's signature over the method, path, query, some headers, body and time [V].

    https://www.volcengine.com/docs/6369/67269
    """

    def __init__(self, keys: KeyPair, now: Callable[[], float] = time.time) -> None:
        """`now` returns seconds since the epoch. A signature is valid for 15 minutes [V]."""
        self._keys = keys
        self._now = now
        self.secrets = Secrets(
            {
                "[key]": keys.access_key,
                "[secret key]": keys.secret_key,
                "[session token]": keys.session_token,
            }
        )
        """Redacts the keys and the signatures made with them. The vendor quotes the access key."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign `request`, which must have its body and content type, and return it."""
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._now()))
        request.headers["X-Date"] = date
        body = request.body or b""
        if not isinstance(body, bytes | str):
            raise TypeError("cannot sign a streamed body")
        request.headers["X-Content-Sha256"] = _sha256(body)
        if self._keys.session_token:
            request.headers["X-Security-Token"] = self._keys.session_token
        names, canonical = _canonical(request)
        scope = f"{date[:8]}/{REGION}/{SERVICE}/request"
        signature = self._keys.secret_key.encode()
        # Derives the key for this day, region and service, then signs the text with it.
        for text in (*scope.split("/"), f"HMAC-SHA256\n{date}\n{scope}\n{_sha256(canonical)}"):
            signature = hmac.digest(signature, text.encode(), "sha256")
        self.secrets.add_signature(signature.hex())
        request.headers["Authorization"] = (
            f"HMAC-SHA256 Credential={self._keys.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature.hex()}"
        )
        return request

    def __repr__(self) -> str:
        """Shows nothing of the keys."""
        return "SignatureAuth(set)"


Auth = BearerAuth | SignatureAuth


def _sha256(content: bytes | str) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def _canonical(request: PreparedRequest) -> tuple[str, str]:
    """The names of the signed headers, and the canonical request."""
    url = urlsplit(request.url or "")
    # The vendor leaves out ports 80 and 443, whatever the scheme.
    host = re.sub(r":(80|443)$", "", url.netloc.rpartition("@")[2])
    signed = {"content-type", "x-content-sha256", "x-date", "x-security-token"}
    headers = {
        name.lower(): value if isinstance(value, str) else value.decode("latin-1")
        for name, value in request.headers.items()
    }
    headers = {"host": host} | {name: headers[name] for name in signed & headers.keys()}
    query = sorted(parse_qsl(url.query, keep_blank_values=True), key=lambda pair: pair[0])
    names = ";".join(sorted(headers))
    lines = (
        request.method or "",
        quote(unquote(url.path) or "/"),
        "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query),
        *(f"{name}:{headers[name]}" for name in sorted(headers)),
        "",
        names,
        headers["x-content-sha256"],
    )
    return names, "\n".join(lines)
