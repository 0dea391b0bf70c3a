"""Everything that decodes a picture, behind one interface, so that the app can do it elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from volcedit.pictures import crop, opening, photos, pixels
from volcedit.pictures.photos import PhotoLimits, Reading
from volcedit.types import Touched, Verdict

Source = str | Path | bytes
"""A file, or its bytes."""


class Decoder(Protocol):
    """What can be done to pictures. Every method may raise `PhotoError`.

    The app has `Workers`, which no picture can bring down or keep busy. The library decodes in its
    own process, with `LocalDecoder`: its files are its user's, and importing a library should not
    start processes. What is too large or complex is refused from its header by both.
    """

    def read_photo(self, source: Source, limits: PhotoLimits) -> Reading:
        """See `photos.read_photo`."""

    def crop_photo(
        self, source: Source, aspect: str, position: float, limits: PhotoLimits
    ) -> bytes:
        """See `crop.crop_photo`."""

    def inspect_picture(self, data: bytes) -> tuple[str, int, int]:
        """See `opening.inspect_picture`."""

    def make_thumbnail(self, data: bytes, side_px: int) -> bytes:
        """See `pixels.make_thumbnail`."""

    def judge(self, first: bytes, second: bytes) -> Verdict:
        """See `comparing.judge`."""

    def difference_picture(self, first: bytes, second: bytes) -> bytes:
        """See `comparing.difference_picture`."""

    def measure_touched(self, photo: bytes, picture: bytes) -> Touched:
        """See `comparing.measure_touched`."""

    def heat_map(self, photo: bytes, picture: bytes) -> bytes:
        """See `comparing.heat_map`."""

    def close(self) -> None:
        """End what it has started."""


class LocalDecoder:
    """Decodes in this process."""

    def read_photo(self, source: Source, limits: PhotoLimits) -> Reading:
        """See `photos.read_photo`."""
        return photos.read_photo(source, limits)

    def crop_photo(
        self, source: Source, aspect: str, position: float, limits: PhotoLimits
    ) -> bytes:
        """See `crop.crop_photo`."""
        return crop.crop_photo(source, aspect, position, limits)

    def inspect_picture(self, data: bytes) -> tuple[str, int, int]:
        """See `opening.inspect_picture`."""
        return opening.inspect_picture(data)

    def make_thumbnail(self, data: bytes, side_px: int) -> bytes:
        """See `pixels.make_thumbnail`."""
        return pixels.make_thumbnail(data, side_px)

    # Imported when needed: NumPy takes longer to load than the rest of the library.

    def judge(self, first: bytes, second: bytes) -> Verdict:
        """See `comparing.judge`."""
        from volcedit.pictures import comparing

        return comparing.judge(first, second)

    def difference_picture(self, first: bytes, second: bytes) -> bytes:
        """See `comparing.difference_picture`."""
        from volcedit.pictures import comparing

        return comparing.difference_picture(first, second)

    def measure_touched(self, photo: bytes, picture: bytes) -> Touched:
        """See `comparing.measure_touched`."""
        from volcedit.pictures import comparing

        return comparing.measure_touched(photo, picture)

    def heat_map(self, photo: bytes, picture: bytes) -> bytes:
        """See `comparing.heat_map`."""
        from volcedit.pictures import comparing

        return comparing.heat_map(photo, picture)

    def close(self) -> None:
        """Nothing was started."""
