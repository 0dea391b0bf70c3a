"""Asynchronous edits: submit once, then poll until the picture is ready, whatever happens."""

from __future__ import annotations

import base64
import json
import threading

import pytest

from tests.support.calling import Time
from tests.support.gateway import Answer, Gateway, close_unanswered, cut_off, reply
from volcedit import (
    AnswerLostError,
    AuthenticationError,
    Client,
    DownloadError,
    EditParams,
    EditRequest,
    MalformedAnswerError,
    Photo,
    RefusedError,
    ServiceError,
    StoppedError,
    TaskError,
    TaskPendingError,
    UnreachableError,
    VolceditError,
)
from volcedit.service.client import Poll
from volcedit.words import say

TASK_ID = "7392616336519610409"
SUBMITTED = reply(200, {"code": 10000, "message": "Success", "data": {"task_id": TASK_ID}})


def state(name: object, code: int = 10000, **data: object) -> Answer:
    """The response to a poll of a task."""
    return reply(200, {"code": code, "request_id": "r-7", "data": {"status": name} | data})


def done(jpeg: bytes) -> Answer:
    return state("done", binary_data_base64=[base64.b64encode(jpeg).decode()], image_urls=None)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def client(gateway: Gateway, time: Time) -> Client:
    return Client(gateway.url, "k-123", mode="async", max_attempts=3, timeout_s=10, **time.options)


@pytest.fixture
def request_(photo: Photo) -> EditRequest:
    return EditRequest(photo, EditParams("make it snow", seed=7), "byteedit_v2.0", "url")


def await_failing(client: Client, request: EditRequest, **options: object) -> VolceditError:
    with pytest.raises(VolceditError) as caught:
        client.await_task(request, TASK_ID, **options)
    return caught.value


def actions(gateway: Gateway) -> list[str]:
    return [request.query["Action"] for request in gateway.requests]


# ── submitting ───────────────────────────────────────────────────────────────────────────────


def test_an_edit_is_submitted_and_polled(
    gateway: Gateway, client: Client, photo: Photo, jpeg: bytes
):
    gateway.script(SUBMITTED, state("in_queue"), state("generating"), done(jpeg))
    assert client.edit(photo, "make it snow", seed=7).picture == jpeg
    assert actions(gateway) == ["CVSync2AsyncSubmitTask", *["CVSync2AsyncGetResult"] * 3]
    submitted, *polls = (json.loads(request.body) for request in gateway.requests)
    assert "return_url" not in submitted and "logo_info" not in submitted
    assert {poll["task_id"] for poll in polls} == {TASK_ID}
    assert {request.headers["Authorization"] for request in gateway.requests} == {"Bearer k-123"}


@pytest.mark.parametrize("task_id", [7392616336519610409, "7392616336519610409"])
def test_a_task_id_may_be_a_number(
    gateway: Gateway, client: Client, request_: EditRequest, task_id: object
):
    gateway.script(reply(200, {"code": 10000, "data": {"task_id": task_id}}))
    assert client.submit(request_) == TASK_ID


@pytest.mark.parametrize("data", [{}, {"task_id": None}, {"task_id": ""}], ids=str)
def test_a_task_without_an_id_may_be_charged_and_is_not_resubmitted(
    gateway: Gateway, client: Client, request_: EditRequest, data: dict
):
    gateway.script(reply(200, {"code": 10000, "data": data, "request_id": "r-7"}))
    with pytest.raises(MalformedAnswerError, match="charged") as caught:
        client.submit(request_)
    assert (caught.value.request_id, caught.value.envelope["code"]) == ("r-7", 10000)
    assert len(gateway.requests) == 1


def test_a_submission_with_a_lost_response_is_not_retried(
    gateway: Gateway, client: Client, request_: EditRequest
):
    gateway.script(close_unanswered(), SUBMITTED)
    with pytest.raises(AnswerLostError):
        client.submit(request_)
    assert len(gateway.requests) == 1


def failed(code: int) -> Answer:
    """The response to a poll of a task that has failed."""
    return reply(500, {"code": code, "message": "internal", "data": {"status": "done"}})


def test_a_task_with_a_retryable_failure_is_resubmitted(
    gateway: Gateway, client: Client, request_: EditRequest, time: Time, jpeg: bytes
):
    again = reply(200, {"code": 10000, "data": {"task_id": "8"}})
    gateway.script(SUBMITTED, failed(50501), again, state("generating"), done(jpeg))
    told: list[object] = []
    options = {"on_task": told.append, "on_wait": lambda wait: told.append(wait and wait.attempt)}
    assert client.edit_as_task(request_, **options).picture == jpeg
    assert told == [TASK_ID, 2, None, "8"]
    assert actions(gateway).count("CVSync2AsyncSubmitTask") == 2
    assert json.loads(gateway.requests[-1].body)["task_id"] == "8"
    assert time.pauses_s == pytest.approx([0.5, 1.0, 0.5, 0.6])


