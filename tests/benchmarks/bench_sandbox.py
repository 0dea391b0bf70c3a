"""Median time of one edit by the sandbox, for every effect: decode, effect, encode.

Run it from the root of the repository:
    python -m tests.benchmarks.bench_sandbox [photo] [--runs 5]
"""

import argparse
import statistics
import time
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from volcedit.sandbox.arguments import EditArguments
from volcedit.sandbox.effects.table import EFFECTS, TEXT
from volcedit.sandbox.pictures import read_photo
from volcedit.sandbox.service import edit


def main() -> None:
    """Print one line for each effect, the slowest first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", nargs="?", type=Path, help="JPEG or PNG (default: made up)")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    data = options.photo.read_bytes() if options.photo else _made_up_photo()
    print("size", read_photo(data).size)
    times = {name: _median_ms(data, name, options.runs) for name in EFFECTS}
    for name, median_ms in sorted(times.items(), key=lambda item: -item[1]):
        print(f"{median_ms:6.0f} ms  {name}")


def _median_ms(data: bytes, name: str, runs: int) -> float:
    prompt = 'write "HELLO"' if name == TEXT else name
    arguments = EditArguments(
        req_key="byteedit_v2.0",
        image_base64=None,
        image_url=None,
        prompt=prompt,
        negative_prompt="",
        seed=1,
        scale=0.5,
        return_url=True,
        watermark=None,
    )
    taken_ms = []
    for seed in range(1, runs + 1):
        began = time.perf_counter()
        edit(read_photo(data), arguments, seed)
        taken_ms.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken_ms)


def _made_up_photo() -> bytes:
    """A 1024×1024 JPEG with shapes and grain in it."""
    y, x = np.mgrid[0:1024, 0:1024].astype(np.float32)
    waves = [np.sin(x / a) * np.cos(y / b) for a, b in ((90, 140), (60, 75), (200, 30))]
    grain = np.random.default_rng(1).normal(0, 8, (1024, 1024, 3))
    pixels = np.clip(128 + 100 * np.stack(waves, 2) + grain, 0, 255).astype(np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


if __name__ == "__main__":
    main()
