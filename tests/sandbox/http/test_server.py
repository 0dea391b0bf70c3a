import base64
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
import requests
from PIL import Image

from volcedit.sandbox import Sandbox
from volcedit.sandbox.models import FIELDS

GATEWAY_PATH, DIRECT_PATH = "/volcv/v1", "/"
PROCESS = {"Action": "CVProcess", "Version": "2022-08-31"}


def png(width=30, height=20):
    file = BytesIO()
    Image.new("RGB", (width, height), (200, 60, 20)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def body(**changes):
    fields = {
        "req_key": "byteedit_v2.0",
        "binary_data_base64": [png()],
        "prompt": "make it brighter",
        "seed": 7,
        "return_url": True,
    }
    return fields | changes


def call(sandbox, fields=None, *, path=GATEWAY_PATH, query=PROCESS, **options):
    options.setdefault("json", body() if fields is None else fields)
    return requests.post(sandbox.url + path, params=query, timeout=30, **options)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(seed=1) as running:
        yield running


@pytest.fixture(scope="module")
def locked():
    with Sandbox(key="s3crét") as running:
        yield running


# Delivery


@pytest.mark.parametrize("path", [GATEWAY_PATH, DIRECT_PATH])
def test_an_edit_works_on_both_urls(sandbox, path):
    answer = call(sandbox, path=path)
    assert (answer.status_code, answer.json()["code"]) == (200, 10000)


def test_a_result_url_serves_the_picture(sandbox):
    (url,) = call(sandbox).json()["data"]["image_urls"]
    picture = requests.get(url, timeout=30)
    assert picture.headers["Content-Type"] == "image/jpeg"
    image = Image.open(BytesIO(picture.content))
    assert (image.format, image.size) == ("JPEG", (1248, 832))


def test_a_result_url_is_on_the_origin_the_client_used(sandbox):
    by_name = sandbox.url.replace("127.0.0.1", "localhost")
    answer = call(sandbox, headers={"Host": by_name.removeprefix("http://")})
    (url,) = answer.json()["data"]["image_urls"]
    assert url.startswith(f"{by_name}/results/")


def test_both_deliveries_give_the_same_picture(sandbox):
    (url,) = call(sandbox).json()["data"]["image_urls"]
    (text,) = call(sandbox, body(return_url=False)).json()["data"]["binary_data_base64"]
    assert base64.b64decode(text) == requests.get(url, timeout=30).content


def test_the_result_file_is_labelled_as_the_sandboxs(sandbox):
    (text,) = call(sandbox, body(return_url=False)).json()["data"]["binary_data_base64"]
    assert b"volcedit sandbox: offline filters, not SeedEdit" in base64.b64decode(text)


def test_an_unknown_result_url_is_not_found(sandbox):
    assert requests.get(f"{sandbox.url}/results/guess.jpg", timeout=30).status_code == 404


def test_a_result_url_expires():
    now_s = [1_745_487_075.0]
    with Sandbox(url_lifetime_s=86400, clock=lambda: now_s[0]) as sandbox:
        (url,) = call(sandbox).json()["data"]["image_urls"]
        now_s[0] += 86399
        assert requests.get(url, timeout=30).status_code == 200
        now_s[0] += 1
        assert requests.get(url, timeout=30).status_code == 404


def test_one_of_its_own_results_can_be_edited_again(sandbox):
    (url,) = call(sandbox).json()["data"]["image_urls"]
    again = call(sandbox, body(binary_data_base64=[], image_urls=[url]))
    assert again.json()["code"] == 10000


def test_the_name_of_an_own_result_on_another_origin_is_rejected(sandbox):
    (url,) = call(sandbox).json()["data"]["image_urls"]
    elsewhere = url.replace(sandbox.url, "http://example.com")
    again = call(sandbox, body(binary_data_base64=[], image_urls=[elsewhere]))
    assert again.json()["code"] == 50215


@pytest.mark.parametrize("url", ["https://example.com/a.jpg", "file:///etc/passwd", "", "a.jpg"])
def test_any_other_image_url_is_rejected_without_a_fetch(sandbox, url):
    answer = call(sandbox, body(binary_data_base64=[], image_urls=[url]))
    assert (answer.status_code, answer.json()["code"]) == (400, 50215)
    assert "does not fetch" in answer.json()["message"]


def test_the_envelope_has_the_time():
    # The published response's time_stamp, and its created_at to the second.
    with Sandbox(clock=lambda: 1_745_487_075.0) as sandbox:
        envelope = call(sandbox).json()
    context = envelope["data"]["infer_ctx"]
    assert context["time_stamp"] == "1745487075"
    assert context["created_at"].startswith("2025-04-24T17:31:15")
    assert envelope["request_id"].startswith("20250424173115")


# Refusals


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (50200, {"seed": 1.5}),
        (50200, {"req_key": "other"}),
        (50201, {"prompt": None}),
        (50206, {"binary_data_base64": []}),
        (50206, {"image_urls": ["http://x"]}),
        (50207, {"binary_data_base64": ["not base64"]}),
        (50207, {"binary_data_base64": ["AAAA"]}),
        (50205, {"binary_data_base64": [png(301, 100)]}),
    ],
)
def test_a_bad_argument_is_answered_with_the_vendors_code(sandbox, code, changes):
    answer = call(sandbox, body(**changes))
    envelope = answer.json()
    assert answer.status_code == 400
    assert (envelope["code"], envelope["status"], envelope["data"]) == (code, code, None)
    assert envelope["message"] and envelope["request_id"] and envelope["time_elapsed"]


