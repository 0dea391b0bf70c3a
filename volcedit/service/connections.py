"""Connections that tell what was never sent, and have time limits that urllib3 lacks.

The limits are for sending, and for the whole of a head.
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
    """Shut `sock` down when this takes longer: its own timeout begins anew with every byte."""

    def shut() -> None:
        with suppress(OSError):  # the other side was faster
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
    """Let a TLS handshake or a tunnel that breaks count as a connection that was never made.

    To urllib3 they are like an answer that breaks off. A certificate that is not trusted stays one.
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

    def getresponse(self) -> HTTPResponse:
        with _shut_after(self.sock, self.timeout):
            return super().getresponse()


class _HTTPSConnection(HTTPSConnection):
    def connect(self) -> None:
        with _nothing_sent(self):
            super().connect()
        self.sock.settimeout(SEND_TIMEOUT_S)

    def getresponse(self) -> HTTPResponse:
        with _shut_after(self.sock, self.timeout):
            return super().getresponse()


class HTTPPool(HTTPConnectionPool):
    """A pool of such connections."""

    ConnectionCls = _HTTPConnection


class HTTPSPool(HTTPSConnectionPool):
    """A pool of such connections."""

    ConnectionCls = _HTTPSConnection


class PatientAdapter(HTTPAdapter):
    """Gives a requests session such connections."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As its own, with our pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTPPool, "https": HTTPSPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """As its own, with our pools; a SOCKS proxy has pools of its own."""
        manager = super().proxy_manager_for(*args, **kwargs)
        if isinstance(manager, ProxyManager):
            manager.pool_classes_by_scheme = {"http": HTTPPool, "https": HTTPSPool}
        return manager
