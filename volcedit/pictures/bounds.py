"""How much memory and time decoding may take. `README.md` beside this file has the arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from volcedit.pictures.headers import PARTS_MAX, Header


@dataclass(frozen=True)
class Bounds:
    """What one job may take."""

    memory_bytes: int
    """Beyond what the process takes at rest."""
    cpu_s: float

    def hold(self, headers: Iterable[Header], memory_bytes: float = 0, cpu_ns: float = 0) -> bool:
        """Whether pictures with these headers can be decoded within these bounds.

        `memory_bytes` and `cpu_ns` are what is done to each pixel afterwards.
        """
        headers = list(headers)
        pixels = sum(header.pixels for header in headers)
        return (
            sum(header.memory_bytes for header in headers) + pixels * memory_bytes
            <= self.memory_bytes
            and sum(header.cpu_s for header in headers) + pixels * cpu_ns * 1e-9 <= self.cpu_s
            and all(header.parts <= PARTS_MAX for header in headers)
        )


QUICK: Final = Bounds(150_000_000, 0.7)
"""An ordinary picture: 16 megapixels of JPEG or PNG."""
MOST: Final = Bounds(450_000_000, 3.5)
"""Whatever is estimated to take more is refused; whatever does take more is stopped."""
