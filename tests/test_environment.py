"""What `app.py` needs before it starts; where it cannot, one sentence says so."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from uvicorn import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tests.support import ROOT, looping
from volcedit import ConfigError
from volcedit.environment import read_env_file, settle_forwarding, settle_proxies, settle_temp_dir
from volcedit.words import say

# ── .env ─────────────────────────────────────────────────────────────────────────────────────

TEXT = "# 说明\nVOLCEDIT_API_KEY=k\n"


def written(folder: Path, data: bytes) -> str:
    path = folder / ".env"
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_with_and_without_its_mark(tmp_path: Path, encoding: str):
    assert read_env_file(written(tmp_path, TEXT.encode(encoding))) == {"VOLCEDIT_API_KEY": "k"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "gbk"])
def test_other_encodings_are_refused_in_both_languages(tmp_path: Path, encoding: str):
    with pytest.raises(ConfigError, match=r"\.env is not UTF-8\. Save it as UTF-8") as caught:
        read_env_file(written(tmp_path, TEXT.encode(encoding)))
    assert "不是 UTF-8 编码" in say("zh", caught.value.words)


def test_no_file_sets_nothing():
    assert read_env_file("") == {}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_env_file(str(tmp_path))


# ── proxies ──────────────────────────────────────────────────────────────────────────────────

OWN = "localhost,127.0.0.1,::1"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, OWN),
        ({"NO_PROXY": "corp.example, localhost"}, "corp.example,localhost,127.0.0.1,::1"),
        ({"no_proxy": "a", "NO_PROXY": "b"}, f"a,{OWN}"),  # as curl and Python choose
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_this_machine_is_not_reached_through_a_proxy(before: dict, after: str):
    settle_proxies(before)
    assert (before["no_proxy"], before["NO_PROXY"]) == (after, after)


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY"])
def test_a_socks_proxy_is_ignored_with_a_warning(name: str, caplog: pytest.LogCaptureFixture):
    environ = {name: "socks5h://user:canary@127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
    settle_proxies(environ)
    assert name not in environ
    assert environ["HTTP_PROXY"] == "http://127.0.0.1:1"
    [told] = [it.getMessage() for it in caplog.records if it.levelno == logging.WARNING]
    assert told.startswith(f"{name} is ignored: a SOCKS proxy needs")
    assert "canary" not in told


@pytest.mark.parametrize("forged", ["198.51.100.1", "198.51.100.1:99", "[2001:db8::1]:99"])
def test_no_header_replaces_the_address_of_a_connection(
    forged: str, monkeypatch: pytest.MonkeyPatch
):
    environ: dict[str, str] = {}
    settle_forwarding(environ)
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", environ["FORWARDED_ALLOW_IPS"])
    seen = []

    async def app(scope: dict, receive: object, send: object) -> None:
        seen.append(scope["client"])

    headers = [(b"x-forwarded-for", forged.encode())]
    trusted = Config(app).forwarded_allow_ips
    middleware = ProxyHeadersMiddleware(app, trusted)
    scope = {"type": "http", "headers": headers, "client": ("127.0.0.1", 50000), "scheme": "http"}
    looping.run(middleware(scope, None, None))
    assert seen == [("127.0.0.1", 50000)]


def test_an_owners_own_trust_in_proxies_is_kept():
    environ = {"FORWARDED_ALLOW_IPS": "10.0.0.1"}
    settle_forwarding(environ)
    assert environ == {"FORWARDED_ALLOW_IPS": "10.0.0.1"}


# ── the folder for uploads ───────────────────────────────────────────────────────────────────


def test_uploads_have_a_folder_of_their_own(tmp_path: Path):
    environ = {"GRADIO_TEMP_DIR": str(tmp_path)}
    assert settle_temp_dir(environ) == tmp_path / "volcedit"
    assert settle_temp_dir(environ) == tmp_path / "volcedit"  # as after a reload
    assert environ["GRADIO_TEMP_DIR"] == str(tmp_path / "volcedit")
    assert list((tmp_path / "volcedit").iterdir()) == []


def start(**environ: str) -> tuple[int, str]:
    """The exit code and the output of the app, which does not start."""
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize("below", ["", "/folder"])
def test_without_a_folder_for_data_or_uploads_one_sentence_says_so(tmp_path: Path, below: str):
    (tmp_path / "file").touch()
    taken = f"{tmp_path}/file{below}"
    code, said = start(VOLCEDIT_DATA_DIR=taken, GRADIO_TEMP_DIR=str(tmp_path / "temp"))
    assert (code, len(said.splitlines())) == (1, 1)
    assert said.startswith(f"volcedit: VOLCEDIT_DATA_DIR ({taken}) cannot be written: ")
    code, said = start(VOLCEDIT_DATA_DIR=str(tmp_path / "data"), GRADIO_TEMP_DIR=taken)
    assert (code, len(said.splitlines())) == (1, 1)
    assert said.startswith(f"volcedit: The folder {taken}/volcedit cannot be written")
