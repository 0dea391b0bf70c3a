"""Fault injection: names, random and planned faults, and what each does over HTTP."""

import base64
import json
import random
import socket
import time
from collections import Counter
from io import BytesIO

import pytest
import requests
from PIL import Image

from volcedit.sandbox import Progress, Sandbox
from volcedit.sandbox.faults.names import NAMES, read_fault
from volcedit.sandbox.faults.schedule import Faults, pick, read_plan

CODES = [
    *(50200, 50201, 50204, 50205, 50206, 50207, 50213, 50215, 50400, 50402, 50411, 50412, 50413),
    *(50429, 50430, 50500, 50501, 50511, 50512, 50518, 50519, 50520, 50521, 50522),
]
SUBMIT, RESULT = "CVSync2AsyncSubmitTask", "CVSync2AsyncGetResult"


def png():
    file = BytesIO()
    Image.new("RGB", (30, 20), (200, 60, 20)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


FIELDS = {
    "req_key": "byteedit_v2.0",
    "binary_data_base64": [png()],
    "prompt": "make it brighter",
    "seed": 7,
}


def call(sandbox, fields=FIELDS, action="CVProcess", **options):
    query = {"Action": action, "Version": "2022-08-31"}
    options = {"timeout": 30} | options
    return requests.post(f"{sandbox.url}/volcv/v1", params=query, json=fields, **options)


def plan(sandbox, *faults, **options):
    return requests.post(f"{sandbox.url}/fail", json={"next": faults}, timeout=30, **options)


def planned(sandbox, fault, **options):
    """The response to the one call that gets `fault`."""
    assert plan(sandbox, fault).status_code == 204
    return call(sandbox, **options)


def code_of(answer):
    return answer.json()["code"]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(seed=1) as running:
        yield running
        assert code_of(call(running)) == 10000  # it still works afterwards


# The names


@pytest.mark.parametrize(
    ("value", "fault"), [(50430, 50430), ("50430", 50430), ("html502", "html502")]
)
def test_a_fault_is_a_code_or_a_name(value, fault):
    assert read_fault(value) == fault


@pytest.mark.parametrize(
    "value",
    [10000, 59999, "10000", "", "HTML502", "5" * 5000, 50430.0, True, None, [], {}, ["html502"]],
    ids=lambda value: repr(value)[:20],
)
def test_an_unknown_fault_is_an_error_that_lists_the_known_ones(value):
    with pytest.raises(ValueError, match=r"known: 50200, .*, 50522, html502, .*, unknown-status"):
        read_fault(value)


def test_a_plan_keeps_its_order():
    assert read_plan(b'{"next": [50430, "html502", "50500", 50430]}') == [
        *(50430, "html502", 50500, 50430)
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b"{}", b'{"next": 50430}', b'{"next": null}', b'{"next": ["no"]}'],
)
def test_an_invalid_plan_is_an_error(body):
    with pytest.raises(ValueError, match=r"."):
        read_plan(body)


def test_a_plan_has_at_most_ten_thousand_faults():
    assert len(read_plan(json.dumps({"next": [50430] * 10_000}).encode())) == 10_000
    with pytest.raises(ValueError, match="at most 10000"):
        read_plan(json.dumps({"next": [50430] * 10_001}).encode())


# Scheduling


@pytest.mark.parametrize(
    ("chance", "fault"),
    [(0.0, 50430), (0.19, 50430), (0.21, "html502"), (0.29, "html502"), (0.31, None)],
)
def test_each_fault_gets_its_share_of_the_calls(chance, fault):
    assert pick({50430: 0.2, "html502": 0.1}, chance) == fault


def test_planned_faults_come_first_and_do_not_shift_the_random_ones():
    shares = {50430: 0.5}
    by_chance = Faults(shares, random.Random(1))
    expected = [by_chance.next() for _ in range(20)]
    faults = Faults(shares, random.Random(1))
    faults.plan(["cut", 50500])
    faults.plan(["reset"])
    assert [faults.next() for _ in range(20)] == ["cut", 50500, "reset", *expected[3:]]


def test_planned_faults_can_be_cleared():
    faults = Faults({}, random.Random(1))
    faults.plan(["cut"])
    faults.clear()
    assert faults.next() is None


