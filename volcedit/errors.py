"""Every error that volcedit raises, as one tree.

VolceditError
├── ConfigError               a setting makes no sense; the app does not start
├── InputError                what was given cannot be sent; nothing left this machine
│   ├── PhotoError            the file is not a photo that can be edited
│   ├── ParameterError        a prompt, seed, scale … is out of range
│   └── ArchiveError          the file is not an archive that can be imported; nothing was changed
├── NoAnswerError             no answer arrived
│   ├── UnreachableError      no connection was ever made: nothing was sent
│   ├── AnswerLostError       the request may have arrived, and may have been charged
│   └── TaskPendingError      a task did not finish in time; it can be polled again
├── AnswerError               an answer arrived, and it is a failure
│   ├── AuthenticationError   the key is missing, wrong, or not allowed to do this
│   ├── RejectedError         the request itself is wrong; repeating it fails again
│   ├── RefusedError          content review refused the photo, the words or the picture
│   ├── RateLimitError        too many calls; the same request works later
│   ├── ServiceError          the service reports that it failed
│   ├── MalformedAnswerError  the answer makes no sense, or holds no picture
│   └── TaskError             a task is gone or in an unknown state; `code` is that state
├── DownloadError             an edit succeeded, but its picture could not be fetched
├── StoppedError              the person stopped it before it was sent
└── HistoryError              the notebook on disk could not be read or written

An error says in one sentence what happened and in another what to do next, in both languages.
`str()` is the English text with the service's request id, which is what its support asks for. Every
class has a `kind` of its own; `service/README.md` lists them for programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from volcedit.types import FailureKind, Words


class VolceditError(Exception):
    """Base of every error that this library raises on purpose."""

    kind: ClassVar[FailureKind] = FailureKind.ERROR
    """A stable name for programs: `error.kind` in records and in the API's answers."""

    retryable: bool = False
    """Whether sending it again is safe and may help; a refused output needs another seed."""

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
        """`words` are for the person; the rest is what the other side reported, if it did.

        `code` is the vendor's or gateway's own, `retry_after_s` what its Retry-After header asks
        for, `envelope` the answer as it came.
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
        """The English sentence, and the request id that the service's support asks for."""
        return self.words.en + (f" (request id {self.request_id})" if self.request_id else "")


class ConfigError(VolceditError):
    """A setting makes no sense."""

    kind = FailureKind.CONFIG


class InputError(VolceditError):
    """What was given cannot be sent; nothing left this machine."""

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
    """No answer arrived."""

    kind = FailureKind.NO_ANSWER


class UnreachableError(NoAnswerError):
    """No connection was ever made, so nothing was sent."""

    kind = FailureKind.UNREACHABLE
    retryable = True


class AnswerLostError(NoAnswerError):
    """The request may have arrived, so it may be charged. It is never repeated silently.

    Also raised when a proxy reports that it got no answer (HTTP 504, 520 … 524).
    """

    kind = FailureKind.ANSWER_LOST


class TaskPendingError(NoAnswerError):
    """A task did not finish in time. It continues at the service and can be polled again."""

    kind = FailureKind.TASK_PENDING


class AnswerError(VolceditError):
    """An answer arrived, and it is a failure."""

    kind = FailureKind.ANSWER


class AuthenticationError(AnswerError):
    """The key is missing, wrong, or not allowed to do this."""

    kind = FailureKind.AUTHENTICATION


class RejectedError(AnswerError):
    """The request itself is wrong; repeating it fails again."""

    kind = FailureKind.REJECTED


class RefusedError(AnswerError):
    """Content review refused the photo, the words or the picture."""

    kind = FailureKind.REFUSED


class RateLimitError(AnswerError):
    """Too many calls; the same request works later."""

    kind = FailureKind.RATE_LIMIT
    retryable = True


class ServiceError(AnswerError):
    """The service reports that it failed."""

    kind = FailureKind.SERVICE
    retryable = True


class MalformedAnswerError(AnswerError):
    """The answer makes no sense, or holds no picture. It may have been charged."""

    kind = FailureKind.MALFORMED_ANSWER


class TaskError(AnswerError):
    """A task is gone or in an unknown state. `code` is the state, as the service spells it."""

    kind = FailureKind.TASK


class DownloadError(VolceditError):
    """An edit succeeded, but its picture could not be fetched."""

    kind = FailureKind.DOWNLOAD


class StoppedError(VolceditError):
    """The person stopped it before it was sent."""

    kind = FailureKind.STOPPED
    retryable = True


class HistoryError(VolceditError):
    """The notebook on disk could not be read or written."""

    kind = FailureKind.HISTORY
