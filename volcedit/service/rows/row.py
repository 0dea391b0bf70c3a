"""What a row of `fields` is made of, and all that follows from it.

A row is a `Field`, or a `Group` of them behind a switch. From it come what is sent, what a recipe
writes, how both are checked, and the inputs by which a form asks for it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from volcedit.service.models import Model
from volcedit.service.rows.kinds import Choice, Flag, Kind, Whole
from volcedit.types import EditParams, Words

Place = Literal["prompt", "scale", "seed", "size", "model", "result"]
"""Where in the form: three places of their own, side by side, beside the choice of the model, and
beside how the result comes back."""


@dataclass(frozen=True)
class Control:
    """How a form asks for a field. Which control it is follows from the kind: a `Text` gets a text
    box, a `Whole` a line, a `Number` a slider, a `Choice` radio buttons, a `Flag` a tick box."""

    place: Place = "model"
    rank: int = 0
    """The order within a place; equals stand in the order of the rows."""
    info: str = ""
    """Key of the words below the label."""
    hint: str = ""
    """Key of the words in an empty box."""
    lines: int = 1
    max_lines: int | None = None


@dataclass(frozen=True)
class Input:
    """One control of a form, as plain data."""

    key: str
    """Its name in the form, and the key of its label."""
    kind: Kind
    control: Control
    default: Any
    told_as: str
    """The `field` of a `ParameterError` that belongs at this control."""

    @property
    def elem_id(self) -> str:
        """Its id on the page."""
        return elem_id_of(self.key)

    @property
    def words(self) -> set[str]:
        """The keys of all its words."""
        options = self.kind.options if isinstance(self.kind, Choice) else ()
        told = {self.control.info, self.control.hint, *(option.key for option in options)}
        return {self.key, *told} - {""}

    def read(self, entered: Any) -> Any:
        """The value that was entered, for `check_params` to judge."""
        if not isinstance(self.kind, Whole):
            return entered
        number = read_whole_number(entered)
        is_none = number == "" or (number == 0 and self.kind.may_lack)
        return self.default if is_none else number

    def show(self, value: Any) -> Any:
        """What the control holds when it stands for `value`."""
        if isinstance(self.kind, Whole):
            return "" if value is None else str(value)
        return value


@dataclass(frozen=True, eq=False)
class Field:
    """A field with one value."""

    name: str
    """Here, and in a recipe's JSON: an attribute of its owner."""
    wire: str
    """In a body: the vendor's name."""
    kind: Kind
    control: Control = Control()
    owner: type = EditParams
    """The dataclass that has it, and its default."""
    is_named: bool = True
    """Whether only those models take it whose row names it."""
    is_always_written: bool = False
    """Whether a recipe's JSON has it also at its default. True for what the first recipes had;
    never for a later one, or the ids of earlier recipes would change."""
    is_always_set: bool = False
    """Whether it gets a value where nobody asked for one, as the seed that is drawn: a form begins
    with none, and a model that lacks it is simply not told."""
    together: str = ""
    """The name of several fields that are given together or not at all."""
    noun: Words | None = None
    """What it is called where a model lacks it; None: by its name."""

    with_delivery = False

    @cached_property
    def default(self) -> Any:
        """What it is where nothing is said; "" where something must be."""
        for it in dataclasses.fields(self.owner):
            if it.name == self.name:
                return "" if it.default is dataclasses.MISSING else it.default
        raise LookupError(f"{self.owner.__name__} has no attribute {self.name} for this row")

    @property
    def told_as(self) -> str:
        """The `field` of a `ParameterError` about it."""
        return self.together or self.name

    @cached_property
    def key(self) -> str:
        """Its name on the page, which needs no unit."""
        return self.name.removesuffix("_px")

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What a form asks for it with."""
        default = None if self.is_always_set else self.default
        return (Input(self.key, self.kind, self.control, default, self.told_as),)

    def is_blank(self, value: object) -> bool:
        """Whether `value` asks for nothing."""
        return value == self.default or (isinstance(value, str) and not value.strip())

    def fault(self, value: object, model: Model) -> Words | None:
        """Why `model` could not accept `value`; None when it could."""
        return self.kind.fault(self.told_as, value, model)

    def to_wire(self, value: Any) -> Any:
        """`value` as it stands in a body."""
        return self.kind.to_json(value)

    def to_json(self, value: Any) -> Any:
        """`value` as it stands in a recipe."""
        return self.kind.to_json(value)

    def from_json(self, value: Any) -> Any:
        """Reads back `to_json`. Raises TypeError or ValueError for what no request could hold."""
        self.kind.check_stored(value)
        return value

    def read(self, entered: Mapping[str, Any]) -> Any:
        """The value in what a form's inputs hold, by their keys."""
        (asked,) = self.inputs
        return asked.read(entered[asked.key])

    def show(self, value: Any) -> dict[str, Any]:
        """What the inputs hold when they stand for `value`."""
        (asked,) = self.inputs
        return {asked.key: asked.show(value)}


@dataclass(frozen=True, eq=False)
class Group:
    """Several fields behind a switch: an object of their own, or None where it is off."""

    name: str
    wire: str
    switch: str
    """The vendor's name of what turns it on."""
    parts: tuple[Field, ...]
    """In the order in which they are sent."""
    made: type
    """The dataclass whose attributes they are."""
    control: Control = Control()
    """Of the switch."""
    is_named: bool = True
    is_always_written: bool = False
    with_delivery: bool = False
    """Whether a task gets it with the question after its result, beside how that comes back."""
    noun: Words | None = None

    default = None
    is_always_set = False
    together = ""

    @property
    def told_as(self) -> str:
        """The `field` of a `ParameterError` about any of its parts."""
        return self.name

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The switch, then one of each part."""
        return (
            Input(self.name, Flag(), self.control, False, self.name),
            *(
                Input(f"{self.name}_{part.key}", part.kind, part.control, part.default, self.name)
                for part in self.parts
            ),
        )

    @cached_property
    def _in_order(self) -> tuple[Field, ...]:
        """The parts as their dataclass has them, which is how they are written."""
        names = [it.name for it in dataclasses.fields(self.made)]
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
            raise TypeError("several fields that are none")
        return self.made(**{part.name: part.from_json(value[part.name]) for part in self.parts})

    def read(self, entered: Mapping[str, Any]) -> Any:
        """See `Field`."""
        switch, *asked = self.inputs
        if not entered[switch.key]:
            return None
        values = {it.key: it.read(entered[it.key]) for it in asked}
        return self.made(**dict(zip([it.name for it in self.parts], values.values(), strict=True)))

    def show(self, value: Any) -> dict[str, Any]:
        """See `Field`."""
        switch, *asked = self.inputs
        held = self.made() if value is None else value
        shown = {
            it.key: it.show(getattr(held, part.name))
            for it, part in zip(asked, self.parts, strict=True)
        }
        return {switch.key: value is not None, **shown}


Row = Field | Group


def elem_id_of(key: str) -> str:
    """The id that a control of this name has on the page."""
    return key.replace("_", "-")


def read_whole_number(text: Any) -> Any:
    """A whole number if `text` says one; else `text`, for whoever knows the range to judge."""
    text = str(text or "").strip().replace("−", "-")
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,12}", text) else text