def test_failed_submissions_and_failed_tasks_share_the_attempts(
    gateway: Gateway, client: Client, request_: EditRequest
):
    busy = reply(429, {"code": 50429, "message": "qps"})
    gateway.script(busy, SUBMITTED, failed(50501), SUBMITTED, failed(50500), SUBMITTED)
    with pytest.raises(ServiceError) as caught:
        client.edit_as_task(request_)
    assert (caught.value.code, len(gateway.requests)) == (50500, 5)


@pytest.mark.parametrize(
    "answer",
    [state("done", 50511), state("done", 50520), state("expired"), state("done")],
    ids=["refused", "review", "expired", "no-picture"],
)
def test_a_task_that_ended_in_any_other_way_is_not_resubmitted(
    gateway: Gateway, client: Client, request_: EditRequest, answer: Answer
):
    gateway.script(SUBMITTED, answer)
    with pytest.raises(VolceditError):
        client.edit_as_task(request_)
    assert actions(gateway).count("CVSync2AsyncSubmitTask") == 1


@pytest.mark.parametrize(
    "answer",
    [reply(500, {"code": 50500, "message": "internal", "data": None}), state("generating", 50500)],
    ids=["says-nothing", "under-way"],
)
def test_a_task_that_may_still_be_running_is_not_resubmitted(
    gateway: Gateway, client: Client, request_: EditRequest, answer: Answer
):
    gateway.script(SUBMITTED, answer)
    with pytest.raises(ServiceError):
        client.edit_as_task(request_)
    assert actions(gateway) == ["CVSync2AsyncSubmitTask", *["CVSync2AsyncGetResult"] * 3]


# ── polling ──────────────────────────────────────────────────────────────────────────────────


def test_every_state_is_reported(
    gateway: Gateway, client: Client, request_: EditRequest, jpeg: bytes
):
    gateway.script(state("in_queue"), state("generating"), state("generating"), done(jpeg))
    told: list[Poll] = []
    client.await_task(request_, TASK_ID, on_poll=told.append)
    assert told == [
        Poll(1, "in_queue", None),
        Poll(2, "generating", None),
        Poll(3, "generating", None),
        Poll(4, "done", None),
    ]


def test_the_pauses_grow(
    gateway: Gateway, client: Client, request_: EditRequest, time: Time, jpeg: bytes
):
    gateway.script(*[state("generating")] * 3, done(jpeg))
    client.await_task(request_, TASK_ID)
    assert time.pauses_s == pytest.approx([0.5, 0.6, 0.72, 0.864])


