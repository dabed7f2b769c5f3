"""What has become of a passage that somebody linked to: still there, changed, withdrawn or removed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from search_service.documents import Document, Page, Passage
from search_service.errors import NotFound
from search_service.knowledge_base.former import FormerDocument, FormerPassage
from search_service.knowledge_base.generation import Generation


class PermalinkState(StrEnum):
    """What a permalink leads to."""

    CURRENT = "current"  # the passage, word for word
    CHANGED = "changed"  # its document, in which the passage no longer stands as it did
    WITHDRAWN = "withdrawn"  # nothing: editors have taken the document back
    REMOVED = "removed"  # nothing: the document's file is gone


@dataclass(frozen=True, slots=True)
class Permalink:
    """A passage that there is or was."""

    id: str
    state: PermalinkState
    document_id: str
    title: str  # of the document
    media_type: str
    heading_path: tuple[str, ...]  # over the passage, as it stood
    pages: tuple[Page, ...]
    document: Document | None  # None if it does not answer any more
    passage: Passage | None  # the passage itself, or the one that most likely took its place; None without one
    since: datetime | None = None  # UTC; when it ceased to be CURRENT
    reason: str | None = None  # why editors have withdrawn it, as they say


def find_permalink(generation: Generation, passage_id: str) -> Permalink:
    """Return what became of a passage; raise NotFound if no generation remembered has had it."""
    row = generation.row_of.get(passage_id)
    if row is not None:
        document = generation.documents[int(generation.document_of[row])]
        return _tell_current(document, generation.passage(row))
    former = generation.former_passages.find(passage_id)
    if former is not None:
        position = generation.position_of.get(former.document_id)
        if position is not None:
            passages = [generation.passage(int(each)) for each in generation.rows_of(position)]
            return _tell_changed(former, generation.documents[position], find_successor(former, passages))
        gone = generation.former_documents.get(former.document_id)
        if gone is not None:
            return _tell_gone(former, gone)
    raise NotFound(
        "Zu diesem Link ist keine Textstelle bekannt. Bitte prüfen, ob er vollständig ist, oder auf der Startseite suchen."
    )


def find_successor(former: FormerPassage, passages: list[Passage]) -> Passage | None:
    """Return the passage that most likely took a former one's place; None if there is none at all.

    Under the same headings before on one of its pages, on one of its pages before the rest, then the nearest in order, of two
    equally near the earlier.
    """
    pages = {page.physical for page in former.pages}

    def rank(passage: Passage) -> tuple[bool, bool, int, int]:
        return (
            passage.heading_path != former.heading_path,
            pages.isdisjoint(page.physical for page in passage.pages),
            abs(passage.ordinal - former.ordinal),
            passage.ordinal,
        )

    return min(passages, key=rank, default=None)


def _tell_current(document: Document, passage: Passage) -> Permalink:
    return Permalink(
        id=passage.id,
        state=PermalinkState.CURRENT,
        document_id=document.id,
        title=document.metadata.title,
        media_type=document.media_type,
        heading_path=passage.heading_path,
        pages=passage.pages,
        document=document,
        passage=passage,
    )


def _tell_changed(former: FormerPassage, document: Document, successor: Passage | None) -> Permalink:
    return Permalink(
        id=former.id,
        state=PermalinkState.CHANGED,
        document_id=document.id,
        title=document.metadata.title,
        media_type=document.media_type,
        heading_path=former.heading_path,
        pages=former.pages,
        document=document,
        passage=successor,
        since=former.gone_at,
    )


def _tell_gone(former: FormerPassage, gone: FormerDocument) -> Permalink:
    return Permalink(
        id=former.id,
        state=PermalinkState.WITHDRAWN if gone.is_withdrawn else PermalinkState.REMOVED,
        document_id=gone.id,
        title=gone.title,
        media_type=gone.media_type,
        heading_path=former.heading_path,
        pages=former.pages,
        document=None,
        passage=None,
        since=gone.gone_at,
        reason=gone.reason,
    )
