"""Parses the service's responses: envelopes, pictures, tasks and failures.

Source marks are explained in `wire`.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from volcedit.errors import (
    AnswerError,
    AnswerLostError,
    AuthenticationError,
    MalformedAnswerError,
    RateLimitError,
    RejectedError,
    ServiceError,
)
from volcedit.service import codes
from volcedit.service.rows.kinds import is_int
from volcedit.service.wire import placeholder
from volcedit.types import (
    Delivery,
    PictureFacts,
    Words,
    digest,
)

TASK_UNDER_WAY = ("in_queue", "generating")  # [V]
TASK_DONE = "done"  # [V]
TASK_ID_MAX_CHARS = 2000  # ids have 20 characters; nobody could poll one that is cut short


def parse_answer(
    http_status: int, body: bytes, redact: Callable[[Any], Any] = lambda values: values
) -> dict[str, Any]:
    """The envelope of a successful response, as it came.

    Raises an `AnswerError` for what the service, a gateway or a proxy reported, or
    `AnswerLostError` when a proxy got no response. The error carries the envelope, if any. All its
    texts are from the `redact`ed envelope.
    """
    try:
        envelope = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise _error_from_http(http_status, codes.MALFORMED) from error
    if not isinstance(envelope, dict):
        raise _error_from_http(http_status, codes.MALFORMED)
    if _has_succeeded(http_status, envelope):
        return envelope
    envelope = redact(envelope)
    failure = _failure(http_status, envelope)
    failure.envelope = envelope
    raise failure


def too_large(http_status: int) -> AnswerError | AnswerLostError:
    """The error for a response too large to be real. Its body was not read, only its status."""
    return _error_from_http(http_status, codes.TOO_LARGE)


def _has_succeeded(http_status: int, envelope: Mapping[str, Any]) -> bool:
    if _error_of_signature(envelope):
        return False
    code = _code_of(envelope)
    if code is not None:
        return code == codes.SUCCESS and http_status < 400
    # Any field may be absent. A picture or a task without a code is still a success.
    tells = picture_sources(envelope) or task_id_of(envelope) or task_state_of(envelope)
    return http_status < 300 and not envelope.get("error") and bool(tells)


def _failure(http_status: int, envelope: Mapping[str, Any]) -> AnswerError | AnswerLostError:
    if metadata := _error_of_signature(envelope):
        return _error_before_service(http_status, metadata)
    code = _code_of(envelope)
    said, request_id = _message_of(envelope), request_id_of(envelope)
    if code is not None and code in codes.CODES:
        return codes.CODES[code].error(said, request_id)
    if envelope.get("error"):
        return _error_of_gateway(http_status, envelope)
    if code is None and http_status < 300:
        return _error_from_http(http_status, codes.MALFORMED)
    return _error_from_http(http_status, codes.UNKNOWN_CODE, code, said, request_id)


def picture_sources(envelope: Mapping[str, Any]) -> list[tuple[Delivery, str]]:
    """Where the response has its picture: ("base64", text) and ("url", address), if present."""
    data = envelope.get("data")
    if not isinstance(data, dict):
        return []
    found: list[tuple[Delivery, str]] = []
    for delivery, name in _PICTURE_FIELDS.items():
        values = data.get(name)
        first = values[0] if isinstance(values, list) and values else None
        if isinstance(first, str) and first:
            found.append((delivery, first))
    return found


def task_id_of(envelope: Mapping[str, Any]) -> str:
    """The id of the submitted task, which may be sent as a number; empty if there is none."""
    data = envelope.get("data")
    value = data.get("task_id") if isinstance(data, dict) else None
    if not isinstance(value, str) and not is_int(value):
        return ""
    return task_id if len(task_id := str(value)) <= TASK_ID_MAX_CHARS else ""


def task_state_of(envelope: Mapping[str, Any]) -> str:
    """The state of the polled task, as the service spells it; empty if there is none."""
    data = envelope.get("data")
    value = data.get("status") if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""


def decode_picture(text: str) -> bytes:
    """The bytes of a base64 picture. Raises `MalformedAnswerError`."""
    try:
        return binascii.a2b_base64(text[text.find(",") + 1 if text.startswith("data:") else 0 :])
    except (binascii.Error, ValueError) as error:
        raise MalformedAnswerError(codes.NOT_A_PICTURE) from error


def request_id_of(envelope: Mapping[str, Any]) -> str:
    """The service's request id; empty if it sent none."""
    data = envelope.get("data")
    for place in (envelope, data if isinstance(data, dict) else {}):
        if isinstance(value := place.get("request_id"), str) and value:
            return value[:200]
    return ""


def elapsed_s_of(envelope: Mapping[str, Any]) -> float | None:
    """The elapsed time that the service reports, in seconds; None if missing or unreadable.

    Written as "10.6s", "36.79ms" or "1m2.5s" [P][V]; as integer milliseconds on one page [V].
    """
    value = envelope.get("time_elapsed")
    if is_int(value):
        return value / 1000 if abs(value) < 1e12 else None
    parts = re.findall(r"(\d{1,9}(?:\.\d{1,12})?)(ms|us|µs|ns|h|m|s)", str(value)[:40])
    return sum(float(number) * _SECONDS[unit] for number, unit in parts) if parts else None


