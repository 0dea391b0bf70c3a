"""The form: what an edit is composed with, one list of it, and the controls of the fields.

The fields' part of the list follows from `service.fields`: so do the controls, what is read from
them, and what the browser keeps of them while the page is loaded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.i18n import I18nData

from volcedit.errors import ParameterError
from volcedit.jobs.variations import settle_count, settle_seed
from volcedit.service.fields import INPUTS, check_photo_url, find_faults, offer, read_params
from volcedit.service.models import MODELS
from volcedit.service.rows.kinds import Choice, Flag, Number, Option, Text
from volcedit.service.rows.row import Input, Place, elem_id_of, read_whole_number
from volcedit.types import Delivery, EditParams, Mode

FETCH, LINK = "fetch", "link"
"""The ways of a photo that is named by its address: fetched here, or by the service itself."""

PHOTO = "photo"
ENTRIES = (
    PHOTO,
    *(it.key for it in INPUTS),
    *("count", "delivery", "model", "mode", "photo_url", "photo_way"),
)
"""The names of all that makes an edit, in the order in which listeners get their values."""
KEPT_IDS = [elem_id_of(name) for name in ENTRIES if name != PHOTO]
"""The ids of the controls that the browser keeps over a reload; the photo it keeps by its path."""
SLIDER_IDS = [it.elem_id for it in INPUTS if isinstance(it.kind, Number)] + ["count"]
"""The ids of the sliders. A number beyond one is told there, and not changed without a word."""

_MIN_WIDTHS_PX: Mapping[Place, int] = {"seed": 160, "size": 120}
_t = gr.I18n()


@dataclass(frozen=True)
class Form:
    """What an edit is made of, as the page holds it: not yet checked."""

    values: Mapping[str, Any]
    """By the names of `ENTRIES`."""

    @classmethod
    def of(cls, values: tuple[object, ...]) -> Form:
        """The form of what a listener was given."""
        return cls(dict(zip(ENTRIES, values, strict=True)))

    @property
    def photo(self) -> str | None:
        """Path of the upload; None when there is none."""
        path: str | None = self.values[PHOTO]
        return path

    @property
    def photo_url(self) -> str:
        """The photo's address; "" when there is none."""
        return str(self.values["photo_url"] or "").strip()

    @property
    def is_link(self) -> bool:
        """Whether the service is to fetch the photo itself."""
        return self.photo_url != "" and self.values["photo_way"] == LINK

    @property
    def model(self) -> str:
        """By the vendor's name."""
        return str(self.values["model"])

    @property
    def seed(self) -> object:
        """As it was typed, but a number where it is one."""
        return read_whole_number(self.values["seed"])

    @property
    def count(self) -> object:
        """How many pictures."""
        return self.values["count"]

    @property
    def delivery(self) -> Delivery:
        """How they come back."""
        way: Delivery = self.values["delivery"]
        return way

    @property
    def mode(self) -> Mode:
        """As asked for, or the one way in which the model can be called."""
        return MODELS[self.model].settle_mode(self.values["mode"])

    def params(self, seed: int) -> EditParams:
        """What is asked for, not yet checked; without what stands in fields that are hidden."""
        return read_params(self.values, self.model, seed)

    def faults(self) -> Iterator[ParameterError]:
        """Why it could not be sent, each with the name of its field; nothing of its photo."""
        yield from find_faults(self.params(seed=1), self.model, self.mode)
        checks: list[Callable[[], object]] = [
            lambda: settle_seed(self.seed),
            lambda: settle_count(self.count),
        ]
        if self.photo_url:
            checks.append(lambda: check_photo_url(self.photo_url))
        for check in checks:
            try:
                check()
            except ParameterError as error:
                yield error


_ENTRY_OF = {"req_key": "model", **{it.error_field: it.key for it in reversed(INPUTS)}}


def entry_of(error: ParameterError) -> str:
    """The name of the entry at which the error is told: of several the first."""
    return _ENTRY_OF.get(error.field, error.field)


def offer_entries(model: str) -> dict[str, bool]:
    """Whether each entry that not every model needs is of use with this one, by its name."""
    return {**offer(model), "mode": len(MODELS[model].modes) > 1}


def lay_out_controls(place: Place, model: str) -> dict[str, Component]:
    """The controls that have their place there, by their names, as `model` needs them."""
    seen = offer(model)
    return {
        it.key: _make_control(it, seen.get(it.key, True))
        for it in INPUTS
        if it.control.place == place
    }


def take_as_typed(slider: gr.Slider) -> None:
    """Let a slider give on a number beyond it; Gradio would raise, `check` tells it in words."""
    slider.preprocess = lambda number: number  # type: ignore[method-assign, assignment]


def _make_control(asked: Input, visible: bool) -> Component:
    kind, control = asked.kind, asked.control
    label: str | I18nData = _t(asked.key)
    info = _t(control.info) if control.info else None
    if isinstance(kind, Number):
        slider = gr.Slider(
            kind.least,
            kind.most,
            asked.default,
            step=0.01,
            label=label,
            info=info,
            visible=visible,
            elem_id=asked.elem_id,
        )
        take_as_typed(slider)
        return slider
    if isinstance(kind, Flag):
        return gr.Checkbox(
            value=asked.default, label=label, info=info, visible=visible, elem_id=asked.elem_id
        )
    if isinstance(kind, Choice):
        return gr.Radio(
            [(_name_option(it), it.value) for it in kind.options],
            value=asked.default,
            label=label,
            info=info,
            visible=visible,
            elem_id=asked.elem_id,
        )
    is_text = isinstance(kind, Text)
    # A whole number is text too: "abc" and 1.5 are to be told, not swallowed by the browser.
    return gr.Textbox(
        value=asked.show(asked.default),
        label=label,
        info=info,
        placeholder=_t(control.hint) if control.hint else None,
        lines=control.lines,
        max_lines=control.max_lines if is_text else 1,
        html_attributes=None if is_text else gr.InputHTMLAttributes(autocomplete="off"),
        min_width=_MIN_WIDTHS_PX.get(control.place, 160),
        visible=visible,
        elem_id=asked.elem_id,
    )


def _name_option(option: Option) -> str | I18nData:
    return _t(option.key) if option.key else option.label
