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
    """Those of one process."""
    return Leases(Buckets(place.fs, place.root), clock)


@pytest.fixture
def others(place: InMemory, clock: Clock) -> Leases:
    """Those of another, by the same clock."""
    return Leases(Buckets(place.fs, place.root), clock)


def test_a_lease_of_a_process_that_is_gone_is_waited_for_until_it_expires(
    leases: Leases, others: Leases, clock: Clock
):
    leases.acquire("a")
    clock.pass_(LEASE_S - 1)
    assert others.is_held("a") and others.acquire("a") is None
    clock.pass_(1)
    assert not others.is_held("a")
    assert others.acquire("a") is not None


def test_a_lease_that_is_renewed_does_not_expire(leases: Leases, others: Leases, clock: Clock):
    lease = leases.acquire("a")
    for _ in range(3):
        clock.pass_(LEASE_S - 1)
        leases.renew()
    assert lease.is_held and others.acquire("a") is None


def test_a_lease_that_was_taken_over_is_lost_and_stays_with_the_next(
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


def test_a_lease_that_somebody_deleted_is_lost(leases: Leases, place: InMemory):
    lease = leases.acquire("a")
    place.delete("a")
    leases.renew()
    assert not lease.is_held
    assert leases.acquire("a").is_held


def test_a_store_that_refuses_to_renew_loses_the_lease_only_when_it_expires(
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


def test_a_release_that_fails_while_the_lease_is_renewed_ends_no_renewing(
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
        renewing.result(10)  # or the thread that renews all would end
        releasing.result(10)


def test_of_many_who_take_over_one_does(place: InMemory, clock: Clock):
    Leases(Buckets(place.fs, place.root), clock).acquire("a")
    clock.pass_(LEASE_S)
    store = Buckets(place.fs, place.root)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: Leases(store, clock).acquire("a"), range(8)))
    assert len([lease for lease in taken if lease is not None]) == 1


def test_who_comes_late_to_take_over_what_has_been_taken_over_does_not(
    leases: Leases, others: Leases, place: InMemory, clock: Clock
):
    Leases(Buckets(place.fs, place.root), clock).acquire("a")
    clock.pass_(LEASE_S)

    def overtake(method: str, path: str) -> None:
        if path.endswith(".takeover"):
            place.fs.before = lambda method, path: None
            assert leases.acquire("a") is not None

    place.fs.before = overtake
    assert others.acquire("a") is None


def test_a_takeover_that_was_killed_is_taken_over_in_time(
    leases: Leases, place: InMemory, clock: Clock
):
    for name in ("a", "a.takeover"):
        place.write(name, json.dumps({"owner": "gone", "until_s": clock() + LEASE_S}).encode())
    clock.pass_(LEASE_S)
    assert leases.acquire("a") is None  # whoever it was may be at it
    assert leases.acquire("a") is not None
    assert place.names() == ["a"]


@pytest.mark.parametrize("text", [b"", b"[]", b'{"owner": 5}', b'{"owner": "x", "until_s": "y"}'])
def test_a_damaged_lease_is_nobodys(leases: Leases, place: InMemory, text: bytes):
    place.write("a", text)
    assert not leases.is_held("a")
    assert leases.acquire("a") is not None
