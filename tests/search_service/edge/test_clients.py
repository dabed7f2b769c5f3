import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.edge.clients import find_client, is_local, name_client
from tests.search_service.edge.asgi import make_scope


@pytest.mark.parametrize(
    ("peer", "told", "proxies", "client"),
    [
        ("192.0.2.1", [], 0, "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], 0, "192.0.2.1"),  # nobody is believed unasked
        ("10.0.0.1", ["198.51.100.7"], 1, "198.51.100.7"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.7"], 1, "198.51.100.7"),  # what the client invents stands before
        ("10.0.0.1", ["6.6.6.6", "198.51.100.7", "10.0.0.2"], 2, "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7"], 2, "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7:4711"], 1, "198.51.100.7"),
        ("10.0.0.1", ["Unsinn\r\n"], 1, "10.0.0.1"),
        ("10.0.0.1", [], 1, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::/64"),
        ("10.0.0.1", ["[2001:db8:1:2::9]:80"], 1, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", [], 0, "192.0.2.1"),
        ("", [], 0, ""),
        ("testclient", [], 0, ""),
    ],
)
def test_a_client_is_who_the_trusted_proxies_say(peer, told, proxies, client):
    assert name_client(peer, told, proxies) == client


@given(told=st.lists(st.text(max_size=30), max_size=5), proxies=st.integers(0, 4))
def test_whatever_the_header_says_the_client_is_an_address(told, proxies):
    client = name_client("10.0.0.1", told, proxies)
    assert client
    assert all(character in "0123456789abcdef.:/" for character in client)


def test_several_header_lines_count_as_one_list():
    scope = make_scope()
    scope["headers"] = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.7, 198.51.100.8")]
    assert find_client(scope, 2) == "198.51.100.7"


@pytest.mark.parametrize(
    ("peer", "headers", "local"),
    [
        ("127.0.0.1", {"host": "localhost:8000"}, True),
        ("127.0.0.1", {"host": "127.0.0.1"}, True),
        ("::1", {"host": "[::1]:8000"}, True),
        ("127.0.0.1", {"host": "wissen.example.org"}, False),  # as a proxy that says nothing else of itself hands it on
        ("127.0.0.1", {"host": "localhost.example.org"}, False),
        ("127.0.0.1", {"host": "192.0.2.1:8000"}, False),
        ("127.0.0.1", {}, False),
        ("127.0.0.1", {"host": "localhost", "x_forwarded_for": "198.51.100.7"}, False),
        ("127.0.0.1", {"host": "localhost", "forwarded": "for=198.51.100.7"}, False),
        ("192.0.2.1", {"host": "localhost"}, False),
        ("192.0.2.1", {"host": "localhost", "x_forwarded_for": "127.0.0.1"}, False),
    ],
)
def test_only_who_asks_directly_from_this_machine_is_local(peer, headers, local):
    assert is_local({**make_scope(**headers), "client": (peer, 1)}) is local


def test_without_an_address_nobody_is_local():
    assert not is_local({**make_scope(), "client": None})
