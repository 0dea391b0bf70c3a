from __future__ import annotations

import json

import pytest

from tests.support.stores import Place, open_history
from volcedit import HistoryError
from volcedit.notebook.history import History

# Computed with coreutils.
OWNER, SHA256 = (
    "anna-anna-anna-anna-anna",
    "bfb29d3a00e61ac4a82d82d0fb6a5666b96a9dea17802bf5fe4e383cc16851c4",
)


@pytest.fixture
def history(place: Place) -> History:
    return open_history(place)


def test_a_secret_opens_the_notebook_that_its_hash_names(history: History, place: Place):
    assert history.notebook(OWNER).name == SHA256[:32]
    assert place.names() == []


def test_a_notebook_can_be_shared_without_moving_it(history: History, place: Place):
    notebook = history.notebook(OWNER)
    history.link("ben", notebook)
    for seen in (history, open_history(place)):
        assert seen.notebook("ben").is_same(notebook)
        assert seen.notebook(OWNER).is_same(notebook)


def test_a_secret_can_be_renewed(history: History, place: Place):
    notebook = history.notebook(OWNER)
    history.link("renewed", notebook)
    history.unlink(OWNER)
    for seen in (history, open_history(place)):
        assert seen.notebook("renewed").is_same(notebook)
        assert not seen.notebook(OWNER).is_same(notebook)
    assert history.notebook(OWNER).is_same(history.notebook(OWNER))  # its own notebook


def test_an_unlinked_secret_opens_its_own_notebook_again(history: History):
    own = history.notebook("ben")
    history.link("ben", history.notebook(OWNER))
    history.unlink("ben")
    assert history.notebook("ben").is_same(own)


def test_a_renewed_secret_can_be_linked_again(history: History, place: Place):
    notebook = history.notebook(OWNER)
    history.unlink(OWNER)
    history.link(OWNER, notebook)
    assert history.notebook(OWNER).is_same(notebook)
    assert place.names() == []


def test_no_secret_is_stored(history: History, place: Place):
    history.link("ben-ben-ben", history.notebook(OWNER))
    history.unlink(OWNER)
    assert len(place.names("owners/*")) == 2
    for name in place.names():
        for secret in ("ben-ben-ben", OWNER):
            assert secret not in name and secret.encode() not in place.read(name)


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"[]",
        b"{}",
        json.dumps({"format": 2, "notebook": "a" * 32}).encode(),
        json.dumps({"format": 1, "notebook": "../../etc"}).encode(),
        json.dumps({"format": 1, "notebook": None}).encode(),
    ],
)
def test_a_damaged_entry_opens_no_notebook(history: History, place: Place, entry: bytes):
    history.link(OWNER, history.notebook("ben"))
    place.write(f"owners/{SHA256}", entry)
    with pytest.raises(HistoryError, match="could not be read"):
        history.notebook(OWNER)
