"""What each kind of job does to the knowledge base, and the German sentence it ends with."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.describe import read_edits
from ingest.editions import read_newer_editions
from ingest.limits import DEFAULT_LIMITS, Limits
from ingest.pipeline import ingest, publish_changes
from ingest.report import FileReport, NoProgress, Progress, Report, State
from ingest.sources import take_snapshot
from ingest.uploads import (
    Upload,
    drop_replaced,
    find_moved,
    is_upload,
    place_upload,
    plan_upload,
    put_back,
    read_plan,
    stage_sidecar,
)
from search_service.desk.inbox import Inbox
from search_service.desk.jobs import Job, JobKind
from search_service.documents import Document
from search_service.embedder import Embedder
from search_service.errors import ModelMismatch, NotFound, UnreadableDocument
from search_service.knowledge_base.originals import ORIGINALS
from search_service.knowledge_base.store import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Errand:
    """What a job is done with."""

    knowledge_base: KnowledgeBase
    embedder: Embedder | None  # None: what is taken in is found by its words until a model is there
    passwords: Sequence[str] = ()
    limits: Limits = DEFAULT_LIMITS
    progress: Progress = field(default_factory=NoProgress)  # is told how far a job is


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended."""

    detail: str  # German: what happened, and what to do if it failed
    report: Mapping[str, object] | None = None  # `Report.to_json`, with the "document_id" of an upload
    is_done: bool = True
    document_id: str | None = None  # of the document that an upload has become, or that it already was


def run_errand(job: Job, errand: Errand) -> Outcome:
    """Do a job; doing it again changes nothing more. Raises ChangeWissenError with a sentence for the editor."""
    if errand.embedder is not None and job.kind not in _WITHOUT_MODEL:
        try:
            errand.knowledge_base.check_model(errand.embedder.fingerprint)
        except ModelMismatch as error:
            return _fail(f"{error} Danach den Auftrag bitte noch einmal erteilen.")
    return _ERRANDS[job.kind](job, errand)


def undo_upload(job: Job, folder: Path, knowledge_base: KnowledgeBase) -> None:
    """Put back what a job that was given up had placed under `uploads`, unless it is in the knowledge base all the same."""
    upload = read_plan(folder)
    if upload is None or _is_taken_in(upload, knowledge_base):
        return
    _put_back(upload, knowledge_base, knowledge_base.find_by_id(job.document_id or ""))


def _add(job: Job, errand: Errand) -> Outcome:
    return _take_upload_in(job, errand, None)


def _replace(job: Job, errand: Errand) -> Outcome:
    knowledge_base = errand.knowledge_base
    known = _require(job, knowledge_base)
    moved = find_moved(knowledge_base.root, known.location)
    if moved is not None and knowledge_base.find_by_location(str(moved)) is None:
        knowledge_base.move(known.id, str(moved))
        known = replace(known, location=str(moved))
    if not is_upload(knowledge_base.root, known.location):
        return _fail(
            f"„{known.metadata.title}“ stammt aus einem Ordner des Betreibers oder aus dem Netz; dort liegt die gültige Datei. "
            "Bitte die neue Fassung dort ablegen lassen, oder sie hochladen und das alte Dokument zurückziehen."
        )
    return _take_upload_in(job, errand, known)


def _take_upload_in(job: Job, errand: Errand, known: Document | None) -> Outcome:
    knowledge_base = errand.knowledge_base
    source = Inbox(knowledge_base.root).path(job.id, job.file or "")
    if not source.is_file():
        return _fail("Die hochgeladene Datei liegt nicht mehr im Eingang. Bitte noch einmal hochladen.")
    upload = plan_upload(knowledge_base.root, source, Path(known.location) if known else None)
    stage_sidecar(upload, job.metadata)
    twin = _find_twin(upload, knowledge_base, known)
    if twin is not None and twin.id in knowledge_base.withdrawn():
        return _fail(
            f"Diese Datei ist das zurückgezogene Dokument „{twin.metadata.title}“ ({twin.id}). Es wurde nichts aufgenommen; "
            "soll es wieder erscheinen, bitte dieses Dokument wiederherstellen."
        )
    if twin is not None and known is not None:
        return _fail(
            f"Diese Datei ist schon ein eigenes Dokument: „{twin.metadata.title}“ ({twin.id}). Es wurde nichts ersetzt; "
            "bitte das überflüssige Dokument zurückziehen."
        )
    if twin is not None and _find_file(twin, knowledge_base) is not None:
        return _tell_twin(job, twin)
    place_upload(upload)
    if known is not None and known.location != str(upload.target):
        knowledge_base.move(known.id, str(upload.target))
    report = _ingest([upload.target], errand)
    return _tell_upload(job, upload, report, knowledge_base, known)


