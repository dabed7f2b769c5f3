"""What the API tells of one passage: its text, where it stands, and what stands around it.

Field names are a promise to the portal: within v1 fields are added, never renamed or removed.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from search_service.answers import IndexAnswer
from search_service.document_answers import (
    CitationAnswer,
    DocumentAnswer,
    PageAnswer,
    build_citation,
    build_document,
    build_pages,
)
from search_service.documents import Document, Passage, Place
from search_service.library import PassageInContext
from search_service.links import file_path, page_path, permalink_path


class PlaceAnswer(BaseModel):
    """Where a line of a passage stands on its page, so that a viewer can draw it."""

    start: int = Field(description="Erstes Zeichen in `text`, ab 0 (Unicode-Zeichen).")
    end: int = Field(description="Zeichen nach dem letzten.")
    page: int = Field(description="Seite der Datei, ab 1 gezählt.")
    left: float = Field(description="Linker Rand, 0 bis 1 der Seitenbreite, von links.")
    top: float = Field(description="Oberer Rand, 0 bis 1 der Seitenhöhe, von oben.")
    right: float = Field(description="Rechter Rand, 0 bis 1 der Seitenbreite, von links.")
    bottom: float = Field(description="Unterer Rand, 0 bis 1 der Seitenhöhe, von oben.")


class ReadPassageAnswer(BaseModel):
    """A passage as it is read, with its place in the document."""

    id: str = Field(description="Beständige Kennung der Textstelle.")
    ordinal: int = Field(description="Stelle im Dokument, ab 0.")
    text: str = Field(description="Wortlaut der ganzen Textstelle.")
    heading_path: list[str] = Field(description="Überschriften über der Textstelle, die äußerste zuerst.")
    pages: list[PageAnswer] = Field(description="Seiten, aufsteigend; leer bei Formaten ohne Seiten.")
    citation: CitationAnswer
    permalink: str = Field(description="Adresse, die auch nach einem neuen Aufbau des Index zu dieser Textstelle führt.")
    url: str = Field(description="Die Textstelle auf der Seite ihres Dokuments.")
    source_url: str = Field(description="Die Originaldatei, bei PDF an der Seite der Textstelle (`#page=`).")


class PassageDetailAnswer(ReadPassageAnswer):
    """A passage with its document and its neighbours in it."""

    document: DocumentAnswer
    places: list[PlaceAnswer] = Field(
        description="Zeilen auf der Seite, in der Reihenfolge des Textes; leer, wo keine Lage bekannt ist."
    )
    before: list[ReadPassageAnswer] = Field(description="Textstellen davor, in der Reihenfolge des Dokuments.")
    after: list[ReadPassageAnswer] = Field(description="Textstellen danach, in der Reihenfolge des Dokuments.")
    index: IndexAnswer


def build_passage_answer(found: PassageInContext, public_url: str | None = None) -> PassageDetailAnswer:
    """Return the answer of `/passages/{id}`."""
    root = (public_url or "").rstrip("/")
    document = found.document
    return PassageDetailAnswer(
        **dict(_build_read(document, found.passage, root)),
        document=build_document(document, root),
        places=[_build_place(place) for place in found.passage.places],
        before=[_build_read(document, passage, root) for passage in found.before],
        after=[_build_read(document, passage, root) for passage in found.after],
        index=IndexAnswer(generation=found.generation, updated_at=found.updated_at),
    )


def _build_read(document: Document, passage: Passage, root: str) -> ReadPassageAnswer:
    return ReadPassageAnswer(
        id=passage.id,
        ordinal=passage.ordinal,
        text=passage.text,
        heading_path=list(passage.heading_path),
        pages=build_pages(passage.pages),
        citation=build_citation(document, passage),
        permalink=root + permalink_path(passage.id),
        url=root + page_path(document.id, passage.id),
        source_url=root + file_path(document.id, passage, document.media_type),
    )


def _build_place(place: Place) -> PlaceAnswer:
    return PlaceAnswer(
        start=place.start,
        end=place.end,
        page=place.page,
        left=place.left,
        top=place.top,
        right=place.right,
        bottom=place.bottom,
    )
