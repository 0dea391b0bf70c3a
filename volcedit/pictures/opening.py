"""Opens picture files: which formats are read, how they are decoded, what is rejected.

Files are untrusted: whatever their bytes, only `PhotoError` is raised.
"""

from __future__ import annotations

import io
import math
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from volcedit.errors import PhotoError
from volcedit.pictures.bounds import MOST
from volcedit.pictures.headers import Header, read_header
from volcedit.types import Words

UPLOAD_MAX_BYTES = 10_000_000
PICTURE_MAX_PIXELS = 50_000_000  # in RGB 200 MB, which converting doubles
TOO_MUCH = "too_much"
"""The code of the error for a picture that may be fine, but cannot be decoded within the bounds."""
KEPT_MAX_PIXELS = 89_478_485
"""Of a picture known by its header alone: Pillow's own limit. With more, it is a bomb."""
KEPT_MAX_SIDE_PX = 65_535
_BLOCK_BYTES = 4_000_000
_SURE_SIDE_PX = 4096  # suggested when that is exceeded: a picture of this size always opens

_MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WebP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
}
_EXTENSIONS = {name: kind.lower() for kind, name in _MEDIA_TYPES.items()} | {"image/jpeg": "jpg"}
_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"GIF8": "GIF",
}
_HEIF_BRANDS = b"heic heix hevc hevx heim heis heif mif1 msf1 avif avis".split()
_ORIENTATION = ExifTags.Base.Orientation  # the same tag in EXIF and in TIFF
_TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow raises on hostile input: from reading its source, and from fuzzing.
_PILLOW_RAISES = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError),
    *(RuntimeError, SyntaxError, TypeError, ValueError, struct.error, zlib.error),
)
# Pillow warns about odd metadata and large pictures. Warning filters are global to the process, and
# two threads restoring them in the wrong order would leave them changed for good, so pictures are
# decoded one at a time.
_DECODING = threading.Lock()
# A large upload takes 450 MB until it is converted: one at a time.
_CONVERTING = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """The first picture in a file, decoded and upright."""

    image: Image.Image
    size: tuple[int, int]
    """In px, upright. The full size, even if `image` is a draft."""
    kind: str
    """"JPEG", "PNG", "WebP", "BMP", "TIFF" or "GIF"."""
    depth: int
    """Bits per channel of a PNG without a palette. 8 for everything else; see `image.mode`."""
    was_turned: bool
    has_more_frames: bool

    @property
    def media_type(self) -> str:
        """ "image/jpeg", "image/png" …"""
        return _MEDIA_TYPES[self.kind]

    @property
    def profile(self) -> bytes:
        """The ICC profile in the file, whether or not it fits. Empty if there is none."""
        return self.image.info.get("icc_profile") or b""


def read_bytes(source: str | Path | bytes) -> bytes:
    """The bytes of a file, or `source` itself. Raises `PhotoError` if empty or too large."""
    data = source if isinstance(source, bytes) else _read_file(Path(source))
    _check_bytes(len(data))
    return data


@contextmanager
def guarded() -> Iterator[None]:
    """Turn whatever Pillow raises in this block into `PhotoError`."""
    try:
        yield
    except (Image.DecompressionBombError, MemoryError) as error:
        raise _too_many_pixels() from error
    except _PILLOW_RAISES as error:
        raise _damaged() from error


@contextmanager
def converting() -> Iterator[None]:
    """`guarded`, limited to one thread at a time. For pictures that are decoded in full."""
    with guarded(), _CONVERTING:
        yield


def decode(data: bytes, draft_px: int | None = None) -> Picture:
    """Decode the first picture in `data`.

    With `draft_px`, a JPEG is decoded as a draft with no side below it. Call this inside `guarded`
    or `converting`, which turn whatever Pillow raises into `PhotoError`.
    """
    kind = kind_of(data)
    _check_header(read_header(data, kind))
    with _DECODING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _open(data, kind)
        size = image.size
        if math.prod(size) > PICTURE_MAX_PIXELS:
            raise _too_many_pixels()
        has_more_frames = getattr(image, "is_animated", False)
        # Pillow rotates a TIFF while loading it, and does not report that it did.
        was_turned = kind == "TIFF" and image.getexif().get(_ORIENTATION) in _TRANSPOSES
        if draft_px is not None:
            image.draft(None, (draft_px, draft_px))
        # Decode in one block. By default Pillow releases the GIL after each 64 KB and waits to get
        # it back: four pictures at once took 285 ms that way. A WebP's pixels are read so too.
        image.decodermaxblock = max(len(data), _BLOCK_BYTES)
        image.load()
        orientation = _exif_orientation(image.info.get("exif")) if kind != "TIFF" else 1
    depth = data[24] if kind == "PNG" and image.mode != "P" else 8
    _scale_colour_key(image, depth)
    upright: Image.Image = image
    if orientation in _TRANSPOSES:
        upright, was_turned = image.transpose(_TRANSPOSES[orientation]), True
        size = size[::-1] if orientation >= 5 else size
    return Picture(upright, size, kind, depth, was_turned, has_more_frames)


def inspect_picture(data: bytes) -> tuple[str, int, int]:
    """(media type, width_px, height_px), upright, of a picture that decodes to its very end.

    Raises `PhotoError`. A JPEG is decoded at an eighth of its size, which still reads every byte:
    12 ms for 2 MB, or 45 ms if progressive.
    """
    with guarded():
        picture = decode(data, draft_px=1)
    return picture.media_type, *picture.size