def _tell_upload(job: Job, upload: Upload, report: Report, knowledge_base: KnowledgeBase, known: Document | None) -> Outcome:
    file = report.files[0] if report.files else FileReport(str(upload.target), State.FAILED, "Die Datei wurde nicht gelesen.")
    if file.state in (State.INDEXED, State.UNCHANGED):
        drop_replaced(upload)
        document = knowledge_base.find_by_location(str(upload.target))
        told = f"„{job.file}“ ist aufgenommen."
        if known is not None and document is not None:
            told = f"Die Datei von „{document.metadata.title}“ ist durch „{job.file}“ ersetzt."
        return _end_upload(_join(told, file.reason, _tell_generation(report)), report, document)
    is_twin = file.state is State.DUPLICATE
    twin = knowledge_base.find_by_hash(take_snapshot(upload.target).content_hash) if is_twin else None
    _put_back(upload, knowledge_base, known)
    if twin is not None:
        return _tell_twin(job, twin)
    return _end_upload(_join(f"„{job.file}“ wurde nicht aufgenommen.", file.reason), report, known, is_done=False)


def _find_twin(upload: Upload, knowledge_base: KnowledgeBase, known: Document | None) -> Document | None:
    """Return another document than `known` made of the same bytes, whatever is said about it; a withdrawn one last."""
    size = upload.source.stat().st_size
    withdrawn = knowledge_base.withdrawn()
    own = (str(upload.target), known.location if known is not None else None)
    twins = [
        document
        for document in knowledge_base.documents()
        if document.size == size and document.location not in own and _is_made_of(document, upload.source, knowledge_base)
    ]
    return min(twins, key=lambda document: document.id in withdrawn, default=None)


def _is_made_of(document: Document, file: Path, knowledge_base: KnowledgeBase) -> bool:
    original = knowledge_base.root / ORIGINALS / document.content_hash
    return original.is_file() and filecmp.cmp(file, original, shallow=False)


def _tell_twin(job: Job, twin: Document) -> Outcome:
    named = f"„{twin.metadata.title}“ ({twin.id})"
    left = "Die Angaben dazu wurden nicht übernommen; ändern lassen sie sich bei diesem Dokument." if job.metadata else None
    report = Report((FileReport(job.file or "", State.DUPLICATE, f"Gleich wie {named}."),))
    return _end_upload(_join(f"„{job.file}“ ist schon in der Wissensbasis: {named}.", left), report, twin)


def _end_upload(detail: str, report: Report, document: Document | None, *, is_done: bool = True) -> Outcome:
    document_id = document.id if document is not None else None
    return Outcome(detail, {**report.to_json(), "document_id": document_id}, is_done, document_id)


def _put_back(upload: Upload, knowledge_base: KnowledgeBase, known: Document | None) -> None:
    put_back(upload)
    if known is not None and upload.before is not None and upload.before != upload.target:
        knowledge_base.move(known.id, str(upload.before))


def _is_taken_in(upload: Upload, knowledge_base: KnowledgeBase) -> bool:
    document = knowledge_base.find_by_location(str(upload.target))
    try:
        return document is not None and take_snapshot(upload.target).content_hash == document.content_hash
    except UnreadableDocument:
        return False


def _withdraw(job: Job, errand: Errand) -> Outcome:
    document = _require(job, errand.knowledge_base)
    reason = job.metadata.get("reason")
    before = read_newer_editions(errand.knowledge_base)
    errand.knowledge_base.withdraw(document.id, reason if isinstance(reason, str) else None)
    report = publish_changes(errand.knowledge_base, errand.embedder, before, embeds=False, progress=errand.progress)
    return Outcome(_join(f"„{document.metadata.title}“ ist zurückgezogen.", _tell_generation(report)), report.to_json())


def _restore(job: Job, errand: Errand) -> Outcome:
    document = _require(job, errand.knowledge_base)
    before = read_newer_editions(errand.knowledge_base)
    if errand.knowledge_base.restore(document.id):
        return _publish_change(f"„{document.metadata.title}“ ist wiederhergestellt.", errand, before)
    return _publish_change(f"„{document.metadata.title}“ ist nicht (mehr) zurückgezogen.", errand, before)


