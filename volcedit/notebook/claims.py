"""Who is at work on what: one process at a time, and nobody once that process is gone."""

from __future__ import annotations

from volcedit.notebook.store.protocol import Lock, Store


class Claim:
    """A claim that is held until `release`, the end of a `with` block, or of the process."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock

    @property
    def is_held(self) -> bool:
        """False once it was released, or lost by a store whose locks expire."""
        return self._lock.is_held

    def release(self) -> None:
        """Let others have it. A second call changes nothing."""
        self._lock.release()

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class Claims:
    """Claims as locks in one folder of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, name: str) -> Claim | None:
        """The claim on `name`, or None when somebody has it. Raises OSError."""
        lock = self._store.lock(name)
        return None if lock is None else Claim(lock)

    def is_taken(self, name: str) -> bool:
        """Whether the claim is held. Raises OSError."""
        return self._store.is_locked(name)
