"""The signature, compared byte for byte with the vendor's own signer and a published vector."""

from __future__ import annotations

import calendar
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from volcengine.auth.SignerV4 import SignerV4
from volcengine.base.Request import Request
from volcengine.Credentials import Credentials

from tests.support.calling import OK, Waits
from tests.support.gateway import Gateway, reply
from volcedit.service.auth import SignatureAuth
from volcedit.service.transport import Transport
from volcedit.types import KeyPair

KEYS = KeyPair("AKLTcanary0123456789", "WVRCcanary/+==0123456789")
STS = KeyPair("AKTPcanary0123456789", "WVRCcanary/+==0123456789", "STS2canary/+==0123456789")
URL = "https://visual.volcengineapi.com/?Action=CVProcess&Version=2022-08-31"
DATE = "20250102T030405Z"
SIGNED = ("Authorization", "X-Date", "X-Content-Sha256", "X-Security-Token")


def at(date: str):
    """A clock stopped at `date`."""
    seconds = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    return lambda: seconds


def sign(
    keys: KeyPair = KEYS, url: str = URL, body: bytes | str = b"{}", date: str = DATE
) -> requests.PreparedRequest:
    """The request, signed by our code."""
    headers = {"Content-Type": "application/json"}
    auth = SignatureAuth(keys, at(date))
    return requests.Request("POST", url, headers=headers, data=body, auth=auth).prepare()


def sign_with_the_sdk(keys: KeyPair, url: str, body: bytes | str, date: str) -> dict[str, str]:
    """The headers that the vendor's signer adds to the same request."""
    parts = urlsplit(url)
    request = Request()
    request.method, request.path, request.body = "POST", parts.path, body
    request.query = dict(parse_qsl(parts.query, keep_blank_values=True))
    request.headers = {"Content-Type": "application/json", "Host": parts.netloc}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SignerV4, "get_current_format_date", staticmethod(lambda: date))
        SignerV4.sign(
            request,
            Credentials(keys.access_key, keys.secret_key, "cv", "cn-north-1", keys.session_token),
        )
    return {name: request.headers[name] for name in SIGNED if name in request.headers}


def added(request: requests.PreparedRequest) -> dict[str, str]:
    """The headers added by signing."""
    return {name: request.headers[name] for name in SIGNED if name in request.headers}


# The vector given in the issue.
def test_the_published_vector():
    authorization = sign(KeyPair("ak", "sk")).headers["Authorization"]
    assert authorization == (
        "HMAC-SHA256 Credential=ak/20250102/cn-north-1/cv/request, "
        "SignedHeaders=content-type;host;x-content-sha256;x-date, "
        "Signature=763a035f55bf871412d36fae599a2c99b690b2de50211549462dc7b68f16ce12"
    )


@pytest.mark.parametrize("keys", [KEYS, STS], ids=["lasting", "sts"])
@pytest.mark.parametrize(
    "root",
    [
        "https://visual.volcengineapi.com",
        "https://visual.volcengineapi.com:443",
        "http://visual.volcengineapi.com:80",
        "https://visual.volcengineapi.com:8443",
        "http://visual.volcengineapi.com:443",
        "http://127.0.0.1:8000",
        "http://127.0.0.1",
        "http://localhost:65535",
        "http://[::1]:8000",
    ],
)
def test_every_host_and_port_is_signed_as_the_sdk_signs_it(keys: KeyPair, root: str):
    url = f"{root}/?Action=CVProcess&Version=2022-08-31"
    assert added(sign(keys, url)) == sign_with_the_sdk(keys, url, b"{}", DATE)


@pytest.mark.parametrize(
    "body",
    [b"{}", b"", '{"prompt":"下雪 🏔"}'.encode(), '{"prompt":"下雪"}', bytes(range(256)) * 4096],
    ids=["smallest", "empty", "utf-8", "text", "a megabyte"],
)
def test_every_body_is_signed_as_the_sdk_signs_it(body: bytes | str):
    assert added(sign(body=body)) == sign_with_the_sdk(KEYS, URL, body, DATE)


