"""Downloads guarded against SSRF: the URL of a result could point anywhere.

Allowed are https URLs with a public address, and the exact origin of the configured base URL. The
connection is made to the address that was checked, so a name cannot resolve to another one later
(DNS rebinding). Anything ambiguous is refused: an address that embeds another, a host name that is
a number.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import SplitResult, urljoin, urlsplit

import idna
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_ import create_urllib3_context

from volcedit.errors import DownloadError, ParameterError
from volcedit.service.connections import HTTPPool, HTTPSPool
from volcedit.service.fields import check_photo_url
from volcedit.service.transport import CONNECT_TIMEOUT_S, HEADERS, TooLargeError, read_capped
from volcedit.types import Words

PICTURE_MAX_BYTES = 20_000_000
MAX_REDIRECTS = 3
ATTEMPTS = 2  # a download is free, so a failed one is retried once

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            # https://www.iana.org/assignments/iana-ipv4-special-registry, all of it: what is
            # globally reachable there, such as AS112, serves no pictures.
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
            # https://www.iana.org/assignments/multicast-addresses
            "224.0.0.0/4",
            # Azure's metadata and DNS for each virtual machine, at an address of Microsoft's own:
            # https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
            "168.63.129.16/32",
            # https://www.iana.org/assignments/iana-ipv6-special-registry, what lies in 2000::/3:
            # protocol assignments with Teredo and ORCHID, documentation, 6to4, AS112.
            "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
        ),
    )
)  # fmt: skip
# All the IPv6 that IANA allocates. The rest of the registry (NAT64, 100::/64, 5f00::/16, local
# addresses) and everything that is mapped or multicast lies outside.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")

_INTERNAL = re.compile(
    # https://www.iana.org/assignments/special-use-domain-names, and what routers and companies use.
    r"(.*\.)?(local|localhost|localdomain|internal|intranet|private|corp|home|lan|arpa|invalid|onion)"
)


@dataclass(frozen=True)
class Sentences:
    """The messages for a failed download, which depend on what it was for."""

    refused: Words
    """Downloads from this address are not allowed."""
    broken_off: Words
    """No response, an incomplete one, or a timeout."""
    gone: Words
    """An HTTP status other than 200, which replaces {status}."""
    too_large: Words
    """More than `PICTURE_MAX_BYTES`."""


OF_RESULT = Sentences(
    refused=Words(
        "The edit succeeded, but this app does not download from its picture's address: only "
        "public https addresses and the gateway itself are allowed. Choose the delivery “in "
        "the response”."
    ),
    broken_off=Words(
        "The edit succeeded, but its picture could not be downloaded; its address is in the "
        "response and works for a day. Choose the delivery “in the response” to avoid the "
        "download."
    ),
    gone=Words(
        "The edit succeeded, but its picture is not at its address (HTTP {status}). Choose the "
        "delivery “in the response”."
    ),
    too_large=Words(
        "The edit succeeded, but the file at its picture's address is larger than 20 MB, so "
        "it is not a picture from this service. Choose the delivery “in the response”."
    ),
)
"""For the picture that an edit made."""

OF_PHOTO = Sentences(
    refused=Words(
        "The photo could not be fetched: only public https addresses and the gateway's own "
        "are allowed. Save the photo to a file and choose that."
    ),
    broken_off=Words(
        "The photo could not be fetched: there was no complete response, or the certificate "
        "is not trusted. Try again, or save the photo to a file and choose that."
    ),
    gone=Words(
        "The photo could not be fetched: it is not at that address (HTTP {status}). Check the "
        "address, and that it can be opened without signing in."
    ),
    too_large=Words(
        "The photo could not be fetched: the file at that address is larger than 20 MB. Use "
        "a smaller one."
    ),
)
"""For a photo that is fetched to be edited."""

_NOT_PUBLIC = Words(
    "The service can fetch a photo only from an https address on the public internet. Choose a "
    "file, or let the photo be fetched here."
)


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of `host`, as text. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class _RefusedError(Exception):
    """Downloads from this address are not allowed."""


class Downloader:
    """Fetches pictures for the client of one base URL."""

    def __init__(
        self,
        base_url: str,
        *,
        timeout_s: float = 120.0,
        resolve: Callable[[str, int], list[str]] = resolve,
        ca_certs: str | None = None,
    ) -> None:
        """`timeout_s` limits a whole download, except for DNS lookups.

        `ca_certs` is a file of trusted certificates, by default the one that requests uses.
        """
        self._origin: tuple[str, str, int] | None = None
        with suppress(ValueError):  # a host like 127.1: calls are allowed, downloads are not
            self._origin = _origin_of(urlsplit(base_url))
        self._timeout_s = timeout_s
        self._resolve = resolve
        self._ca_certs = ca_certs or DEFAULT_CA_BUNDLE_PATH

    def fetch(self, url: str, sentences: Sentences = OF_RESULT) -> bytes:
        """Download `url`, at most `PICTURE_MAX_BYTES`. Never sends a key.

        Raises `DownloadError` with one of `sentences`.
        """
        deadline = time.monotonic() + self._timeout_s
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._follow(url, deadline, sentences)
            except _RefusedError as error:
                raise DownloadError(sentences.refused) from error
            except TooLargeError as error:
                raise DownloadError(sentences.too_large) from error
            except (HTTPError, OSError) as error:
                if attempt == ATTEMPTS or time.monotonic() > deadline:
                    raise DownloadError(sentences.broken_off) from error
            except ValueError as error:  # not an address, or an ambiguous one
                raise DownloadError(sentences.refused) from error
        raise AssertionError("the last attempt returns or raises")

    def _follow(self, url: str, deadline: float, sentences: Sentences) -> bytes:
        for _ in range(MAX_REDIRECTS + 1):
            with self._open(url, deadline) as response:
                if location := response.get_redirect_location():
                    # urllib3 decodes headers as Latin-1; unescaped characters are really UTF-8.
                    url = urljoin(url, location.encode("latin-1").decode("utf-8", "replace"))
                    continue
                if response.status != 200:
                    status, gone = response.status, sentences.gone
                    words = gone.given(status=status)
                    raise DownloadError(words, code=status, http_status=status)
                return read_capped(response, deadline, PICTURE_MAX_BYTES)
        raise _RefusedError(f"more than {MAX_REDIRECTS} redirects")

    def _open(self, url: str, deadline: float) -> urllib3.BaseHTTPResponse:
        parts = urlsplit(url)
        origin = _origin_of(parts)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        left_s = max(0.1, deadline - time.monotonic())
        return self._connect(origin).urlopen(
            "GET",
            target,
            headers={**HEADERS, "Host": _host_header(origin)},
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=min(CONNECT_TIMEOUT_S, left_s), read=left_s),
        )

    def _connect(self, origin: tuple[str, str, int]) -> urllib3.HTTPConnectionPool:
        """A pool for `origin`, if that is allowed, pinned to the IP address that was checked."""
        scheme, host, port = origin
        if origin == self._origin and scheme == "http":
            return HTTPPool(host, port)
        if scheme != "https" or not host:
            raise _RefusedError(host)
        address = host
        if origin != self._origin:
            addresses = self._resolve(host, port)
            if not addresses or not all(is_public(found) for found in addresses):
                raise _RefusedError(host)
            address = addresses[0]
        return HTTPSPool(address, port, server_hostname=host, ssl_context=self._tls)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Verifies certificates and host names. Cached, since creating it takes about 20 ms."""
        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        context.load_verify_locations(self._ca_certs)
        return context


