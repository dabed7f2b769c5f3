"""Fetching: only from where it is allowed, politely, and within bounds. Against a server on this machine."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
from datetime import UTC, datetime
from ipaddress import ip_address

import httpcore
import pytest

from ingest.web.addresses import AddressRefused, parse_address
from ingest.web.bodies import MEGABYTE, FetchFailed
from ingest.web.fetch import Fetcher, Manners, Seen, compose_user_agent, read_retry_after
from search_service.errors import InvalidSettings
from tests.ingest.web.local_server import AGENT, LocalServer, Reply, StoppedClock, polite_fetcher

PUBLIC = ip_address("93.184.216.34")
LOOPBACK = ip_address("127.0.0.1")


@pytest.fixture
def server():
    with LocalServer().running() as running:
        yield running


class Detour(httpcore.NetworkBackend):
    """Notes which IP was to be connected to and connects to the test's server instead."""

    def __init__(self, port):
        self.port, self.connected = port, []

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.connected.append((host, port))
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout)


def at(server, path="/"):
    return parse_address(server.url + path)


def test_an_answer_comes_with_type_and_body_and_we_say_who_we_are(server):
    server.routes["/studie?nr=1"] = Reply("Schöne Wörter".encode(), "Text/Plain; charset=UTF-8")
    with polite_fetcher() as fetcher:
        answer = fetcher.get(at(server, "/studie?nr=1"))
    assert (answer.status, answer.media_type, answer.body.decode()) == (200, "text/plain", "Schöne Wörter")
    assert server.headers[0]["user-agent"] == AGENT
    assert "cookie" not in server.headers[0]


# --- Where to ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"])
def test_this_machine_is_refused_unless_allowed_and_sees_no_connection(server, name):
    server.routes["/"] = Reply(b"geheim")
    address = parse_address(f"http://{name}:{at(server).port}/")
    with Fetcher(Manners(AGENT)) as fetcher, pytest.raises(AddressRefused, match="nicht im öffentlichen Netz"):
        fetcher.get(address)
    assert server.asked == []


@pytest.mark.parametrize("ip", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "0.0.0.0", "fe80::1"])
@pytest.mark.parametrize("allow_private", [False, True])
def test_cloud_metadata_is_refused_even_where_the_intranet_is_allowed(server, ip, allow_private):
    detour = Detour(at(server).port)
    manners = Manners(AGENT, allow_private=allow_private)
    with (
        Fetcher(manners, resolve=lambda host, port: [ip_address(ip)], network=detour) as fetcher,
        pytest.raises(AddressRefused),
    ):
        fetcher.get(parse_address("http://metadata.example/latest"))
    assert detour.connected == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(server):
    detour = Detour(at(server).port)
    fetcher = Fetcher(Manners(AGENT), resolve=lambda host, port: [PUBLIC, LOOPBACK], network=detour)
    with fetcher, pytest.raises(AddressRefused):
        fetcher.get(parse_address("http://studien.example/"))
    assert detour.connected == []


def test_the_connection_goes_to_the_very_ip_that_was_judged_and_the_name_is_kept(server):
    server.routes["/x"] = Reply(b"Text")
    detour = Detour(at(server).port)
    asked = []

    def resolve(host, port):
        asked.append(host)
        return [PUBLIC]

    with Fetcher(Manners(AGENT), resolve=resolve, network=detour) as fetcher:
        assert fetcher.get(parse_address("http://studien.example/x")).body == b"Text"
    assert asked == ["studien.example"]  # resolved once
    assert detour.connected == [("93.184.216.34", 80)]
    assert server.headers[0]["host"] == "studien.example"


def test_a_name_that_changes_to_a_private_address_is_refused_at_the_next_connection(server):
    server.routes["/x"] = Reply(b"Text", headers={"Connection": "close"})
    detour = Detour(at(server).port)
    answers = iter([[PUBLIC], [LOOPBACK]])
    clock = StoppedClock()
    with Fetcher(
        Manners(AGENT), resolve=lambda host, port: next(answers), network=detour, sleep=clock.sleep, now=clock.now
    ) as fetcher:
        fetcher.get(parse_address("http://rebind.example/x"))
        with pytest.raises(AddressRefused):
            fetcher.get(parse_address("http://rebind.example/x"))
    assert detour.connected == [("93.184.216.34", 80)]
    assert server.asked == ["/x"]


