"""Tasks: their progress, and the asynchronous actions and limits over HTTP."""

import base64
import json
import random
import threading
from io import BytesIO

import pytest
import requests
from PIL import Image

from volcedit.sandbox import Progress, Sandbox
from volcedit.sandbox.arguments import read_submission
from volcedit.sandbox.tasks import TaskStore

MODEL = "byteedit_v2.0"


def png(width=30, height=20):
    file = BytesIO()
    Image.new("RGB", (width, height), (200, 60, 20)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


FIELDS = {
    "req_key": MODEL,
    "binary_data_base64": [png()],
    "prompt": "make it brighter",
    "seed": 7,
}


class Clock:
    now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def put(store, width=30, height=20):
    arguments = read_submission(json.dumps(FIELDS).encode())
    return store.put(arguments, Image.new("RGB", (width, height)), 7, None)


def store_of(clock, progress=None, **options):
    return TaskStore(progress or Progress(), clock, random.Random(1), **options)


# Progress


@pytest.mark.parametrize(
    ("progress", "polls", "age_s", "state"),
    [
        (Progress(), 0, 0.0, "done"),
        (Progress(polls=3), 0, 1e9, "in_queue"),
        (Progress(polls=3), 1, 1e9, "in_queue"),
        (Progress(polls=3), 2, 1e9, "generating"),
        (Progress(polls=3), 3, 0.0, "done"),
        (Progress(polls=1), 0, 0.0, "in_queue"),
        (Progress(polls=1), 1, 0.0, "done"),
        (Progress(seconds=10), 99, 4.9, "in_queue"),
        (Progress(seconds=10), 0, 5.0, "generating"),
        (Progress(seconds=10), 0, 9.9, "generating"),
        (Progress(seconds=10), 0, 10.0, "done"),
    ],
)
def test_a_task_progresses_by_polls_or_by_time(progress, polls, age_s, state):
    assert progress.state(polls, age_s) == state


def test_every_poll_counts(clock):
    store = store_of(clock, Progress(polls=2))
    task_id = put(store)
    states = [store.poll(task_id, MODEL)[0] for _ in range(4)]
    assert states == ["in_queue", "generating", "done", "done"]


def test_another_tasks_polls_do_not_count(clock):
    store = store_of(clock, Progress(polls=1))
    first, second = put(store), put(store)
    store.poll(first, MODEL)
    assert store.poll(second, MODEL)[0] == "in_queue"


def test_ids_have_nineteen_digits_and_are_repeatable(clock):
    ids = [put(store_of(clock)) for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 19 and ids[0].isdigit()


def test_a_task_lives_twelve_hours(clock):
    store = store_of(clock)
    task_id = put(store)
    clock.now_s += 12 * 3600 - 1
    assert store.poll(task_id, MODEL)[0] == "done"
    clock.now_s += 1
    assert store.poll(task_id, MODEL) == ("expired", None)


def test_an_unknown_task_and_one_of_another_model_are_not_found(clock):
    store = store_of(clock)
    assert store.poll("7", MODEL) == ("not_found", None)
    assert store.poll(put(store), "other") == ("not_found", None)


def test_the_oldest_tasks_are_evicted(clock):
    store = store_of(clock, max_total_bytes=2 * 30 * 20 * 3)
    ids = [put(store) for _ in range(3)]
    assert [store.poll(task_id, MODEL)[0] for task_id in ids] == ["not_found", "done", "done"]


def test_unfinished_tasks_are_in_progress(clock):
    store = store_of(clock, Progress(seconds=10))
    put(store)
    clock.now_s += 6
    put(store)
    assert store.in_progress == 2
    clock.now_s += 4
    assert store.in_progress == 1


# Over HTTP


def call(sandbox, action, fields, path="/volcv/v1", **options):
    return requests.post(
        sandbox.url + path,
        params={"Action": action, "Version": "2022-08-31"},
        json=fields,
        timeout=30,
        **options,
    )


def submit(sandbox, **changes):
    return call(sandbox, "CVSync2AsyncSubmitTask", FIELDS | changes)


def submitted(sandbox, **changes):
    return submit(sandbox, **changes).json()["data"]["task_id"]


def ask(sandbox, task_id, path="/volcv/v1", **delivery):
    fields = {"req_key": MODEL, "task_id": task_id, "req_json": json.dumps(delivery)}
    return call(sandbox, "CVSync2AsyncGetResult", fields, path)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(seed=1) as running:
        yield running


def test_a_submission_returns_the_tasks_id(sandbox):
    answer = submit(sandbox)
    envelope = answer.json()
    assert (answer.status_code, envelope["code"], envelope["status"]) == (200, 10000, 10000)
    assert list(envelope["data"]) == ["task_id"]
    assert envelope["request_id"] and envelope["time_elapsed"]


@pytest.mark.parametrize("path", ["/volcv/v1", "/"])
def test_a_task_gives_the_same_picture_as_a_sync_call(sandbox, path):
    at_once = call(sandbox, "CVProcess", FIELDS).json()["data"]
    task_id = submitted(sandbox)
    for _ in range(2):
        data = ask(sandbox, task_id, path).json()["data"]
        assert data["status"] == "done"
        assert data["binary_data_base64"] == at_once["binary_data_base64"]
    assert data["infer_ctx"]["algorithm_key"].startswith("volcedit-sandbox")


def test_the_delivery_options_come_with_the_poll(sandbox):
    task_id = submitted(sandbox, return_url=True, logo_info={"add_logo": True})
    plain = call(sandbox, "CVProcess", FIELDS).json()["data"]["binary_data_base64"]
    assert ask(sandbox, task_id).json()["data"]["binary_data_base64"] == plain
    (url,) = ask(sandbox, task_id, return_url=True).json()["data"]["image_urls"]
    assert requests.get(url, timeout=30).content == base64.b64decode(plain[0])
    marked = ask(sandbox, task_id, logo_info={"add_logo": True}).json()["data"]
    with_mark = call(sandbox, "CVProcess", FIELDS | {"logo_info": {"add_logo": True}}).json()
    assert marked["binary_data_base64"] == with_mark["data"]["binary_data_base64"] != plain


def test_a_task_keeps_its_random_seed(sandbox):
    task_id = submitted(sandbox, seed=-1)
    first, second = (ask(sandbox, task_id).json()["data"]["binary_data_base64"] for _ in range(2))
    assert first == second


def test_an_unfinished_task_has_a_status_and_no_picture():
    with Sandbox(progress=Progress(polls=2)) as sandbox:
        task_id = submitted(sandbox)
        envelopes = [ask(sandbox, task_id).json() for _ in range(3)]
    states = [envelope["data"]["status"] for envelope in envelopes]
    assert states == ["in_queue", "generating", "done"]
    assert envelopes[0]["code"] == 10000
    assert envelopes[0]["data"]["binary_data_base64"] is None
    assert envelopes[0]["data"]["image_urls"] is None


def test_by_default_a_task_takes_the_latency(clock):
    with Sandbox(latency_s=600, clock=clock) as sandbox:
        task_id = submitted(sandbox)
        states = []
        for _ in range(3):
            states.append(ask(sandbox, task_id).json()["data"]["status"])
            clock.now_s += 300
    assert states == ["in_queue", "generating", "done"]


def test_an_unknown_task_is_not_found(sandbox):
    envelope = ask(sandbox, "7392616336519610409").json()
    assert (envelope["code"], envelope["data"]["status"]) == (10000, "not_found")


def test_a_task_expires(clock):
    with Sandbox(clock=clock) as sandbox:
        task_id = submitted(sandbox)
        clock.now_s += 12 * 3600
        assert ask(sandbox, task_id).json()["data"]["status"] == "expired"


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (50201, {}),
        (50201, {"req_key": MODEL}),
        (50200, {"req_key": "other", "task_id": "7"}),
        (50200, {"req_key": MODEL, "task_id": 7}),
        (50200, {"req_key": MODEL, "task_id": "7", "req_json": {}}),
        (50200, {"req_key": MODEL, "task_id": "7", "req_json": "{"}),
        (50200, {"req_key": MODEL, "task_id": "7", "req_json": "[]"}),
        (50200, {"req_key": MODEL, "task_id": "7", "req_json": '{"return_url": 1}'}),
        (50204, []),
    ],
    ids=str,
)
def test_an_invalid_poll_is_rejected(sandbox, code, fields):
    answer = call(sandbox, "CVSync2AsyncGetResult", fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_submission_is_checked_like_an_edit(sandbox):
    assert submit(sandbox, prompt=None).json()["code"] == 50201
    assert submit(sandbox, binary_data_base64=["AAAA"]).json()["code"] == 50207


@pytest.mark.parametrize("code", [50411, 50429, 50500])
def test_a_fault_of_the_input_or_the_call_fails_the_submission(code):
    with Sandbox(failures={code: 1.0}) as sandbox:
        assert submit(sandbox).json()["code"] == code


@pytest.mark.parametrize(("code", "status"), [(50511, 400), (50501, 500)])
def test_a_fault_of_the_picture_fails_the_task(code, status):
    with Sandbox(failures={code: 1.0}) as sandbox:
        answer = ask(sandbox, submitted(sandbox))
    assert answer.status_code == status
    assert (answer.json()["code"], answer.json()["data"]) == (code, {"status": "done"})


def test_task_calls_require_the_key():
    with Sandbox(key="s3cret") as sandbox:
        assert submit(sandbox).status_code == ask(sandbox, "7").status_code == 401
        assert requests.post(f"{sandbox.url}/reset", timeout=30).status_code == 401


def test_unfinished_tasks_count_against_the_concurrency_limit():
    with Sandbox(max_concurrent=2, progress=Progress(polls=1)) as sandbox:
        first, _ = submitted(sandbox), submitted(sandbox)
        for action in ("CVSync2AsyncSubmitTask", "CVProcess"):
            answer = call(sandbox, action, FIELDS)
            assert (answer.status_code, answer.json()["code"]) == (429, 50430)
        ask(sandbox, first)
        assert submit(sandbox).json()["code"] == 10000


def test_concurrent_calls_count_against_the_limit():
    with Sandbox(max_concurrent=1, latency_s=600) as sandbox:
        codes = []
        threads = [
            threading.Thread(
                target=lambda: codes.append(call(sandbox, "CVProcess", FIELDS).json()["code"])
            )
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        while not codes:  # one is rejected immediately, the other waits out the latency
            threads[0].join(0.01)
        refused = list(codes)
    for thread in threads:
        thread.join(30)
    assert (refused, sorted(codes)) == ([50430], [10000, 50430])


def test_calls_per_second_are_limited(clock):
    with Sandbox(max_qps=1, clock=clock) as sandbox:
        assert [submit(sandbox).json()["code"] for _ in range(2)] == [10000, 50429]
        assert ask(sandbox, "7").json()["code"] == 10000
        clock.now_s += 1
        assert submit(sandbox).json()["code"] == 10000


def test_a_reset_clears_results_tasks_and_calls(clock):
    with Sandbox(max_qps=2, max_concurrent=1, progress=Progress(polls=9), clock=clock) as sandbox:
        task_id = submitted(sandbox)
        assert submit(sandbox).json()["code"] == 50430
        assert requests.post(f"{sandbox.url}/reset", timeout=30).status_code == 204
        assert ask(sandbox, task_id).json()["data"]["status"] == "not_found"
        assert submit(sandbox).json()["code"] == 10000


def test_a_reset_clears_pictures(sandbox):
    (url,) = ask(sandbox, submitted(sandbox), return_url=True).json()["data"]["image_urls"]
    requests.post(f"{sandbox.url}/reset", timeout=30)
    assert requests.get(url, timeout=30).status_code == 404


@pytest.mark.parametrize("options", [{"max_concurrent": -1}, {"max_qps": -1}])
def test_negative_limits_are_rejected(options):
    with pytest.raises(ValueError, match="limit"):
        Sandbox(**options)
