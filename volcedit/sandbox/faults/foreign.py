"""Responses that do not come from the service: from a proxy, a login page, a gateway."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Foreign:
    """A complete response, sent in place of the service's."""

    http_status: int
    media_type: str
    body: bytes


def _page(title: str, body: str) -> bytes:
    return f"<!DOCTYPE html>\n<title>{title}</title>\n{body}\n".encode()


def _gateway(message: str, kind: str, code: str) -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "code": code}}).encode()


_METADATA = {
    "RequestId": "20250424173105000000000000000000",
    "Action": "CVProcess",
    "Version": "2022-08-31",
    "Service": "cv",
    "Region": "cn-north-1",
    "Error": {
        "CodeN": 100013,
        "Code": "AccessDenied",
        "Message": "User is not authorized to perform: cv:CVProcess on resource: *",
    },
}
FOREIGN: Mapping[str, Foreign] = MappingProxyType(
    {
        "html502": Foreign(
            502, "text/html", _page("502 Bad Gateway", "<center><h1>502 Bad Gateway</h1></center>")
        ),
        "html504": Foreign(
            504, "text/html", _page("504 Gateway Time-out", "<h1>504 Gateway Time-out</h1>")
        ),
        "login200": Foreign(
            200, "text/html", _page("Sign in", '<form method="post"><input name="user"></form>')
        ),
        # A gateway's errors [C], and one from the vendor's front end [V].
        "gateway401": Foreign(
            401,
            "application/json",
            _gateway("Incorrect API key provided.", "authentication_error", "invalid_api_key"),
        ),
        "gateway429": Foreign(
            429,
            "application/json",
            _gateway("Rate limit reached.", "rate_limit_error", "rate_limit_exceeded"),
        ),
        "metadata": Foreign(
            403, "application/json", json.dumps({"ResponseMetadata": _METADATA}).encode()
        ),
        "empty": Foreign(200, "application/json", b""),
    }
)
"""Responses from whatever sits in front of the service, by fault name."""
