"""What the pages of jobs show, computed beforehand. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from search_service.desk.jobs import KIND_LABELS, Job, JobKind, JobState, JobStep, Json
from search_service.documents import Suggestion
from search_service.site.editing.frame import UPLOAD, edit_path, job_path
from search_service.suggestions import leave_out_suggestions, name_suggestions
from search_service.typesetting import german_number

STATE_LABELS = {
    JobState.QUEUED: "wartet",
    JobState.RUNNING: "läuft",
    JobState.DONE: "erledigt",
    JobState.FAILED: "gescheitert",
}
# The states of files as `ingest.report` names them: label, and what to do now.
FILE_STATES = {
    "indexed": ("aufgenommen", None),
    "unchanged": ("unverändert", None),
    "duplicate": ("doppelt", "Nichts weiter: Der Inhalt ist schon da. Die überflüssige Datei kann weg."),
    "skipped": (
        "übersprungen",
        "Die Datei in einem Format mit Text speichern und noch einmal hochladen; bei Scans den Betreiber bitten, die "
        "Texterkennung einzurichten.",
    ),
    "failed": ("gescheitert", "Den Grund beheben und die Datei noch einmal hochladen. Was vorher galt, gilt weiter."),
}
_TAKES_IN = (JobKind.ADD, JobKind.REPLACE)
_UNITS = {JobStep.READ: ("Datei", "Dateien"), JobStep.EMBED: ("Textstelle", "Textstellen")}
MAX_FILES = 100  # shown of a report: of a reindex those come first that need a word


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running job is."""

    step: str
    counted: str | None  # "128 von 512 Textstellen"
    done: int | None  # of `total`; None: nobody can tell
    total: int | None
    announced: str  # for who hears it: changes with every tenth, not with every count


@dataclass(frozen=True, slots=True)
class FileLine:
    """What became of one file."""

    name: str
    state: str  # "failed"
    label: str  # "gescheitert"
    reason: str | None
    advice: str | None
    passages: int


@dataclass(frozen=True, slots=True)
class JobView:
    """One job."""

    id: str
    link: str
    kind: str  # "Aufnehmen"
    subject: str | None  # what it is about: a file, a document, a generation
    state: str  # "running"
    label: str  # "läuft"
    is_open: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    progress: Progress | None
    detail: str | None
    advice: tuple[tuple[str, str], ...]  # of a failed one: what can be done now, text and address
    document_link: str | None  # where the document is changed


@dataclass(frozen=True, slots=True)
class ReportView:
    """The report of an ingest."""

    totals: tuple[tuple[str, str], ...]  # "aufgenommen", "12"
    files: tuple[FileLine, ...]
    left_out: str | None  # how many files are not shown
    notices: tuple[str, ...]


def view_job(job: Job, title: str | None = None) -> JobView:
    """Return a job as its page and the list show it; `title` is that of its document where it is known."""
    return JobView(
        id=job.id,
        link=job_path(job.id),
        kind=KIND_LABELS[job.kind],
        subject=_name_subject(job, title),
        state=job.state,
        label=STATE_LABELS[job.state],
        is_open=is_open(job),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        progress=view_progress(job) if job.state is JobState.RUNNING else None,
        detail=leave_out_suggestions(job.detail) if job.detail is not None else None,
        advice=_advise(job) if job.state is JobState.FAILED else (),
        document_link=edit_path(job.document_id) if job.document_id and job.kind is not JobKind.WITHDRAW else None,
    )


def is_open(job: Job) -> bool:
    """Tell whether a job is yet to be done."""
    return job.state in (JobState.QUEUED, JobState.RUNNING)


def view_progress(job: Job) -> Progress:
    """Return how far a running job is."""
    step = job.step or "Beginnt"
    if job.done is None or not job.total:
        return Progress(step, None, None, None, f"{step} …")
    unit = _UNITS.get(JobStep(step), ("", "")) if step in set(JobStep) else ("", "")
    counted = f"{german_number(job.done)} von {german_number(job.total)} {unit[job.total != 1]}".strip()
    tenth = 10 * job.done // job.total * 10
    is_counting = job.total > 1  # of a single one nobody can tell how far it is
    return Progress(
        step,
        counted,
        job.done if is_counting else None,
        job.total if is_counting else None,
        f"{step}: {tenth} Prozent" if is_counting else f"{step} …",
    )


def view_suggested(job: Job, suggestions: Sequence[Suggestion]) -> tuple[str, str] | None:
    """Return what the text of a document that was just taken in suggests, and where it is accepted; None without."""
    if not suggestions or job.document_id is None or job.state is not JobState.DONE or job.kind not in _TAKES_IN:
        return None
    return name_suggestions(suggestions), f"{edit_path(job.document_id)}#angaben"


def view_report(report: Mapping[str, Json] | None, told: str = "") -> ReportView | None:
    """Return the report of a job, what needs a word first; None without one. What `told` says is not said again."""
    if report is None:
        return None
    totals = report.get("totals")
    counts = totals if isinstance(totals, dict) else {}
    listed = report.get("files")
    files = [_view_file(each, told) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    files.sort(key=lambda file: (file.advice is None, file.reason is None))  # stable: the order of the run otherwise
    left_out = report.get("files_left_out")
    more = len(files[MAX_FILES:]) + (left_out if isinstance(left_out, int) else 0)
    notices = report.get("notices")
    return ReportView(
        totals=tuple(
            (label, german_number(count))
            for state, (label, _) in FILE_STATES.items()
            if isinstance(count := counts.get(state), int) and count
        ),
        files=tuple(files[:MAX_FILES]),
        left_out=f"{german_number(more)} weitere Dateien ohne Besonderheiten sind nicht gezeigt." if more else None,
        notices=tuple(dict.fromkeys(str(each) for each in notices)) if isinstance(notices, list) else (),
    )


def _view_file(file: Mapping[str, Json], told: str) -> FileLine:
    state = str(file.get("state"))
    label, advice = FILE_STATES.get(state, (state, None))
    reason, passages = str(file.get("reason") or ""), file.get("passages")
    reason = "" if reason in told else leave_out_suggestions(reason)
    return FileLine(
        str(file.get("path")),
        state,
        label,
        reason or None,
        advice,
        passages if isinstance(passages, int) else 0,
    )


def _name_subject(job: Job, title: str | None) -> str | None:
    if job.file:
        return f"„{job.file}“"
    if job.generation is not None:
        return f"Suchindex {job.generation}"
    if title:
        return f"„{title}“"
    return job.document_id


def _advise(job: Job) -> tuple[tuple[str, str], ...]:
    document = job.document_id
    ways = {
        JobKind.ADD: ("Noch einmal hochladen", UPLOAD.path),
        JobKind.REPLACE: ("Datei noch einmal ersetzen", f"{edit_path(document)}#datei") if document else None,
        JobKind.EDIT: ("Angaben noch einmal ändern", edit_path(document)) if document else None,
    }
    way = ways.get(job.kind)
    return (way,) if way else ()
