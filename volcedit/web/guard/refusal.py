"""A request that is not passed on to Gradio: what the person reads, and what the owner sees."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from volcedit.types import Words

_logger = logging.getLogger(__name__)


class Refusal(Exception):
    """Ends a request with an HTTP status and a sentence."""

    def __init__(self, status: int, reason: str, words: Words) -> None:
        """`reason` is one word for the log, such as "origin"."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.words = words


NOT_FOUND = Refusal(404, "closed", Words("There is nothing at this address."))


class RefusalLog:
    """Logs refusals, but no more than `most` a minute: a flood must not fill the disk."""

    def __init__(self, most: int = 100, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._since = clock()
        self._count = 0

    def note(self, refusal: Refusal, request: str) -> None:
        """Log one refused `request`. It is quoted, since it is untrusted."""
        now = self._clock()
        if now - self._since >= 60:
            if self._count > self._most:
                _logger.warning("refused %d more requests", self._count - self._most)
            self._since, self._count = now, 0
        self._count += 1
        if self._count <= self._most:
            _logger.warning("refused (%s, %d): %s", refusal.reason, refusal.status, request)
