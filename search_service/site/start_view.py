"""What the start page shows, computed beforehand as flat data for its template. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from search_service.documents import Document
from search_service.links import page_path
from search_service.queries import DocumentOrder, Listing
from search_service.searcher import Status
from search_service.taxonomy import label_value, load_taxonomy
from search_service.typesetting import Heading, german_date, part_title

NEWEST = Listing(order=DocumentOrder.INDEXED_AT, descending=True, page_size=5)  # as many as there are example questions


@dataclass(frozen=True, slots=True)
class CollectionView:
    """One collection to search in."""

    value: str
    label: str
    count: int  # documents
    chosen: bool


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document taken in lately."""

    heading: Heading
    link: str
    facts: tuple[str, ...]  # type, publisher
    taken_in: str  # "3. Juli 2025"
    day: str  # the same for machines


@dataclass(frozen=True, slots=True)
class StartView:
    """Everything the start page shows."""

    prompted: bool  # whether somebody searched without a question, who is now asked for one
    collections: tuple[CollectionView, ...]
    newest: tuple[NewDocument, ...]
    state: Status | None  # None while there is no knowledge base


def view_start(
    state: Status | None,
    counts: Mapping[str, int],
    newest: Iterable[Document],
    *,
    chosen: Collection[str] = (),
    prompted: bool = False,
) -> StartView:
    """Return the start page; `counts` are documents by collection, `chosen` the collections that are ticked."""
    collections = (
        CollectionView(value, label, counts.get(value, 0), value in chosen)
        for value, label in load_taxonomy()["collection"].items()
    )
    return StartView(prompted, tuple(collections), tuple(map(_view_new, newest)), state)


def _view_new(document: Document) -> NewDocument:
    known = document.metadata
    facts = (known.type and label_value("type", known.type), known.publisher)
    return NewDocument(
        part_title(known.title),
        page_path(document.id),
        tuple(fact for fact in facts if fact),
        german_date(document.indexed_at),
        document.indexed_at.date().isoformat(),
    )
