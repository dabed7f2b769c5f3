"""References after the Publication Manual of the American Psychological Association, 7th edition, in German. Pure.

German use differs from the manual in words and in one comma: "o. J." for a year that is not known, "Aufl.", "S.", and no
comma before "&" (Deutsche Gesellschaft für Psychologie, Richtlinien zur Manuskriptgestaltung, 5th edition, 2019).
"""

from __future__ import annotations

from collections.abc import Sequence

from search_service.bibliography.items import Entry, Item, Locator
from search_service.bibliography.names import Name
from search_service.citations import close_sentence, link_doi

MAX_AUTHORS = 20  # named in a list; from 21 on the first 19 and the last (7th edition, section 9.8)
NO_YEAR = "o. J."


def write_apa(entries: Sequence[Entry]) -> str:
    """Return the list of references, each followed by its short citations in brackets, with an empty line between."""
    return "\n".join(f"{write_reference(entry.item)}\n{'; '.join(_cite_places(entry))}\n" for entry in entries)


def write_reference(item: Item) -> str:
    """Return the entry in the list of references: author, year, title, kind, publisher, address."""
    originator, year = _join_authors(item.authors) or item.publisher, f"({item.year if item.year is not None else NO_YEAR})."
    title = item.title.removesuffix(".")
    if item.edition is not None:
        title += f" ({item.edition}. Aufl.)"
    if item.genre:
        title += f" [{item.genre}]"
    title = close_sentence(title)
    told = [close_sentence(originator), year, title] if originator else [title, year]
    if item.publisher and item.publisher != originator:
        told.append(close_sentence(item.publisher))
    address = link_doi(item.doi) if item.doi else item.url
    return " ".join([*told, address] if address else told)


def write_short(item: Item, locator: Locator | None = None) -> str:
    """Return the citation in a running text: "(Müller & Schmidt, 2025, S. 12)"."""
    who = _name_short(item.authors) or item.publisher or f"„{item.title}“"
    told = [who, str(item.year) if item.year is not None else NO_YEAR]
    return f"({', '.join([*told, locator.short] if locator else told)})"


def _cite_places(entry: Entry) -> list[str]:
    return [write_short(entry.item, locator) for locator in entry.locators or (None,)]


def _join_authors(authors: Sequence[Name]) -> str:
    names = [_write_name(name) for name in authors]
    if len(names) > MAX_AUTHORS:
        return f"{', '.join(names[: MAX_AUTHORS - 1])}, … {names[-1]}"
    return f"{', '.join(names[:-1])} & {names[-1]}" if len(names) > 1 else "".join(names)


def _write_name(name: Name) -> str:
    if name.family is None:
        return name.literal or ""
    initials = " ".join("-".join(f"{part[0]}." for part in word.split("-") if part) for word in (name.given or "").split())
    return f"{name.family}, {initials}"


def _name_short(authors: Sequence[Name]) -> str:
    if len(authors) > 2:
        return f"{authors[0].short} et al."
    return " & ".join(name.short for name in authors)
