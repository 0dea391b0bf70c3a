from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.support.gateway import (
    CA_CERTS,
    Answer,
    Gateway,
    chunked,
    close_unanswered,
    cut_off,
    drip,
    hang,
    raw,
    redirect,
    reply,
)
from volcedit import DownloadError
from volcedit.service.download import OF_PHOTO, Downloader
from volcedit.words import say

PUBLIC = "93.184.216.34"
PICTURE = reply(200, b"the picture")
BASE = "https://gateway.test"


def fetch(gateway: Gateway, path: str = "/p.jpg", **options: object) -> bytes:
    return Downloader(gateway.url, **options).fetch(gateway.url + path)


def fail(gateway: Gateway, path: str = "/p.jpg", **options: object) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        fetch(gateway, path, **options)
    return caught.value


# ── what is refused ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", ["10.0.0.1", "168.63.129.16", "::1", "::ffff:8.8.8.8"])
def test_a_name_that_leads_inside_is_refused(address: str):
    with pytest.raises(DownloadError, match="does not download from"):
        Downloader(BASE, resolve=lambda *_: [address]).fetch("https://pictures.test/p.jpg")


@pytest.mark.parametrize("addresses", [[], [PUBLIC, "10.0.0.1"], ["::1", PUBLIC]])
def test_a_name_must_lead_outside_with_all_its_addresses(addresses: list[str]):
    with pytest.raises(DownloadError, match="does not download from"):
        Downloader(BASE, resolve=lambda *_: addresses).fetch("https://pictures.test/p.jpg")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",  # 127.0.0.1 as one number
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
        "https://8.8.8.8@127.0.0.1/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data/",
        "http://8.8.8.8/",
        "http://gateway.test/",
        "https://gateway.test:99999/",
        "ftp://gateway.test/",
        "file:///etc/passwd",
        "data:image/png;base64,QUJD",
        "//gateway.test/p.jpg",
        "https:///p.jpg",
        "https://[::1",
        "https://a..b/",
        "https://" + "a" * 64 + ".test/",
        "https://\ud800/",
        "p.jpg",
        "",
    ],
    ids=ascii,
)
def test_an_url_that_leads_inside_or_nowhere_is_refused(url: str):
    with pytest.raises(DownloadError, match="does not download from"):
        Downloader(BASE).fetch(url)


@pytest.mark.parametrize(
    "host",
    [
        "134744072",  # 8.8.8.8 as one number
        "0x8080808",
        "8.526344",
        "8.8.2056",
        "010.8.8.8",
        "8.8.8.010",
        "8.8.8.0x8",
        "8.8.8.8.8",
        "134744072.",
        "pictures.test.08",
        "１３４７４４０７２",
        "０x8080808",
        "８。８。２０５６",
    ],
)
def test_a_numeric_host_is_refused_whatever_it_means(host: str):
    with pytest.raises(DownloadError, match="does not download from"):
        Downloader(BASE, resolve=lambda *_: [PUBLIC]).fetch(f"https://{host}/p.jpg")


def test_no_downloads_from_a_gateway_with_a_numeric_host():
    # The gateway's address was typed by its owner, but a link is untrusted.
    with pytest.raises(DownloadError, match="does not download from"):
        Downloader("http://127.1:8000").fetch("http://127.1:8000/p.jpg")


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("http:", "https:"),
        lambda url: url.replace("127.0.0.1", "localhost"),
        lambda url: url.replace("127.0.0.1", "127.0.0.2"),
        lambda url: url.replace("127.0.0.1", "127.1"),
        lambda url: url.rpartition(":")[0] + "/",
    ],
    ids=["scheme", "name", "address", "spelling", "port"],
)
def test_an_origin_similar_to_the_gateways_is_refused(gateway: Gateway, change):
    gateway.script(PICTURE)
    with pytest.raises(DownloadError, match="does not download from"):
        Downloader(gateway.url).fetch(change(gateway.url))
    assert gateway.requests == []


def test_another_port_of_this_machine_is_not_reached_by_a_redirect(gateway: Gateway):
    with Gateway() as inside:
        inside.script(PICTURE)
        gateway.script(redirect(inside.url + "/admin"))
        assert "does not download from" in str(fail(gateway))
        assert inside.requests == []


@pytest.mark.parametrize("location", ["http://10.0.0.1/", "file:///etc/passwd", "https://[::1"])
def test_a_redirect_is_checked_like_the_first_url(gateway: Gateway, location: str):
    gateway.script(redirect(location))
    assert "does not download from" in str(fail(gateway))


# ── downloads ────────────────────────────────────────────────────────────────────────────────


