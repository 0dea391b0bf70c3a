"""A cache of small pictures for lists. They can be regenerated at any time."""

from __future__ import annotations

from contextlib import suppress

from volcedit.errors import HistoryError
from volcedit.notebook.shelves.blobs import Blobs, checked_sha256
from volcedit.notebook.shelves.pins import Pins
from volcedit.notebook.store.protocol import Store
from volcedit.pictures.decoder import Decoder
from volcedit.types import PictureFacts

FOLDER = "thumbs"
THUMBNAIL_SIDE_PX = 160


class Thumbnails:
    """`thumbs/<sha256>.jpg`"""

    def __init__(self, store: Store, blobs: Blobs, pins: Pins, decoder: Decoder) -> None:
        self._store = store
        self._blobs = blobs
        self._pins = pins
        self._decoder = decoder

    def get(self, facts: PictureFacts) -> bytes:
        """A small JPEG, made on first use and cached if the store allows it."""
        kept = self.kept(facts)
        if kept is not None:
            return kept
        data = self._decoder.make_thumbnail(self._blobs.read(facts), THUMBNAIL_SIDE_PX)
        with suppress(HistoryError, OSError), self._pins.held({facts.sha256.encode()}):
            if self._blobs.has(facts):  # deleted pictures must not come back
                self._store.write(_name(facts), data)
        return data

    def kept(self, facts: PictureFacts) -> bytes | None:
        """The thumbnail if it is cached, else None. Always fast."""
        name = _name(facts)
        with suppress(OSError):
            return self._store.read(name)
        return None


def _name(facts: PictureFacts) -> str:
    return f"{FOLDER}/{checked_sha256(facts)}.jpg"
