"""The fields of metadata: under which names they are accepted, and how a value is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime

from ingest.clean import clean
from search_service.documents import Metadata
from search_service.identifiers import read_doi, read_isbn, read_urn

Value = str | int | bool | date | tuple[str, ...]

# Other names under which a field is accepted, besides its own; "-" and " " count as "_".
ALIASES = {
    "licence": "license", "author": "authors", "creator": "authors", "sector": "sectors", "topic": "topics", "date": "year",
    "url": "source_url", "source": "source_url", "lang": "language", "notes": "note", "hinweis": "note", "titel": "title",
    "auflage": "edition", "autor": "authors", "autoren": "authors", "jahr": "year", "datum": "year", "herausgeber": "publisher",
    "verlag": "publisher",
    "art": "type", "sammlung": "collection", "branche": "sectors", "branchen": "sectors", "thema": "topics", "themen": "topics",
    "zielgruppe": "audience", "zielgruppen": "audience", "sprache": "language", "lizenz": "license", "quelle": "source_url",
    "eigenständig": "standalone", "eigenstaendig": "standalone",
    "gültig_bis": "valid_until", "gueltig_bis": "valid_until",
}  # fmt: skip
# Suggestions are found, never stated.
FIELD_NAMES = tuple(field.name for field in fields(Metadata) if field.name != "suggestions")
FIELD_LABELS = {"type": "Art", "collection": "Sammlung", "sectors": "Branche", "topics": "Thema", "audience": "Zielgruppe"}
LISTS = frozenset({"authors", "sectors", "topics", "audience"})
LANGUAGES = {"deutsch": "de", "german": "de", "englisch": "en", "english": "en", "deu": "de", "ger": "de", "eng": "en"}
FLAGS = {"ja": True, "nein": False, "yes": True, "no": False, "true": True, "false": False}
YEARS = range(1400, 2101)
EDITIONS = range(1, 1000)
MAX_TITLE = 300  # characters
# "Ministerium der Justiz und für Verbraucherschutz" is one: what follows "und" must begin a name.
AUTHOR_BORDER = re.compile(r"\s*(?:;|\n|\b(?:und|and)\b(?=\s+[^\Wa-zäöüß])|&)\s*")


def as_texts(value: object) -> tuple[str, ...]:
    """Return the texts of a value or of the values in a list; what is nested or empty is left out."""
    values = value if isinstance(value, (list, tuple)) else [value]
    texts = (_as_text(item) for item in values if not isinstance(item, (dict, list)))
    return tuple(text for text in texts if text)


def _as_text(value: object) -> str | None:
    if isinstance(value, (dict, list, bool)):
        return None
    return " ".join(clean(str(value)).split()) or None


def as_title(value: object) -> str | None:
    """Return a title on one line, cut where it is absurdly long; None if it is empty."""
    text = _as_text(value)
    return text if text is None or len(text) <= MAX_TITLE else text[: MAX_TITLE - 1] + "…"


def as_year(value: object) -> int | None:
    """Return the year of a date or the first year that a text names; None without one."""
    if isinstance(value, (date, datetime)):
        return value.year
    if isinstance(value, bool):
        return None
    found = re.search(r"(?<!\d)\d{4}(?!\d)", str(value))
    return int(found[0]) if found and int(found[0]) in YEARS else None


def _as_edition(value: object) -> int | None:
    found = None if isinstance(value, bool) else re.match(r"\s*(\d{1,3})(?![\d/])", str(value))
    return int(found[1]) if found and int(found[1]) in EDITIONS else None


def _as_date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # a day, not a moment
        except ValueError:
            continue
    return None


def as_language(value: object) -> str | None:
    """Return the language in ISO 639-1, or None."""
    text = str(value).strip().casefold()
    text = LANGUAGES.get(text, re.split(r"[-_]", text)[0])
    return text if re.fullmatch("[a-z]{2}", text) else None


def _as_url(value: object) -> str | None:
    text = str(value).strip()
    return text if re.fullmatch(r"https?://\S+", text) else None


def _as_authors(value: object) -> tuple[str, ...]:
    return as_texts(value) if isinstance(value, (list, tuple)) else split_authors(_as_text(value) or "")


def _as_doi(value: object) -> str | None:
    return read_doi(str(value))


def _as_isbn(value: object) -> str | None:
    return read_isbn(str(value))  # a sidecar may write it as a number


def _as_urn(value: object) -> str | None:
    return read_urn(str(value))


def _as_flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else FLAGS.get(str(value).strip().casefold())


READERS: Mapping[str, Callable[[object], Value | None]] = {
    "title": as_title,
    "authors": _as_authors,
    "year": as_year,
    "edition": _as_edition,
    "publisher": _as_text,
    "language": as_language,
    "license": _as_text,
    "source_url": _as_url,
    "valid_until": _as_date,
    "note": _as_text,
    "doi": _as_doi,
    "isbn": _as_isbn,
    "urn": _as_urn,
    "standalone": _as_flag,
}


def split_authors(text: str) -> tuple[str, ...]:
    """Return the names in a line of authors.

    A semicolon, "und" and "&" part authors; a comma does only where two words stand on both sides.
    """
    names = [name.strip(" ,") for name in AUTHOR_BORDER.split(text)]
    parted = []
    for name in names:
        pieces = [piece.strip() for piece in name.split(",")]
        parted.extend(pieces if len(pieces) > 1 and all(" " in piece for piece in pieces) else [name])
    return tuple(name for name in parted if name)
