"""The form: the list of its entries, their values, and the controls of the fields.

The entries for fields are derived from `service.fields`, and so are their controls, how they are
read, and what the browser keeps across a reload.
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
"""Who fetches a photo given by URL: this app, or the service itself."""

PHOTO = "photo"
ENTRIES = (
    PHOTO,
    *(it.key for it in INPUTS),
    *("count", "delivery", "model", "mode", "photo_url", "photo_way"),
)
"""The names of everything that makes up an edit, in the order in which listeners get the values."""
KEPT_IDS = [elem_id_of(name) for name in ENTRIES if name != PHOTO]
"""The ids of the controls kept by the browser across a reload. It keeps the photo by its path."""
SLIDER_IDS = [it.elem_id for it in INPUTS if isinstance(it.kind, Number)] + ["count"]
"""The ids of the sliders. A number out of range is reported there, not silently clamped."""

_MIN_WIDTHS_PX: Mapping[Place, int] = {"seed": 160, "size": 120}
_t = gr.I18n()


@dataclass(frozen=True)
class Form:
    """The values of the form, read but not yet checked."""

    values: Mapping[str, Any]
    """As a listener got them, keyed by the names in `ENTRIES`."""
    photo: str | None
    """The path of the upload; None if there is none."""
    photo_url: str
    """The photo's URL; "" if there is none."""
    is_link: bool
    """Whether the service should fetch the photo itself."""
    model: str
    """The vendor's name for the model."""
    mode: Mode
    """The chosen mode, or the first that the model supports."""
    seed: object
    """The seed as typed, converted to a number if it is one."""
    count: object
    """How many pictures."""
    delivery: Delivery
    """How the pictures are returned."""

    @classmethod
    def of(cls, entered: tuple[Any, ...]) -> Form:
        """A form from the values that a listener got."""
        values = dict(zip(ENTRIES, entered, strict=True))
        photo_url = str(values["photo_url"] or "").strip()
        model = str(values["model"])
        return cls(
            values,
            photo=values[PHOTO],
            photo_url=photo_url,
            is_link=photo_url != "" and values["photo_way"] == LINK,
            model=model,
            mode=MODELS[model].settle_mode(values["mode"]),
            seed=read_whole_number(values["seed"]),
            count=values["count"],
            delivery=values["delivery"],
        )

    def params(self, seed: int) -> EditParams:
        """The params, not yet checked. Hidden fields are ignored."""
        return read_params(self.values, self.model, seed)

    def faults(self) -> Iterator[ParameterError]:
        """Why the form cannot be sent, each error naming its field; an upload is not checked."""
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
    """The name of the entry to show the error at; the first, if there are several."""
    return _ENTRY_OF.get(error.field, error.field)


def offer_entries(model: str) -> dict[str, bool]:
    """For each entry that only some models use, by name: whether this model uses it."""
    return {**offer(model), "mode": len(MODELS[model].modes) > 1}


def lay_out_controls(place: Place, model: str) -> dict[str, Component]:
    """The controls of one place in the form, by name; only those that `model` uses are visible."""
    seen = offer(model)
    return {
        it.key: _make_control(it, seen.get(it.key, True))
        for it in INPUTS
        if it.control.place == place
    }


def take_as_typed(slider: gr.Slider) -> None:
    """Let a slider accept a number out of range: Gradio would raise, `check` explains it."""
    slider.preprocess = lambda number: number  # type: ignore[method-assign, assignment]


def _make_control(asked: Input, visible: bool) -> Component:
    kind, control = asked.kind, asked.control
    label: str | I18nData = _t(control.label.template)
    info = _t(control.info.template) if control.info else None
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
    # A text box for whole numbers too: "abc" and 1.5 should be reported, which a number field of
    # the browser would not pass on.
    return gr.Textbox(
        value=asked.show(asked.default),
        label=label,
        info=info,
        placeholder=_t(control.hint.template) if control.hint else None,
        lines=control.lines,
        max_lines=control.max_lines if is_text else 1,
        html_attributes=None if is_text else gr.InputHTMLAttributes(autocomplete="off"),
        min_width=_MIN_WIDTHS_PX.get(control.place, 160),
        visible=visible,
        elem_id=asked.elem_id,
    )


def _name_option(option: Option) -> str | I18nData:
    return _t(option.words.template) if option.words else option.label
