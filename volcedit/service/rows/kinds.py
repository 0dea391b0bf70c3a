"""The kinds of values a field can have: text, number, choice, flag.

Each kind has two checks: `fault` checks against the limits of one model and explains the problem
to a person; `from_json` checks a recipe from a file against what any request could have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeGuard

from volcedit.service.models import PROMPT_ADVISED_CHARS, PROMPT_MAX_CHARS, Model
from volcedit.types import Words

WHOLE_MAX = 2**31 - 1

Range = tuple[float, float]
"""Minimum and maximum, both inclusive."""


class Kind(Protocol):
    """The kind of value of a field."""

    def fault(self, name: str, value: object, model: Model) -> Words | None:
        """Why `model` would not accept `value` in the field `name`; None if it would."""

    def from_json(self, value: Any) -> Any:
        """A stored value. Raises TypeError or ValueError for one that no request could have."""

    def to_json(self, value: Any) -> Any:
        """The value as sent and stored. Equal values give equal bytes."""


@dataclass(frozen=True)
class Text:
    """Text that can be encoded as UTF-8."""

    missing: Words | None = None
    """The message if the text is empty; None if it may be."""
    max_chars: Callable[[Model], int] = lambda _: PROMPT_MAX_CHARS

    def fault(self, name: str, value: object, model: Model) -> Words | None:
        """See `Kind`."""
        if self.missing is not None and (not isinstance(value, str) or not value.strip()):
            return self.missing
        if not isinstance(value, str):
            return Words("{name} must be text.", name=name)
        most = self.max_chars(model)
        if len(value) > most:
            return Words(
                "This text has {length} characters; at most {most} can be sent, and the service "
                "advises {advised}. Shorten it to one instruction.",
                length=len(value),
                most=most,
                advised=PROMPT_ADVISED_CHARS,
            )
        try:
            value.encode()
        except UnicodeEncodeError:
            return Words(
                "This text contains half of a character (a lone surrogate). Type it again."
            )
        return None

    def from_json(self, value: Any) -> Any:
        """See `Kind`."""
        if not isinstance(value, str):
            raise TypeError("not a string")
        value.encode()  # raises ValueError for a lone surrogate
        return value

    def to_json(self, value: str) -> str:
        """See `Kind`."""
        return value


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    least: int = 1
    most: int = WHOLE_MAX
    of_model: Callable[[Model], Range] | None = None
    """The range for one model, if it is narrower."""
    wrong: Callable[[Model], Words] | None = None
    """The message for any other value, if the default one would say too little."""
    optional: bool = False
    """Whether it may be None, which lets the model choose."""

    def fault(self, name: str, value: object, model: Model) -> Words | None:
        """See `Kind`."""
        least, most = self.of_model(model) if self.of_model else (self.least, self.most)
        if is_int(value) and least <= value <= most:
            return None
        if self.wrong is not None:
            return self.wrong(model)
        return Words(
            "{name} must be a whole number from {least} to {most}.",
            name=name,
            least=least,
            most=most,
        )

    def from_json(self, value: Any) -> Any:
        """See `Kind`."""
        if value is None and self.optional:
            return None
        if not is_int(value) or not self.least <= value <= self.most:
            raise ValueError(f"not a whole number from {self.least} to {self.most}")
        return value

    def to_json(self, value: int | None) -> int | None:
        """See `Kind`."""
        return value


@dataclass(frozen=True)
class Number:
    """A number, always serialized as a float."""

    least: float = 0.0
    most: float = 1.0
    of_model: Callable[[Model], Range] | None = None
    """The range for one model, if it is narrower."""
    wrong: Callable[[Model], Words] | None = None
    """The message for any other value, if the default one would say too little."""

    def fault(self, name: str, value: object, model: Model) -> Words | None:
        """See `Kind`."""
        least, most = self.of_model(model) if self.of_model else (self.least, self.most)
        if is_number(value) and least <= value <= most:  # NaN fails both comparisons
            return None
        if self.wrong is not None:
            return self.wrong(model)
        return Words(
            "{name} must be a number from {least} to {most}.",
            name=name,
            least=f"{least:g}",
            most=f"{most:g}",
        )

    def from_json(self, value: Any) -> Any:
        """See `Kind`."""
        if not is_number(value) or not self.least <= value <= self.most:  # also rejects NaN
            raise ValueError(f"not a number from {self.least:g} to {self.most:g}")
        return value

    def to_json(self, value: float) -> float:
        """See `Kind`."""
        # A browser sends 1 for 1.0. Both are the same edit, so both must give the same recipe id.
        return float(value)


@dataclass(frozen=True)
class Option:
    """One value of a `Choice`, with its label."""

    value: str | int
    words: Words | None = None
    """Its label; if None, `label` is used in every language."""
    label: str = ""


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    options: tuple[Option, ...]
    wrong: Callable[[Model], Words] | None = None
    """The message for any other value, if the default one would say too little."""

    def fault(self, name: str, value: object, model: Model) -> Words | None:
        """See `Kind`."""
        if self._has(value):
            return None
        if self.wrong is not None:
            return self.wrong(model)
        known = [str(option.value) for option in self.options]
        return Words("{name} must be one of {known}.", name=name, known=known)

    def from_json(self, value: Any) -> Any:
        """See `Kind`."""
        if not self._has(value):
            raise ValueError("not one of the options")
        return value

    def to_json(self, value: str | int) -> str | int:
        """See `Kind`."""
        return value

    def _has(self, value: object) -> bool:
        # Compare types too, since 1.0 and True equal 1.
        return any(type(it.value) is type(value) and it.value == value for it in self.options)


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def fault(self, name: str, value: object, model: Model) -> Words | None:
        """See `Kind`."""
        if isinstance(value, bool):
            return None
        return Words("{name} must be true or false.", name=name)

    def from_json(self, value: Any) -> Any:
        """See `Kind`."""
        if not isinstance(value, bool):
            raise TypeError("not a boolean")
        return value

    def to_json(self, value: bool) -> bool:
        """See `Kind`."""
        return value


def is_int(value: object) -> TypeGuard[int]:
    """Whether `value` is an int, but not a bool."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Whether `value` is a number (including NaN), but not a bool."""
    return isinstance(value, int | float) and not isinstance(value, bool)