def test_the_gateways_origin_may_be_loopback_without_tls(gateway: Gateway):
    gateway.script(PICTURE)
    assert fetch(gateway) == b"the picture"


def test_path_and_query_are_sent_unchanged(gateway: Gateway):
    gateway.script(PICTURE)
    fetch(gateway, "/a%20b/c~tplv.image?x-expires=1&x-signature=a%2Fb%3D#part")
    assert gateway.requests[0].path == "/a%20b/c~tplv.image"
    assert gateway.requests[0].query == {"x-expires": "1", "x-signature": "a/b="}


def test_a_download_sends_only_necessary_headers(gateway: Gateway):
    gateway.script(PICTURE)
    fetch(gateway)
    # A Content-Type would break signed links, because some stores include it in the signature.
    assert set(gateway.requests[0].headers) == {"Host", "Accept-Encoding", "User-Agent"}


@pytest.mark.parametrize(
    ("path", "arrives"),
    [("/a b.jpg", "/a%20b.jpg"), ("/图.jpg", "/%E5%9B%BE.jpg"), ("/a\x01.jpg", "/a%01.jpg")],
)
def test_invalid_characters_in_a_path_are_encoded(gateway: Gateway, path: str, arrives: str):
    gateway.script(PICTURE)
    fetch(gateway, path)
    assert gateway.requests[0].path == arrives


def test_credentials_in_a_link_are_not_sent(gateway: Gateway):
    gateway.script(PICTURE)
    Downloader(gateway.url).fetch(gateway.url.replace("//", "//name:password@"))
    assert "password" not in str(gateway.requests[0].headers)
    assert "Authorization" not in gateway.requests[0].headers


def test_a_chunked_picture_is_complete(gateway: Gateway):
    gateway.script(chunked(b"the ", b"picture"))
    assert fetch(gateway) == b"the picture"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_gateways_origin_is_followed(gateway: Gateway, status: int):
    gateway.script(redirect("/elsewhere?x=1", status), PICTURE)
    assert fetch(gateway) == b"the picture"
    assert (gateway.requests[1].method, gateway.requests[1].path) == ("GET", "/elsewhere")


def test_a_redirect_may_lead_to_an_internationalised_name(gateway: Gateway):
    gateway.script(redirect("/图.jpg".encode().decode("latin-1")), PICTURE)
    assert fetch(gateway) == b"the picture"
    assert gateway.requests[1].path == "/%E5%9B%BE.jpg"


def test_three_redirects_are_followed(gateway: Gateway):
    gateway.script(*[redirect("/on")] * 3, PICTURE)
    assert fetch(gateway) == b"the picture"


def test_four_redirects_are_not(gateway: Gateway):
    gateway.script(*[redirect("/on")] * 4, PICTURE)
    fail(gateway)
    assert len(gateway.requests) == 4


def test_twenty_million_bytes_are_fetched(gateway: Gateway):
    gateway.script(reply(200, bytes(20_000_000)))
    assert len(fetch(gateway)) == 20_000_000


def test_a_byte_more_is_not(gateway: Gateway):
    gateway.script(reply(200, bytes(20_000_001)))
    assert "larger than 20 MB" in str(fail(gateway))
    assert len(gateway.requests) == 1  # a retry would be just as large


@pytest.mark.parametrize("status", [204, 304, 403, 404, 410, 500])
def test_a_missing_picture_is_reported_with_its_status_and_not_retried(
    gateway: Gateway, status: int
):
    gateway.script(reply(status), PICTURE)
    error = fail(gateway)
    assert f"HTTP {status}" in str(error.words) and f"HTTP {status}" in say("zh", error.words)
    assert (error.http_status, error.code, len(gateway.requests)) == (status, status, 1)


