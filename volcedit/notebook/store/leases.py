"""Leases: expiring locks for stores without locks. Each is a small object with owner and expiry.

    <name>           {"owner": <token>, "until_s": <seconds since 1970>}
    <name>.takeover  the same, while an expired lease is being taken over

The holder renews its lease while its process lives; a killed holder's lease has to expire. Leases
are looked up by name, never listed, since listings may lag behind. The clocks of processes that
share a store must agree to within a few seconds.
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
    """What leases need from a store."""

    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError."""

    def write(self, name: str, data: bytes) -> None:
        """Replaces what exists."""

    def create(self, name: str, data: bytes) -> bool:
        """False, without writing, if the name exists. Of concurrent callers, only one gets True."""

    def delete(self, name: str) -> None:
        """A no-op if the name does not exist."""


class Lease:
    """A lock, held until `release`, or until it could not be renewed in time."""

    def __init__(self, leases: Leases, name: str, token: str, until_s: float) -> None:
        self._leases = leases
        self.name = name
        self.token = token
        self.until_s = until_s
        self.writing = threading.Lock()
        """Held while the lease's object is renewed or deleted, so that neither undoes the other."""

    @property
    def is_held(self) -> bool:
        """False once it was released or lost."""
        return self._leases.holds(self)

    def release(self) -> None:
        """Release the lease. A second call is a no-op."""
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

    def acquire(self, name: str) -> Lease | None:
        """Acquire the lease on `name`. Returns None if it is held. Raises OSError."""
        lease = Lease(self, name, secrets.token_hex(16), self._now() + LEASE_S)
        if not self._store.create(name, _text(lease)) and not self._take_over(lease):
            return None
        with self._lock:
            self._held[lease.token] = lease
            if not self._renewing:
                self._renewing = True
                threading.Thread(target=self._keep_renewing, name="leases", daemon=True).start()
        return lease

    def is_held(self, name: str) -> bool:
        """Whether the lease on `name` is held. Raises OSError."""
        return self._now() < self._read(name)[1]

    def holds(self, lease: Lease) -> bool:
        """Whether `lease` was neither released nor lost."""
        with self._lock:
            return lease.token in self._held and self._now() < lease.until_s

    def release(self, lease: Lease) -> None:
        """Release `lease`. A lost lease belongs to its next holder and is left alone."""
        with self._lock:
            if self._held.pop(lease.token, None) is None:
                return
            if not self._held:
                self._wake.set()  # lets the renewal thread exit
        with lease.writing:
            try:
                if self._now() < lease.until_s and self._read(lease.name)[0] == lease.token:
                    self._store.delete(lease.name)
            except OSError as error:
                _logger.warning("cannot release lease %s, it will expire: %s", lease.name, error)

    def renew(self) -> None:
        """Renew all held leases. Those that expired or were taken over are lost."""
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
        except OSError as error:  # retried until it expires
            _logger.warning("cannot renew lease %s, retrying: %s", lease.name, error)
        else:
            lease.until_s = until_s

    def _lose(self, lease: Lease) -> None:
        with self._lock:
            if self._held.pop(lease.token, None) is not None:
                _logger.warning("lost lease %s: not renewed in time", lease.name)

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
        """Replace an expired lease. Of concurrent callers, only one succeeds."""
        owner, until_s = self._read(lease.name)
        if not owner:  # released meanwhile
            return self._store.create(lease.name, _text(lease))
        if self._now() < until_s:
            return False
        takeover = f"{lease.name}.takeover"
        if not self._store.create(takeover, _text(lease)):
            if self._now() >= self._read(takeover)[1]:  # that process died during its takeover
                self._store.delete(takeover)
            return False
        try:
            if self._read(lease.name) != (owner, until_s):
                return False  # another process was faster
            self._store.write(lease.name, _text(lease))
            return True
        finally:
            self._store.delete(takeover)

    def _read(self, name: str) -> tuple[str, float]:
        """(owner, expiry). A missing or damaged lease counts as expired."""
        try:
            lease = json.loads(self._store.read(name))
            return str(lease["owner"]), float(lease["until_s"])
        except FileNotFoundError:
            return "", 0.0
        except (KeyError, TypeError, ValueError):
            return "?", 0.0


def _text(lease: Lease, until_s: float | None = None) -> bytes:
    until_s = lease.until_s if until_s is None else until_s
    return json.dumps({"owner": lease.token, "until_s": until_s}).encode()
