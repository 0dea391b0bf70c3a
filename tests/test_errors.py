from __future__ import annotations

import re

import pytest

import volcedit
from tests.support.calling import Time
from tests.support.gateway import Answer, Gateway, close_unanswered, reply
from volcedit import Client, Photo, VolceditError, Words, errors
from volcedit.types import FailureKind
from volcedit.words import say

# Raised before anything is sent, after the picture has arrived, or by the user.
LOCAL_ERRORS = {
    errors.ConfigError,
    errors.PhotoError,
    errors.ParameterError,
    errors.ArchiveError,
    errors.LimitError,
    errors.StoppedError,
    errors.HistoryError,
}
LINK = {"code": 10000, "data": {"image_urls": ["http://192.168.0.1/picture.jpg"]}}
TASK = {"code": 10000, "data": {"task_id": "t-1", "status": "generating"}}
TASK_ERRORS: dict[type[VolceditError], Answer] = {
    errors.TaskPendingError: reply(200, TASK),
    errors.TaskError: reply(200, {**TASK, "data": {"task_id": "t-1", "status": "expired"}}),
}
SERVICE_ERRORS: dict[type[VolceditError], Answer] = {
    errors.AnswerLostError: close_unanswered(),
    errors.AuthenticationError: reply(401, {"error": {"message": "invalid api key"}}),
    errors.RejectedError: reply(400, {"code": 50200, "message": "invalid seed", "data": None}),
    errors.RefusedError: reply(400, {"code": 50411, "message": "pre img risk", "data": None}),
    errors.RateLimitError: reply(429, {"code": 50430, "message": "over limit", "data": None}),
    errors.ServiceError: reply(500, {"code": 50500, "message": "internal", "data": None}),
    errors.MalformedAnswerError: reply(200, b"<html>welcome</html>"),
    errors.DownloadError: reply(200, LINK),
}


def tree_of_classes() -> dict[str, str]:
    """The name of each error, and the name of its base class."""
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    found = [value for value in classes if issubclass(value, VolceditError)]
    return {error.__name__: error.__base__.__name__ for error in found}


def tree_of_the_docstring() -> dict[str, str]:
    """The same, from the tree in the docstring."""
    parents = ["Exception"]
    tree = {}
    for line in errors.__doc__.splitlines():
        if found := re.match(r"((?:│   |    |├── |└── )*)([A-Z]\w+Error)\b", line):
            depth = len(found[1]) // 4
            tree[found[2]] = parents[depth]
            parents[depth + 1 :] = [found[2]]
    return tree


def leaves() -> set[type[VolceditError]]:
    tree = tree_of_classes()
    return {getattr(errors, name) for name in tree if name not in tree.values()}


def test_the_docstring_shows_the_class_hierarchy():
    assert tree_of_the_docstring() == tree_of_classes()


def test_every_error_is_exported_by_the_package():
    assert set(tree_of_classes()) <= set(volcedit.__all__)


def test_the_package_lists_every_name_it_exports():
    for name in volcedit.__all__:
        assert getattr(volcedit, name).__name__ == name
    assert set(volcedit.__all__) <= set(dir(volcedit))
    with pytest.raises(AttributeError, match="no attribute 'Cleint'"):
        _ = volcedit.Cleint


def test_the_list_of_public_names_is_sorted():
    assert volcedit.__all__ == sorted(volcedit.__all__)


def test_each_error_has_a_kind_of_its_own_and_each_kind_an_error():
    kinds = [vars(getattr(errors, name))["kind"] for name in tree_of_classes()]
    assert all(isinstance(kind, FailureKind) and kind.is_known for kind in kinds)
    assert sorted(kinds) == sorted(FailureKind)


def test_every_error_of_the_service_is_tested_below():
    reached = {*SERVICE_ERRORS, *TASK_ERRORS, errors.UnreachableError}
    assert reached == leaves() - LOCAL_ERRORS


@pytest.mark.parametrize("kind", SERVICE_ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_is_reached_over_http(gateway: Gateway, photo: Photo, kind: type):
    gateway.script(SERVICE_ERRORS[kind])
    with pytest.raises(kind) as caught:
        Client(gateway.url, max_attempts=1).edit(photo, "make it snow")
    assert type(caught.value) is kind


@pytest.mark.parametrize("kind", TASK_ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_of_a_task_is_reached_over_http(gateway: Gateway, photo: Photo, kind: type):
    gateway.script(TASK_ERRORS[kind])
    client = Client(gateway.url, mode="async", max_attempts=1, **Time().options)
    with pytest.raises(kind) as caught:
        client.edit(photo, "make it snow")
    assert type(caught.value) is kind


def test_a_missing_gateway_is_unreachable(photo: Photo):
    with Gateway() as gone:
        url = gone.url
    with pytest.raises(errors.UnreachableError):
        Client(url, max_attempts=1).edit(photo, "make it snow")


def test_str_is_the_english_message_and_the_request_id():
    error = errors.ServiceError(Words("It failed."), request_id="2025ABC")
    assert str(error) == "It failed. (request id 2025ABC)"


def test_without_a_request_id_str_is_the_english_message():
    assert str(errors.ServiceError(Words("It failed."))) == "It failed."


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "Failed."), ("zh", "失败。"), ("xx", "Failed.")]
)
def test_an_error_can_be_read_in_every_language(language: str, sentence: str):
    assert say(language, errors.ServiceError(Words("Failed.")).words) == sentence


def test_an_instance_attribute_does_not_change_the_class():
    errors.ServiceError(Words(""), retryable=False)
    assert errors.ServiceError(Words("")).retryable
