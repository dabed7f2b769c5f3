"""Documents and passages as JSON lines, the form they have in a generation's files, and metadata as the catalogue stores it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from search_service.documents import Document, Metadata, Page, Passage, Place, Suggestion

_EDGE = 10_000  # a fortieth of a millimetre on a page of A4
_COMPACT = (",", ":")  # between items and behind names, without blanks

DocumentRow = tuple[str, str, str, str, int, int | None, str, str, int, str | None]  # in the order of the schema's columns


def encode_document(document: Document) -> bytes:
    """Return one line of UTF-8 JSON without line end."""
    return json.dumps(asdict(document), ensure_ascii=False, default=_isoformat).encode()


def decode_document(line: bytes) -> Document:
    """Return the document that `encode_document` wrote."""
    fields = json.loads(line)
    metadata = _build_metadata(fields.pop("metadata"))
    indexed_at = datetime.fromisoformat(fields.pop("indexed_at"))
    return Document(**fields, indexed_at=indexed_at, metadata=metadata)


def encode_passage(passage: Passage) -> bytes:
    """Return one line of UTF-8 JSON without line end."""
    fields = {
        "id": passage.id,
        "document_id": passage.document_id,
        "ordinal": passage.ordinal,
        "text": passage.text,
        "heading_path": passage.heading_path,
        "pages": pack_pages(passage.pages),
        "places": pack_places(passage.places),
    }
    return json.dumps(fields, ensure_ascii=False, separators=_COMPACT).encode()


def decode_passage(line: bytes) -> Passage:
    """Return the passage that `encode_passage` wrote."""
    fields = json.loads(line)
    pages, places = unpack_pages(fields.pop("pages")), unpack_places(fields.pop("places"))
    return Passage(**fields | {"heading_path": tuple(fields["heading_path"]), "pages": pages, "places": places})


def decode_id(line: bytes) -> str:
    """Return the id of the passage that `encode_passage` wrote, without the rest."""
    passage_id: str = json.loads(line)["id"]
    return passage_id


def decode_text(line: bytes) -> str:
    """Return the text of the passage that `encode_passage` wrote, without the rest."""
    text: str = json.loads(line)["text"]
    return text


def decode_fields(line: bytes) -> tuple[tuple[str, ...], str]:
    """Return heading path and text of the passage that `encode_passage` wrote, without the rest."""
    fields = json.loads(line)
    text: str = fields["text"]
    return tuple(fields["heading_path"]), text


def pack_pages(pages: Sequence[Page]) -> list[list[object]]:
    """Return pages as lists of their fields in order."""
    return [[page.physical, page.label, page.label_source, page.label_confidence] for page in pages]


def unpack_pages(packed: Iterable[Sequence[Any]]) -> tuple[Page, ...]:
    """Return the pages that `pack_pages` wrote."""
    return tuple(Page(*fields) for fields in packed)


def pack_places(places: Sequence[Place]) -> list[list[int]]:
    """Return places as lists of their fields in order, edges in units of 1 / _EDGE."""
    return [[p.start, p.end, p.page, *(round(edge * _EDGE) for edge in (p.left, p.top, p.right, p.bottom))] for p in places]


def unpack_places(packed: Iterable[Sequence[Any]]) -> tuple[Place, ...]:
    """Return the places that `pack_places` wrote."""
    return tuple(Place(start, end, page, *(edge / _EDGE for edge in edges)) for start, end, page, *edges in packed)


def encode_metadata(metadata: Metadata) -> str:
    """Return metadata as JSON text."""
    return json.dumps(asdict(metadata), ensure_ascii=False, default=_isoformat)


def decode_metadata(text: str) -> Metadata:
    """Return the metadata that `encode_metadata` wrote."""
    return _build_metadata(json.loads(text))


def write_row(document: Document) -> DocumentRow:
    """Return the columns of a document in the catalogue."""
    return (
        document.id,
        document.location,
        document.content_hash,
        document.media_type,
        document.size,
        document.page_count,
        document.indexed_at.isoformat(),
        encode_metadata(document.metadata),
        document.reading,
        document.newer_edition,
    )


def read_row(row: DocumentRow) -> Document:
    """Return the document that `write_row` wrote."""
    document_id, location, content_hash, media_type, size, page_count, indexed_at, metadata, reading, newer_edition = row
    return Document(
        document_id,
        location,
        content_hash,
        media_type,
        size,
        page_count,
        datetime.fromisoformat(indexed_at),
        decode_metadata(metadata),
        reading,
        newer_edition,
    )


def _build_metadata(fields: dict[str, object]) -> Metadata:
    for name in ("authors", "sectors", "topics", "audience"):
        fields[name] = tuple(fields[name])  # type: ignore[arg-type]  # JSON knows lists only
    fields["suggestions"] = tuple(
        Suggestion(**each | {"evidence": tuple(each["evidence"])})
        for each in fields["suggestions"]  # type: ignore[attr-defined]  # as above
    )
    if isinstance(valid_until := fields["valid_until"], str):
        fields["valid_until"] = date.fromisoformat(valid_until)
    return Metadata(**fields)  # type: ignore[arg-type]  # checked by the tests' round trip


def _isoformat(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")
