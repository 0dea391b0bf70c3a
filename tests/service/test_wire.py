from __future__ import annotations

import base64
import json
import math
from dataclasses import replace

import pytest

from tests.support import DATA
from volcedit import (
    AnswerLostError,
    AuthenticationError,
    EditParams,
    EditRequest,
    MalformedAnswerError,
    ParameterError,
    Photo,
    PhotoLink,
    RateLimitError,
    RejectedError,
    ServiceError,
    Watermark,
)
from volcedit.service.answers import (
    abridge,
    decode_picture,
    elapsed_s_of,
    parse_answer,
    picture_sources,
    remarks_of,
    request_id_of,
    task_id_of,
    task_state_of,
)
from volcedit.service.fields import (
    check_params,
    check_photo_url,
)
from volcedit.service.wire import (
    build_body,
    build_query,
    build_result_body,
)
from volcedit.words import say

PUBLISHED = (DATA / "published-answer.json").read_bytes()
PLAIN = EditParams("make it snow", seed=7)
MARKED = EditParams("make it snow", watermark=Watermark("mine"))

# The field names and their order are those of the published request; "cGhvdG8=" is base64 of
# "photo" (RFC 4648, worked out with coreutils).
PHOTO = Photo(b"photo", "image/jpeg", 20, 20, "")
BODY = (
    '{"req_key":"byteedit_v2.0","binary_data_base64":["cGhvdG8="],"prompt":"下雪 \\"now\\"",'
    '"negative_prompt":"rain","seed":2147483647,"scale":0.7,"return_url":true,'
    '"logo_info":{"add_logo":true,"position":3,"language":1,"opacity":0.25,'
    '"logo_text_content":"mine"}}'
).encode()


def request(**changes: object) -> EditRequest:
    mark = Watermark("mine", position=3, language=1, opacity=0.25)
    params = EditParams('下雪 "now"', "rain", 2147483647, 0.7, mark)
    return EditRequest(PHOTO, replace(params, **changes), "byteedit_v2.0", "url")


def test_the_body_is_exactly_the_published_one():
    assert build_body(request()) == BODY


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_link_replaces_the_photo_in_the_body(mode: str):
    link = replace(request(), photo=PhotoLink('https://example.com/猫.jpg?a=[""]'))
    with_photo = json.loads(build_body(request(), mode))
    del with_photo["binary_data_base64"]
    fields = json.loads(build_body(link, mode))
    assert list(fields)[:3] == ["req_key", "image_urls", "prompt"]
    assert fields == with_photo | {"image_urls": ['https://example.com/猫.jpg?a=[""]']}


def test_an_invalid_link_is_not_sent():
    with pytest.raises(ParameterError):
        build_body(replace(request(), photo=PhotoLink("file:///etc/passwd")))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/cat.jpg",
        "http://example.com:8080/cat?token=a@b",
        "https://例子.测试/猫.jpg#x",
        "HTTPS://[2001:db8::1]/",
        "https://e.com/" + "x" * (4096 - 14),
    ],
)
def test_a_valid_photo_url_passes(url: str):
    check_photo_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "cat.jpg", "//example.com/cat.jpg", "ftp://example.com/cat.jpg", "https://",
        "https:///cat.jpg", "https://[::1", "https://e.com:port/", "https://e.com:70000/",
        "https://e.com:0/", "data:image/png;base64,xx", "https://e.com/a b", "https://e.com/a\nb",
        "https://e.com/\ud800", "https://e.com/" + "x" * (4096 - 13), None, 7,
    ],
)  # fmt: skip
def test_an_invalid_photo_url_is_refused(url: object):
    with pytest.raises(ParameterError, match="not the address of a picture") as caught:
        check_photo_url(url)
    assert caught.value.field == "photo_url"


@pytest.mark.parametrize(
    "url", ["https://user:canary@e.com/a.jpg", "https://user@e.com/", "https://@e.com/"]
)
def test_a_url_with_a_password_is_refused_and_not_quoted(url: str):
    with pytest.raises(ParameterError, match="user name or password") as caught:
        check_photo_url(url)
    assert "canary" not in str(caught.value.words) + say("zh", caught.value.words)


def test_without_a_watermark_only_add_logo_false_is_sent():
    fields = json.loads(build_body(request(watermark=None)))
    assert fields["logo_info"] == {"add_logo": False}


