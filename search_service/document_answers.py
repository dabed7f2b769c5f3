"""What the API tells of documents, their pages, citations and other editions: the models and how they are filled.

Field names are a promise to the portal: within v1 fields are added, never renamed or removed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from search_service.citations import cite_document, cite_passage
from search_service.documents import Document, Page, Passage, Suggestion
from search_service.editions import Editions
from search_service.hits import Neighbour
from search_service.links import file_path, page_path
from search_service.taxonomy import VOCABULARY_OF, label_value

EXCERPT_CHARACTERS = 160  # two lines on a page: enough to recognise a passage in an outline


class PageAnswer(BaseModel):
    """A page with its two numbers."""

    physical: int = Field(description="Seite der Datei, ab 1 gezählt.")
    label: str | None = Field(description="Gedruckte Seitenzahl, z. B. „iv“ oder „12“; `null`, wenn unbekannt.")
    label_source: str | None = Field(
        description=(
            "Woher die gedruckte Zahl stammt: `page_labels` (aus der Datei), `print` (von der Seite abgelesen) oder `sheet` "
            "(Name des Tabellenblatts)."
        )
    )
    label_confidence: float | None = Field(description="Wie sicher sie ist, 0 bis 1; `null`, wenn unbekannt.")


class CitationAnswer(BaseModel):
    """A citation to copy."""

    text: str = Field(description="Ganzer Beleg mit Fundstelle.")
    locator: str | None = Field(description="Nur die Fundstelle: „S. 12 (PDF-Seite 15)“ oder ein Abschnitt.")


class DocumentAnswer(BaseModel):
    """A document as every hit carries it."""

    id: str = Field(description="Beständige Kennung.")
    title: str
    authors: list[str]
    year: int | None = Field(description="Erscheinungsjahr.")
    type: str | None = Field(description="Art: `study`, `guide`, `case_report`, `advice`, `funding`, `event`.")
    collection: str | None = Field(description="Sammlung, z. B. `wissen`.")
    sectors: list[str] = Field(description="Branchen.")
    topics: list[str] = Field(description="Themen.")
    audience: list[str] = Field(description="Zielgruppen.")
    publisher: str | None = Field(description="Herausgeber.")
    language: str | None = Field(description="Sprache nach ISO 639-1.")
    license: str | None = Field(description="Lizenz des Dokuments.")
    valid_until: date | None = Field(description="Gültig bis, z. B. bei Förderprogrammen und Veranstaltungen.")
    note: str | None = Field(description="Hinweis, den jeder Leser sehen soll, z. B. „Konstruierter Fallbericht“.")
    doi: str | None = Field(description="DOI, ohne Adresse davor.")
    isbn: str | None = Field(description="ISBN mit 13 Ziffern, ohne Striche.")
    urn: str | None = Field(description="URN:NBN.")
    edition: int | None = Field(description="Nummer der Auflage, z. B. 2 für „2., überarbeitete Auflage“.")
    newer_edition: str | None = Field(description="Kennung des Dokuments, das an seiner Stelle antwortet; meist `null`.")
    url: str = Field(description="Seite des Dokuments in Ch@nge Wissen.")
    origin_url: str | None = Field(description="Wo das Dokument zuerst erschienen ist.")


class OutlineAnswer(BaseModel):
    """One passage in the outline of a document."""

    id: str
    ordinal: int = Field(description="Stelle im Dokument, ab 0.")
    heading_path: list[str]
    pages: list[PageAnswer]
    excerpt: str = Field(description="Anfang der Textstelle.")
    url: str
    source_url: str
    citation: CitationAnswer


class EditionAnswer(BaseModel):
    """Another edition of the same work."""

    id: str
    title: str
    year: int | None
    relation: Literal["newer", "older"] = Field(description="`newer`: antwortet statt dieses Dokuments. `older`: umgekehrt.")
    url: str


class SuggestionAnswer(BaseModel):
    """A value that the text makes likely but nobody has stated."""

    field: str = Field(description="`type`, `sectors` oder `topics`.")
    value: str = Field(description="Wert wie im Feld selbst; nach ihm wird nicht gefiltert.")
    label: str = Field(description="Deutsche Bezeichnung.")
    confidence: float = Field(description="Wie sicher der Vorschlag ist, 0 bis 1.")
    evidence: list[str] = Field(description="Wörter des Textes, die dafür sprechen, stärkste zuerst.")


class DocumentDetailAnswer(DocumentAnswer):
    """A document with its file and the outline of its passages."""

    suggestions: list[SuggestionAnswer] = Field(description="Aus dem Text erschlossen, von niemandem angegeben.")
    editions: list[EditionAnswer] = Field(description="Andere Ausgaben desselben Werks, neuere zuerst.")

    file_url: str = Field(description="Die Originaldatei.")
    media_type: str
    size: int = Field(description="Größe der Datei in Bytes.")
    page_count: int | None = Field(description="Seiten der Datei; `null` bei Formaten ohne Seiten.")
    indexed_at: datetime
    citation: str = Field(description="Beleg für das ganze Dokument.")
    passages: list[OutlineAnswer]


class SimilarPassageAnswer(BaseModel):
    """The passage in which a similar document comes nearest."""

    id: str
    text: str = Field(description="Wortlaut der ganzen Textstelle.")
    heading_path: list[str] = Field(description="Überschriften über der Textstelle, die äußerste zuerst.")
    pages: list[PageAnswer] = Field(description="Seiten, aufsteigend; leer bei Formaten ohne Seiten.")


class NeighbourAnswer(BaseModel):
    """A document about the same."""

    document: DocumentAnswer
    passage: SimilarPassageAnswer = Field(description="Wo es am nächsten kommt.")
    score: float = Field(description="0 bis 1; nur innerhalb einer Antwort vergleichbar.")
    url: str = Field(description="Die Textstelle auf der Seite ihres Dokuments.")
    source_url: str = Field(description="Die Originaldatei, bei PDF an der Seite der Textstelle.")
    citation: CitationAnswer


class SimilarAnswer(BaseModel):
    """More like this."""

    similar: list[NeighbourAnswer] = Field(description="Das Nächste zuerst; leer, wenn es nichts Ähnliches gibt.")


def build_document_answer(
    document: Document, passages: Iterable[Passage], editions: Editions, public_url: str | None = None
) -> DocumentDetailAnswer:
    """Return the answer of `/documents/{id}`."""
    root = (public_url or "").rstrip("/")
    newer = [editions.newer] if editions.newer else []
    return DocumentDetailAnswer(
        **dict(build_document(document, root)),
        suggestions=[_build_suggestion(each) for each in document.metadata.suggestions],
        editions=[
            *(_build_edition(other, "newer", root) for other in newer),
            *(_build_edition(other, "older", root) for other in editions.older),
        ],
        file_url=root + file_path(document.id),
        media_type=document.media_type,
        size=document.size,
        page_count=document.page_count,
        indexed_at=document.indexed_at,
        citation=cite_document(document.metadata),
        passages=[_build_outline(document, passage, root) for passage in passages],
    )


def build_similar_answer(neighbours: Iterable[Neighbour], public_url: str | None = None) -> SimilarAnswer:
    """Return the answer of `/documents/{id}/similar` and `/passages/{id}/similar`."""
    root = (public_url or "").rstrip("/")
    return SimilarAnswer(similar=[_build_neighbour(neighbour, root) for neighbour in neighbours])


def _build_neighbour(neighbour: Neighbour, root: str) -> NeighbourAnswer:
    document, passage = neighbour.document, neighbour.passage
    return NeighbourAnswer(
        document=build_document(document, root),
        passage=SimilarPassageAnswer(
            id=passage.id, text=passage.text, heading_path=list(passage.heading_path), pages=build_pages(passage.pages)
        ),
        score=neighbour.score,
        url=root + page_path(document.id, passage.id),
        source_url=root + file_path(document.id, passage, document.media_type),
        citation=build_citation(document, passage),
    )


def build_document(document: Document, root: str) -> DocumentAnswer:
    """Return what every hit carries of its document; `root` stands before every path."""
    known = document.metadata
    return DocumentAnswer(
        id=document.id,
        title=known.title,
        authors=list(known.authors),
        year=known.year,
        type=known.type,
        collection=known.collection,
        sectors=list(known.sectors),
        topics=list(known.topics),
        audience=list(known.audience),
        publisher=known.publisher,
        language=known.language,
        license=known.license,
        valid_until=known.valid_until,
        note=known.note,
        doi=known.doi,
        isbn=known.isbn,
        urn=known.urn,
        edition=known.edition,
        newer_edition=document.newer_edition,
        url=root + page_path(document.id),
        origin_url=known.source_url,
    )


def _build_edition(document: Document, relation: Literal["newer", "older"], root: str) -> EditionAnswer:
    known = document.metadata
    return EditionAnswer(
        id=document.id, title=known.title, year=known.year, relation=relation, url=root + page_path(document.id)
    )


def _build_suggestion(suggestion: Suggestion) -> SuggestionAnswer:
    return SuggestionAnswer(
        field=suggestion.field,
        value=suggestion.value,
        label=label_value(VOCABULARY_OF[suggestion.field], suggestion.value),
        confidence=round(suggestion.confidence, 2),
        evidence=list(suggestion.evidence),
    )


def _build_outline(document: Document, passage: Passage, root: str) -> OutlineAnswer:
    return OutlineAnswer(
        id=passage.id,
        ordinal=passage.ordinal,
        heading_path=list(passage.heading_path),
        pages=build_pages(passage.pages),
        excerpt=shorten(passage.text, EXCERPT_CHARACTERS),
        url=root + page_path(document.id, passage.id),
        source_url=root + file_path(document.id, passage, document.media_type),
        citation=build_citation(document, passage),
    )


def build_pages(pages: Iterable[Page]) -> list[PageAnswer]:
    """Return pages with both numbers."""
    return [
        PageAnswer(
            physical=page.physical,
            label=page.label,
            label_source=page.label_source,
            label_confidence=page.label_confidence,
        )
        for page in pages
    ]


def build_citation(document: Document, passage: Passage) -> CitationAnswer:
    """Return the citation of a passage."""
    citation = cite_passage(document, passage)
    return CitationAnswer(text=citation.text, locator=citation.locator)


def shorten(text: str, limit: int) -> str:
    """Return the beginning of `text` in one line, cut at a word, with "…" if something was left out."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return f"{line[: line.rfind(' ', 0, limit - 1) if ' ' in line[: limit - 1] else limit - 2]} …"