BROKEN = {
    "unanswered": close_unanswered(),
    "cut off": cut_off(b"the picture", 4),
    "no HTTP": raw(b"hello\r\n"),
    "a broken chunk": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_an_interrupted_download_is_retried_once(gateway: Gateway, broken: Answer):
    gateway.script(broken, PICTURE)
    assert fetch(gateway) == b"the picture"


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_download_interrupted_twice_fails(gateway: Gateway, broken: Answer):
    gateway.script(broken)
    assert "could not be downloaded" in str(fail(gateway))
    assert len(gateway.requests) == 2


@pytest.mark.parametrize("slow", [hang(), hang(b"the "), drip(0.02)], ids=["silent", "mid", "drip"])
def test_a_download_ends_at_its_time_limit(gateway: Gateway, slow: Answer):
    gateway.script(slow)
    started = time.monotonic()
    assert "could not be downloaded" in str(fail(gateway, timeout_s=0.3))
    assert time.monotonic() - started < 3
    assert len(gateway.requests) == 1


def test_a_host_that_cannot_be_resolved_is_reported():
    def find_nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(DownloadError, match="could not be downloaded"):
        Downloader(BASE, resolve=find_nothing).fetch("https://pictures.test/p.jpg")


# ── messages ─────────────────────────────────────────────────────────────────────────────────

WAYS_TO_FAIL = {
    "refused": (redirect("http://10.0.0.1/"), "only public https", "仅允许公网"),
    "broken off": (close_unanswered(), "no complete response", "传输中断"),
    "gone": (reply(404), "HTTP 404", "HTTP 404"),
    "too large": (reply(200, bytes(20_000_001)), "larger than 20 MB", "超过 20 MB"),
}


@pytest.mark.parametrize(("answer", "en", "zh"), WAYS_TO_FAIL.values(), ids=WAYS_TO_FAIL)
def test_a_failed_photo_download_does_not_mention_a_successful_edit(
    gateway: Gateway, answer: Answer, en: str, zh: str
):
    gateway.script(answer)
    with pytest.raises(DownloadError) as caught:
        Downloader(gateway.url).fetch(gateway.url + "/p.jpg", OF_PHOTO)
    words = caught.value.words
    assert str(words).startswith("The photo could not be fetched") and en in str(words)
    assert say("zh", words).startswith("无法获取图片") and zh in say("zh", words)


# ── https ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def store() -> Iterator[Gateway]:
    """A server whose certificate is for localhost, pictures.test and 127.0.0.1."""
    with Gateway(tls=True) as server:
        server.script(PICTURE)
        yield server


@pytest.fixture
def dialled(store: Gateway, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The addresses that connections were made to; public ones are redirected to `store`."""
    addresses: list[tuple[str, int]] = []

    def dial(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        addresses.append(address)
        return socket.create_connection(("127.0.0.1", store.port) if address[1] == 443 else address)

    monkeypatch.setattr("urllib3.util.connection.create_connection", dial)
    return addresses


def from_store(resolve, url: str = "https://pictures.test/p.jpg") -> bytes:
    return Downloader(BASE, resolve=resolve, ca_certs=CA_CERTS).fetch(url)


def test_the_gateways_origin_may_be_loopback_with_tls(store: Gateway):
    assert fetch(store, ca_certs=CA_CERTS) == b"the picture"


def test_the_gateways_certificate_must_be_trusted(store: Gateway):
    fail(store)
    assert store.requests == []


def test_a_public_store_is_reached_by_the_address_that_was_checked(store: Gateway, dialled: list):
    answers = iter([[PUBLIC], ["127.0.0.1"]])  # DNS rebinding
    assert from_store(lambda *_: next(answers)) == b"the picture"
    assert dialled == [(PUBLIC, 443)]
    assert store.server_names == [store.requests[0].headers["Host"]] == ["pictures.test"]


@pytest.mark.usefixtures("dialled")
def test_a_public_store_must_have_a_certificate_for_its_name(store: Gateway):
    with pytest.raises(DownloadError):
        from_store(lambda *_: [PUBLIC], "https://other.test/p.jpg")
    assert store.requests == []


@pytest.mark.usefixtures("dialled")
@pytest.mark.parametrize(
    "host", ["bücher.test", "BÜCHER.test", "bu\u0308cher.test", "bücher。test"]
)
def test_an_internationalised_name_is_resolved_and_verified_in_ascii(store: Gateway, host: str):
    looked_up = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append((host, port))
        return [PUBLIC]

    assert from_store(resolve, f"https://{host}/p.jpg") == b"the picture"
    assert looked_up == [("xn--bcher-kva.test", 443)]
    assert store.server_names == [store.requests[0].headers["Host"]] == ["xn--bcher-kva.test"]


def test_a_tls_handshake_that_hangs_times_out():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"https://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(DownloadError, match="could not be downloaded"):
            Downloader(base, timeout_s=0.3, ca_certs=CA_CERTS).fetch(base + "/p.jpg")
    assert time.monotonic() - started < 3


def test_a_redirect_to_a_public_store_is_followed(store: Gateway, gateway: Gateway, dialled: list):
    gateway.script(redirect("https://pictures.test/p.jpg"))
    fetched = fetch(gateway, resolve=lambda *_: [PUBLIC], ca_certs=CA_CERTS)
    assert fetched == b"the picture"
    assert dialled == [("127.0.0.1", gateway.port), (PUBLIC, 443)]
