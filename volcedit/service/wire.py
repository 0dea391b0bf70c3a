"""What goes over the wire: actions, addresses, the exact bytes of a body.

Sources, as marked: [P] the page this project implements, https://www.volcengine.com/docs/6791/1279296;
[V] other Volcengine and BytePlus documentation; [C] seen in public clients only, so only likely.
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
REGION, SERVICE = "cn-north-1", "cv"  # [V] what a signature is for
ACTION = "CVProcess"  # [P]
SUBMIT_ACTION = "CVSync2AsyncSubmitTask"  # [V]
RESULT_ACTION = "CVSync2AsyncGetResult"  # [V]
VERSION = "2022-08-31"  # [P]

EDIT_ACTIONS = {"sync": ACTION, "async": SUBMIT_ACTION}
"""What an edit calls, by its mode."""
TASK_LIFETIME_S = 12 * 3600  # [V]
LINK_LIFETIME_S = 24 * 3600  # [V] of a result's address


def build_body(request: EditRequest, mode: Mode = "sync") -> bytes:
    """The exact bytes of an edit's call. Raises `ParameterError`."""
    photo, params = request.photo, request.params
    check_params(params, request.req_key, mode)
    if isinstance(photo, PhotoLink):
        check_photo_url(photo.url)
        return orjson.dumps(
            build_fields(request.req_key, params, request.delivery, None, mode, photo_url=photo.url)
        )
    body = orjson.dumps(build_fields(request.req_key, params, request.delivery, "", mode))
    # The photo is put in afterwards: its 6 MB need no escaping, and looking for any takes 3 ms.
    # Inside a text these quotes would be escaped, so they stand here once.
    before, after = body.split(b'[""]')
    return b"".join((before, b'["', photo.base64, b'"]', after))


def build_result_body(request: EditRequest, task_id: str) -> bytes:
    """The exact bytes that poll the task that `request` became [V]; its photo is not used."""
    delivery = orjson.dumps(build_delivery(request.params, request.delivery)).decode()
    fields = {"req_key": request.req_key, "task_id": task_id, "req_json": delivery}
    return orjson.dumps(fields)


def path_of(provider: str) -> str:
    """Where below its root a provider takes calls."""
    return DIRECT_PATH if provider == Provider.VOLCENGINE else GATEWAY_PATH


def build_query(action: str = ACTION) -> dict[str, str]:
    """The query that names what is called [P]."""
    return {"Action": action, "Version": VERSION}


def stand_in(size_bytes: int, sha256: str) -> dict[str, Any]:
    """What is shown and stored in place of base64 text: the size and hash of what it holds."""
    return {"base64_of_bytes": size_bytes, "sha256": sha256}
