"""Pictures: uploads made ready to send, results inspected, thumbnails.

An upload goes out as it came whenever the service accepts it. Otherwise it becomes a JPEG in fixed
steps, each a function below that changes nothing, and says nothing, when it is not needed.
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

from PIL import Image, ImageCms
from PIL.JpegImagePlugin import JpegImageFile

from volcedit.errors import PhotoError
from volcedit.service.fields import (
    PHOTO_MAX_BYTES,
    PHOTO_MAX_RATIO,
    PHOTO_MAX_SIDE_PX,
)
from volcedit.types import Photo, Words, digest

UPLOAD_MAX_BYTES = 10_000_000
PHOTO_MIN_SIDE_PX = 16  # ours; what is smaller is no photo
PICTURE_MAX_PIXELS = 89_478_485  # Pillow's own bound: a quarter of a gigabyte of RGB
QUALITIES = (95, 90, 85)  # of JPEG; where the last is still too large, the picture is made smaller
THUMBNAIL_QUALITY = 75
PROFILE_MAX_BYTES = 1_000_000  # so that a colour profile alone can never fill PHOTO_MAX_BYTES
THUMBNAIL_PROFILE_MAX_BYTES = 10_000  # Display P3 has 548, the usual sRGB 3,144

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
_ORIENTATION = 0x0112  # the tag, in EXIF and in TIFF
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PROFILE_SPACES = {"L": b"GRAY", "RGB": b"RGB "}  # ICC.1:2022, 7.2.6

# What Pillow lets through when bytes are hostile: read in its source, and found by fuzzing.
_PILLOW_RAISES = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError),
    *(RuntimeError, SyntaxError, TypeError, ValueError, struct.error, zlib.error),
)
# Pillow warns of odd metadata and of large pictures. Warnings can be silenced only for the whole
# process, and two threads restoring its filters in the wrong order would leave them changed for
# good: so one picture is decoded at a time.
_DECODING = threading.Lock()
# A hostile upload of 89 megapixels takes 1.4 GB until it is converted: one at a time.
_CONVERTING = threading.Lock()


@dataclass(frozen=True)
class Reading:
    """An upload, ready to send."""

    photo: Photo
    changes: tuple[Words, ...]
    """What was changed, a sentence each. Empty: `photo` holds the upload's own bytes."""


@dataclass(frozen=True)
class _Picture:
    """The first picture in a file, decoded and upright."""

    image: Image.Image
    size: tuple[int, int]
    """In px, upright; of the whole picture even if `image` is a draft of it."""
    kind: str
    """A key of `_MEDIA_TYPES`."""
    depth: int
    """Bits per channel in a PNG without palette; 8 for all else, where `image.mode` tells."""
    was_turned: bool
    is_one_of_many: bool


# ── what other modules call ──────────────────────────────────────────────────────────────────


def read_photo(source: str | Path | bytes) -> Reading:
    """The photo in a file, or in a file's bytes, as the service accepts it.

    JPEG and PNG within the limits (API.md, "Input image") keep their own bytes; all else becomes
    a JPEG, the same bytes every time. Raises `PhotoError`.
    """
    data = source if isinstance(source, bytes) else _read_file(Path(source))
    _check_bytes(len(data))
    changes: list[Words] = []
    with _pillow_errors_as_photo_errors(), _CONVERTING:
        picture = _decode(data)
        check_shape(*picture.size)
        image, profile = _simplify(picture, changes)
        image = _scale_down(image, changes)
        kind = picture.kind
        if changes or kind not in ("JPEG", "PNG") or len(data) > PHOTO_MAX_BYTES:
            if kind != "JPEG":
                changes.append(Words(f"Converted from {kind} to JPEG.", f"已由 {kind} 转为 JPEG。"))
            data, image = _compress(image, profile, len(data), changes)
            kind = "JPEG"
    photo = Photo(data, _MEDIA_TYPES[kind], image.width, image.height, digest(data))
    return Reading(photo, tuple(changes))


@dataclass(frozen=True)
class Upload:
    """A picture that was opened to be worked on, of any shape."""

    image: Image.Image
    """Upright. Of a PNG or JPEG in the mode it came in, else L or RGB."""
    kind: str
    """ "JPEG", "PNG", "TIFF" …"""
    profile: bytes
    """ICC, of `image`; empty if there is none that fits."""


