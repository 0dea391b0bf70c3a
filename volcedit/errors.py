"""Everything that can go wrong, as one tree.

VolceditError
├── ConfigError               a setting makes no sense; the app does not start
├── InputError                what was given cannot be sent; nothing left this machine
│   ├── PhotoError            the file is no photo that can be edited
│   ├── ParameterError        a prompt, seed, scale … outside what is allowed
│   └── ArchiveError          the file is no archive that can be taken in; nothing was changed
├── NoAnswerError             no answer arrived
│   ├── UnreachableError      no connection was ever made: nothing was sent
│   ├── AnswerLostError       the request may have arrived: it may be carried out and charged
│   └── TaskPendingError      a task was not done in time; it can be asked after again
├── AnswerError               an answer arrived, and it is a failure
│   ├── AuthenticationError   the key is missing, wrong, or not allowed to do this
│   ├── RejectedError         the request itself is wrong; the same again fails again
│   ├── RefusedError          content review refused the photo, the words or the picture
│   ├── RateLimitError        too many calls; the same again works later
│   ├── ServiceError          the service says that it failed
│   ├── MalformedAnswerError  the answer makes no sense, or holds no picture
│   └── TaskError             a task that is gone, or in a state unheard of; `code` is that state
├── DownloadError             an edit succeeded, but its picture could not be fetched
├── StoppedError              the person stopped it before it was sent
└── HistoryError              the notebook on disk could not be read or written

An error is one sentence of what happened and one of what to do next, in both languages; `str()`
is the English one with the service's request id, which is what its support asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from volcedit.types import FailureKind, Words


class VolceditError(Exception):
    """Anything this library raises on purpose."""

    kind: ClassVar[FailureKind] = FailureKind.ERROR
    """A stable word for programs; `error.kind` in records and in the answers of the API."""

    retryable: bool = False
    """True when sending it again (a refused output: with another seed) is safe and may help."""

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
        """`words` for the person; the rest is what the other side told, as far as it did.

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
    """The file is no photo that can be edited."""

    kind = FailureKind.PHOTO


class ParameterError(InputError):
    """A prompt, seed, scale … outside what is allowed. `field` names which."""

    kind = FailureKind.PARAMETER

    def __init__(self, field: str, words: Words) -> None:
        self.field = field
        super().__init__(words)


class ArchiveError(InputError):
    """The file is no archive that can be taken in; the notebook is as it was."""

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

    Also when a proxy answers that it got no answer (HTTP 504, 520 … 524).
    """

    kind = FailureKind.ANSWER_LOST


class TaskPendingError(NoAnswerError):
    """A task was not done in time. It goes on without us, and can be asked after again."""

    kind = FailureKind.TASK_PENDING


class AnswerError(VolceditError):
    """An answer arrived, and it is a failure."""

    kind = FailureKind.ANSWER


class AuthenticationError(AnswerError):
    """The key is missing, wrong, or not allowed to do this."""

    kind = FailureKind.AUTHENTICATION


class RejectedError(AnswerError):
    """The request itself is wrong; the same again fails again."""

    kind = FailureKind.REJECTED


class RefusedError(AnswerError):
    """Content review refused the photo, the words or the picture."""

    kind = FailureKind.REFUSED


class RateLimitError(AnswerError):
    """Too many calls; the same again works later."""

    kind = FailureKind.RATE_LIMIT
    retryable = True


class ServiceError(AnswerError):
    """The service says that it failed."""

    kind = FailureKind.SERVICE
    retryable = True


class MalformedAnswerError(AnswerError):
    """The answer makes no sense, or holds no picture. It may have been charged."""

    kind = FailureKind.MALFORMED_ANSWER


class TaskError(AnswerError):
    """A task is gone, or in a state unheard of. `code` is the state, as the service spells it."""

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