def test_tls_asks_for_the_name_not_for_the_ip():
    hello = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen():
            connection, _ = listening.accept()
            hello.append(connection.recv(4096))
            connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        detour = Detour(listening.getsockname()[1])
        with (
            Fetcher(Manners(AGENT, attempts=1), resolve=lambda host, port: [PUBLIC], network=detour) as fetcher,
            pytest.raises(FetchFailed, match=r"Keine Verbindung zu studien\.example"),
        ):
            fetcher.get(parse_address("https://studien.example/"))
        thread.join()
    assert b"studien.example" in hello[0]  # server name indication, in clear text in the first message
    assert detour.connected == [("93.184.216.34", 443)]


def test_proxies_of_the_environment_are_ignored(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.routes["/"] = Reply(b"da")
    with polite_fetcher() as fetcher:
        assert fetcher.get(at(server)).body == b"da"


# --- Redirects -----------------------------------------------------------------------------------------------------------


def test_redirects_are_followed_three_times_and_each_is_permitted_anew(server):
    for step in range(3):
        server.routes[f"/{step}"] = Reply(status=302, headers={"Location": f"/{step + 1}"})
    server.routes["/2"] = Reply(status=302, headers={"Location": "/\u00c3\u00bc"})  # "/ü" in raw UTF-8
    server.routes["/%C3%BC"] = Reply(b"Ziel")
    permitted = []
    with polite_fetcher() as fetcher:
        answer = fetcher.get(at(server, "/0"), permit=lambda address: permitted.append(address.path))
    assert (answer.body, answer.address.path) == (b"Ziel", "/%C3%BC")
    assert permitted == ["/0", "/1", "/2", "/%C3%BC"]


def test_a_fourth_redirect_is_not_followed(server):
    for step in range(5):
        server.routes[f"/{step}"] = Reply(status=301, headers={"Location": f"/{step + 1}"})
    with polite_fetcher() as fetcher, pytest.raises(FetchFailed, match="mehr als 3-mal"):
        fetcher.get(at(server, "/0"))
    assert server.asked == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.1/",
        "file:///etc/passwd",
        "gopher://x/",
        "http://a:b@example.org/",
    ],
)
def test_a_redirect_to_a_forbidden_place_is_refused(server, target):
    server.routes["/"] = Reply(status=302, headers={"Location": target})
    with polite_fetcher() as fetcher, pytest.raises(AddressRefused):
        fetcher.get(at(server))


def test_a_public_server_cannot_send_us_to_this_machine(server):
    server.routes["/geheim"] = Reply(b"geheim")
    server.routes["/x"] = Reply(status=307, headers={"Location": f"{server.url}/geheim"})

    def resolve(host, port):
        return [PUBLIC if host == "studien.example" else LOOPBACK]

    with (
        Fetcher(Manners(AGENT), resolve=resolve, network=Detour(at(server).port)) as fetcher,
        pytest.raises(AddressRefused, match="nicht im öffentlichen Netz"),
    ):
        fetcher.get(parse_address("http://studien.example/x"))
    assert server.asked == ["/x"]


# --- Manners -------------------------------------------------------------------------------------------------------------


def test_two_requests_to_one_server_are_a_pause_apart(server):
    server.routes["/"] = Reply(b"x")
    clock = StoppedClock()
    with polite_fetcher(clock, delay=2.0) as fetcher:
        fetcher.get(at(server))
        fetcher.get(at(server))
        fetcher.slow_down(at(server).origin, 7.0)
        fetcher.get(at(server))
        fetcher.get(at(server))
        fetcher.slow_down(at(server).origin, 9999.0)
        fetcher.get(at(server))
        fetcher.get(at(server))
    assert clock.slept == [2.0, 2.0, 7.0, 7.0, 60.0]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_when_it_wishes(server, status):
    replies = iter([Reply(status=status, headers={"Retry-After": "17"}), Reply(status=status), Reply(b"jetzt")])
    server.routes["/"] = lambda headers: next(replies)
    clock = StoppedClock()
    with polite_fetcher(clock) as fetcher:
        assert fetcher.get(at(server)).body == b"jetzt"
    assert clock.slept == [17.0, 34.0]