# Over HTTP: planning


def test_planned_faults_hit_the_next_edits_in_order(sandbox):
    plan(sandbox, 50430, "html502", 50511)
    answers = [call(sandbox) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 502, 400, 200]


def test_an_invalid_call_consumes_no_fault(sandbox):
    plan(sandbox, "html502")
    assert code_of(call(sandbox, FIELDS | {"prompt": None})) == 50201
    assert code_of(call(sandbox, {"req_key": "byteedit_v2.0", "task_id": "7"}, RESULT)) == 10000
    assert call(sandbox).status_code == 502


def test_a_reset_clears_planned_faults(sandbox):
    plan(sandbox, "html502", "html502")
    assert requests.post(f"{sandbox.url}/reset", timeout=30).status_code == 204
    assert code_of(call(sandbox)) == 10000


def test_planning_requires_the_key():
    with Sandbox(key="s3cret") as sandbox:
        assert plan(sandbox, "html502").status_code == 401
        headers = {"Authorization": "Bearer s3cret"}
        assert code_of(call(sandbox, headers=headers)) == 10000
        assert plan(sandbox, "html502", headers=headers).status_code == 204
        assert call(sandbox, headers=headers).status_code == 502


def test_an_invalid_plan_is_rejected_as_a_whole(sandbox):
    answer = plan(sandbox, 50430, "html503")
    assert answer.status_code == 400
    assert "'html503' is not a code" in answer.json()["error"]["message"]
    assert code_of(call(sandbox)) == 10000


def test_named_faults_can_be_random_too():
    with Sandbox(failures={"html502": 0.3, 50430: 0.3}, seed=3) as sandbox:
        statuses = Counter(call(sandbox).status_code for _ in range(20))
    assert set(statuses) == {200, 429, 502}


def test_the_openapi_lists_every_fault(sandbox):
    description = requests.get(f"{sandbox.url}/openapi.json", timeout=30).json()
    operation = description["paths"]["/fail"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["next"]["items"]["enum"] == [*CODES, *NAMES]
    assert set(operation["responses"]) == {"204", "400", "401"}


def test_the_index_lists_every_fault(sandbox):
    text = requests.get(sandbox.url, timeout=30).text
    assert all(name in text for name in NAMES)


# Over HTTP: effects


@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_injected(sandbox, code):
    envelope = planned(sandbox, code).json()
    assert (envelope["code"], envelope["status"], envelope["data"]) == (code, code, None)


@pytest.mark.parametrize(
    ("fault", "status", "media_type", "says"),
    [
        ("html502", 502, "text/html", "502 Bad Gateway"),
        ("html504", 504, "text/html", "504 Gateway Time-out"),
        ("login200", 200, "text/html", "Sign in"),
        ("empty", 200, "application/json", ""),
    ],
)
def test_a_page_or_nothing_can_replace_a_response(sandbox, fault, status, media_type, says):
    answer = planned(sandbox, fault)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].partition(";")[0] == media_type
    assert says in answer.text and bool(says) is bool(answer.text)


@pytest.mark.parametrize(("fault", "status"), [("gateway401", 401), ("gateway429", 429)])
def test_a_gateway_can_answer_itself(sandbox, fault, status):
    answer = planned(sandbox, fault)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == {"message", "type", "code"}


def test_a_call_can_be_denied_before_the_service_is_reached(sandbox):
    answer = planned(sandbox, "metadata")
    assert answer.status_code == 403
    assert set(answer.json()) == {"ResponseMetadata"}
    assert answer.json()["ResponseMetadata"]["Error"]["Code"] == "AccessDenied"


def test_a_response_can_be_truncated(sandbox):
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        planned(sandbox, "cut")


def test_a_connection_can_be_reset(sandbox):
    with pytest.raises(requests.ConnectionError, match="reset"):
        planned(sandbox, "reset")


def test_a_response_can_hang(sandbox):
    with pytest.raises(requests.ReadTimeout):
        planned(sandbox, "slow", timeout=0.3)


