"""Measures a heat map and a verdict for two pictures of 1536 × 1536 px.

The heat map may take at most 0.15 s, from the bytes of both files to the bytes of the map.

    python -m tests.benchmarks.bench_touched
"""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from tests.benchmarks.floor import compare, make_photo, print_head, print_row
from volcedit.pictures.comparing import difference_picture, heat_map, judge, measure_touched

ROUNDS = 21
SIDE_PX = 1536
LIMIT_MS = 150.0


def main() -> None:
    """Print the table."""
    with Image.open(io.BytesIO(make_photo(1_500_000, SIDE_PX))) as file:
        image = file.convert("RGB").resize((SIDE_PX, SIDE_PX))
    edited = image.copy()
    ImageDraw.Draw(edited).ellipse((300, 300, 700, 600), fill="red")
    first, second = _jpeg(image), _jpeg(edited)
    smaller = _jpeg(image.resize((SIDE_PX * 3 // 4, SIDE_PX * 3 // 4)))
    calls = {
        "heat map": lambda: heat_map(first, second),
        "heat map, scaling the photo": lambda: heat_map(smaller, second),
        "its numbers": lambda: measure_touched(first, second),
        "verdict": lambda: judge(first, second),
        "difference picture": lambda: difference_picture(first, second),
    }
    print_head(f"a pair of {SIDE_PX} × {SIDE_PX} px, median of {ROUNDS}")
    for what, seconds in compare(calls, ROUNDS).items():
        print_row(what, 1000 * seconds, LIMIT_MS, 1.0)


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=92)
    return file.getvalue()


if __name__ == "__main__":
    main()
