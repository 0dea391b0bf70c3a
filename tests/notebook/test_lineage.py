"""Chains and branches of edits."""

from __future__ import annotations

import pytest

from volcedit.notebook.lineage import Lineage, Link, trace

# a ── b ── c        x (alone)
#  └── d ── e
#       └── f
FAMILY = [Link("f", "d"), Link("x"), Link("b", "a"), Link("e", "d"), Link("a"), Link("c", "b")]
FAMILY.append(Link("d", "a", replay_of="b"))


def drawn(lineage: Lineage) -> list[tuple[int, str]]:
    return [(depth, link.id) for depth, link in lineage.tree]


@pytest.mark.parametrize(
    ("record_id", "chain"),
    [("a", "a"), ("c", "abc"), ("f", "adf"), ("d", "ad"), ("x", "x")],
)
def test_a_chain_leads_from_the_first_edit_to_the_one_asked_for(record_id: str, chain: str):
    assert "".join(trace(FAMILY, record_id).chain) == chain


@pytest.mark.parametrize("record_id", "acdf")
def test_all_relatives_have_the_same_tree(record_id: str):
    assert drawn(trace(FAMILY, record_id)) == [
        (0, "a"), (1, "b"), (2, "c"), (1, "d"), (2, "e"), (2, "f"),
    ]  # fmt: skip


def test_an_unrelated_edit_is_alone():
    assert trace(FAMILY, "x") == Lineage(("x",), ((0, Link("x")),))


def test_a_tree_keeps_replay_links():
    links = {link.id: link for _, link in trace(FAMILY, "a").tree}
    assert links["d"].replay_of == "b"


@pytest.mark.parametrize("record_id", ["b", "d", "g"])
def test_repeats_of_one_edit_know_each_other(record_id: str):
    links = [*FAMILY, Link("h", replay_of="c"), Link("g", replay_of="b")]
    assert trace(links, record_id).repeats == ("d", "g")


def test_a_chain_starts_after_a_deleted_parent():
    links = [link for link in FAMILY if link.id != "a"]
    assert trace(links, "f").chain == ("d", "f")


def test_a_missing_edit_is_alone():
    assert trace(FAMILY, "z") == Lineage(("z",), ((0, Link("z")),))


@pytest.mark.parametrize("links", [[Link("a", "a")], [Link("a", "b"), Link("b", "a")]])
def test_a_cycle_is_cut(links: list[Link]):
    lineage = trace(links, "a")
    assert lineage.chain[-1] == "a"
    assert len(lineage.chain) == len(lineage.tree) == len(links)


def test_a_chain_can_be_long():
    links = [Link(f"{number:05}", f"{number - 1:05}") for number in range(5000)]
    assert len(trace(links, "04999").chain) == 5000
