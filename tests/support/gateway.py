"""A real HTTP server on loopback that records requests and answers from a script.

with Gateway() as gateway:
    gateway.script(reply(429, b"{}"), reply(200, b"..."))    # the last one repeats
    ...
    gateway.requests[0].body
"""

from __future__ import annotations

import itertools
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import orjson

from tests.support import DATA

TLS = DATA / "tls"
CA_CERTS = str(TLS / "ca.pem")


@dataclass(frozen=True)
class Request:
    """A request, as received."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """A request being answered: what scripted answers use to respond."""

    def __init__(self, handler: BaseHTTPRequestHandler, released: threading.Event) -> None:
        self._handler = handler
        self.asked: Mapping[str, str] = handler.headers
        """The request's headers."""
        self.released = released
        """Set at the end of the test, so that answers stop hanging or dripping."""

    def head(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Send the status line and `headers`."""
        self._handler.send_response(status)
        for name, value in headers:
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        """Send `data` now."""
        self._handler.wfile.write(data)

    def close(self) -> None:
        """Close the connection after this."""
        self._handler.close_connection = True


Answer = Callable[[Exchange], None]


def reply(status: int = 200, body: bytes | dict = b"", **headers: str) -> Answer:
    """A complete response; a dict is sent as JSON. `Retry_After="3"` sets `Retry-After: 3`."""
    data = orjson.dumps(body) if isinstance(body, dict) else body
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]

    def answer(exchange: Exchange) -> None:
        exchange.head(status, [("Content-Length", str(len(data))), *named])
        exchange.write(data)

    return answer


def redirect(location: str, status: int = 302) -> Answer:
    """A redirect."""
    return reply(status, Location=location)


def chunked(*parts: bytes) -> Answer:
    """A complete response without Content-Length."""

    def answer(exchange: Exchange) -> None:
        exchange.head(200, [("Transfer-Encoding", "chunked")])
        for part in (*parts, b""):
            exchange.write(b"%x\r\n%b\r\n" % (len(part), part))

    return answer


def close_unanswered() -> Answer:
    """Read the request, then close without responding."""
    return Exchange.close


def hang(before: bytes | None = None) -> Answer:
    """Respond with nothing until released; with `before`, send headers and these bytes first."""

    def answer(exchange: Exchange) -> None:
        if before is not None:
            exchange.head(200, [("Content-Length", str(len(before) + 1))])
            exchange.write(before)
        exchange.released.wait()
        exchange.close()

    return answer


def drip(every_s: float = 0.02) -> Answer:
    """Send a byte at a time, endlessly, until released."""

    def answer(exchange: Exchange) -> None:
        exchange.head(200, [("Content-Length", "1000000")])
        while not exchange.released.wait(every_s):
            exchange.write(b" ")
        exchange.close()

    return answer


def drip_head(line: bytes, every_s: float = 0.02) -> Answer:
    """Send `line` instead of an HTTP response, a byte at a time and repeatedly, until released."""

    def answer(exchange: Exchange) -> None:
        for byte in itertools.cycle(line):
            if exchange.released.wait(every_s):
                break
            exchange.write(bytes([byte]))
        exchange.close()

    return answer


def cut_off(body: bytes, after: int) -> Answer:
    """Declare the Content-Length of `body`, but send only its first `after` bytes."""

    def answer(exchange: Exchange) -> None:
        exchange.head(200, [("Content-Length", str(len(body)))])
        exchange.write(body[:after])
        exchange.close()

    return answer


def raw(data: bytes) -> Answer:
    """Send `data` instead of an HTTP response."""

    def answer(exchange: Exchange) -> None:
        exchange.write(data)
        exchange.close()

    return answer


class Gateway:
    """The server. Leaving the `with` block ends its threads and connections."""

    def __init__(self, *, tls: bool = False) -> None:
        self.requests: list[Request] = []
        self.server_names: list[str | None] = []
        """Server names requested by TLS connections."""
        self.reads_after_s = 0.0
        """Delay before it reads the body of a request."""
        self._answers: list[Answer] = [reply(404)]
        self._released = threading.Event()
        self._server = _Server(self._answer, self.server_names if tls else None)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def script(self, *answers: Answer) -> None:
        """Set the answers for the next requests, in order. The last one repeats."""
        self._answers = list(answers)

    def __enter__(self) -> Gateway:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.disconnect()
        self._server.server_close()
        assert not self._server.failures, self._server.failures

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        self._released.wait(self.reads_after_s)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        query = dict(parse_qsl(parts.query))
        self.requests.append(Request(handler.command, parts.path, query, handler.headers, body))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        answer(Exchange(handler, self._released))


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() joins them
    block_on_close = True

    def __init__(
        self,
        answer: Callable[[BaseHTTPRequestHandler], None],
        server_names: list[str | None] | None,
    ) -> None:
        """With TLS if `server_names` is a list, to which requested names are appended."""
        self.failures: list[BaseException] = []
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _handler_class(answer))
        if server_names is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS / "server.pem")
            context.sni_callback = lambda _, name, __: server_names.append(name)
            # The handshake happens in the connection's own thread.
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def process_request(self, request: socket.socket, client_address: object) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def disconnect(self) -> None:
        """Close connections that clients keep alive, which ends their threads."""
        for connection in list(self._connections):
            try:
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                self._connections.discard(connection)  # its thread was faster

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that disconnect; anything else is a bug in a test."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | ssl.SSLError):
            self.failures.append(error)


def _handler_class(answer: Callable[[BaseHTTPRequestHandler], None]) -> type:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            answer(self)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler
