from __future__ import annotations

import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import pytest
from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support import looping
from volcedit.web.page import ASSETS
from volcedit.web.visitor import PageMiddleware, address_of, has_cookie, language, owner_of

VALID = "abcdefghijklmnopqrst_-"  # 22 characters
HTML = "text/html; charset=utf-8"


def cookies_set(
    *cookie_headers: str,
    content_type: str = HTML,
    scheme: str = "http",
    forwarded: str | None = None,
    answer_headers: dict[str, str] | None = None,
    query: bytes = b"",
) -> list[str]:
    """The Set-Cookie headers of a page requested with the given cookies."""
    headers = [(b"cookie", value.encode("latin-1")) for value in cookie_headers]
    if forwarded is not None:
        headers.append((b"x-forwarded-proto", forwarded.encode()))
    page = Response(b"<html>", headers={"content-type": content_type, **(answer_headers or {})})
    scope = {"type": "http", "scheme": scheme, "headers": headers, "query_string": query}
    start = answers(middleware(page), scope)[0]
    return [value.decode() for name, value in start["headers"] if name == b"set-cookie"]


def middleware(app: ASGIApp) -> PageMiddleware:
    """The middleware with the page's script."""
    return PageMiddleware(app, ASSETS / "volcedit.js")


def answers(app: ASGIApp, scope: Scope) -> list[Message]:
    """All messages that `app` sends."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    looping.run(app(scope, receive, send))
    return sent


# ── a cookie for a page ──────────────────────────────────────────────────────────────────────


def test_a_page_without_a_cookie_gets_128_random_bits():
    (header,) = cookies_set()
    assert re.match(r"volcedit_notebook=[A-Za-z0-9_-]{22};", header)


def test_two_visitors_get_two_cookies():
    assert len({cookies_set()[0] for _ in range(20)}) == 20


def test_a_cookie_we_set_is_accepted_next_time():
    (header,) = cookies_set()
    assert cookies_set(header.partition(";")[0]) == []


def attributes(header: str) -> set[str]:
    return {part.strip() for part in header.split(";")[1:]}


@pytest.mark.parametrize("forwarded", [None, "http", "http, https", ""])
def test_without_https_the_cookie_is_same_site(forwarded: str | None):
    (header,) = cookies_set(forwarded=forwarded)
    assert attributes(header) == {"Path=/", "Max-Age=31536000", "HttpOnly", "SameSite=Lax"}


@pytest.mark.parametrize(
    ("scheme", "forwarded"),
    [("http", "https"), ("http", "https,http"), ("http", "https, http"), ("https", None)],
)
def test_with_https_the_cookie_works_in_an_iframe(scheme: str, forwarded: str | None):
    (header,) = cookies_set(scheme=scheme, forwarded=forwarded)
    assert attributes(header) == {
        "Path=/",
        "Max-Age=31536000",
        "HttpOnly",
        "SameSite=None",
        "Secure",
        "Partitioned",
    }


@pytest.mark.parametrize("length", [22, 23, 128])
def test_a_valid_cookie_is_not_replaced(length: int):
    assert cookies_set(f"volcedit_notebook={'a' * length}") == []


INVALID = {
    "empty": "",
    "21 characters": "a" * 21,
    "129 characters": "a" * 129,
    "a dot": "a" * 30 + ".",
    "a slash": "a" * 30 + "/",
    "a space": "a" * 15 + " " + "a" * 15,
    "a percent sign": "a" * 30 + "%2e",
    "a letter of Latin-1": "a" * 30 + "é",
    "a line feed, quoted": '"' + "a" * 30 + '\\012"',
    "way out": "../" * 10,
}


@pytest.mark.parametrize("value", INVALID.values(), ids=INVALID)
def test_an_invalid_cookie_counts_as_none(value: str):
    assert len(cookies_set(f"volcedit_notebook={value}")) == 1


# Browsers also send cookies of other apps on the same host, with any content.
NEIGHBOURS = {
    "plain": "theme=dark",
    "JSON": 'layout={"a": [1, 2]}',
    "an open quote": 'x="abc',
    "brackets in a name": "a[b]=1",
    "at in a name": "a@b:c=1",
    "no value": "session",
    "a space in a value": "a=b c",
    "Latin-1": "a=\xfc\xff",
    "control characters": "a=\x01\x7f",
    "nothing": "",
    "only signs": ";;=;,;==",
    "long": "a=" + "b" * 60_000,
}


@pytest.mark.parametrize("neighbour", NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_a_valid_cookie_is_found_among_any_others(neighbour: str):
    assert cookies_set(f"{neighbour}; volcedit_notebook={VALID}") == []
    assert cookies_set(f"volcedit_notebook={VALID}; {neighbour}") == []


@pytest.mark.parametrize("neighbour", NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_foreign_cookies_never_break_a_page(neighbour: str):
    assert len(cookies_set(neighbour)) == 1


def test_a_cookie_in_a_separate_header_is_found():
    assert cookies_set("theme=dark", f"volcedit_notebook={VALID}") == []


def test_a_cookie_with_a_similar_name_is_not_ours():
    assert len(cookies_set(f"my_volcedit_notebook={VALID}")) == 1


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/css", "text/event-stream", "image/png", "text/plain", ""],
)
def test_only_pages_set_a_cookie(content_type: str):
    assert cookies_set(content_type=content_type) == []


def test_cookies_set_by_the_page_are_kept():
    found = cookies_set(answer_headers={"set-cookie": "access-token=1"})
    assert found[0] == "access-token=1"
    assert found[1].startswith("volcedit_notebook=")


def page_for(accept_language: str, html: bytes, query: bytes = b"") -> tuple[Message, bytes]:
    """The start of the response, and the page."""
    headers = [(b"accept-language", accept_language.encode())]
    scope = {"type": "http", "scheme": "http", "headers": headers, "query_string": query}
    app = middleware(Response(html, media_type="text/html"))
    start, body = answers(app, scope)
    return start, body["body"]


PAGE = b'<html lang="en"><head><meta charset="utf-8"></head>\xff</html>'


def test_our_script_is_first_in_the_head():
    page = page_for("en", PAGE)[1]
    assert page.startswith(b'<html lang="en"><head><title>volcedit: ')
    assert page.index(b"window.volcedit =") < page.index(b"<meta")
    assert page.endswith(b'<meta charset="utf-8"></head>\xff</html>')


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "zh-Hans-CN", "zh-HK", "zh-TW", "ZH-cn"])
def test_every_chinese_browser_gets_a_chinese_page(tag: str):
    page = page_for(tag, PAGE)[1]
    assert page.startswith(b'<html lang="zh-CN">')
    assert b'"tag": "zh-CN"' in page


def test_the_content_length_is_that_of_the_page():
    start, page = page_for("en", PAGE)
    assert dict(start["headers"])[b"content-length"] == str(len(page)).encode()


def test_a_chosen_language_is_remembered():
    assert b'lang="zh-CN"' in page_for("en", PAGE, b"lang=zh")[1]
    header = cookies_set(f"volcedit_notebook={VALID}", query=b"lang=zh")[0]
    assert header.startswith("volcedit_language=zh; ")
    assert language(Request({"volcedit_language": "zh"}, headers={"accept-language": "en"})) == "zh"
    back = Request({"volcedit_language": "zh"}, query_params={"lang": "en"})
    assert language(back) == "en"


@pytest.mark.parametrize("query", [b"lang=", b"lang=%3Cscript%3E", b"lang=%0d%0aX:1", b"lang=\xff"])
def test_an_invalid_language_falls_back_to_english(query: bytes):
    assert b"<script>window.volcedit" in page_for("en", PAGE, query)[1]
    for header in cookies_set(f"volcedit_notebook={VALID}", query=query):
        assert header.startswith("volcedit_language=en; ")


def test_a_file_is_passed_through_unchanged():
    app = middleware(Response(b"<head>\xff", media_type="text/css"))
    start, body = answers(app, {"type": "http", "scheme": "http", "headers": []})
    assert (start["status"], body["body"]) == (200, b"<head>\xff")


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_asgi_messages_are_passed_through(kind: str):
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    answers(middleware(app), {"type": kind})
    assert seen == [{"type": kind}]


def test_the_cookie_can_be_parsed_by_python():
    (header,) = cookies_set()
    assert len(SimpleCookie(header)["volcedit_notebook"].value) == 22


# ── the owner ────────────────────────────────────────────────────────────────────────────────


@dataclass
class Request:
    """The parts of a `gr.Request` that are used."""

    cookies: dict[str, str] = field(default_factory=dict)
    session_hash: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    query_params: dict[str, str] = field(default_factory=dict)


def test_the_owner_comes_from_the_cookie():
    request = Request({"volcedit_notebook": VALID}, "session")
    assert has_cookie(request)
    assert owner_of(request) == VALID


@pytest.mark.parametrize("length", [22, 128])
def test_a_cookie_at_the_limit_counts(length: int):
    assert has_cookie(Request({"volcedit_notebook": "a" * length}))


@pytest.mark.parametrize("value", INVALID.values(), ids=INVALID)
def test_with_an_invalid_cookie_the_owner_comes_from_the_page(value: str):
    request = Request(cookie_parser(f"volcedit_notebook={value}"), "session")
    assert not has_cookie(request)
    assert owner_of(request) == owner_of(Request(session_hash="session"))


def test_two_pages_without_a_cookie_are_two_owners():
    assert owner_of(Request(session_hash="a")) != owner_of(Request(session_hash="b"))


def test_a_page_cannot_impersonate_a_cookie():
    assert owner_of(Request(session_hash=VALID)) != owner_of(Request({"volcedit_notebook": VALID}))


def test_a_cookie_cannot_impersonate_a_page():
    page = owner_of(Request(session_hash=VALID))
    assert not has_cookie(Request({"volcedit_notebook": page}))


def test_a_program_without_a_cookie_is_a_new_owner_for_each_call():
    assert len({owner_of(Request()) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("headers", "tongue"),
    [
        ({}, "en"),
        ({"accept-language": ""}, "en"),
        ({"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh"),
        ({"accept-language": "en-GB,zh-CN;q=0.9"}, "en"),
    ],
)
def test_the_language_is_the_browsers_preference(headers: dict[str, str], tongue: str):
    assert language(Request(headers=headers)) == tongue


# ── the address ──────────────────────────────────────────────────────────────────────────────


def address(*forwarded: str, peer: str | None = "203.0.113.9", proxies: int = 0) -> str:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    client = (peer, 50000) if peer else None
    return address_of(
        HTTPConnection({"type": "http", "headers": headers, "client": client}), proxies
    )


def test_the_address_of_the_connection_counts_and_is_hashed():
    assert address() == address() != address(peer="203.0.113.10")
    assert re.fullmatch("[0-9a-f]{16}", address())


def test_without_proxies_the_header_is_not_believed():
    assert address("198.51.100.1") == address("198.51.100.2") == address()


@pytest.mark.parametrize("proxies", [1, 2])
def test_behind_proxies_the_address_is_that_many_from_the_right(proxies: int):
    hops = ["198.51.100.1", *["192.0.2.1"] * (proxies - 1)]
    told = address(", ".join(hops), proxies=proxies)
    assert told == address(peer="198.51.100.1")
    assert told == address(*hops, proxies=proxies)  # in a line each
    assert told == address(",".join(["forged", "198.51.100.7", *hops]), proxies=proxies)


@pytest.mark.parametrize("header", ["", "198.51.100.1", "unknown, 192.0.2.1", ", ,", "a" * 9999])
def test_a_header_without_an_address_in_its_place_is_that_of_the_connection(header: str):
    assert address(header, proxies=2) == address()


def test_an_address_that_is_also_in_the_header_is_still_that_of_the_connection():
    assert address("203.0.113.9") == address() != address(peer="127.0.0.1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),  # one network of 64 bits
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::2"),
        ("::1", "127.0.0.1"),
        ("127.0.0.1", "127.9.9.9"),
    ],
)
def test_two_spellings_are_one_visitor(one: str, other: str):
    assert address(peer=one) == address(peer=other)
    assert address(one, proxies=1) == address(f"[{other}]:443", proxies=1)


def test_another_network_of_64_bits_is_another_visitor():
    assert address(peer="2001:db8:1:2::1") != address(peer="2001:db8:1:3::1")


def test_a_connection_without_an_address_counts_as_this_machine():
    assert address(peer=None) == address(peer="testclient") == address(peer="127.0.0.1")
