"""Blobs that are words rather than pictures: a notebook stores bytes without looking into them."""

from __future__ import annotations

from volcedit import EditParams
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Record, new_id, utc_now
from volcedit.types import PictureFacts, Provider, State

# The blobs' names are the SHA-256 of these words, computed with coreutils.
PHOTO_SHA256 = "55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8"
PICTURE_SHA256 = "2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97"
OTHER_SHA256 = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
PHOTO = PictureFacts(PHOTO_SHA256, "image/jpeg", 30, 20, 5)
PICTURE = PictureFacts(PICTURE_SHA256, "image/png", 30, 20, 7)
OTHER = PictureFacts(OTHER_SHA256, "image/jpeg", 30, 20, 5)
BYTES = {PHOTO: b"photo", PICTURE: b"picture", OTHER: b"other"}


def record_of(photo: PictureFacts = PHOTO, picture: PictureFacts | None = None) -> Record:
    """A new record, not saved yet."""
    now = utc_now()
    recipe = Recipe(photo, EditParams("下雪"), "byteedit_v2.0", "base64", Provider.GATEWAY, "h:1")
    return Record(new_id(now), now.isoformat(), recipe, State.QUEUED, picture=picture)
