"""The recipe: everything needed to repeat an edit, and its id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, get_args

import orjson

from volcedit.errors import ParameterError
from volcedit.service.fields import (
    FIELDS,
    build_fields,
    check_params,
    check_photo_url,
    params_from_json,
    params_to_json,
)
from volcedit.service.rows.kinds import Text, Whole
from volcedit.service.rows.row import Group
from volcedit.service.wire import placeholder
from volcedit.types import (
    Delivery,
    EditParams,
    EditRequest,
    Mode,
    Photo,
    PhotoLink,
    PictureFacts,
    Provider,
    Words,
    digest,
)

FORMAT = 1
"""Format of the canonical form. A change of meaning gets a new number."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPES = ("image/jpeg", "image/png")  # the formats in which photos are sent
_SIZE = Whole(1)
_TEXT = Text()


@dataclass(frozen=True)
class Recipe:
    """A request without its photo's bytes, plus its destination."""

    photo: PictureFacts | None
    """None if the service fetched it itself: then we do not know what it got."""
    params: EditParams
    req_key: str
    delivery: Delivery
    provider: Provider
    host: str
    mode: Mode = "sync"
    photo_url: str = ""
    """The URL from which the service fetched the photo, if it did."""
    unknown: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False, repr=False)
    """Fields of a newer version, preserved as they were. Keyed by their place in the JSON: "" for
    the top level, else "params", "params.watermark" or "photo"."""

    @classmethod
    def of(cls, request: EditRequest, provider: Provider, host: str, mode: Mode = "sync") -> Recipe:
        """The recipe of `request`, sent to `host`."""
        photo = request.photo
        return cls(
            photo=photo.facts if isinstance(photo, Photo) else None,
            params=request.params,
            req_key=request.req_key,
            delivery=request.delivery,
            provider=provider,
            host=host,
            mode=mode,
            photo_url=photo.url if isinstance(photo, PhotoLink) else "",
        )

    @cached_property
    def canonical(self) -> bytes:
        """The canonical JSON, in UTF-8."""
        return json.dumps(
            self.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        ).encode()

    @cached_property
    def id(self) -> str:
        """SHA-256 of the canonical JSON: equal ids mean equal requests to the same place.

        The photos are equal too, unless the service fetched them itself.
        """
        return digest(self.canonical)

    def to_json(self) -> dict[str, Any]:
        """The recipe as JSON values, which the caller may change; the inverse of `from_json`."""
        values: dict[str, Any] = json.loads(self._text)
        return values

    @cached_property
    def _text(self) -> str:
        """Its JSON, made once: all versions of a record share a recipe."""
        values = {
            "format": FORMAT,
            "photo": asdict(self.photo) if self.photo else None,
            "params": params_to_json(self.params),
            "req_key": self.req_key,
            "delivery": self.delivery,
            "provider": self.provider,
            "host": self.host,
            "mode": self.mode,
        }
        if self.photo_url:  # omitted if empty, as before links were supported
            values["photo_url"] = self.photo_url
        for place, more in self.unknown.items():
            inside = _inside(values, place)
            if inside is not None:
                inside |= more
        return json.dumps(values)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Recipe:
        """Parse JSON values. Raises KeyError, TypeError or ValueError, and nothing else.

        The values are untrusted. What a newer version added is kept, and the id stays: see
        `unknown`.
        """
        if type(values["format"]) is not int or values["format"] != FORMAT:
            raise ValueError(f"recipe format {values['format']} is not {FORMAT}")
        photo = values["photo"]
        recipe = cls(
            photo=None if photo is None else _read_photo(photo),
            params=params_from_json(_mapping(values["params"])),
            req_key=values["req_key"],
            delivery=values["delivery"],
            provider=Provider(values["provider"]),
            host=values["host"],
            mode=values.get("mode", "sync"),
            photo_url=values.get("photo_url", ""),
            unknown=dict(_find_unknown(values)),
        )
        recipe._check()
        return recipe

    def _check(self) -> None:
        """Raise TypeError or ValueError if no request can be built from the recipe."""
        for text in (self.req_key, self.host, self.provider):
            _TEXT.from_json(text)
        if self.delivery not in get_args(Delivery) or self.mode not in get_args(Mode):
            raise ValueError("unknown delivery or mode")
        if self.photo is None:
            try:
                check_photo_url(self.photo_url)
            except ParameterError as error:
                raise ValueError("not a photo URL") from error
        elif self.photo_url != "":
            raise ValueError("both a photo and a photo URL")

    def check(self) -> None:
        """Raise `ParameterError` if the recipe cannot be sent as it is, whatever its photo."""
        self.check_understood()
        check_params(self.params, self.req_key, self.mode)

    @property
    def unknown_names(self) -> list[str]:
        """The names of unknown fields; those of an edit's parameters without their place."""
        return [
            f"{place}.{name}".removeprefix("params.").removeprefix(".")
            for place, more in self.unknown.items()
            for name in more
        ]

    def check_understood(self) -> None:
        """Raise `ParameterError` if the recipe contains more than this version can send."""
        if names := self.unknown_names:
            raise ParameterError(
                "recipe",
                Words(
                    "This edit was made by a newer version of volcedit, with {fields}. Nothing was "
                    "sent, since it would be a different edit. Update this app first.",
                    fields=list(names),
                ),
            )

    def request(self, data: bytes = b"") -> EditRequest:
        """Rebuild the identical request from the photo's bytes `data`; a link needs none.

        Raises ValueError if `data` are not the bytes that were sent, and `ParameterError` like
        `check_understood`.
        """
        self.check_understood()
        if self.photo is not None and digest(data) != self.photo.sha256:
            raise ValueError("these are not the photo's bytes")
        return self._request(data)

    def request_without_photo(self) -> EditRequest:
        """The request with an empty photo, which is enough to poll its task."""
        return self._request(b"")

    def _request(self, data: bytes) -> EditRequest:
        facts = self.photo
        photo: Photo | PhotoLink = PhotoLink(self.photo_url)
        if facts is not None:
            photo = Photo(data, facts.media_type, facts.width_px, facts.height_px, facts.sha256)
        return EditRequest(photo, self.params, self.req_key, self.delivery)

    def body_fields(self) -> dict[str, Any]:
        """The request body as sent, with the base64 replaced by the photo's size and hash."""
        image = self.photo and placeholder(self.photo.size_bytes, self.photo.sha256)
        return build_fields(
            self.req_key,
            self.params,
            self.delivery,
            image,
            self.mode,
            photo_url=self.photo_url,
        )


