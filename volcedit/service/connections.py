"""Connections that report when nothing was sent, with two timeouts that urllib3 lacks.

One limits sending, the other the status line and headers of a response.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.poolmanager import ProxyManager
from urllib3.response import HTTPResponse

SEND_TIMEOUT_S = 120.0  # enough for 6.3 MB, the largest body, at 0.5 Mbit/s


@contextmanager
def _shut_after(sock: socket.socket, seconds: float | None) -> Iterator[None]:
    """Shut `sock` down after `seconds`. The socket's own timeout restarts with every byte."""

    def shut() -> None:
        with suppress(OSError):  # already closed by the peer
            # SSLSocket.shutdown would drop the TLS layer while another thread reads.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(seconds if seconds is not None else SEND_TIMEOUT_S, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _nothing_sent(connection: HTTPConnection) -> Iterator[None]:
    """Report a broken TLS handshake or proxy tunnel as a connection that was never made.

    urllib3 reports it like an interrupted response. Certificate errors are passed through.
    """
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise NewConnectionError(connection, str(error)) from error


class _HTTPConnection(HTTPConnection):
    def connect(self) -> None:
        with _nothing_sent(self):
            super().connect()
        self.sock.settimeout(SEND_TIMEOUT_S)  # urllib3 would use the connect timeout for sending

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as in urllib3 itself
        with _shut_after(self.sock, self.timeout):
            return super().getresponse()


class _HTTPSConnection(HTTPSConnection):
    def connect(self) -> None:
        with _nothing_sent(self):
            super().connect()
        self.sock.settimeout(SEND_TIMEOUT_S)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as in urllib3 itself
        with _shut_after(self.sock, self.timeout):
            return super().getresponse()


class HTTPPool(HTTPConnectionPool):
    """A connection pool with the timeouts of this module."""

    ConnectionCls = _HTTPConnection


class HTTPSPool(HTTPSConnectionPool):
    """A connection pool with the timeouts of this module."""

    ConnectionCls = _HTTPSConnection


class TimeoutAdapter(HTTPAdapter):
    """Makes a requests session use the connections of this module."""

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,
        **pool_kwargs: Any,  # passed on to urllib3
    ) -> None:
        """Same as the base class, using our pools."""
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTPPool, "https": HTTPSPool}

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Same as the base class, using our pools; a SOCKS proxy keeps its own."""
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        if isinstance(manager, ProxyManager):
            manager.pool_classes_by_scheme = {"http": HTTPPool, "https": HTTPSPool}
        return manager
