"""Runs eight variations of a 4.5 MB photo, four at a time, at a service that takes 1 s per edit.

All are saved. The ideal is two rounds of 1 s; at most 1.15 times as long is allowed. The same calls
with bare `requests` in four threads, without writing anything, show how busy the machine is.

    python -m tests.benchmarks.bench_variations
"""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from tests.benchmarks.floor import (
    compare,
    floor_server,
    make_answer,
    make_photo,
    open_workbench,
    print_head,
    print_row,
)
from volcedit import EditParams, EditRequest, Photo, read_photo
from volcedit.config import DEFAULT_REQ_KEY
from volcedit.jobs.variations import COUNT_MAX
from volcedit.jobs.workbench import Workbench
from volcedit.service.answers import (
    decode_picture,
    parse_answer,
    picture_sources,
)
from volcedit.service.wire import (
    build_body,
)

LATENCY_S = 1.0
AT_ONCE = 4
ROUNDS = 5
PARAMS = EditParams("make it snow", seed=7)


def main() -> None:
    """Print the table."""
    photo = read_photo(make_photo(4_500_000, 3000)).photo
    answer = make_answer(make_photo(2_000_000, 1536))
    with (
        floor_server(answer, LATENCY_S) as url,
        tempfile.TemporaryDirectory() as folder,
        open_workbench(url, Path(folder), AT_ONCE) as workbench,
    ):
        calls = {
            "workbench": lambda: asyncio.run(_run(workbench, photo)),
            "requests": lambda: _post_all(url, photo),
        }
        medians_s = compare(calls, ROUNDS)
    ideal_s = COUNT_MAX / AT_ONCE * LATENCY_S
    print_head(f"{COUNT_MAX} variations, {AT_ONCE} at once, {LATENCY_S:g} s each, {ROUNDS} runs")
    print_row("Workbench.start to run.ended()", medians_s["workbench"], ideal_s, 1.15, "s")
    print_row("bare requests", medians_s["requests"], ideal_s, 1.15, "s")


async def _run(workbench: Workbench, photo: Photo) -> None:
    run = workbench.start(workbench.notebook("benchmark"), photo, PARAMS, COUNT_MAX)
    await run.ended()
    assert all(record.state == "done" for record in run.records)


def _post_all(url: str, photo: Photo) -> None:
    body = build_body(EditRequest(photo, PARAMS, DEFAULT_REQ_KEY))

    def post(_: int) -> bytes:
        answer = requests.post(url, data=body)
        ((_, text),) = picture_sources(parse_answer(answer.status_code, answer.content))
        return decode_picture(text)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(post, range(COUNT_MAX)))


if __name__ == "__main__":
    main()
