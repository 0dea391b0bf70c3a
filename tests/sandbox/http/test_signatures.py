"""Signed calls to the sandbox: by the vendor's SDK, by our client, and wrong ones."""

from __future__ import annotations

import base64
import calendar
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
import requests
from PIL import Image
from volcengine.auth.SignerV4 import SignerV4
from volcengine.base.Request import Request
from volcengine.Credentials import Credentials
from volcengine.visual.VisualService import VisualService

from volcedit import AuthenticationError, Client, KeyPair, Photo
from volcedit.sandbox import AccessKey, Sandbox
from volcedit.sandbox.http.signatures import Denied, SignedCall, check_signature
from volcedit.service.auth import SignatureAuth
from volcedit.service.transport import Transport
from volcedit.service.wire import (
    build_body,
)
from volcedit.types import EditParams, EditRequest
from volcedit.words import say

AK, SK, TOKEN = "AKLTcanary01", "WVRCcanary/+==", "STS2canary/+=="
KEYS = {"AKLTcanary01": AccessKey(AK, SK), "AKTP": AccessKey("AKTP", SK, TOKEN)}
DATE = "20250102T030405Z"
NOW_S = calendar.timegm(time.strptime(DATE, "%Y%m%dT%H%M%SZ"))
BODY = {"req_key": "byteedit_v2.0", "prompt": "make it brighter", "seed": 7, "return_url": False}


def signed(
    ak: str = AK, sk: str = SK, token: str = "", host: str = "visual.volcengineapi.com"
) -> SignedCall:
    """A call signed by the vendor's own signer at DATE."""
    request = Request()
    request.method, request.path, request.body = "POST", "/", b'{"prompt": "x"}'
    request.query = {"Version": "2022-08-31", "Action": "CVProcess"}
    request.headers = {"Content-Type": "application/json", "Host": host}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SignerV4, "get_current_format_date", staticmethod(lambda: DATE))
        SignerV4.sign(request, Credentials(ak, sk, "cv", "cn-north-1", token))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return SignedCall("POST", "/", "Version=2022-08-31&Action=CVProcess", headers, request.body)


def denial(call: SignedCall, now_s: float = NOW_S) -> Denied:
    """Why `call` is rejected."""
    with pytest.raises(Denied) as caught:
        check_signature(call, KEYS, now_s)
    return caught.value


def with_header(call: SignedCall, name: str, value: str) -> SignedCall:
    return replace(call, headers={**call.headers, name: value})


def without_header(call: SignedCall, name: str) -> SignedCall:
    return replace(call, headers={k: v for k, v in call.headers.items() if k != name})


# ── what is accepted ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "host", ["visual.volcengineapi.com", "h:80", "h:443", "127.0.0.1:8000", "[::1]:8000"]
)
def test_the_vendors_signatures_are_accepted(host: str):
    check_signature(signed(host=host), KEYS, NOW_S)
    check_signature(signed("AKTP", token=TOKEN, host=host), KEYS, NOW_S)


@pytest.mark.parametrize("off_s", [-300, 300])
def test_a_clock_skew_of_five_minutes_is_accepted(off_s: float):
    check_signature(signed(), KEYS, NOW_S + off_s)


def test_without_keys_any_pair_is_accepted():
    check_signature(signed("whoever", "whatever"), None, NOW_S)


# ── what is not ──────────────────────────────────────────────────────────────────────────────

