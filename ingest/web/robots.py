"""robots.txt: what a server asks visitors to leave alone, and how slowly they should come (RFC 9309)."""

from __future__ import annotations

from protego import Protego

from ingest.web.addresses import Address
from ingest.web.bodies import MEGABYTE, FetchFailed
from ingest.web.fetch import Fetcher
from search_service.errors import SourceUnavailable

AGENT = "ChangeWissen"  # the name that a robots.txt can address
READ_BYTES = 500 * 1024  # RFC 9309, 2.5: at least so much must be understood; the rest is not looked at
MAX_BYTES = 10 * MEGABYTE
FORBIDDEN = "robots.txt des Servers bittet, diese Adresse nicht automatisch zu laden. Bitte den Betreiber fragen."
UNKNOWN = "robots.txt ist nicht abrufbar, daher wird nichts von diesem Server geladen. Bitte später noch einmal versuchen."


class ForbiddenByRobots(SourceUnavailable):
    """A server asks visitors not to fetch this address, or could not be asked whether they may."""


class Robots:
    """Knows the robots.txt of every server met so far; each is fetched once in a run."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._rules: dict[str, Protego | None] = {}

    def check(self, address: Address) -> None:
        """Raise ForbiddenByRobots if `address` is not to be fetched; AddressRefused if its server is not public."""
        origin = address.origin
        if origin not in self._rules:
            self._rules[origin] = self._fetch_rules(address)
        rules = self._rules[origin]
        if rules is None:
            raise ForbiddenByRobots(UNKNOWN)
        if not rules.can_fetch(str(address), AGENT):
            raise ForbiddenByRobots(FORBIDDEN)

    def _fetch_rules(self, address: Address) -> Protego | None:
        """Return the rules of a server, and go at its pace; None if it could not say (RFC 9309, 2.3.1.4: all forbidden)."""
        place = Address(address.scheme, address.host, address.port, "/robots.txt")
        try:
            text = self._fetcher.get(place, max_bytes=MAX_BYTES).body[:READ_BYTES].decode("utf-8", errors="replace")
        except FetchFailed as error:
            if error.status is None or error.status >= 500 or error.status == 429:
                return None
            text = ""  # RFC 9309, 2.3.1.3: without a robots.txt everything is allowed
        rules = Protego.parse(text)
        if (delay := rules.crawl_delay(AGENT)) is not None:
            self._fetcher.slow_down(address.origin, delay)
        return rules
