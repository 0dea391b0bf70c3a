"""The vendor's models: the fields of each, in client and sandbox; adding one touches two files."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.support import ROOT
from tests.support.drawing import make_jpeg
from tests.support.gateway import Gateway
from tests.support.running import Bench
from volcedit import Client, EditParams, EditRequest, ParameterError, Photo
from volcedit.config import read_settings
from volcedit.notebook.recipe import Recipe
from volcedit.sandbox import arguments, pictures
from volcedit.sandbox import models as sandbox_models
from volcedit.sandbox.codes import Refused
from volcedit.sandbox.fields import Text
from volcedit.service.fields import (
    build_fields,
    check_params,
)
from volcedit.service.models import (
    MODELS,
    Model,
    settle,
)
from volcedit.service.wire import (
    build_body,
)
from volcedit.words import say

PACKAGE = ROOT / "volcedit"
PLAIN = EditParams("make it snow", seed=7)
NEW = "seededit_v9.0"

# API.md, "Calls", "Request fields" and "Sibling models [V]".
PUBLISHED = {
    "byteedit_v2.0": ({"sync", "async"}, {"negative_prompt", "seed", "scale"}),
    "seededit_v3.0": ({"async"}, {"seed", "scale"}),
    "jimeng_i2i_v30": ({"async"}, {"seed", "scale", "width", "height"}),
}


def mode_of(req_key: str) -> str:
    return MODELS[req_key].modes[-1]


def refusal(req_key: str, mode: str = "async", **changes: object) -> ParameterError:
    """Why the model does not accept the edit."""
    with pytest.raises(ParameterError) as caught:
        check_params(replace(PLAIN, **changes), req_key, mode)
    return caught.value


# ── the rows ─────────────────────────────────────────────────────────────────────────────────


def test_the_known_models_are_the_published_ones():
    known = {key: (set(model.modes), set(model.fields)) for key, model in MODELS.items()}
    assert known == PUBLISHED
    assert known == {
        key: (set(model.modes), set(model.fields)) for key, model in sandbox_models.MODELS.items()
    }


@pytest.mark.parametrize("req_key", MODELS)
def test_the_settings_choose_the_model(req_key: str):
    assert settle(read_settings({"VOLCEDIT_REQ_KEY": req_key})).req_key == req_key


@pytest.mark.parametrize("req_key", PUBLISHED)
def test_the_body_has_the_models_fields_in_a_fixed_order(req_key: str):
    params = replace(PLAIN, negative_prompt="rain", width_px=512, height_px=2016)
    order = ["negative_prompt", "seed", "scale", "width", "height"]
    fields = build_fields(req_key, params, "url", "…")
    assert list(fields) == [
        "req_key",
        "binary_data_base64",
        "prompt",
        *(name for name in order if name in PUBLISHED[req_key][1]),
        "return_url",
        "logo_info",
    ]
    assert fields["req_key"] == req_key


def test_without_a_size_none_is_sent():
    assert "width" not in build_fields("jimeng_i2i_v30", PLAIN, "url", "…")


# ── what a model lacks ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("req_key", ["seededit_v3.0", "jimeng_i2i_v30"])
def test_a_negative_prompt_is_refused_by_models_without_one(req_key: str):
    error = refusal(req_key, negative_prompt="rain")
    assert error.field == "negative_prompt"
    assert req_key in str(error.words) and req_key in say("zh", error.words)


@pytest.mark.parametrize("req_key", MODELS)
@pytest.mark.parametrize("negative_prompt", ["", "  "])
def test_a_blank_negative_prompt_counts_as_none(req_key: str, negative_prompt: str):
    check_params(replace(PLAIN, negative_prompt=negative_prompt), req_key, mode_of(req_key))


@pytest.mark.parametrize("req_key", ["seededit_v3.0", "jimeng_i2i_v30"])
def test_a_task_only_model_is_not_called_synchronously(req_key: str):
    error = refusal(req_key, "sync")
    assert error.field == "mode"
    assert "VOLCEDIT_MODE to async" in str(error.words) and "async" in say("zh", error.words)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_the_default_model_supports_both_modes(mode: str):
    check_params(PLAIN, "byteedit_v2.0", mode)


@pytest.mark.parametrize("req_key", ["byteedit_v2.0", "seededit_v3.0"])
def test_a_size_is_refused_by_models_that_choose_it(req_key: str):
    assert refusal(req_key, width_px=1024, height_px=1024).field == "size"


@pytest.mark.parametrize("size", [(512, 512), (2016, 2016), (512, 2016), (None, None)])
def test_a_size_within_the_limits_passes(size: tuple):
    check_params(replace(PLAIN, width_px=size[0], height_px=size[1]), "jimeng_i2i_v30", "async")


@pytest.mark.parametrize(
    "size",
    [(511, 512), (512, 511), (2017, 2016), (2016, 2017), (1024, None), (None, 1024), (0, 0)]
    + [(1024.0, 1024), ("1024", 1024), (True, 1024)],
)
def test_a_size_beyond_the_limits_is_named(size: tuple):
    error = refusal("jimeng_i2i_v30", width_px=size[0], height_px=size[1])
    assert error.field == "size"
    assert "512 to 2016" in str(error.words) and "512 到 2016" in say("zh", error.words)


@pytest.mark.parametrize("req_key", MODELS)
@pytest.mark.parametrize(("scale", "passes"), [(0, True), (1, True), (-0.01, False), (1.01, False)])
def test_the_strength_has_its_range_with_every_model(req_key: str, scale: float, passes: bool):
    if passes:
        check_params(replace(PLAIN, scale=scale), req_key, mode_of(req_key))
    else:
        assert refusal(req_key, mode_of(req_key), scale=scale).field == "scale"


@pytest.mark.parametrize("req_key", MODELS)
def test_a_prompt_has_at_most_800_characters_with_every_model(req_key: str):
    check_params(replace(PLAIN, prompt="x" * 800), req_key, mode_of(req_key))
    assert refusal(req_key, mode_of(req_key), prompt="x" * 801).field == "prompt"


def test_an_unknown_model_is_refused_with_a_list_of_the_known_ones():
    error = refusal(NEW)
    assert error.field == "req_key"
    assert all(key in str(error.words) and key in say("zh", error.words) for key in MODELS)


def test_fields_that_a_model_lacks_are_not_sent(gateway: Gateway, photo: Photo):
    client = Client(gateway.url, req_key="byteedit_v2.0")
    with pytest.raises(ParameterError, match="does not support the width and height"):
        client.edit(photo, "make it snow", width_px=512, height_px=512)
    with pytest.raises(ParameterError, match="VOLCEDIT_MODE"):
        Client(gateway.url, req_key="seededit_v3.0").edit(photo, "make it snow")
    assert gateway.requests == []


def test_fields_that_a_model_lacks_are_not_recorded(gateway: Gateway, photo: Photo, tmp_path: Path):
    with Bench(gateway.url, tmp_path) as bench:
        with pytest.raises(ParameterError, match="does not support the width and height"):
            bench.workbench.start(
                bench.notebook, photo, replace(PLAIN, width_px=512, height_px=512)
            )
        assert bench.notebook.ids() == []


# ── recipes ──────────────────────────────────────────────────────────────────────────────────


def recipe_of(req_key: str, **changes: object) -> Recipe:
    photo = Photo(b"photo", "image/jpeg", 20, 20, "5" * 64)
    return Recipe.of(EditRequest(photo, replace(PLAIN, **changes), req_key), "gateway", "h")


def test_a_recipe_contains_its_model_and_its_size():
    recipe = recipe_of("jimeng_i2i_v30", width_px=512, height_px=768)
    again = Recipe.from_json(json.loads(json.dumps(recipe.to_json())))
    assert again == recipe
    assert (again.req_key, again.params.width_px, again.params.height_px) == (
        "jimeng_i2i_v30", 512, 768,
    )  # fmt: skip
    others = {recipe_of("jimeng_i2i_v30").id, recipe_of("byteedit_v2.0").id}
    assert len({recipe.id, *others}) == 3


def test_a_recipe_without_a_size_has_the_original_format():
    assert not {"width_px", "height_px"} & recipe_of("byteedit_v2.0").to_json()["params"].keys()


def test_a_recipe_of_a_retired_model_can_still_be_read():
    recipe = Recipe.from_json(recipe_of(NEW).to_json())
    assert recipe.body_fields()["req_key"] == NEW


# ── the sandbox ──────────────────────────────────────────────────────────────────────────────


def read(req_key: str, mode: str = "async", **changes: object) -> arguments.EditArguments:
    fields = {"req_key": req_key, "binary_data_base64": ["QUJD"], "prompt": "snow"} | changes
    return arguments.read_arguments(json.dumps(fields).encode(), mode)


@pytest.mark.parametrize("req_key", MODELS)
def test_the_sandbox_reads_what_the_client_builds(req_key: str):
    params = replace(PLAIN, scale=0.7)
    fields = build_fields(req_key, params, "url", "QUJD")
    found = arguments.read_arguments(json.dumps(fields).encode(), mode_of(req_key))
    assert (found.req_key, found.seed, found.scale) == (req_key, 7, 0.7)


@pytest.mark.parametrize(
    ("req_key", "mode", "changes", "said"),
    [
        ("seededit_v3.0", "sync", {}, "async calls only"),
        ("jimeng_i2i_v30", "sync", {}, "async calls only"),
        ("seededit_v3.0", "async", {"negative_prompt": "rain"}, "negative_prompt"),
        ("jimeng_i2i_v30", "async", {"negative_prompt": "rain"}, "negative_prompt"),
        ("byteedit_v2.0", "sync", {"width": 512, "height": 512}, "width"),
        ("seededit_v3.0", "async", {"height": 512}, "height"),
        ("jimeng_i2i_v30", "async", {"width": 512}, "both"),
        ("jimeng_i2i_v30", "async", {"width": 511, "height": 512}, "width"),
        ("jimeng_i2i_v30", "async", {"width": 512, "height": 2017}, "height"),
        ("jimeng_i2i_v30", "async", {"width": 512.0, "height": 512}, "width"),
        (NEW, "async", {}, "req_key"),
    ],
)
def test_the_sandbox_refuses_what_a_model_lacks(req_key: str, mode: str, changes: dict, said: str):
    with pytest.raises(Refused, match=said) as refused:
        read(req_key, mode, **changes)
    assert refused.value.code == 50200


def test_the_sandbox_accepts_empty_fields():
    found = read("jimeng_i2i_v30", negative_prompt="", width=None, height=None)
    assert (found.negative_prompt, found.size_px) == ("", None)


def test_the_sandbox_makes_the_size_that_is_asked_for():
    assert read("jimeng_i2i_v30", width=512, height=2016).size_px == (512, 2016)
    assert pictures.read_photo(make_jpeg(96, 64), (512, 2016)).size == (512, 2016)


def test_another_aspect_ratio_crops_the_sides_without_distortion():
    # Three thirds: red, half black and half white, white. The central square is the middle third.
    photo = Image.new("RGB", (300, 100))
    photo.paste("white", (150, 0, 300, 100))
    photo.paste("red", (0, 0, 99, 100))
    file = io.BytesIO()
    photo.save(file, "PNG")
    made = pictures.read_photo(file.getvalue(), (600, 600))
    assert [made.getpixel((x, 300)) for x in (20, 280, 320, 580)] == [
        (0, 0, 0), (0, 0, 0), (255, 255, 255), (255, 255, 255),
    ]  # fmt: skip


# ── adding a model ───────────────────────────────────────────────────────────────────────────


def test_adding_a_row_adds_a_model(monkeypatch: pytest.MonkeyPatch, photo: Photo):
    monkeypatch.setitem(MODELS, NEW, Model(NEW, ("sync",), ("seed",), prompt_max_chars=20))
    row = sandbox_models.Model(("sync",), ("seed",), limits={"prompt": Text(20, blank=False)})
    monkeypatch.setattr(sandbox_models, "MODELS", {**sandbox_models.MODELS, NEW: row})
    assert settle(read_settings({"VOLCEDIT_REQ_KEY": NEW})).req_key == NEW
    body = build_body(EditRequest(photo, PLAIN, NEW))
    assert list(json.loads(body)) == [
        "req_key", "binary_data_base64", "prompt", "seed", "return_url", "logo_info",
    ]  # fmt: skip
    assert arguments.read_arguments(body).req_key == NEW
    assert refusal(NEW, "sync", prompt="x" * 21).field == "prompt"
    assert refusal(NEW, "async").field == "mode"
    assert Recipe.from_json(recipe_of(NEW).to_json()).req_key == NEW


@pytest.mark.parametrize("req_key", sorted(set(MODELS) - {"byteedit_v2.0"}))
def test_each_model_is_named_in_one_file_on_each_side(req_key: str):
    naming = [path for path in PACKAGE.rglob("*.py") if req_key in path.read_text("utf-8")]
    assert sorted(str(path.relative_to(PACKAGE)) for path in naming) == [
        "sandbox/models.py", "service/models.py",
    ]  # fmt: skip
