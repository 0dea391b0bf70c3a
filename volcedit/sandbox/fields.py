"""The types of request fields: how a value is validated and how OpenAPI describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from volcedit.sandbox.codes import Refused


class Kind(Protocol):
    """A value type with its range."""

    def check(self, name: str, value: object) -> Any:
        """Return the value as the sandbox uses it. Raises `Refused` 50200, naming the field."""

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the type."""


@dataclass(frozen=True)
class Field:
    """A field of a request, or of an object nested in one."""

    name: str
    """As the vendor spells it."""
    kind: Kind
    default: Any = None
    """Used when the field is missing or null. None means that it has no default."""
    description: str = ""
    """Shown in OpenAPI."""
    required: bool = False
    """Whether a request without it is rejected with 50201."""
    common: bool = False
    """Whether every model accepts it. Models do not list common fields."""
    together: tuple[str, ...] = ()
    """Two fields, including this one, that must be sent together or not at all."""

    def read(self, fields: Mapping[str, Any], kind: Kind | None = None) -> Any:
        """The field's value in `fields`, checked against `kind` if the model overrides the row's.

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
        """The JSON schema, with default and description."""
        schema = self.kind.schema()
        if self.default is not None:
            schema["default"] = self.default
        if self.description:
            schema["description"] = self.description
        return schema


@dataclass(frozen=True)
class Text:
    """A string with an optional maximum length."""

    max_characters: int | None = None
    blank: bool = True
    """Whether it may be empty or only whitespace."""

    def check(self, name: str, value: object) -> str:
        """The string, unchanged."""
        if not isinstance(value, str):
            raise Refused(50200, f"{name} must be a string")
        # JSON can encode a lone surrogate, which no file or response can hold.
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise Refused(50200, f"{name} is not valid Unicode")
        if self.max_characters is not None and len(value) > self.max_characters:
            raise Refused(50200, f"{name} is longer than {self.max_characters} characters")
        if not self.blank and not value.strip():
            raise Refused(50200, f"{name} is empty")
        return value

    def schema(self) -> dict[str, Any]:
        """A string with its length limits."""
        schema: dict[str, Any] = {"type": "string"}
        if not self.blank:
            schema["minLength"] = 1
        if self.max_characters is not None:
            schema["maxLength"] = self.max_characters
        return schema


@dataclass(frozen=True)
class Integer:
    """An integer from `lowest` to `highest`."""

    lowest: int
    highest: int

    def check(self, name: str, value: object) -> int:
        """The number. Like the service, this rejects 1.0."""
        # In Python a bool is an int; the service disagrees.
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
        """The value. 0 and 1 are rejected."""
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
    """An object with its own fields."""

    fields: tuple[Field, ...]

    def check(self, name: str, value: object) -> dict[str, Any]:
        """The value of every field, by name."""
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
    """The fields that are set: null counts as absent."""
    return {name: value for name, value in fields.items() if value is not None}
