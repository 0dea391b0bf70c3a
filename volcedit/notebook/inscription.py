"""Embeds recipes in picture files, without changing a pixel, and reads them back.

| file | our recipe, as canonical JSON | for other tools, in their layout (`parameters`) |
|---|---|---|
| PNG | an iTXt chunk `volcedit` | a text chunk `parameters` |
| JPEG | APP9 segments, each starting with `volcedit` and a NUL | the UserComment of EXIF |
| WebP | a chunk `vced` | the UserComment of EXIF |

Other tools' metadata is preserved: if a file already has EXIF, or `parameters` that are not ours,
these are left alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TypeVar

import orjson

from volcedit.errors import ParameterError, PhotoError
from volcedit.notebook.parameters import (
    OUR_SIGN,
    Parameters,
    decode_text,
    is_our_exif,
    read_exif,
    read_parameters,
    write_exif,
    write_parameters,
)
from volcedit.notebook.recipe import Recipe
from volcedit.pictures.opening import UPLOAD_MAX_BYTES
from volcedit.pictures.segments import (
    JPEG_PAYLOAD_MAX,
    Part,
    has_valid_checksum,
    join_jpeg,
    join_png,
    join_webp,
    jpeg_segment,
    kind_of,
    png_chunk,
    split_jpeg,
    split_png,
    split_webp,
    webp_chunk,
)
from volcedit.types import Words

TEXT_MAX_BYTES = 1_000_000
"""Of a recipe or of `parameters`, uncompressed. The longest recipe that can be sent has 20 KB."""

_KEYWORD, _PARAMETERS_KEYWORD = b"volcedit", b"parameters"
_PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_MARK = b"volcedit\0"
_APP0, _APP1, _APP9 = b"\xe0", b"\xe1", b"\xe9"
_EXIF = b"Exif\0\0"
_SIZES = frozenset(bytes([code]) for code in range(0xC0, 0xD0) if code not in (0xC4, 0xC8, 0xCC))
"""The markers of JPEG frame headers (SOF)."""
_WEBP_CHUNK = b"vced"
_WEBP_HAS_EXIF, _WEBP_HAS_ALPHA = 0x08, 0x10
_BLANKS = b" \t\r\n\xef\xbb\xbf"

_Handler = TypeVar("_Handler", bound=Callable[..., bytes])
"""A function that handles one kind of file."""


# ── public functions ─────────────────────────────────────────────────────────────────────────


def inscribe(data: bytes, recipe: Recipe) -> bytes:
    """Embed `recipe` in the picture file `data`, replacing an earlier one of ours.

    Pixels, compressed data and everything else in the file stay byte for byte. Raises `PhotoError`
    unless it is a complete PNG, JPEG or WebP, and `ParameterError` if the recipe cannot be encoded.
    """
    try:
        text = recipe.canonical
        return _handler_for(data, {"PNG": _write_png, "JPEG": _write_jpeg, "WebP": _write_webp})(
            data, text, recipe
        )
    except UnicodeEncodeError as error:
        raise _unreadable() from error


def uninscribed(data: bytes) -> bytes:
    """Remove what `inscribe` added. For a PNG or JPEG this restores the exact original bytes.

    A WebP keeps the header that the recipe needed. Raises `PhotoError`.
    """
    handlers = {"PNG": _take_from_png, "JPEG": _take_from_jpeg, "WebP": _take_from_webp}
    return _handler_for(data, handlers)(data)


def read_inscription(data: bytes) -> Recipe | Parameters | None:
    """Read how the picture in a file was made; None if the file does not say.

    For a PNG, JPEG or WebP this is our recipe, or else other tools' parameters; for JSON, the
    recipe in it, alone or inside a record. Raises `ParameterError` if the recipe is damaged or
    newer than this version; `PhotoError` if the picture is damaged or has more than 10 MB.
    """
    if len(data) > UPLOAD_MAX_BYTES:
        raise _too_large()
    readers: dict[str, Callable[[bytes], Recipe | Parameters | None]] = {
        "PNG": _read_png,
        "JPEG": _read_jpeg,
        "WebP": _read_webp,
        "": _read_json,
    }
    return readers[kind_of(data)](data)


def _handler_for(data: bytes, handlers: dict[str, _Handler]) -> _Handler:
    handler = handlers.get(kind_of(data))
    if handler is None:
        raise PhotoError(Words("A recipe can only be written into a PNG, JPEG or WebP file."))
    return handler


# ── PNG ──────────────────────────────────────────────────────────────────────────────────────


def _write_png(data: bytes, text: bytes, recipe: Recipe) -> bytes:
    parts, rest = split_png(_take_from_png(data))
    head = parts[0].payload
    width_px, height_px = (int.from_bytes(head[at : at + 4], "big") for at in (0, 4))
    own = [png_chunk(b"iTXt", _KEYWORD + bytes(5) + text)]
    if not any(_keyword(part) == _PARAMETERS_KEYWORD for part in parts):
        words = write_parameters(recipe.params, recipe.req_key, width_px, height_px)
        own.append(_text_chunk(words))
    # Before the pixels: Pillow reports later chunks only once the pixels are decoded.
    at = next((n for n, part in enumerate(parts) if part.kind == b"IDAT"), 1)
    return join_png([*parts[:at], *own, *parts[at:]], rest)


def _text_chunk(words: str) -> Part:
    """Like Pillow, and so most tools: tEXt if Latin-1 is enough, else iTXt."""
    try:
        return png_chunk(b"tEXt", _PARAMETERS_KEYWORD + b"\0" + words.encode("latin-1"))
    except UnicodeEncodeError:
        return png_chunk(b"iTXt", _PARAMETERS_KEYWORD + bytes(5) + words.encode())


def _take_from_png(data: bytes) -> bytes:
    parts, rest = split_png(data)
    return join_png((part for part in parts if not _is_ours_in_png(part)), rest)


def _is_ours_in_png(part: Part) -> bool:
    keyword = _keyword(part)
    signed = keyword == _PARAMETERS_KEYWORD and part.payload.endswith(OUR_SIGN.encode())
    return keyword == _KEYWORD or signed


def _keyword(part: Part) -> bytes:
    """The keyword of a text chunk; empty for other chunks."""
    return part.payload.partition(b"\0")[0] if part.kind in _PNG_TEXTS else b""


def _read_png(data: bytes) -> Recipe | Parameters | None:
    texts: dict[bytes, Part] = {}
    for part in split_png(data)[0]:
        texts.setdefault(_keyword(part), part)
    if recipe := texts.get(_KEYWORD):
        return _read_recipe(_text_of(recipe).encode())
    if parameters := texts.get(_PARAMETERS_KEYWORD):
        return read_parameters(_text_of(parameters))
    return None


def _text_of(part: Part) -> str:
    """The text of a text chunk of any kind: other tools may convert between them."""
    if not has_valid_checksum(part):
        raise _unreadable()
    _, _, rest = part.payload.partition(b"\0")
    is_packed = part.kind == b"zTXt"
    if is_packed:
        rest = rest[1:]
    elif part.kind == b"iTXt":
        is_packed = rest[:1] == b"\1"
        _language, _, rest = rest[2:].partition(b"\0")
        _translated, _, rest = rest.partition(b"\0")
    return decode_text(_bounded(_unpack(rest) if is_packed else rest))


def _unpack(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, TEXT_MAX_BYTES + 1)
    except zlib.error as error:
        raise _unreadable() from error


# ── JPEG ─────────────────────────────────────────────────────────────────────────────────────


def _write_jpeg(data: bytes, text: bytes, recipe: Recipe) -> bytes:
    parts, scan = split_jpeg(_take_from_jpeg(data))
    own = [
        jpeg_segment(_APP9, _MARK + text[at : at + JPEG_PAYLOAD_MAX - len(_MARK)])
        for at in range(0, len(text), JPEG_PAYLOAD_MAX - len(_MARK))
    ]
    frame = next((part.payload for part in parts if part.kind in _SIZES), b"")
    if len(frame) >= 5 and not any(_is_exif(part) for part in parts):
        height_px, width_px = (int.from_bytes(frame[at : at + 2], "big") for at in (1, 3))
        words = write_parameters(recipe.params, recipe.req_key, width_px, height_px)
        exif = _EXIF + write_exif(words)
        if len(exif) <= JPEG_PAYLOAD_MAX:
            own = [jpeg_segment(_APP1, exif), *own]
    # JFIF and EXIF must come first. Later segments (MPF, the extra pictures of phones) may hold
    # offsets from their position to the end of the file, so nothing is inserted after them.
    at = 0
    while at < len(parts) and (parts[at].kind == _APP0 or _is_exif(parts[at])):
        at += 1
    return join_jpeg([*parts[:at], *own, *parts[at:]], scan)


def _take_from_jpeg(data: bytes) -> bytes:
    parts, scan = split_jpeg(data)
    return join_jpeg((part for part in parts if not _is_ours_in_jpeg(part)), scan)


def _is_ours_in_jpeg(part: Part) -> bool:
    if _is_exif(part):
        return is_our_exif(part.payload[len(_EXIF) :])
    return _is_recipe(part)


def _is_exif(part: Part) -> bool:
    return part.kind == _APP1 and part.payload.startswith(_EXIF)


def _is_recipe(part: Part) -> bool:
    return part.kind == _APP9 and part.payload.startswith(_MARK)


def _read_jpeg(data: bytes) -> Recipe | Parameters | None:
    parts, _ = split_jpeg(data)
    if pieces := [part.payload.removeprefix(_MARK) for part in parts if _is_recipe(part)]:
        return _read_recipe(_bounded(b"".join(pieces)))
    for part in filter(_is_exif, parts):
        return read_parameters(read_exif(part.payload[len(_EXIF) :]))
    return None


# ── WebP ─────────────────────────────────────────────────────────────────────────────────────


def _write_webp(data: bytes, text: bytes, recipe: Recipe) -> bytes:
    parts, rest = split_webp(_take_from_webp(data))
    flags, width_px, height_px = _canvas(parts[0])
    recipe_part = webp_chunk(_WEBP_CHUNK, text)
    if not any(part.kind == b"EXIF" for part in parts):
        words = write_parameters(recipe.params, recipe.req_key, width_px, height_px)
        # EXIF belongs after the picture and before XMP.
        at = next((n for n, part in enumerate(parts) if part.kind == b"XMP "), len(parts))
        parts.insert(at, webp_chunk(b"EXIF", write_exif(words)))
        flags |= _WEBP_HAS_EXIF
    pictures = parts[1:] if parts[0].kind == b"VP8X" else parts
    sides = [(side - 1).to_bytes(3, "little") for side in (width_px, height_px)]
    head = webp_chunk(b"VP8X", b"".join([bytes([flags, 0, 0, 0]), *sides]))
    return join_webp([head, *pictures, recipe_part], rest)


def _canvas(first: Part) -> tuple[int, int, int]:
    """(VP8X flags, width, height) of a WebP that begins with `first`, which may lack a VP8X header.

    RFC 9649, 2.5 to 2.7 and 3.4.
    """
    head = first.payload[:10]
    if len(head) == 10 and first.kind == b"VP8X":
        width_px, height_px = (1 + int.from_bytes(head[at : at + 3], "little") for at in (4, 7))
        return head[0], width_px, height_px
    if len(head) == 10 and first.kind == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
        sides = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        flags = 0
    elif len(head) == 10 and first.kind == b"VP8L" and head[0] == 0x2F:
        bits = int.from_bytes(head[1:5], "little")
        sides = (1 + (bits >> shift & 0x3FFF) for shift in (0, 14))
        flags = _WEBP_HAS_ALPHA if bits >> 28 & 1 else 0
    else:
        raise _unreadable_picture()
    width_px, height_px = sides
    if not width_px or not height_px:
        raise _unreadable_picture()
    return flags, width_px, height_px


def _take_from_webp(data: bytes) -> bytes:
    parts, rest = split_webp(data)
    had_exif = [part for part in parts if part.kind == b"EXIF" and is_our_exif(part.payload)]
    kept = [part for part in parts if part.kind != _WEBP_CHUNK and part not in had_exif]
    if had_exif and kept and kept[0].kind == b"VP8X" and kept[0].payload:
        head = kept[0].payload
        kept[0] = webp_chunk(b"VP8X", bytes([head[0] & ~_WEBP_HAS_EXIF]) + head[1:])
    if not kept:
        raise _unreadable_picture()
    return join_webp(kept, rest)


def _read_webp(data: bytes) -> Recipe | Parameters | None:
    parts, _ = split_webp(data)
    for part in parts:
        if part.kind == _WEBP_CHUNK:
            return _read_recipe(_bounded(part.payload))
    for part in parts:
        if part.kind == b"EXIF":
            return read_parameters(read_exif(part.payload.removeprefix(_EXIF)))
    return None


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────


def _read_json(data: bytes) -> Recipe | None:
    """The recipe in a JSON file; None if it is not JSON."""
    text = data.lstrip(_BLANKS)
    return _read_recipe(_bounded(text)) if text.startswith(b"{") else None


def _read_recipe(text: bytes) -> Recipe:
    """A recipe, possibly with its id, as in responses of `/edit`, or inside a record."""
    try:
        values = orjson.loads(text)  # at most 1,024 levels deep, no NaN, no lone surrogates
        values = dict(values.get("recipe", values))
        given_id = values.pop("id", None)
        recipe = Recipe.from_json(values)
        if given_id not in (None, recipe.id):
            raise ValueError("the id is not that of the recipe")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unreadable() from error
    return recipe


def _bounded(text: bytes) -> bytes:
    if len(text) > TEXT_MAX_BYTES:
        raise _unreadable()
    return text


def _unreadable() -> ParameterError:
    return ParameterError(
        "recipe",
        Words(
            "The recipe in this file is damaged or was written by a newer version of "
            "volcedit. Choose another file, or update this app."
        ),
    )


def _unreadable_picture() -> PhotoError:
    return PhotoError(Words("A recipe cannot be written into this kind of WebP file."))


def _too_large() -> PhotoError:
    most = UPLOAD_MAX_BYTES // 1_000_000
    return PhotoError(
        Words(
            "This file is larger than {most} MB. Choose a smaller one.",
            most=most,
        )
    )
