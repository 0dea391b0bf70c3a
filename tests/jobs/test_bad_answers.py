"""Bad responses: every fault of the sandbox, through the workbench, over real HTTP.

Each ends in a record that says what happened and what to do, after no more requests than are safe,
and the next edit on the same workbench works. The tests' user_properties form a table of all cases.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.support.calling import Waits
from tests.support.gateway import CA_CERTS, Gateway
from tests.support.running import DONE, Bench
from volcedit import EditParams, KeyPair, Photo
from volcedit.notebook.records import Record
from volcedit.sandbox import AccessKey, Sandbox
from volcedit.sandbox.http import server
from volcedit.service.auth import SignatureAuth
from volcedit.service.client import Client

PARAMS = EditParams("make it brighter", seed=7)  # the sandbox's quickest effect
PAIR = KeyPair("AKLTtests", "a-secret-key")
TRIES = 4  # VOLCEDIT_MAX_ATTEMPTS


@dataclass(frozen=True)
class Ending:
    """How an edit ends, and what the user is told to do."""

    kind: str
    code: int | str | None
    en: str
    zh: str
    left: int = 1
    """The number of requests sent, without downloads."""
    has_id: bool = False
    """Whether the response had a request id."""


def of_code(code: int, kind: str, en: str, zh: str, left: int = 1) -> Ending:
    """How an edit ends when the service answers with `code`."""
    return Ending(kind, code, en, zh, left, has_id=True)


# API.md, "Codes": all of them; retryable ones use all allowed attempts.
CODES = [
    of_code(50200, "rejected", "Check prompt, seed and strength", "请检查提示词"),
    of_code(50201, "rejected", "Check that the model is right", "请检查模型"),
    of_code(50204, "rejected", "Check any proxy in between", "请检查中间的网关"),
    of_code(50205, "rejected", "Use a smaller one", "请换一张较小的图片"),
    of_code(50206, "rejected", "Choose the photo again", "请重新选择图片"),
    of_code(50207, "rejected", "Save it as JPEG again", "请另存为 JPEG"),
    of_code(50213, "rejected", "Use a smaller photo", "请换一张较小的图片"),
    of_code(50215, "rejected", "Use another photo or prompt", "请换一张图片或换一种说法"),
    of_code(50400, "authentication", "Have it enabled, or use another key", "请开通权限或更换密钥"),
    of_code(50402, "rejected", "Check VOLCEDIT_BASE_URL", "请检查 VOLCEDIT_BASE_URL"),
    of_code(50411, "refused", "Use another one", "请换一张图片"),
    of_code(50412, "refused", "Rephrase", "请换一种说法"),
    of_code(50413, "refused", "Rephrase", "请换一种说法"),
    of_code(50518, "refused", "Use another one", "请换一张图片"),
    of_code(50511, "refused", "Try another seed", "请换一个种子"),
    of_code(50519, "refused", "Try another seed", "请换一个种子"),
    of_code(50512, "refused", "Rephrase", "请换一种说法"),
    of_code(50520, "service", "Try again later", "请稍后再试"),
    of_code(50521, "service", "Try again later", "请稍后再试"),
    of_code(50522, "service", "Try again later", "请稍后再试"),
    of_code(50429, "rate_limit", "Wait a little", "请稍候", TRIES),
    of_code(50430, "rate_limit", "Wait until others are done", "请等待其他调用完成", TRIES),
    of_code(50500, "service", "Try again in a moment", "请稍后再试", TRIES),
    of_code(50501, "service", "Try again in a moment", "请稍后再试", TRIES),
]
CHARGED_EN, CHARGED_ZH = "charged", "计费"  # look there before sending it again
FAULTS: dict[int | str, Ending] = {
    **{ending.code: ending for ending in CODES},
    "gateway401": Ending("authentication", "invalid_api_key", "Check it (VOLCEDIT_", "请检查密钥"),
    "gateway429": Ending("rate_limit", "rate_limit_exceeded", "Wait a little", "请稍候", TRIES),
    "metadata": Ending("authentication", "AccessDenied", "(IAM)", "（IAM）", has_id=True),
    "html502": Ending("service", 502, "Try again in a moment", "请稍后重试", TRIES),
    "html504": Ending("answer_lost", 504, CHARGED_EN, CHARGED_ZH),
    "login200": Ending("malformed_answer", None, "Check VOLCEDIT_BASE_URL", "请检查 VOLCEDIT_"),
    "empty": Ending("malformed_answer", None, "Check VOLCEDIT_BASE_URL", "请检查 VOLCEDIT_"),
    "cut": Ending("answer_lost", None, CHARGED_EN, CHARGED_ZH),
    "reset": Ending("answer_lost", None, CHARGED_EN, CHARGED_ZH),
    "huge": Ending("malformed_answer", None, "larger than any edit", "响应超过任何编辑的大小"),
    "no-data": Ending("malformed_answer", None, "sent no picture", "没有返回图片", has_id=True),
    "bad-base64": Ending(
        "malformed_answer", None, "a picture that cannot be read", "图片无法读取", has_id=True
    ),
    "bomb": Ending(
        "malformed_answer", None, "a picture that cannot be read", "图片无法读取", has_id=True
    ),
    "dead-link": Ending("download", 404, "delivery “in the response”", "返回方式", has_id=True),
}
TASK_FAULTS: dict[int | str, Ending] = {
    "unknown-status": Ending(
        "task", "under_review", "Fetch it again", "请稍后重新获取", has_id=True
    ),
    **{
        fault: FAULTS[fault]
        for fault in (
            *(50411, 50430, 50501, 50511, "gateway401", "html502", "login200", "cut", "reset"),
            *("no-data", "bad-base64", "bomb", "dead-link"),
        )
    },
}


@pytest.fixture(scope="module")
def arrivals() -> Iterator[list[str]]:
    """The action of every call that arrived at any sandbox, in order."""
    actions: list[str] = []
    build_app = server.build_app

    def build(calls: object) -> Callable:
        app = build_app(calls)

        async def count(scope: dict, receive: Callable, send: Callable) -> None:
            if scope["type"] == "http" and scope["path"] in ("/volcv/v1", "/"):
                actions.append(scope["query_string"].decode().partition("&")[0])
            await app(scope, receive, send)

        return count

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "build_app", build)
        yield actions


@pytest.fixture
def arrived(arrivals: list[str]) -> list[str]:
    """The same, for the current test only."""
    arrivals.clear()
    return arrivals


@pytest.fixture(scope="module")
def running(arrivals: list[str]) -> Iterator[Sandbox]:
    """One sandbox for all tests."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox, arrived: list[str]) -> Sandbox:
    """That sandbox, reset."""
    requests.post(f"{running.url}/reset", timeout=10).raise_for_status()
    return running


