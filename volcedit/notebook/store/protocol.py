"""The interface between a notebook and its storage: names and bytes, nothing disk-specific.

Names are paths with slashes, such as `records/20260102T030405000006Z-0123abcd.json`. Folders exist
as long as they contain something. Every method may raise `OSError`: `FileNotFoundError` if a name
does not exist, ENOSPC or EDQUOT if the store is full. `failures` turns these into sentences.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import BinaryIO, NamedTuple, Protocol


class Found(NamedTuple):
    """Metadata of a name. A tuple, because there are thousands."""

    size_bytes: int
    stamp: Hashable
    """Changes with every write, even if two share one clock tick."""
    time_s: float
    """When it was last written, moved or touched, in seconds since 1970."""


class Room(NamedTuple):
    """How much of a store is used."""

    used_bytes: int
    """By all names below it."""
    free_bytes: int | None
    """None if the store does not report it."""


class Lock(Protocol):
    """A lock, held until it is released or its process dies."""

    @property
    def is_held(self) -> bool:
        """False once it was released, or lost because it could not be renewed in time."""

    def release(self) -> None:
        """Release the lock. A no-op if it was already released or lost."""


class Store(Protocol):
    """Storage for named bytes. Thread-safe; other processes may use the same place."""

    @property
    def address(self) -> str:
        """Identifies the place: stores with equal addresses share their contents."""

    def below(self, folder: str) -> Store:
        """The part of this store under `folder`."""

    def read(self, name: str) -> bytes:
        """All bytes of `name`. Raises FileNotFoundError."""

    def open(self, name: str) -> BinaryIO:
        """The bytes of `name` as a stream. Raises FileNotFoundError."""

    def write(self, name: str, data: bytes) -> None:
        """Write or replace `name`. Atomic; durable on return."""

    def find(self, name: str) -> Found | None:
        """The metadata of `name`; None if it does not exist."""

    def touch(self, name: str) -> None:
        """Set the time of `name` to now, as if it had just been written."""

    def move(self, name: str, to: str) -> None:
        """Rename `name`, replacing `to` and setting its time to now. Raises FileNotFoundError."""

    def delete(self, name: str) -> None:
        """Delete `name`. A no-op if it does not exist."""

    def names(self, folder: str) -> list[str]:
        """The names directly in `folder`, without the folder, in no particular order."""

    def files(self, folder: str) -> dict[str, Found]:
        """Like `names`, with the metadata of each. Slower than `names`."""

    def folders(self, folder: str) -> list[str]:
        """The names of the folders directly in `folder`, in no particular order."""

    def changes(self, folder: str) -> Hashable:
        """A marker that changes whenever any process writes to or deletes from `folder`.

        Constant in a store that cannot tell this cheaply.
        """

    def clean(self, folder: str, before_s: float) -> None:
        """Delete what interrupted writes left in `folder` before `before_s`.

        Spares writes of this process that are in progress.
        """

    def room(self) -> Room:
        """How much is used, and how much is free. Slow: visits everything."""

    def free_bytes(self) -> int | None:
        """How much is free, as in `room`. Fast."""

    def lock(self, name: str) -> Lock | None:
        """Acquire the lock called `name`. Returns None if any process holds it."""

    def is_locked(self, name: str) -> bool:
        """Whether the lock called `name` is held. Checking never takes it away from anybody."""
