"""From offered files to a published generation: the one place where the parts of ingest meet."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ingest.blocks import Block, BlockKind, Extraction
from ingest.chunk import ChunkSizes, PassageDraft, chunk
from ingest.clean import clean
from ingest.describe import describe
from ingest.editions import link_editions, read_newer_editions
from ingest.extract.text import build_text_blocks
from ingest.formats import TEXT
from ingest.limits import DEFAULT_LIMITS, Limits
from ingest.pool import ExtractorPool
from ingest.pruning import Pruning, prune_documents, remove_documents
from ingest.refused import explain_standing, remember_refused
from ingest.report import FileReport, NoProgress, Progress, Report, State
from ingest.sources import CHANGING, Offer, Snapshot, exists, explain_os_error, is_unchanged, locate, take_snapshot, walk
from search_service.documents import Document, Metadata, Passage, make_document_id, make_passage_ids
from search_service.embedder import Embedder
from search_service.errors import ChangeWissenError, InvalidMetadata, NothingToIndex, UnreadableDocument
from search_service.knowledge_base.store import KnowledgeBase

LOGGER = logging.getLogger(__name__)
# Rises when the same file would be read into other passages or metadata; documents of an older reading are read again.
#   1  the first
#   2  places on the page, printed page numbers with their confidence, identifiers, suggestions
#   3  long underlined lines of plain text are headings
READING = 3
NO_EMBEDDER = (
    "Das Sprachmodell fehlt: Die Textstellen sind ohne Bedeutungssuche gespeichert, die Wortsuche findet sie. "
    "Bitte „change-wissen model prepare“ ausführen und danach noch einmal einlesen."
)
NOT_UTF_8 = "Der Name der Datei oder eines Ordners darüber ist kein gültiges UTF-8. Bitte umbenennen und erneut einlesen."
UNEXPECTED = "Beim Einlesen trat ein unerwarteter Fehler auf (Näheres im Protokoll). Bitte das Original neu speichern."
ROLLED_BACK = (
    "Es antwortet weiter Suchindex {}, auf den zurückgerollt wurde. Weiter nach vorn geht es, sobald sich etwas ändert, oder "
    "mit dem Auftrag „veröffentlichen“."
)
ROLLED_FORWARD = (
    "Suchindex {} enthält wieder den ganzen Stand der Wissensbasis; das Zurückrollen auf Suchindex {} ist damit aufgehoben."
)
DEFAULT_SIZES = ChunkSizes()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An offered file as it was when its turn to be read came near."""

    offer: Offer
    location: str
    snapshot: Snapshot | None = None  # None if there is nothing to read
    outcome: tuple[State, str] | None = None  # state and reason, of a file that cannot even be looked at


