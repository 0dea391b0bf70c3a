"""Maps secrets to notebooks: a table of hashes, so that no secret is ever stored.

    owners/<SHA-256 of the secret>   {"format": 1, "notebook": "<id>"}

A secret without an entry opens the notebook whose id is the start of its hash, as before this table
existed.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets

from volcedit.errors import HistoryError
from volcedit.notebook.store.failures import UNREADABLE, UNWRITABLE, as_history_error
from volcedit.notebook.store.protocol import Store

FORMAT = 1
ID_CHARS = 32
NOTEBOOK_ID = re.compile(r"[0-9a-f]{32}")


class Owners:
    """The owner table of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def notebook_id(self, secret: str) -> str:
        """The id of the notebook that `secret` opens. Raises `HistoryError`."""
        hashed = _hash(secret)
        try:
            with as_history_error(UNREADABLE):
                entry = json.loads(self._store.read(_name(hashed)))
            if entry["format"] != FORMAT or not NOTEBOOK_ID.fullmatch(entry["notebook"]):
                raise ValueError(f"the owner entry {hashed} names no notebook")
            return str(entry["notebook"])
        except HistoryError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return hashed[:ID_CHARS]
            raise
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            # Never fall back to another notebook.
            raise HistoryError(UNREADABLE) from error

    def link(self, secret: str, notebook_id: str) -> None:
        """Let `secret` open that notebook instead of its current one. Raises `HistoryError`."""
        hashed = _hash(secret)
        with as_history_error(UNWRITABLE):
            if notebook_id == hashed[:ID_CHARS]:
                self._store.delete(_name(hashed))
            else:
                entry = {"format": FORMAT, "notebook": notebook_id}
                self._store.write(_name(hashed), json.dumps(entry).encode())

    def unlink(self, secret: str) -> None:
        """Stop `secret` from opening its current notebook. It then opens its own, or a new one.

        Raises `HistoryError`.
        """
        own = _hash(secret)[:ID_CHARS]
        self.link(secret, secrets.token_hex(16) if self.notebook_id(secret) == own else own)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _name(hashed: str) -> str:
    return f"owners/{hashed}"
