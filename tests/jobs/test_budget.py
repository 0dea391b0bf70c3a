"""Edits at the owner's cost: how they are counted, and what the count survives."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.stores import InMemory, OnDisk, Place
from volcedit.config import read_settings
from volcedit.errors import HistoryError, LimitError
from volcedit.jobs.budget import Allowance, Payer, Scope, StoredBudget
from volcedit.notebook.store.ledger import LOCK_WAIT_S, Ledger
from volcedit.words import say

NOON = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)
ANNA, BEN = Payer("anna", "office"), Payer("ben", "home")
FILE = "edits.json"


@pytest.fixture(params=["files", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return OnDisk(tmp_path) if request.param == "files" else InMemory()


class Life:
    """The budget of one process, and its clock."""

    def __init__(self, place: Place, hour: object = "", day: object = "", **options: str) -> None:
        self.now = NOON
        environ = {
            "VOLCEDIT_BASE_URL": "https://gateway.example.com",
            "VOLCEDIT_EDITS_PER_HOUR": str(hour),
            "VOLCEDIT_EDITS_PER_DAY": str(day),
            **options,
        }
        ledger = Ledger(place.store())
        self.budget = StoredBudget(ledger, read_settings(environ), lambda: self.now)

    def reserve(self, payer: Payer = ANNA, count: int = 1) -> None:
        for _ in range(count):
            self.budget.reserve(payer)

    def refuse(self, payer: Payer = ANNA) -> LimitError:
        """The error of one edit too many."""
        with pytest.raises(LimitError) as caught:
            self.budget.reserve(payer)
        return caught.value

    def left(self, payer: Payer = ANNA) -> int:
        return self.budget.left(payer).left


# ── limits ───────────────────────────────────────────────────────────────────────────────────


def test_a_visitor_has_the_hours_edits_and_not_one_more(place: Place):
    life = Life(place, hour=3)
    life.reserve(count=3)
    life.refuse()
    life.reserve(BEN)


def test_a_new_notebook_at_the_same_address_is_the_same_visitor(place: Place):
    life = Life(place, hour=3)
    for number in range(3):
        life.reserve(Payer(f"fresh {number}", "office"))
    assert "network address" in str(life.refuse(Payer("fresh 3", "office")))


def test_a_notebook_at_a_new_address_is_the_same_visitor(place: Place):
    life = Life(place, hour=3)
    for number in range(3):
        life.reserve(Payer("anna", f"address {number}"))
    assert "You have used" in str(life.refuse(Payer("anna", "address 3")))


def test_without_an_address_only_notebooks_are_counted(place: Place):
    life = Life(place, hour=1)
    life.reserve(Payer("anna"))
    life.reserve(Payer("ben"))
    life.refuse(Payer("ben"))


def test_all_visitors_share_the_day(place: Place):
    life = Life(place, hour=2, day=3)
    life.reserve(ANNA, 2)
    life.reserve(BEN)
    assert "All visitors together" in str(life.refuse(BEN))


@pytest.mark.parametrize(("limits", "span"), [({"hour": 2}, 3600), ({"day": 2}, 86400)])
def test_a_limit_opens_when_its_oldest_edit_is_that_old(place: Place, limits: dict, span: int):
    life = Life(place, **limits)
    life.reserve()
    life.now += timedelta(seconds=600)
    life.reserve()
    life.now = NOON + timedelta(seconds=span - 0.5)
    assert life.refuse().retry_after_s == 0.5
    life.now = NOON + timedelta(seconds=span)
    life.reserve()
    assert life.refuse().retry_after_s == 600


def test_a_refusal_says_when_the_next_is_possible_in_both_languages(place: Place):
    life = Life(place, hour=2)
    life.reserve(count=2)
    error = life.refuse()
    assert (error.kind, error.retryable, error.retry_after_s) == ("limit", True, 3600)
    assert say("en", error.words) == (
        "You have used the 2 edits an hour that the owner of this app pays for, so nothing was "
        "sent. The next is possible at 13:01 UTC. Your own key has no such limit: enter it under "
        "Connection."
    )
    assert "13:01 UTC" in say("zh", error.words)
    assert "2 次" in say("zh", error.words)


def test_a_time_of_another_day_has_its_date(place: Place):
    life = Life(place, day=1)
    life.reserve()
    assert "possible at 2026-01-02 12:01 UTC." in str(life.refuse().words)


@pytest.mark.parametrize("options", [{"VOLCEDIT_VISITOR_KEYS": "false"}, {"VOLCEDIT_BASE_URL": ""}])
def test_a_key_is_not_recommended_where_none_can_be_entered(place: Place, options: dict):
    assert "key" not in str(Life(place, hour=0, **options).refuse())


@pytest.mark.parametrize("limits", [{"hour": 0}, {"day": 0}, {"hour": 5, "day": 0}])
def test_a_limit_of_0_never_opens(place: Place, limits: dict):
    error = Life(place, **limits).refuse()
    assert (error.retryable, error.retry_after_s) == (False, None)
    assert "pays for no edits" in str(error)


def test_without_limits_nothing_is_counted(place: Place):
    life = Life(place)
    assert (life.budget.reserve(ANNA), life.budget.left(ANNA)) == (None, None)
    assert place.names() == []


# ── what is left ─────────────────────────────────────────────────────────────────────────────


def test_the_limit_that_leaves_least_is_told(place: Place):
    life = Life(place, hour=4, day=5)
    assert life.budget.left(ANNA) == Allowance(Scope.VISITOR, 4, 4, None)
    life.reserve(BEN, 3)
    assert life.budget.left(ANNA) == Allowance(Scope.DAY, 5, 2, None)


def test_of_two_limits_that_are_reached_the_one_that_opens_last_is_told(place: Place):
    life = Life(place, hour=2, day=2)
    life.reserve(count=2)
    tomorrow = (NOON + timedelta(days=1)).timestamp()
    assert life.budget.left(ANNA) == Allowance(Scope.DAY, 2, 0, tomorrow)


def test_an_edit_that_is_given_back_can_be_made(place: Place):
    life = Life(place, hour=1, day=1)
    reservation = life.budget.reserve(ANNA)
    life.now += timedelta(hours=2)  # it has lost its names
    life.budget.give_back(reservation)
    life.budget.give_back(reservation)  # nothing happens
    life.reserve()
    life.refuse()


# ── lives ────────────────────────────────────────────────────────────────────────────────────


def test_the_count_outlives_the_process(place: Place):
    Life(place, hour=3).reserve(count=3)
    Life(place, hour=3).refuse()


def test_a_lower_limit_applies_to_what_was_counted_before(place: Place):
    life = Life(place, hour=3)
    life.reserve()
    life.now += timedelta(seconds=60)
    life.reserve(count=2)
    later = Life(place, hour=2)
    later.now = life.now
    assert later.left() == 0
    assert later.refuse().retry_after_s == 3600  # two of three must be too old to count
    assert Life(place, hour=4).left() == 1


def test_threads_of_two_processes_share_the_count(place: Place):
    lives = [Life(place, hour=20), Life(place, hour=20)]

    def reserve(number: int) -> bool:
        try:
            lives[number % 2].reserve()
        except LimitError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(reserve, range(30))) == 20


RESERVE = """
import sys
from pathlib import Path
from volcedit.config import read_settings
from volcedit.errors import LimitError
from volcedit.jobs.budget import Payer, StoredBudget
from volcedit.notebook.store.ledger import Ledger
from volcedit.notebook.records import utc_now
from volcedit.notebook.store.files import Files

