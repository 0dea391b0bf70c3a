"""What a field of a request can be: how its value is checked, and how OpenAPI describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from volcedit.sandbox.codes import Refused


class Kind(Protocol):
    """A type of value with its range."""

    def check(self, name: str, value: object) -> Any:
        """The value as the sandbox uses it; raises `Refused` 50200, naming the field."""

    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""


@dataclass(frozen=True)
class Field:
    """One field of a request, or of an object in one."""

    name: str
    """The vendor's spelling."""
    kind: Kind
    default: Any = None
    """For a field that is left out or null; None means that it is simply absent."""
    description: str = ""
    """For OpenAPI."""
    required: bool = False
    """Whether leaving it out is refused with 50201."""
    common: bool = False
    """Whether every model takes it, so that no model names it."""
    together: tuple[str, ...] = ()
    """Two fields, this one among them, of which both are given or neither."""

    def read(self, fields: Mapping[str, Any], kind: Kind | None = None) -> Any:
        """Its value in `fields`, checked as `kind` if a model has one of its own.

        Raises `Refused` 50201 when a required field is missing, 50200 for a wrong value.
        """
        if self.name not in fields:
            if self.required:
                raise Refused(50201, self.name)
            return self.default
        if any(name not in fields for name in self.together):
            raise Refused(50200, f"give both {' and '.join(self.together)}, or neither")
        return (kind or self.kind).check(self.name, fields[self.name])

    def schema(self) -> dict[str, Any]:
        """Its JSON schema with its default and description."""
        schema = self.kind.schema()
        if self.default is not None:
            schema["default"] = self.default
        if self.description:
            schema["description"] = self.description
        return schema


@dataclass(frozen=True)
class Text:
    """A string of at most so many characters."""

    most_characters: int | None = None
    blank: bool = True
    """Whether it may be empty, or nothing but spaces."""

    def check(self, name: str, value: object) -> str:
        """The string as it is."""
        if not isinstance(value, str):
            raise Refused(50200, f"{name} must be a string")
        # JSON can spell half of a surrogate pair, which no file or answer can hold.
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise Refused(50200, f"{name} is not valid Unicode")
        if self.most_characters is not None and len(value) > self.most_characters:
            raise Refused(50200, f"{name} is longer than {self.most_characters} characters")
        if not self.blank and not value.strip():
            raise Refused(50200, f"{name} is empty")
        return value

    def schema(self) -> dict[str, Any]:
        """A string with its lengths."""
        schema: dict[str, Any] = {"type": "string"}
        if not self.blank:
            schema["minLength"] = 1
        if self.most_characters is not None:
            schema["maxLength"] = self.most_characters
        return schema


@dataclass(frozen=True)
class Integer:
    """A whole number from `lowest` to `highest`."""

    lowest: int
    highest: int

    def check(self, name: str, value: object) -> int:
        """The number; 1.0 is none to the service."""
        # bool is an int to Python, but not to the service.
        if isinstance(value, bool) or not isinstance(value, int) or not self._has(value):
            raise Refused(50200, f"{name} must be an integer from {self.lowest} to {self.highest}")
        return value

    def schema(self) -> dict[str, Any]:
        """An integer with its range."""
        return {"type": "integer", "minimum": self.lowest, "maximum": self.highest}

    def _has(self, value: int) -> bool:
        return self.lowest <= value <= self.highest


@dataclass(frozen=True)
class Fraction:
    """A number from 0 to 1."""

    def check(self, name: str, value: object) -> float:
        """The number as a float."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise Refused(50200, f"{name} must be a number from 0 to 1")
        return float(value)

    def schema(self) -> dict[str, Any]:
        """A number with its range."""
        return {"type": "number", "minimum": 0, "maximum": 1}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def check(self, name: str, value: object) -> bool:
        """The value; 0 and 1 are refused."""
        if not isinstance(value, bool):
            raise Refused(50200, f"{name} must be true or false")
        return value

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class OneText:
    """An array of at most one string."""

    def check(self, name: str, value: object) -> str | None:
        """The string, or None for an empty array."""
        if not isinstance(value, list) or len(value) > 1:
            raise Refused(50200, f"{name} must be an array of one string")
        if not value:
            return None
        if not isinstance(value[0], str):
            raise Refused(50200, f"{name} must be an array of one string")
        return value[0]

    def schema(self) -> dict[str, Any]:
        """An array of strings."""
        return {"type": "array", "items": {"type": "string"}, "maxItems": 1}


@dataclass(frozen=True)
class Group:
    """An object with fields of its own."""

    fields: tuple[Field, ...]

    def check(self, name: str, value: object) -> dict[str, Any]:
        """The value of every field, by its name."""
        if not isinstance(value, dict):
            raise Refused(50200, f"{name} must be an object")
        given = without_nulls(value)
        return {field.name: field.read(given) for field in self.fields}

    def schema(self) -> dict[str, Any]:
        """An object with its properties."""
        return {
            "type": "object",
            "properties": {field.name: field.schema() for field in self.fields},
        }


def without_nulls(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are given: null counts as absent."""
    return {name: value for name, value in fields.items() if value is not None}