def is_within_bounds(data: bytes) -> bool:
    """Whether it can be decoded, by its header. Raises `PhotoError` if it is no picture."""
    header = read_header(data, kind_of(data))
    return header.pixels <= PICTURE_MAX_PIXELS and MOST.hold([header])


def state_facts(data: bytes) -> tuple[str, int, int]:
    """(media type, width_px, height_px), upright, of a picture that is too much to decode.

    This is what the header says: a paid picture is kept even if it can only be downloaded. Raises
    `PhotoError`.
    """
    kind = kind_of(data)
    header = read_header(data, kind)
    is_plausible = 0 < header.pixels <= KEPT_MAX_PIXELS and max(header.size) <= KEPT_MAX_SIDE_PX
    if not is_plausible:
        raise _damaged()
    return _MEDIA_TYPES[kind], *header.size


def media_type_of(data: bytes) -> str:
    """The media type by the first bytes alone. Raises `PhotoError` if it is no picture."""
    return _MEDIA_TYPES[kind_of(data)]


def extension(media_type: str) -> str:
    """The file extension, without the dot, for a media type returned by `inspect_picture`."""
    return _EXTENSIONS[media_type]


def refusal(words: Words) -> PhotoError:
    """The error for a file that cannot be edited: why, and what to do about it."""
    return PhotoError(words)


def _read_file(path: Path) -> bytes:
    try:
        _check_bytes(path.stat().st_size)  # before reading: the file may be of any size
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise refusal(
            Words(
                "The file {file} does not exist or cannot be read. Choose it again.",
                file=f"{path.name!r}",
            ),
        ) from error


def kind_of(data: bytes) -> str:
    """ "JPEG", "PNG", "WebP", "BMP", "TIFF" or "GIF". Raises `PhotoError` for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            return kind
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise refusal(
            Words(
                "HEIC and AVIF photos are not supported. Export it as JPEG; on an iPhone, "
                "choose Settings › Camera › Formats › Most Compatible."
            ),
        )
    raise refusal(
        Words(
            "This is not a picture in a supported format. Choose a JPEG, PNG, WebP, BMP, "
            "TIFF or GIF file."
        ),
    )


def _open(data: bytes, kind: str) -> ImageFile:
    if kind == "JPEG":
        # Image.open would look for the extra pictures that phones append (MPO), and fail on a bad
        # index.
        return JpegImageFile(io.BytesIO(data))
    if kind == "PNG":
        # Loading alone skips checksums and accepts a missing end.
        Image.open(io.BytesIO(data), formats=["PNG"]).verify()
    return Image.open(io.BytesIO(data), formats=[kind])


def _exif_orientation(exif: bytes | None) -> int:
    """1 … 8; 1 if `exif` is missing or invalid.

    Not Image.getexif, which also reads XMP. Browsers ignore it, so people would see another
    picture.
    """
    try:
        tags = Image.Exif()
        tags.load(exif or b"")
        orientation = tags.get(_ORIENTATION)
    except _PILLOW_RAISES:
        return 1
    return orientation if orientation in _TRANSPOSES else 1


def _scale_colour_key(image: Image.Image, depth: int) -> None:
    """Scale a PNG's transparent colour to 8 bits, since Pillow scales only the pixels."""
    key = image.info.get("transparency")
    if key is None or depth == 8:
        return
    levels = key if isinstance(key, tuple) else (key,)
    scaled = [v >> 8 if depth == 16 else v * 255 // (2**depth - 1) for v in levels]
    image.info["transparency"] = tuple(scaled) if isinstance(key, tuple) else scaled[0]


def _check_header(header: Header) -> None:
    """Raise `PhotoError` if decoding that picture would take too much memory or time."""
    if header.pixels > PICTURE_MAX_PIXELS:
        raise _too_many_pixels()
    if not MOST.hold([header]):
        raise too_complex()


def _damaged() -> PhotoError:
    return refusal(
        Words(
            "This picture is incomplete, damaged or of an unusual kind. Open it in an "
            "image editor, save it as JPEG and choose that file."
        ),
    )


def too_complex() -> PhotoError:
    """The error for a picture that takes too much memory or time to decode."""
    return PhotoError(
        Words(
            "This picture takes too much memory or time to decode. Save it as an ordinary JPEG of "
            "at most {side_px} px per side and choose that file.",
            side_px=_SURE_SIDE_PX,
        ),
        code=TOO_MUCH,
    )


def _too_many_pixels() -> PhotoError:
    return PhotoError(
        Words(
            "This picture has too many pixels (limit: {most}). Scale it down to at most "
            "{side_px} px per side and choose it again.",
            most=f"{PICTURE_MAX_PIXELS:,}",
            side_px=_SURE_SIDE_PX,
        ),
        code=TOO_MUCH,
    )


def _check_bytes(size: int) -> None:
    if size == 0:
        raise refusal(
            Words("This file is empty. Upload it again or choose another."),
        )
    if size > UPLOAD_MAX_BYTES:
        raise refusal(
            Words(
                "This file has {size} bytes; the limit is {most}. Make it smaller, or save "
                "it as JPEG.",
                size=f"{size:,}",
                most=f"{UPLOAD_MAX_BYTES:,}",
            ),
        )