@pytest.mark.parametrize(
    "date", ["19700101T000000Z", "20240229T235959Z", "20241231T235959Z", "20380119T031408Z"]
)
def test_every_date_is_signed_as_the_sdk_signs_it(date: str):
    assert added(sign(date=date)) == sign_with_the_sdk(KEYS, URL, b"{}", date)


# requests normalises URLs; the signature must match the result.
@pytest.mark.parametrize(
    "rest",
    [
        "/?Action=CVSync2AsyncSubmitTask&Version=2022-08-31",
        "/?Version=2022-08-31&Action=CVProcess",
        "/?Action=a%20b+c&Version=~*%2F%2B%3D%26&empty=",
        "/?Action=%E4%B8%8B%E9%9B%AA",
        "/",
        "/below/it/?Action=CVProcess",
    ],
)
def test_every_query_is_signed_as_the_sdk_signs_it(rest: str):
    url = f"https://visual.volcengineapi.com{rest}"
    assert added(sign(url=url)) == sign_with_the_sdk(KEYS, url, b"{}", DATE)


def test_a_url_without_a_path_is_signed_as_the_sdk_signs_it():
    url = "https://visual.volcengineapi.com?Action=CVProcess"
    assert added(sign(url=url)) == sign_with_the_sdk(KEYS, url, b"{}", DATE)


def test_only_temporary_keys_send_a_token():
    assert "X-Security-Token" not in sign(KEYS).headers
    assert sign(STS).headers["X-Security-Token"] == STS.session_token


def test_each_call_is_signed_with_the_current_time():
    moments = iter([0.0, 59.9, 60.0])
    auth = SignatureAuth(KEYS, lambda: next(moments))
    request = requests.Request("POST", URL, data=b"{}", auth=auth)
    dates = [request.prepare().headers["X-Date"] for _ in range(3)]
    assert dates == ["19700101T000000Z", "19700101T000059Z", "19700101T000100Z"]


def test_every_attempt_is_signed_again(gateway: Gateway):
    moments = iter([1e9, 2e9])
    gateway.script(reply(429), reply(200, OK))
    auth = SignatureAuth(KEYS, lambda: next(moments))
    Transport(gateway.url, auth, path="/", wait=Waits()).call("CVProcess", b"{}")
    dates = [request.headers["X-Date"] for request in gateway.requests]
    assert dates == ["20010909T014640Z", "20330518T033320Z"]


def test_the_default_clock_is_the_system_clock():
    before = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    date = requests.Request("POST", URL, auth=SignatureAuth(KEYS)).prepare().headers["X-Date"]
    assert before <= date <= time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def test_a_netrc_file_does_not_override_the_signature(
    gateway: Gateway, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login someone password else\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    gateway.script(reply())
    with requests.Session() as session:
        session.post(gateway.url, data=b"{}", auth=SignatureAuth(KEYS)).close()
    assert gateway.requests[0].headers["Authorization"].startswith("HMAC-SHA256 Credential=AKLT")


# ── secrets ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("keys", [KEYS, STS], ids=["lasting", "sts"])
def test_str_and_repr_show_no_key(keys: KeyPair):
    auth = SignatureAuth(keys)
    assert "canary" not in f"{keys} {keys!r} {auth} {auth!r} {vars(auth)!r} {[keys]!r}"


def test_redacting_removes_the_keys_the_token_and_the_signature():
    auth = SignatureAuth(STS, at(DATE))
    request = requests.Request("POST", URL, data=b"{}", auth=auth).prepare()
    signature = request.headers["Authorization"].rpartition("=")[2]
    said = f"{STS.access_key} {STS.secret_key} {STS.session_token} {signature}, {signature.upper()}"
    assert auth.secrets.redact(said) == "[key] [secret key] [session token] [hidden], [hidden]"


def test_the_signature_of_somebody_else_is_kept():
    link = f"https://tos.example/r.jpg?X-Tos-Signature={'0123456789abcdef' * 4}"
    assert SignatureAuth(KEYS).secrets.redact(link) == link
