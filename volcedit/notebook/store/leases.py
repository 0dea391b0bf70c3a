"""Locks that expire, for stores that know of none: a small object with its owner and a time.

    <name>           {"owner": <token>, "until_s": <seconds since 1970>}
    <name>.takeover  the same, while somebody takes over what has expired

The holder renews it while its process lives; one that was killed is waited for until it expires.
All goes by name and nothing by listing, since a list may be late. The clocks of those who share a
store must not differ by more than some seconds.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Protocol

LEASE_S = 60.0
RENEWED_EVERY_S = 15.0

_logger = logging.getLogger(__name__)


class LeaseStore(Protocol):
    """What leases need of a store."""

    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError."""

    def write(self, name: str, data: bytes) -> None:
        """Replaces what is there."""

    def create(self, name: str, data: bytes) -> bool:
        """False, and nothing done, if there is something already. One of many gets True."""

    def delete(self, name: str) -> None:
        """Fine if nothing is there."""


class Lease:
    """A lock that is held until `release`, or until it could not be renewed in time."""

    def __init__(self, leases: Leases, name: str, token: str, until_s: float) -> None:
        self._leases = leases
        self.name = name
        self.token = token
        self.until_s = until_s
        self.writing = threading.Lock()
        """Held while its object is renewed or deleted, so that neither undoes the other."""

    @property
    def is_held(self) -> bool:
        """False once it was released or lost."""
        return self._leases.holds(self)

    def release(self) -> None:
        """Let others have it. A second call changes nothing."""
        self._leases.release(self)


class Leases:
    """The leases that this process holds in one store, and the thread that renews them."""

    def __init__(self, store: LeaseStore, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._now = now
        self._held: dict[str, Lease] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._renewing = False

    def take(self, name: str) -> Lease | None:
        """The lease on `name`, or None when somebody has it. Raises OSError."""
        lease = Lease(self, name, secrets.token_hex(16), self._now() + LEASE_S)
        if not self._store.create(name, _text(lease)) and not self._take_over(lease):
            return None
        with self._lock:
            self._held[lease.token] = lease
            if not self._renewing:
                self._renewing = True
                threading.Thread(target=self._keep_renewing, name="leases", daemon=True).start()
        return lease

    def is_taken(self, name: str) -> bool:
        """Whether somebody holds the lease on `name`. Raises OSError."""
        return self._now() < self._read(name)[1]

    def holds(self, lease: Lease) -> bool:
        """Whether `lease` was neither released nor lost."""
        with self._lock:
            return lease.token in self._held and self._now() < lease.until_s

    def release(self, lease: Lease) -> None:
        """Give `lease` back; one that was lost is its next holder's."""
        with self._lock:
            if self._held.pop(lease.token, None) is None:
                return
            if not self._held:
                self._wake.set()  # the thread has nothing left to do
        with lease.writing:
            try:
                if self._now() < lease.until_s and self._read(lease.name)[0] == lease.token:
                    self._store.delete(lease.name)
            except OSError as error:
                _logger.warning("the lease %s expires by itself: %s", lease.name, error)

    def renew(self) -> None:
        """Prolong all that are held. One that was taken over, or has expired, is lost."""
        with self._lock:
            held = list(self._held.values())
        for lease in held:
            with lease.writing:
                self._renew(lease)

    def _renew(self, lease: Lease) -> None:
        with self._lock:
            if lease.token not in self._held:  # released meanwhile
                return
        try:
            if self._now() >= lease.until_s or self._read(lease.name)[0] != lease.token:
                self._lose(lease)
                return
            until_s = self._now() + LEASE_S
            self._store.write(lease.name, _text(lease, until_s))
        except OSError as error:  # tried again until it has expired
            _logger.warning("the lease %s is not renewed: %s", lease.name, error)
        else:
            lease.until_s = until_s

    def _lose(self, lease: Lease) -> None:
        with self._lock:
            if self._held.pop(lease.token, None) is not None:
                _logger.warning("the lease %s is lost: it was not renewed in time", lease.name)

    def _keep_renewing(self) -> None:
        while True:
            self._wake.wait(RENEWED_EVERY_S)
            with self._lock:
                self._wake.clear()
                if not self._held:
                    self._renewing = False
                    return
            self.renew()

    def _take_over(self, lease: Lease) -> bool:
        """Put `lease` in place of one that has expired; only one of many does."""
        owner, until_s = self._read(lease.name)
        if not owner:  # given back meanwhile
            return self._store.create(lease.name, _text(lease))
        if self._now() < until_s:
            return False
        takeover = f"{lease.name}.takeover"
        if not self._store.create(takeover, _text(lease)):
            if self._now() >= self._read(takeover)[1]:  # whoever took it over is gone as well
                self._store.delete(takeover)
            return False
        try:
            if self._read(lease.name) != (owner, until_s):
                return False  # another was faster, before this one began
            self._store.write(lease.name, _text(lease))
            return True
        finally:
            self._store.delete(takeover)

    def _read(self, name: str) -> tuple[str, float]:
        """(whose it is, until when); of one that is missing or damaged nobody's, expired."""
        try:
            told = json.loads(self._store.read(name))
            return str(told["owner"]), float(told["until_s"])
        except FileNotFoundError:
            return "", 0.0
        except (KeyError, TypeError, ValueError):
            return "?", 0.0


def _text(lease: Lease, until_s: float | None = None) -> bytes:
    until_s = lease.until_s if until_s is None else until_s
    return json.dumps({"owner": lease.token, "until_s": until_s}).encode()
