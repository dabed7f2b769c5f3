"""What can be read without searching: documents, their passages and files, and what they have in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from search_service.documents import Document, Passage
from search_service.editions import Editions, find_editions
from search_service.errors import NotFound, Withdrawn
from search_service.facets import Facets, count_facets
from search_service.german import normalize
from search_service.knowledge_base.former import FormerDocument
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.store import Reader
from search_service.permalinks import Permalink, find_permalink
from search_service.queries import DocumentOrder, Filters, Listing
from search_service.scope import Scopes, name_unknown_values
from search_service.taxonomy import load_taxonomy

NO_DOCUMENT = "Zu diesen Filtern gibt es kein Dokument. Bitte die Schreibweise prüfen oder einen Filter weglassen."
_BEFORE_FIRST_LETTER = re.compile(r"^\W+")


@dataclass(frozen=True, slots=True)
class PassageInContext:
    """A passage with its document and its neighbours in it."""

    document: Document
    passage: Passage
    before: tuple[Passage, ...]  # in the order of the document
    after: tuple[Passage, ...]
    generation: int
    updated_at: datetime  # when the generation was published, UTC


@dataclass(frozen=True, slots=True)
class DocumentList:
    """One page of a list of documents."""

    documents: tuple[Document, ...]
    total: int  # over all pages
    notices: tuple[str, ...]  # German
    generation: int
    updated_at: datetime  # when the generation was published, UTC


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """What documents have in common."""

    facets: Facets
    notices: tuple[str, ...]  # German
    generation: int
    updated_at: datetime  # when the generation was published, UTC


class Library:
    """Reads from the current generation. Safe to use from several threads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._scopes = Scopes()

    def document(self, document_id: str) -> Document:
        """Return the document of this id; raise NotFound."""
        generation, _ = self._reader.current()
        return generation.documents[find_position(generation, document_id)]

    def document_with_passages(self, document_id: str) -> tuple[Document, list[Passage], Editions]:
        """Return a document, all its passages in order and its other editions, of one generation; raise NotFound."""
        generation, _ = self._reader.current()
        position = find_position(generation, document_id)
        document = generation.documents[position]
        passages = [generation.passage(int(row)) for row in generation.rows_of(position)]
        return document, passages, find_editions(generation, document)

    def passage(self, passage_id: str) -> tuple[Document, Passage]:
        """Return the passage of this id and its document, of one generation; raise NotFound."""
        generation, _ = self._reader.current()
        row = find_row(generation, passage_id)
        return generation.documents[int(generation.document_of[row])], generation.passage(row)

    def passage_with_context(self, passage_id: str, before: int, after: int) -> PassageInContext:
        """Return the passage of this id with at most that many passages of its document on either side; raise NotFound."""
        generation, _ = self._reader.current()
        row = find_row(generation, passage_id)
        position = int(generation.document_of[row])
        rows = generation.rows_of(position).tolist()
        place = rows.index(row)
        return PassageInContext(
            generation.documents[position],
            generation.passage(row),
            tuple(map(generation.passage, rows[max(place - before, 0) : place])),
            tuple(map(generation.passage, rows[place + 1 : place + 1 + after])),
            generation.manifest.number,
            generation.published_at,
        )

    def permalink(self, passage_id: str) -> Permalink:
        """Return what has become of a passage that there is or was; raise NotFound."""
        generation, _ = self._reader.current()
        return find_permalink(generation, passage_id)

    def former_documents(self) -> list[FormerDocument]:
        """Return the documents that are withdrawn or whose file is gone, in no order."""
        generation, _ = self._reader.current()
        return list(generation.former_documents.values())

    def former_document(self, document_id: str) -> FormerDocument | None:
        """Return the document of this id if it is withdrawn or its file is gone, else None."""
        generation, _ = self._reader.current()
        return generation.former_documents.get(document_id)

    def original(self, document: Document) -> Path:
        """Return the file of a document; raise NotFound."""
        return self._reader.original(document)

    def collections(self) -> dict[str, int]:
        """Return the number of documents by collection, in the order of the taxonomy, without older editions."""
        generation, _ = self._reader.current()
        counts = Counter(document.metadata.collection for document in generation.documents if not document.newer_edition)
        return {value: counts[value] for value in load_taxonomy()["collection"]}

    def list_documents(self, listing: Listing, named: str = "") -> DocumentList:
        """Return a page of the documents that a search under the same filters may find; beyond the end it is empty.

        `named`: only those of which title, authors, publisher or id hold each of these words, or parts of words.
        """
        generation, notice = self._reader.current()
        passing = [generation.documents[position] for position in self._scopes.find_documents(generation, listing.filters)]
        if words := normalize(named).split():
            passing = [document for document in passing if _is_named(document, words)]
        ordered = sort_documents(passing, listing.order, descending=listing.descending)
        start = (listing.page - 1) * listing.page_size
        return DocumentList(
            tuple(ordered[start : start + listing.page_size]),
            len(ordered),
            _tell(generation, notice, listing.filters, empty=not ordered),
            generation.manifest.number,
            generation.published_at,
        )

    def count_facets(self, filters: Filters) -> FacetCounts:
        """Return the facets over all documents that a search under `filters` may find, counted as a search counts them."""
        generation, notice = self._reader.current()

        def find(others: Filters) -> list[int]:
            return self._scopes.find_documents(generation, others)

        found = find(filters)
        return FacetCounts(
            count_facets(generation.documents, found, filters, find),
            _tell(generation, notice, filters, empty=not found),
            generation.manifest.number,
            generation.published_at,
        )


