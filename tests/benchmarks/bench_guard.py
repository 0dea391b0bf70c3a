"""Measures what guarding downloads costs: a 2 MB picture on loopback, with and without the guard.

Without it, urllib3 alone resolves the name and fetches the same bytes over a new connection. The
guard may add at most 5 ms. For https, the server has a public address, which this benchmark
redirects to loopback.

    python -m tests.benchmarks.bench_guard
"""

from __future__ import annotations

import socket
import ssl
from unittest import mock

import urllib3
from urllib3.util.ssl_ import create_urllib3_context

from tests.benchmarks.floor import compare, floor_server, make_photo
from tests.support.gateway import CA_CERTS
from volcedit.service.download import Downloader, resolve

ROUNDS = 100
LIMIT_MS = 5.0
PUBLIC = "93.184.216.34"


def main() -> None:
    """Print the table."""
    picture = make_photo(2_000_000, 1536)
    print(f"\na picture of {len(picture) / 1e6:.1f} MB, median of {ROUNDS}, in ms")
    print(f"{'':<32} {'guarded':>8} {'bare':>8} {'added':>8} {'limit':>8}")
    with floor_server(picture) as url:
        measure("http, from the own origin", url, url, picture)
    with floor_server(picture, tls=True) as url:
        measure("https, from the own origin", url, url, picture)
        _, _, port = url.rpartition(":")
        with mock.patch("urllib3.util.connection.create_connection", _dial):
            store = f"https://localhost:{port}"
            measure("https, from a public store", "http://gateway.test", store, picture)


def measure(what: str, base_url: str, store: str, picture: bytes) -> None:
    """Print one row: fetching `picture` from `store`, for the client of `base_url`."""
    url = f"{store}/p.jpg"
    downloader = Downloader(base_url, resolve=_look_up, ca_certs=CA_CERTS)
    trusted = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    trusted.load_verify_locations(CA_CERTS)

    def without_guard() -> bytes:
        with urllib3.PoolManager(ssl_context=trusted) as pool:
            return pool.request("GET", url).data

    calls = {"guarded": lambda: downloader.fetch(url), "bare": without_guard}
    assert all(call() == picture for call in calls.values())
    medians_ms = {name: 1000 * taken_s for name, taken_s in compare(calls, ROUNDS).items()}
    guarded_ms, bare_ms = medians_ms["guarded"], medians_ms["bare"]
    added_ms = guarded_ms - bare_ms
    verdict = "ok" if added_ms <= LIMIT_MS else "ABOVE"
    print(
        f"{what:<32} {guarded_ms:8.2f} {bare_ms:8.2f} {added_ms:8.2f} {LIMIT_MS:8.2f}  {verdict}",
        flush=True,
    )


def _look_up(host: str, port: int) -> list[str]:
    resolve(host, port)  # only for the time it takes
    return [PUBLIC]


def _dial(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
    host, port = address
    return socket.create_connection(("127.0.0.1" if host == PUBLIC else host, port))


if __name__ == "__main__":
    main()