def open_upload(source: str | Path | bytes) -> Upload:
    """The picture in a file, or in a file's bytes, before it is made ready. Raises `PhotoError`."""
    data = source if isinstance(source, bytes) else _read_file(Path(source))
    _check_bytes(len(data))
    with _pillow_errors_as_photo_errors(), _CONVERTING:
        picture = _decode(data)
        if picture.kind in ("JPEG", "PNG"):
            profile = picture.image.info.get("icc_profile") or b""
            image = picture.image
            profile = profile if len(profile) <= PROFILE_MAX_BYTES else b""
        else:
            image, profile = _simplify(picture, [])
    return Upload(image, picture.kind, profile)


def open_picture(data: bytes) -> Image.Image:
    """The picture in a file's bytes as people see it: upright, on white, RGB. Raises `PhotoError`.

    Of a result, which may be larger than an upload.
    """
    with _pillow_errors_as_photo_errors(), _CONVERTING:
        image, _ = _simplify(_decode(data), [])
        return image.convert("RGB")


def encode_jpeg(image: Image.Image, profile: bytes) -> bytes:
    """A JPEG of the best quality that is used here."""
    return _encode(image, profile, QUALITIES[0])


def inspect_picture(data: bytes) -> tuple[str, int, int]:
    """(media type, width_px, height_px), upright, of a picture that decodes to its very end.

    Raises `PhotoError`. A JPEG is decoded at an eighth of its size, which still reads every byte:
    12 ms for 2 MB, or 45 ms if progressive.
    """
    with _pillow_errors_as_photo_errors():
        picture = _decode(data, draft_px=1)
    return _MEDIA_TYPES[picture.kind], *picture.size


def make_thumbnail(data: bytes, side_px: int) -> bytes:
    """A small upright JPEG, its longer side at most `side_px`. Raises `PhotoError`."""
    with _pillow_errors_as_photo_errors():
        image, profile = _simplify(_decode(data, draft_px=side_px), [])
        image.thumbnail((side_px, side_px))
        is_small = len(profile) <= THUMBNAIL_PROFILE_MAX_BYTES
        return _encode(image, profile if is_small else b"", THUMBNAIL_QUALITY)


def extension(media_type: str) -> str:
    """How a file name ends, without the dot, for a media type that `inspect_picture` names."""
    return _EXTENSIONS[media_type]


# ── opening ──────────────────────────────────────────────────────────────────────────────────


def _read_file(path: Path) -> bytes:
    try:
        _check_bytes(path.stat().st_size)  # before reading: the file may be of any size
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _refusal(
            f"The file {path.name!r} does not exist or cannot be read. Choose it again.",
            f"文件 {path.name!r} 不存在或无法读取，请重新选择。",
        ) from error


def _decode(data: bytes, draft_px: int | None = None) -> _Picture:
    """The first picture in `data`; of a JPEG, if asked, a draft with no side below `draft_px`."""
    kind = _kind_of(data)
    with _DECODING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _open(data, kind)
        size = image.size
        if math.prod(size) > PICTURE_MAX_PIXELS:
            raise _too_many_pixels()
        is_one_of_many = getattr(image, "is_animated", False)
        # Pillow itself turns a TIFF while loading it, and then forgets how it lay.
        was_turned = kind == "TIFF" and image.getexif().get(_ORIENTATION) in _TURNS
        if draft_px is not None:
            image.draft(None, (draft_px, draft_px))
        # In one piece: Pillow lets other threads run while it decodes one, and would wait for its
        # turn after each 64 KB. Four pictures at once took 285 ms that way.
        image.decodermaxblock = len(data)
        image.load()
        orientation = _exif_orientation(image.info.get("exif")) if kind != "TIFF" else 1
    depth = data[24] if kind == "PNG" and image.mode != "P" else 8
    _scale_colour_key(image, depth)
    if orientation in _TURNS:
        image, was_turned = image.transpose(_TURNS[orientation]), True
        size = size[::-1] if orientation >= 5 else size
    return _Picture(image, size, kind, depth, was_turned, is_one_of_many)