CALL = signed()
OTHER_SIGNATURE = CALL.headers["authorization"][:-64] + "0" * 64


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (signed(sk="another"), "SignatureDoesNotMatch"),
        (with_header(CALL, "authorization", OTHER_SIGNATURE), "SignatureDoesNotMatch"),
        (with_header(CALL, "content-type", "text/plain"), "SignatureDoesNotMatch"),
        (with_header(CALL, "host", "elsewhere"), "SignatureDoesNotMatch"),
        (replace(CALL, body=b'{"prompt": "y"}'), "SignatureDoesNotMatch"),
        (replace(CALL, query="Version=2022-08-31&Action=CVCancelTask"), "SignatureDoesNotMatch"),
        (replace(CALL, method="GET"), "SignatureDoesNotMatch"),
        (signed("AKLTunknown"), "InvalidAccessKey"),
        (signed(token=TOKEN), "InvalidSecretToken"),
        (signed("AKTP"), "InvalidSecretToken"),
        (signed("AKTP", token="expired"), "InvalidSecretToken"),
        (without_header(CALL, "authorization"), "InvalidAuthorization"),
        (with_header(CALL, "authorization", "HMAC-SHA256 Credential="), "InvalidAuthorization"),
        (without_header(CALL, "x-date"), "MissingRequestInfo"),
        (without_header(CALL, "x-content-sha256"), "MissingRequestInfo"),
        (without_header(CALL, "host"), "MissingRequestInfo"),
        (without_header(CALL, "content-type"), "MissingRequestInfo"),
        (with_header(CALL, "x-security-token", TOKEN), "InvalidAuthorization"),
        (with_header(CALL, "x-date", "20250103T030405Z"), "InvalidCredential"),
        (with_header(CALL, "x-date", "20250102 03:04"), "InvalidTimestamp"),
    ],
)
def test_errors_have_the_vendors_wording(call: SignedCall, code: str):
    assert denial(call).code == code


@pytest.mark.parametrize("off_s", [-600, -301, 301, 600])
def test_a_clock_skew_of_ten_minutes_is_rejected(off_s: float):
    assert denial(CALL, NOW_S + off_s).code == "InvalidTimestamp"


@pytest.mark.parametrize("place", ["cn-beijing/cv", "cn-north-1/ark"])
def test_a_signature_for_another_region_or_service_is_rejected(place: str):
    header = CALL.headers["authorization"].replace("cn-north-1/cv", place)
    assert denial(with_header(CALL, "authorization", header)).code == "InvalidCredential"


@pytest.mark.parametrize("name", ["host", "x-date", "x-content-sha256"])
def test_required_headers_must_be_signed(name: str):
    header = CALL.headers["authorization"].replace(f"{name};", "").replace(f";{name},", ",")
    assert denial(with_header(CALL, "authorization", header)).code == "InvalidAuthorization"


# https://www.volcengine.com/docs/6369/68677
@pytest.mark.parametrize(
    ("code", "number", "http_status"),
    [
        ("MissingRequestInfo", 100004, 400),
        ("InvalidTimestamp", 100006, 400),
        ("InvalidAccessKey", 100009, 401),
        ("SignatureDoesNotMatch", 100010, 401),
        ("InvalidAuthorization", 100024, 400),
        ("InvalidCredential", 100025, 400),
        ("InvalidSecretToken", 100026, 401),
    ],
)
def test_the_codes_are_the_published_ones(code: str, number: int, http_status: int):
    denied = Denied(code, "x")
    envelope = denied.envelope("r-1", {"Action": "CVProcess", "Version": "2022-08-31"})
    assert denied.http_status == http_status
    assert envelope == {
        "ResponseMetadata": {
            "RequestId": "r-1",
            "Action": "CVProcess",
            "Version": "2022-08-31",
            "Service": "cv",
            "Region": "cn-north-1",
            "Error": {"CodeN": number, "Code": code, "Message": denied.message},
        }
    }


def test_no_text_shows_a_secret():
    assert SK not in repr(KEYS) and TOKEN not in repr(KEYS)


