from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.stores import Place
from volcedit.notebook.claims import Claims
from volcedit.notebook.store.files import Files

HOLDER = """
import sys, time
from volcedit.notebook.claims import Claims
from volcedit.notebook.store import open_store
claim = Claims(open_store(sys.argv[1])).acquire("a")
print(claim is not None, flush=True)
time.sleep(600)
"""


@pytest.fixture
def claims(place: Place) -> Claims:
    return Claims(place.store().below("claims"))


@pytest.fixture
def on_disk(tmp_path: Path) -> Claims:
    return Claims(Files(tmp_path / "claims"))


def test_a_claim_is_exclusive(claims: Claims):
    with claims.acquire("a"):
        assert claims.acquire("a") is None
        assert claims.is_held("a")
        with claims.acquire("b") as other:
            assert other is not None


def test_a_process_that_only_checks_is_not_taken_for_the_holder(on_disk: Claims, tmp_path: Path):
    claims = on_disk
    claims.acquire("b").release()
    with (tmp_path / "claims" / "a").open("w") as looker:
        fcntl.flock(looker, fcntl.LOCK_SH)
        assert not claims.is_held("a")
        leaving = threading.Timer(0.005, fcntl.flock, [looker, fcntl.LOCK_UN])
        leaving.start()
        with claims.acquire("a") as claim:
            assert claim is not None
        leaving.join()


def test_a_released_claim_can_be_claimed_again_and_leaves_no_file(claims: Claims, place: Place):
    claims.acquire("a").release()
    assert not claims.is_held("a")
    with claims.acquire("a") as claim:
        assert claim is not None
    assert place.names() == []


def test_a_second_release_does_not_release_the_next_holders_claim(claims: Claims):
    claim = claims.acquire("a")
    claim.release()
    with claims.acquire("a"):
        claim.release()
        assert claims.acquire("a") is None


def test_checking_does_not_claim(claims: Claims):
    assert not claims.is_held("a")
    with claims.acquire("a") as claim:
        assert claim is not None


def test_another_process_holds_its_claim_until_it_is_killed(on_disk: Claims, tmp_path: Path):
    claims = on_disk
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "claims")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "True\n"
        assert claims.is_held("a") and claims.acquire("a") is None
        holder.kill()
        holder.wait()
        assert not claims.is_held("a")
        with claims.acquire("a") as claim:
            assert claim is not None


def test_a_claim_knows_whether_it_is_held(claims: Claims):
    claim = claims.acquire("a")
    assert claim.is_held
    claim.release()
    assert not claim.is_held


def test_under_contention_only_one_holds_the_claim_at_a_time(claims: Claims):
    holding, most = 0, 0

    def come_and_go(_: int) -> bool:
        nonlocal holding, most
        claim = claims.acquire("a")
        if claim is None:
            return False
        holding += 1
        most = max(most, holding)
        holding -= 1
        claim.release()
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(come_and_go, range(400)))
    assert any(taken) and most == 1
