"""`parameters`: the text in which other tools store how a picture was made.

    make it snow
    Negative prompt: rain
    Seed: 7, CFG scale: 0.5, Size: 451x300, Model: byteedit_v2.0, Version: volcedit

This is the layout of AUTOMATIC1111's web UI, shared by Forge and many viewers: a text chunk in a
PNG, the EXIF UserComment in other files. Fooocus writes JSON there, which is read as well.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson

from volcedit.service.fields import (
    SEED_MAX,
    SEED_MIN,
)
from volcedit.service.models import (
    SCALE_MAX,
    SCALE_MIN,
)
from volcedit.types import EditParams

OUR_SIGN = "Version: volcedit"
"""The end of every text written by us."""

_NEGATIVE = "Negative prompt:"
# From AUTOMATIC1111's infotext_utils.py, except for the bound on names and no spaces before them:
# those would make matching a hostile line quadratic.
_SETTING = re.compile(r'(\w[\w \-/]{1,60}):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_SETTINGS_MIN = 3  # their rule: with fewer, the last line belongs to the prompt
_IDENTIFYING = {"Steps", "Seed", "CFG scale", "Sampler"}
_SIZE = re.compile(r"\(?(\d{1,5})(?:x|, )(\d{1,5})\)?")

_EXIF_IFD, _EXIF_VERSION, _USER_COMMENT = 0x8769, 0x9000, 0x9286
_COMMENT_AT = 56  # the offset used by `_tiff`
_UNICODE, _ASCII = b"UNICODE\0", b"ASCII\0\0\0"


@dataclass(frozen=True)
class Parameters:
    """How another tool made a picture, as far as it could be read."""

    prompt: str
    negative_prompt: str = ""
    seed: int | None = None
    """1 … 2147483647; None if missing or out of range."""
    scale: float | None = None
    """0 … 1. Other models' guidance, from 1 to 30, has no meaning here and gives None."""
    model: str = ""
    width_px: int | None = None
    """Width of the picture."""
    height_px: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


# ── the text ─────────────────────────────────────────────────────────────────────────────────


def write_parameters(params: EditParams, model: str, width_px: int, height_px: int) -> str:
    """The text for a picture of that size."""
    negative = f"\n{_NEGATIVE} {params.negative_prompt}" if params.negative_prompt else ""
    settings = {
        "Seed": params.seed,
        "CFG scale": float(params.scale),
        "Size": f"{width_px}x{height_px}",
        "Model": _quote(model),
    }
    line = ", ".join(f"{name}: {value}" for name, value in settings.items())
    # No tool accepts NUL: it terminates text in files.
    return f"{params.prompt}{negative}\n{line}, {OUR_SIGN}".replace("\0", "")


def read_parameters(text: str) -> Parameters | None:
    """Parse `text`; None if it is something else."""
    text = text.strip("\0\ufeff \t\r\n")
    if text.startswith("{"):
        return _read_json(text)
    *lines, last = text.split("\n")
    found = _SETTING.findall(last)
    settings = {name: _unquote(value.strip()) for name, value in found}
    if len(found) < _SETTINGS_MIN or not _IDENTIFYING & settings.keys():
        return None
    prompt, negative = _cut_at_negative(lines)
    return Parameters(
        prompt, negative, _seed(settings.get("Seed")), _scale(settings.get("CFG scale")),
        settings.get("Model", ""), *_size(settings.get("Size")),
    )  # fmt: skip


def _cut_at_negative(lines: list[str]) -> tuple[str, str]:
    lines = [line.strip() for line in lines]
    at = next((n for n, line in enumerate(lines) if line.startswith(_NEGATIVE)), len(lines))
    negative = [line.removeprefix(_NEGATIVE).strip() for line in lines[at:]]
    return "\n".join(lines[:at]), "\n".join(negative)


def _read_json(text: str) -> Parameters | None:
    try:
        values = orjson.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, Mapping) or not isinstance(values.get("prompt"), str):
        return None

    def text_of(name: str) -> str:
        value = values.get(name, "")
        return str(value) if isinstance(value, str | int | float) else ""

    return Parameters(
        values["prompt"], text_of("negative_prompt"), _seed(text_of("seed")),
        _scale(text_of("guidance_scale")), text_of("base_model"), *_size(text_of("resolution")),
    )  # fmt: skip


