"""Every control of the form, taken from the fields' rows: its value is never lost."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.support import PHOTOS
from tests.support.fields import other_value
from tests.support.studio import Studio
from volcedit.service.fields import INPUTS, offer
from volcedit.service.models import MODELS
from volcedit.service.rows.kinds import Choice, Flag, Number
from volcedit.service.rows.row import Input

# The visible value of each control, by its id.
HELD = """ids => Object.fromEntries(ids.map(id => {
  const box = document.getElementById(id), tick = box?.querySelector('input[type=checkbox]');
  const field = box?.querySelector('textarea, input[type=number], input[type=text], :checked');
  return [id, tick ? tick.checked : field?.value ?? null];
}))"""


def inputs_of(req_key: str) -> list[Input]:
    return [it for it in INPUTS if offer(req_key).get(it.key, True)]


def fill(studio: Studio, asked: Input) -> Any:
    """Change the control from its default. Returns its new value."""
    control, value = studio[asked.elem_id], other_value(asked.kind, asked.default)
    if isinstance(asked.kind, Flag):
        control.get_by_role("checkbox").set_checked(value)
        return value
    if isinstance(asked.kind, Choice):
        at = [it.value for it in asked.kind.options].index(value)
        control.get_by_role("radio").nth(at).check()
    elif isinstance(asked.kind, Number):
        studio.set_number(asked.elem_id, f"{value:g}")
    else:
        control.locator("input, textarea").fill(asked.show(value))
    return f"{asked.show(value):g}" if isinstance(asked.kind, Number) else str(asked.show(value))


def wait_until_held(studio: Studio, held: dict[str, Any]) -> None:
    """Wait until the controls have exactly these values. A failure shows the actual ones."""
    try:
        studio.page.wait_for_function(
            f"held => JSON.stringify(({HELD})(Object.keys(held))) === JSON.stringify(held)",
            arg=held,
            timeout=10_000,
        )
    except Exception:
        assert studio.page.evaluate(HELD, list(held)) == held
        raise


def test_every_control_of_every_model_survives_a_reload_and_is_restored(studio: Studio):
    studio["more"].get_by_role("button").first.click()
    held: dict[str, dict[str, Any]] = {}
    for count, req_key in enumerate(MODELS, 1):
        studio["model"].get_by_label(req_key).check()
        # Controls that the model does not support are hidden.
        for asked in INPUTS:
            useful = offer(req_key).get(asked.key, True)
            expect(studio[asked.elem_id]).to_be_visible(visible=useful)
        held[req_key] = {it.elem_id: fill(studio, it) for it in inputs_of(req_key)}
        wait_until_held(studio, held[req_key])
        studio.page.reload()
        wait_until_held(studio, held[req_key])
        expect(studio["model"].get_by_label(req_key)).to_be_checked()
        studio.choose_photo(PHOTOS / "chelsea.png")
        studio.run()
        expect(studio.rows).to_have_count(count)
        expect(studio.pictures).to_have_count(1)
    studio.reopen()
    assert studio["prompt"].locator("textarea").input_value() == ""
    for at, req_key in enumerate(reversed(MODELS)):  # the newest row is on top
        expect(studio["model"].get_by_label(req_key)).not_to_be_checked()
        studio.rows.nth(at).get_by_role("button", name="Restore").click()
        wait_until_held(studio, held[req_key])
        expect(studio["model"].get_by_label(req_key)).to_be_checked()
