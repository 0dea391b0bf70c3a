"""Each field is one row. These tests report whatever is missing for a new one."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace

import pytest

from tests.support.fields import other_value_of, params_of
from volcedit import EditParams, EditRequest, Photo
from volcedit.notebook.recipe import Recipe
from volcedit.sandbox.arguments import read_arguments
from volcedit.sandbox.codes import Refused
from volcedit.service.fields import (
    FIELDS,
    INPUTS,
    build_fields,
    check_params,
    find_faults,
    offer,
    params_from_json,
    params_to_json,
    read_params,
    show_params,
    takes,
)
from volcedit.service.models import MODELS
from volcedit.service.rows.row import Field, Group, Row

GROUPS = [row for row in FIELDS if isinstance(row, Group)]
EVERY_ROW = pytest.mark.parametrize("row", FIELDS, ids=[row.name for row in FIELDS])
EVERY_INPUT = pytest.mark.parametrize("asked", INPUTS, ids=[it.key for it in INPUTS])
OF_MODELS = [(req_key, wire) for req_key, model in MODELS.items() for wire in model.fields]


def names_of(owner: type) -> list[str]:
    return [it.name for it in dataclasses.fields(owner)]


def model_that_takes(row: Row) -> str:
    return next(req_key for req_key, model in MODELS.items() if takes(model, row))


# ── rows, attributes, models, words ──────────────────────────────────────────────────────────


def test_every_attribute_of_an_edit_has_a_row_and_in_this_order():
    assert names_of(EditParams) == [row.name for row in FIELDS]


@pytest.mark.parametrize("group", GROUPS, ids=lambda it: it.name)
def test_every_attribute_of_a_group_has_a_row(group: Group):
    assert sorted(names_of(group.value_type)) == sorted(part.name for part in group.parts)
    assert {part.owner for part in group.parts} == {group.value_type}


@EVERY_ROW
def test_every_optional_field_is_listed_by_a_model(row: Row):
    assert row.wire in {wire for _, wire in OF_MODELS} or not row.is_named


@pytest.mark.parametrize(("req_key", "wire"), OF_MODELS)
def test_every_field_listed_by_a_model_exists(req_key: str, wire: str):
    assert wire in [row.wire for row in FIELDS if row.is_named]


def test_no_two_rows_share_a_name():
    keys = [it.key for it in INPUTS]
    wires = [row.wire for row in FIELDS]
    assert len(set(keys)) == len(keys)
    assert len(set(wires)) == len(wires)


def test_only_fields_of_the_first_recipes_are_written_at_their_default():
    # The canonical JSON of the first recipe ever written, tests/notebook/test_recipe.py.
    first = ["prompt", "negative_prompt", "seed", "scale", "watermark"]
    assert [row.name for row in FIELDS if row.is_always_written] == first


# ── what is derived from a row ───────────────────────────────────────────────────────────────


@EVERY_ROW
def test_every_field_reaches_the_body(row: Row, photo: Photo):
    req_key, value = model_that_takes(row), other_value_of(row)
    plain = build_fields(req_key, EditParams("-"), "url", "")
    asked = build_fields(req_key, replace(EditParams("-"), **{row.name: value}), "url", "")
    assert asked[row.wire] == row.to_wire(value)
    assert {name for name in asked if asked[name] != plain.get(name)} == {row.wire}


@EVERY_ROW
def test_no_field_reaches_the_body_of_a_model_that_lacks_it(row: Row):
    asked = replace(EditParams("-"), **{row.name: other_value_of(row)})
    for req_key, model in MODELS.items():
        if not takes(model, row):
            assert row.wire not in build_fields(req_key, asked, "url", "")
            (fault,) = find_faults(asked, req_key, model.modes[0])
            assert fault.field == row.error_field


@EVERY_ROW
def test_every_field_is_checked(row: Row):
    req_key = model_that_takes(row)
    wrong = replace(params_of(req_key), **{row.name: object()})
    (fault,) = find_faults(wrong, req_key, MODELS[req_key].modes[0])
    assert fault.field == row.error_field


@pytest.mark.parametrize("req_key", MODELS)
def test_every_field_at_once_is_accepted_and_survives_json_and_form(req_key: str):
    params, model = params_of(req_key), MODELS[req_key]
    check_params(params, req_key, model.modes[0])
    assert params_from_json(json.loads(json.dumps(params_to_json(params)))) == params
    assert read_params(show_params(params), req_key, params.seed) == params


@EVERY_ROW
def test_every_field_changes_the_recipe(row: Row):
    plain = EditParams("make it snow")
    asked = replace(plain, **{row.name: other_value_of(row)})
    photo = Photo(b"photo", "image/jpeg", 20, 20, "5" * 64)
    recipes = [
        Recipe.of(EditRequest(photo, it, model_that_takes(row)), "gateway", "h")
        for it in (plain, asked)
    ]
    assert recipes[0].id != recipes[1].id
    assert Recipe.from_json(json.loads(recipes[1].canonical)) == recipes[1]
    assert (row.name in recipes[0].to_json()["params"]) is row.is_always_written


@EVERY_ROW
def test_every_field_of_a_recipe_is_checked(row: Row):
    values = params_to_json(params_of(model_that_takes(row)))
    with pytest.raises((TypeError, ValueError)):
        params_from_json({**values, row.name: [1]})


@EVERY_ROW
def test_every_field_is_read_from_the_form_and_shown_in_it(row: Row):
    value = other_value_of(row)
    shown = {it.key: it.show(it.default) for it in INPUTS} | row.show(value)
    assert row.read(shown) == value
    assert shown.keys() == {it.key for it in INPUTS}


@pytest.mark.parametrize("req_key", MODELS)
def test_what_a_model_lacks_is_not_read_from_the_form(req_key: str):
    everything = {row.name: other_value_of(row) for row in FIELDS}
    entered = show_params(EditParams(**everything))
    check_params(read_params(entered, req_key, seed=7), req_key, MODELS[req_key].modes[0])


@pytest.mark.parametrize("req_key", MODELS)
def test_what_a_model_lacks_is_not_offered(req_key: str):
    named = [row for row in FIELDS if row.is_named]
    assert offer(req_key) == {
        it.key: row.wire in MODELS[req_key].fields for row in named for it in row.inputs
    }


# ── the sandbox ──────────────────────────────────────────────────────────────────────────────


def sandbox_answers(req_key: str, **fields: object) -> object:
    """The sandbox's reading of a body."""
    body = {"req_key": req_key, "binary_data_base64": ["QUJD"], "prompt": "snow"} | fields
    return read_arguments(json.dumps(body).encode(), MODELS[req_key].modes[0])


@pytest.mark.parametrize(("req_key", "wire"), OF_MODELS)
def test_the_sandbox_knows_every_field_of_every_model(req_key: str, wire: str):
    siblings = {row.wire: 600 for row in FIELDS if isinstance(row, Field) and row.together}
    with pytest.raises(Refused, match=wire) as refused:
        sandbox_answers(req_key, **{**(siblings if wire in siblings else {}), wire: {}})
    assert refused.value.code == 50200


@pytest.mark.parametrize("req_key", MODELS)
def test_the_sandbox_takes_all_that_a_model_takes(req_key: str):
    fields = build_fields(req_key, params_of(req_key), "url", "QUJD")
    mode = MODELS[req_key].modes[0]
    assert read_arguments(json.dumps(fields).encode(), mode).req_key == req_key


@EVERY_ROW
def test_the_sandbox_refuses_what_a_model_lacks(row: Row):
    value = row.to_wire(other_value_of(row))
    for req_key, model in MODELS.items():
        if not takes(model, row):
            with pytest.raises(Refused, match=row.wire):
                sandbox_answers(req_key, **{row.wire: value})
