"""Randomly damaged archives: either rejected without any change, or imported completely."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.archiving import (
    SECOND,
    export,
    files_below,
    fill,
    import_,
    members_of,
    pack,
    with_manifest,
)
from volcedit.errors import ArchiveError
from volcedit.notebook.history import History


@pytest.fixture(autouse=True, scope="module")
def no_waiting_for_the_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        yield


def make_archive() -> tuple[bytes, dict[str, bytes]]:
    """(an archive, the files of a notebook that imported it)."""
    with tempfile.TemporaryDirectory() as folder:
        data = export(fill(History(Path(folder) / "a").notebook("anna")))
        import_(History(Path(folder) / "b").notebook("anna"), data)
        return data, files_below(Path(folder) / "b")


ARCHIVE, WHOLE = make_archive()
# Most bytes belong to pictures, so half of the places are in the directory and manifest at the end.
PLACES = st.one_of(
    st.integers(0, len(ARCHIVE) - 1), st.integers(len(ARCHIVE) - 6000, len(ARCHIVE) - 1)
)
FLIP = st.tuples(st.just("flip"), PLACES, st.integers(1, 255))
CUT = st.tuples(st.just("cut"), PLACES, st.integers(1, 400))
INSERT = st.tuples(st.just("insert"), PLACES, st.binary(min_size=1, max_size=60))
COPY = st.tuples(st.just("copy"), PLACES, PLACES)


def damaged(changes: list[tuple]) -> bytes:
    data = bytearray(ARCHIVE)
    for kind, at, what in changes:
        if kind == "flip" and at < len(data):
            data[at] ^= what
        elif kind == "cut":
            del data[at : at + what]
        elif kind == "insert":
            data[at:at] = what
        elif kind == "copy":
            data[at : at + 40] = data[what : what + 40]
    return bytes(data)


@settings(derandomize=True, max_examples=400, deadline=None, database=None)
@given(st.lists(st.one_of(FLIP, CUT, INSERT, COPY), min_size=1, max_size=4))
def test_a_damaged_archive_is_rejected_or_imported_completely(changes: list[tuple]):
    with tempfile.TemporaryDirectory() as folder:
        notebook = History(Path(folder)).notebook("anna")
        try:
            import_(notebook, damaged(changes))
        except ArchiveError:
            assert files_below(Path(folder)) == {}
        else:
            assert files_below(Path(folder)) == WHOLE


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)
PATHS = [
    (*path, name)
    for path, values in [
        ((), SECOND.to_json()),
        (("recipe",), SECOND.to_json()["recipe"]),
        (("recipe", "params"), SECOND.to_json()["recipe"]["params"]),
        (("recipe", "photo"), SECOND.to_json()["recipe"]["photo"]),
        (("picture",), SECOND.to_json()["picture"]),
        (("touched",), SECOND.to_json()["touched"]),
    ]
    for name in values
]


@settings(derandomize=True, max_examples=400, deadline=None, database=None)
@given(st.sampled_from(PATHS), VALUES)
def test_a_record_with_arbitrary_values_is_rejected_or_can_be_shown_and_exported(
    path: tuple[str, ...], value: object
):
    name = f"records/{SECOND.id}.json"
    members = members_of(ARCHIVE)
    record = json.loads(members[name])
    inner = record
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    data = pack(with_manifest(members | {name: json.dumps(record).encode()}))
    with tempfile.TemporaryDirectory() as folder:
        notebook = History(Path(folder)).notebook("anna")
        try:
            import_(notebook, data)
        except ArchiveError:
            assert files_below(Path(folder)) == {}
        else:
            assert len(notebook.page(0, 9)[0]) == notebook.index().totals().count == 5
            assert import_(notebook, export(notebook)).known == 5


@settings(derandomize=True, max_examples=200, deadline=None, database=None)
@given(st.binary(max_size=300), st.binary(max_size=60))
def test_noise_is_rejected(head: bytes, tail: bytes):
    with tempfile.TemporaryDirectory() as folder:
        try:
            import_(History(Path(folder)).notebook("anna"), head + b"PK\5\6" + tail)
        except ArchiveError:
            assert files_below(Path(folder)) == {}
        else:
            raise AssertionError("noise was taken in")