@contextmanager
def bench_at(
    url: str, data_dir: Path, key: KeyPair | str = "", **settings: object
) -> Iterator[Bench]:
    """A workbench without pauses, and with the app's number of attempts."""
    waits = {"wait": Waits(), "jitter": lambda: 0.0}
    timeout_s = float(settings.get("timeout_s", 10))
    client = Client(url, key, timeout_s=timeout_s, max_attempts=TRIES, **waits)
    with Bench(url, data_dir, client=client, max_attempts=TRIES, **settings) as bench:
        yield bench


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[str, object], None]:
    """Adds a property to the table of all cases; record_property would warn about XML."""
    return lambda name, value: request.node.user_properties.append((name, str(value)))


@pytest.fixture
def check(note: Callable, photo: Photo) -> Callable[[Bench, Ending, str], Record]:
    """Runs one edit and checks how it ended, on disk."""

    def check(bench: Bench, ending: Ending, fault: str) -> Record:
        (shown,) = bench.finish(photo, PARAMS).records
        record = bench.notebook.get(shown.id)
        assert record.state == "failed" and record.picture is None
        failure = record.failure
        assert (failure.kind, failure.code) == (ending.kind, ending.code)
        assert ending.en in failure.told("en")
        assert ending.zh in failure.told("zh")
        assert bool(failure.request_id) is bool(record.request_id) is ending.has_id
        note("row", [fault, failure.kind, failure.code, failure.told("en")])
        return record

    return check


@pytest.fixture
def works(photo: Photo) -> Callable[[Bench], None]:
    """Checks that the next edit on the workbench succeeds."""

    def works(bench: Bench) -> None:
        (record,) = bench.finish(photo, PARAMS).records
        assert record.state == "done", record.failure

    return works


def plan(sandbox: Sandbox, fault: int | str, times: int) -> None:
    """Apply `fault` to the next edits."""
    answer = requests.post(f"{sandbox.url}/fail", json={"next": [fault] * times}, timeout=10)
    answer.raise_for_status()


# ── what the service, a gateway or a proxy answers ───────────────────────────────────────────


@pytest.mark.parametrize(("fault", "ending"), FAULTS.items(), ids=map(str, FAULTS))
def test_a_failed_edit_says_what_to_do_and_the_next_one_works(
    sandbox, arrived, check, works, note, tmp_path: Path, fault: int | str, ending: Ending
):
    with bench_at(sandbox.url, tmp_path) as bench:
        plan(sandbox, fault, ending.left)
        check(bench, ending, str(fault))
        assert arrived == ["Action=CVProcess"] * ending.left
        note("left", len(arrived))
        works(bench)


def test_a_missing_response_may_have_been_charged(
    sandbox, arrived, check, works, note, tmp_path: Path
):
    ending = Ending("answer_lost", None, "No response within 2 s", "2 秒内没有响应")
    with bench_at(sandbox.url, tmp_path, timeout_s=2) as bench:  # 1 s is short for the next edit
        plan(sandbox, "slow", 1)
        check(bench, ending, "slow")
        assert len(arrived) == 1
        note("left", len(arrived))
        works(bench)


