"""What a prompt asks for: the effects to apply, the text to write, and what was not understood."""

import re
from dataclasses import dataclass, field

from volcedit.sandbox.effects.table import EFFECTS, TEXT
from volcedit.sandbox.understanding.clauses import Clause, clauses_of, continued
from volcedit.sandbox.understanding.grammar import Reading, read
from volcedit.sandbox.understanding.lexer import tokens_of
from volcedit.sandbox.understanding.vocabulary import Role

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True)
class Understood:
    """What a prompt asks for."""

    effects: tuple[str, ...]
    """Effect names in the order of the prompt, without duplicates."""
    words: str
    """The text to draw; empty if `TEXT` is not among the effects."""
    missed: tuple[str, ...]
    """The parts that were not understood, as typed."""
    overruled: tuple[str, ...]
    """Effects that a later part of the prompt took back: brighter, then darker."""
    all_removed: bool
    """Whether the negative prompt removed every effect."""
    is_order: bool
    """Whether anything was read in the prompt, be it only what not to do."""
    chinese: bool
    """Whether the prompt contains Chinese characters, so responses should be in Chinese."""

    def describe(self) -> str:
        """The effects in the prompt's language, like `snow, pencil sketch`; may be empty."""
        quoted = f"“{self.words}”" if self.chinese else f' "{self.words}"'
        parts = [
            (EFFECTS[name].chinese if self.chinese else name) + (quoted if name == TEXT else "")
            for name in self.effects
        ]
        return ("，" if self.chinese else ", ").join(parts)


@dataclass
class _Wishes:
    """What the parts read so far ask for. A later part overrules an earlier one."""

    effects: dict[str, None] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    overruled: dict[str, None] = field(default_factory=dict)
    last: tuple[str, ...] = ()
    """What the part before asked for."""

    def follow(self, reading: Reading) -> None:
        """Take one more part into account."""
        for name in (*reading.left_out, *(self.last if reading.takes_back else ())):
            self._drop(name)
        for name in reading.effects:
            for other in list(self.effects):
                if EFFECTS[other].less == name or EFFECTS[name].less == other:
                    self._drop(other)
            self.overruled.pop(name, None)
            self.effects[name] = None
        if reading.words:
            self.words.append(reading.words)
            self.effects[TEXT] = None
        self.last = reading.effects

    def _drop(self, name: str) -> None:
        if name in self.effects:
            del self.effects[name]
            self.overruled[name] = None


def understand(prompt: str, negative_prompt: str = "") -> Understood:
    """What the prompt asks for, without the effects that the negative prompt names."""
    wishes, missed = _Wishes(), dict[str, None]()
    before: Clause | None = None
    clauses = clauses_of(prompt)
    for clause in clauses:
        whole = continued(clause, before)
        reading = read(prompt, whole)
        wishes.follow(reading)
        if not reading.is_understood:
            missed[prompt[clause.tokens[0].start : clause.tokens[-1].end].strip()] = None
        before = whole
    unwanted = _named_in(negative_prompt)
    kept = tuple(name for name in wishes.effects if name not in unwanted)
    return Understood(
        effects=kept,
        words=" ".join(wishes.words) if TEXT in kept else "",
        missed=tuple(missed),
        overruled=tuple(wishes.overruled),
        all_removed=bool(wishes.effects) and not kept,
        is_order=bool(clauses),
        chinese=_CJK.search(prompt) is not None,
    )


def _named_in(negative_prompt: str) -> set[str]:
    tokens = tokens_of(negative_prompt)
    texts = {TEXT for one in tokens if one.role in (Role.TEXT, Role.WRITE)}
    return {one.effect for one in tokens if one.effect} | texts