settings = read_settings({"VOLCEDIT_EDITS_PER_HOUR": "30"})
budget = StoredBudget(Ledger(Files(Path(sys.argv[1]))), settings, utc_now)
print("ready", flush=True)
sys.stdin.read(1)
count = 0
try:
    while True:
        budget.reserve(Payer("anna"))
        count += 1
except LimitError:
    print(count)
"""


def test_two_processes_share_the_count(tmp_path: Path):
    command = [sys.executable, "-c", RESERVE, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as other:
        for process in (one, other):
            assert process.stdout.readline() == "ready\n"
        for process in (one, other):
            process.stdin.write("!")
            process.stdin.flush()
        assert int(one.stdout.read()) + int(other.stdout.read()) == 30


def test_a_lock_that_is_never_free_refuses_the_edit(place: Place):
    place.store().lock("lock")
    times = iter([0.0, LOCK_WAIT_S, LOCK_WAIT_S + 1])
    ledger = Ledger(place.store(), clock=lambda: next(times), sleep=lambda _: None)
    with pytest.raises(LimitError, match="Try again"), ledger.change(0.0):
        pass


# ── the clock ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(hours=2), timedelta(days=400)])
def test_a_clock_set_back_makes_no_room_and_is_logged(
    place: Place, back: timedelta, caplog: pytest.LogCaptureFixture
):
    life = Life(place, hour=2, day=3)
    life.reserve(count=2)
    life.now -= back
    life.refuse()
    assert "clock was set back" in caplog.text
    life.reserve(BEN)
    life.refuse(BEN)  # the day is full


# ── the file ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"format": 2, "hour": [], "day": []}',
        b'{"format": 1, "hour": []}',
        b'{"format": 1, "hour": {}, "day": []}',
        b'{"format": 1, "hour": [1], "day": []}',
        b'{"format": 1, "hour": [[1.0]], "day": []}',
        b'{"format": 1, "hour": [["1", "a", "b"]], "day": []}',
        b'{"format": 1, "hour": [[1.0, "a", 2]], "day": []}',
        b'{"format": 1, "hour": [], "day": [true]}',
        b'{"format": 1, "hour": [], "day": [NaN]}',
        b'{"format": 1, "hour": [], "day": [1e999]}',
        b"[" * 100_000,
    ],
    ids=range(15),
)
def test_a_damaged_count_is_full_and_says_so_once(
    tmp_path: Path, text: bytes, caplog: pytest.LogCaptureFixture
):
    place = OnDisk(tmp_path)
    place.write(FILE, text)
    life = Life(place, hour=2)
    assert "cannot be counted" in str(life.refuse())
    with pytest.raises(LimitError, match="cannot be counted"):
        life.budget.left(ANNA)
    assert place.read(FILE) == text
    (line,) = caplog.messages
    assert str(tmp_path / FILE) in line
    place.delete(FILE)  # as the log says
    life.reserve(count=2)
    life.refuse()


def test_a_count_that_cannot_be_read_is_full(tmp_path: Path):
    (tmp_path / FILE).mkdir()
    assert "cannot be counted" in str(Life(OnDisk(tmp_path), hour=2).refuse())


def test_what_cannot_be_counted_is_not_sent(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(HistoryError, match="could not be written"):
        Life(OnDisk(blocked / "spending"), day=2).reserve()


def test_names_are_dropped_after_an_hour_and_edits_after_a_day(place: Place):
    life, noon = Life(place, day=9), NOON.timestamp()
    life.reserve(ANNA)
    life.now += timedelta(hours=1)
    life.reserve(BEN)
    found = json.loads(place.read(FILE))
    assert (found["hour"], found["day"]) == ([[noon + 3600, "ben", "home"]], [noon])
    life.now = NOON + timedelta(days=1)
    life.reserve(ANNA)
    found = json.loads(place.read(FILE))
    assert found["hour"] == [[noon + 86400, "anna", "office"]]
    assert found["day"] == [noon + 3600]


def test_one_edit_is_told_in_the_singular(place: Place):
    life = Life(place, hour=1)
    life.reserve()
    assert str(life.refuse()).startswith("You have used the 1 edit an hour")
