"""A row of `fields`, and everything derived from it.

A row is a `Field`, or a `Group` of fields behind a switch. It defines what is sent, what a recipe
stores, how both are checked, and the inputs in the form.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

from volcedit.service.models import Model
from volcedit.service.rows.kinds import Flag, Kind, Whole
from volcedit.types import EditParams, Words

Place = Literal["prompt", "scale", "seed", "size", "model", "result"]
"""Where in the form: three places of their own, "size" for inputs side by side, "model" next to the
choice of the model, and "result" next to the delivery."""


@dataclass(frozen=True)
class Control:
    """How a field is shown in the form. The widget depends on the kind: a text box for `Text`, a
    single line for `Whole`, a slider for `Number`, radio buttons for `Choice`, a checkbox for
    `Flag`."""

    label: Words
    place: Place = "model"
    rank: int = 0
    """The order within a place; ties keep the order of the rows."""
    info: Words | None = None
    """Help text below the label."""
    hint: Words | None = None
    """Placeholder text."""
    lines: int = 1
    max_lines: int | None = None


@dataclass(frozen=True)
class Input:
    """One control of a form, as plain data."""

    key: str
    """Its name in the form."""
    kind: Kind
    control: Control
    default: Any
    error_field: str
    """The `field` of a `ParameterError` to show at this control."""

    @property
    def elem_id(self) -> str:
        """Its `elem_id` on the page."""
        return elem_id_of(self.key)

    def read(self, entered: Any) -> Any:
        """The entered value, which `check_params` checks later."""
        if not isinstance(self.kind, Whole):
            return entered
        number = read_whole_number(entered)
        is_none = number == "" or (number == 0 and self.kind.optional)
        return self.default if is_none else number

    def show(self, value: Any) -> Any:
        """The control's value that shows `value`."""
        if isinstance(self.kind, Whole):
            return "" if value is None else str(value)
        return value


@dataclass(frozen=True, eq=False)
class Field:
    """A field with one value."""

    name: str
    """The attribute of its owner, also used in a recipe's JSON."""
    wire: str
    """The vendor's name, used in a request body."""
    kind: Kind
    control: Control
    owner: type = EditParams
    """The dataclass with this attribute and its default."""
    is_named: bool = True
    """True if only the models that list it accept it; False if all models do."""
    is_always_written: bool = False
    """Whether a recipe's JSON includes it even at its default. True for the fields of the first
    version; never for a later field, or the ids of existing recipes would change."""
    is_always_set: bool = False
    """Whether it gets a value even if the user gave none, like the seed, which is drawn. It starts
    empty in a form, and is silently left out for a model that does not accept it."""
    together: str = ""
    """The name of a set of fields that must be given together or not at all."""
    noun: Words | None = None
    """What to call it in a sentence; None for its name."""

    with_delivery = False

    @cached_property
    def default(self) -> Any:
        """The default value; "" for a required field."""
        for it in dataclasses.fields(self.owner):
            if it.name == self.name:
                return "" if it.default is dataclasses.MISSING else it.default
        raise LookupError(f"{self.owner.__name__} has no attribute {self.name} for this row")

    @property
    def error_field(self) -> str:
        """The `field` of a `ParameterError` about it."""
        return self.together or self.name

    @cached_property
    def key(self) -> str:
        """Its name on the page, without the unit."""
        return self.name.removesuffix("_px")

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """Its inputs in a form."""
        default = None if self.is_always_set else self.default
        return (Input(self.key, self.kind, self.control, default, self.error_field),)

    def is_blank(self, value: object) -> bool:
        """Whether `value` is the default or empty text."""
        return value == self.default or (isinstance(value, str) and not value.strip())

    @cached_property
    def fault(self) -> Callable[[object, Model], Words | None]:
        """Why a model would not accept a value; None if it would."""
        return partial(self.kind.fault, self.error_field)

    @cached_property
    def to_wire(self) -> Callable[[Any], Any]:
        """A value as written in a request body."""
        return self.kind.to_json

    @cached_property
    def to_json(self) -> Callable[[Any], Any]:
        """A value as written in a recipe."""
        return self.kind.to_json

    @cached_property
    def from_json(self) -> Callable[[Any], Any]:
        """The inverse of `to_json`. Raises TypeError or ValueError for an invalid value."""
        return self.kind.from_json

    def read(self, entered: Mapping[str, Any]) -> Any:
        """The value entered in a form, given all its values by input key."""
        (control,) = self.inputs
        return control.read(entered[control.key])

    def show(self, value: Any) -> dict[str, Any]:
        """The values that show `value` in a form, by input key."""
        (control,) = self.inputs
        return {control.key: control.show(value)}


