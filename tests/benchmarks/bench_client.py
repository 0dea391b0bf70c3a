"""Measures one edit with a 4.5 MB photo and a 2 MB picture in base64, on loopback without latency.

It may take at most 1.3 times as long as minimal code for the same bytes (`requests`, orjson,
base64, no checks), and must be faster than the vendor's SDK.

    python -m tests.benchmarks.bench_client
"""

from __future__ import annotations

import base64

import orjson
import requests
from volcengine.visual.VisualService import VisualService

from tests.benchmarks.floor import (
    compare,
    floor_server,
    make_answer,
    make_photo,
    print_head,
    print_row,
)
from volcedit import Client, EditParams, read_photo
from volcedit.config import DEFAULT_REQ_KEY, GATEWAY_PATH
from volcedit.service.fields import (
    build_fields,
)
from volcedit.service.wire import (
    build_query,
)

ROUNDS = 25
PARAMS = EditParams("make it snow", seed=7)


def main() -> None:
    """Print the table."""
    photo = read_photo(make_photo(4_500_000, 3000)).photo
    picture = make_photo(2_000_000, 1536)
    with floor_server(make_answer(picture)) as url:
        client, session = Client(url, "a-key-of-ours"), requests.Session()
        session.trust_env = False
        sdk = _vendor_sdk(url)

        def by_client() -> bytes:
            return client.edit(photo, PARAMS.prompt, seed=PARAMS.seed).picture

        def by_requests() -> bytes:
            answer = session.post(
                url + GATEWAY_PATH,
                params=build_query(),
                data=orjson.dumps(_fields(photo.data)),
                headers={"Content-Type": "application/json"},
            )
            return base64.b64decode(orjson.loads(answer.content)["data"]["binary_data_base64"][0])

        def by_sdk() -> bytes:
            answer = sdk.cv_process(_fields(photo.data))
            return base64.b64decode(answer["data"]["binary_data_base64"][0])

        calls = {"client": by_client, "requests": by_requests, "sdk": by_sdk}
        assert all(call() == picture for call in calls.values())
        medians_ms = {name: 1000 * taken_s for name, taken_s in compare(calls, ROUNDS).items()}
    ours_ms = medians_ms["client"]
    up, down = len(photo.data) / 1e6, len(picture) / 1e6
    print_head(f"one edit: {up:.1f} MB up, {down:.1f} MB down, median of {ROUNDS}")
    print_row("Client.edit against bare requests", ours_ms, medians_ms["requests"], 1.3)
    print_row("Client.edit against the vendor's SDK", ours_ms, medians_ms["sdk"], 1.0)


def _fields(photo: bytes) -> dict[str, object]:
    return build_fields(DEFAULT_REQ_KEY, PARAMS, "base64", base64.b64encode(photo).decode())


def _vendor_sdk(url: str) -> VisualService:
    sdk = VisualService()
    scheme, _, host = url.partition("://")
    sdk.set_scheme(scheme)
    sdk.set_host(host)
    sdk.set_ak("ak")
    sdk.set_sk("sk")
    sdk.session.trust_env = False
    return sdk


if __name__ == "__main__":
    main()
