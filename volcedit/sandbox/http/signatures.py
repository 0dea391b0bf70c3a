"""Verifies the vendor's request signatures, with the vendor's errors.

Signature: https://www.volcengine.com/docs/6369/67269. Errors, which have another shape than the
service's own: https://www.volcengine.com/docs/6369/68677 [V].
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote

MAX_SKEW_S = 300
"""How far off the signer's clock may be. The vendor accepts a signature for 900 s [V]; the sandbox
is stricter, so that a wrong clock shows up here first."""
REGION, SERVICE = "cn-north-1", "cv"
_NEEDED = ("host", "x-content-sha256", "x-date")
_AUTHORIZATION = re.compile(
    r"HMAC-SHA256 +Credential=([^,\s/]+)/([^,\s]+), *"
    r"SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})"
)

_ERRORS: Mapping[str, tuple[int, int, str]] = MappingProxyType(
    {
        # Code: (CodeN, HTTP status, Message)
        "MissingRequestInfo": (100004, 400, "The request is missing {} information."),
        "InvalidTimestamp": (100006, 400, "The Signature of the request is expired."),
        "InvalidAccessKey": (
            100009,
            401,
            "The accesskey [{}] included in the request is invalid.",
        ),
        "SignatureDoesNotMatch": (
            100010,
            401,
            "The request signature we calculated does not match the signature you provided. Check "
            "your Secret Access Key and signing method. Consult the service documentation for "
            "details.",
        ),
        "InvalidAuthorization": (
            100024,
            400,
            "Invalid 'Authorization' header, Pls check your authorization header.",
        ),
        "InvalidCredential": (
            100025,
            400,
            "Invalid credential in 'Authorization', Pls check credential in authorization header.",
        ),
        "InvalidSecretToken": (100026, 401, "Invalid secret token, msg: {}."),
    }
)


class Denied(Exception):
    """The signature is rejected, with one of the vendor's codes."""

    def __init__(self, code: str, detail: str = "") -> None:
        """`code` is a key of `_ERRORS`; `detail` fills the placeholder in its message."""
        self.code = code
        self.number, self.http_status, message = _ERRORS[code]
        self.message = message.format(detail)
        super().__init__(f"{code}: {self.message}")

    def envelope(self, request_id: str, query: Mapping[str, str]) -> dict[str, Any]:
        """The response body, as the vendor's front end sends it [V]."""
        return {
            "ResponseMetadata": {
                "RequestId": request_id,
                "Action": query.get("Action", ""),
                "Version": query.get("Version", ""),
                "Service": SERVICE,
                "Region": REGION,
                "Error": {"CodeN": self.number, "Code": self.code, "Message": self.message},
            }
        }


@dataclass(frozen=True)
class AccessKey:
    """An accepted key pair. A temporary one also has a token, which calls must send."""

    name: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class SignedCall:
    """The parts of a call that the signature covers."""

    method: str
    path: str
    query: str
    """As in the URL, still encoded."""
    headers: Mapping[str, str]
    """Keyed by lower-case name."""
    body: bytes


def check_signature(call: SignedCall, keys: Mapping[str, AccessKey] | None, now_s: float) -> None:
    """Raise `Denied` unless `call` was signed by one of `keys` at about `now_s`.

    If `keys` is None, any key is accepted and everything but the signature itself is checked.
    """
    found = _AUTHORIZATION.fullmatch(call.headers.get("authorization", "").strip())
    if found is None:
        raise Denied("InvalidAuthorization")
    name, scope, signed, signature = found.groups()
    signed = signed.split(";")
    _check_headers(call, signed)
    date = call.headers["x-date"]
    if scope != f"{date[:8]}/{REGION}/{SERVICE}/request":
        raise Denied("InvalidCredential")
    if abs(_seconds(date) - now_s) > MAX_SKEW_S:
        raise Denied("InvalidTimestamp")
    if hashlib.sha256(call.body).hexdigest() != call.headers["x-content-sha256"]:
        raise Denied("SignatureDoesNotMatch")
    if keys is None:
        return
    key = keys.get(name)
    if key is None:
        raise Denied("InvalidAccessKey", name)
    if call.headers.get("x-security-token", "") != key.token:
        raise Denied("InvalidSecretToken", "the token is not the one of this access key")
    expected = _signature(key.secret, scope, date, _canonical(call, signed))
    if not hmac.compare_digest(expected, signature):
        raise Denied("SignatureDoesNotMatch")


def _check_headers(call: SignedCall, signed: list[str]) -> None:
    for name in (*_NEEDED, *signed):
        if name not in call.headers:
            # The vendor's wording [C].
            raise Denied("MissingRequestInfo", "timestamp" if name == "x-date" else name)
    needed = {*_NEEDED, *({"x-security-token"} & call.headers.keys())}
    if not needed <= set(signed) or signed != sorted(set(signed)):
        raise Denied("InvalidAuthorization")


def _seconds(date: str) -> float:
    try:
        moment = datetime.strptime(date, "%Y%m%dT%H%M%SZ")
    except ValueError as error:
        raise Denied("InvalidTimestamp") from error
    return moment.replace(tzinfo=UTC).timestamp()


def _canonical(call: SignedCall, signed: list[str]) -> str:
    values = dict(call.headers)
    for port in (":80", ":443"):  # the vendor omits these when signing, whatever the scheme
        values["host"] = values["host"].removesuffix(port)
    pairs = parse_qsl(call.query, keep_blank_values=True)
    query = "&".join(f"{quote(name, '')}={quote(value, '')}" for name, value in sorted(pairs))
    headers = "".join(f"{name}:{values[name].strip()}\n" for name in signed)
    body_sha256 = values["x-content-sha256"]  # already checked against the body
    parts = (call.method, quote(call.path), query, headers, ";".join(signed), body_sha256)
    return "\n".join(parts)


def _signature(secret: str, scope: str, date: str, canonical: str) -> str:
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    day, region, service, end = scope.split("/")
    key = _hmac(_hmac(_hmac(_hmac(secret.encode(), day), region), service), end)
    return _hmac(key, "\n".join(("HMAC-SHA256", date, scope, hashed))).hex()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
