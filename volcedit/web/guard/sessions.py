"""Which visitor began which of Gradio's sessions, events and uploads."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

from starlette.requests import HTTPConnection

from volcedit.types import Words
from volcedit.web.guard.refusal import Refusal
from volcedit.web.visitor import COOKIE, has_cookie

_OTHERS = Refusal(
    403, "session", Words("This page was opened by another visitor, or too long ago. Reload it.")
)


class Sessions:
    """The visitors behind ids that browsers choose. Thread-safe.

    Gradio hands a stream of results to whoever names its session. Here, only the visitor who used
    an id first may use it again: the one with the same cookie, or anybody without one.
    """

    def __init__(self, most: int = 20_000) -> None:
        """The ids used least recently are forgotten when there are more than `most`."""
        self._most = most
        # By their hash, since an id may be of any length.
        self._visitors: OrderedDict[bytes, bytes] = OrderedDict()
        self._has_forgotten = False
        self._lock = threading.Lock()

    def enter(self, key: str, visitor: bytes) -> None:
        """Use the id `key`, possibly as the first. Raises `Refusal` if it is another visitor's."""
        hashed = _hash(key)
        with self._lock:
            if self._visitors.setdefault(hashed, visitor) != visitor:
                raise _OTHERS
            self._visitors.move_to_end(hashed)
            if len(self._visitors) > self._most:
                self._visitors.popitem(last=False)
                self._has_forgotten = True

    def check(self, key: str, visitor: bytes) -> None:
        """Raise `Refusal` if the id `key` may be another visitor's.

        An id from before a restart is nobody's: Gradio does not know it either, and tells the page.
        """
        hashed = _hash(key)
        with self._lock:
            if hashed not in self._visitors and not self._has_forgotten:
                return
            if self._visitors.get(hashed) != visitor:
                raise _OTHERS
            self._visitors.move_to_end(hashed)


def visitor_of(connection: HTTPConnection) -> bytes:
    """A hash of the visitor's cookie; empty without one."""
    if not has_cookie(connection):
        return b""
    return _hash(connection.cookies[COOKIE])


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]
