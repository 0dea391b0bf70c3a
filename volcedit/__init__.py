"""volcedit: edit a photo by describing the change, and repeat the same edit later.

from volcedit import Client

client = Client("https://gateway.example.com", "key")
client.edit("cat.jpg", "make it snow", seed=7).save("snow.jpg")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from volcedit.errors import (
        AnswerError,
        AnswerLostError,
        ArchiveError,
        AuthenticationError,
        ConfigError,
        DownloadError,
        HistoryError,
        InputError,
        LimitError,
        MalformedAnswerError,
        NoAnswerError,
        ParameterError,
        PhotoError,
        RateLimitError,
        RefusedError,
        RejectedError,
        ServiceError,
        StoppedError,
        TaskError,
        TaskPendingError,
        UnreachableError,
        VolceditError,
    )
    from volcedit.pictures.photos import Reading
    from volcedit.service.client import Client, draw_seed, read_photo
    from volcedit.types import (
        EditParams,
        EditRequest,
        EditResult,
        KeyPair,
        Photo,
        PhotoLink,
        Watermark,
        Words,
    )

__all__ = [
    "AnswerError",
    "AnswerLostError",
    "ArchiveError",
    "AuthenticationError",
    "Client",
    "ConfigError",
    "DownloadError",
    "EditParams",
    "EditRequest",
    "EditResult",
    "HistoryError",
    "InputError",
    "KeyPair",
    "LimitError",
    "MalformedAnswerError",
    "NoAnswerError",
    "ParameterError",
    "Photo",
    "PhotoError",
    "PhotoLink",
    "RateLimitError",
    "Reading",
    "RefusedError",
    "RejectedError",
    "ServiceError",
    "StoppedError",
    "TaskError",
    "TaskPendingError",
    "UnreachableError",
    "VolceditError",
    "Watermark",
    "Words",
    "draw_seed",
    "read_photo",
]

_HOMES = {
    "Client": "volcedit.service.client",
    "Reading": "volcedit.pictures.photos",
    "draw_seed": "volcedit.service.client",
    "read_photo": "volcedit.service.client",
}
"""The modules of the names that are neither errors nor types."""


def __getattr__(name: str) -> object:
    """Import names lazily, so that the sandbox does not load the client."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "volcedit.errors" if name.endswith("Error") else "volcedit.types"
    return getattr(import_module(_HOMES.get(name, home)), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
