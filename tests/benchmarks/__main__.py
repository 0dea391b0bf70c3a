"""Run every benchmark, one after the other: `python -m tests.benchmarks`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

for script in sorted(Path(__file__).parent.glob("bench_*.py")):
    # In separate processes, so that none is affected by what an earlier one left behind.
    subprocess.run([sys.executable, "-m", f"tests.benchmarks.{script.stem}"], check=True)
