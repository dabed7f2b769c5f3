"""The answers of the API as data: field names and German descriptions in one place, for HTTP and for `search --json`.

Field names are a promise to the portal: within v1 fields are added, never renamed or removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field, JsonValue

from search_service.citations import cite_document, cite_passage
from search_service.documents import Document, Page, Passage
from search_service.hits import Hit, Result
from search_service.queries import Query
from search_service.searcher import Status
from search_service.snippets import snippet_html

EXCERPT_CHARACTERS = 160  # two lines on a page: enough to recognise a passage in an outline
API = "/api/v1"


class PageAnswer(BaseModel):
    """A page with its two numbers."""

    physical: int = Field(description="Seite der Datei, ab 1 gezählt.")
    label: str | None = Field(description="Gedruckte Seitenzahl, z. B. „iv“ oder „12“; `null`, wenn unbekannt.")
    label_source: str | None = Field(
        description="Woher die gedruckte Zahl stammt: `page_labels` (aus der Datei) oder `print` (von der Seite abgelesen)."
    )


class HighlightAnswer(BaseModel):
    """A marked stretch."""

    start: int = Field(description="Erstes Zeichen in `text`, ab 0 (Unicode-Zeichen).")
    end: int = Field(description="Zeichen nach dem letzten.")
    kind: Literal["keyword", "semantic"] = Field(description="`keyword`: Wort der Frage. `semantic`: nach Bedeutung.")


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
    url: str = Field(description="Seite des Dokuments in Ch@nge Wissen.")
    origin_url: str | None = Field(description="Wo das Dokument zuerst erschienen ist.")


class PassageAnswer(BaseModel):
    """A citable stretch of a document."""

    text: str = Field(description="Wortlaut der ganzen Textstelle.")
    snippet_html: str = Field(description="Ausschnitt als HTML: alles maskiert, nur `<mark>` und `<em>` sind Auszeichnung.")
    heading_path: list[str] = Field(description="Überschriften über der Textstelle, die äußerste zuerst.")
    pages: list[PageAnswer] = Field(description="Seiten, aufsteigend; leer bei Formaten ohne Seiten.")
    highlights: list[HighlightAnswer] = Field(description="Markierungen in `text`.")


class CitationAnswer(BaseModel):
    """A citation to copy."""

    text: str = Field(description="Ganzer Beleg mit Fundstelle.")
    locator: str | None = Field(description="Nur die Fundstelle: „S. 12 (PDF-Seite 15)“ oder ein Abschnitt.")


class ExplanationAnswer(BaseModel):
    """Why a passage was found."""

    lexical: float | None = Field(description="Wert der Wortsuche (ab 0); `null`, wenn sie nicht beteiligt war.")
    semantic: float | None = Field(description="Nähe der Bedeutung (Kosinus, -1 bis 1); `null`, wenn sie nicht beteiligt war.")
    words: list[str] = Field(description="Wörter der Frage, wie sie in der Textstelle stehen.")


class HitAnswer(BaseModel):
    """A passage in answer to a question."""

    id: str = Field(description="Beständige Kennung der Textstelle.")
    rank: int = Field(description="Rang, ab 1, über alle Seiten.")
    score: float = Field(description="0 bis 1; nur innerhalb einer Antwort vergleichbar.")
    document: DocumentAnswer
    passage: PassageAnswer
    url: str = Field(description="Die Textstelle auf der Seite ihres Dokuments.")
    source_url: str = Field(description="Die Originaldatei, bei PDF an der richtigen Seite (`#page=`).")
    citation: CitationAnswer
    more_in_document: int = Field(description="Weitere passende Textstellen desselben Dokuments.")
    explain: ExplanationAnswer


class TotalAnswer(BaseModel):
    """How many hits there are over all pages."""

    value: int
    relation: Literal["eq", "gte"] = Field(description="`eq`: genau so viele. `gte`: mindestens so viele.")


class FacetAnswer(BaseModel):
    """One value to filter by."""

    value: str = Field(description="Wert für den Filter.")
    label: str = Field(description="Deutsche Bezeichnung.")
    count: int = Field(description="Dokumente unter den Treffern mit diesem Wert.")


class IndexAnswer(BaseModel):
    """Which state of the knowledge base answered."""

    generation: int
    updated_at: datetime


class SearchAnswer(BaseModel):
    """The answer to one question."""

    query: str
    query_id: str = Field(description="Gleich für dieselbe Anfrage an denselben Stand; nichts wird darunter gespeichert.")
    took_ms: float = Field(description="Rechenzeit der Suche in Millisekunden.")
    total: TotalAnswer
    page: int
    page_size: int
    hits: list[HitAnswer]
    facets: dict[str, list[FacetAnswer]] = Field(description="Je Filterfeld die Werte unter den Treffern, häufigste zuerst.")
    notices: list[str] = Field(description="Hinweise für den Menschen, z. B. dass nur nach Wörtern gesucht wurde.")
    index: IndexAnswer


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


class DocumentDetailAnswer(DocumentAnswer):
    """A document with its file and the outline of its passages."""

    file_url: str = Field(description="Die Originaldatei.")
    media_type: str
    size: int = Field(description="Größe der Datei in Bytes.")
    page_count: int | None = Field(description="Seiten der Datei; `null` bei Formaten ohne Seiten.")
    indexed_at: datetime
    citation: str = Field(description="Beleg für das ganze Dokument.")
    passages: list[OutlineAnswer]


class ReadyAnswer(BaseModel):
    """Whether the service can answer."""

    status: Literal["ready"]
    lexical: bool = Field(description="Suche nach Wörtern ist bereit.")
    semantic: bool = Field(description="Suche nach Bedeutung ist bereit.")
    model: str | None = Field(description="Sprachmodell der Bedeutungssuche.")
    documents: int
    passages: int
    index: IndexAnswer
    notices: list[str]


class HealthAnswer(BaseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"


def result_to_json(result: Result, query: Query, public_url: str | None = None) -> dict[str, JsonValue]:
    """Return the API's answer as plain JSON data; links are absolute if `public_url` is given, else start with "/"."""
    return build_search_answer(result, query, public_url).model_dump(mode="json")