def sort_documents(documents: Iterable[Document], order: DocumentOrder, *, descending: bool) -> list[Document]:
    """Return the documents in `order`, on ties by id; those without a year stand last whichever way it runs.

    Titles in the order of a German telephone book (DIN 5007-2: "ä" as "ae"), without signs before their first letter.
    """
    ordered = sorted(documents, key=lambda document: document.id)
    if order is DocumentOrder.YEAR:
        known = [document for document in ordered if document.metadata.year is not None]
        known.sort(key=lambda document: document.metadata.year or 0, reverse=descending)
        return [*known, *(document for document in ordered if document.metadata.year is None)]
    if order is DocumentOrder.INDEXED_AT:
        return sorted(ordered, key=lambda document: document.indexed_at, reverse=descending)
    return sorted(ordered, key=lambda document: _fold_title(document.metadata.title), reverse=descending)


def find_position(generation: Generation, document_id: str) -> int:
    """Return where the document of this id stands in `generation.documents`; raise Withdrawn or NotFound."""
    position = generation.position_of.get(document_id)
    if position is None:
        _refuse_withdrawn(generation, document_id)
        raise NotFound(f"Ein Dokument mit der Kennung „{document_id}“ gibt es nicht (mehr). Bitte neu suchen.")
    return position


def find_row(generation: Generation, passage_id: str) -> int:
    """Return the row of the passage of this id; raise Withdrawn or NotFound."""
    row = generation.row_of.get(passage_id)
    if row is None:
        former = generation.former_passages.find(passage_id)
        if former is not None:
            _refuse_withdrawn(generation, former.document_id)
        raise NotFound(f"Eine Textstelle mit der Kennung „{passage_id}“ gibt es nicht (mehr). Bitte neu suchen.")
    return row


def _is_named(document: Document, words: Iterable[str]) -> bool:
    known = document.metadata
    names = normalize(" ".join((known.title, *known.authors, known.publisher or "", document.id)))
    return all(word in names for word in words)


def _fold_title(title: str) -> str:
    return _BEFORE_FIRST_LETTER.sub("", normalize(title))


def _tell(generation: Generation, notice: str | None, filters: Filters, *, empty: bool) -> tuple[str, ...]:
    unknown = name_unknown_values(generation.documents, filters)
    return tuple(each for each in (notice, NO_DOCUMENT if empty and filters else None, *unknown) if each)


def _refuse_withdrawn(generation: Generation, document_id: str) -> None:
    """Raise Withdrawn if an editor has withdrawn the document of this id."""
    gone = generation.former_documents.get(document_id)
    if gone is not None and gone.is_withdrawn:
        reason = f" Grund: {gone.reason}" if gone.reason else ""
        raise Withdrawn(f"Dieses Dokument wurde zurückgezogen.{reason}")