def test_a_missing_picture_keeps_its_link(sandbox, check, tmp_path: Path):
    with bench_at(sandbox.url, tmp_path) as bench:
        plan(sandbox, "dead-link", 1)
        record = check(bench, FAULTS["dead-link"], "dead-link")
        assert record.picture_url == f"{sandbox.url}/results/gone.jpg"


# ── tasks ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("fault", "ending"), TASK_FAULTS.items(), ids=map(str, TASK_FAULTS))
def test_a_failed_task_says_what_to_do_and_the_next_one_works(
    sandbox, arrived, check, works, note, tmp_path: Path, fault: int | str, ending: Ending
):
    with bench_at(sandbox.url, tmp_path, mode="async") as bench:
        plan(sandbox, fault, ending.left)
        check(bench, ending, f"{fault}, as a task")
        submitted = arrived.count("Action=CVSync2AsyncSubmitTask")
        assert submitted == ending.left
        note("left", f"{submitted} submitted, {len(arrived) - submitted} polls")
        works(bench)


def test_a_task_with_a_numeric_id_is_polled_like_any_other(
    sandbox, arrived, works, photo: Photo, note, tmp_path: Path
):
    with bench_at(sandbox.url, tmp_path, mode="async") as bench:
        plan(sandbox, "number-task-id", 1)
        (shown,) = bench.finish(photo, PARAMS).records
        record = bench.notebook.get(shown.id)
        assert (record.state, record.failure) == ("done", None)
        assert record.task_id.isdigit()
        assert arrived == ["Action=CVSync2AsyncSubmitTask", "Action=CVSync2AsyncGetResult"]
        note("row", ["number-task-id, as a task", "done", None, ""])
        note("left", "1 submitted, 1 polls")
        works(bench)


# ── no response ──────────────────────────────────────────────────────────────────────────────

UNREACHABLE = Ending("unreachable", None, "Check the network and the address", "请检查网络和地址")


def test_a_refused_connection_sends_nothing_and_may_recover(
    arrived, check, works, note, tmp_path: Path
):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with bench_at(f"http://127.0.0.1:{port}", tmp_path) as bench:
        check(bench, UNREACHABLE, "connection refused")
        note("left", 0)
        with Sandbox(port=port):
            works(bench)
    assert len(arrived) == 1


def test_a_failed_dns_lookup_sends_nothing_and_may_recover(
    sandbox, arrived, check, works, note, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    known: dict[str, str] = {}
    look_up_digits = socket.getaddrinfo

    def look_up(host: str, *args: object, **options: object) -> list:
        if host == "gateway.test" and host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up_digits(known.get(host, host), *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with bench_at(sandbox.url.replace("127.0.0.1", "gateway.test"), tmp_path) as bench:
        check(bench, UNREACHABLE, "DNS fails")
        assert arrived == []
        note("left", 0)
        known["gateway.test"] = "127.0.0.1"
        works(bench)


def test_an_untrusted_certificate_is_reported_and_nothing_is_sent(
    check, works, note, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    ending = Ending("unreachable", None, "certificate is not trusted", "证书不受信任")
    with Gateway(tls=True) as gateway, bench_at(gateway.url, tmp_path) as bench:
        gateway.script(DONE)
        check(bench, ending, "certificate fails")
        assert gateway.requests == []
        note("left", 0)
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", CA_CERTS)
        works(bench)


# ── a clock that is off ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("off_s", "en", "zh"),
    [
        (600, "clock is 10 min ahead", "本机时钟快了约 10 分钟"),
        (-600, "clock is 10 min behind", "本机时钟慢了约 10 分钟"),
    ],
    ids=["ahead", "behind"],
)
def test_clock_skew_is_reported_in_minutes(
    arrived,
    check,
    works,
    note,
    tmp_path: Path,
    monkeypatch,
    off_s: int,
    en: str,
    zh: str,
):
    clock = {"off_s": off_s}
    signing = partial(SignatureAuth, now=lambda: time.time() + clock["off_s"])
    monkeypatch.setattr("volcedit.service.client.SignatureAuth", signing)
    pairs = [AccessKey(PAIR.access_key, PAIR.secret_key)]
    with Sandbox(access_keys=pairs) as sandbox, bench_at(sandbox.url, tmp_path, PAIR) as bench:
        ending = Ending("authentication", "InvalidTimestamp", en, zh, has_id=True)
        record = check(bench, ending, f"clock {off_s:+} s")
        assert "Set its date, time and time zone" in record.failure.told("en")
        assert len(arrived) == 1
        note("left", len(arrived))
        clock["off_s"] = 0
        works(bench)
