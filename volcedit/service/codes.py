"""The vendor's error codes [V] and HTTP statuses: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from volcedit.errors import (
    AnswerError,
    AuthenticationError,
    RateLimitError,
    RefusedError,
    RejectedError,
    ServiceError,
    TaskError,
)
from volcedit.types import Words


def quoting(words: Words, said: str) -> Words:
    """`words`, followed by the message of the other side, truncated: it may be an HTML page."""
    said = " ".join(said.split())[:300]
    return words + Words("It said: “{said}”", said=said) if said else words


SUCCESS = 10000  # [P]


@dataclass(frozen=True)
class Code:
    """One row of the vendor's table of codes [V]."""

    number: int
    http_status: int
    error_class: type[AnswerError]
    words: Words
    """What happened, and what to do next."""
    retryable: bool = False
    """Whether a retry may help: the same request or, for a refused picture, another seed."""

    def error(self, said: str, request_id: str) -> AnswerError:
        """The error to raise, quoting the service's message."""
        return self.error_class(
            quoting(self.words, said),
            code=self.number,
            request_id=request_id,
            http_status=self.http_status,
            retryable=self.retryable,
        )


_ROWS = (
    Code(50200, 400, RejectedError, Words(
        "The service found an invalid value. Check prompt, seed and strength.")),
    Code(50201, 400, RejectedError, Words(
        "The service reports a missing value. Check that the model is right "
            "(VOLCEDIT_REQ_KEY).")),
    Code(50204, 400, RejectedError, Words(
        "The service could not read the request. Check any proxy in between.")),
    Code(50205, 400, RejectedError, Words(
        "The photo is too large for the service. Use a smaller one.")),
    Code(50206, 400, RejectedError, Words(
        "The service found no photo in the request. Choose the photo again.")),
    Code(50207, 400, RejectedError, Words(
        "The service could not decode the photo. Save it as JPEG again and try that.")),
    Code(50213, 400, RejectedError, Words(
        "The request is too large. Use a smaller photo.")),
    Code(50215, 400, RejectedError, Words(
        "The service cannot process this input. Use another photo or prompt.")),
    Code(50400, 400, AuthenticationError, Words(
        "This key has no permission for this model. Have it enabled, or use another key.")),
    Code(50402, 400, RejectedError, Words(
        "The service does not know this action. Check VOLCEDIT_BASE_URL and VOLCEDIT_REQ_KEY.")),
    Code(50411, 400, RefusedError, Words(
        "Content review rejected the photo. Use another one.")),
    Code(50412, 400, RefusedError, Words(
        "Content review rejected the prompt. Rephrase it.")),
    Code(50413, 400, RefusedError, Words(
        "The prompt contains a term that is not allowed. Rephrase it.")),
    Code(50511, 400, RefusedError, Words(
        "Content review rejected the generated picture. Try another seed."), retryable=True),
    Code(50512, 400, RefusedError, Words(
        "Content review rejected the generated text. Rephrase the prompt.")),
    Code(50518, 400, RefusedError, Words(
        "The photo appears to be protected by copyright. Use another one.")),
    Code(50519, 400, RefusedError, Words(
        "The generated picture appears to be protected by copyright. Try another seed."),
        retryable=True),
    Code(50520, 400, ServiceError, Words(
        "The content review service failed. Try again later.")),
    Code(50521, 400, ServiceError, Words(
        "The copyright review of the prompt failed. Try again later.")),
    Code(50522, 400, ServiceError, Words(
        "The copyright review of the picture failed. Try again later.")),
    Code(50429, 429, RateLimitError, Words(
        "Too many calls per second. Wait a little, or ask for fewer pictures."), retryable=True),
    Code(50430, 429, RateLimitError, Words(
        "Too many calls at once. Wait until others are done, or lower VOLCEDIT_MAX_CONCURRENT."),
        retryable=True),
    Code(50500, 500, ServiceError, Words(
        "The service had an internal error. Try again in a moment."), retryable=True),
    Code(50501, 500, ServiceError, Words(
        "The model had an internal error. Try again in a moment."), retryable=True),
)  # fmt: skip# fmt: skip

TOO_MANY_AT_ONCE = 50430  # [V]
NO_SUCH_ACTION = 50402  # [V]
CODES: Mapping[int, Code] = {row.number: row for row in _ROWS}
"""The vendor's codes, by number."""