_KNOWN = {
    "": {"format", *(it.name for it in fields(Recipe))} - {"unknown"},
    "photo": {it.name for it in fields(PictureFacts)},
    "params": {row.name for row in FIELDS},
    **{
        f"params.{row.name}": {part.name for part in row.parts}
        for row in FIELDS
        if isinstance(row, Group)
    },
}
"""The names that this version writes, keyed by their place."""


def _find_unknown(values: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Fields with unknown names. Raises TypeError or ValueError for anything that is not JSON."""
    for place, known in _KNOWN.items():
        inside = _inside(values, place) or {}
        more = {name: value for name, value in inside.items() if name not in known}
        if more:
            try:
                json.dumps(more, allow_nan=False)
                orjson.dumps(more)  # 64-bit numbers, no lone surrogates, limited depth
            except RecursionError as error:
                raise ValueError("nested too deeply") from error
            yield place, more


def _inside(values: Mapping[str, Any], place: str) -> Any:
    """The value at a place like "params.watermark"; None if there is none."""
    inside: Any = values
    for name in filter(None, place.split(".")):
        inside = inside.get(name) if inside is not None else None
    return inside


def _mapping(values: object) -> Mapping[str, Any]:
    if not isinstance(values, Mapping):
        raise TypeError("not an object")
    return values


def _read_photo(values: object) -> PictureFacts:
    """The facts of a photo. Raises KeyError, TypeError or ValueError for impossible ones."""
    facts = PictureFacts(**{name: _mapping(values)[name] for name in _KNOWN["photo"]})
    if facts.media_type not in _MEDIA_TYPES:
        raise ValueError("not the media type of a photo")
    if not _SHA256.fullmatch(facts.sha256):  # TypeError unless it is a string
        raise ValueError("not a SHA-256")
    for size in (facts.width_px, facts.height_px, facts.size_bytes):
        _SIZE.from_json(size)
    return facts
