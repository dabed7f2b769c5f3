"""From offered files to a published generation: the one place where the parts of ingest meet."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ingest.blocks import Block, BlockKind, Extraction
from ingest.chunk import ChunkSizes, PassageDraft, chunk
from ingest.clean import clean
from ingest.confined import ConfinedExtractor
from ingest.describe import describe
from ingest.extract.text import build_text_blocks
from ingest.formats import TEXT
from ingest.limits import DEFAULT_LIMITS, Limits
from ingest.report import FileReport, NoProgress, Progress, Report, State
from ingest.sources import CHANGING, Offer, Snapshot, explain_os_error, is_unchanged, locate, take_snapshot, walk
from search_service.documents import (
    Document,
    Metadata,
    Passage,
    make_document_id,
    make_passage_ids,
)
from search_service.embedder import Embedder
from search_service.errors import ChangeWissenError, InvalidMetadata, NothingToIndex, UnreadableDocument
from search_service.knowledge_base.store import KnowledgeBase

LOGGER = logging.getLogger(__name__)
NO_EMBEDDER = (
    "Das Sprachmodell fehlt: Die Textstellen sind ohne Bedeutungssuche gespeichert, die Wortsuche findet sie. "
    "Bitte „change-wissen model prepare“ ausführen und danach noch einmal einlesen."
)
NOT_UTF_8 = "Der Name der Datei oder eines Ordners darüber ist kein gültiges UTF-8. Bitte umbenennen und erneut einlesen."
UNEXPECTED = "Beim Einlesen trat ein unerwarteter Fehler auf (Näheres im Protokoll). Bitte das Original neu speichern."
KEPT = "Die bisherige Fassung bleibt durchsuchbar."
DEFAULT_SIZES = ChunkSizes()


def ingest(
    paths: Sequence[Path],
    knowledge_base: KnowledgeBase,
    *,
    embedder: Embedder | None,
    prune: bool = False,
    without: Sequence[Path] = (),
    progress: Progress | None = None,
    limits: Limits = DEFAULT_LIMITS,
    sizes: ChunkSizes = DEFAULT_SIZES,
) -> Report:
    """Bring the files under `paths` into the knowledge base and publish it; return what became of each.

    Incremental: what is known and unchanged is not read again. With `prune`, documents whose file has vanished from
    under `paths` are removed; a path under which there is no file at all removes nothing. A file that cannot be read
    leaves the version indexed before in place. The knowledge base itself and what `without` names are left out.
    """
    progress = progress or NoProgress()
    offers = list(walk(paths, (knowledge_base.root, *without)))
    progress.offered(len(offers))
    reports = []
    with ConfinedExtractor(limits) as extractor:
        for offer in offers:
            report = _ingest_offer(offer, knowledge_base, extractor, sizes)
            reports.append(report)
            progress.finished(report)
    pruned, spared = _prune(paths, offers, knowledge_base) if prune else ((), ())
    embedded, notices = _embed(knowledge_base, embedder, progress)
    return Report(tuple(reports), pruned, (*spared, *notices), embedded, knowledge_base.publish())


def index_texts(
    entries: Iterable[tuple[str, str, str]],
    knowledge_base: KnowledgeBase,
    *,
    embedder: Embedder | None,
    progress: Progress | None = None,
    sizes: ChunkSizes = DEFAULT_SIZES,
) -> Report:
    """Index (id, title, text) entries, one document each with the id as its location, through the product's own code.

    Blocks, cleaning and passages are those of text files; only reading files is left out.
    """
    progress = progress or NoProgress()
    listed = list(entries)
    progress.offered(len(listed))
    reports = []
    for name, title, text in listed:
        started = time.perf_counter()
        heading = " ".join(clean(title).split())
        blocks = tuple(build_text_blocks(text))
        if not blocks and heading:
            blocks = (Block(BlockKind.PARAGRAPH, heading),)
        if not blocks:
            report = FileReport(name, State.SKIPPED, "Der Eintrag enthält keinen Text.")
        else:
            data = f"{title}\0{text}".encode(errors="replace")
            snapshot = Snapshot(len(data), 0, hashlib.sha256(data).hexdigest(), None)
            drafts = chunk(blocks, sizes, heading)
            _store(
                knowledge_base,
                name,
                snapshot=snapshot,
                extraction=Extraction(TEXT, None, blocks),
                metadata=Metadata(heading or name),
                drafts=drafts,
                known=knowledge_base.find_by_location(name),
            )
            report = FileReport(name, State.INDEXED, None, len(drafts), time.perf_counter() - started)
        reports.append(report)
        progress.finished(report)
    embedded, notices = _embed(knowledge_base, embedder, progress)
    return Report(tuple(reports), (), notices, embedded, knowledge_base.publish())


def _ingest_offer(offer: Offer, knowledge_base: KnowledgeBase, extractor: ConfinedExtractor, sizes: ChunkSizes) -> FileReport:
    started = time.perf_counter()
    location = str(locate(offer.path))
    if location != (writable := os.fsencode(location).decode(errors="replace")):
        return FileReport(writable, State.FAILED, NOT_UTF_8, 0, time.perf_counter() - started)
    state, reason, passages = _try_offer(offer, location, knowledge_base, extractor, sizes)
    if state in (State.SKIPPED, State.FAILED) and knowledge_base.find_by_location(location):
        reason = f"{reason} {KEPT}"
    return FileReport(location, state, reason, passages, time.perf_counter() - started)


def _try_offer(
    offer: Offer, location: str, knowledge_base: KnowledgeBase, extractor: ConfinedExtractor, sizes: ChunkSizes
) -> tuple[State, str | None, int]:
    """Return state, reason and number of passages, whatever is wrong with the file; errors of the knowledge base pass."""
    if offer.problem is not None:
        return State.FAILED if offer.is_failure else State.SKIPPED, offer.problem, 0
    try:
        return _ingest_file(offer.path, location, knowledge_base, extractor, sizes)
    except NothingToIndex as error:
        return State.SKIPPED, str(error), 0
    except (UnreadableDocument, InvalidMetadata) as error:
        return State.FAILED, str(error), 0
    except ChangeWissenError:
        raise
    except OSError as error:
        return State.FAILED, explain_os_error(error), 0
    except Exception:  # one file must not cost the others a run of hours
        LOGGER.exception("unexpected error while taking in %s", location)
        return State.FAILED, UNEXPECTED, 0


def _ingest_file(
    path: Path, location: str, knowledge_base: KnowledgeBase, extractor: ConfinedExtractor, sizes: ChunkSizes
) -> tuple[State, str | None, int]:
    """Return state, reason and number of passages."""
    snapshot = take_snapshot(path)
    known = knowledge_base.find_by_location(location)
    if known is not None and known.content_hash == snapshot.content_hash:
        return State.UNCHANGED, None, 0
    twin = knowledge_base.find_by_hash(snapshot.content_hash)
    if twin is not None and _still_holds(twin):
        if known is not None:  # what stood here before is gone, and what stands here now is indexed already
            knowledge_base.remove([known.id])
        return State.DUPLICATE, f"Gleich wie „{twin.location}“.", 0
    moved = twin if twin is not None and not _exists(twin.location) else None
    if moved is not None and known is None:
        knowledge_base.move(moved.id, location)
        return State.UNCHANGED, f"Verschoben von „{moved.location}“.", 0
    for _ in range(2):
        extraction = extractor.extract(path)
        if is_unchanged(path, snapshot):
            break
        snapshot = take_snapshot(path)
    else:
        raise UnreadableDocument(CHANGING)
    description = describe(path, extraction, snapshot.sidecar)
    drafts = chunk(extraction.blocks, sizes, description.metadata.title)
    _store(
        knowledge_base,
        location,
        snapshot=snapshot,
        extraction=extraction,
        metadata=description.metadata,
        drafts=drafts,
        known=known,
        original=path,
    )
    if moved is not None:  # its file was moved over this one; only now is its content surely kept
        knowledge_base.remove([moved.id])
    notices = (*extraction.notices, *description.notices)
    return State.INDEXED, " ".join(notices) or None, len(drafts)


def _store(
    knowledge_base: KnowledgeBase,
    location: str,
    *,
    snapshot: Snapshot,
    extraction: Extraction,
    metadata: Metadata,
    drafts: Sequence[PassageDraft],
    known: Document | None,
    original: Path | None = None,
) -> None:
    document_id = known.id if known is not None else _free_id(knowledge_base, location, snapshot.content_hash)
    document = Document(
        id=document_id,
        location=location,
        content_hash=snapshot.content_hash,
        media_type=extraction.media_type,
        size=snapshot.size,
        page_count=extraction.page_count,
        indexed_at=datetime.now(UTC),
        metadata=metadata,
    )
    ids = make_passage_ids(document_id, [draft.text for draft in drafts])
    passages = [
        Passage(passage_id, document_id, ordinal, draft.text, draft.heading_path, draft.pages)
        for ordinal, (passage_id, draft) in enumerate(zip(ids, drafts, strict=True))
    ]
    knowledge_base.put(document, passages, original)


def _free_id(knowledge_base: KnowledgeBase, location: str, content_hash: str) -> str:
    """Return an id no document has: one whose file was changed since keeps the id its first content gave it."""
    document_id = make_document_id(location, content_hash)
    attempt = 0
    while knowledge_base.find_by_id(document_id) is not None:
        attempt += 1
        document_id = make_document_id(location, f"{content_hash}{attempt}")
    return document_id


def _embed(knowledge_base: KnowledgeBase, embedder: Embedder | None, progress: Progress) -> tuple[int, tuple[str, ...]]:
    if embedder is None:
        return 0, (NO_EMBEDDER,)
    return knowledge_base.embed_missing(embedder, progress.embedded), ()


def _prune(
    paths: Sequence[Path], offers: Sequence[Offer], knowledge_base: KnowledgeBase
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove documents under `paths` whose file is gone; return their locations and notices about those spared.

    A path that is missing or has no file at all may be a share that is not mounted: nothing under it is removed.
    """
    files = [locate(offer.path) for offer in offers if offer.problem is None]
    roots = list(dict.fromkeys(locate(path) for path in paths))
    silent = [root for root in roots if not any(file.is_relative_to(root) for file in files)]
    gone: list[Document] = []
    spared: dict[Path, int] = {}
    for document in knowledge_base.documents():
        over = [root for root in roots if Path(document.location).is_relative_to(root)]
        if not over or _exists(document.location):
            continue
        if (root := next((root for root in over if root in silent), None)) is not None:
            spared[root] = spared.get(root, 0) + 1
        else:
            gone.append(document)
    knowledge_base.remove([document.id for document in gone])
    notices = tuple(_explain_spared(root, count) for root, count in spared.items())
    return tuple(document.location for document in gone), notices


def _explain_spared(root: Path, count: int) -> str:
    kept = "1 Dokument von dort bleibt" if count == 1 else f"{count} Dokumente von dort bleiben"
    return (
        f"Unter „{root}“ liegt keine lesbare Datei – {kept} in der Wissensbasis. Bitte prüfen, ob das Laufwerk eingebunden "
        "ist; sind die Dateien mit Absicht gelöscht, bitte den Ordner darüber mit „--prune“ einlesen."
    )


def _still_holds(document: Document) -> bool:
    """Tell whether the document's file has the content it was indexed with."""
    path = Path(document.location)
    try:
        return path.is_file() and take_snapshot(path).content_hash == document.content_hash
    except (OSError, UnreadableDocument):
        return False


def _exists(location: str) -> bool:
    """Tell whether the file is there, or may be: what cannot be looked at counts as there."""
    try:
        os.stat(location)  # noqa: PTH116  # Path.exists hides errors that are no absence
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
