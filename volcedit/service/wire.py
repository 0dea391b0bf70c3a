"""The wire format: actions, paths, and the exact bytes of request bodies.

Source marks: [P] the page this project implements, https://www.volcengine.com/docs/6791/1279296;
[V] other Volcengine and BytePlus documentation; [C] seen only in public clients, so only likely.
"""

from __future__ import annotations

from typing import Any

import orjson

from volcedit.config import GATEWAY_PATH
from volcedit.service.fields import build_delivery, build_fields, check_params, check_photo_url
from volcedit.types import (
    EditRequest,
    Mode,
    PhotoLink,
    Provider,
)

DIRECT_PATH = "/"  # [V]
REGION, SERVICE = "cn-north-1", "cv"  # [V] the scope of a signature
ACTION = "CVProcess"  # [P]
SUBMIT_ACTION = "CVSync2AsyncSubmitTask"  # [V]
RESULT_ACTION = "CVSync2AsyncGetResult"  # [V]
VERSION = "2022-08-31"  # [P]

EDIT_ACTIONS = {"sync": ACTION, "async": SUBMIT_ACTION}
"""The action of an edit, by mode."""
TASK_LIFETIME_S = 12 * 3600  # [V]
LINK_LIFETIME_S = 24 * 3600  # [V] of a link to a picture


def build_body(request: EditRequest, mode: Mode = "sync") -> bytes:
    """The exact bytes of an edit's request body. Raises `ParameterError`."""
    photo, params = request.photo, request.params
    check_params(params, request.req_key, mode)
    if isinstance(photo, PhotoLink):
        check_photo_url(photo.url)
        return orjson.dumps(
            build_fields(request.req_key, params, request.delivery, None, mode, photo_url=photo.url)
        )
    body = orjson.dumps(build_fields(request.req_key, params, request.delivery, "", mode))
    # The photo is inserted afterwards: scanning its 6 MB for characters to escape takes 3 ms.
    # The split is unique: within a string, these quotes would be escaped.
    before, after = body.split(b'[""]')
    return b"".join((before, b'["', photo.base64, b'"]', after))


def build_result_body(request: EditRequest, task_id: str) -> bytes:
    """The exact bytes that poll the task submitted for `request` [V]. The photo is not used."""
    delivery = orjson.dumps(build_delivery(request.params, request.delivery)).decode()
    fields = {"req_key": request.req_key, "task_id": task_id, "req_json": delivery}
    return orjson.dumps(fields)


def path_of(provider: str) -> str:
    """The path of a provider's endpoint, below its root."""
    return DIRECT_PATH if provider == Provider.VOLCENGINE else GATEWAY_PATH


def build_query(action: str = ACTION) -> dict[str, str]:
    """The query string that selects the action [P]."""
    return {"Action": action, "Version": VERSION}


def placeholder(size_bytes: int, sha256: str) -> dict[str, Any]:
    """What is shown and stored instead of base64 text: the size and hash of its bytes."""
    return {"base64_of_bytes": size_bytes, "sha256": sha256}
