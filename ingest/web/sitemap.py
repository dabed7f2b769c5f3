"""Sitemaps (sitemaps.org): the pages and files a site names itself, from one file or an index of files. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.web.addresses import Address
from ingest.web.bodies import MEGABYTE, FetchFailed, unpack_gzip
from ingest.web.markup import UnreadableMarkup, parse_xml

MAX_BYTES = 50 * MEGABYTE  # sitemaps.org, unpacked
MAX_ENTRIES = 50_000  # sitemaps.org, for one file; here for all files of an index together
MAX_DEPTH = 2  # levels of index files; sitemaps.org knows one, large sites use two
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Entry:
    """One address that a sitemap names."""

    text: str  # the address as written, not checked yet
    modified: str = ""  # as written: "2024-05-01" or with a time; "" if not said


@dataclass(frozen=True, slots=True)
class Sitemap:
    """One file: either entries, or further sitemaps."""

    entries: tuple[Entry, ...] = ()
    parts: tuple[str, ...] = ()  # addresses of further sitemaps, as written


def parse_sitemap(data: bytes) -> Sitemap:
    """Return what a sitemap names: XML, an index, or plain text with one address a line; each also packed by gzip.

    Raises UnreadableMarkup or FetchFailed with a German reason.
    """
    if data.startswith(GZIP):
        data = unpack_gzip([data], MAX_BYTES)
    if not data.strip():
        raise FetchFailed("Die Sitemap ist leer. Bitte die Adresse prüfen.")
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:8].lower().startswith((b"http://", b"https://")):
        lines = data.decode("utf-8-sig", errors="replace").split()
        return Sitemap(tuple(Entry(line) for line in lines))
    root = parse_xml(data)
    if root.name == "urlset":
        return Sitemap(tuple(Entry(url.read("loc"), url.read("lastmod")) for url in root.find_all("url") if url.read("loc")))
    if root.name == "sitemapindex":
        return Sitemap(parts=tuple(part.read("loc") for part in root.find_all("sitemap") if part.read("loc")))
    raise UnreadableMarkup(f"Die Antwort ist keine Sitemap, sondern <{root.name[:40]}>. Bitte die Adresse prüfen.")


def is_same_site(sitemap: Address, entry: Address) -> bool:
    """Tell whether a sitemap may speak for an address: only for its own host (sitemaps.org), with or without "www."."""
    return sitemap.host.removeprefix("www.") == entry.host.removeprefix("www.")
