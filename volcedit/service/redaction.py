"""Keeps keys out of everything that is shown, logged or stored.

Some gateways quote the key in their responses. The client acts on a response as it came: task ids,
links and pictures may contain anything. Whatever is passed on is redacted first.
"""

from __future__ import annotations

import base64
import logging
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import product
from typing import Any

from volcedit.config import Settings
from volcedit.errors import VolceditError

KEY_MIN_CHARS = 8
"""Shorter keys occur within ordinary words ("k" in "task"), so they are replaced only where they
stand alone. Real keys have 20 characters or more."""
MARKS = ("[key]", "[secret key]", "[session token]")
"""What stands for a key; the first is for a gateway's key or an access key."""
HIDDEN = "[hidden]"
"""Stands for what cannot be put back: a signature, or a key in base64 or hex."""

DEPTH_MAX = 100
"""How deep the values of a response are kept. Real ones have 4 levels; JSON with more than 254
could not be stored."""

_PROTOCOL = (
    " algorithm_base_resp algorithm_key binary_data_base64 code data done expired generating "
    "image_urls infer_ctx in_queue message not_found rephraser_result request_id sandbox status "
    "status_message success time_elapsed volcedit volcedit-sandbox "
)
"""Words that are looked up in stored responses. A key that is part of one is never redacted."""
_SIGNATURES_KEPT = 1000  # more than can be under way at once
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


def _is_distinct(key: str) -> bool:
    """Whether `key` can be told apart from ordinary text."""
    return len(key) >= KEY_MIN_CHARS and not _is_of_protocol(key)


def _is_of_protocol(key: str) -> bool:
    key = key.lower()
    return (key if len(key) >= KEY_MIN_CHARS else f" {key} ") in _PROTOCOL


def indistinct_keys(settings: Settings) -> list[str]:
    """The variables whose keys are so short or ordinary that they may be shown and stored."""
    keys = {"VOLCEDIT_API_KEY": settings.api_key}
    if pair := settings.key_pair:
        keys |= {
            "VOLC_ACCESSKEY": pair.access_key,
            "VOLC_SECRETKEY": pair.secret_key,
            "VOLC_SESSION_TOKEN": pair.session_token,
        }
    return [name for name, key in keys.items() if key and not _is_distinct(key)]


