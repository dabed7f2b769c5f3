"""The matches of a question as an Atom feed (RFC 4287), and what browsers need to offer the search (OpenSearch 1.1). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from search_service.addresses import write_api_address, write_page_address
from search_service.citations import cite_passage
from search_service.hits import Hit, Result
from search_service.links import API, FEED, OPENSEARCH, page_path
from search_service.passage_view import FIELD_LABELS
from search_service.queries import Filters, Query
from search_service.relevance import fits
from search_service.taxonomy import label_value

ATOM = "http://www.w3.org/2005/Atom"
ATOM_MEDIA_TYPE = "application/atom+xml"
OPENSEARCH_MEDIA_TYPE = "application/opensearchdescription+xml"
NAME = "Ch@nge Wissen"  # OpenSearch: a ShortName has at most 16 signs
MAX_TITLE = 200  # signs of a question in the title of its feed: readers show one line
# Ids of entries and feeds are names, not addresses: they stay the same when the service moves. RFC 9562, version 5.
_SPACE = uuid5(NAMESPACE_URL, "urn:change-wissen")
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


def write_feed(result: Result, query: Query, root: str) -> bytes:
    """Return the Atom feed of the documents that answer `query`: those that fit, the last taken in first.

    `result` has the hits of `query`, one for each document. The same result gives the same bytes: every time is that of a
    document or, without one, of the generation. `root` stands before every path.
    """
    address = urlencode(write_api_address(query), errors="replace")
    hits = [hit for hit in result.hits if fits(hit.explanation.evidence)]
    hits.sort(key=lambda hit: (-hit.document.indexed_at.timestamp(), hit.rank))
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": "de"})
    _add(feed, "id", _name("feed", address).urn)
    _add(feed, "title", f"{NAME}: „{_shorten(query.text)}“")
    _add(feed, "subtitle", _tell_filters(query.filters))
    _add(feed, "updated", _write_time(max((hit.document.indexed_at for hit in hits), default=result.updated_at)))
    _add(SubElement(feed, "author"), "name", NAME)
    _link(feed, "self", ATOM_MEDIA_TYPE, f"{root}{FEED}?{address}")
    _link(feed, "alternate", "text/html", f"{root}/suche?{urlencode(write_page_address(query), errors='replace')}")
    _link(feed, "search", OPENSEARCH_MEDIA_TYPE, root + OPENSEARCH)
    for hit in hits:
        _add_entry(feed, hit, root)
    return _write(feed)


def write_opensearch(root: str) -> bytes:
    """Return the OpenSearch description: where to ask for the page, the feed and suggestions; `root` stands before paths."""
    description = Element("OpenSearchDescription", {"xmlns": "http://a9.com/-/spec/opensearch/1.1/"})
    _add(description, "ShortName", NAME)
    _add(description, "LongName", "Ch@nge Wissen – Wissensdatenbank")
    _add(description, "Description", "Zitierfähige Textstellen aus der Wissensdatenbank des Zukunfts-HUB.")
    for media_type, relation, template in (
        ("text/html", "results", "/suche?q={searchTerms}&page={startPage?}"),
        (ATOM_MEDIA_TYPE, "results", f"{FEED}?q={{searchTerms}}"),
        ("application/x-suggestions+json", "suggestions", f"{API}/suggest?q={{searchTerms}}&format=opensearch"),
        (OPENSEARCH_MEDIA_TYPE, "self", OPENSEARCH),
    ):
        SubElement(description, "Url", {"type": media_type, "rel": relation, "template": root + template})
    image = SubElement(description, "Image", {"type": "image/svg+xml", "width": "16", "height": "16"})
    image.text = f"{root}/static/zeichen.svg"
    for name, value in (("Language", "de"), ("InputEncoding", "UTF-8"), ("OutputEncoding", "UTF-8")):
        _add(description, name, value)
    return _write(description)


def _add_entry(feed: Element, hit: Hit, root: str) -> None:
    document, known = hit.document, hit.document.metadata
    entry = SubElement(feed, "entry")
    _add(entry, "id", _name("document", document.id).urn)
    _add(entry, "title", known.title)
    _add(entry, "updated", _write_time(document.indexed_at))
    for author in known.authors or ((known.publisher,) if known.publisher else ()):
        _add(SubElement(entry, "author"), "name", author)
    _link(entry, "alternate", "text/html", root + page_path(document.id, hit.passage.id))
    for name, value in (("collection", known.collection), ("type", known.type)):
        if value:
            SubElement(entry, "category", {"term": _clean(value), "label": _clean(label_value(name, value))})
    _add(entry, "summary", f"{hit.snippet.text}\n\n{cite_passage(document, hit.passage).text}")


def _tell_filters(filters: Filters) -> str:
    """Return what the feed holds in one German sentence."""
    told = [
        f"{label}: {' oder '.join(label_value(name, value) for value in filters.values[name])}"
        for name, label in FIELD_LABELS.items()
        if filters.values.get(name)
    ]
    if filters.year_from is not None or filters.year_to is not None:
        told.append(" ".join(["Jahr:", *_tell_years(filters)]))
    if filters.documents:
        told.append("nur in ausgewählten Dokumenten")
    return "Dokumente, die zu dieser Frage passen, das zuletzt aufgenommene zuerst" + (
        f" ({'; '.join(told)})." if told else "."
    )


def _tell_years(filters: Filters) -> Iterable[str]:
    if filters.year_from is not None:
        yield f"ab {filters.year_from}"
    if filters.year_to is not None:
        yield f"bis {filters.year_to}"


def _name(kind: str, text: str) -> UUID:
    return uuid5(_SPACE, f"{kind}:{text}")


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_TITLE else f"{line[: MAX_TITLE - 2]} …"


def _write_time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _clean(text)


def _link(parent: Element, relation: str, media_type: str, address: str) -> None:
    SubElement(parent, "link", {"rel": relation, "type": media_type, "href": address})


def _clean(text: str) -> str:
    """Return `text` without the characters that XML cannot hold, not even escaped."""
    return _NOT_IN_XML.sub("", text)


def _write(root: Element) -> bytes:
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content
