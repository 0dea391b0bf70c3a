"""Successful responses with a bad picture."""

import struct
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

# (data of a finished edit, URL of a result that is gone) → corrupted data.
_Corruption = Callable[[dict[str, Any], str], dict[str, Any] | None]


def corrupt(envelope: dict[str, Any], fault: int | str | None, dead_url: str) -> dict[str, Any]:
    """The `envelope` of a finished edit, its picture corrupted if `fault` is in `CORRUPTIONS`."""
    if not isinstance(fault, str) or fault not in CORRUPTIONS:
        return envelope
    return {**envelope, "data": CORRUPTIONS[fault](envelope["data"], dead_url)}


def _without_data(data: dict[str, Any], dead_url: str) -> None:
    return None


def _without_base64(data: dict[str, Any], dead_url: str) -> dict[str, Any]:
    return {**data, "binary_data_base64": ["%% this is no base64 %%"], "image_urls": []}


def _with_bomb(data: dict[str, Any], dead_url: str) -> dict[str, Any]:
    return {**data, "binary_data_base64": [b64encode(_bomb()).decode()], "image_urls": []}


def _with_dead_link(data: dict[str, Any], dead_url: str) -> dict[str, Any]:
    return {**data, "binary_data_base64": [], "image_urls": [dead_url]}


def _bomb() -> bytes:
    """A PNG of a few hundred bytes that declares 30000×30000 px."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(90_001))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


CORRUPTIONS: Mapping[str, _Corruption] = MappingProxyType(
    {
        "no-data": _without_data,
        "bad-base64": _without_base64,
        "bomb": _with_bomb,
        "dead-link": _with_dead_link,
    }
)
"""How to corrupt the picture, by fault name."""
