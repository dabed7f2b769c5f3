"""Bringing documents in from the web: from a list of addresses, a sitemap or a repository, onto the shelf."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from pathlib import Path

from ingest.formats import EXTENSIONS
from ingest.web.addresses import Address, AddressRefused, join_address, parse_address, shorten
from ingest.web.basket import Basket, Harvest, Tell, is_current, open_basket
from ingest.web.bodies import MEGABYTE, FetchFailed
from ingest.web.downloads import choose_ending, is_page
from ingest.web.fetch import Answer, Fetcher
from ingest.web.markup import find_document_links, parse_xml
from ingest.web.oai import Record, RecordPage, build_request, check_since, describe_record, find_places, parse_records
from ingest.web.shelf import Holding, Shelf
from ingest.web.sitemap import MAX_BYTES, MAX_DEPTH, MAX_ENTRIES, Entry, is_same_site, parse_sitemap
from search_service.errors import NothingToIndex, SourceUnavailable

MAX_PAGES = 10_000  # of records, at 100 to 500 each: far more than any German repository holds
MAX_PAGE_BYTES = 50 * MEGABYTE
MAX_PLACES = 3  # addresses of one record, and links of one page, that are tried: more are nearly always the same once more
NO_FILE = "Zu diesem Eintrag ist keine Datei in einem lesbaren Format verlinkt. Bitte bei Bedarf von Hand laden und ablegen."
TOO_MANY_PAGES = (
    f"Das Repositorium liefert mehr als {MAX_PAGES} Seiten mit Einträgen; die übrigen wurden ausgelassen. "
    "Bitte mit --oai-set oder --oai-from eingrenzen."
)
RESUME = "Ein neuer Start lädt nur, was noch fehlt."
ELSEWHERE = "Die Sitemap nennt eine Adresse auf einem anderen Server; sie wird nicht geladen. Bitte bei Bedarf einzeln angeben."


def read_addresses(path: Path) -> list[str]:
    """Return the lines of a list of addresses without empty ones and comments (#), each once."""
    lines = (line.strip() for line in path.read_text("utf-8-sig", errors="replace").splitlines())
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


def harvest_addresses(addresses: Iterable[str], fetcher: Fetcher, shelf: Shelf, *, tell: Tell | None = None) -> Harvest:
    """Fetch each address onto the shelf; `tell` hears each one before it is asked for."""
    basket = open_basket(fetcher, shelf, tell)
    for text in addresses:
        with basket.attempt(shorten(text)):
            _fetch_entry(basket, parse_address(text), source="")
    return basket.harvest()


def harvest_sitemap(url: str, fetcher: Fetcher, shelf: Shelf, *, tell: Tell | None = None) -> Harvest:
    """Fetch what a sitemap names; take off the shelf what it named before and no longer names.

    Nothing is taken off if a part of the sitemap could not be read, or if it names nothing at all. Raises AddressRefused
    if `url` is no address.
    """
    basket = open_basket(fetcher, shelf, tell)
    start = parse_address(url)
    entries = _read_sitemaps(basket, start)
    is_complete = not basket.reports
    named = _sort_out(basket, start, entries)
    for name, (address, entry) in named.items():
        with basket.attempt(name):
            _fetch_entry(basket, address, source=str(start), stamp=entry.modified)
    if is_complete and named:
        gone = [holding.key for holding in shelf.list_source(str(start)) if holding.key not in named]
        basket.removed.extend(path for key in gone if (path := shelf.remove(key)) is not None)
    return basket.harvest()


def harvest_records(
    url: str, fetcher: Fetcher, shelf: Shelf, *, set_name: str | None = None, since: str | None = None, tell: Tell | None = None
) -> Harvest:
    """Fetch the full texts of a repository's records (OAI-PMH); take off the shelf what it declares deleted.

    `since` is a day or moment (UTC): only records changed from then on. Raises InvalidSettings if it is neither,
    AddressRefused if `url` is no address.
    """
    basket = open_basket(fetcher, shelf, tell)
    endpoint = parse_address(url)
    request = build_request(endpoint, set_name=set_name, since=check_since(since) if since else None)
    tokens: set[str] = set()
    total = 0
    for _ in range(MAX_PAGES):
        with basket.attempt(str(endpoint)):
            page = _fetch_page(basket, request, tokens)
            total += len(page.records)
            for record in page.records:
                _fetch_record(basket, record, str(endpoint))
            if page.token is not None:
                tokens.add(page.token)
                request = build_request(endpoint, token=page.token)
                continue
        break
    else:
        basket.notices.append(TOO_MANY_PAGES)
    if not total and not basket.reports:
        basket.notices.append("Das Repositorium hat keine Einträge, auf die die Angaben zutreffen.")
    return basket.harvest()


def join_harvests(harvests: Iterable[Harvest]) -> Harvest:
    """Return one harvest of visits that followed each other."""
    listed = list(harvests)
    return Harvest(
        reports=tuple(report for harvest in listed for report in harvest.reports),
        loaded=sum(harvest.loaded for harvest in listed),
        unchanged=sum(harvest.unchanged for harvest in listed),
        removed=tuple(path for harvest in listed for path in harvest.removed),
        notices=tuple(notice for harvest in listed for notice in harvest.notices),
    )


def _read_sitemaps(basket: Basket, start: Address) -> list[Entry]:
    """Return the entries of a sitemap and of those below it; what cannot be read is reported."""
    entries: list[Entry] = []
    level = {str(start): start}
    seen: set[str] = set()
    for depth in range(MAX_DEPTH + 1):
        below: dict[str, Address] = {}
        for name, address in level.items():
            with basket.attempt(name):
                sitemap = parse_sitemap(basket.fetcher.get(address, permit=basket.robots.check, max_bytes=MAX_BYTES).body)
                entries.extend(sitemap.entries)
                below |= _find_parts(basket, start, sitemap.parts)
                if below and depth == MAX_DEPTH:
                    raise FetchFailed(f"Die Sitemap hat mehr als {MAX_DEPTH} Ebenen; die tieferen wurden ausgelassen.")
            seen.add(name)
            if len(entries) > MAX_ENTRIES or len(seen) + len(below) > MAX_ENTRIES:
                too_many = f"Die Sitemap nennt mehr als {MAX_ENTRIES} Adressen; die übrigen wurden ausgelassen."
                basket.refuse(str(start), FetchFailed(too_many))
                return entries[:MAX_ENTRIES]
        level = {name: address for name, address in below.items() if name not in seen}
    return entries


def _find_parts(basket: Basket, start: Address, parts: Sequence[str]) -> dict[str, Address]:
    found = {}
    for part in parts:
        try:
            address = parse_address(part)
            if not is_same_site(start, address):
                raise AddressRefused(ELSEWHERE)
        except AddressRefused as error:
            basket.refuse(shorten(part), error)
        else:
            found[str(address)] = address
    return found


def _sort_out(basket: Basket, start: Address, entries: Iterable[Entry]) -> dict[str, tuple[Address, Entry]]:
    """Return the entries that may be fetched, each once, by their address; the others are reported."""
    named: dict[str, tuple[Address, Entry]] = {}
    for entry in entries:
        try:
            address = parse_address(entry.text)
        except AddressRefused as error:
            basket.refuse(shorten(entry.text), error)
            continue
        if is_same_site(start, address):
            named.setdefault(str(address), (address, entry))
        else:
            basket.refuse(str(address), NothingToIndex(ELSEWHERE))
    return named


def _fetch_entry(basket: Basket, address: Address, *, source: str, stamp: str = "") -> None:
    key = str(address)
    holding = basket.shelf.find(key)
    if holding is not None and is_current(holding, stamp):
        basket.unchanged += 1
        return
    basket.keep(key, source, stamp, address, basket.ask(address, holding), {"source_url": key})


def _fetch_page(basket: Basket, request: Address, tokens: set[str]) -> RecordPage:
    # An endpoint is there for harvesters and was named by the operator; robots.txt is for those who follow links, and
    # often forbids all scripts, the endpoint among them. The documents themselves are fetched by its rules.
    page = parse_records(parse_xml(basket.fetcher.get(request, max_bytes=MAX_PAGE_BYTES).body))
    if page.problem:
        raise FetchFailed(page.problem)
    if page.token in tokens:
        raise FetchFailed(f"Das Repositorium liefert immer wieder dieselbe Seite; abgebrochen. {RESUME}")
    return page


def _fetch_record(basket: Basket, record: Record, source: str) -> None:
    # Anybody can name his record as another repository names its own, or like an address.
    key = f"{source}#{record.identifier}"
    if record.is_deleted:
        if (path := basket.shelf.remove(key)) is not None:
            basket.removed.append(path)
        return
    with basket.attempt(record.identifier, key):
        holding = basket.shelf.find(key)
        if holding is not None and is_current(holding, record.datestamp):
            basket.unchanged += 1
            return
        address, answer = _find_file(basket, record, holding)
        basket.keep(key, source, record.datestamp, address, answer, describe_record(record))


def _find_file(basket: Basket, record: Record, holding: Holding | None) -> tuple[Address, Answer]:
    """Return the first document at one of a record's addresses, or behind one. Raises the first error, or NothingToIndex."""
    problem: Exception | None = None
    for place in find_places(record)[:MAX_PLACES]:
        try:
            address = parse_address(place)
            answer = basket.ask(address, holding)
            if not is_page(answer):
                return address, _check(answer)
            links = _find_links(answer)
        except (SourceUnavailable, NothingToIndex) as error:
            problem = problem or error
            continue
        for link in links[:MAX_PLACES]:
            try:
                return link, _check(basket.ask(link, holding))
            except (SourceUnavailable, NothingToIndex) as error:
                problem = problem or error
    raise problem or NothingToIndex(NO_FILE)


def _find_links(page: Answer) -> list[Address]:
    """Return where a record's page has its document: what it states first, then PDFs on its own server."""
    links = find_document_links(page.body)
    base = join_address(page.address, links.base or "")
    found: dict[Address, None] = {}
    for text, is_stated in (*((text, True) for text in links.stated), *((text, False) for text in links.linked)):
        try:
            address = join_address(base, text)
        except AddressRefused:
            continue
        if is_stated or address.host == page.address.host:
            found.setdefault(address)
    return list(found)


def _check(answer: Answer) -> Answer:
    """Return the answer if it is a document that ingest reads; NothingToIndex or FetchFailed if not."""
    if is_page(answer):
        raise NothingToIndex(NO_FILE)
    if answer.status == HTTPStatus.OK and EXTENSIONS[choose_ending(answer)].startswith("image/"):
        raise NothingToIndex(NO_FILE)  # a preview of the title page, not the work
    return answer
