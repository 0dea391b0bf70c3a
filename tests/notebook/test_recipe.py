from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace

import pytest

from volcedit import EditParams, EditRequest, ParameterError, Photo, PhotoLink, Watermark
from volcedit.notebook.recipe import Recipe
from volcedit.service.wire import (
    build_body,
)
from volcedit.words import say

# SHA-256 of "photo", and of this canonical JSON, both computed with coreutils.
SHA256 = "55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8"
CANONICAL = (
    '{"delivery":"base64","format":1,"host":"h:1","mode":"sync","params":{"negative_prompt":"",'
    '"prompt":"下雪","scale":0.5,"seed":7,"watermark":null},"photo":{"height_px":20,'
    '"media_type":"image/jpeg","sha256":"' + SHA256 + '","size_bytes":5,"width_px":30},'
    '"provider":"gateway","req_key":"byteedit_v2.0"}'
)
ID = "76e73ca749c0f98f5987d99078bc3545670b8b7b91ceedbbd98e09cedc3ca4bc"

PHOTO = Photo(b"photo", "image/jpeg", 30, 20, SHA256)
PARAMS = EditParams("下雪", seed=7)
MARKED = replace(PARAMS, watermark=Watermark("mine", position=2, language=1, opacity=0.5))


def request_with(params: EditParams = PARAMS) -> EditRequest:
    return EditRequest(PHOTO, params, "byteedit_v2.0", "base64")


def recipe_with(params: EditParams = PARAMS) -> Recipe:
    return Recipe.of(request_with(params), "gateway", "h:1")


def test_the_id_is_the_hash_of_the_canonical_json():
    assert recipe_with().id == ID


def test_the_canonical_json_equals_the_recipe():
    assert recipe_with().to_json() == json.loads(CANONICAL)


@pytest.mark.parametrize(
    "change",
    [
        {"req_key": "seededit_v3.0"},
        {"delivery": "url"},
        {"provider": "sandbox"},
        {"host": "h:2"},
        {"mode": "async"},
        {"params": replace(PARAMS, prompt="下雨")},
        {"params": replace(PARAMS, negative_prompt="雨")},
        {"params": replace(PARAMS, seed=8)},
        {"params": replace(PARAMS, scale=0.6)},
        {"params": MARKED},
        {"photo": replace(PHOTO.facts, sha256="0" * 64)},
    ],
    ids=str,
)
def test_any_change_to_the_edit_changes_the_id(change: dict):
    assert replace(recipe_with(), **change).id != ID


def test_scales_that_send_the_same_bytes_have_the_same_id():
    whole, floating = replace(PARAMS, scale=1), replace(PARAMS, scale=1.0)
    assert build_body(request_with(whole)) == build_body(request_with(floating))
    assert recipe_with(whole).id == recipe_with(floating).id


def test_opacities_that_send_the_same_bytes_have_the_same_id():
    whole, floating = (replace(PARAMS, watermark=Watermark(opacity=value)) for value in (0, 0.0))
    assert build_body(request_with(whole)) == build_body(request_with(floating))
    assert recipe_with(whole).id == recipe_with(floating).id


@pytest.mark.parametrize("params", [PARAMS, MARKED], ids=["plain", "watermark"])
def test_a_recipe_survives_a_json_round_trip(params: EditParams):
    recipe = recipe_with(params)
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


def test_the_largest_seed_survives_a_json_round_trip():
    recipe = recipe_with(replace(PARAMS, seed=2147483647))
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))).params.seed == 2147483647


def without(name: str) -> dict:
    values = recipe_with().to_json()
    del values[name]
    return values


def without_param(name: str) -> dict:
    values = recipe_with().to_json()
    del values["params"][name]
    return values


@pytest.mark.parametrize(
    "values",
    [
        {},
        [],
        without("format"),
        without("photo"),
        without("host"),
        without_param("prompt"),
        without_param("seed"),
        without_param("watermark"),
        {"format": 1.0, **without("format")},
        {"format": True, **without("format")},
        recipe_with().to_json() | {"format": 2},
        recipe_with().to_json() | {"format": None},
        recipe_with().to_json() | {"params": None},
        recipe_with().to_json() | {"params": {}},
        recipe_with().to_json() | {"photo": "a.jpg"},
        recipe_with().to_json() | {"photo": None},
        recipe_with().to_json() | {"photo_url": "https://example.com/"},
        recipe_with().to_json() | {"photo": None, "photo_url": 7},
    ],
    ids=lambda values: str(list(values))[:60],
)
def test_an_invalid_recipe_is_rejected(values: object):
    with pytest.raises((KeyError, TypeError, ValueError)):
        Recipe.from_json(values)


