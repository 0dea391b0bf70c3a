"""What a notebook asks of the place it is kept in: names and bytes, and nothing of disks.

Names are paths with slashes, such as `records/20260102T030405000006Z-0123abcd.json`. Folders exist
as long as something is in them. Every method may raise `OSError`: `FileNotFoundError` where a name
is needed and gone, ENOSPC or EDQUOT where the store is full. `failures` turns these into sentences.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import BinaryIO, NamedTuple, Protocol


class Found(NamedTuple):
    """What a store tells of a name without reading it. A tuple, since there are thousands."""

    size_bytes: int
    stamp: Hashable
    """Differs after every write, also when two fall into one tick of the clock."""
    time_s: float
    """When it was last written, moved or touched, in seconds since 1970."""


class Room(NamedTuple):
    """How much of a store is taken."""

    used_bytes: int
    """By all names below it."""
    free_bytes: int | None
    """None where the store does not tell."""


class Lock(Protocol):
    """A lock that is held until it is released, or until its process is gone."""

    @property
    def is_held(self) -> bool:
        """False once it was released, or lost because it could not be renewed in time."""

    def release(self) -> None:
        """Let others have it. A second call changes nothing, nor does one after it was lost."""


class Store(Protocol):
    """A place for named bytes. Safe across threads; other processes may use the same place."""

    @property
    def address(self) -> str:
        """Names the place: two stores of one address hold the same."""

    def below(self, folder: str) -> Store:
        """The part of this store whose names begin with `folder`."""

    def read(self, name: str) -> bytes:
        """All bytes of `name`. Raises FileNotFoundError."""

    def open(self, name: str) -> BinaryIO:
        """The bytes of `name` as a stream. Raises FileNotFoundError."""

    def write(self, name: str, data: bytes) -> None:
        """Put `data` there, in place of what was. Whole or not at all; durable on return."""

    def find(self, name: str) -> Found | None:
        """What is known of `name`; None if it is not there."""

    def touch(self, name: str) -> None:
        """Give `name` the current time, as if it had just been written."""

    def move(self, name: str, to: str) -> None:
        """Rename `name`, replacing what is at `to`; its time is now. Raises FileNotFoundError."""

    def delete(self, name: str) -> None:
        """Take `name` away; nothing happens if it is not there."""

    def names(self, folder: str) -> list[str]:
        """The names directly in `folder`, without the folder, in no order."""

    def files(self, folder: str) -> dict[str, Found]:
        """As `names`, with what is known of each. Slower than `names`."""

    def folders(self, folder: str) -> list[str]:
        """The names of the folders directly in `folder`, in no order."""

    def changes(self, folder: str) -> Hashable:
        """Differs once anything was written to or deleted from `folder`, by whatever process.

        Always the same in a store that cannot tell this cheaply.
        """

    def clean(self, folder: str, before_s: float) -> None:
        """Delete what interrupted writes left in `folder` before `before_s`.

        Writes of this process that are under way are spared.
        """

    def room(self) -> Room:
        """How much is used, and how much is free. Slow: it looks at everything."""

    def lock(self, name: str) -> Lock | None:
        """The lock called `name`, or None when it is held, by whatever process."""

    def is_locked(self, name: str) -> bool:
        """Whether the lock called `name` is held. To ask takes it from nobody."""
