"""A small knowledge base written by hand, through the same code as the product: what the tests of API and page ask."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
from pypdf import PdfWriter

from search_service.documents import Document, Metadata, Page, Passage, make_passage_ids
from search_service.embedder import Embedding
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.searcher import Searcher
from tests.stand_in_embedder import HashedWordsEmbedder

LEAFLETS = 14  # more than one page of results
DOCUMENTS = LEAFLETS + 5
PASSAGES = LEAFLETS + 7
GUIDE, CASE, TEXT, GLOSSARY, OLD_GLOSSARY = (f"d{number:016x}" for number in range(5))
EXOSKELETON = "Exoskelett: eine Stütze, die am Körper getragen wird."
TEXT_FILE = "Schichtbuch\n===========\n\nDie Übergabe gehört ins Schichtbuch, nicht ins Gedächtnis.\n"


@dataclass(frozen=True, slots=True)
class Draft:
    """A document before it has ids."""

    name: str
    media_type: str
    content: bytes
    metadata: Metadata
    passages: tuple[tuple[str, tuple[str, ...], tuple[Page, ...]], ...]  # text, heading path, pages
    page_count: int | None = None


def make_pdf(pages: int) -> bytes:
    """Return a sound PDF with blank pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    stream = BytesIO()
    writer.write(stream)
    return stream.getvalue()


def write_drafts() -> list[Draft]:
    guide = Metadata(
        title="Leitfaden Künstliche Intelligenz im Betrieb",
        authors=("Redaktion Zukunfts-HUB",),
        year=2025,
        publisher="Zukunfts-HUB Ruhr",
        type="guide",
        collection="wissen",
        sectors=("industrie",),
        topics=("ki", "mitbestimmung"),
        audience=("betriebsrat",),
        language="de",
        license="CC BY 4.0",
        source_url="https://example.org/leitfaden",
    )
    case = Metadata(
        title='Fallbericht <script>alert("x")</script> & Übergabe',
        year=2024,
        publisher="Zukunfts-HUB Ruhr",
        type="case_report",
        collection="erfolg",
        sectors=("gesundheit",),
        topics=("wissenstransfer",),
        language="de",
        valid_until=date(2026, 12, 31),
        note="Konstruierter Fallbericht",
    )
    drafts = [
        Draft(
            "ki-leitfaden.pdf",
            "application/pdf",
            make_pdf(16),
            guide,
            (
                ("Dieser Leitfaden hilft Betrieben bei der Einführung.", ("Vorwort",), (Page(3, "iii", "page_labels"),)),
                (
                    "Der Betriebsrat bestimmt bei der Einführung von KI mit.\nDas folgt aus § 87 Abs. 1 Nr. 6 BetrVG.",
                    ("1 Recht", "1.1 Mitbestimmung"),
                    (Page(15, "12", "page_labels"),),
                ),
                (
                    "Die Einigungsstelle entscheidet, wenn Betriebsrat und Arbeitgeber sich nicht einigen.",
                    ("1 Recht", "1.2 Streit"),
                    (Page(15, "12", "page_labels"), Page(16, "13", "page_labels")),
                ),
            ),
            16,
        ),
        Draft(
            "Fallbericht „Übergabe“.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            b"PK\x03\x04 kein echtes Dokument, nur Bytes zum Herunterladen",
            case,
            (("Die Übergabe <b>zwischen</b> den Schichten gelingt mit einem Protokoll & einem Gespräch.", ("Vorgehen",), ()),),
        ),
        Draft(
            "schichtbuch.txt",
            "text/plain",
            TEXT_FILE.encode(),
            Metadata(title="Schichtbuch", language="de", collection="praxisprojekte"),
            (("Die Übergabe gehört ins Schichtbuch, nicht ins Gedächtnis.", (), ()),),
        ),
        Draft(
            "glossar.html",
            "text/html",
            b"<script>alert(1)</script>",
            Metadata(title="Glossar", year=2023, collection="wissen", type="guide", language="de"),
            ((EXOSKELETON, ("E",), ()),),
        ),
        Draft(
            "glossar-alt.html",
            "text/html",
            b"<p>alt</p>",
            Metadata(title="Glossar", year=2019, collection="wissen", type="guide", language="de"),
            ((EXOSKELETON, ("E",), ()),),
        ),
    ]
    drafts += [
        Draft(
            f"merkblatt-{number:02}.md",
            "text/markdown",
            f"# Merkblatt {number}".encode(),
            Metadata(
                title=f"Merkblatt {number}: Schichtplanung",
                year=2010 + number,
                type="advice",
                collection="beratung",
                topics=("schichtplanung",),
                language="de",
            ),
            ((f"Gute Schichtplanung braucht Vorlauf. Das ist Regel {number}.", (), ()),),
        )
        for number in range(1, LEAFLETS + 1)
    ]
    return drafts


class NarrowEmbedder(HashedWordsEmbedder):
    """The stand-in with its cosines from 0.8 to 1, the band of the embedded model, by which relevance is estimated."""

    def embed_query(self, text: str) -> Embedding:
        embedding = super().embed_query(text)
        vector = embedding.vector * np.float32(np.sqrt(0.2))
        vector[-1] += np.float32(np.sqrt(0.8))  # the axis that no word points along
        return Embedding(vector / np.linalg.norm(vector), embedding.words)


def build_library(root: Path) -> Searcher:
    """Build the knowledge base in `root` and return a searcher over it, by words and by meaning."""
    embedder = NarrowEmbedder()
    with KnowledgeBase(root / "kb") as knowledge_base:
        for number, draft in enumerate(write_drafts()):
            path = root / draft.name
            path.write_bytes(draft.content)
            document_id = f"d{number:016x}"
            ids = make_passage_ids(document_id, [text for text, _, _ in draft.passages])
            knowledge_base.put(
                Document(
                    id=document_id,
                    location=str(path),
                    content_hash=hashlib.sha256(draft.content).hexdigest(),
                    media_type=draft.media_type,
                    size=len(draft.content),
                    page_count=draft.page_count,
                    indexed_at=datetime(2026, 3, 5, 12, tzinfo=UTC),
                    metadata=draft.metadata,
                ),
                [
                    Passage(id, document_id, ordinal, text, headings, pages)
                    for ordinal, (id, (text, headings, pages)) in enumerate(zip(ids, draft.passages, strict=True))
                ],
                path,
            )
        knowledge_base.embed_missing(embedder)
        knowledge_base.publish()
    return Searcher(Reader(root / "kb"), embedder)
