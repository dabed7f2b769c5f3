"""Fetching one web address: politely, with bounds on time and bytes, and never from a place that is not public."""

from __future__ import annotations

import http
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from socket import IPPROTO_TCP, SOCK_STREAM, gaierror, getaddrinfo

import httpcore

from ingest.web.addresses import IP, Address, AddressRefused, join_address, judge_ip
from ingest.web.bodies import MEGABYTE, FetchFailed, read_body
from search_service.errors import InvalidSettings

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
REFERRALS = 3  # redirects followed; more is a loop or a tracker
FIRST_PAUSE = 5.0  # seconds before a busy server is asked again if it does not say when; doubled each time
FAILURES = {
    401: "Der Server verlangt eine Anmeldung (401). Bitte die Datei von Hand laden und ablegen.",
    403: "Der Server verweigert den Zugriff (403). Bitte die Datei von Hand laden oder den Betreiber fragen.",
    404: "Unter der Adresse gibt es nichts mehr (404). Bitte die Adresse prüfen.",
    410: "Der Inhalt wurde vom Betreiber entfernt (410). Bitte die Adresse streichen.",
    429: "Der Server bittet um Zurückhaltung (429). Bitte später noch einmal versuchen.",
    503: "Der Server ist überlastet oder in Wartung (503). Bitte später noch einmal versuchen.",
}
TOO_SLOW = "Der Server hat zu lange gebraucht. Bitte später noch einmal versuchen."

Resolve = Callable[[str, int], Sequence[IP]]
Permit = Callable[[Address], None]


@dataclass(frozen=True, slots=True)
class Manners:
    """How to ask, and what an answer may cost."""

    user_agent: str  # "ChangeWissen/0.1.0 (+https://example.org/kontakt)"
    allow_private: bool = False  # True lets addresses of the own network and of this machine through
    delay: float = 1.0  # seconds between two requests to one server
    longest_delay: float = 60.0  # a longer wish of robots.txt is cut to this
    longest_wait: float = 120.0  # a longer wish of a busy server makes the request fail
    attempts: int = 3  # on a busy server or a broken connection
    seconds: float = 300.0  # wall time for one answer, from the first byte sent to the last one read
    silence: float = 30.0  # seconds without a single byte
    max_bytes: int = 100 * MEGABYTE  # of a body, packed and unpacked; scanned studies reach 90 MB


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server gave."""

    address: Address  # after all redirects
    status: int  # 200, or 304 if nothing changed since `Seen`
    body: bytes = b""  # unpacked
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case

    @property
    def media_type(self) -> str:
        """Return the type as the server names it, lower case and without parameters; "" if it names none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server said about the version that is here already; sent along so that it need not send it again."""

    etag: str | None = None
    last_modified: str | None = None


def resolve_host(host: str, port: int) -> list[IP]:
    """Return the addresses the system knows for `host`, best first. Raises FetchFailed if there are none."""
    try:
        found = getaddrinfo(host, port, type=SOCK_STREAM, proto=IPPROTO_TCP)
    except (gaierror, UnicodeError) as error:
        raise FetchFailed(f"Der Rechner „{host}“ ist nicht bekannt. Bitte Adresse und Netzverbindung prüfen.") from error
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


class Fetcher:
    """Asks servers, one request at a time, with pauses; keeps connections. Use as a context manager."""

    def __init__(
        self,
        manners: Manners,
        *,
        resolve: Resolve = resolve_host,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
        tls: ssl.SSLContext | None = None,
        network: httpcore.NetworkBackend | None = None,
    ) -> None:
        """Without `tls` the system's certificates decide, without `network` its sockets connect (to IPs only)."""
        self.manners = manners
        self._sleep, self._now = sleep, now
        self._backend = _CheckingBackend(resolve, manners.allow_private, network or httpcore.SyncBackend())
        # Built on httpcore itself: its network backend is public there, and there are no proxies or cookies to switch off.
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls or ssl.create_default_context(),
            max_connections=4,
            keepalive_expiry=30.0,
            network_backend=self._backend,
        )
        self._delays: dict[str, float] = {}
        self._free_from: dict[str, float] = {}

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def slow_down(self, origin: str, delay: float) -> None:
        """Pause at least `delay` seconds between requests to `origin`, within `Manners.longest_delay`."""
        self._delays[origin] = min(max(delay, self.manners.delay), self.manners.longest_delay)

    def get(
        self, address: Address, *, seen: Seen | None = None, permit: Permit | None = None, max_bytes: int | None = None
    ) -> Answer:
        """Return the answer with status 200, or 304 if nothing changed since `seen`.

        `permit` is asked before every request, redirects included, and raises to forbid it. Raises AddressRefused for an
        address that is not public, FetchFailed for everything a server can do wrong; both with a German reason.
        """
        limit = min(max_bytes or self.manners.max_bytes, self.manners.max_bytes)
        for _ in range(REFERRALS + 1):
            if permit is not None:
                permit(address)
            answer = self._ask_patiently(address, seen or Seen(), limit)
            if answer.status not in REDIRECTS:
                return _check_status(answer)
            target = join_address(address, _read_location(answer.headers.get("location", "")))
            if (address.scheme, target.scheme) == ("https", "http"):
                raise AddressRefused(
                    f"Die Adresse leitet auf eine ungesicherte weiter ({target.origin}) und wird nicht geladen."
                )
            address = target
        raise FetchFailed(f"Die Adresse leitet mehr als {REFERRALS}-mal weiter. Bitte die endgültige Adresse angeben.")

    def _ask_patiently(self, address: Address, seen: Seen, limit: int) -> Answer:
        """Ask again if the server is busy or the connection breaks, as often as manners allow."""
        pause = FIRST_PAUSE
        for attempt in range(1, self.manners.attempts + 1):
            is_last = attempt == self.manners.attempts
            self._wait_turn(address)
            try:
                answer = self._ask(address, seen, limit)
            except (httpcore.NetworkError, httpcore.ProtocolError) as error:
                if is_last or _is_untrusted(error):
                    raise _explain(error, address) from error
            except httpcore.TimeoutException as error:
                raise FetchFailed(TOO_SLOW) from error
            else:
                if answer.status not in BUSY or is_last:
                    return answer
                wished = read_retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC))
                if (wished or 0.0) > self.manners.longest_wait:
                    return answer
                pause = pause if wished is None else wished
            finally:
                self._free_from[address.origin] = self._now() + self._delays.get(address.origin, self.manners.delay)
            self._sleep(pause)
            pause = min(2 * max(pause, FIRST_PAUSE), self.manners.longest_wait)
        raise FetchFailed(TOO_SLOW)

    def _wait_turn(self, address: Address) -> None:
        if (wait := self._free_from.get(address.origin, 0.0) - self._now()) > 0:
            self._sleep(wait)

    def _ask(self, address: Address, seen: Seen, limit: int) -> Answer:
        headers: list[tuple[str, str | bytes]] = [
            ("User-Agent", self.manners.user_agent),
            ("Accept", "*/*"),
            ("Accept-Encoding", "gzip"),
            ("Accept-Language", "de, en;q=0.5"),
        ]
        if seen.etag:
            headers.append(("If-None-Match", seen.etag.encode("latin-1", "ignore")))
        if seen.last_modified:
            headers.append(("If-Modified-Since", seen.last_modified.encode("latin-1", "ignore")))
        silence = self.manners.silence
        timeouts = {"connect": silence, "read": silence, "write": silence, "pool": silence}
        self._backend.deadline = time.monotonic() + self.manners.seconds
        with self._pool.stream("GET", str(address), headers=headers, extensions={"timeout": timeouts}) as response:
            named = {name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in response.headers}
            if response.status != HTTPStatus.OK:
                return Answer(address, response.status, headers=named)  # what else it says is not read
            return Answer(address, response.status, read_body(response.iter_stream(), named, limit), named)


