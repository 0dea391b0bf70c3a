"""Reads and writes image files: the service's input limits and its output sizes."""

import base64
import math
import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image, ImageFile, ImageOps, JpegImagePlugin, PngImagePlugin

from volcedit.sandbox.codes import Refused

MAX_BYTES = 4_700_000
MAX_SIDE_PX = 4096
MAX_ASPECT = 3
LABEL = "volcedit sandbox: offline filters, not SeedEdit"
"""Written into every result as the JPEG comment and as EXIF Software."""

_PORTRAIT_PX = (
    (512, 1536), (544, 1536), (576, 1536), (608, 1536), (640, 1536), (640, 1376),
    (672, 1312), (704, 1280), (736, 1312), (768, 1280), (768, 1216), (800, 1216),
    (832, 1248), (832, 1184), (832, 1152), (864, 1152), (896, 1152), (896, 1088),
    (928, 1088), (960, 1088), (992, 1088), (1024, 1088), (1024, 1056), (1024, 1024),
)  # fmt: skip
_MORE_LANDSCAPE_PX = (
    (1120, 960), (1152, 928), (1248, 800), (1280, 736), (1312, 704), (1344, 672),
    (1376, 672), (1408, 672), (1408, 640), (1440, 640), (1472, 640), (1504, 640),
)  # fmt: skip
OUTPUT_SIZES_PX: tuple[tuple[int, int], ...] = (
    *_PORTRAIT_PX,
    *((height, width) for width, height in _PORTRAIT_PX if width != height),
    *_MORE_LANDSCAPE_PX,
)
"""Width and height of every size the service outputs [V for the 3.0 model, likely for 2.0]."""

# What Pillow's JPEG and PNG readers are known to raise for damaged files.
_DAMAGED = (
    *(OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError, EOFError),
    *(struct.error, zlib.error, OverflowError),
)


def decode_base64(text: str) -> bytes:
    """Decode base64 without a `data:` prefix [V]. Raises `Refused` 50207."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused(50207, "binary_data_base64 is not base64") from error


def read_photo(data: bytes, size: tuple[int, int] | None = None) -> Image.Image:
    """Decode a JPEG or PNG to RGB, at the size that its edit will have.

    `size` is the requested width and height. Without one the service chooses. If its aspect differs
    from the photo's, the photo is cropped at the sides. Raises `Refused`: 50205 for more than
    4,700,000 bytes, a side over 4096 pixels or an aspect over 3:1 [V]; 50207 for anything that
    cannot be decoded. The size is checked from the header, before any pixel is decoded. EXIF
    orientation is ignored. Transparency is flattened onto white.
    """
    if len(data) > MAX_BYTES:
        raise Refused(50205, f"{len(data)} bytes are more than {MAX_BYTES}")
    # Not Image.open: it applies its own limit on decompression bombs.
    if data.startswith(b"\xff\xd8\xff"):
        reader: type[ImageFile.ImageFile] = JpegImagePlugin.JpegImageFile
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        reader = PngImagePlugin.PngImageFile
    else:
        raise Refused(50207, "only JPEG and PNG are accepted")
    try:
        image = reader(BytesIO(data))
    except _DAMAGED as error:
        raise Refused(50207, "the image file is damaged") from error
    _check_size(*image.size)
    requested, size = size, size or output_size(*image.size)
    try:
        # Decoding a JPEG at 1/2, 1/4 or 1/8 takes a fraction of the time. Never goes below `size`.
        image.draft("RGB", size)
        image.load()
        if requested:
            return ImageOps.fit(_as_rgb(image), size, Image.Resampling.LANCZOS)
        return _as_rgb(image).resize(size, Image.Resampling.LANCZOS)
    except _DAMAGED as error:
        raise Refused(50207, "the image file is damaged or cut short") from error


def output_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Width and height of the entry in `OUTPUT_SIZES_PX` whose aspect is nearest to the input's."""
    # Compare logarithms, so that a portrait and its transpose are equally far from theirs.
    aspect = math.log(width_px / height_px)
    return min(OUTPUT_SIZES_PX, key=lambda size: abs(math.log(size[0] / size[1]) - aspect))


def encode_jpeg(picture: Image.Image) -> bytes:
    """Encode the picture as a JPEG labelled as the sandbox's. Deterministic."""
    exif = Image.Exif()
    exif[0x0131] = LABEL  # Software
    file = BytesIO()
    picture.save(file, "JPEG", quality=92, comment=LABEL, exif=exif)
    return file.getvalue()


def _check_size(width_px: int, height_px: int) -> None:
    if width_px < 1 or height_px < 1:
        raise Refused(50207, "the image has no pixels")
    if max(width_px, height_px) > MAX_SIDE_PX:
        raise Refused(50205, f"{width_px}×{height_px} is over {MAX_SIDE_PX} pixels a side")
    if max(width_px, height_px) > MAX_ASPECT * min(width_px, height_px):
        raise Refused(50205, f"{width_px}×{height_px} is longer than {MAX_ASPECT} to 1")


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16-bit gray, which `convert` would clip instead of scaling.
        gray = np.clip(np.asarray(image), 0, 65535) // 256
        return Image.fromarray(gray.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), layer)
    return image.convert("RGB")