@pytest.mark.parametrize(("delivery", "return_url"), [("url", True), ("base64", False)])
def test_the_delivery_decides_return_url(delivery: str, return_url: bool):
    body = build_body(replace(request(), delivery=delivery))
    assert json.loads(body)["return_url"] is return_url


@pytest.mark.parametrize("scale", [0, 1])
def test_an_integer_scale_has_the_same_bytes_as_its_float(scale: int):
    assert build_body(request(scale=scale)) == build_body(request(scale=float(scale)))


def test_the_query_is_the_published_one():
    assert build_query() == {"Action": "CVProcess", "Version": "2022-08-31"}


def test_a_task_is_submitted_without_delivery_and_watermark():
    body = BODY[: BODY.index(b',"return_url"')] + b"}"
    assert build_body(request(), "async") == body


def test_a_task_is_polled_with_json_in_a_string():
    fields = json.loads(build_result_body(request(), "7392616336519610409"))
    delivery = json.loads(fields.pop("req_json"))
    assert fields == {"req_key": "byteedit_v2.0", "task_id": "7392616336519610409"}
    assert delivery == {
        "return_url": True,
        "logo_info": {
            "add_logo": True,
            "position": 3,
            "language": 1,
            "opacity": 0.25,
            "logo_text_content": "mine",
        },
    }


@pytest.mark.parametrize("action", ["CVSync2AsyncSubmitTask", "CVSync2AsyncGetResult"])
def test_each_action_is_named_in_the_query(action: str):
    assert build_query(action) == {"Action": action, "Version": "2022-08-31"}


@pytest.mark.parametrize(
    ("data", "task_id"),
    [
        ({"task_id": "7392616336519610409"}, "7392616336519610409"),
        ({"task_id": 7392616336519610409}, "7392616336519610409"),
        ({"task_id": 0}, "0"),
        ({"task_id": ""}, ""),
        ({"task_id": None}, ""),
        ({"task_id": True}, ""),
        ({"task_id": ["t"]}, ""),
        ({}, ""),
        (None, ""),
        ("t", ""),
    ],
    ids=str,
)
def test_the_task_id_is_read_if_there_is_one(data: object, task_id: str):
    assert task_id_of(parse_answer(200, json.dumps({"code": 10000, "data": data}).encode())) == (
        task_id
    )


@pytest.mark.parametrize(
    ("data", "state"),
    [
        ({"status": "in_queue"}, "in_queue"),
        ({"status": "thinking about it"}, "thinking about it"),
        ({"status": 1}, ""),
        ({"status": None}, ""),
        (None, ""),
    ],
    ids=str,
)
def test_the_task_state_is_read_if_there_is_one(data: object, state: str):
    assert task_state_of({"code": 10000, "data": data}) == state


@pytest.mark.parametrize("data", [{"task_id": 7}, {"status": "in_queue"}], ids=str)
def test_a_response_about_a_task_may_lack_a_code(data: dict):
    envelope = {"data": data}
    assert parse_answer(200, json.dumps(envelope).encode()) == envelope


@pytest.mark.parametrize("status", [504, 520, 521, 522, 523, 524])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": {"message": "timed out"}}'])
def test_a_proxy_without_a_response_means_it_may_be_charged(status: int, body: bytes):
    with pytest.raises(AnswerLostError, match="charged") as caught:
        parse_answer(status, body)
    assert caught.value.http_status == status


@pytest.mark.parametrize("status", [500, 502, 503, 505, 519, 525])
def test_any_other_5xx_means_the_service_failed(status: int):
    with pytest.raises(ServiceError):
        parse_answer(status, b"<html>")


WITHIN = [
    {"prompt": "x" * 800},
    {"prompt": "雪" * 800},
    {"negative_prompt": ""},
    {"negative_prompt": "x" * 800},
    {"seed": 1},
    {"seed": 2147483647},
    {"scale": 0},
    {"scale": 0.0},
    {"scale": 1},
    {"scale": 1.0},
]
BEYOND = [
    {"prompt": "x" * 801},
    {"prompt": "雪" * 801},
    {"prompt": ""},
    {"prompt": " \t\n\u3000"},
    {"prompt": None},
    {"prompt": "half \ud83d"},
    {"negative_prompt": "x" * 801},
    {"negative_prompt": None},
    {"negative_prompt": "half \ude00"},
    {"seed": 0},
    {"seed": -1},
    {"seed": 2147483648},
    {"seed": 7.0},
    {"seed": "7"},
    {"seed": True},
    {"seed": None},
    {"scale": math.nextafter(0, -1)},
    {"scale": math.nextafter(1, 2)},
    {"scale": math.nan},
    {"scale": math.inf},
    {"scale": "0.5"},
    {"scale": True},
    {"scale": None},
]
MARK_WITHIN = [
    {"text": ""},
    {"text": "x" * 800},
    {"position": 0},
    {"position": 3},
    {"language": 0},
    {"language": 1},
    {"opacity": 0},
    {"opacity": 1},
]
MARK_BEYOND = [
    {"text": "x" * 801},
    {"text": None},
    {"text": "half \ud83d"},
    {"position": -1},
    {"position": 4},
    {"position": 1.0},
    {"position": True},
    {"language": -1},
    {"language": 2},
    {"language": 1.0},
    {"language": True},
    {"opacity": math.nextafter(0, -1)},
    {"opacity": math.nextafter(1, 2)},
    {"opacity": math.nan},
    {"opacity": True},
]