def is_public(text: str) -> bool:
    """Whether this IP address is on the public internet and embeds no other.

    False for any IPv6 address that embeds an IPv4 one (mapped, NAT64, 6to4, Teredo): where it leads
    is up to a translator.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and (
        address not in _GLOBAL_UNICAST or address.scope_id
    ):
        return False
    return not any(address in network for network in _SPECIAL)


def is_public_host(host: str) -> bool:
    """Whether a URL's host looks public: an address that is, or a name that is not internal.

    Where a name leads is not looked up.
    """
    try:
        name = _read_host(host).lower().removesuffix(".")
        if ":" in name or name.replace(".", "").isdigit():
            return is_public(name)
    except ValueError:
        return False
    return "." in name and not _INTERNAL.fullmatch(name)


def check_photo_link(url: str, base_url: str) -> None:
    """Raise `ParameterError` unless the service at `base_url` may be asked to fetch `url`.

    A service that fetches whatever it is told would otherwise be a way into its own network. It may
    be asked for what lies at its own address.
    """
    check_photo_url(url)
    parts, own = urlsplit(url), urlsplit(base_url)
    if (parts.scheme, parts.netloc.lower()) == (own.scheme, own.netloc.lower()):
        return
    if parts.scheme != "https" or not is_public_host(parts.hostname or ""):
        raise ParameterError("photo_url", _NOT_PUBLIC)


def _origin_of(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port. Raises ValueError."""
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    return parts.scheme, _read_host(parts.hostname or ""), port


def _read_host(host: str) -> str:
    """`host` in ASCII, as used for DNS and certificates. Raises ValueError.

    A name may be in any script (IDNA 2008, mapped as browsers do: UTS 46). A numeric host must be a
    dotted quad: 2130706433, 0x7f.1 and 0177.0.0.1 mean 127.0.0.1 to some programs and something
    else, or nothing, to others.
    """
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode()
    if re.search(r"(^|\.)([0-9]+|0x[0-9a-f]*)\.?$", host):
        ipaddress.IPv4Address(host)
    return host


def _host_header(origin: tuple[str, str, int]) -> str:
    scheme, host, port = origin
    host = f"[{host}]" if ":" in host else host
    return host if port == _DEFAULT_PORTS.get(scheme) else f"{host}:{port}"
