"""The recipe: everything that is needed to make an edit again, and its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from volcedit.types import (
    Delivery,
    EditParams,
    EditRequest,
    Mode,
    Photo,
    PictureFacts,
    Watermark,
    digest,
)
from volcedit.wire import build_fields, stand_in

FORMAT = 1
"""Of the canonical form. A change of meaning gets a new number."""


@dataclass(frozen=True)
class Recipe:
    """A request without its photo's bytes, and where it went."""

    photo: PictureFacts
    params: EditParams
    req_key: str
    delivery: Delivery
    provider: str
    """ "gateway", "volcengine" or "sandbox"."""
    host: str
    mode: Mode = "sync"

    @classmethod
    def of(cls, request: EditRequest, provider: str, host: str, mode: Mode = "sync") -> Recipe:
        """The recipe of `request`, sent to `host`."""
        photo, params = request.photo.facts, request.params
        return cls(photo, params, request.req_key, request.delivery, provider, host, mode)

    @property
    def id(self) -> str:
        """SHA-256 of the canonical JSON: equal ids mean equal requests to the same place."""
        return digest(
            json.dumps(
                self.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":")
            ).encode()
        )

    def to_json(self) -> dict[str, Any]:
        """The recipe as JSON values; `from_json` reads them back."""
        values = asdict(self)
        # A browser says 1 for 1.0. The same bytes are sent, so the id must be the same too.
        values["params"]["scale"] = float(self.params.scale)
        # Left out when not asked for, as before there were models that take them: ids stay.
        for side in ("width_px", "height_px"):
            if values["params"][side] is None:
                del values["params"][side]
        if self.params.watermark is not None:
            values["params"]["watermark"]["opacity"] = float(self.params.watermark.opacity)
        return {"format": FORMAT, **values}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Recipe:
        """Raises KeyError, TypeError or ValueError when `values` are no recipe of this format."""
        if values["format"] != FORMAT:
            raise ValueError(f"recipe format {values['format']} is not {FORMAT}")
        fields = {name: value for name, value in values.items() if name != "format"}
        params = dict(fields["params"])
        if params["watermark"] is not None:
            params["watermark"] = Watermark(**params["watermark"])
        fields |= {"photo": PictureFacts(**fields["photo"]), "params": EditParams(**params)}
        return cls(**fields)

    def request(self, data: bytes) -> EditRequest:
        """The identical request, made of the photo's bytes `data`.

        Raises ValueError when `data` are not the bytes that this recipe was sent with.
        """
        if digest(data) != self.photo.sha256:
            raise ValueError("these are not the photo's bytes")
        return self._request(data)

    def request_without_photo(self) -> EditRequest:
        """The request with no bytes in its photo: all that asking after its task needs."""
        return self._request(b"")

    def _request(self, data: bytes) -> EditRequest:
        facts = self.photo
        photo = Photo(data, facts.media_type, facts.width_px, facts.height_px, facts.sha256)
        return EditRequest(photo, self.params, self.req_key, self.delivery)

    def body_fields(self) -> dict[str, Any]:
        """The body as it was sent, the base64 text replaced by the photo's size and hash."""
        image = stand_in(self.photo.size_bytes, self.photo.sha256)
        return build_fields(self.req_key, self.params, self.delivery, image, self.mode)
