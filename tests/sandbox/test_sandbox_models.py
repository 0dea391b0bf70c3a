"""A field is one row and a model is one row: what a new one of either gives, everywhere."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
import requests
from PIL import Image

from volcedit.sandbox import Sandbox, models
from volcedit.sandbox.arguments import EditArguments, read_arguments, read_submission
from volcedit.sandbox.codes import Refused
from volcedit.sandbox.fields import Field, Flag, Fraction, Integer, Text

TAKING, LACKING = "byteedit_v2.0", "seededit_v3.0"


def body(req_key: str = TAKING, **fields: object) -> bytes:
    least = {"req_key": req_key, "binary_data_base64": ["QUJD"], "prompt": "snow"}
    return json.dumps(least | fields).encode()


def read(req_key: str = TAKING, **fields: object) -> EditArguments:
    return read_arguments(body(req_key, **fields), "sync" if req_key == TAKING else "async")


def refusal(req_key: str = TAKING, **fields: object) -> Refused:
    with pytest.raises(Refused) as refused:
        read(req_key, **fields)
    return refused.value


def add(patch: pytest.MonkeyPatch, *rows: Field) -> None:
    """Append rows to the table, accepted by one model."""
    model = models.MODELS[TAKING]
    names = tuple(row.name for row in rows)
    patch.setattr(models, "FIELDS", (*models.FIELDS, *rows))
    wider = replace(model, fields=(*model.fields, *names))
    patch.setattr(models, "MODELS", {**models.MODELS, TAKING: wider})


@pytest.fixture
def sparkling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A boolean field of one model: a row, and its name in that model's row."""
    add(monkeypatch, Field("sparkle", Flag(), False, "Adds sparkles."))


@pytest.mark.usefixtures("sparkling")
def test_a_new_field_is_passed_through():
    assert read(sparkle=True).extra["sparkle"] is True
    assert read_submission(body(sparkle=True)).extra["sparkle"] is True


@pytest.mark.usefixtures("sparkling")
@pytest.mark.parametrize("fields", [{}, {"sparkle": None}])
def test_a_missing_new_field_has_its_default(fields: dict):
    assert read(**fields).extra["sparkle"] is False


@pytest.mark.usefixtures("sparkling")
@pytest.mark.parametrize("value", [1, 0, "true", [], {}])
def test_a_new_field_of_the_wrong_type_is_rejected(value: object):
    refused = refusal(sparkle=value)
    assert (refused.code, refused.http_status) == (50200, 400)
    assert "sparkle must be true or false" in refused.message


@pytest.mark.usefixtures("sparkling")
def test_a_model_without_the_new_field_rejects_non_default_values():
    refused = refusal(LACKING, sparkle=True)
    assert refused.code == 50200
    assert f"{LACKING} takes no sparkle" in refused.message
    assert "sparkle" not in read(LACKING, sparkle=False).extra


def test_a_field_without_a_row_is_ignored():
    assert "sparkle" not in read(sparkle="anything").extra


def test_a_missing_required_field_is_an_error(monkeypatch: pytest.MonkeyPatch):
    add(monkeypatch, Field("style", Text(10), required=True))
    refused = refusal()
    assert (refused.code, refused.message) == (50201, "Missing argument: style")
    assert read(style="flat").extra["style"] == "flat"


@pytest.mark.parametrize(
    ("row", "passing", "failing"),
    [
        (Field("x", Text(2), ""), ["", "ab"], ["abc", 5, ["a"]]),
        (Field("x", Text(blank=False), "a"), ["b"], ["", "  "]),
        (Field("x", Integer(2, 4), 2), [2, 4], [1, 5, 3.0, True, "3"]),
        (Field("x", Fraction(), 0.5), [0, 1, 0.25], [-0.01, 1.01, False, "1"]),
        (Field("x", Flag(), True), [True, False], [1, "true"]),
    ],
    ids=lambda value: type(value.kind).__name__ if isinstance(value, Field) else "",
)
def test_each_kind_of_field_checks_its_range(
    monkeypatch: pytest.MonkeyPatch, row: Field, passing: list, failing: list
):
    add(monkeypatch, row)
    assert [read(x=value).extra["x"] for value in passing] == passing
    assert {refusal(x=value).code for value in failing} == {50200}


def test_a_model_can_override_limits(monkeypatch: pytest.MonkeyPatch):
    model = models.MODELS[TAKING]
    narrow = replace(model, limits={"seed": Integer(0, 9), "prompt": Text(5, blank=False)})
    monkeypatch.setattr(models, "MODELS", {**models.MODELS, TAKING: narrow})
    assert read(seed=9, prompt="12345").seed == 9
    assert "seed must be an integer from 0 to 9" in refusal(seed=10).message
    assert "prompt is longer than 5 characters" in refusal(prompt="123456").message
    assert read(LACKING, seed=10).seed == 10


def test_a_new_model_is_one_row(monkeypatch: pytest.MonkeyPatch):
    row = models.Model(("sync",), ("seed",))
    monkeypatch.setattr(models, "MODELS", {**models.MODELS, "edit_v9": row})
    arguments = read_arguments(body("edit_v9", seed=3), "sync")
    assert (arguments.req_key, arguments.seed, arguments.scale) == ("edit_v9", 3, 0.5)
    for fields in ({"scale": 0.7}, {"negative_prompt": "rain"}, {"width": 512, "height": 512}):
        with pytest.raises(Refused, match=f"edit_v9 takes no {next(iter(fields))}"):
            read_arguments(body("edit_v9", **fields), "sync")
    with pytest.raises(Refused, match="edit_v9 takes sync calls only"):
        read_submission(body("edit_v9"))


def test_every_field_of_a_model_has_a_row():
    rows = {row.name for row in models.FIELDS if not row.common}
    for req_key, model in models.MODELS.items():
        assert set(model.fields) <= rows, req_key
        assert set(model.limits) <= rows | {"prompt"}, req_key


def test_every_row_belongs_to_a_model():
    taken = {name for model in models.MODELS.values() for name in model.fields}
    assert {row.name for row in models.FIELDS if not row.common} == taken


# Over HTTP


@pytest.fixture
def sandbox(sparkling: None) -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def test_a_new_field_is_described(sandbox: Sandbox):
    paths = requests.get(f"{sandbox.url}/openapi.json", timeout=30).json()["paths"]
    content = paths["/volcv/v1"]["post"]["requestBody"]["content"]["application/json"]
    assert content["schema"]["properties"]["sparkle"] == {
        "type": "boolean",
        "default": False,
        "description": "Adds sparkles. Only byteedit_v2.0.",
    }


def test_a_response_repeats_the_new_field_in_its_parameters(sandbox: Sandbox):
    file = BytesIO()
    Image.new("RGB", (30, 20)).save(file, "PNG")
    image = base64.b64encode(file.getvalue()).decode()
    answer = requests.post(
        f"{sandbox.url}/volcv/v1?Action=CVProcess&Version=2022-08-31",
        data=body(binary_data_base64=[image], sparkle=True),
        timeout=30,
    )
    assert answer.json()["data"]["infer_ctx"]["params"]["sparkle"] is True
