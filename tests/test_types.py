from __future__ import annotations

import copy
import json
import pickle

import orjson
import pytest

from volcedit.types import FailureKind, Kind, Provider, State, VerdictKind

KINDS = [State, Provider, VerdictKind, FailureKind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_a_newer_version_keeps_its_name(kind: type[Kind]):
    newer = kind("resting")
    assert (newer, str(newer), newer.is_known, newer.tone) == (
        "resting",
        "resting",
        False,
        "unknown",
    )
    assert "resting" not in [str(it) for it in kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_written_as_its_value(kind: type[Kind]):
    for it in (*kind, kind("resting")):
        assert json.loads(json.dumps({"it": it})) == orjson.loads(orjson.dumps({"it": it}))
        assert {str(it): 1}[it] == 1
        assert pickle.loads(pickle.dumps(it)) == copy.deepcopy(it) == it


@pytest.mark.parametrize("value", ["", None, 1, 1.5, [], {}])
def test_only_nonempty_strings_are_kinds(value: object):
    with pytest.raises(ValueError, match="is not a valid"):
        State(value)


def test_every_known_kind_has_a_known_tone():
    assert {it.tone for it in State} == {"busy", "good", "bad", "quiet"}
    assert [it.tone for it in VerdictKind] == ["good", "good", "fair", "bad"]
