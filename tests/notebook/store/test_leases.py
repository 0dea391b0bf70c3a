from __future__ import annotations

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.notebook.conftest import Clock
from tests.support.stores import InMemory, Unruly
from volcedit.notebook.store.buckets import Buckets
from volcedit.notebook.store.leases import LEASE_S, Leases


@pytest.fixture
def place() -> InMemory:
    return InMemory(Unruly())


@pytest.fixture
def leases(place: InMemory, clock: Clock) -> Leases:
    """The leases of one process."""
    return Leases(Buckets(place.fs, place.root), clock)


@pytest.fixture
def others(place: InMemory, clock: Clock) -> Leases:
    """The leases of another process, on the same clock."""
    return Leases(Buckets(place.fs, place.root), clock)


def test_a_dead_processs_lease_blocks_until_it_expires(
    leases: Leases, others: Leases, clock: Clock
):
    leases.acquire("a")
    clock.pass_(LEASE_S - 1)
    assert others.is_held("a") and others.acquire("a") is None
    clock.pass_(1)
    assert not others.is_held("a")
    assert others.acquire("a") is not None


def test_a_renewed_lease_does_not_expire(leases: Leases, others: Leases, clock: Clock):
    lease = leases.acquire("a")
    for _ in range(3):
        clock.pass_(LEASE_S - 1)
        leases.renew()
    assert lease.is_held and others.acquire("a") is None


def test_a_lease_that_was_taken_over_is_lost_and_stays_with_its_new_holder(
    leases: Leases, others: Leases, clock: Clock, caplog: pytest.LogCaptureFixture
):
    lost = leases.acquire("a")
    clock.pass_(LEASE_S)
    held = others.acquire("a")
    with caplog.at_level(logging.WARNING):
        leases.renew()
    assert (lost.is_held, held.is_held) == (False, True)
    assert "lost" in caplog.text
    lost.release()
    assert leases.is_held("a")


def test_a_deleted_lease_is_lost(leases: Leases, place: InMemory):
    lease = leases.acquire("a")
    place.delete("a")
    leases.renew()
    assert not lease.is_held
    assert leases.acquire("a").is_held


def test_a_lease_that_cannot_be_renewed_is_lost_only_when_it_expires(
    leases: Leases, place: InMemory, clock: Clock
):
    def refuse(method: str, path: str) -> None:
        if method == "write":
            raise PermissionError("no")

    lease = leases.acquire("a")
    place.fs.before = refuse
    clock.pass_(LEASE_S - 1)
    leases.renew()
    assert lease.is_held
    clock.pass_(1)
    assert not lease.is_held
    lease.release()


def test_a_release_that_fails_during_a_renewal_does_not_stop_renewing(
    leases: Leases, place: InMemory
):
    writing, may_write = threading.Event(), threading.Event()

    def disturb(method: str, path: str) -> None:
        if method == "write" and path.endswith("/a"):
            writing.set()
            assert may_write.wait(10)
        if method == "delete":
            raise ConnectionError("reset")

    lease = leases.acquire("a")
    place.fs.before = disturb
    with ThreadPoolExecutor(2) as pool:
        renewing = pool.submit(leases.renew)
        assert writing.wait(10)
        releasing = pool.submit(lease.release)
        while lease.is_held:
            time.sleep(0.001)
        may_write.set()
        renewing.result(10)  # otherwise the renewal thread would end
        releasing.result(10)


def test_only_one_of_many_takeovers_succeeds(place: InMemory, clock: Clock):
    Leases(Buckets(place.fs, place.root), clock).acquire("a")
    clock.pass_(LEASE_S)
    store = Buckets(place.fs, place.root)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: Leases(store, clock).acquire("a"), range(8)))
    assert len([lease for lease in taken if lease is not None]) == 1


def test_a_late_takeover_fails(leases: Leases, others: Leases, place: InMemory, clock: Clock):
    Leases(Buckets(place.fs, place.root), clock).acquire("a")
    clock.pass_(LEASE_S)

    def overtake(method: str, path: str) -> None:
        if path.endswith(".takeover"):
            place.fs.before = lambda method, path: None
            assert leases.acquire("a") is not None

    place.fs.before = overtake
    assert others.acquire("a") is None


def test_a_killed_takeover_is_taken_over_later(leases: Leases, place: InMemory, clock: Clock):
    for name in ("a", "a.takeover"):
        place.write(name, json.dumps({"owner": "gone", "until_s": clock() + LEASE_S}).encode())
    clock.pass_(LEASE_S)
    assert leases.acquire("a") is None  # that process may still be at it
    assert leases.acquire("a") is not None
    assert place.names() == ["a"]


@pytest.mark.parametrize("text", [b"", b"[]", b'{"owner": 5}', b'{"owner": "x", "until_s": "y"}'])
def test_a_damaged_lease_is_free(leases: Leases, place: InMemory, text: bytes):
    place.write("a", text)
    assert not leases.is_held("a")
    assert leases.acquire("a") is not None