def ingest(
    paths: Sequence[Path],
    knowledge_base: KnowledgeBase,
    *,
    embedder: Embedder | None,
    prune: bool = False,
    is_certain: bool = False,
    gone: Sequence[Path] = (),
    reread: bool = False,
    without: Sequence[Path] = (),
    passwords: Sequence[str] = (),
    progress: Progress | None = None,
    limits: Limits = DEFAULT_LIMITS,
    sizes: ChunkSizes = DEFAULT_SIZES,
) -> Report:
    """Bring the files under `paths` into the knowledge base and publish it; return what became of each.

    Incremental: what is known and unchanged is not read again unless `reread`. With `prune`, documents whose file has
    vanished from under `paths` are removed; what may be a share that is not mounted removes nothing unless `is_certain`.
    `gone` names files the caller saw disappear: their documents are removed, too. A file that cannot be read leaves the
    version indexed before in place. The knowledge base itself and what `without` names are left out. `passwords` are tried
    on protected files. A report's seconds are what the run spent on the file: files are read ahead.
    """
    progress = progress or NoProgress()
    editions_before = read_newer_editions(knowledge_base)
    offers = list(walk(paths, (knowledge_base.root, *without)))
    progress.offered(len(offers))
    reports = []
    with ExtractorPool(limits, passwords=passwords) as pool:
        started = time.perf_counter()
        for candidate, reading in pool.read_ahead(_look_ahead(offers, knowledge_base, reread)):
            state, reason, passages = _take_in(candidate, reading, knowledge_base, pool, sizes, reread=reread)
            content_hash = candidate.snapshot.content_hash if candidate.snapshot else None
            reason = explain_standing(state, reason, candidate.location, content_hash, knowledge_base)
            now = time.perf_counter()
            reports.append(FileReport(candidate.location, state, reason, passages, now - started))
            started = now
            progress.finished(reports[-1])
    remember_refused(knowledge_base.root, paths, offers, reports, gone=gone, is_certain=is_certain)
    pruning = prune_documents(paths, offers, knowledge_base, is_certain=is_certain) if prune else Pruning()
    removal = remove_documents(gone, knowledge_base)
    published = publish_changes(knowledge_base, embedder, editions_before, progress=progress)
    return replace(
        published,
        files=tuple(reports),
        pruned=(*pruning.removed, *removal.removed),
        notices=(*pruning.notices, *removal.notices, *published.notices),
    )


