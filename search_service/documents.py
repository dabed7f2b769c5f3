"""The words of the house: Document, Passage, Page and their metadata, complete at birth and immutable."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its two numbers."""

    physical: int  # 1-based position in the file
    label: str | None = None  # what is printed on it: "iv", "12"; None if unknown
    label_source: str | None = (
        None  # "page_labels" (the file says so), "print" (read off the page), "sheet"; None without label
    )
    label_confidence: float | None = None  # 0 to 1, how sure the label is; None without label


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of a passage's text stands: one line on one page, as fractions (0 to 1) of the page as displayed."""

    start: int  # offset into the passage's text
    end: int
    page: int  # physical
    left: float  # from the left edge
    top: float  # from the upper edge
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value that the text makes likely but nobody has stated; it is shown as such and never filtered by."""

    field: str  # "type", "sectors", "topics"
    value: str  # of the taxonomy
    confidence: float  # 0 to 1
    evidence: tuple[str, ...] = ()  # the words of the text that speak for it, strongest first


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about a work. Controlled values (type, collection, ...) come from `taxonomy.toml`; empty means unknown."""

    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    publisher: str | None = None
    type: str | None = None
    collection: str | None = None
    sectors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    language: str | None = None  # ISO 639-1, lower case
    license: str | None = None
    source_url: str | None = None
    valid_until: date | None = None
    doi: str | None = None  # "10.1000/xyz", without resolver
    isbn: str | None = None  # ISBN-13, digits only
    urn: str | None = None  # "urn:nbn:de:…"
    suggestions: tuple[Suggestion, ...] = ()
    standalone: bool = False  # its editors say that it is no edition of another document, however alike
    edition: int | None = None  # number of the edition: 2 for "2., überarbeitete Auflage"
    note: str | None = None  # one sentence every reader of a hit should see, e.g. that a case report is composed


@dataclass(frozen=True, slots=True)
class Document:
    """One work in the knowledge base."""

    id: str  # stable: survives re-indexing and changes of the file's content
    location: str  # where it was read: an absolute path, or the `_id` of an evaluation corpus
    content_hash: str  # SHA-256 of the file's bytes and of its sidecar, hex
    media_type: str
    size: int  # bytes of the file
    page_count: int | None  # None for formats without pages
    indexed_at: datetime  # UTC
    metadata: Metadata
    reading: int = 0  # version of the reader that made its passages; an older one is read again
    newer_edition: str | None = None  # id of the document that answers in its place


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable stretch of one document."""

    id: str  # from document id and text: the same text in the same document keeps its id
    document_id: str
    ordinal: int  # 0-based position in the document
    text: str
    heading_path: tuple[str, ...] = ()  # outermost first
    pages: tuple[Page, ...] = field(default=())  # ascending; empty for formats without pages
    places: tuple[Place, ...] = ()  # in the order of the text; empty for formats without boxes


def is_newer(first: Metadata, second: Metadata) -> bool:
    """Tell whether year or, failing that, number shows that `first` is the newer edition; False if nothing shows it."""
    if first.year is not None and second.year is not None and first.year != second.year:
        return first.year > second.year
    return first.edition is not None and second.edition is not None and first.edition > second.edition


def make_passage_ids(document_id: str, texts: Sequence[str]) -> list[str]:
    """Return one id per text; a text that occurs again in the same document gets an id of its own."""
    seen: dict[str, int] = {}
    ids = []
    for text in texts:
        occurrence = seen.get(text, 0)
        seen[text] = occurrence + 1
        digest = hashlib.sha256(f"{document_id}\0{occurrence}\0{text}".encode()).hexdigest()
        ids.append(f"p{digest[:16]}")  # 64 bits: a collision among a million passages has odds below 1e-7
    return ids


def make_document_id(location: str, content_hash: str) -> str:
    """Return the id of a document first seen at `location`.

    The name of the file is part of it, not its folder: the same files give the same ids on every machine.
    """
    name = location.replace("\\", "/").rsplit("/", 1)[-1]
    digest = hashlib.sha256(f"{name}\0{content_hash}".encode()).hexdigest()
    return f"d{digest[:16]}"


def compose_embedding_text(title: str, passage: Passage) -> str:
    """Return what the embedder reads of a passage: title and headings first, so that a section's text keeps its subject."""
    context = " – ".join(dict.fromkeys((title, *passage.heading_path)))
    return f"{context}\n{passage.text}" if context else passage.text


def hash_text(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, hex."""
    return hashlib.sha256(text.encode()).hexdigest()
