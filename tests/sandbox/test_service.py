import base64
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.support import DATA
from volcedit.sandbox.arguments import EditArguments, Watermark
from volcedit.sandbox.codes import CODES, Refused
from volcedit.sandbox.pictures import read_photo
from volcedit.sandbox.service import (
    CallInfo,
    edit,
    format_elapsed,
    refusal,
    success,
)

PUBLISHED = json.loads((DATA / "published-answer.json").read_text())
CALL = CallInfo(
    request_id="202504241731056AE80EBE54A94EAE89AC",
    algorithm_request_id="a0" * 32,
    started=datetime(2025, 4, 24, 17, 31, 15, 660547, timezone(timedelta(hours=8))),
    elapsed_s=1.5031,
)
ARGUMENTS = EditArguments(
    req_key="byteedit_v2.0",
    image_base64=None,
    image_url=None,
    prompt="make it snow",
    negative_prompt="",
    seed=7,
    scale=0.5,
    return_url=False,
    watermark=None,
)


@pytest.fixture(scope="module")
def photo():
    shades = np.linspace(0, 255, 60 * 40 * 3).reshape(40, 60, 3).astype(np.uint8)
    file = BytesIO()
    Image.fromarray(shades).save(file, "PNG")
    return read_photo(file.getvalue())


@pytest.fixture(scope="module")
def snowy(photo):
    return edit(photo, ARGUMENTS, seed=7)


def pixels(jpeg):
    return np.asarray(Image.open(BytesIO(jpeg)), np.int16)


def names_in(value, path=""):
    """The path of every field in a JSON value; arrays count as one."""
    if not isinstance(value, dict):
        return {path}
    return set().union(*(names_in(inner, f"{path}/{name}") for name, inner in value.items()))


def answer_to(photo, **changes):
    arguments = replace(ARGUMENTS, **changes)
    return success(arguments, edit(photo, arguments, 7), "http://x/y.jpg", CALL)


def test_a_response_has_exactly_the_published_fields(snowy):
    assert names_in(success(ARGUMENTS, snowy, "http://x/y.jpg", CALL)) == names_in(PUBLISHED)


def test_a_responses_values_have_the_published_types(snowy):
    def types(value):
        if isinstance(value, dict):
            return {name: types(inner) for name, inner in value.items()}
        return (
            float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)
        )

    assert types(success(ARGUMENTS, snowy, "http://x/y.jpg", CALL)) == types(PUBLISHED)


def test_a_response_is_labelled_as_the_sandboxs(snowy):
    context = success(ARGUMENTS, snowy, None, CALL)["data"]["infer_ctx"]
    assert context["algorithm_key"] == "volcedit-sandbox_v2"


def test_a_response_reports_the_real_size(snowy):
    params = success(ARGUMENTS, snowy, None, CALL)["data"]["infer_ctx"]["params"]
    # The photo is 60×40: the row in API.md nearest to 3:2.
    assert Image.open(BytesIO(snowy.jpeg)).size == (1248, 832)
    assert (params["width"], params["height"]) == (1248, 832)
    assert (params["output_width"], params["output_height"]) == (1248, 832)


def test_a_response_reports_what_was_understood(snowy):
    data = success(ARGUMENTS, snowy, None, CALL)["data"]
    assert data["rephraser_result"] == "snow"
    assert data["algorithm_base_resp"] == {"status_code": 0, "status_message": "Success"}


def test_a_response_with_a_url_has_no_bytes(snowy):
    data = success(ARGUMENTS, snowy, "http://x/y.jpg", CALL)["data"]
    assert (data["image_urls"], data["binary_data_base64"]) == (["http://x/y.jpg"], [])


def test_a_response_with_bytes_has_no_url(snowy):
    data = success(ARGUMENTS, snowy, None, CALL)["data"]
    assert data["image_urls"] == []
    assert [base64.b64decode(text) for text in data["binary_data_base64"]] == [snowy.jpeg]


def test_a_random_seed_is_not_reported(snowy):
    arguments = replace(ARGUMENTS, seed=-1)
    params = success(arguments, snowy, None, CALL)["data"]["infer_ctx"]["params"]
    assert params["seed"] == PUBLISHED["data"]["infer_ctx"]["params"]["seed"] == 0