# ── over HTTP ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def open_to_all() -> Iterator[Sandbox]:
    with Sandbox(seed=1) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def locked() -> Iterator[Sandbox]:
    with Sandbox(seed=1, access_keys=KEYS.values()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def bearer_only() -> Iterator[Sandbox]:
    with Sandbox(seed=1, key="bearer") as sandbox:
        yield sandbox


@pytest.fixture
def sdk(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VisualService]:
    """The vendor's client, which also looks for keys in the home directory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    service = VisualService()
    service.set_ak(AK)
    service.set_sk(SK)
    service.set_session_token("")
    service.set_scheme("http")
    yield service
    service.session.close()


def body() -> dict:
    file = BytesIO()
    Image.new("RGB", (30, 20), (200, 60, 20)).save(file, "PNG")
    return {**BODY, "binary_data_base64": [base64.b64encode(file.getvalue()).decode()]}


def post(sandbox: Sandbox, path: str = "/", auth: object = None, **headers: str) -> tuple[int, str]:
    """The status and code of the response to a call."""
    answer = requests.post(
        sandbox.url + path,
        params={"Action": "CVProcess", "Version": "2022-08-31"},
        data=json.dumps(body()),
        headers={"Content-Type": "application/json", **headers},
        auth=auth,
        timeout=30,
    )
    envelope = answer.json()
    if "ResponseMetadata" in envelope:
        return answer.status_code, envelope["ResponseMetadata"]["Error"]["Code"]
    return answer.status_code, envelope.get("error", envelope)["code"]


@pytest.mark.parametrize("which", ["open_to_all", "locked"])
def test_the_vendors_sdk_works_unchanged(
    which: str, sdk: VisualService, request: pytest.FixtureRequest
):
    sdk.set_host(request.getfixturevalue(which).url.removeprefix("http://"))
    answer = sdk.cv_process(body())
    assert answer["code"] == 10000
    picture = Image.open(BytesIO(base64.b64decode(answer["data"]["binary_data_base64"][0])))
    assert picture.size == (1248, 832)


def test_the_vendors_sdk_works_with_a_session_token(sdk: VisualService, locked: Sandbox):
    sdk.set_host(locked.url.removeprefix("http://"))
    sdk.set_ak("AKTP")
    sdk.set_session_token(TOKEN)
    assert sdk.cv_process(body())["code"] == 10000


def test_the_vendors_sdk_gets_the_error_it_expects(sdk: VisualService, locked: Sandbox):
    sdk.set_host(locked.url.removeprefix("http://"))
    sdk.set_sk("another")
    with pytest.raises(Exception, match="SignatureDoesNotMatch"):
        sdk.cv_process(body())


GOOD = SignatureAuth(KeyPair(AK, SK))
ANY = SignatureAuth(KeyPair("whoever", "whatever"))


@pytest.mark.parametrize(
    ("which", "path", "auth", "headers", "answer"),
    [
        ("locked", "/", GOOD, {}, (200, 10000)),
        ("locked", "/", ANY, {}, (401, "InvalidAccessKey")),
        ("locked", "/", None, {}, (400, "InvalidAuthorization")),
        ("locked", "/", None, {"Authorization": "Bearer x"}, (401, "invalid_api_key")),
        ("locked", "/volcv/v1", None, {}, (401, "invalid_api_key")),
        ("locked", "/volcv/v1", GOOD, {}, (401, "invalid_api_key")),
        ("open_to_all", "/", ANY, {}, (200, 10000)),
        ("open_to_all", "/", None, {}, (200, 10000)),
        ("bearer_only", "/", ANY, {}, (401, "InvalidAccessKey")),
        ("bearer_only", "/", None, {"Authorization": "Bearer bearer"}, (200, 10000)),
    ],
)
def test_which_credentials_are_accepted(
    which: str,
    path: str,
    auth: object,
    headers: dict,
    answer: tuple,
    request: pytest.FixtureRequest,
):
    assert post(request.getfixturevalue(which), path, auth, **headers) == answer


@pytest.mark.parametrize("which", ["open_to_all", "locked"])
@pytest.mark.parametrize("off_s", [-600, 600])
def test_clock_skew_is_rejected_over_http(which: str, off_s: float, request: pytest.FixtureRequest):
    auth = SignatureAuth(KeyPair(AK, SK), lambda: time.time() + off_s)
    assert post(request.getfixturevalue(which), "/", auth) == (400, "InvalidTimestamp")


# ── our client against it ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "keys", [KeyPair(AK, SK), KeyPair("AKTP", SK, TOKEN)], ids=["lasting", "sts"]
)
def test_our_client_edits_with_a_key_pair(keys: KeyPair, locked: Sandbox, photo: Photo):
    result = Client(locked.url, keys).edit(photo, "make it snow", seed=7)
    assert (result.width_px, result.seed) == (1248, 7)


WRONG_KEYS = {
    "InvalidAccessKey": (KeyPair("AKLTunknown", SK), "VOLC_ACCESSKEY"),
    "SignatureDoesNotMatch": (KeyPair(AK, "another"), "VOLC_SECRETKEY"),
    "InvalidSecretToken": (KeyPair("AKTP", SK, "expired"), "VOLC_SESSION_TOKEN"),
}


@pytest.mark.parametrize("code", WRONG_KEYS)
def test_a_wrong_key_is_named_in_both_languages(code: str, locked: Sandbox, photo: Photo):
    keys, variable = WRONG_KEYS[code]
    with pytest.raises(AuthenticationError) as caught:
        Client(locked.url, keys).edit(photo, "make it snow")
    error = caught.value
    assert (error.code, error.http_status, error.retryable) == (code, 401, False)
    assert variable in str(error.words) and variable in say("zh", error.words)
    assert error.request_id and error.envelope["ResponseMetadata"]["Error"]["Code"] == code
    assert keys.access_key not in f"{error} {error.envelope}"


@pytest.mark.parametrize(
    ("off_s", "en", "zh"),
    [(-600, "10 min behind", "慢了约 10 分钟"), (660, "11 min ahead", "快了")],
)
def test_clock_skew_is_reported_with_its_amount(
    off_s: float, en: str, zh: str, locked: Sandbox, photo: Photo
):
    auth = SignatureAuth(KeyPair(AK, SK), lambda: time.time() + off_s)
    request = EditRequest(photo, EditParams("make it snow"), "byteedit_v2.0")
    with pytest.raises(AuthenticationError) as caught:
        Transport(locked.url, auth, path="/").call("CVProcess", build_body(request))
    assert caught.value.code == "InvalidTimestamp"
    assert "clock" in str(caught.value.words) and en in str(caught.value.words)
    assert "时钟" in say("zh", caught.value.words) and zh in say("zh", caught.value.words)


def test_the_vendors_sdk_submits_and_polls_a_task(sdk: VisualService, locked: Sandbox):
    sdk.set_host(locked.url.removeprefix("http://"))
    task = {**body(), "req_key": "seededit_v3.0"}
    task_id = sdk.cv_sync2async_submit_task(task)["data"]["task_id"]
    fields = {"req_key": "seededit_v3.0", "task_id": task_id, "req_json": '{"return_url": false}'}
    answer = sdk.cv_sync2async_get_result(fields)
    assert (answer["code"], answer["data"]["status"]) == (10000, "done")
    assert answer["data"]["binary_data_base64"]


@pytest.mark.parametrize(
    ("req_key", "options", "size"),
    [
        ("byteedit_v2.0", {"negative_prompt": "rain"}, (1248, 832)),
        ("seededit_v3.0", {}, (1248, 832)),
        ("jimeng_i2i_v30", {"width_px": 512, "height_px": 768}, (512, 768)),
    ],
)
def test_our_client_edits_with_every_model_as_a_task(
    req_key: str, options: dict, size: tuple, locked: Sandbox, photo: Photo
):
    client = Client(locked.url, KeyPair(AK, SK), req_key=req_key, mode="async")
    result = client.edit(photo, "make it snow", seed=7, **options)
    assert (result.width_px, result.height_px) == size
