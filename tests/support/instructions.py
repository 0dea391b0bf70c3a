"""How many of the instructions in `tests/data/instructions.jsonl` the sandbox gets right.

`python -m tests.support.instructions` prints the table of the sandbox's README.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

from tests.support import ROOT
from volcedit.sandbox.effects.table import TEXT
from volcedit.sandbox.understanding.prompts import Understood, understand

VERDICTS = ("right", "partly", "wrong", "not")


@dataclass(frozen=True)
class Instruction:
    """One line of the file."""

    family: str
    prompt: str
    must: frozenset[str]
    """What a person means by it: effects, `text:…`, or words for what no effect does."""
    may: frozenset[str]
    """What counts as partly done. Nothing else may be done."""


def read_instructions() -> list[Instruction]:
    """All instructions, in the order of the file."""
    lines = (ROOT / "tests" / "data" / "instructions.jsonl").read_text("utf-8").splitlines()
    return [
        Instruction(
            row["family"],
            row["say"] * row.get("times", 1),
            frozenset(row["must"]),
            frozenset(row["may"]),
        )
        for row in map(json.loads, lines)
    ]


def done(understood: Understood) -> set[str]:
    """The effects to be applied, with the words to be written."""
    return {f"text:{understood.words}" if name == TEXT else name for name in understood.effects}


def verdict(instruction: Instruction, applied: Collection[str]) -> str:
    """`right`, `partly`, `wrong` (something that nobody asked for), or `not` (nothing done)."""
    applied = set(applied)
    if applied - instruction.must - instruction.may:
        return "wrong"
    if applied == instruction.must:
        return "right"
    return "partly" if applied else "not"


def count(apply: Callable[[str], Collection[str]]) -> dict[str, Counter[str]]:
    """The number of each verdict for each family."""
    counts: dict[str, Counter[str]] = {}
    for one in read_instructions():
        counts.setdefault(one.family, Counter())[verdict(one, apply(one.prompt))] += 1
    return counts


def table(counts: dict[str, Counter[str]]) -> str:
    """The counts in Markdown, with their sums."""
    rows = {**counts, "**all**": sum(counts.values(), Counter[str]())}
    lines = [f"| family | {' | '.join(VERDICTS)} |", "|---" * 5 + "|"]
    for family, counted in rows.items():
        lines.append(f"| {family} | {' | '.join(str(counted[name]) for name in VERDICTS)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(count(lambda prompt: done(understand(prompt)))))
