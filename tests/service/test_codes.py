from __future__ import annotations

import pytest

from tests.support.gateway import Gateway, reply
from volcedit import (
    AnswerError,
    AuthenticationError,
    Client,
    Photo,
    RateLimitError,
    RefusedError,
    RejectedError,
    ServiceError,
)
from volcedit.service.codes import CODES, SIGNATURE_CODES, quoting
from volcedit.types import Words
from volcedit.words import say

# API.md, "Codes [V]": HTTP status, code, whether it is retryable.
PUBLISHED = [
    (400, 50200, False),
    (400, 50201, False),
    (400, 50204, False),
    (400, 50205, False),
    (400, 50206, False),
    (400, 50207, False),
    (400, 50213, False),
    (400, 50215, False),
    (400, 50400, False),
    (400, 50402, False),
    (400, 50411, False),
    (400, 50412, False),
    (400, 50413, False),
    (400, 50518, False),
    (400, 50511, True),
    (400, 50519, True),
    (400, 50512, False),
    (400, 50520, False),
    (400, 50521, False),
    (400, 50522, False),
    (429, 50429, True),
    (429, 50430, True),
    (500, 50500, True),
    (500, 50501, True),
]
KINDS = {
    RejectedError: {50200, 50201, 50204, 50205, 50206, 50207, 50213, 50215, 50402},
    AuthenticationError: {50400},
    RefusedError: {50411, 50412, 50413, 50518, 50511, 50519, 50512},
    ServiceError: {50520, 50521, 50522, 50500, 50501},
    RateLimitError: {50429, 50430},
}


def test_the_known_codes_are_the_published_ones():
    assert sorted(CODES) == sorted(number for _, number, _ in PUBLISHED)


@pytest.mark.parametrize(("http_status", "number", "retryable"), PUBLISHED)
def test_each_code_has_its_published_status_and_retryability(
    http_status: int, number: int, retryable: bool
):
    assert (CODES[number].http_status, CODES[number].retryable) == (http_status, retryable)


@pytest.mark.parametrize(("kind", "numbers"), KINDS.items(), ids=lambda value: str(value)[-40:])
def test_each_code_has_the_error_class_of_its_message(kind: type, numbers: set[int]):
    assert {number for number, code in CODES.items() if code.error_class is kind} == numbers


@pytest.mark.parametrize("with_http_200", [False, True], ids=["own status", "HTTP 200"])
@pytest.mark.parametrize(("http_status", "number", "retryable"), PUBLISHED)
def test_each_code_maps_to_its_error_with_any_status(
    gateway: Gateway,
    photo: Photo,
    http_status: int,
    number: int,
    retryable: bool,
    with_http_200: bool,
):
    envelope = {"code": number, "data": None, "message": "as it said", "request_id": "2025ABC"}
    gateway.script(reply(200 if with_http_200 else http_status, envelope))
    with pytest.raises(AnswerError) as caught:
        Client(gateway.url, max_attempts=1).edit(photo, "make it snow")
    error = caught.value
    assert number in KINDS[type(error)]
    assert (error.code, error.retryable, error.request_id) == (number, retryable, "2025ABC")
    assert "as it said" in str(error.words) and "as it said" in say("zh", error.words)
    assert error.envelope == envelope


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: str(code.number))
def test_each_code_says_what_happened_and_what_to_do_in_both_languages(code: object):
    assert str(code.words).endswith(".") and str(code.words).rstrip(".").count(". ") >= 1
    assert say("zh", code.words).endswith("。") and say("zh", code.words).count("。") >= 2


@pytest.mark.parametrize("words", SIGNATURE_CODES.values(), ids=SIGNATURE_CODES)
def test_each_signature_code_says_what_happened_and_what_to_do(words: Words):
    assert str(words).endswith(".") and str(words).rstrip(".").count(". ") >= 1
    assert say("zh", words).endswith("。") and say("zh", words).count("。") >= 2


@pytest.mark.parametrize("http_status", [200, 400, 401, 403])
@pytest.mark.parametrize("code", SIGNATURE_CODES)
def test_each_signature_code_maps_to_its_message(
    gateway: Gateway, photo: Photo, code: str, http_status: int
):
    told = {"CodeN": 1, "Code": code, "Message": "as it said"}
    gateway.script(reply(http_status, {"ResponseMetadata": {"RequestId": "r-1", "Error": told}}))
    with pytest.raises(AuthenticationError) as caught:
        Client(gateway.url, max_attempts=1).edit(photo, "make it snow")
    error = caught.value
    assert (error.code, error.request_id, error.http_status) == (code, "r-1", http_status)
    assert error.words == quoting(SIGNATURE_CODES[code], f"{code}: as it said")


def test_the_services_message_is_quoted():
    words = quoting(Words("No."), "really not")
    assert str(words) == "No. It said: “really not”"


def test_an_empty_message_is_not_quoted():
    assert quoting(Words("No."), " \n") == Words("No.")


@pytest.mark.parametrize(("said", "quoted"), [("x" * 300, 300), ("x" * 301, 300)])
def test_a_quotation_has_at_most_300_characters(said: str, quoted: int):
    assert str(quoting(Words("No."), said)).count("x") == quoted