def changed(path: str, value: object) -> dict:
    """A recipe's JSON with another value at a path like "params.seed"."""
    values = json.loads(json.dumps(recipe_with(MARKED).to_json()))
    *folders, name = path.split(".")
    inside = values
    for folder in folders:
        inside = inside[folder]
    inside[name] = value
    return values


@pytest.mark.parametrize(
    ("path", "passing"),
    [
        ("params.seed", [1, 2147483647]),
        ("params.scale", [0, 1, 0.0, 1.0, 5e-324]),
        ("params.watermark.opacity", [0, 1, 0.5]),
        ("params.watermark.position", [0, 3]),
        ("params.watermark.language", [0, 1]),
        ("params.width_px", [None, 1, 2147483647]),
        ("photo.width_px", [1, 2147483647]),
        ("photo.size_bytes", [1, 2147483647]),
        ("photo.media_type", ["image/jpeg", "image/png"]),
        ("provider", ["gateway", "volcengine", "sandbox", "a later one"]),
        ("delivery", ["url", "base64"]),
        ("mode", ["sync", "async"]),
        ("req_key", ["", "seededit_v9"]),
        ("params.prompt", ["", "\0", "\U0010ffff"]),
    ],
)
def test_valid_values_are_read(path: str, passing: list):
    for value in passing:
        values = changed(path, value)
        assert Recipe.from_json(values) == Recipe.from_json(json.loads(json.dumps(values)))


@pytest.mark.parametrize(
    ("path", "failing"),
    [
        ("params.seed", ["7", 7.0, 0, 2147483648, 10**5000, True, None, []]),
        ("params.scale", ["0.5", -1e-9, 1.0000001, 10**400, math.nan, math.inf, True, None]),
        ("params.watermark.opacity", ["1", -0.1, 1.1, math.nan, None]),
        ("params.watermark.position", [-1, 4, 1.0, "0"]),
        ("params.watermark.language", [-1, 2, True]),
        ("params.watermark.text", [5, None, "\udfff"]),
        ("params.watermark", [5, "x", [], {}, {"unknown": 1}]),
        ("params.width_px", [0, 2147483648, 512.0, "512"]),
        ("params.prompt", [5, None, ["x"], "\ud83d"]),
        ("params.negative_prompt", [5, None, "\ud83d"]),
        ("photo.sha256", ["", "0" * 63, "G" * 64, "0" * 64 + "\n", 5, None, SHA256.upper()]),
        ("photo.media_type", ["image/gif", "text/html", 5, None]),
        ("photo.width_px", [0, -1, 30.0, "30", 2147483648]),
        ("photo.height_px", [0, True]),
        ("photo.size_bytes", [0, None]),
        ("provider", ["", "\ud800", 5, None, []]),
        ("delivery", ["post", None]),
        ("mode", ["later", None]),
        ("req_key", [5, None, "\ud800"]),
        ("host", [5, None, {}]),
    ],
)
def test_an_untrusted_recipe_with_invalid_values_is_rejected(path: str, failing: list):
    for value in failing:
        with pytest.raises((KeyError, TypeError, ValueError)):
            Recipe.from_json(changed(path, value))


@pytest.mark.parametrize("params", [PARAMS, MARKED], ids=["plain", "watermark"])
def test_a_recipe_and_the_photos_bytes_make_the_identical_body(params: EditParams):
    again = recipe_with(params).request(b"photo")
    assert build_body(again) == build_body(request_with(params))


@pytest.mark.parametrize("data", [b"", b"phot", b"photo "])
def test_other_bytes_are_rejected(data: bytes):
    with pytest.raises(ValueError, match="not the photo's bytes"):
        recipe_with().request(data)


def test_a_poll_has_the_whole_request_except_the_photos_bytes():
    request = recipe_with(MARKED).request_without_photo()
    assert replace(request, photo=PHOTO) == request_with(MARKED)
    assert request.photo.data == b""


def test_a_tasks_body_is_shown_as_it_was_submitted():
    shown = replace(recipe_with(), mode="async").body_fields()
    assert set(recipe_with().body_fields()) - set(shown) == {"return_url", "logo_info"}