_NOT_SIGNED = Words(
    "The request arrived without its full signature. Check VOLCEDIT_VOLC_URL, and that no "
    "proxy removes headers."
)
_NOT_ALLOWED = Words(
    "This key may not call this service. Give its user the permission in Volcengine's access "
    "control (IAM), or use another key."
)
SIGNATURE_CODES: Mapping[str, Words] = {
    "InvalidTimestamp": Words(
        "The signature's time was rejected as too old or in the future: this machine's clock "
        "is wrong. Set its date, time and time zone, then run it again."
    ),
    "SignatureDoesNotMatch": Words(
        "The signature does not match. Check that VOLC_SECRETKEY belongs to VOLC_ACCESSKEY "
        "and is complete, that this machine's clock is right, and that no proxy modifies the "
        "request."
    ),
    "InvalidAccessKey": Words(
        "Volcengine does not know this access key. Check VOLC_ACCESSKEY, and that the key is in "
        "use."
    ),
    "InvalidSecretToken": Words(
        "The session token is wrong or has expired. Get new temporary keys, and set "
        "VOLC_ACCESSKEY, VOLC_SECRETKEY and VOLC_SESSION_TOKEN together."
    ),
    "AccessDenied": _NOT_ALLOWED,
    "LackPolicy": _NOT_ALLOWED,
    "MissingRequestInfo": _NOT_SIGNED,
    "MissingSignature": _NOT_SIGNED,
    "MissingAuthenticationToken": _NOT_SIGNED,
    "InvalidAuthorization": _NOT_SIGNED,
    "InvalidCredential": _NOT_SIGNED,
}
"""Signature errors, which are returned before the call reaches the service [V]:
https://www.volcengine.com/docs/6369/68677"""


def clock_skew(skew_s: float) -> Words:
    """Says that this machine's clock is `skew_s` ahead of the service's (negative: behind)."""
    minutes = max(1, round(abs(skew_s) / 60))
    if skew_s > 0:
        return Words("This machine's clock is {minutes} min ahead.", minutes=minutes)
    return Words("This machine's clock is {minutes} min behind.", minutes=minutes)


KEY_REFUSED = Words(
    "The key was not accepted. Check it (VOLCEDIT_API_KEY, or VOLC_ACCESSKEY and "
    "VOLC_SECRETKEY), and that it may use this model."
)
TOO_MANY = Words("Too many calls at once. Wait a little, or ask for fewer pictures.")
SERVER_FAILED = Words(
    "The service failed. Try again in a moment; if it stays so, ask whoever runs it."
)
LOST_HTTP = (504, 520, 521, 522, 523, 524)
"""What a proxy (520 … 524: Cloudflare) returns when it got no response, or an invalid one."""
LOST_ON_THE_WAY = Words(
    "A proxy got no response from the service. The edit may have been made and charged: "
    "check your bill before you send it again."
)
NOT_FOUND = Words(
    "There is no such service at this address. Check VOLCEDIT_BASE_URL (the root of the gateway, "
    "without /volcv/v1) or VOLCEDIT_VOLC_URL."
)
HTTP_REFUSED = Words(
    "The address responded, but not with an edit. Check VOLCEDIT_BASE_URL or VOLCEDIT_VOLC_URL."
)
UNKNOWN_CODE = Words(
    "The service rejected the request with an undocumented code. Change the request, or ask "
    "its support."
)
MALFORMED = Words(
    "This is not a response of this service. Check VOLCEDIT_BASE_URL; the call may have been "
    "charged, so check your bill before you send it again."
)
TOO_LARGE = Words(
    "The response is larger than any edit and was not read to its end. Check "
    "VOLCEDIT_BASE_URL; the call may have been charged, so check your bill before you send "
    "it again."
)
NO_TASK = Words(
    "The service accepted the task but returned no task id, so it cannot be polled. It may "
    "have been charged; check your bill before you send it again."
)
TASK_PENDING = Words(
    "The task did not finish in time. It continues at the service: fetch it again within 12 hours."
)
TASK_GONE: Mapping[str, Words] = {
    "not_found": Words(
        "The service does not know this task, or no longer: tasks are kept for 12 hours, for "
        "the key that submitted them. It may have been charged; send it again if you still "
        "want it."
    ),
    "expired": Words(
        "The task has expired: tasks are kept for 12 hours. It may have been charged; send "
        "it again if you still want it."
    ),
}
"""The states [V] of a task that will never return a picture."""


def task_error(state: str, request_id: str, envelope: Mapping[str, Any]) -> TaskError:
    """The error for a task in `state`, which is neither done nor running."""
    undocumented = Words(
        "The service reports an undocumented task state: “{state}”. Fetch it again later, or "
        "ask its support.",
        state=state,
    )
    words = TASK_GONE.get(state, undocumented)
    return TaskError(words, code=state, request_id=request_id, envelope=envelope)


NO_PICTURE = Words(
    "The service reports success but sent no picture. It may have been charged; try another seed."
)
NOT_A_PICTURE = Words(
    "The service reports success, but sent a picture that cannot be read. It may have been "
    "charged; try the other delivery."
)
