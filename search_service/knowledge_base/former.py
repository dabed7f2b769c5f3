"""What a generation no longer holds: former passages without their text, and why their documents are gone. Pure.

A link to a passage outlives the passage; this is what it can still say.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from search_service.documents import Page
from search_service.knowledge_base.records import pack_pages, unpack_pages

# The catalogue forgets the oldest beyond these. All passages of a large knowledge base fit in once; at about 180 bytes a line
# a generation grows by 18 MB at most.
MAX_FORMER_PASSAGES = 100_000


@dataclass(frozen=True, slots=True)
class FormerPassage:
    """A passage that an earlier state of its document had."""

    id: str
    document_id: str
    ordinal: int  # 0-based position it had in the document
    heading_path: tuple[str, ...]
    pages: tuple[Page, ...]
    gone_at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class FormerDocument:
    """A document that is in no generation any more, or not at present."""

    id: str
    title: str
    media_type: str
    gone_at: datetime  # UTC
    is_withdrawn: bool  # by an editor, who may restore it; otherwise its file is gone
    reason: str | None = None  # as the editor gave it


class FormerPassages:
    """The former passages of a generation, read when one is asked for."""

    def __init__(self, content: bytes) -> None:
        """Take what `encode_former_passages` made."""
        self._content = content

    def find(self, passage_id: str) -> FormerPassage | None:
        """Return the former passage of this id, or None."""
        place = bisect_left(self._lines, passage_id, key=_read_id)
        if place == len(self._lines) or _read_id(self._lines[place]) != passage_id:
            return None
        _, document_id, ordinal, heading_path, pages, gone_at = json.loads(self._lines[place])
        when = datetime.fromisoformat(gone_at)
        return FormerPassage(passage_id, document_id, ordinal, tuple(heading_path), unpack_pages(pages), when)

    @cached_property
    def _lines(self) -> list[bytes]:
        return self._content.splitlines()


def encode_former_passages(passages: Iterable[FormerPassage]) -> bytes:
    """Return one line of JSON for each, sorted by id."""
    return b"\n".join(
        json.dumps(
            [p.id, p.document_id, p.ordinal, p.heading_path, pack_pages(p.pages), p.gone_at.isoformat()],
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        for p in sorted(passages, key=lambda passage: passage.id)
    )


def encode_former_documents(documents: Iterable[FormerDocument]) -> bytes:
    """Return one line of JSON for each, sorted by id."""
    return b"\n".join(
        json.dumps([d.id, d.title, d.media_type, d.gone_at.isoformat(), d.is_withdrawn, d.reason], ensure_ascii=False).encode()
        for d in sorted(documents, key=lambda document: document.id)
    )


def decode_former_documents(content: bytes) -> dict[str, FormerDocument]:
    """Return by id what `encode_former_documents` wrote."""
    documents = {}
    for line in content.splitlines():
        document_id, title, media_type, gone_at, is_withdrawn, reason = json.loads(line)
        when = datetime.fromisoformat(gone_at)
        documents[document_id] = FormerDocument(document_id, title, media_type, when, is_withdrawn, reason)
    return documents


def _read_id(line: bytes) -> str:
    found: str = json.loads(line)[0]
    return found
