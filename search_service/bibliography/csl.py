"""References as CSL-JSON, the form that citation processors and reference managers read. Pure.

Schema: citation-style-language/schema, csl-data.json 1.0.2. The place that is cited is no property of the work there. It
stands as a note for readers, and under `custom` as the citation items that a processor takes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from search_service.bibliography.items import Entry, Locator, join_notes, tell_places
from search_service.bibliography.names import Name
from search_service.citations import span

Json = list["Json"] | dict[str, "Json"] | str | bool | int | float | None


def write_csl(entries: Sequence[Entry]) -> str:
    """Return a JSON array with one item for each work."""
    return json.dumps([make_csl_item(entry) for entry in entries], ensure_ascii=False, indent=2) + "\n"


def make_csl_item(entry: Entry) -> dict[str, Json]:
    """Return the CSL-JSON item of one work; what is not known has no key."""
    item = entry.item
    fields: dict[str, Json] = {
        "id": item.key,
        "type": item.type.value,
        "title": item.title,
        "author": [_make_name(name) for name in item.authors] or None,
        "issued": {"date-parts": [[item.year]]} if item.year is not None else None,
        "publisher": item.publisher,
        "genre": item.genre,
        "edition": item.edition,
        "language": item.language,
        "DOI": item.doi,
        "ISBN": item.isbn,
        "URL": item.url,
        "accessed": _make_date(item.accessed) if item.accessed else None,
        "note": join_notes(item.note, tell_places(entry.locators), item.urn and f"URN: {item.urn}"),
        "custom": {"citationItems": [{"id": item.key, **place_in_csl(each)} for each in entry.locators]}
        if entry.locators
        else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def place_in_csl(locator: Locator) -> dict[str, Json]:
    """Return what a citation item says of the place: label and locator where CSL has a term for it, else a suffix."""
    if locator.printed:
        return {"label": "page", "locator": span(*locator.printed)}
    if locator.section:
        return {"label": "section", "locator": locator.section}
    return {"suffix": f", {locator.text}"}


def _make_name(name: Name) -> Json:
    return {"family": name.family, "given": name.given or ""} if name.family else {"literal": name.literal or ""}


def _make_date(day: date) -> Json:
    return {"date-parts": [[day.year, day.month, day.day]]}
