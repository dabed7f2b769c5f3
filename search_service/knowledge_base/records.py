"""Documents and passages as JSON lines, the form they have in a generation's files, and metadata as the catalogue stores it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime

from search_service.documents import Document, Metadata, Page, Passage


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
    return json.dumps(asdict(passage), ensure_ascii=False).encode()


def decode_passage(line: bytes) -> Passage:
    """Return the passage that `encode_passage` wrote."""
    fields = json.loads(line)
    pages = tuple(Page(**page) for page in fields.pop("pages"))
    return Passage(**fields | {"heading_path": tuple(fields["heading_path"]), "pages": pages})


def encode_metadata(metadata: Metadata) -> str:
    """Return metadata as JSON text."""
    return json.dumps(asdict(metadata), ensure_ascii=False, default=_isoformat)


def decode_metadata(text: str) -> Metadata:
    """Return the metadata that `encode_metadata` wrote."""
    return _build_metadata(json.loads(text))


def _build_metadata(fields: dict[str, object]) -> Metadata:
    for name in ("authors", "sectors", "topics", "audience"):
        fields[name] = tuple(fields[name])  # type: ignore[arg-type]  # JSON knows lists only
    if isinstance(valid_until := fields["valid_until"], str):
        fields["valid_until"] = date.fromisoformat(valid_until)
    return Metadata(**fields)  # type: ignore[arg-type]  # checked by the tests' round trip


def _isoformat(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")
