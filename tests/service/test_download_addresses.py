"""Which addresses and host names count as public."""

from __future__ import annotations

import ipaddress

import pytest

from volcedit import ParameterError
from volcedit.service.download import check_photo_link, is_public
from volcedit.words import say

# The blocks of IANA's special-purpose registries, with their first and last address written out,
# and multicast. Blocks that touch another one are joined.
SPECIAL = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("168.63.129.16", "168.63.129.16"),  # Azure's
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.31.196.0", "192.31.196.255"),
    ("192.52.193.0", "192.52.193.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("192.175.48.0", "192.175.48.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "255.255.255.255"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
]


@pytest.mark.parametrize(("first", "last"), SPECIAL)
def test_a_special_block_is_not_public_and_its_neighbours_are(first: str, last: str):
    low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
    assert not is_public(first)
    assert not is_public(last)
    if int(low) > 0:
        assert is_public(str(low - 1))
    if last != "255.255.255.255":
        assert is_public(str(high + 1))


@pytest.mark.parametrize(
    "address",
    [
        "::",
        "::1",
        "100::1",
        "100:0:0:1::1",
        "5f00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fdff::1",
        "ff02::1",
        "ff0e::1",
        "fec0::1",  # site-local
        "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "4000::",
        "::127.0.0.1",  # IPv4-compatible
        "::ffff:127.0.0.1",  # IPv4-mapped
        "::ffff:0:127.0.0.1",  # IPv4-translated
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
        "64:ff9b:1::808:808",  # NAT64 of local use
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo, of 127.0.0.1
        # An address that embeds another is not public, even if that one is: a translator decides.
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "2001:0:4136:e378:8000:63bf:f7f7:f7f7",  # Teredo, of 8.8.8.8
        "2606:4700:4700::1111%eth0",
    ],
)
def test_other_ipv6_than_global_unicast_is_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2000::", "2606:4700:4700::1111", "2a00:1450:4001::1"]
)
def test_other_addresses_are_public(address: str):
    assert is_public(address)


# ── a link for the service to fetch ──────────────────────────────────────────────────────────

GATEWAY = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/cat.jpg",
        "HTTPS://EXAMPLE.COM./cat.jpg",
        "https://例子.com/猫.jpg",
        "https://localhost.example.com/",
        "https://8.8.8.8/cat.jpg",
        "https://[2606:4700:4700::1111]:8443/cat.jpg",
        f"{GATEWAY}/pictures/1.jpg",  # the service's own
    ],
)
def test_a_public_link_may_be_fetched_by_the_service(url: str):
    check_photo_link(url, GATEWAY)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/cat.jpg",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://app.localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://router.lan/",
        "https://nas.home.arpa/",
        "https://intranet/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://100.100.100.200/latest/meta-data/",
        "https://168.63.129.16/",
        "https://169.254.169.254/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://１２７.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "http://127.0.0.1:8001/pictures/1.jpg",
        "https://127.0.0.1:8000/pictures/1.jpg",
    ],
)
def test_a_link_that_is_not_public_by_its_form_is_refused_in_both_languages(url: str):
    with pytest.raises(ParameterError, match="only from an https address") as caught:
        check_photo_link(url, GATEWAY)
    assert caught.value.field == "photo_url"
    assert "公网" in say("zh", caught.value.words)