@pytest.mark.parametrize("change", WITHIN, ids=lambda change: ascii(change)[:40])
def test_values_within_the_limits_pass(change: dict):
    check_params(replace(PLAIN, **change))


@pytest.mark.parametrize("change", BEYOND, ids=lambda change: ascii(change)[:40])
def test_values_beyond_the_limits_are_refused_by_name(change: dict):
    with pytest.raises(ParameterError) as caught:
        check_params(replace(PLAIN, **change))
    assert [caught.value.field] == list(change)


@pytest.mark.parametrize("change", MARK_WITHIN, ids=lambda change: ascii(change)[:40])
def test_a_watermark_within_the_limits_passes(change: dict):
    check_params(replace(MARKED, watermark=replace(MARKED.watermark, **change)))


@pytest.mark.parametrize("change", MARK_BEYOND, ids=lambda change: ascii(change)[:40])
def test_a_watermark_beyond_the_limits_is_refused_by_name(change: dict):
    with pytest.raises(ParameterError) as caught:
        check_params(replace(MARKED, watermark=replace(MARKED.watermark, **change)))
    assert caught.value.field == "watermark"


def test_the_published_response_is_a_success_and_kept_unchanged():
    assert parse_answer(200, PUBLISHED) == json.loads(PUBLISHED)


def test_the_picture_is_found_in_the_published_response():
    assert picture_sources(json.loads(PUBLISHED)) == [("url", "https://xxxx")]


def test_the_request_id_is_found_in_the_published_response():
    assert request_id_of(json.loads(PUBLISHED)) == "202504241731056AE80EBE54A94EAE89AC"


def test_the_elapsed_time_is_found_in_the_published_response():
    assert elapsed_s_of(json.loads(PUBLISHED)) == pytest.approx(10.618578556)


def test_the_published_response_has_no_objections():
    assert remarks_of(json.loads(PUBLISHED)) == ("", "")


# The meaning of each status when the body is unreadable.
STATUSES = [
    (200, MalformedAnswerError, False),
    (204, MalformedAnswerError, False),
    (302, RejectedError, False),
    (400, RejectedError, False),
    (401, AuthenticationError, False),
    (403, AuthenticationError, False),
    (404, RejectedError, False),
    (405, RejectedError, False),
    (413, RejectedError, False),
    (428, RejectedError, False),
    (429, RateLimitError, True),
    (430, RejectedError, False),
    (499, RejectedError, False),
    (500, ServiceError, True),
    (502, ServiceError, True),
    (503, ServiceError, True),
]
UNREADABLE = [
    b"",
    b"<html>502 Bad Gateway</html>",
    b'{"code": 100',
    b"[]",
    b"null",
    b'"ok"',
    b"\xff",
]


@pytest.mark.parametrize("body", UNREADABLE, ids=ascii)
@pytest.mark.parametrize(("status", "kind", "retryable"), STATUSES)
def test_an_unreadable_response_is_classified_by_its_status(
    status: int, kind: type, retryable: bool, body: bytes
):
    with pytest.raises(kind) as caught:
        parse_answer(status, body)
    assert type(caught.value) is kind
    assert (caught.value.http_status, caught.value.retryable) == (status, retryable)
    assert caught.value.envelope is None


def test_a_response_nested_too_deeply_is_malformed():
    """orjson reads 1,024 levels."""
    with pytest.raises(MalformedAnswerError):
        parse_answer(200, b'{"code":10000,"data":' + b"[" * 1024 + b"]" * 1024 + b"}")