def test_stopping_does_not_wait_for_hanging_responses():
    with Sandbox() as sandbox:
        plan(sandbox, "slow")
        host, _, port = sandbox.url.removeprefix("http://").partition(":")
        connection = socket.create_connection((host, int(port)), timeout=30)
        body = json.dumps(FIELDS).encode()
        head = "POST /volcv/v1?Action=CVProcess&Version=2022-08-31 HTTP/1.1\r\nHost: x\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        # One event loop serves both, so the call above has started by the time this returns.
        requests.get(sandbox.url, timeout=30)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    with connection:
        assert connection.recv(1) == b""


def test_a_response_can_be_300_mb_and_is_streamed(sandbox):
    with planned(sandbox, "huge", stream=True) as answer:
        sizes = [len(piece) for piece in answer.raw.stream(1 << 20)]
    assert sum(sizes) == 300_000_000


def test_a_huge_response_stops_when_the_client_disconnects(sandbox):
    with planned(sandbox, "huge", stream=True) as answer:
        assert answer.raw.read(50).startswith(b'{"code": 10000')
    began = time.monotonic()
    assert code_of(call(sandbox)) == 10000
    assert time.monotonic() - began < 5


def test_a_response_can_lack_its_data(sandbox):
    envelope = planned(sandbox, "no-data").json()
    assert (envelope["code"], envelope["data"]) == (10000, None)


def test_a_pictures_base64_can_be_invalid(sandbox):
    (text,) = planned(sandbox, "bad-base64").json()["data"]["binary_data_base64"]
    with pytest.raises(ValueError, match="base64|padding|data characters"):
        base64.b64decode(text)


def test_a_picture_can_be_a_decompression_bomb(sandbox):
    (text,) = planned(sandbox, "bomb").json()["data"]["binary_data_base64"]
    picture = base64.b64decode(text)
    assert len(picture) < 1000
    # PNG (Third Edition) 11.2.1: width and height follow the length and type of IHDR.
    assert picture[:8] == b"\x89PNG\r\n\x1a\n" and picture[12:16] == b"IHDR"
    assert [int.from_bytes(picture[at : at + 4]) for at in (16, 20)] == [30_000, 30_000]
    with pytest.raises(Image.DecompressionBombError):
        Image.open(BytesIO(picture))


@pytest.mark.parametrize("return_url", [True, False])
def test_a_link_can_be_dead(sandbox, return_url):
    data = planned(sandbox, "dead-link", fields=FIELDS | {"return_url": return_url}).json()["data"]
    assert data["binary_data_base64"] == []
    (url,) = data["image_urls"]
    assert requests.get(url, timeout=30).status_code == 404


# Tasks


def ask(sandbox, task_id):
    return call(sandbox, {"req_key": "byteedit_v2.0", "task_id": task_id}, RESULT)


def submitted_with(sandbox, fault):
    return planned(sandbox, fault, action=SUBMIT).json()["data"]["task_id"]


def test_a_tasks_id_can_be_a_number(sandbox):
    task_id = submitted_with(sandbox, "number-task-id")
    assert isinstance(task_id, int)
    assert ask(sandbox, str(task_id)).json()["data"]["status"] == "done"


def test_a_tasks_status_can_be_undocumented():
    with Sandbox(progress=Progress(polls=1)) as sandbox:
        task_id = submitted_with(sandbox, "unknown-status")
        states = [ask(sandbox, task_id).json()["data"]["status"] for _ in range(3)]
    assert states == ["in_queue", "under_review", "under_review"]


@pytest.mark.parametrize("fault", ["no-data", "bad-base64", "bomb", "dead-link"])
def test_faults_of_the_picture_show_when_the_task_is_done(sandbox, fault):
    data = ask(sandbox, submitted_with(sandbox, fault)).json()["data"]
    assert data["status"] == "done"
    pictures = data.get("binary_data_base64", []) + data.get("image_urls", [])
    assert len(pictures) == (0 if fault == "no-data" else 1)


@pytest.mark.parametrize("fault", ["html502", "gateway401", "metadata", 50430])
def test_other_faults_show_on_submission(sandbox, fault):
    assert planned(sandbox, fault, action=SUBMIT).status_code >= 400


@pytest.mark.parametrize("fault", ["number-task-id", "unknown-status"])
def test_a_sync_call_ignores_faults_of_tasks(sandbox, fault):
    assert code_of(planned(sandbox, fault)) == 10000
