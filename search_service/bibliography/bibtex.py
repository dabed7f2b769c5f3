"""References as BibTeX, fit for BibTeX, biber and reference managers, in UTF-8. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from search_service.bibliography.items import Entry, Item, ItemType, Locator, join_notes, tell_places
from search_service.bibliography.names import Name

# Braces must pair even where a backslash stands before them, so that a single one is written by its name.
_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "&%$#_"},
    }
)
_ENTRY_TYPES = {
    ItemType.REPORT: "techreport",
    ItemType.BOOK: "book",
    ItemType.WEBPAGE: "misc",  # `online` is known to biblatex only
    ItemType.DOCUMENT: "misc",
}
_PUBLISHER_FIELDS = {"techreport": "institution", "book": "publisher", "misc": "organization"}
_LANGUAGES = {"de": ("ngerman", "german"), "en": ("english", "english")}  # of babel, of biblatex


def write_bibtex(entries: Sequence[Entry]) -> str:
    """Return one entry for each work, with a blank line between."""
    return "\n".join(write_entry(entry) for entry in entries)


def write_entry(entry: Entry) -> str:
    """Return the entry of one work, ending in a line break."""
    item = entry.item
    kind = _ENTRY_TYPES[item.type]
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _list_fields(item, kind, entry.locators) if value)
    return f"@{kind}{{{item.key},\n{fields}}}\n"


def _list_fields(item: Item, kind: str, locators: Sequence[Locator]) -> Iterator[tuple[str, str | None]]:
    yield "author", " and ".join(map(_write_name, item.authors))
    yield "title", f"{{{escape(item.title)}}}"  # the second pair keeps the capitals of German nouns
    yield "year", str(item.year) if item.year is not None else None
    yield _PUBLISHER_FIELDS[kind], f"{{{escape(item.publisher)}}}" if item.publisher else None
    yield "edition", str(item.edition) if item.edition is not None else None
    yield "type", escape(item.genre) if item.genre else None
    # biblatex manual, "pages": may be used to limit the reference to a part of the work.
    yield "pages", ", ".join(_write_pages(*locator.printed) for locator in locators if locator.printed)
    langid, language = _LANGUAGES.get(item.language or "", (None, item.language))
    yield "language", escape(language) if language else None
    yield "langid", langid
    yield "doi", item.doi  # as it is: read verbatim, like addresses
    yield "isbn", item.isbn
    yield "eprint", item.urn
    yield "eprinttype", "urn" if item.urn else None
    yield "url", item.url
    yield "urldate", item.accessed.isoformat() if item.accessed else None
    note = join_notes(item.note, tell_places(locators) if _say_more(locators) else None)
    yield "note", escape(note) if note else None


def escape(text: str) -> str:
    """Return one line of text in which no character begins a command or ends the field."""
    return text.translate(_ESCAPES)


def _write_name(name: Name) -> str:
    if name.family:
        return f"{escape(name.family)}, {escape(name.given or '')}"
    return f"{{{escape(name.literal or '')}}}"  # a name in braces is not taken apart, not even at "and"


def _write_pages(first: str, last: str) -> str:
    return escape(first) if first == last else f"{escape(first)}--{escape(last)}"


def _say_more(locators: Sequence[Locator]) -> bool:
    """Tell whether a place is not told by the printed pages alone."""
    return any(locator.printed is None or locator.text != locator.short for locator in locators)