@pytest.mark.parametrize("code", [None, "10000", 10000])
def test_a_picture_with_a_missing_or_text_code_is_a_success(code: object):
    envelope = {"code": code, "data": {"image_urls": ["https://xxxx"]}}
    assert parse_answer(200, json.dumps(envelope).encode()) == envelope


def test_status_is_used_if_code_is_absent():
    with pytest.raises(RateLimitError):
        parse_answer(200, b'{"status": 50430, "data": null}')


def test_status_is_used_if_code_is_null():
    with pytest.raises(RateLimitError):
        parse_answer(200, b'{"code": null, "status": 50430, "data": null}')


@pytest.mark.parametrize(
    ("time_elapsed", "seconds"),
    [
        ("10.618578556s", 10.618578556),
        ("10.6s", 10.6),
        ("36.79ms", 0.03679),
        ("1m2.5s", 62.5),
        ("1h0m1s", 3601.0),
        ("250µs", 0.00025),
        ("250us", 0.00025),
        ("7ns", 7e-9),
        (1500, 1.5),
        (0, 0.0),
        ("soon", None),
        ("", None),
        (None, None),
        (True, None),
        ([], None),
    ],
)
def test_the_elapsed_time_is_read_in_every_published_format(
    time_elapsed: object, seconds: float | None
):
    elapsed_s = elapsed_s_of({"time_elapsed": time_elapsed})
    assert elapsed_s is None if seconds is None else elapsed_s == pytest.approx(seconds)


def test_a_response_without_elapsed_time_is_valid():
    assert elapsed_s_of({}) is None


@pytest.mark.parametrize(
    ("envelope", "request_id"),
    [
        ({"request_id": "outer", "data": {"request_id": "inner"}}, "outer"),
        ({"data": {"request_id": "inner"}}, "inner"),
        ({"request_id": "", "data": {"request_id": "inner"}}, "inner"),
        ({"request_id": None, "data": None}, ""),
        ({"request_id": 17, "data": []}, ""),
        ({}, ""),
        ({"request_id": "x" * 201}, "x" * 200),
    ],
)
def test_the_request_id_is_found_wherever_it_is(envelope: dict, request_id: str):
    assert request_id_of(envelope) == request_id


@pytest.mark.parametrize(
    ("data", "sources"),
    [
        ({"binary_data_base64": ["QUJD"], "image_urls": []}, [("base64", "QUJD")]),
        ({"binary_data_base64": None, "image_urls": ["u"]}, [("url", "u")]),
        ({"binary_data_base64": ["b"], "image_urls": ["u"]}, [("base64", "b"), ("url", "u")]),
        ({"binary_data_base64": [""], "image_urls": [None]}, []),
        ({"binary_data_base64": "QUJD", "image_urls": {"0": "u"}}, []),
        ({}, []),
        ([], []),
        (None, []),
    ],
)
def test_a_picture_is_found_in_the_published_fields(data: object, sources: list):
    assert picture_sources({"data": data}) == sources


@pytest.mark.parametrize("text", ["QUJD", "data:image/jpeg;base64,QUJD", "QU\nJD\n"])
def test_base64_is_decoded_with_or_without_wrapping(text: str):
    assert decode_picture(text) == b"ABC"


@pytest.mark.parametrize("text", ["QUJDR", "QUI", "Q=", "图"])
def test_truncated_base64_is_malformed(text: str):
    with pytest.raises(MalformedAnswerError):
        decode_picture(text)


def test_remarks_are_returned():
    base = {"status_code": 7, "status_message": "blurred"}
    envelope = {"data": {"rephraser_result": "snow", "algorithm_base_resp": base}}
    assert remarks_of(envelope) == ("snow", "blurred")


@pytest.mark.parametrize("data", [None, [], {}, {"algorithm_base_resp": 1, "rephraser_result": 2}])
def test_a_response_without_remarks_has_empty_ones(data: object):
    assert remarks_of({"data": data}) == ("", "")


def test_abridging_replaces_base64_by_size_and_hash():
    text = base64.b64encode(b"abc").decode()
    envelope = {"code": 1, "data": {"binary_data_base64": [text, None], "new": "field"}}
    # SHA-256 of "abc": FIPS 180-2, appendix B.1.
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    placeholder = {"base64_of_bytes": 3, "sha256": sha256}
    data = {"binary_data_base64": [placeholder, None], "new": "field"}
    assert abridge(envelope) == {"code": 1, "data": data}


def test_abridging_does_not_change_a_response_without_pictures():
    assert abridge({"code": 50411, "data": None}) == {"code": 50411, "data": None}
