"""Code and paths shared by tests."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
PHOTOS = ROOT / "assets" / "photos"
