"""The recipe: everything that is needed to make an edit again, and its name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, get_args

from volcedit.errors import ParameterError
from volcedit.service.fields import (
    SEED_MAX,
    SEED_MIN,
    build_fields,
    check_photo_url,
)
from volcedit.service.models import (
    MODELS,
)
from volcedit.service.wire import (
    stand_in,
)
from volcedit.types import (
    Delivery,
    EditParams,
    EditRequest,
    Mode,
    Photo,
    PhotoLink,
    PictureFacts,
    Provider,
    Watermark,
    digest,
)

FORMAT = 1
"""Of the canonical form. A change of meaning gets a new number."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPES = ("image/jpeg", "image/png")  # what a photo is sent as
_NUMBER_MAX = 2**31 - 1
_SCALE_MAX = max(model.scale_max for model in MODELS.values())


@dataclass(frozen=True)
class Recipe:
    """A request without its photo's bytes, and where it went."""

    photo: PictureFacts | None
    """None when the service fetched it itself: then nobody here knows what it got."""
    params: EditParams
    req_key: str
    delivery: Delivery
    provider: Provider
    host: str
    mode: Mode = "sync"
    photo_url: str = ""
    """Where the service fetched the photo, if it did."""

    @classmethod
    def of(cls, request: EditRequest, provider: Provider, host: str, mode: Mode = "sync") -> Recipe:
        """The recipe of `request`, sent to `host`."""
        is_link = isinstance(request.photo, PhotoLink)
        return cls(
            photo=None if is_link else request.photo.facts,
            params=request.params,
            req_key=request.req_key,
            delivery=request.delivery,
            provider=provider,
            host=host,
            mode=mode,
            photo_url=request.photo.url if is_link else "",
        )

    @property
    def canonical(self) -> bytes:
        """The canonical JSON, in UTF-8."""
        return json.dumps(
            self.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        ).encode()

    @cached_property
    def id(self) -> str:
        """SHA-256 of the canonical JSON: equal ids mean equal requests to the same place.

        Equal photos too, but for one that the service fetched itself.
        """
        return digest(self.canonical)

    def to_json(self) -> dict[str, Any]:
        """The recipe as JSON values; `from_json` reads them back."""
        values = asdict(self)
        # A browser says 1 for 1.0. The same bytes are sent, so the id must be the same too.
        values["params"]["scale"] = float(self.params.scale)
        # Left out when not asked for, as before there were models that take them: ids stay.
        for side in ("width_px", "height_px"):
            if values["params"][side] is None:
                del values["params"][side]
        if not self.photo_url:  # as before photos could be sent as links
            del values["photo_url"]
        if self.params.watermark is not None:
            values["params"]["watermark"]["opacity"] = float(self.params.watermark.opacity)
        return {"format": FORMAT, **values}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Recipe:
        """Raises KeyError, TypeError or ValueError when `values` are no recipe of this format.

        They may come from a stranger's file: whatever is in them, nothing else is raised.
        """
        if values["format"] != FORMAT:
            raise ValueError(f"recipe format {values['format']} is not {FORMAT}")
        fields = {name: value for name, value in values.items() if name != "format"}
        params = dict(fields["params"])
        if params["watermark"] is not None:
            params["watermark"] = Watermark(**params["watermark"])
        if fields["photo"] is not None:
            fields["photo"] = PictureFacts(**fields["photo"])
        fields |= {"params": EditParams(**params), "provider": Provider(fields["provider"])}
        recipe = cls(**fields)
        recipe._check()
        return recipe

    def _check(self) -> None:
        """Raise TypeError or ValueError for what no request could be made of.

        Whether a model takes it, its limits of length included, is told when it is sent.
        """
        params, mark = self.params, self.params.watermark or Watermark()
        for text in (params.prompt, params.negative_prompt, mark.text, self.req_key, self.host):
            if not isinstance(text, str):
                raise TypeError("a text that is none")
            text.encode()  # half a character is a ValueError
        for name, known in (
            (self.provider, tuple(Provider)),
            (self.delivery, get_args(Delivery)),
            (self.mode, get_args(Mode)),
        ):
            if name not in known:
                raise ValueError("a name that is not known")
        _check_photo(self.photo, self.photo_url)
        _check_whole(params.seed, SEED_MIN, SEED_MAX)
        for side in (params.width_px, params.height_px):
            _check_whole(1 if side is None else side, 1, _NUMBER_MAX)
        _check_whole(mark.position, 0, 3)
        _check_whole(mark.language, 0, 1)
        _check_number(params.scale, _SCALE_MAX)
        _check_number(mark.opacity, 1.0)

    def request(self, data: bytes = b"") -> EditRequest:
        """The identical request, made of the photo's bytes `data`; a link needs none.

        Raises ValueError when `data` are not the bytes that this recipe was sent with.
        """
        if self.photo is not None and digest(data) != self.photo.sha256:
            raise ValueError("these are not the photo's bytes")
        return self._request(data)

    def request_without_photo(self) -> EditRequest:
        """The request with no bytes in its photo: all that asking after its task needs."""
        return self._request(b"")

    def _request(self, data: bytes) -> EditRequest:
        facts = self.photo
        photo: Photo | PhotoLink = PhotoLink(self.photo_url)
        if facts is not None:
            photo = Photo(data, facts.media_type, facts.width_px, facts.height_px, facts.sha256)
        return EditRequest(photo, self.params, self.req_key, self.delivery)

    def body_fields(self) -> dict[str, Any]:
        """The body as it was sent, the base64 text replaced by the photo's size and hash."""
        image = self.photo and stand_in(self.photo.size_bytes, self.photo.sha256)
        fields = (self.req_key, self.params, self.delivery, image, self.mode)
        return build_fields(*fields, photo_url=self.photo_url)


def _check_photo(photo: PictureFacts | None, url: object) -> None:
    """Exactly one of both is there, and makes sense."""
    if photo is None:
        try:
            check_photo_url(url)
        except ParameterError as error:
            raise ValueError("an address that is none") from error
        return
    if url != "":
        raise ValueError("both a photo and where it was fetched")
    if photo.media_type not in _MEDIA_TYPES:
        raise ValueError("a name that is not known")
    if not _SHA256.fullmatch(photo.sha256):  # a TypeError when it is no text
        raise ValueError("a hash that is none")
    for size in (photo.width_px, photo.height_px, photo.size_bytes):
        _check_whole(size, 1, _NUMBER_MAX)


def _check_whole(value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"no whole number from {least} to {most}")


def _check_number(value: object, most: float) -> None:
    if type(value) not in (int, float) or not 0 <= value <= most:  # nor NaN
        raise ValueError(f"no number from 0 to {most}")
