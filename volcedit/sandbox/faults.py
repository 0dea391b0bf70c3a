"""What can go wrong on demand: the service's codes, and faults of all that lies before it.

A fault is a code of the service, as a number, or one of the names below. It befalls an edit that
is otherwise valid: CVProcess, or the submission of a task, whose result shows it where it is the
picture's.
"""

from __future__ import annotations

import json
import random
import struct
import zlib
from base64 import b64encode
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from volcedit.sandbox.codes import CODES

Fault = int | str
MAX_PLANNED = 10_000


@dataclass(frozen=True)
class Foreign:
    """A whole answer in place of the service's."""

    http_status: int
    media_type: str
    body: bytes


def _page(title: str, body: str) -> bytes:
    return f"<!DOCTYPE html>\n<title>{title}</title>\n{body}\n".encode()


def _gateway(message: str, kind: str, code: str) -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "code": code}}).encode()


_METADATA = {
    "RequestId": "20250424173105000000000000000000",
    "Action": "CVProcess",
    "Version": "2022-08-31",
    "Service": "cv",
    "Region": "cn-north-1",
    "Error": {
        "CodeN": 100013,
        "Code": "AccessDenied",
        "Message": "User is not authorized to perform: cv:CVProcess on resource: *",
    },
}
FOREIGN: Mapping[str, Foreign] = MappingProxyType(
    {
        "html502": Foreign(
            502, "text/html", _page("502 Bad Gateway", "<center><h1>502 Bad Gateway</h1></center>")
        ),
        "html504": Foreign(
            504, "text/html", _page("504 Gateway Time-out", "<h1>504 Gateway Time-out</h1>")
        ),
        "login200": Foreign(
            200, "text/html", _page("Sign in", '<form method="post"><input name="user"></form>')
        ),
        # A gateway's own failures [C], and one before the service is reached [V].
        "gateway401": Foreign(
            401,
            "application/json",
            _gateway("Incorrect API key provided.", "authentication_error", "invalid_api_key"),
        ),
        "gateway429": Foreign(
            429,
            "application/json",
            _gateway("Rate limit reached.", "rate_limit_error", "rate_limit_exceeded"),
        ),
        "metadata": Foreign(
            403, "application/json", json.dumps({"ResponseMetadata": _METADATA}).encode()
        ),
        "empty": Foreign(200, "application/json", b""),
    }
)
"""Whole answers of something else."""

BREAKS = ("cut", "reset", "slow", "huge")
"""Connections that break, which `broken.py` does: in the middle of an answer, before it, never
answering, and with an answer of 300 MB."""
OF_PICTURES = ("no-data", "bad-base64", "bomb", "dead-link")
"""Answers of success whose picture is wrong: none, no base64, one that declares 30000×30000 px, a
link to a result that is gone."""
NUMBER_TASK_ID, UNKNOWN_STATUS = "number-task-id", "unknown-status"
OF_TASKS = (NUMBER_TASK_ID, UNKNOWN_STATUS)
"""A task's id as a number, and a state never heard of; CVProcess knows neither, and is done."""
NAMES = (*FOREIGN, *BREAKS, *OF_PICTURES, *OF_TASKS)

STATE_UNHEARD_OF = "under_review"
# What happens to the picture or its making is known only when the task is done.
_AT_THE_END = {50501, 50511, 50512, 50519, 50520, 50521, 50522, UNKNOWN_STATUS, *OF_PICTURES}


def is_of_result(fault: Fault) -> bool:
    """Does a task with this `fault` show it at its end, and not when it is submitted?"""
    return fault in _AT_THE_END


def read_fault(value: object) -> Fault:
    """The fault that `value` (50430, "50430", "html502") names. Raises ValueError."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if isinstance(value, int | str) and (value in CODES or value in NAMES):
        return value
    known = ", ".join(map(str, (*CODES, *NAMES)))
    raise ValueError(f"{value!r} is not a code of the service nor a fault; known: {known}")


def check_shares(shares: Mapping[Fault, float]) -> None:
    """Raise ValueError unless faults are known and their shares are 0 … 1, also together."""
    for fault, share in shares.items():
        read_fault(fault)
        if not 0 <= share <= 1:
            raise ValueError(f"the share of {fault} must be from 0 to 1, not {share}")
    # Shares like 0.1 do not add up exactly.
    if sum(shares.values()) > 1 + 1e-9:
        raise ValueError("the shares of all failures add up to more than 1")


def pick(shares: Mapping[Fault, float], chance: float) -> Fault | None:
    """The fault that befalls a call, if any: `shares` maps faults to their shares of all calls.

    `chance` is a random number, 0 ≤ chance < 1.
    """
    for fault, share in shares.items():
        if chance < share:
            return fault
        chance -= share
    return None


class Faults:
    """Which fault comes next: the planned ones in their order, then by chance."""

    def __init__(self, shares: Mapping[Fault, float], chance: random.Random) -> None:
        """`shares` as for `pick`."""
        self._shares = shares
        self._random = chance
        self._planned: deque[Fault] = deque()

    def plan(self, faults: Iterable[Fault]) -> None:
        """Let `faults` befall the next edits, after those planned before."""
        self._planned.extend(faults)

    def next(self) -> Fault | None:
        """What befalls one more edit."""
        chance = self._random.random()  # drawn in any case: what comes after stays repeatable
        return self._planned.popleft() if self._planned else pick(self._shares, chance)

    def clear(self) -> None:
        """Forget what is planned."""
        self._planned.clear()


def read_plan(body: bytes) -> list[Fault]:
    """The faults in the body of a call of /fail, `{"next": [50430, "html502"]}`.

    Raises ValueError.
    """
    fields = json.loads(body)
    planned = fields.get("next") if isinstance(fields, dict) else None
    if not isinstance(planned, list) or len(planned) > MAX_PLANNED:
        raise ValueError(f'"next" must be a list of at most {MAX_PLANNED} faults')
    return [read_fault(value) for value in planned]


def spoil(envelope: dict[str, Any], fault: Fault | None, dead_url: str) -> dict[str, Any]:
    """The `envelope` of a finished edit with its picture as `fault` has it, if it is of those."""
    if fault == "no-data":
        return {**envelope, "data": None}
    pictures = {
        "bad-base64": {"binary_data_base64": ["%% this is no base64 %%"], "image_urls": []},
        "bomb": {"binary_data_base64": [b64encode(_bomb()).decode()], "image_urls": []},
        "dead-link": {"binary_data_base64": [], "image_urls": [dead_url]},
    }
    return {**envelope, "data": {**envelope["data"], **pictures.get(fault, {})}}


def _bomb() -> bytes:
    """A PNG of some hundred bytes that declares 30000×30000 px."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(90_001))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
