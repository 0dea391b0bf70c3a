"""Run a coroutine to its end, beside a browser too.

Playwright's synchronous API leaves its own event loop marked as running in the thread that
used it, so after a browser test `asyncio.run` refuses to start there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What `coroutine` returns, run on a new loop in a thread of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
