"""Claims on work: one process at a time, released automatically when that process dies."""

from __future__ import annotations

from volcedit.notebook.store.protocol import Lock, Store


class Claim:
    """A claim, held until `release`, the end of a `with` block, or the end of the process."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock

    @property
    def is_held(self) -> bool:
        """False once it was released, or lost because the store's locks expire."""
        return self._lock.is_held

    def release(self) -> None:
        """Release the claim. A second call is a no-op."""
        self._lock.release()

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class Claims:
    """Claims, implemented as locks in one folder of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def acquire(self, name: str) -> Claim | None:
        """Claim `name`. Returns None if it is already claimed. Raises OSError."""
        lock = self._store.lock(name)
        return None if lock is None else Claim(lock)

    def is_held(self, name: str) -> bool:
        """Whether `name` is claimed. Raises OSError."""
        return self._store.is_locked(name)
