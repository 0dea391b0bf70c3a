"""The vendor's error codes [V], and the exception that carries one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

SUCCESS = 10000
"""The code of a successful response [P]."""


@dataclass(frozen=True)
class Code:
    """The HTTP status and message that go with one code."""

    http_status: int
    message: str


CODES: Mapping[int, Code] = MappingProxyType(
    {
        50200: Code(400, "Invalid argument"),
        50201: Code(400, "Missing argument"),
        50204: Code(400, "Unparsable argument"),
        50205: Code(400, "Image too large"),
        50206: Code(400, "No image, or too many"),
        50207: Code(400, "Image cannot be decoded"),
        50213: Code(400, "Request body too large"),
        50215: Code(400, "Input cannot be processed"),
        50400: Code(400, "No permission"),
        50402: Code(400, "No such action"),
        50411: Code(400, "Input picture refused"),
        50412: Code(400, "Input text refused"),
        50413: Code(400, "Input text holds a sensitive word"),
        50429: Code(429, "Queries per second exceeded"),
        50430: Code(429, "Concurrent calls exceeded"),
        50500: Code(500, "Internal error"),
        50501: Code(500, "Internal error of the algorithm"),
        50511: Code(400, "Output picture refused"),
        50512: Code(400, "Output text refused"),
        50518: Code(400, "Copyrighted input refused"),
        50519: Code(400, "Copyrighted output refused"),
        50520: Code(400, "Review service failed"),
        50521: Code(400, "Review service failed"),
        50522: Code(400, "Review service failed"),
    }
)


class Refused(Exception):
    """The service rejects a call with one of its codes."""

    def __init__(self, code: int, reason: str = "", data: Mapping[str, Any] | None = None) -> None:
        """`code` is a key of `CODES`; `reason` tells the caller what to do about it.

        `data` becomes the `data` of the response. Most errors have none.
        """
        self.code = code
        self.data = data
        self.http_status = CODES[code].http_status
        self.message = f"{CODES[code].message}: {reason}" if reason else CODES[code].message
        super().__init__(self.message)