def test_a_body_that_is_not_json_is_unparsable(sandbox):
    answer = call(sandbox, json=None, data=b"{")
    assert (answer.status_code, answer.json()["code"]) == (400, 50204)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"Action": "CVProcess"},
        {"Action": "Other", "Version": "2022-08-31"},
        {"Action": "CVProcess", "Version": "2020-01-01"},
    ],
)
def test_an_unknown_action_or_version_is_rejected(sandbox, query):
    answer = call(sandbox, query=query)
    assert (answer.status_code, answer.json()["code"]) == (400, 50402)


def test_the_largest_body_is_read_and_one_more_byte_is_too_large(sandbox):
    # Neither is JSON, but only the first is parsed.
    assert call(sandbox, json=None, data=b" " * 8_000_000).json()["code"] == 50204
    assert call(sandbox, json=None, data=b" " * 8_000_001).json()["code"] == 50213


def test_a_body_of_unknown_length_is_limited_too(sandbox):
    answer = call(sandbox, json=None, data=(b" " * 100_000 for _ in range(81)))
    assert answer.json()["code"] == 50213


def test_a_client_that_disconnects_while_sending_does_no_harm(sandbox, caplog):
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = b"POST /volcv/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
        connection.sendall(head)
    assert call(sandbox).json()["code"] == 10000
    assert not caplog.records


# Keys


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer wrong", "Basic s3cr\xe9t", "s3cr\xe9t"]
)
def test_a_missing_or_wrong_key_is_rejected_like_by_a_gateway(locked, authorization):
    headers = {} if authorization is None else {"Authorization": authorization.encode("utf-8")}
    answer = call(locked, headers=headers)
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("authentication_error", "invalid_api_key")
    assert "key" in error["message"]


def test_the_right_key_is_accepted(locked):
    answer = call(locked, headers={"Authorization": "Bearer s3crét".encode()})
    assert answer.json()["code"] == 10000


def test_without_a_configured_key_any_call_is_accepted(sandbox):
    assert call(sandbox, headers={"Authorization": "Bearer x"}).json()["code"] == 10000


# Seeds, failures, latency


def test_random_seeds_differ_between_calls(sandbox):
    answers = [call(sandbox, body(seed=-1, return_url=False)).json() for _ in range(2)]
    one, other = (answer["data"]["binary_data_base64"] for answer in answers)
    assert one != other


def test_the_sandboxs_seed_makes_random_seeds_repeatable():
    pictures = []
    for _ in range(2):
        with Sandbox(seed=5) as sandbox:
            answer = call(sandbox, body(seed=-1, return_url=False)).json()
            pictures.append(answer["data"]["binary_data_base64"])
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize(("code", "status"), [(50430, 429), (50500, 500), (50511, 400)])
def test_an_injected_failure_has_its_code_and_status(code, status):
    with Sandbox(failures={code: 1.0}) as sandbox:
        answer = call(sandbox)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["data"] is None


def test_a_share_of_the_calls_fails():
    with Sandbox(failures={50430: 0.5}, seed=3) as sandbox:
        codes = [call(sandbox).json()["code"] for _ in range(16)]
    assert set(codes) == {10000, 50430}
    # Sixteen flips of a fair coin, 99.8 % of the time.
    assert 3 <= codes.count(50430) <= 13


def test_an_invalid_call_is_rejected_before_failures_are_injected():
    with Sandbox(failures={50430: 1.0}) as sandbox:
        assert call(sandbox, body(prompt=None)).json()["code"] == 50201


