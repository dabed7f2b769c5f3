"""Documents written by hand, for tests of the knowledge base and of the search."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from search_service.documents import Document, Metadata, Passage, make_passage_ids
from search_service.knowledge_base.store import KnowledgeBase

MADE_AT = datetime(2026, 3, 5, 12, tzinfo=UTC)


def hand_made(name: str, texts: list[str], **metadata: Any) -> tuple[Document, list[Passage]]:
    """Return a document with the id "d-NAME" and one passage per text."""
    document_id = f"d-{name}"
    known = {"title": name.capitalize(), **metadata}
    content_hash = hashlib.sha256("\0".join([name, *texts]).encode()).hexdigest()
    document = Document(document_id, f"/texte/{name}.txt", content_hash, "text/plain", 100, None, MADE_AT, Metadata(**known))
    ids = make_passage_ids(document_id, texts)
    return document, [Passage(id, document_id, number, text) for number, (id, text) in enumerate(zip(ids, texts, strict=True))]


def put(knowledge_base: KnowledgeBase, name: str, texts: list[str], original: Path | None = None, **metadata: Any) -> Document:
    """Put a document made by hand into a knowledge base and return it."""
    document, passages = hand_made(name, texts, **metadata)
    knowledge_base.put(document, passages, original)
    return document