LOST = {
    "no answer": close_unanswered(),
    "half an answer": cut_off(b'{"code": 10000}', 8),
    "429": reply(429, {"code": 50429, "message": "qps"}),
    "50430 with HTTP 200": reply(200, {"code": 50430, "message": "busy"}),
    "502 as HTML": reply(502, b"<html>"),
    "503": reply(503),
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
def test_a_lost_poll_is_repeated_and_the_task_not_resubmitted(
    gateway: Gateway, client: Client, photo: Photo, jpeg: bytes, lost: Answer
):
    # More often than the limit of attempts.
    gateway.script(SUBMITTED, state("in_queue"), *[lost] * 6, done(jpeg))
    assert client.edit(photo, "make it snow").picture == jpeg
    assert actions(gateway).count("CVSync2AsyncSubmitTask") == 1


def test_a_lost_poll_is_reported_with_the_last_known_state(
    gateway: Gateway, client: Client, request_: EditRequest, jpeg: bytes
):
    gateway.script(state("generating"), close_unanswered(), done(jpeg))
    told: list[Poll] = []
    client.await_task(request_, TASK_ID, on_poll=told.append)
    assert [(poll.state, type(poll.error)) for poll in told] == [
        ("generating", type(None)),
        ("generating", AnswerLostError),
        ("done", type(None)),
    ]


def test_a_poll_waits_as_long_as_the_service_asks_for(
    gateway: Gateway, client: Client, request_: EditRequest, time: Time, jpeg: bytes
):
    busy = reply(429, {"code": 50429}, Retry_After="20")
    gateway.script(busy, done(jpeg))
    client.await_task(request_, TASK_ID)
    assert time.pauses_s == [0.5, 20.0]


def test_a_code_that_may_be_about_the_task_is_polled_a_few_times(
    gateway: Gateway, client: Client, request_: EditRequest
):
    gateway.script(reply(500, {"code": 50500, "message": "internal", "data": None}))
    error = await_failing(client, request_)
    assert (type(error), error.code, len(gateway.requests)) == (ServiceError, 50500, 3)


def test_a_successful_poll_resets_the_count_of_failures(
    gateway: Gateway, client: Client, request_: EditRequest, jpeg: bytes
):
    failed = reply(500, {"code": 50500, "message": "internal", "data": None})
    gateway.script(failed, failed, state("generating"), failed, failed, done(jpeg))
    assert client.await_task(request_, TASK_ID).picture == jpeg


# ── how it ends ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["not_found", "expired", "sleeping"])
def test_a_task_that_is_gone_ends_with_its_state(
    gateway: Gateway, client: Client, request_: EditRequest, name: str
):
    gateway.script(state("in_queue"), state(name))
    told: list[str] = []
    error = await_failing(client, request_, on_poll=lambda poll: told.append(poll.state))
    assert (type(error), error.code, error.request_id) == (TaskError, name, "r-7")
    assert error.envelope["data"] == {"status": name}
    assert told == ["in_queue", name]


def test_an_undocumented_state_is_quoted(gateway: Gateway, client: Client, request_: EditRequest):
    gateway.script(state("sleeping"))
    error = await_failing(client, request_)
    assert "sleeping" in str(error.words) and "sleeping" in say("zh", error.words)


@pytest.mark.parametrize("name", ["finished", "", None])
def test_a_task_with_a_picture_is_done_whatever_its_state(
    gateway: Gateway, client: Client, request_: EditRequest, jpeg: bytes, name: object
):
    gateway.script(state(name, binary_data_base64=[base64.b64encode(jpeg).decode()]))
    assert client.await_task(request_, TASK_ID).picture == jpeg


@pytest.mark.parametrize("name", ["done", "", None])
def test_a_task_that_is_done_without_a_picture_says_so(
    gateway: Gateway, client: Client, request_: EditRequest, name: object
):
    gateway.script(state(name))
    assert isinstance(await_failing(client, request_), MalformedAnswerError)


@pytest.mark.parametrize(("code", "kind"), [(50511, RefusedError), (50500, ServiceError)])
def test_done_with_a_failure_code_is_a_failed_task(
    gateway: Gateway, client: Client, request_: EditRequest, code: int, kind: type
):
    gateway.script(state("done", code))
    error = await_failing(client, request_)
    assert (type(error), error.code, len(gateway.requests)) == (kind, code, 1)


def test_a_refused_task_is_not_polled_again(
    gateway: Gateway, client: Client, request_: EditRequest
):
    gateway.script(reply(401, {"error": {"message": "invalid key"}}))
    assert isinstance(await_failing(client, request_), AuthenticationError)
    assert len(gateway.requests) == 1


def test_an_untrusted_certificate_ends_polling(request_: EditRequest, time: Time):
    with Gateway(tls=True) as gateway:
        client = Client(gateway.url, **time.options)
        error = await_failing(client, request_)
        assert isinstance(error, UnreachableError) and len(time.pauses_s) == 1


def test_the_last_poll_is_at_the_deadline(
    gateway: Gateway, client: Client, request_: EditRequest, time: Time
):
    gateway.script(state("generating"))
    error = await_failing(client, request_, deadline_s=1.5)
    assert isinstance(error, TaskPendingError) and "12 hours" in str(error.words)
    assert time.pauses_s == pytest.approx([0.5, 0.6, 0.4])
    assert len(gateway.requests) == 3


def test_an_unreachable_service_is_polled_until_the_deadline(request_: EditRequest, time: Time):
    with Gateway() as gone:
        client = Client(gone.url, max_attempts=2, **time.options)
    error = await_failing(client, request_, deadline_s=60)
    assert isinstance(error, TaskPendingError)
    assert isinstance(error.__cause__, UnreachableError)
    assert "cannot be reached" in str(error.words)
    assert time.now_s == 60


def test_a_deadline_of_zero_polls_once_immediately(
    gateway: Gateway, client: Client, request_: EditRequest, time: Time, jpeg: bytes
):
    gateway.script(state("generating"), done(jpeg))
    assert isinstance(await_failing(client, request_, deadline_s=0), TaskPendingError)
    assert client.await_task(request_, TASK_ID, deadline_s=0).picture == jpeg
    assert time.pauses_s == [0.0, 0.0]


def test_polling_can_be_stopped(gateway: Gateway, client: Client, request_: EditRequest):
    gateway.script(state("generating"))
    stop = threading.Event()
    with pytest.raises(StoppedError):
        client.await_task(request_, TASK_ID, stop=stop, on_poll=lambda _: stop.set())
    assert len(gateway.requests) == 1


def test_a_failed_download_keeps_the_response(
    gateway: Gateway, client: Client, request_: EditRequest
):
    link = f"{gateway.url}/gone.jpg"
    gateway.script(state("done", image_urls=[link]), reply(404))
    error = await_failing(client, request_)
    assert isinstance(error, DownloadError)
    assert error.envelope["data"]["image_urls"] == [link]


def test_a_link_from_an_earlier_response_can_be_fetched(
    gateway: Gateway, client: Client, jpeg: bytes
):
    gateway.script(reply(200, jpeg))
    picture, facts = client.fetch_picture(f"{gateway.url}/r.jpg")
    assert picture == jpeg
    assert (facts.width_px, facts.height_px, facts.size_bytes) == (96, 64, len(jpeg))


@pytest.mark.parametrize("answer", [reply(404), reply(200, b"<html>")], ids=["gone", "HTML"])
def test_a_link_without_a_picture_is_a_failed_download(
    gateway: Gateway, client: Client, answer: Answer
):
    gateway.script(answer)
    with pytest.raises(DownloadError):
        client.fetch_picture(f"{gateway.url}/r.jpg")
