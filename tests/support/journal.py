"""The sandbox with a journal of every call that reached it: what really left the app, and when.

`python -m tests.support.journal <arguments as JSON>` runs one in its own process; it prints its
address, and the journal once stdin ends.
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
    """One call, as it reached the service."""

    action: str
    seed: int | None
    """Of the edit that was asked for; None for a poll."""
    task_id: str
    """Of the task that was submitted or polled; empty for a call that became none."""
    began: float
    """When its last byte had arrived: `time.monotonic()` of this machine."""
    took_s: float
    """Until the answer was ready."""
    code: int
    """10000 or one of the service's error codes."""


@dataclass
class Journal:
    """Where the sandbox listens, and the calls that reached it."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    """In the order they were answered; those of another process only once it has ended."""


@contextmanager
def journalled(**options: Any) -> Iterator[Journal]:
    """A sandbox in this process."""
    journal = Journal()

    class Watched(Calls):
        async def answer(self, request: Request) -> Response:
            body = await request.body()  # kept, so that it can be read again
            began = time.monotonic()
            response = await super().answer(request)
            journal.calls.append(_note(request, body, response, began))
            return response

    with patch.object(server, "Calls", Watched), Sandbox(**options) as sandbox:
        journal.url = sandbox.url
        yield journal


@contextmanager
def journalled_apart(**options: Any) -> Iterator[Journal]:
    """A sandbox in its own process, so that neither waits for the other's Python."""
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
    asked = json.loads(body)
    # An answer of this size holds a picture.
    is_picture = response.status_code == 200 and len(response.body) > 10_000
    answer = {"code": 10000} if is_picture else json.loads(response.body)
    return Call(
        request.query_params.get("Action", ""),
        asked.get("seed"),
        asked.get("task_id") or (answer.get("data") or {}).get("task_id", ""),
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
