"""Connections that can tell when nothing was sent, with two time limits that urllib3 lacks.

One is for sending, one for the whole head of a response.
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

SEND_TIMEOUT_S = 120.0  # 6.3 MB, the largest body, over 0.5 Mbit/s


@contextmanager
def _shut_after(sock: socket.socket, seconds: float | None) -> Iterator[None]:
    """Shut `sock` down when this takes longer: its own timeout restarts with every byte."""

    def shut() -> None:
        with suppress(OSError):  # the other side closed it first
            # Not SSLSocket's own, which takes the TLS layer away from under a reader.
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
    """Report a TLS handshake or a tunnel that breaks as a connection that was never made.

    urllib3 reports it like a response that breaks off. An untrusted certificate stays what it is.
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
        self.sock.settimeout(SEND_TIMEOUT_S)  # urllib3 would send under the one for connecting

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3's own does
        with _shut_after(self.sock, self.timeout):
            return super().getresponse()


class _HTTPSConnection(HTTPSConnection):
    def connect(self) -> None:
        with _nothing_sent(self):
            super().connect()
        self.sock.settimeout(SEND_TIMEOUT_S)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3's own does
        with _shut_after(self.sock, self.timeout):
            return super().getresponse()


class HTTPPool(HTTPConnectionPool):
    """A pool of these connections."""

    ConnectionCls = _HTTPConnection


class HTTPSPool(HTTPSConnectionPool):
    """A pool of these connections."""

    ConnectionCls = _HTTPSConnection


class PatientAdapter(HTTPAdapter):
    """Makes a requests session use these connections."""

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,
        **pool_kwargs: Any,  # urllib3's settings of a pool, as many as there are
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