@dataclass(frozen=True, eq=False)
class Group:
    """Several fields behind a switch. The value is an object, or None if the switch is off."""

    name: str
    wire: str
    switch: str
    """The vendor's name of the switch."""
    parts: tuple[Field, ...]
    """In the order in which they are sent."""
    value_type: type
    """The dataclass that has them as attributes."""
    control: Control
    """The control of the switch."""
    is_named: bool = True
    is_always_written: bool = False
    with_delivery: bool = False
    """Whether it is sent along with the delivery, which for a task means when polling."""
    noun: Words | None = None

    default = None
    is_always_set = False
    together = ""

    @property
    def error_field(self) -> str:
        """The `field` of a `ParameterError` about any of its parts."""
        return self.name

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The switch, then one input for each part."""
        return (
            Input(self.name, Flag(), self.control, False, self.name),
            *(
                Input(f"{self.name}_{part.key}", part.kind, part.control, part.default, self.name)
                for part in self.parts
            ),
        )

    @cached_property
    def _in_order(self) -> tuple[Field, ...]:
        """The parts in the order of their dataclass, which is used in a recipe."""
        names = [it.name for it in dataclasses.fields(self.value_type)]
        return tuple(sorted(self.parts, key=lambda part: names.index(part.name)))

    def is_blank(self, value: object) -> bool:
        """See `Field`."""
        return value is None

    def fault(self, value: object, model: Model) -> Words | None:
        """See `Field`."""
        if value is None:
            return None
        faults = (
            part.kind.fault(self.name, getattr(value, part.name, None), model)
            for part in self._in_order
        )
        return next(filter(None, faults), None)

    def to_wire(self, value: Any) -> dict[str, Any]:
        """See `Field`."""
        if value is None:
            return {self.switch: False}
        parts = {part.wire: part.to_wire(getattr(value, part.name)) for part in self.parts}
        return {self.switch: True, **parts}

    def to_json(self, value: Any) -> dict[str, Any] | None:
        """See `Field`."""
        if value is None:
            return None
        return {part.name: part.to_json(getattr(value, part.name)) for part in self._in_order}

    def from_json(self, value: Any) -> Any:
        """See `Field`."""
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise TypeError("not an object")
        return self.value_type(
            **{part.name: part.from_json(value[part.name]) for part in self.parts}
        )

    def read(self, entered: Mapping[str, Any]) -> Any:
        """See `Field`."""
        switch, *controls = self.inputs
        if not entered[switch.key]:
            return None
        values = [it.read(entered[it.key]) for it in controls]
        return self.value_type(**dict(zip([it.name for it in self.parts], values, strict=True)))

    def show(self, value: Any) -> dict[str, Any]:
        """See `Field`."""
        switch, *controls = self.inputs
        source = self.value_type() if value is None else value
        shown = {
            it.key: it.show(getattr(source, part.name))
            for it, part in zip(controls, self.parts, strict=True)
        }
        return {switch.key: value is not None, **shown}


Row = Field | Group


def elem_id_of(key: str) -> str:
    """The `elem_id` of the control with this key."""
    return key.replace("_", "-")


def read_whole_number(text: Any) -> Any:
    """`text` as an int if it is one, else unchanged; a later check reports it."""
    text = str(text or "").strip().replace("−", "-")
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,12}", text) else text