def _quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if re.search(r'[,:\n"]', value) else value


def _unquote(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(orjson.loads(value))
    except ValueError:
        return value


def _seed(text: str | None) -> int | None:
    seed = int(text) if text and re.fullmatch("[0-9]{1,10}", text) else 0
    return seed if SEED_MIN <= seed <= SEED_MAX else None


def _scale(text: str | None) -> float | None:
    try:
        scale = float((text or "")[:32])
    except ValueError:
        return None
    return scale if SCALE_MIN <= scale <= SCALE_MAX else None


def _size(text: str | None) -> tuple[int | None, int | None]:
    match = _SIZE.fullmatch(text or "")
    return (int(match[1]), int(match[2])) if match else (None, None)


# ── EXIF ─────────────────────────────────────────────────────────────────────────────────────
# Not with Pillow: it writes the comment as BYTE instead of UNDEFINED, and warns about damaged EXIF.

_Order = Literal["little", "big"]
_ORDERS: Mapping[bytes, _Order] = {b"II*\0": "little", b"MM\0*": "big"}


def write_exif(text: str) -> bytes:
    """EXIF (a TIFF) with `text` as its UserComment and nothing else."""
    return _tiff(_UNICODE + text.encode("utf-16-be"))


def is_our_exif(tiff: bytes) -> bool:
    """Whether `write_exif` made it."""
    signed = tiff.endswith(OUR_SIGN.encode("utf-16-be"))
    return signed and tiff == _tiff(tiff[_COMMENT_AT:])


def read_exif(tiff: bytes) -> str:
    """The UserComment in EXIF (a TIFF); empty if there is none."""
    order = _ORDERS.get(tiff[:4])
    if order is None:
        return ""
    first = _entries(tiff, tiff[4:8], order)
    beyond = _entries(tiff, first[_EXIF_IFD][1], order) if _EXIF_IFD in first else {}
    # Fooocus puts it in the first directory.
    count, value = beyond.get(_USER_COMMENT) or first.get(_USER_COMMENT) or (0, b"")
    if count > 4:
        at = int.from_bytes(value, order)
        value = tiff[at : at + count]
    if value.startswith(_UNICODE):
        return _decode_utf16(value[len(_UNICODE) :])
    return decode_text(value.removeprefix(_ASCII).strip(b"\0"))


def _tiff(comment: bytes) -> bytes:
    """Two directories, each an array of (tag, type, count, value): TIFF 6.0, section 2."""
    long, undefined, no_more = 4, 7, bytes(4)
    return b"".join(
        [
            struct.pack(">2sHL", b"MM", 42, 8),
            struct.pack(">HHHLL", 1, _EXIF_IFD, long, 1, 26) + no_more,
            struct.pack(">HHHL4s", 2, _EXIF_VERSION, undefined, 4, b"0232"),
            struct.pack(">HHLL", _USER_COMMENT, undefined, len(comment), _COMMENT_AT) + no_more,
            comment,
        ]
    )


def _entries(tiff: bytes, offset: bytes, order: _Order) -> dict[int, tuple[int, bytes]]:
    """tag → (count, the four bytes of the value or its offset)."""
    at = int.from_bytes(offset, order)
    found = {}
    for number in range(int.from_bytes(tiff[at : at + 2], order)):
        entry = tiff[at + 2 + 12 * number : at + 14 + 12 * number]
        if len(entry) < 12:
            break
        found[int.from_bytes(entry[:2], order)] = (int.from_bytes(entry[4:8], order), entry[8:])
    return found


def _decode_utf16(data: bytes) -> str:
    # The byte order is not recorded, and the TIFF's is often wrong. Guess from the zero bytes of
    # ASCII characters.
    is_big = data[0::2].count(0) >= data[1::2].count(0)
    return data.decode("utf-16-be" if is_big else "utf-16-le", "replace")


def decode_text(data: bytes) -> str:
    """Decode UTF-8, which tools write even where Latin-1 is required; else Latin-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