def test_the_body_is_shown_with_size_and_hash_instead_of_base64():
    assert recipe_with().body_fields() == {
        "req_key": "byteedit_v2.0",
        "binary_data_base64": [{"base64_of_bytes": 5, "sha256": SHA256}],
        "prompt": "下雪",
        "negative_prompt": "",
        "seed": 7,
        "scale": 0.5,
        "return_url": False,
        "logo_info": {"add_logo": False},
    }


# ── what a newer version wrote ───────────────────────────────────────────────────────────────

NEWER = [
    ("region", "eu"),
    ("params.a_later_field", True),
    ("params.axes", {"seed": [1, 2.5, None, "雪"]}),
    ("params.watermark.colour", "red"),
    ("photo.orientation", 6),
]


@pytest.mark.parametrize(("path", "value"), NEWER, ids=[path for path, _ in NEWER])
def test_fields_of_a_newer_version_are_kept_and_so_is_the_id(path: str, value: object):
    values = changed(path, value)
    recipe = Recipe.from_json(values)
    assert recipe.to_json() == values
    # How anybody can compute the id: from the JSON with sorted keys and no whitespace.
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert recipe.id == hashlib.sha256(text.encode()).hexdigest()
    assert recipe != recipe_with(MARKED)
    assert hash(recipe) == hash(Recipe.from_json(values))


@pytest.mark.parametrize(("path", "value"), NEWER, ids=[path for path, _ in NEWER])
def test_a_recipe_with_fields_of_a_newer_version_is_not_sent(path: str, value: object):
    recipe = Recipe.from_json(changed(path, value))
    with pytest.raises(ParameterError, match=r"newer version") as caught:
        recipe.request(b"photo")
    with pytest.raises(ParameterError, match=r"newer version"):
        recipe.check()
    for words in (str(caught.value.words), say("zh", caught.value.words)):
        assert path.removeprefix("params.") in words


def test_a_task_of_a_newer_version_can_still_be_polled():
    recipe = Recipe.from_json(changed("params.a_later_field", True))
    assert recipe.request_without_photo().params == MARKED


def test_unknown_fields_of_a_watermark_are_dropped_with_it():
    recipe = Recipe.from_json(changed("params.watermark.colour", "red"))
    plain = replace(recipe, params=replace(recipe.params, watermark=None))
    assert plain.to_json()["params"]["watermark"] is None


def deep() -> list:
    inside: list = []
    for _ in range(100_000):
        inside = [inside]
    return inside


@pytest.mark.parametrize(
    "value", [math.nan, [math.inf], "\ud800", {"a": {"\udfff": 1}}, 2**64, 10**5000, b"x", deep()],
    ids=lambda value: ascii(type(value)),
)  # fmt: skip
@pytest.mark.parametrize("path", ["later", "params.later", "params.watermark.later", "photo.later"])
def test_values_that_are_not_json_are_rejected(path: str, value: object):
    values = recipe_with(MARKED).to_json()
    *folders, name = path.split(".")
    inside = values
    for folder in folders:
        inside = inside[folder]
    inside[name] = value
    with pytest.raises((KeyError, TypeError, ValueError)):
        Recipe.from_json(values)


# ── a photo that the service fetches itself ──────────────────────────────────────────────────

URL = "https://example.com/cat.jpg?token=1"
BY_LINK = EditRequest(PhotoLink(URL), PARAMS, "byteedit_v2.0", "base64")


def test_the_recipe_of_a_link_has_the_url_and_no_photo():
    values = Recipe.of(BY_LINK, "gateway", "h:1").to_json()
    assert values == json.loads(CANONICAL) | {"photo": None, "photo_url": URL}


def test_a_recipe_with_a_link_survives_a_json_round_trip():
    recipe = Recipe.of(BY_LINK, "gateway", "h:1")
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


def test_another_url_is_another_recipe():
    other = replace(BY_LINK, photo=PhotoLink("https://example.com/dog.jpg"))
    recipes = [Recipe.of(request, "gateway", "h:1") for request in (BY_LINK, other)]
    assert len({recipe.id for recipe in recipes} | {ID}) == 3


def test_a_link_gives_the_identical_body_without_bytes():
    recipe = Recipe.of(BY_LINK, "gateway", "h:1")
    assert build_body(recipe.request()) == build_body(BY_LINK)
    assert recipe.request_without_photo() == BY_LINK


def test_the_body_is_shown_with_its_link():
    shown = Recipe.of(BY_LINK, "gateway", "h:1").body_fields()
    assert shown == json.loads(build_body(BY_LINK))
