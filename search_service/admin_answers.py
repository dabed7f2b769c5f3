"""What the API tells editors of jobs, generations, withdrawn documents and gaps. Within v1 fields are added, never renamed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from pydantic import BaseModel, Field, JsonValue

from search_service.desk.gaps import Gap, K
from search_service.desk.jobs import Job
from search_service.knowledge_base.former import FormerDocument
from search_service.knowledge_base.manifests import PublishedGeneration
from search_service.links import API, page_path

ADMIN = f"{API}/admin"


class JobAnswer(BaseModel):
    """One job."""

    id: str
    kind: str = Field(
        description="Was zu tun ist: `add`, `replace`, `withdraw`, `restore`, `edit`, `reindex`, `publish` oder `roll_back`."
    )
    state: str = Field(description="`queued` (wartet), `running` (läuft), `done` (erledigt) oder `failed` (gescheitert).")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    document_id: str | None = Field(
        description="Dokument, um das es geht; bei `add` erst, wenn es aufgenommen oder schon da ist."
    )
    generation: int | None = Field(description="Stand, zu dem zurückgekehrt werden soll.")
    file: str | None = Field(description="Name der hochgeladenen Datei, bereinigt.")
    metadata: dict[str, JsonValue] = Field(description="Angaben, wie sie aufgetragen wurden.")
    detail: str | None = Field(description="Was herausgekommen ist, oder warum nicht; `null`, solange es nicht so weit ist.")
    report: dict[str, JsonValue] | None = Field(
        description="Bericht der Aufnahme: `totals` je Zustand, `files` mit Zustand und Grund, `notices`. "
        "In der Liste nur `totals`."
    )
    step: str | None = Field(description="Was gerade geschieht, z. B. „Text lesen“; `null`, wenn der Auftrag nicht läuft.")
    done: int | None = Field(description="So viel ist von diesem Schritt getan; `null`, wo nicht gezählt wird.")
    total: int | None = Field(description="So viel hat der Schritt zu tun: Dateien beim Lesen, Textstellen beim Berechnen.")
    url: str = Field(description="Wo der Auftrag steht.")


class JobsAnswer(BaseModel):
    """A page of jobs."""

    jobs: list[JobAnswer] = Field(description="Der neueste zuerst.")
    next: str | None = Field(description="Adresse der nächsten Seite; `null` auf der letzten.")


class GenerationAnswer(BaseModel):
    """A published state of the index."""

    number: int
    published_at: datetime
    documents: int
    passages: int
    model: str | None = Field(description="Kennung des Sprachmodells; `null` ohne Suche nach Bedeutung.")
    current: bool = Field(description="Ob dieser Stand antwortet.")


class GenerationsAnswer(BaseModel):
    """The states that are kept."""

    generations: list[GenerationAnswer] = Field(description="Der neueste zuerst.")


class WithdrawnAnswer(BaseModel):
    """A withdrawn document."""

    id: str
    title: str
    withdrawn_at: datetime
    reason: str | None
    url: str = Field(description="Seite, auf der Leser erfahren, dass es zurückgezogen ist.")


class WithdrawnListAnswer(BaseModel):
    """The withdrawn documents."""

    documents: list[WithdrawnAnswer] = Field(description="Das zuletzt zurückgezogene zuerst.")


class GapAnswer(BaseModel):
    """A word that was searched and not found."""

    text: str = Field(description="Das Wort in kleinen Buchstaben.")
    days: int = Field(description="An so vielen verschiedenen Tagen gesucht.")
    clients: int = Field(description=f"Höchstens so viele Suchende an einem Tag, gezählt bis {K}.")
    last_month: date = Field(description="Erster Tag des Monats, in dem es zuletzt gesucht wurde.")


class GapsAnswer(BaseModel):
    """What was searched and not found."""

    threshold: int = Field(description="Ab so vielen verschiedenen Tagen oder Suchenden eines Tages wird ein Wort gezeigt.")
    gaps: list[GapAnswer] = Field(description="Das an den meisten Tagen gesuchte zuerst.")


def job_path(job_id: str) -> str:
    """Return the path of a job."""
    return f"{ADMIN}/jobs/{job_id}"


def build_job_answer(job: Job, public_url: str | None) -> JobAnswer:
    """Return a job as the API tells it."""
    return JobAnswer(
        id=job.id,
        kind=job.kind,
        state=job.state,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        document_id=job.document_id,
        generation=job.generation,
        file=job.file,
        metadata=dict(job.metadata),
        detail=job.detail,
        report=None if job.report is None else dict(job.report),
        step=job.step,
        done=job.done,
        total=job.total,
        url=(public_url or "").rstrip("/") + job_path(job.id),
    )


def build_jobs_answer(jobs: Sequence[Job], limit: int, public_url: str | None) -> JobsAnswer:
    """Return the page of the first `limit` jobs; one more means that there is another page."""
    shown = jobs[:limit]
    more = f"{(public_url or '').rstrip('/')}{ADMIN}/jobs?limit={limit}&before={shown[-1].id}" if len(jobs) > limit else None
    return JobsAnswer(jobs=[build_job_answer(job, public_url) for job in shown], next=more)


def build_generations_answer(generations: Iterable[PublishedGeneration]) -> GenerationsAnswer:
    """Return the published states as the API tells them."""
    return GenerationsAnswer(
        generations=[
            GenerationAnswer(
                number=each.number,
                published_at=each.published_at,
                documents=each.documents,
                passages=each.passages,
                model=each.model,
                current=each.is_current,
            )
            for each in generations
        ]
    )


def build_withdrawn_answer(documents: Iterable[FormerDocument], public_url: str | None) -> WithdrawnListAnswer:
    """Return the withdrawn ones among former documents, the latest first."""
    withdrawn = sorted(
        (each for each in documents if each.is_withdrawn), key=lambda each: (each.gone_at, each.id), reverse=True
    )
    return WithdrawnListAnswer(
        documents=[
            WithdrawnAnswer(
                id=each.id,
                title=each.title,
                withdrawn_at=each.gone_at,
                reason=each.reason,
                url=(public_url or "").rstrip("/") + page_path(each.id),
            )
            for each in withdrawn
        ]
    )


def build_gaps_answer(gaps: Iterable[Gap]) -> GapsAnswer:
    """Return the gaps as the API tells them."""
    return GapsAnswer(
        threshold=K,
        gaps=[GapAnswer(text=gap.text, days=gap.days, clients=gap.clients, last_month=gap.last_month) for gap in gaps],
    )