def publish_changes(
    knowledge_base: KnowledgeBase,
    embedder: Embedder | None,
    editions_before: Mapping[str, str],
    *,
    anew: bool = False,
    embeds: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Link editions, embed what has no vector and publish; return a report without files.

    `editions_before` is what `read_newer_editions` returned before the changes. With `anew` a generation that was rolled back
    to gives way even if nothing has changed since. Without `embeds` what has no vector is left without.
    """
    progress = progress or NoProgress()
    linked = link_editions(knowledge_base, datetime.now(UTC).date(), editions_before)
    embedded, notices = _embed(knowledge_base, embedder, progress) if embeds else (0, ())
    held = knowledge_base.rolled_back_to
    progress.publishing()
    number = knowledge_base.publish(anew=anew)
    if held is not None:
        notices += (ROLLED_BACK.format(held) if number is None else ROLLED_FORWARD.format(number, held),)
    return Report((), (), (*linked, *notices), embedded, number)


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
    progress.publishing()
    return Report(tuple(reports), (), notices, embedded, knowledge_base.publish())


def _look_ahead(
    offers: Iterable[Offer], knowledge_base: KnowledgeBase, reread: bool
) -> Iterator[tuple[_Candidate, Path | None]]:
    """Yield each offer with the file to read for it, if it looks as if it had to be read."""
    for offer in offers:
        candidate = _look_at(offer)
        known = knowledge_base.find_by_location(candidate.location)
        is_needed = candidate.snapshot is not None and (reread or not _is_current(known, candidate.snapshot))
        yield candidate, offer.path if is_needed else None


def _look_at(offer: Offer) -> _Candidate:
    location = str(locate(offer.path))
    if location != (writable := os.fsencode(location).decode(errors="replace")):
        return _Candidate(offer, writable, outcome=(State.FAILED, NOT_UTF_8))
    if offer.problem is not None:
        return _Candidate(offer, location, outcome=(State.FAILED if offer.is_failure else State.SKIPPED, offer.problem))
    try:
        return _Candidate(offer, location, take_snapshot(offer.path))
    except UnreadableDocument as error:
        return _Candidate(offer, location, outcome=(State.FAILED, str(error)))


def _take_in(
    candidate: _Candidate,
    reading: Future[Extraction] | None,
    knowledge_base: KnowledgeBase,
    pool: ExtractorPool,
    sizes: ChunkSizes,
    *,
    reread: bool,
) -> tuple[State, str | None, int]:
    """Return state, reason and number of passages, whatever is wrong with the file; errors of the knowledge base pass."""
    if candidate.snapshot is None:
        return *(candidate.outcome or (State.FAILED, UNEXPECTED)), 0
    try:
        settled = _settle_unread(candidate.location, candidate.snapshot, knowledge_base, reread=reread)
        if settled is not None:
            return *settled, 0
        return _read_in(candidate, candidate.snapshot, reading, knowledge_base, pool, sizes)
    except NothingToIndex as error:
        return State.SKIPPED, str(error), 0
    except (UnreadableDocument, InvalidMetadata) as error:
        return State.FAILED, str(error), 0
    except ChangeWissenError:
        raise
    except OSError as error:
        return State.FAILED, explain_os_error(error), 0
    except Exception:  # one file must not cost the others a run of hours
        LOGGER.exception("unexpected error while taking in %s", candidate.location)
        return State.FAILED, UNEXPECTED, 0


def _settle_unread(
    location: str, snapshot: Snapshot, knowledge_base: KnowledgeBase, *, reread: bool
) -> tuple[State, str | None] | None:
    """Return state and reason of a file whose content is in the knowledge base already, else None."""
    known = knowledge_base.find_by_location(location)
    if not reread and _is_current(known, snapshot):
        return State.UNCHANGED, None
    twin = knowledge_base.find_by_hash(snapshot.content_hash)
    if twin is None or twin.location == location:
        return None
    if _still_holds(twin):
        if known is not None:  # what stood here before is gone, and what stands here now is indexed already
            knowledge_base.remove([known.id])
        return State.DUPLICATE, f"Gleich wie „{twin.location}“."
    if known is None and not exists(twin.location):
        knowledge_base.move(twin.id, location)
        if not reread and twin.reading == READING:
            return State.UNCHANGED, f"Verschoben von „{twin.location}“."
    return None


def _is_current(known: Document | None, snapshot: Snapshot) -> bool:
    return known is not None and known.content_hash == snapshot.content_hash and known.reading == READING


def _read_in(
    candidate: _Candidate,
    snapshot: Snapshot,
    reading: Future[Extraction] | None,
    knowledge_base: KnowledgeBase,
    pool: ExtractorPool,
    sizes: ChunkSizes,
) -> tuple[State, str | None, int]:
    path = candidate.offer.path
    extraction = reading.result() if reading is not None else pool.extract(path)
    if not is_unchanged(path, snapshot):
        snapshot = take_snapshot(path)
        extraction = pool.extract(path)
        if not is_unchanged(path, snapshot):
            raise UnreadableDocument(CHANGING)
    description = describe(path, extraction, snapshot.sidecar)
    drafts = chunk(extraction.blocks, sizes, description.metadata.title)
    known = knowledge_base.find_by_location(candidate.location)
    twin = knowledge_base.find_by_hash(snapshot.content_hash)
    withdrawal = knowledge_base.find_withdrawal(twin.id) if twin is not None else None
    if known is not None and withdrawal is not None and known.id != withdrawal.id:
        knowledge_base.withdraw(known.id, withdrawal.reason)  # first of all: under no name is its content shown again
    _store(
        knowledge_base,
        candidate.location,
        snapshot=snapshot,
        extraction=extraction,
        metadata=description.metadata,
        drafts=drafts,
        known=known,
        original=path,
    )
    if twin is not None and twin.location != candidate.location and not exists(twin.location):
        knowledge_base.remove([twin.id])  # its file was moved over this one; only now is its content surely kept
    return State.INDEXED, " ".join((*extraction.notices, *description.notices)) or None, len(drafts)


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
        reading=READING,
    )
    ids = make_passage_ids(document_id, [draft.text for draft in drafts])
    passages = [
        Passage(passage_id, document_id, ordinal, draft.text, draft.heading_path, draft.pages, draft.places)
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


def _still_holds(document: Document) -> bool:
    """Tell whether the document's file has the content it was indexed with."""
    path = Path(document.location)
    try:
        return path.is_file() and take_snapshot(path).content_hash == document.content_hash
    except (OSError, UnreadableDocument):
        return False
