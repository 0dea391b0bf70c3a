"""Storage backends: a small protocol and its implementations."""

from volcedit.notebook.store.addresses import open_store
from volcedit.notebook.store.protocol import Found, Lock, Room, Store

__all__ = ["Found", "Lock", "Room", "Store", "open_store"]
