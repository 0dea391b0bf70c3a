"""What libraries log and quote on our behalf, without the secrets of the call that is under way.

urllib3 logs every address, which a service may have written a key into, and every header that it
cannot read; the errors below ours quote an answer that is no HTTP. None of it asks us first.
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
    """Takes the secrets of the call under way in this thread out of what is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        redact = _redact.get()
        if redact is not None:
            record.msg, record.args = redact(record.getMessage()), ()
            if record.exc_info:
                record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
                record.exc_info = None
        return True


for _name in _LOGGERS:
    # Logging has one filter a logger for the whole process; what it takes out is each call's own.
    logging.getLogger(_name).addFilter(_Redaction())


@contextmanager
def discreet(redact: Callable[[str], str]) -> Iterator[None]:
    """In this block nothing is logged, and no error leaves with a cause, that `redact` changes."""
    token = _redact.set(redact)
    try:
        yield
    except VolceditError as error:
        if any(redact(text) != text for text in _texts_below(error)):
            raise error from None
        raise
    finally:
        _redact.reset(token)


def _texts_below(error: BaseException) -> Iterator[str]:
    """What is quoted in the errors that led to this one, as a traceback shows them."""
    below = error.__cause__ or error.__context__
    while below is not None:
        yield str(below)
        below = below.__cause__ or below.__context__