def build_search_answer(result: Result, query: Query, public_url: str | None = None) -> SearchAnswer:
    """Return the answer of `/search`."""
    root = (public_url or "").rstrip("/")
    return SearchAnswer(
        query=query.text,
        query_id=_identify(query, result.generation),
        took_ms=round(1000 * sum(result.seconds.values()), 1),
        total=TotalAnswer(value=result.total.value, relation="eq" if result.total.relation == "eq" else "gte"),
        page=query.page,
        page_size=query.page_size,
        hits=[_build_hit(hit, root) for hit in result.hits],
        facets={
            name: [FacetAnswer(value=item.value, label=item.label, count=item.count) for item in values]
            for name, values in result.facets.items()
        },
        notices=list(result.notices),
        index=IndexAnswer(generation=result.generation, updated_at=result.updated_at),
    )


def build_document_answer(
    document: Document, passages: Iterable[Passage], public_url: str | None = None
) -> DocumentDetailAnswer:
    """Return the answer of `/documents/{id}`."""
    root = (public_url or "").rstrip("/")
    return DocumentDetailAnswer(
        **dict(_build_document(document, root)),
        file_url=root + file_path(document.id),
        media_type=document.media_type,
        size=document.size,
        page_count=document.page_count,
        indexed_at=document.indexed_at,
        citation=cite_document(document.metadata),
        passages=[_build_outline(document, passage, root) for passage in passages],
    )


def build_ready_answer(status: Status) -> ReadyAnswer:
    """Return the answer of `/ready` once a generation is loaded; search by words is ready from then on."""
    return ReadyAnswer(
        status="ready",
        lexical=True,
        semantic=status.semantic,
        model=status.model,
        documents=status.documents,
        passages=status.passages,
        index=IndexAnswer(generation=status.generation, updated_at=status.updated_at),
        notices=list(status.notices),
    )


def page_path(document_id: str, passage_id: str | None = None) -> str:
    """Return the path of a document's page, at one of its passages if one is given."""
    return f"/dokument/{quote(document_id, safe='')}" + (f"#{quote(passage_id, safe='')}" if passage_id else "")


def file_path(document_id: str, passage: Passage | None = None, media_type: str = "") -> str:
    """Return the path of a document's file; in a PDF at the first page of `passage`."""
    path = f"{API}/documents/{quote(document_id, safe='')}/file"
    if passage and passage.pages and media_type == "application/pdf":
        return f"{path}#page={passage.pages[0].physical}"
    return path


def _build_hit(hit: Hit, root: str) -> HitAnswer:
    document, passage = hit.document, hit.passage
    return HitAnswer(
        id=passage.id,
        rank=hit.rank,
        score=hit.score,
        document=_build_document(document, root),
        passage=PassageAnswer(
            text=passage.text,
            snippet_html=snippet_html(hit.snippet),
            heading_path=list(passage.heading_path),
            pages=_build_pages(passage.pages),
            highlights=[HighlightAnswer(start=mark.start, end=mark.end, kind=mark.kind.value) for mark in hit.highlights],
        ),
        url=root + page_path(document.id, passage.id),
        source_url=root + file_path(document.id, passage, document.media_type),
        citation=_build_citation(document, passage),
        more_in_document=hit.more_in_document,
        explain=ExplanationAnswer(
            lexical=hit.explanation.lexical, semantic=hit.explanation.semantic, words=list(hit.explanation.words)
        ),
    )


def _build_document(document: Document, root: str) -> DocumentAnswer:
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
        url=root + page_path(document.id),
        origin_url=known.source_url,
    )


def _build_outline(document: Document, passage: Passage, root: str) -> OutlineAnswer:
    return OutlineAnswer(
        id=passage.id,
        ordinal=passage.ordinal,
        heading_path=list(passage.heading_path),
        pages=_build_pages(passage.pages),
        excerpt=shorten(passage.text, EXCERPT_CHARACTERS),
        url=root + page_path(document.id, passage.id),
        source_url=root + file_path(document.id, passage, document.media_type),
        citation=_build_citation(document, passage),
    )


def _build_pages(pages: Iterable[Page]) -> list[PageAnswer]:
    return [PageAnswer(physical=page.physical, label=page.label, label_source=page.label_source) for page in pages]


def _build_citation(document: Document, passage: Passage) -> CitationAnswer:
    citation = cite_passage(document, passage)
    return CitationAnswer(text=citation.text, locator=citation.locator)


def shorten(text: str, limit: int) -> str:
    """Return the beginning of `text` in one line, cut at a word, with "…" if something was left out."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return f"{line[: line.rfind(' ', 0, limit - 1) if ' ' in line[: limit - 1] else limit - 2]} …"


def _identify(query: Query, generation: int) -> str:
    """Return 16 hex digits that depend on everything asked for and on the generation."""
    filters = query.filters
    asked = [("q", query.text), ("mode", query.mode), ("group_by", query.group_by), ("generation", str(generation))]
    asked += [("page", str(query.page)), ("page_size", str(query.page_size))]
    asked += sorted((name, value) for name, values in filters.values.items() for value in values)
    asked += [("from", str(filters.year_from)), ("to", str(filters.year_to)), *(("document", id) for id in filters.documents)]
    return hashlib.sha256(urlencode(asked, errors="replace").encode()).hexdigest()[:16]
