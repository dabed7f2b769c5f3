"""References as RIS, which every reference manager imports. Pure.

Fields are lines "TY  - value" that end in CRLF; no value can begin a field of its own, because all are one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from search_service.bibliography.items import Entry, ItemType, Locator, tell_places

_TYPES = {ItemType.REPORT: "RPRT", ItemType.BOOK: "BOOK", ItemType.WEBPAGE: "ELEC", ItemType.DOCUMENT: "GEN"}


def write_ris(entries: Sequence[Entry]) -> str:
    """Return one record for each work, with an empty line between."""
    return "\r\n".join(write_record(entry) for entry in entries)


def write_record(entry: Entry) -> str:
    """Return the record of one work, from TY to ER."""
    return "".join(f"{tag}  - {value}\r\n" for tag, value in _list_fields(entry) if value is not None)


def _list_fields(entry: Entry) -> Iterator[tuple[str, str | None]]:
    item = entry.item
    yield "TY", _TYPES[item.type]
    yield "ID", item.key
    for name in item.authors:
        yield "AU", name.inverted
    yield "TI", item.title
    yield "PY", str(item.year) if item.year is not None else None
    yield "PB", item.publisher
    yield "ET", str(item.edition) if item.edition is not None else None
    yield "M3", item.genre
    yield from zip(("SP", "EP"), _only_span(entry.locators), strict=False)
    yield "LA", item.language
    yield "DO", item.doi
    yield "SN", item.isbn
    yield "UR", item.url.replace(";", "%3B") if item.url else None  # a semicolon parts two addresses
    yield "Y2", item.accessed.strftime("%Y/%m/%d") if item.accessed else None
    yield "N1", item.note
    yield "N1", tell_places(entry.locators)
    yield "N1", f"URN: {item.urn}" if item.urn else None
    yield "ER", ""


def _only_span(locators: Sequence[Locator]) -> tuple[str, str] | tuple[()]:
    """Return first and last printed page if a single place is cited; RIS has room for one span."""
    return locators[0].printed or () if len(locators) == 1 else ()
