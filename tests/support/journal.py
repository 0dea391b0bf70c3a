"""A sandbox that records every call it receives: what really left the app, and when.

`python -m tests.support.journal <arguments as JSON>` runs one in its own process. It prints its
address, and the journal once stdin is closed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any
from unittest.mock import patch

from fastapi import Request, Response

from volcedit.sandbox import Progress, Sandbox
from volcedit.sandbox.http import server
from volcedit.sandbox.http.calls import Calls


@dataclass(frozen=True)
class Call:
    """A call, as received by the service."""

    action: str
    seed: int | None
    """The requested edit's seed; None for a poll."""
    task_id: str
    """The task submitted or polled; empty for other calls."""
    began: float
    """When its last byte arrived: `time.monotonic()` of this machine."""
    took_s: float
    """Time until the response was ready."""
    code: int
    """10000 or one of the service's error codes."""


@dataclass
class Journal:
    """The sandbox's address, and the calls it received."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    """In the order they were answered. For another process, only filled once it has ended."""


@contextmanager
def journalled(**options: Any) -> Iterator[Journal]:
    """Run a sandbox in this process."""
    journal = Journal()

    class Watched(Calls):
        async def answer(self, request: Request) -> Response:
            body = await request.body()  # cached, so it can be read again
            began = time.monotonic()
            response = await super().answer(request)
            journal.calls.append(_note(request, body, response, began))
            return response

    with patch.object(server, "Calls", Watched), Sandbox(**options) as sandbox:
        journal.url = sandbox.url
        yield journal


@contextmanager
def journalled_apart(**options: Any) -> Iterator[Journal]:
    """Run a sandbox in its own process, so that the two do not share a GIL."""
    command = [sys.executable, "-m", "tests.support.journal", json.dumps(options)]
    journal = Journal()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            journal.url = process.stdout.readline().decode().strip()
            yield journal
            calls, _ = process.communicate()
            journal.calls += [Call(**call) for call in json.loads(calls)]
        finally:
            process.kill()


def _note(request: Request, body: bytes, response: Response, began: float) -> Call:
    took_s = time.monotonic() - began
    fields = json.loads(body)
    # A response of this size contains a picture.
    is_picture = response.status_code == 200 and len(response.body) > 10_000
    answer = {"code": 10000} if is_picture else json.loads(response.body)
    return Call(
        request.query_params.get("Action", ""),
        fields.get("seed"),
        fields.get("task_id") or (answer.get("data") or {}).get("task_id", ""),
        began,
        took_s,
        answer.get("code", 0),
    )


def _serve(options: dict[str, Any]) -> None:
    failures = {int(code): share for code, share in options.pop("failures", {}).items()}
    progress = Progress(**options.pop("progress")) if "progress" in options else None
    with journalled(failures=failures, progress=progress, **options) as journal:
        print(journal.url, flush=True)
        sys.stdin.buffer.read()
    print(json.dumps([asdict(call) for call in journal.calls]), flush=True)


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