def remarks_of(envelope: Mapping[str, Any]) -> tuple[str, str]:
    """(what the model understood, what it objected to); either is empty if not reported.

    `rephraser_result` and `algorithm_base_resp.status_message` [P]. "Success" is not an objection.
    """
    data = envelope.get("data")
    if not isinstance(data, dict):
        return "", ""
    understood = data.get("rephraser_result")
    base = data.get("algorithm_base_resp")
    objected = base.get("status_message") if isinstance(base, dict) else None
    return (
        understood[:500] if isinstance(understood, str) else "",
        objected[:500] if isinstance(objected, str) and objected.lower() != "success" else "",
    )


def is_sandbox(envelope: Mapping[str, Any]) -> bool:
    """Whether the response says it came from our sandbox, whatever the request's address."""
    data = envelope.get("data")
    context = data.get("infer_ctx") if isinstance(data, dict) else None
    name = context.get("algorithm_key") if isinstance(context, dict) else None
    return isinstance(name, str) and name.startswith("volcedit-sandbox")


def abridge(envelope: Mapping[str, Any], picture: PictureFacts | None = None) -> dict[str, Any]:
    """The envelope with each base64 picture replaced by its size and hash, otherwise unchanged.

    Pass the `picture` read from this response if known: decoding it again takes 7 ms.
    """
    data = envelope.get("data")
    name = _PICTURE_FIELDS["base64"]
    if not isinstance(data, dict) or not isinstance(pictures := data.get(name), list):
        return dict(envelope)
    sources = picture_sources(envelope)
    is_only_one = [kind for kind, _ in sources] == ["base64"]

    def replace(text: object) -> object:
        if picture is not None and is_only_one and text is sources[0][1]:
            return placeholder(picture.size_bytes, picture.sha256)
        return _abridge_text(text) if isinstance(text, str) else text

    return {**envelope, "data": {**data, name: [*map(replace, pictures)]}}


def _abridge_text(text: str) -> dict[str, Any]:
    try:
        raw = decode_picture(text)
    except MalformedAnswerError:
        raw = text.encode("utf-8", "replace")
    return placeholder(len(raw), digest(raw))


_PICTURE_FIELDS: Mapping[Delivery, str] = {"base64": "binary_data_base64", "url": "image_urls"}
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def _error_of_signature(envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metadata with an error of Volcengine's front end; empty if there is none."""
    metadata = envelope.get("ResponseMetadata")
    return metadata if isinstance(metadata, dict) and metadata.get("Error") else {}


def _code_of(envelope: Mapping[str, Any]) -> int | None:
    code = _as_code(envelope.get("code"))
    return _as_code(envelope.get("status")) if code is None else code


def _as_code(value: object) -> int | None:
    if is_int(value):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value) else None


def _message_of(envelope: Mapping[str, Any]) -> str:
    message = envelope.get("message")
    return message if isinstance(message, str) else ""


def _error_from_http(
    http_status: int,
    otherwise: Words,
    code: int | str | None = None,
    said: str = "",
    request_id: str = "",
) -> AnswerError | AnswerLostError:
    """The error for an HTTP status alone; `otherwise` is the message if the status says nothing."""
    kind: type[AnswerError | AnswerLostError]
    if http_status in (401, 403):
        kind, words = AuthenticationError, codes.KEY_REFUSED
    elif http_status == 429:
        kind, words = RateLimitError, codes.TOO_MANY
    elif http_status in codes.LOST_HTTP:
        kind, words = AnswerLostError, codes.LOST_ON_THE_WAY
    elif http_status >= 500:
        kind, words = ServiceError, codes.SERVER_FAILED
    elif http_status == 404:
        kind, words = RejectedError, codes.NOT_FOUND
    elif http_status == 413:
        kind, words = RejectedError, codes.CODES[50213].words
    elif http_status >= 300:
        kind, words = RejectedError, codes.HTTP_REFUSED
    else:
        kind, words = (RejectedError if code is not None else MalformedAnswerError), otherwise
    return kind(
        codes.quoting(words, said),
        code=code if code is not None or http_status < 300 else http_status,
        request_id=request_id,
        http_status=http_status,
    )


def _error_before_service(
    http_status: int, metadata: Mapping[str, Any]
) -> AnswerError | AnswerLostError:
    """For `{"ResponseMetadata": {"Error": …}}`: the call never reached the service [V]."""
    error = metadata["Error"] if isinstance(metadata["Error"], dict) else {}
    code = error.get("Code") or error.get("CodeN")
    said = f"{code}: {error.get('Message', '')}"
    request_id = str(metadata.get("RequestId") or "")[:200]
    if http_status >= 500 or http_status == 429:  # more specific than the code
        return _error_from_http(http_status, codes.UNKNOWN_CODE, str(code), said, request_id)
    if words := codes.SIGNATURE_CODES.get(str(code)):
        return AuthenticationError(
            codes.quoting(words, said),
            code=str(code),
            request_id=request_id,
            http_status=http_status,
        )
    about_key = re.search(r"Signature|AccessKey|Credential|Token|Denied|Auth", str(code))
    status = 401 if about_key else http_status
    return _error_from_http(status, codes.UNKNOWN_CODE, str(code), said, request_id)


def _error_of_gateway(
    http_status: int, envelope: Mapping[str, Any]
) -> AnswerError | AnswerLostError:
    """For `{"error": {"message", "type", "code"}}`: an error of the gateway itself [C]."""
    error = envelope["error"]
    fields = error if isinstance(error, dict) else {"message": str(error)}
    code = fields.get("code")
    code = code if isinstance(code, int | str) and code != "" else http_status
    said = str(fields.get("message") or "")
    return _error_from_http(http_status, codes.UNKNOWN_CODE, code, said, request_id_of(envelope))
