"""Keeps a call's secrets out of what libraries log and quote while it is under way.

urllib3 logs every address, which a service may have put a key into, and every header that it cannot
parse; the errors that cause ours quote a response that is not HTTP. None of them passes through us.
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
    """Removes the secrets of this thread's call from what is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        redact = _redact.get()
        if redact is not None:
            record.msg, record.args = redact(record.getMessage()), ()
            if record.exc_info:
                record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
                record.exc_info = None
        return True


for _name in _LOGGERS:
    # A logger's filter serves the whole process; what it removes is each call's own.
    logging.getLogger(_name).addFilter(_Redaction())


@contextmanager
def discreet(redact: Callable[[str], str]) -> Iterator[None]:
    """Pass what is logged in this block through `redact`, and drop causes that it would change."""
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
    """The texts of the errors that led to this one, as a traceback shows them."""
    below = error.__cause__ or error.__context__
    while below is not None:
        yield str(below)
        below = below.__cause__ or below.__context__