def test_a_server_that_stays_busy_or_asks_for_hours_is_left_alone(server):
    server.routes["/immer"] = Reply(status=503, headers={"Retry-After": "1"})
    server.routes["/lange"] = Reply(status=429, headers={"Retry-After": "86400"})
    with polite_fetcher() as fetcher:
        for path, status in (("/immer", 503), ("/lange", 429)):
            with pytest.raises(FetchFailed, match="später") as failure:
                fetcher.get(at(server, path))
            assert failure.value.status == status
    assert server.asked == ["/immer"] * 3 + ["/lange"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), ("0", 0.0), ("", None), ("bald", None), ("Wed, 01 May 2024 12:01:30 GMT", 90.0), ("-5", None),
     ("Wed, 01 May 2024 11:00:00 GMT", 0.0), ("9" * 5000, 999999999.0)],
)  # fmt: skip
def test_the_wish_of_a_busy_server_is_a_number_or_a_date(value, seconds):
    assert read_retry_after(value, datetime(2024, 5, 1, 12, tzinfo=UTC)) == seconds


def test_what_has_not_changed_is_not_sent_again(server):
    def answer(headers):
        if headers.get("if-none-match") == '"v1ü"' and headers.get("if-modified-since") == "Wed, 01 May 2024 12:00:00 GMT":
            return Reply(status=304)
        return Reply(b"x", headers={"ETag": '"v1ü"', "Last-Modified": "Wed, 01 May 2024 12:00:00 GMT"})

    server.routes["/"] = answer
    with polite_fetcher() as fetcher:
        first = fetcher.get(at(server))
        again = fetcher.get(at(server), seen=Seen(first.headers["etag"], first.headers["last-modified"]))
    assert (first.status, again.status, again.body) == (200, 304, b"")


@pytest.mark.parametrize(
    ("status", "words"), [(404, "nichts mehr"), (403, "verweigert"), (401, "Anmeldung"), (418, "418"), (500, "500")]
)
def test_every_other_answer_is_a_failure_with_a_german_reason(server, status, words):
    server.routes["/"] = Reply(b"x", status=status)
    with polite_fetcher() as fetcher, pytest.raises(FetchFailed, match=words) as failure:
        fetcher.get(at(server))
    assert failure.value.status == status


def test_we_give_name_and_contact_if_a_header_can_hold_them():
    assert compose_user_agent("1.0", "https://a.example") == "ChangeWissen/1.0 (+https://a.example)"
    assert compose_user_agent("1.0", "") == "ChangeWissen/1.0"
    for contact in ("büro@a.example", "a\r\nHost: x"):
        with pytest.raises(InvalidSettings):
            compose_user_agent("1.0", contact)


def test_a_server_that_is_not_there_is_named():
    with polite_fetcher(attempts=2) as fetcher, pytest.raises(FetchFailed, match=r"Keine Verbindung zu 127\.0\.0\.1"):
        fetcher.get(parse_address("http://127.0.0.1:9/"))


# --- Bounds --------------------------------------------------------------------------------------------------------------


def test_an_endless_body_is_cut_off(server):
    server.routes["/"] = Reply(parts=itertools.repeat(b"x" * 65536))
    with polite_fetcher(max_bytes=MEGABYTE) as fetcher, pytest.raises(FetchFailed, match="größer als 1 MB"):
        fetcher.get(at(server))


def test_a_body_announced_as_too_large_is_not_even_read(server):
    server.routes["/"] = Reply(parts=[b"x"], headers={"Content-Length": str(10**12)})
    with polite_fetcher() as fetcher, pytest.raises(FetchFailed, match="größer als 100 MB"):
        fetcher.get(at(server))


def test_a_byte_now_and_then_does_not_keep_a_connection_alive(server):
    def drip():
        while True:
            time.sleep(0.02)
            yield b"x"

    server.routes["/"] = Reply(parts=drip())
    with polite_fetcher(seconds=0.3) as fetcher, pytest.raises(FetchFailed, match="zu lange"):
        fetcher.get(at(server))


def test_a_silent_server_is_given_up(server):
    server.routes["/"] = lambda headers: time.sleep(0.6) or Reply()
    with polite_fetcher(silence=0.1) as fetcher, pytest.raises(FetchFailed, match="zu lange"):
        fetcher.get(at(server))


def test_a_packed_body_is_unpacked_within_bounds(server):
    server.routes["/"] = Reply(gzip.compress(b"Text" * 1000), headers={"Content-Encoding": "gzip"})
    server.routes["/bombe"] = Reply(gzip.compress(b"\0" * 20 * MEGABYTE), headers={"Content-Encoding": "gzip"})
    server.routes["/br"] = Reply(b"x", headers={"Content-Encoding": "br"})
    with polite_fetcher(max_bytes=MEGABYTE) as fetcher:
        assert fetcher.get(at(server)).body == b"Text" * 1000
        for path, words in (("/bombe", "größer als 1 MB"), ("/br", "packt")):
            with pytest.raises(FetchFailed, match=words):
                fetcher.get(at(server, path))