def test_a_given_seed_is_reported(snowy):
    params = success(ARGUMENTS, snowy, None, CALL)["data"]["infer_ctx"]["params"]
    assert params["seed"] == 7


def test_a_rejection_has_the_published_envelope_without_data():
    assert refusal(Refused(50430, "why"), CALL) == {
        "code": 50430,
        "data": None,
        "message": "Concurrent calls exceeded: why",
        "request_id": "202504241731056AE80EBE54A94EAE89AC",
        "status": 50430,
        "time_elapsed": "1.503s",
    }


# API.md, "Codes".
@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (400, [50200, 50201, 50204, 50205, 50206, 50207, 50213, 50215, 50400, 50402, 50411]),
        (400, [50412, 50413, 50518, 50511, 50519, 50512, 50520, 50521, 50522]),
        (429, [50429, 50430]),
        (500, [50500, 50501]),
    ],
)
def test_a_code_has_the_documented_http_status(status, codes):
    assert {CODES[code].http_status for code in codes} == {status}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.03679, "36.79ms"), (0.9999, "999.90ms"), (1.0, "1.000s"), (10.618578556, "10.619s")],
)
def test_a_duration_is_formatted_like_the_services(seconds, text):
    assert format_elapsed(seconds) == text


def test_the_same_request_gives_the_same_bytes(photo, snowy):
    assert edit(photo, ARGUMENTS, seed=7).jpeg == snowy.jpeg


def test_another_seed_gives_another_picture(photo, snowy):
    other = edit(photo, ARGUMENTS, seed=8)
    assert np.abs(pixels(other.jpeg) - pixels(snowy.jpeg)).mean() > 3


def test_scale_0_is_the_photo_only_resized(photo):
    untouched = edit(photo, replace(ARGUMENTS, scale=0.0), seed=7)
    # Only JPEG loss remains.
    assert np.abs(pixels(untouched.jpeg) - np.asarray(photo, np.int16)).mean() < 1


def test_an_unknown_instruction_succeeds_and_explains_why_nothing_changed(photo):
    answer = answer_to(photo, prompt="turn the cat into a dog")
    assert (answer["code"], answer["data"]["rephraser_result"]) == (10000, "")
    status = answer["data"]["algorithm_base_resp"]
    assert status["status_code"] == 0
    assert status["status_message"].startswith("The sandbox does not know this instruction")


def test_an_unknown_instruction_leaves_the_photo_unchanged(photo):
    edited = edit(photo, replace(ARGUMENTS, prompt="把猫变成狗", scale=1.0), seed=7)
    assert np.abs(pixels(edited.jpeg) - np.asarray(photo, np.int16)).mean() < 1


def test_of_several_parts_those_done_and_those_not_are_both_named(photo):
    data = answer_to(photo, prompt="snow, pencil sketch and add a hat")["data"]
    assert data["rephraser_result"] == "snow, pencil sketch"
    assert data["algorithm_base_resp"]["status_message"] == "Not understood: “add a hat”."


def test_a_chinese_prompt_is_answered_in_chinese(photo):
    data = answer_to(photo, prompt="下雪的素描")["data"]
    assert data["rephraser_result"] == "下雪，素描"


def test_a_negative_prompt_removes_an_effect_from_the_picture(photo, snowy):
    both = replace(ARGUMENTS, prompt="snow and red", negative_prompt="red")
    assert edit(photo, both, seed=7).jpeg == snowy.jpeg


def test_a_negative_prompt_that_removes_everything_is_reported(photo):
    data = answer_to(photo, negative_prompt="snow")["data"]
    assert "negative prompt" in data["algorithm_base_resp"]["status_message"]


def test_a_watermark_is_drawn_whatever_the_scale(photo):
    arguments = replace(ARGUMENTS, scale=0.0)
    plain = pixels(edit(photo, arguments, seed=7).jpeg)
    mark = Watermark(words="AI生成", position=0, opacity=1.0)
    marked = pixels(edit(photo, replace(arguments, watermark=mark), seed=7).jpeg)
    rows, columns = np.where(np.abs(marked - plain).max(2) > 60)
    assert rows.min() > 832 * 0.9 and columns.min() > 1248 * 0.85