class Secrets:
    """The keys of one account. Replaces each in text by a mark, and puts it back where needed.

    Thread-safe.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        """`keys` by their marks; empty if there is none."""
        # The longest first, since one may contain another.
        marks = sorted(keys, key=lambda mark: len(keys[mark]), reverse=True)
        self._keys = {
            mark: keys[mark] for mark in marks if keys[mark] and not _is_of_protocol(keys[mark])
        }
        self._spellings = [it for mark, key in self._keys.items() for it in _spellings(mark, key)]
        self._signatures: deque[str] = deque(maxlen=_SIGNATURES_KEPT)

    def __repr__(self) -> str:
        """How many keys there are, never the keys."""
        return f"Secrets({len(self._keys)} keys)"

    def add_signature(self, signature: str) -> None:
        """Also hide `signature`, in hex: with it, the same request could be sent again."""
        self._signatures.append(signature)

    def redact(self, text: str) -> str:
        """`text` with each key replaced by its mark, however it is spelled.

        Redact a text only once: a mark that is there already is taken for somebody else's, and
        changed, so that `put_back` does not send them the key.
        """
        for mark in self._keys:
            text = text.replace(mark, f"({mark[1:-1]})")
        lower = text.lower()
        for spelling in self._spellings:
            if spelling.needle in lower:
                text = re.sub(spelling.pattern, spelling.mark, text, flags=re.IGNORECASE)
        if self._signatures and _SIGNATURE.search(lower):
            for signature in tuple(self._signatures):
                if signature in lower:
                    text = re.sub(signature, HIDDEN, text, flags=re.IGNORECASE)
        return text

    def redact_values(
        self, value: Any, spared: str | None = None, depth_max: int = DEPTH_MAX
    ) -> Any:
        """JSON values with all their texts, names and numbers redacted, except the text `spared`.

        That is for a picture, whose base64 is large and may contain any word. What is nested
        deeper than `depth_max` is left out.
        """
        if isinstance(value, str):
            return value if value is spared else self.redact(value)
        if isinstance(value, list | dict) and depth_max == 0:
            return "…"
        if isinstance(value, list):
            return [self.redact_values(item, spared, depth_max - 1) for item in value]
        if isinstance(value, dict):
            return {
                self.redact(name): self.redact_values(item, spared, depth_max - 1)
                for name, item in value.items()
            }
        if isinstance(value, bool) or value is None:
            return value
        redacted = self.redact(text := str(value))
        return value if redacted == text else redacted

    def put_back(self, text: str, spell: Callable[[str], str] = str) -> str:
        """`text` with the keys in place of their marks, each spelled by `spell`."""
        for mark, key in self._keys.items():
            text = text.replace(mark, spell(key))
        return text


@dataclass(frozen=True)
class _Spelling:
    """One way to write a key."""

    mark: str
    """What replaces it."""
    needle: str
    """A part of it that is always the same, in lower case. Looking for that takes no time."""
    pattern: str
    """A regular expression, regardless of case: host names become lower case."""


def _spellings(mark: str, key: str) -> Iterator[_Spelling]:
    if len(key) < KEY_MIN_CHARS:
        yield _spelling(mark, r"(?<!\w)", key, r"(?!\w)")
        return
    yield _spelling(mark, "", key, "")
    yield _spelling(HIDDEN, "", key.encode().hex(), "")
    # Escaped throughout, also letters and digits, which nobody needs to escape.
    for escape in ("%{:02x}", "%25{:02x}", "\\u00{:02x}", "&#{};", "&#x{:x};"):
        escaped = "".join(escape.format(ord(character)) for character in key)
        yield _Spelling(mark, escaped, re.escape(escaped))
    # In base64, as for Basic authentication, a key looks different after 0, 1 or 2 other bytes.
    # Its first and last character may also depend on its neighbours.
    for offset, encode in product(range(3), (base64.b64encode, base64.urlsafe_b64encode)):
        encoded = encode(bytes(offset) + key.encode()).decode().rstrip("=")
        start, end = -(-offset * 4 // 3), (offset + len(key)) * 4 // 3
        before, after = (_BASE64 if is_cut else "" for is_cut in (offset, end < len(encoded)))
        yield _spelling(HIDDEN, before, encoded[start:end], after)


def _spelling(mark: str, before: str, text: str, after: str) -> _Spelling:
    needle = max(re.split(r"[\W_]+", text.lower(), flags=re.ASCII), key=len)
    return _Spelling(mark, needle, before + "".join(map(_character, text)) + after)


_BASE64 = "[A-Za-z0-9+/_-]?"


def _character(character: str) -> str:
    """A pattern for one character, also where it is escaped for URLs, HTML or JSON.

    Repetitions are bounded, so that no response takes long.
    """
    if character.isalnum():
        return character
    code = ord(character)
    forms = [rf"\\{{0,7}}{re.escape(character)}", rf"\\{{1,7}}u00{code:02x}"]
    forms += [rf"%(?:25){{0,3}}{code:02x}", rf"&#0{{0,4}}{code};", rf"&#x0{{0,4}}{code:x};"]
    forms += _OTHER_FORMS.get(character, [])
    return f"(?:{'|'.join(forms)})"


_OTHER_FORMS = {"&": ["&amp;"], "<": ["&lt;"], ">": ["&gt;"], '"': ["&quot;"], "'": ["&apos;"]}


def is_marked(text: str) -> bool:
    """Whether a key must be put back into `text` before it can be used."""
    return any(mark in text for mark in MARKS)


# ── logs and tracebacks ──────────────────────────────────────────────────────────────────────

# urllib3 logs every URL, which may contain a key, and every header it cannot parse; the exceptions
# that cause ours quote a response that is not HTTP. Our own code sees none of these.
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


def open_log(settings: Settings) -> None:
    """Log what the app does to stderr, with the time, and without the keys in `settings`."""
    pair = settings.key_pair
    keys = (pair.access_key, pair.secret_key, pair.session_token) if pair else (settings.api_key,)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.addFilter(_OwnKeys(Secrets(dict(zip(MARKS, keys, strict=False)))))
    logger = logging.getLogger("volcedit")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class _OwnKeys(logging.Filter):
    """Redacts whatever is logged, tracebacks included."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through."""
        record.msg, record.args = self._secrets.redact(record.getMessage()), ()
        if record.exc_info:
            text = logging.Formatter().formatException(record.exc_info)
            record.exc_text, record.exc_info = self._secrets.redact(text), None
        return True
