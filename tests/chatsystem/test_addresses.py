"""Where requests come from, and what is kept and counted of it."""

from ipaddress import ip_address, ip_network

import pytest
from django.test import RequestFactory

from chatsystem.addresses import client_address, counted_part, kept_part


@pytest.fixture(autouse=True)
def _proxies(settings):
    settings.FORWARDED_ALLOW_IPS = [ip_network(text) for text in ("127.0.0.1", "::1", "10.0.0.0/8")]


def address_of(peer, *forwarded):
    headers = {"X-Forwarded-For": ", ".join(forwarded)} if forwarded else {}
    found = client_address(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))
    return None if found is None else str(found)


def test_it_is_the_peers_where_nobody_forwards():
    assert address_of("203.0.113.7") == "203.0.113.7"
    assert address_of("127.0.0.1") == "127.0.0.1"


def test_a_named_proxy_is_believed():
    assert address_of("127.0.0.1", "203.0.113.7") == "203.0.113.7"
    assert address_of("::1", "2001:db8::7") == "2001:db8::7"
    assert address_of("10.1.2.3", "203.0.113.7") == "203.0.113.7"


def test_nobody_else_is():
    assert address_of("198.51.100.9", "203.0.113.7") == "198.51.100.9"
    assert address_of("198.51.100.9", "127.0.0.1") == "198.51.100.9"


def test_what_a_client_puts_before_a_proxys_word_is_not_believed():
    assert address_of("127.0.0.1", "192.0.2.1", "203.0.113.7") == "203.0.113.7"
    assert address_of("127.0.0.1", "10.0.0.1", "127.0.0.1", "203.0.113.7") == "203.0.113.7"


def test_a_chain_of_named_proxies_is_followed_to_its_end():
    assert address_of("127.0.0.1", "192.0.2.1", "203.0.113.7", "10.0.0.2", "10.0.0.1") == "203.0.113.7"
    assert address_of("127.0.0.1", "10.0.0.2", "10.0.0.1") == "10.0.0.2"  # a client inside


@pytest.mark.parametrize(
    "nonsense", ["", "unknown", "_hidden", "203.0.113.7:80", "203.0.113.300", "a\x00b", "x" * 9_000]
)
def test_nonsense_ends_at_the_last_proxy_that_is_known(nonsense):
    assert address_of("127.0.0.1", "192.0.2.1", nonsense) == "127.0.0.1"
    assert address_of("127.0.0.1", nonsense, "203.0.113.7") == "203.0.113.7"


def test_a_peer_without_an_address_is_a_proxy_over_a_unix_socket():
    assert address_of("") is None
    assert address_of("", "192.0.2.1", "203.0.113.7") == "203.0.113.7"


@pytest.mark.parametrize("mapped", ["::ffff:203.0.113.7", "[::ffff:203.0.113.7]", "::ffff:cb00:7107"])
def test_one_machine_has_one_name(mapped):
    assert address_of(mapped) == "203.0.113.7"
    assert address_of("::ffff:127.0.0.1", mapped) == "203.0.113.7"


@pytest.mark.parametrize(
    ("address", "kept", "counted"),
    [
        ("203.0.113.7", "203.0.113.0/24", "203.0.113.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/48", "fe80::/64"),
    ],
)
def test_less_is_kept_than_is_counted(address, kept, counted):
    assert (kept_part(ip_address(address)), counted_part(ip_address(address))) == (kept, counted)


def test_all_addresses_of_a_home_are_counted_together():
    home = {counted_part(ip_address(f"2001:db8:1:2::{number:x}")) for number in range(100)}
    assert home == {"2001:db8:1:2::/64"}
    assert counted_part(ip_address("2001:db8:1:3::1")) not in home


def test_whoever_has_no_address_is_counted_together_and_nothing_is_kept():
    assert (kept_part(None), counted_part(None)) == ("", "")
