"""One guarded download: a result URL may lead anywhere, so most of anywhere is refused.

Allowed are https from a public address, and the very origin of the configured base URL. The
connection goes to the address that was checked, so that a name cannot change its mind in between.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable
from urllib.parse import SplitResult, urljoin, urlsplit

import requests.certs
import urllib3
from urllib3.exceptions import HTTPError

from volcedit.connections import HTTPPool, HTTPSPool
from volcedit.errors import DownloadError
from volcedit.transport import CONNECT_TIMEOUT_S, HEADERS, read_capped
from volcedit.types import Words

PICTURE_MAX_BYTES = 20_000_000
MAX_REDIRECTS = 3
ATTEMPTS = 2  # a download costs nothing, so what failed on the way is fetched once more

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# All of IPv6 that IANA gives out. ipaddress calls more than that global, ::127.0.0.1 for one.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, as text. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Downloader:
    """Fetches result pictures for the client of one base URL."""

    def __init__(
        self,
        base_url: str,
        *,
        timeout_s: float = 120.0,
        resolve: Callable[[str, int], list[str]] = resolve,
        ca_certs: str | None = None,
    ) -> None:
        """`ca_certs` is a file of trusted certificates; by default those of requests."""
        self._origin = _origin(urlsplit(base_url))
        self._timeout_s = timeout_s
        self._resolve = resolve
        self._ca_certs = ca_certs or requests.certs.where()

    def fetch(self, url: str) -> bytes:
        """The bytes behind `url`. Raises `DownloadError`; never sends a key."""
        deadline = time.monotonic() + self._timeout_s
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._follow(url, deadline)
            except (HTTPError, OSError) as error:
                if attempt == ATTEMPTS or time.monotonic() > deadline:
                    raise DownloadError(_BROKEN_OFF) from error
            except ValueError as error:  # of urlsplit and of the idna codec: this is no address
                raise DownloadError(_REFUSED) from error
        raise AssertionError("the last attempt returns or raises")

    def _follow(self, url: str, deadline: float) -> bytes:
        for _ in range(MAX_REDIRECTS + 1):
            with self._open(url, deadline) as response:
                if location := response.get_redirect_location():
                    url = urljoin(url, location)
                    continue
                if response.status != 200:
                    raise DownloadError(_gone(response.status), http_status=response.status)
                return read_capped(response, deadline, PICTURE_MAX_BYTES)
        raise DownloadError(_REFUSED)

    def _open(self, url: str, deadline: float) -> urllib3.BaseHTTPResponse:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return self._connect(_origin(parts)).urlopen(
            "GET",
            target,
            headers={**HEADERS, "Host": parts.netloc.rpartition("@")[2]},
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(
                connect=CONNECT_TIMEOUT_S, read=max(0.1, deadline - time.monotonic())
            ),
        )

    def _connect(self, origin: tuple[str, str, int]) -> urllib3.HTTPConnectionPool:
        """A pool for `origin` if it may be reached, fixed to the address that was checked."""
        scheme, host, port = origin
        if origin == self._origin and scheme == "http":
            return HTTPPool(host, port)
        if scheme != "https" or not host:
            raise DownloadError(_REFUSED)
        address = host
        if origin != self._origin:
            addresses = self._resolve(host, port)
            if not addresses or not all(is_public(found) for found in addresses):
                raise DownloadError(_REFUSED)
            address = addresses[0]
        return HTTPSPool(
            address,
            port,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=self._ca_certs,
        )


def is_public(text: str) -> bool:
    """Is this IP address one of the public internet, in whatever form it is wrapped?"""
    address: Address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    default = {"http": 80, "https": 443}.get(parts.scheme, 0)
    return parts.scheme, parts.hostname or "", parts.port or default


_REFUSED = Words(
    "The edit succeeded, but its picture lies at an address that is not fetched from here: only "
    "https on the public internet is, or the gateway itself. Choose the delivery “in the answer”.",
    "编辑成功，但图片所在地址不予访问：仅允许公网 https 或网关自身。请改用“随答复返回”的交付方式。",
)
_BROKEN_OFF = Words(
    "The edit succeeded, but its picture could not be fetched; its address is in the response "
    "and works for a day. Choose the delivery “in the answer” to need no second connection.",
    "编辑成功，但无法取回图片；其地址在答复中，一天内有效。改用“随答复返回”则无需二次连接。",
)


def _gone(status: int) -> Words:
    return Words(
        f"The edit succeeded, but its picture is not at its address (HTTP {status}). Choose the "
        "delivery “in the answer”.",
        f"编辑成功，但图片不在其地址上（HTTP {status}）。请改用“随答复返回”的交付方式。",
    )
