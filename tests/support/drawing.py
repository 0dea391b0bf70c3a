"""Generated test pictures."""

from __future__ import annotations

import io

from PIL import Image


def make_jpeg(width_px: int, height_px: int) -> bytes:
    """A gradient: every pixel differs from its neighbours. Deterministic."""
    across = Image.linear_gradient("L").resize((width_px, height_px))
    down = across.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    file = io.BytesIO()
    Image.merge("RGB", (across, down, across)).save(file, "JPEG", quality=90)
    return file.getvalue()
