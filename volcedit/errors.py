"""All errors that volcedit raises.

VolceditError
├── ConfigError               a setting is invalid; the app does not start
├── InputError                the input cannot be sent; nothing left this machine
│   ├── PhotoError            the file is not a photo that can be edited
│   ├── ParameterError        a prompt, seed, scale … is out of range
│   └── ArchiveError          the file is not an archive that can be imported; nothing was changed
├── NoAnswerError             no response arrived
│   ├── UnreachableError      no connection was made, so nothing was sent
│   ├── AnswerLostError       the request may have arrived, and may have been charged
│   └── TaskPendingError      a task did not finish in time; it can be polled again
├── AnswerError               a response arrived, and it is a failure
│   ├── AuthenticationError   the key is missing, wrong, or not allowed to do this
│   ├── RejectedError         the request is invalid; a retry would fail again
│   ├── RefusedError          content review refused the photo, the text or the picture
│   ├── RateLimitError        too many calls; the same request will work later
│   ├── ServiceError          the service reports that it failed
│   ├── MalformedAnswerError  the response is invalid, or has no picture
│   └── TaskError             a task is gone or in an unknown state; `code` is that state
├── DownloadError             an edit succeeded, but its picture could not be downloaded
├── LimitError                no more edits at the owner's cost for now; nothing was sent
├── StoppedError              stopped by the user before it was sent
└── HistoryError              the notebook on disk could not be read or written

A message says what happened and what to do next, in the user's language. `str()` is the English
message with the service's request id, which its support asks for. Every class has its own `kind`;
`service/README.md` lists them for programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from volcedit.types import FailureKind, Words


class VolceditError(Exception):
    """Base of every error that this library raises on purpose."""

    kind: ClassVar[FailureKind] = FailureKind.ERROR
    """A stable name for programs: `error.kind` in records and in the API's responses."""

    retryable: bool = False
    """Whether a retry is safe and may help; a refused picture needs another seed."""

    def __init__(
        self,
        words: Words,
        *,
        code: int | str | None = None,
        request_id: str = "",
        http_status: int | None = None,
        retryable: bool | None = None,
        retry_after_s: float | None = None,
        envelope: Mapping[str, Any] | None = None,
    ) -> None:
        """`words` is the message for the user; the rest is what the service reported, if anything.

        `code` is the vendor's or the gateway's, `retry_after_s` comes from the Retry-After header,
        and `envelope` is the response, with marks instead of keys.
        """
        self.words = words
        self.code = code
        self.request_id = request_id
        self.http_status = http_status
        self.retry_after_s = retry_after_s
        self.envelope = envelope
        if retryable is not None:
            self.retryable = retryable
        super().__init__(words)

    def __str__(self) -> str:
        """The English message, with the request id that the service's support asks for."""
        return str(self.words) + (f" (request id {self.request_id})" if self.request_id else "")


class ConfigError(VolceditError):
    """A setting is invalid."""

    kind = FailureKind.CONFIG


class InputError(VolceditError):
    """The input cannot be sent; nothing left this machine."""

    kind = FailureKind.INPUT


class PhotoError(InputError):
    """The file is not a photo that can be edited."""

    kind = FailureKind.PHOTO


class ParameterError(InputError):
    """A prompt, seed, scale … is out of range. `field` names it."""

    kind = FailureKind.PARAMETER

    def __init__(self, field: str, words: Words) -> None:
        self.field = field
        super().__init__(words)


class ArchiveError(InputError):
    """The file is not an archive that can be imported; the notebook is unchanged."""

    kind = FailureKind.ARCHIVE


class NoAnswerError(VolceditError):
    """No response arrived."""

    kind = FailureKind.NO_ANSWER


class UnreachableError(NoAnswerError):
    """No connection was made, so nothing was sent."""

    kind = FailureKind.UNREACHABLE
    retryable = True


class AnswerLostError(NoAnswerError):
    """The request may have arrived and may have been charged, so it is never retried automatically.

    Also raised when a proxy reports that it got no response (HTTP 504, 520 … 524).
    """

    kind = FailureKind.ANSWER_LOST


class TaskPendingError(NoAnswerError):
    """A task did not finish in time. It keeps running at the service and can be polled again."""

    kind = FailureKind.TASK_PENDING


class AnswerError(VolceditError):
    """A response arrived, and it is a failure."""

    kind = FailureKind.ANSWER


class AuthenticationError(AnswerError):
    """The key is missing, wrong, or not allowed to do this."""

    kind = FailureKind.AUTHENTICATION


class RejectedError(AnswerError):
    """The request is invalid; a retry would fail again."""

    kind = FailureKind.REJECTED


class RefusedError(AnswerError):
    """Content review refused the photo, the text or the picture."""

    kind = FailureKind.REFUSED


class RateLimitError(AnswerError):
    """Too many calls; the same request will work later."""

    kind = FailureKind.RATE_LIMIT
    retryable = True


class ServiceError(AnswerError):
    """The service reports that it failed."""

    kind = FailureKind.SERVICE
    retryable = True


class MalformedAnswerError(AnswerError):
    """The response is invalid, or has no picture. The call may have been charged."""

    kind = FailureKind.MALFORMED_ANSWER


class TaskError(AnswerError):
    """A task is gone or in an unknown state. `code` is the state, as the service spells it."""

    kind = FailureKind.TASK


class DownloadError(VolceditError):
    """An edit succeeded, but its picture could not be downloaded."""

    kind = FailureKind.DOWNLOAD


class LimitError(VolceditError):
    """The owner of the app pays for no more edits for now, so nothing was sent.

    Not the service's limit, which is `RateLimitError`. `retry_after_s` says when there is room.
    """

    kind = FailureKind.LIMIT
    retryable = True


class StoppedError(VolceditError):
    """The user stopped it before it was sent."""

    kind = FailureKind.STOPPED
    retryable = True


class HistoryError(VolceditError):
    """The notebook on disk could not be read or written."""

    kind = FailureKind.HISTORY
