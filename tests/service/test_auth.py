from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.support.gateway import Gateway, reply
from volcedit.service.auth import BearerAuth


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A netrc file that has a password for loopback."""
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login someone password else\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


@pytest.fixture
def authorization(gateway: Gateway):
    """Post with a key, and return the Authorization header that arrived."""
    gateway.script(reply())

    def post(key: str) -> str | None:
        with requests.Session() as session:
            session.post(gateway.url, auth=BearerAuth(key)).close()
        return gateway.requests[-1].headers.get("Authorization")

    return post


def test_the_key_is_sent_in_the_published_header(authorization):
    assert authorization("k-123") == "Bearer k-123"


def test_without_a_key_no_header_is_sent(authorization):
    assert authorization("") is None


@pytest.mark.usefixtures("netrc")
def test_a_netrc_file_does_not_override_the_key(authorization):
    assert authorization("k-123") == "Bearer k-123"


@pytest.mark.usefixtures("netrc")
def test_without_a_key_not_even_a_netrc_file_adds_a_header(authorization):
    assert authorization("") is None


@pytest.mark.usefixtures("netrc")
def test_the_netrc_file_itself_is_valid(gateway: Gateway):
    gateway.script(reply())
    requests.post(gateway.url).close()
    # base64 of "someone:else" (RFC 7617), worked out with coreutils
    assert gateway.requests[-1].headers["Authorization"] == "Basic c29tZW9uZTplbHNl"


@pytest.mark.parametrize(("key", "shown"), [("k-123", "BearerAuth(set)"), ("", "BearerAuth(none)")])
def test_the_repr_shows_whether_there_is_a_key(key: str, shown: str):
    assert repr(BearerAuth(key)) == shown
