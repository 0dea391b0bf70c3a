"""The sandbox's result files, kept in memory until their URLs expire."""

import secrets
from collections import OrderedDict
from collections.abc import Callable

MAX_TOTAL_BYTES = 64 * 1024 * 1024


class ResultStore:
    """Files under unguessable names, with a limit on age and total size."""

    def __init__(
        self,
        lifetime_s: float,
        clock: Callable[[], float],
        max_total_bytes: int = MAX_TOTAL_BYTES,
    ) -> None:
        """`clock` returns seconds. A file expires `lifetime_s` after it was stored."""
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._max_total_bytes = max_total_bytes
        self._total_bytes = 0
        self._files: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def put(self, data: bytes) -> str:
        """Store `data` under a new name, evicting the oldest files if necessary."""
        name = f"{secrets.token_urlsafe(18)}.jpg"
        self._files[name] = (self._clock() + self._lifetime_s, data)
        self._total_bytes += len(data)
        while self._files and (self._total_bytes > self._max_total_bytes or self._oldest_expired()):
            _, (_, dropped) = self._files.popitem(last=False)
            self._total_bytes -= len(dropped)
        return name

    def get(self, name: str) -> bytes | None:
        """The file, or None if it does not exist or has expired."""
        expires, data = self._files.get(name, (0.0, None))
        return data if self._clock() < expires else None

    def clear(self) -> None:
        """Delete all files."""
        self._files.clear()
        self._total_bytes = 0

    def _oldest_expired(self) -> bool:
        expires, _ = next(iter(self._files.values()))
        return self._clock() >= expires
