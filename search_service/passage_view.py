"""What every view of a passage shows: its mark in the margin, its headings and the way to its source. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from search_service.citations import name_pages
from search_service.documents import Document, Metadata, Passage
from search_service.taxonomy import label_value

FIELD_LABELS = {
    "collection": "Sammlung",
    "type": "Art",
    "sector": "Branche",
    "topic": "Thema",
    "audience": "Für wen",
    "publisher": "Herausgeber",
    "language": "Sprache",
}
LANGUAGES = {"de": "Deutsch", "en": "Englisch"}


@dataclass(frozen=True, slots=True)
class Folio:
    """The mark in the margin of a passage: its page, or the format of a file without pages."""

    main: str | None  # "S. 12", or "DOCX"; None where no printed page is known
    beside: str | None  # "PDF-Seite 15" where it is not the printed page


def view_folio(document: Document, passage: Passage) -> Folio:
    """Return the mark for the margin of `passage`."""
    if not passage.pages:
        return Folio(name_format(document), None)
    return Folio(*name_pages(passage.pages, document.media_type))


def short_trail(passage: Passage, known: Metadata) -> tuple[str, ...]:
    """Return the headings over a passage, without a first one that only repeats the title."""
    path = passage.heading_path
    return path[1:] if path and known.title.casefold().startswith(path[0].casefold()) else path


def count_shared(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many headings two trails have in common from the outermost on."""
    shared = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        shared += 1
    return shared


def list_labels(known: Metadata) -> tuple[str, ...]:
    """Return what tells a document at a glance, of what is known: collection, type, year, publisher."""
    facts = (
        known.collection and label_value("collection", known.collection),
        known.type and label_value("type", known.type),
        str(known.year) if known.year is not None else None,
        known.publisher,
    )
    return tuple(fact for fact in facts if fact)


def name_format(document: Document) -> str:
    """Return the format by the ending of the file's name: "DOCX"; "Datei" without one."""
    return PurePosixPath(document.location).suffix.lstrip(".").upper()[:8] or "Datei"
