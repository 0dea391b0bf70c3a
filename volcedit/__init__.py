"""volcedit: edit a photo by a sentence, and make the same edit again.

from volcedit import Client

client = Client("https://gateway.example.com", "key")
client.edit("cat.jpg", "make it snow", seed=7).save("snow.jpg")
"""

from volcedit.errors import (
    AnswerError,
    AnswerLostError,
    ArchiveError,
    AuthenticationError,
    ConfigError,
    DownloadError,
    HistoryError,
    InputError,
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
from volcedit.pictures.images import Reading, read_photo
from volcedit.service.client import Client, draw_seed
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