def read_retry_after(value: str, now: datetime) -> float | None:
    """Return the seconds a busy server asks to wait (RFC 9110, 10.2.3: a number or a date); None if it does not say."""
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds(), 0.0)


def compose_user_agent(version: str, contact: str) -> str:
    """Return "ChangeWissen/<version> (+<contact>)", so that an operator sees who comes and whom to write to.

    Raises InvalidSettings if the contact is not plain ASCII: a header holds nothing else.
    """
    if not contact.isascii() or not contact.isprintable():
        raise InvalidSettings(f"„{contact!a}“ ist als Kontakt nicht möglich. Bitte eine Adresse ohne Umlaute angeben.")
    return f"ChangeWissen/{version} (+{contact})" if contact else f"ChangeWissen/{version}"


def _read_location(value: str) -> str:
    """Many servers write the target of a redirect in raw UTF-8, which headers are not meant to hold."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _check_status(answer: Answer) -> Answer:
    status = answer.status
    if status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
        return answer
    phrase = http.HTTPStatus(status).phrase if status in set(HTTPStatus) else "unbekannt"
    raise FetchFailed(FAILURES.get(status, f"Der Server antwortet mit {status} ({phrase}). Bitte die Adresse prüfen."), status)


def _is_untrusted(error: BaseException) -> bool:
    """Tell whether a server failed to prove its name: asking again changes nothing."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _explain(error: BaseException, address: Address) -> FetchFailed:
    if _is_untrusted(error):
        return FetchFailed(f"Das Zertifikat von {address.host} ist nicht gültig. Bitte den Betreiber fragen.")
    if isinstance(error, httpcore.ProtocolError):
        return FetchFailed(
            "Der Server hält sich nicht an HTTP oder hat die Antwort abgebrochen. Bitte später noch einmal versuchen."
        )
    return FetchFailed(f"Keine Verbindung zu {address.host}. Bitte Adresse und Netzverbindung prüfen.")


class _CheckingBackend(httpcore.NetworkBackend):
    """Resolves a name once per connection, judges every IP it stands for, and connects to exactly the IP judged.

    Whatever the name stands for a moment later does not matter; TLS and the Host header still go by the name.
    """

    def __init__(self, resolve: Resolve, allow_private: bool, inner: httpcore.NetworkBackend) -> None:
        self._resolve, self._allow_private, self._inner = resolve, allow_private, inner
        self.deadline = float("inf")  # in time.monotonic; when the answer under way must be there

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first IP of `host` that answers, if all of them are allowed."""
        ips = self._resolve(host, port)
        if not all(judge_ip(ip, self._allow_private) for ip in ips):
            raise AddressRefused(
                f"„{host}“ liegt nicht im öffentlichen Netz und wird nicht geladen. "
                "Für Adressen im eigenen Netz bitte --allow-private angeben."
            )
        failure: Exception = httpcore.ConnectError("no address")
        for ip in ips:
            try:
                stream = self._inner.connect_tcp(str(ip), port, self.remaining(timeout), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self)
        raise failure

    def sleep(self, seconds: float) -> None:
        """Wait between attempts to connect."""
        self._inner.sleep(seconds)

    def remaining(self, timeout: float | None) -> float:
        """Return how long one read or write may take; raises ReadTimeout after the deadline."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("deadline")
        return left if timeout is None else min(left, timeout)


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline: a byte a minute does not keep it alive."""

    def __init__(self, inner: httpcore.NetworkStream, clock: _CheckingBackend) -> None:
        self._inner, self._clock = inner, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._clock.remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._clock.remaining(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, self._clock.remaining(timeout)), self._clock)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
