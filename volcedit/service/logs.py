"""Keeps secrets out of library logs and tracebacks during a call.

urllib3 logs every URL, which may contain a key, and every header it cannot parse; the exceptions
that cause ours quote a response that is not HTTP. Our own code sees none of these.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from volcedit.errors import VolceditError

_LOGGERS = ("urllib3.connectionpool", "urllib3.connection", "urllib3.response")
_redact: ContextVar[Callable[[str], str] | None] = ContextVar("redact", default=None)


class _Redaction(logging.Filter):
    """Redacts log records with the redaction of the current thread's call."""

    def filter(self, record: logging.LogRecord) -> bool:
        redact = _redact.get()
        if redact is not None:
            record.msg, record.args = redact(record.getMessage()), ()
            if record.exc_info:
                record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
                record.exc_info = None
        return True


for _name in _LOGGERS:
    # The filter is process-wide, but what it redacts depends on the current call.
    logging.getLogger(_name).addFilter(_Redaction())


@contextmanager
def redacting(redact: Callable[[str], str]) -> Iterator[None]:
    """Redact logs in this block, and drop an error's causes if they contain secrets."""
    token = _redact.set(redact)
    try:
        yield
    except VolceditError as error:
        if any(redact(text) != text for text in _cause_texts(error)):
            error.__cause__ = error.__context__ = None
        raise
    finally:
        _redact.reset(token)


def _cause_texts(error: BaseException) -> Iterator[str]:
    """The messages of the errors that led to this one, as in a traceback."""
    below = error.__cause__ or error.__context__
    while below is not None:
        yield str(below)
        below = below.__cause__ or below.__context__
