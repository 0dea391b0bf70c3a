"""The lineage of edits: chains and branches, derived from the links between records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Link(NamedTuple):
    """The links of one record. A tuple, because there are ten thousand."""

    id: str
    parent: str | None = None
    """The record whose picture is this one's photo."""
    replay_of: str | None = None


@dataclass(frozen=True)
class Lineage:
    """One edit's ancestors, descendants and repeats."""

    chain: tuple[str, ...]
    """Ids from the first edit to this one; each edited the picture of the one before."""
    tree: tuple[tuple[int, Link], ...]
    """All descendants of the first edit, depth first and oldest first, as (depth, link)."""
    repeats: tuple[str, ...] = ()
    """Ids of the repeats of this edit, or of the one that it repeats; oldest first."""


def trace(links: Iterable[Link], record_id: str) -> Lineage:
    """The lineage of `record_id` within `links`. Ids sort by time.

    A parent that is missing was deleted, and the chain starts after it. Cycles, which only a
    tampered file contains, are cut.
    """
    by_id = {link.id: link for link in links}
    children: dict[str, list[Link]] = {}
    related = [link for link in by_id.values() if link.parent or link.replay_of]
    related.sort(key=lambda it: it.id)
    for link in related:
        if link.parent in by_id:
            children.setdefault(link.parent, []).append(link)
    chain = _climb(by_id, record_id)
    tree: list[tuple[int, Link]] = []
    seen: set[str] = set()
    # Iterative: a chain may be longer than Python's recursion limit.
    ahead = [(0, by_id.get(chain[0], Link(chain[0])))]
    while ahead:
        depth, link = ahead.pop()
        if link.id not in seen:
            seen.add(link.id)
            tree.append((depth, link))
            ahead += [(depth + 1, child) for child in reversed(children.get(link.id, []))]
    first = by_id.get(record_id, Link(record_id)).replay_of or record_id
    return Lineage(chain, tuple(tree), tuple(it.id for it in related if it.replay_of == first))


def _climb(by_id: dict[str, Link], record_id: str) -> tuple[str, ...]:
    chain = [record_id]
    while True:
        link = by_id.get(chain[-1])
        parent = link.parent if link else None
        if parent not in by_id or parent in chain:
            return tuple(reversed(chain))
        chain.append(parent)