def _edit(job: Job, errand: Errand) -> Outcome:
    document = _require(job, errand.knowledge_base)
    edits, notices = read_edits(job.metadata, "der Änderung")
    if notices:
        return _fail(_join("Es wurde nichts geändert.", *notices))
    before = read_newer_editions(errand.knowledge_base)
    edited = errand.knowledge_base.edit_metadata(document.id, edits)
    return _publish_change(f"Die Angaben zu „{edited.metadata.title}“ sind geändert.", errand, before)


def _reindex(job: Job, errand: Errand) -> Outcome:
    knowledge_base = errand.knowledge_base
    asked = [_require(job, knowledge_base)] if job.document_id else list(knowledge_base.documents())
    paths = [path for document in asked if (path := _find_file(document, knowledge_base)) is not None]
    report = _ingest(paths, errand, reread=True)
    read, failed = report.totals[State.INDEXED], report.totals[State.FAILED] + report.totals[State.SKIPPED]
    told = [f"{_count(read)} neu gelesen."]
    if failed:
        told.append(f"{_count(failed)} nicht lesbar; die bisherige Fassung bleibt durchsuchbar.")
    if missing := len(asked) - len(paths):
        told.append(f"{_count(missing)} ohne Datei an ihrem Ort; es bleibt, was aufgenommen war.")
    return Outcome(_join(*told, _tell_generation(report)), report.to_json())


def _publish(job: Job, errand: Errand) -> Outcome:
    before = read_newer_editions(errand.knowledge_base)
    report = publish_changes(errand.knowledge_base, errand.embedder, before, anew=True, progress=errand.progress)
    return Outcome(_tell_generation(report) or "Der Stand der Wissensbasis ist schon veröffentlicht.", report.to_json())


def _roll_back(job: Job, errand: Errand) -> Outcome:
    number = job.generation or 0
    errand.knowledge_base.roll_back(number)
    return Outcome(
        f"Es antwortet Suchindex {number}. Weiter nach vorn geht es mit „veröffentlichen“ oder mit der nächsten Änderung an "
        "der Wissensbasis."
    )


_ERRANDS: Mapping[JobKind, Callable[[Job, Errand], Outcome]] = {
    JobKind.ADD: _add,
    JobKind.REPLACE: _replace,
    JobKind.WITHDRAW: _withdraw,
    JobKind.RESTORE: _restore,
    JobKind.EDIT: _edit,
    JobKind.REINDEX: _reindex,
    JobKind.PUBLISH: _publish,
    JobKind.ROLL_BACK: _roll_back,
}
# What takes text away waits for no model: it is often urgent, and needs no vector.
_WITHOUT_MODEL = frozenset({JobKind.WITHDRAW, JobKind.ROLL_BACK})


def _publish_change(told: str, errand: Errand, editions_before: Mapping[str, str]) -> Outcome:
    report = publish_changes(errand.knowledge_base, errand.embedder, editions_before, progress=errand.progress)
    return Outcome(_join(told, _tell_generation(report)), report.to_json())


def _ingest(paths: Sequence[Path], errand: Errand, *, reread: bool = False) -> Report:
    return ingest(
        paths,
        errand.knowledge_base,
        embedder=errand.embedder,
        reread=reread,
        passwords=errand.passwords,
        progress=errand.progress,
        limits=errand.limits,
    )


def _require(job: Job, knowledge_base: KnowledgeBase) -> Document:
    document = knowledge_base.find_by_id(job.document_id or "")
    if document is None:
        raise NotFound(f"Ein Dokument mit der Kennung „{job.document_id}“ gibt es nicht (mehr). Bitte neu suchen.")
    return document


def _find_file(document: Document, knowledge_base: KnowledgeBase) -> Path | None:
    """Return where a document's file lies; None if it is gone, or if the document never was a file."""
    moved = find_moved(knowledge_base.root, document.location)
    if moved is not None and knowledge_base.find_by_location(str(moved)) is None:
        knowledge_base.move(document.id, str(moved))
        return moved
    path = Path(document.location)
    return path if path.is_absolute() and path.is_file() else None


def _tell_generation(report: Report) -> str | None:
    return None if report.generation is None else f"Suchindex {report.generation} ist veröffentlicht."


def _count(number: int) -> str:
    return "1 Dokument" if number == 1 else f"{number} Dokumente"


def _join(*sentences: str | None) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _fail(detail: str) -> Outcome:
    return Outcome(detail, is_done=False)