def test_concurrent_edits_wait_out_the_latency_in_parallel():
    with Sandbox(latency_s=1.0) as sandbox, ThreadPoolExecutor(8) as pool:
        began = time.monotonic()
        answers = list(pool.map(lambda _: call(sandbox).json(), range(8)))
        took_s = time.monotonic() - began
    assert {answer["code"] for answer in answers} == {10000}
    # Sequentially they would take eight seconds.
    assert 1.0 <= took_s < 5.0
    assert all(answer["time_elapsed"].endswith("s") for answer in answers)


def test_stopping_does_not_wait_for_the_latency():
    with Sandbox(latency_s=600) as sandbox:
        url, answers = sandbox.url, []
        arrived = threading.Event()

        def send():
            with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as connection:
                content = json.dumps(body()).encode()
                head = (
                    "POST /volcv/v1?Action=CVProcess&Version=2022-08-31 HTTP/1.1\r\n"
                    f"Host: x\r\nContent-Length: {len(content)}\r\n\r\n"
                )
                connection.sendall(head.encode() + content)
                arrived.set()
                answers.append(connection.recv(15))

        sender = threading.Thread(target=send)
        sender.start()
        arrived.wait(30)
        # One event loop serves both, so the edit above has started by the time this returns.
        requests.get(url, timeout=30)
    sender.join(30)
    assert answers == [b"HTTP/1.1 200 OK"]


# Starting and stopping


def test_the_url_has_the_port_the_system_picked(sandbox):
    host, port = sandbox.url.removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    assert 1024 < int(port) < 65536


def test_a_port_in_use_is_an_error_at_once(sandbox):
    port = int(sandbox.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match=f"127.0.0.1:{port}"):
        Sandbox(port=port).start()


def test_a_stopped_sandbox_frees_its_port_and_can_start_again():
    sandbox = Sandbox()
    url = sandbox.start().url
    assert call(sandbox).json()["code"] == 10000
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=30)
    with sandbox:
        assert sandbox.url == url
        assert call(sandbox).json()["code"] == 10000


def test_stopping_twice_is_a_no_op():
    sandbox = Sandbox().start()
    sandbox.stop()
    sandbox.stop()


def test_a_running_sandbox_does_not_start_again(sandbox):
    with pytest.raises(RuntimeError, match="already running"):
        sandbox.start()


def test_a_stopped_sandbox_has_no_url():
    with pytest.raises(RuntimeError, match="not running"):
        _ = Sandbox().url


@pytest.mark.parametrize(
    "options",
    [
        {"port": -1},
        {"port": 65536},
        {"latency_s": -1},
        {"latency_s": float("nan")},
        {"latency_s": float("inf")},
        {"failures": {10001: 0.5}},
        {"failures": {50430: 1.1}},
        {"failures": {50430: -0.1}},
        {"failures": {50430: 0.6, 50500: 0.5}},
    ],
)
def test_options_out_of_range_are_rejected(options):
    with pytest.raises(ValueError):
        Sandbox(**options)


def test_shares_that_add_up_to_one_are_accepted():
    Sandbox(failures={50429: 0.1, 50430: 0.2, 50500: 0.7})


# Descriptions


def test_the_openapi_describes_the_body(sandbox):
    description = requests.get(f"{sandbox.url}/openapi.json", timeout=30).json()
    for path in (GATEWAY_PATH, DIRECT_PATH):
        operation = description["paths"][path]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert set(schema["required"]) == {"req_key", "prompt"}
        published = {
            "req_key",
            "binary_data_base64",
            "image_urls",
            "prompt",
            "negative_prompt",
            "seed",
            "scale",
            "width",
            "height",
            "return_url",
            "logo_info",
        }
        assert set(schema["properties"]) == published | {field.name for field in FIELDS}
        assert schema["properties"]["seed"]["maximum"] == 2147483647
        assert {parameter["name"] for parameter in operation["parameters"]} == {"Action", "Version"}


def test_the_openapi_documents_the_vendors_responses_and_not_fastapis(sandbox):
    description = requests.get(f"{sandbox.url}/openapi.json", timeout=30).json()
    for path in (GATEWAY_PATH, DIRECT_PATH):
        responses = description["paths"][path]["post"]["responses"]
        assert set(responses) == {"200", "400", "401", "429", "500"}


def test_the_index_says_what_this_is_and_what_it_knows(sandbox):
    text = requests.get(sandbox.url, timeout=30).text
    assert text.startswith("volcedit sandbox: offline filters, not SeedEdit.")
    assert "snow" in text