def _kind_of(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            return kind
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise _refusal(
            "This is a HEIC or AVIF photo, which cannot be read here. Export it as JPEG; on an "
            "iPhone, choose Settings › Camera › Formats › Most Compatible.",
            "这是 HEIC 或 AVIF 照片，此处无法读取。请导出为 JPEG；在 iPhone 上可选择"
            "“设置 › 相机 › 格式 › 兼容性最佳”。",
        )
    raise _refusal(
        "This file is not a picture of a kind that can be read here. "
        "Choose a JPEG, PNG, WebP, BMP, TIFF or GIF file.",
        "该文件不是可读取的图片。请选择 JPEG、PNG、WebP、BMP、TIFF 或 GIF 文件。",
    )


def _open(data: bytes, kind: str) -> Image.Image:
    if kind == "JPEG":
        # Image.open would look for the further pictures that phones append (MPO), and stumble
        # over a bad index of them.
        return JpegImageFile(io.BytesIO(data))
    if kind == "PNG":
        # Loading skips checksums and is content with a missing end.
        Image.open(io.BytesIO(data), formats=["PNG"]).verify()
    return Image.open(io.BytesIO(data), formats=[kind])


def _exif_orientation(exif: bytes | None) -> int:
    """1 … 8; 1 when `exif` says nothing that makes sense.

    Image.getexif would also believe XMP, which browsers do not: people would see another picture.
    """
    try:
        tags = Image.Exif()
        tags.load(exif or b"")
        orientation = tags.get(_ORIENTATION)
    except _PILLOW_RAISES:
        return 1
    return orientation if orientation in _TURNS else 1


def _scale_colour_key(image: Image.Image, depth: int) -> None:
    """Bring a PNG's transparent colour to 8 bits, as Pillow does with pixels but not with it."""
    key = image.info.get("transparency")
    if key is None or depth == 8:
        return
    levels = key if isinstance(key, tuple) else (key,)
    scaled = [v >> 8 if depth == 16 else v * 255 // (2**depth - 1) for v in levels]
    image.info["transparency"] = tuple(scaled) if isinstance(key, tuple) else scaled[0]


# ── the steps from any picture to a JPEG ─────────────────────────────────────────────────────


def _simplify(picture: _Picture, changes: list[Words]) -> tuple[Image.Image, bytes]:
    """(the image in mode L or RGB, its ICC profile if that still fits)."""
    if picture.is_one_of_many:
        changes.append(Words("Only the first frame or page is used.", "仅使用第一帧或第一页。"))
    if picture.was_turned:
        changes.append(Words("Turned upright, as its EXIF says.", "已按 EXIF 方向转正。"))
    profile = picture.image.info.get("icc_profile") or b""
    image = _to_8_bits(picture.image, picture.depth, changes)
    image = _put_on_white(image, changes)
    image = _to_rgb(image, profile, changes)
    fits = profile[16:20] == _PROFILE_SPACES[image.mode] and len(profile) <= PROFILE_MAX_BYTES
    return image, profile if fits else b""


def _to_8_bits(image: Image.Image, depth: int, changes: list[Words]) -> Image.Image:
    if image.mode not in ("1", "I", "F") and not image.mode.startswith("I;16") and depth == 8:
        return image
    changes.append(Words("Brought to 8 bits per colour.", "已转为每通道 8 位。"))
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda level: level / 256).convert("L")
    if image.mode in ("I", "F"):
        # Nothing in the file says which number is white: the least usual one that is not exceeded.
        brightest = image.getextrema()[1]
        white = next((level for level in (1, 255, 65535) if brightest <= level), brightest)
        return image.point(lambda level: level * (255 / white)).convert("L")
    return image.convert("L") if image.mode == "1" else image


def _put_on_white(image: Image.Image, changes: list[Words]) -> Image.Image:
    if not image.has_transparency_data:
        return image
    changes.append(Words("Transparency put on white.", "透明部分已填为白色。"))
    white = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(white, image.convert("RGBA"))
    return flat.convert("L" if image.mode in ("L", "LA") else "RGB")


def _to_rgb(image: Image.Image, profile: bytes, changes: list[Words]) -> Image.Image:
    if image.mode in _PROFILE_SPACES:
        return image
    changes.append(Words("Colours converted to RGB.", "颜色已转为 RGB。"))
    if image.mode == "CMYK" and profile:
        try:
            inks = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            screen = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, inks, screen, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass  # an unusable profile is as good as none
    return image.convert("RGB")


def _scale_down(image: Image.Image, changes: list[Words]) -> Image.Image:
    if max(image.size) <= PHOTO_MAX_SIDE_PX:
        return image
    scaled = _resize(image, PHOTO_MAX_SIDE_PX)
    was, now = f"{image.width}×{image.height}", f"{scaled.width}×{scaled.height}"
    changes.append(
        Words(
            f"Scaled from {was} to {now} px (the service takes at most {PHOTO_MAX_SIDE_PX}).",
            f"已由 {was} 缩小至 {now} 像素（服务上限为 {PHOTO_MAX_SIDE_PX}）。",
        )
    )
    return scaled


def _compress(
    image: Image.Image, profile: bytes, upload_bytes: int, changes: list[Words]
) -> tuple[bytes, Image.Image]:
    """(a JPEG of at most PHOTO_MAX_BYTES, the image in it)."""
    for quality in QUALITIES:
        jpeg = _encode(image, profile, quality)
        if len(jpeg) <= PHOTO_MAX_BYTES:
            break
    smaller = image
    while len(jpeg) > PHOTO_MAX_BYTES:
        share = min(0.95, math.sqrt(PHOTO_MAX_BYTES / len(jpeg)))
        smaller = _resize(image, int(max(smaller.size) * share))
        jpeg = _encode(smaller, profile, QUALITIES[-1])
    if upload_bytes > PHOTO_MAX_BYTES or quality != QUALITIES[0]:
        limit, size = f"{PHOTO_MAX_BYTES / 1e6:g} MB", f"{smaller.width}×{smaller.height}"
        changes.append(
            Words(
                f"Compressed to fit {limit}, at {size} px.", f"已压缩至 {limit} 以内，{size} 像素。"
            )
        )
    return jpeg, smaller


def _resize(image: Image.Image, long_px: int) -> Image.Image:
    """`image` with its longer side `long_px`; the other is rounded up: 3:1 never becomes more."""
    width_px, height_px = (-(-side * long_px // max(image.size)) for side in image.size)
    return image.resize((width_px, height_px), Image.Resampling.LANCZOS)


def _encode(image: Image.Image, profile: bytes, quality: int) -> bytes:
    buffer = io.BytesIO()
    # The empty comment keeps Pillow from passing on the upload's. subsampling=0 is 4:4:4.
    image.save(buffer, "JPEG", quality=quality, subsampling=0, icc_profile=profile, comment=b"")
    return buffer.getvalue()


# ── refusals ─────────────────────────────────────────────────────────────────────────────────


def _refusal(en: str, zh: str) -> PhotoError:
    return PhotoError(Words(en, zh))


def _too_many_pixels() -> PhotoError:
    return _refusal(
        f"This picture has more pixels than can be opened here ({PICTURE_MAX_PIXELS:,}). "
        f"Scale it to at most {PHOTO_MAX_SIDE_PX} px a side and choose it again.",
        f"图片像素数超过此处可打开的上限（{PICTURE_MAX_PIXELS:,}）。"
        f"请缩小到每边不超过 {PHOTO_MAX_SIDE_PX} 像素后重新选择。",
    )


def _check_bytes(size: int) -> None:
    if size == 0:
        raise _refusal(
            "This file is empty. Upload it again or choose another.",
            "该文件为空，请重新上传或另选一个。",
        )
    if size > UPLOAD_MAX_BYTES:
        raise _refusal(
            f"This file has {size:,} bytes; at most {UPLOAD_MAX_BYTES:,} can be read. "
            "Save it smaller or as JPEG.",
            f"该文件有 {size:,} 字节，上限为 {UPLOAD_MAX_BYTES:,} 字节。请缩小或另存为 JPEG。",
        )


def check_shape(width_px: int, height_px: int) -> None:
    """Raise `PhotoError` for a picture that is too small or too long."""
    short, long = sorted((width_px, height_px))
    if short < PHOTO_MIN_SIDE_PX:
        raise _refusal(
            f"This picture is {width_px}×{height_px} px; both sides must have at least "
            f"{PHOTO_MIN_SIDE_PX}. Choose a larger one.",
            f"图片为 {width_px}×{height_px} 像素，两边都至少要有 {PHOTO_MIN_SIDE_PX} 像素。"
            "请换一张大一些的。",
        )
    if long > PHOTO_MAX_RATIO * short:
        raise _refusal(
            f"This picture is {width_px}×{height_px} px; the service takes at most "
            f"{PHOTO_MAX_RATIO}:1. Crop its long side to {PHOTO_MAX_RATIO * short} px or less.",
            f"图片为 {width_px}×{height_px} 像素，服务接受的长宽比最大为 {PHOTO_MAX_RATIO}:1。"
            f"请将长边裁剪到 {PHOTO_MAX_RATIO * short} 像素以内。",
        )


@contextmanager
def _pillow_errors_as_photo_errors() -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, MemoryError) as error:
        raise _too_many_pixels() from error
    except _PILLOW_RAISES as error:
        raise _refusal(
            "This picture is cut short, damaged, or of a rare kind. "
            "Open it in an image editor, save it as JPEG and choose that.",
            "图片不完整、已损坏或格式少见。请用图片编辑软件打开，另存为 JPEG 后再选择。",
        ) from error
