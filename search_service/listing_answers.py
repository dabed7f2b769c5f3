"""The answers of the API that list and count without ranking: documents and facets.

Field names are a promise to the portal: within v1 fields are added, never renamed or removed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from search_service.answers import FacetAnswer, IndexAnswer, TotalAnswer, build_facets
from search_service.citations import cite_document
from search_service.document_answers import DocumentAnswer, build_document
from search_service.documents import Document
from search_service.hits import Result
from search_service.library import DocumentList, FacetCounts
from search_service.links import file_path
from search_service.queries import Listing


class ListedDocumentAnswer(DocumentAnswer):
    """A document with its file, as a list names it."""

    file_url: str = Field(description="Die Originaldatei.")
    media_type: str
    size: int = Field(description="Größe der Datei in Bytes.")
    page_count: int | None = Field(description="Seiten der Datei; `null` bei Formaten ohne Seiten.")
    indexed_at: datetime = Field(description="Wann das Dokument zuletzt in den Bestand aufgenommen wurde, UTC.")
    citation: str = Field(description="Beleg für das ganze Dokument.")


class DocumentListAnswer(BaseModel):
    """One page of the documents that pass the filters."""

    total: TotalAnswer = Field(description="Dokumente über alle Seiten; die Zahl ist immer genau (`eq`).")
    page: int
    page_size: int
    sort: Literal["title", "year", "indexed_at"]
    order: Literal["asc", "desc"]
    documents: list[ListedDocumentAnswer] = Field(description="Hinter dem Ende der Liste leer.")
    notices: list[str] = Field(description="Hinweise für den Menschen.")
    index: IndexAnswer


class FacetsAnswer(BaseModel):
    """By what a list of hits or documents can be narrowed."""

    query: str | None = Field(description="Die Frage; `null`, wenn über alle Dokumente gezählt ist.")
    relation: Literal["eq", "gte"] = Field(description="`eq`: genau so viele Dokumente je Wert. `gte`: mindestens so viele.")
    fitting: bool = Field(description="`false`: Nichts passt zur Frage; gezählt ist nur, was am nächsten kommt.")
    facets: dict[str, list[FacetAnswer]] = Field(
        description="Je Filterfeld die Werte, häufigste zuerst; ein Feld, nach dem gefiltert ist, zählt ohne diesen Filter."
    )
    notices: list[str] = Field(description="Hinweise für den Menschen.")
    index: IndexAnswer


def build_document_list(found: DocumentList, listing: Listing, public_url: str | None = None) -> DocumentListAnswer:
    """Return the answer of `/documents`."""
    root = (public_url or "").rstrip("/")
    return DocumentListAnswer(
        total=TotalAnswer(value=found.total, relation="eq"),
        page=listing.page,
        page_size=listing.page_size,
        sort=listing.order.value,
        order="desc" if listing.descending else "asc",
        documents=[_build_listed(document, root) for document in found.documents],
        notices=list(found.notices),
        index=IndexAnswer(generation=found.generation, updated_at=found.updated_at),
    )


def build_library_facets(counts: FacetCounts, names: Collection[str]) -> FacetsAnswer:
    """Return the answer of `/facets` without a question; no `names` means all."""
    return FacetsAnswer(
        query=None,
        relation="eq",
        fitting=True,
        facets=build_facets(counts.facets, names or None),
        notices=list(counts.notices),
        index=IndexAnswer(generation=counts.generation, updated_at=counts.updated_at),
    )


def build_search_facets(result: Result, question: str, names: Collection[str]) -> FacetsAnswer:
    """Return the answer of `/facets` to a question; no `names` means all."""
    return FacetsAnswer(
        query=question,
        relation="eq" if result.total.relation == "eq" else "gte",
        fitting=result.fitting,
        facets=build_facets(result.facets, names or None),
        notices=list(result.notices),
        index=IndexAnswer(generation=result.generation, updated_at=result.updated_at),
    )


def _build_listed(document: Document, root: str) -> ListedDocumentAnswer:
    return ListedDocumentAnswer(
        **dict(build_document(document, root)),
        file_url=root + file_path(document.id),
        media_type=document.media_type,
        size=document.size,
        page_count=document.page_count,
        indexed_at=document.indexed_at,
        citation=cite_document(document.metadata),
    )
