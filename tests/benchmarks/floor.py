"""What benchmarks compare with: a minimal server, a realistic photo, and fair timing.

`python -m tests.benchmarks.floor [latency_s [tls]]` runs the server. It reads a response (its
length, then its bytes) from stdin, prints its port, and sends that response to every request
after the latency, until stdin ends.
"""

from __future__ import annotations

import base64
import gc
import io
import os
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from PIL import Image, ImageChops

from tests.support.gateway import TLS
from volcedit.config import read_settings
from volcedit.jobs.workbench import Workbench
from volcedit.notebook.history import History
from volcedit.service.client import Client
from volcedit.service.models import settle

PHOTOS = Path(__file__).parents[2] / "assets" / "photos"


def make_photo(size_bytes: int, width_px: int) -> bytes:
    """A JPEG of nearly `size_bytes`, like from a camera: a real photo, enlarged, with grain."""
    with Image.open(PHOTOS / "coffee.png") as file:
        photo = file.convert("RGB")
    size = (width_px, width_px * photo.height // photo.width)
    grain = Image.merge("RGB", [Image.effect_noise(size, 16) for _ in "RGB"])
    photo = ImageChops.add(photo.resize(size, Image.Resampling.LANCZOS), grain, 1, -128)
    for quality in range(100, 0, -1):
        target = io.BytesIO()
        photo.save(target, "JPEG", quality=quality)
        if target.tell() <= size_bytes:
            break
    return target.getvalue()


def make_answer(picture: bytes) -> bytes:
    """The published envelope around `picture`."""
    data = {
        "algorithm_base_resp": {"status_code": 0, "status_message": "Success"},
        "binary_data_base64": [base64.b64encode(picture).decode()],
        "image_urls": [],
        "infer_ctx": {"algorithm_key": "byteedit_v2.0"},
        "rephraser_result": "make it snow",
        "request_id": "floor",
    }
    envelope = {"code": 10000, "data": data, "message": "Success", "request_id": "floor"}
    return orjson.dumps(envelope | {"status": 10000, "time_elapsed": "1.0s"})


@contextmanager
def floor_server(answer: bytes, latency_s: float = 0.0, *, tls: bool = False) -> Iterator[str]:
    """The base URL of a server in its own process that only reads, waits and responds."""
    command = [sys.executable, "-m", "tests.benchmarks.floor", str(latency_s), *["tls"] * tls]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            process.stdin.write(b"%d\n%b" % (len(answer), answer))
            process.stdin.flush()
            scheme = "https" if tls else "http"
            yield f"{scheme}://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@contextmanager
def open_workbench(
    url: str,
    data_dir: Path,
    max_concurrent: int = 2,
    *,
    client: type[Client] = Client,
    **environ: str,
) -> Iterator[Workbench]:
    """The workbench of `app.py`, with `url` as its gateway; `environ` overrides its settings."""
    environ |= {
        "VOLCEDIT_BASE_URL": url,
        "VOLCEDIT_DATA_DIR": str(data_dir),
        "VOLCEDIT_MAX_CONCURRENT": str(max_concurrent),
    }
    settings = settle(read_settings(environ))
    workbench = Workbench(settings, client.from_settings(settings), History(settings.data_dir))
    yield workbench
    workbench.close()


def compare(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median seconds of each call. They take turns, so that a busy moment affects all."""
    taken_s: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            gc.collect()
            began = time.perf_counter()
            call()
            taken_s[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in taken_s.items()}


def print_row(what: str, value: float, floor: float, limit: float, unit: str = "ms") -> None:
    """One row of the table: value, floor, ratio, limit, and whether it is within the limit."""
    ratio = value / floor
    verdict = "ok" if ratio <= limit else "ABOVE"
    print(
        f"{what:<44} {value:9.2f} {unit:<2} {floor:9.2f} {unit:<2} {ratio:6.2f} {limit:6.2f}  "
        f"{verdict}",
        flush=True,
    )


def print_head(title: str) -> None:
    """The head of the table."""
    print(f"\n{title}\n{'':<44} {'value':>12} {'floor':>12} {'ratio':>6} {'limit':>6}")


# ── the server ───────────────────────────────────────────────────────────────────────────────


def serve(answer: bytes, latency_s: float, tls: ssl.SSLContext | None = None) -> None:
    """Respond to every request, with one thread per connection."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        arguments = (connection, head % len(answer) + answer, latency_s, tls)
        threading.Thread(target=_converse, args=arguments, daemon=True).start()


def _converse(
    connection: socket.socket, reply: bytes, latency_s: float, tls: ssl.SSLContext | None
) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls is not None:
        connection = tls.wrap_socket(connection, server_side=True)
    file = connection.makefile("rb")
    into = bytearray(1 << 20)
    while file.readline():
        length = 0
        while (line := file.readline().lower()) != b"\r\n":
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while length:
            length -= file.readinto1(memoryview(into)[:length])
        time.sleep(latency_s)
        connection.sendall(reply)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    body = sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    context = None
    if sys.argv[2:] == ["tls"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "server.pem")
    serve(body, float(sys.argv[1]) if sys.argv[1:] else 0.0, context)
