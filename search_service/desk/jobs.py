"""Jobs: what editors asked for and the worker does. Adding one is all that the service does to a knowledge base."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from search_service.desk.database import Connection, Database, Row
from search_service.errors import NotFound

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]  # a value of a JSON text

KEPT_JOBS = 1_000  # finished ones are kept to look back at; the oldest go first
MAX_REPORTED_FILES = 1_000  # of one job: 100,000 lines of "unchanged" after a reindex would tell nobody anything
_TOLD = (
    "id, kind, state, created_at, started_at, finished_at, document_id, generation, file, metadata, detail, step, done, total"
)
_LISTED = f"{_TOLD}, CASE WHEN report IS NOT NULL THEN json_object('totals', json_extract(report, '$.totals')) END AS report"
_NOTE_PATIENCE = 0.1  # seconds that a note of progress, which the next one overtakes, may hold a job up
# Finds what has made good the job of the query around it.
_MADE_GOOD = """SELECT 1 FROM jobs AS later WHERE later.state = 'done' AND later.number > jobs.number AND (
  later.document_id = jobs.document_id OR later.file = jobs.file OR later.kind = jobs.kind
  AND coalesce(later.document_id, later.file, jobs.document_id, jobs.file) IS NULL)"""
_ATTEMPTS = 2  # a job that took two workers down would take the third one down as well


class JobKind(StrEnum):
    """What is to be done."""

    ADD = "add"
    REPLACE = "replace"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    EDIT = "edit"
    REINDEX = "reindex"
    PUBLISH = "publish"
    ROLL_BACK = "roll_back"


KIND_LABELS = {
    JobKind.ADD: "Aufnehmen",
    JobKind.REPLACE: "Ersetzen",
    JobKind.WITHDRAW: "Zurückziehen",
    JobKind.RESTORE: "Wiederherstellen",
    JobKind.EDIT: "Angaben ändern",
    JobKind.REINDEX: "Neu lesen",
    JobKind.PUBLISH: "Veröffentlichen",
    JobKind.ROLL_BACK: "Zurückrollen",
}


class JobState(StrEnum):
    """How far a job has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobStep(StrEnum):
    """What a running job is at, as editors read it."""

    PREPARE = "Vorbereiten"
    READ = "Text lesen"  # counted in files
    EMBED = "Bedeutungen berechnen"  # counted in passages
    PUBLISH = "Suchindex schreiben"


@dataclass(frozen=True, slots=True)
class Job:
    """One job."""

    id: str  # "j" and 16 hex digits
    kind: JobKind
    state: JobState
    created_at: datetime  # UTC, like the others
    started_at: datetime | None
    finished_at: datetime | None
    document_id: str | None  # of ADD when it is done
    generation: int | None  # to roll back to
    file: str | None  # name of the uploaded file as the editor named it, cleaned
    metadata: Mapping[str, Json]  # as a sidecar takes it; for WITHDRAW {"reason": ...}
    detail: str | None  # German sentence: the outcome or why it failed; None before
    report: Mapping[str, Json] | None  # `ingest.report.Report.to_json()`, with at most MAX_REPORTED_FILES files
    step: str | None = None  # a JobStep while it runs, None before and after
    done: int | None = None  # how many of `total` the step has done; None where it is not counted
    total: int | None = None


def make_job_id() -> str:
    """Return an id for a job that is to come; its uploaded file lies under this id before the job is added."""
    return f"j{secrets.token_hex(8)}"


class Jobs:
    """The queue of jobs, oldest first. Safe between threads and processes; every method may raise DeskUnavailable."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        kind: JobKind,
        *,
        job_id: str | None = None,
        document_id: str | None = None,
        generation: int | None = None,
        file: str | None = None,
        metadata: Mapping[str, Json] | None = None,
    ) -> Job:
        """Queue a job and return it; its id is `job_id`, or a new one."""
        job_id = job_id or make_job_id()
        text = json.dumps(dict(metadata or {}), ensure_ascii=False)
        with self._database.writing() as connection:
            row = connection.execute(
                "INSERT INTO jobs (id, kind, state, created_at, document_id, generation, file, metadata)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
                (job_id, kind, JobState.QUEUED, self._now(), document_id, generation, file, text),
            ).fetchone()
            return _read_job(row)

    def find(self, job_id: str) -> Job | None:
        """Return the job of this id, or None."""
        with self._database.reading() as connection:
            if connection is None:
                return None
            row = connection.execute(f"SELECT {_TOLD}, report FROM jobs WHERE id = ?", (job_id,)).fetchone()  # noqa: S608  # nothing of the request in it
            return _read_job(row) if row else None

    def list(self, limit: int, before: str | None = None) -> Sequence[Job]:
        """Return at most `limit` jobs, the newest first; with the id `before` only older ones, none if it is unknown.

        Of a report there are only the totals: with all files a page of jobs could be as long as a book.
        """
        with self._database.reading() as connection:
            if connection is None:
                return []
            older = " WHERE number < (SELECT number FROM jobs WHERE id = :before)" if before is not None else ""
            rows = connection.execute(
                f"SELECT {_LISTED} FROM jobs{older} ORDER BY number DESC LIMIT :limit",  # noqa: S608  # nothing of the request in it
                {"before": before, "limit": limit},
            )
            return [_read_job(row) for row in rows]

    def list_open(self) -> Sequence[Job]:
        """Return the jobs that are yet to be done, the one under way first, then in the order of the queue."""
        with self._database.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                f"SELECT {_LISTED} FROM jobs WHERE state IN ('running', 'queued') ORDER BY number"  # noqa: S608  # nothing asked in it
            )
            return [_read_job(row) for row in rows]

    def take_next(self) -> Job | None:
        """Return the oldest queued job, which is running from now on and nobody else's; None if nothing is queued."""
        with self._database.reading() as connection:  # a worker asks every second: most of the time without a write
            if connection is None or not connection.execute("SELECT 1 FROM jobs WHERE state = 'queued' LIMIT 1").fetchone():
                return None
        with self._database.writing() as connection:
            row = connection.execute(
                "UPDATE jobs SET state = ?, started_at = ? WHERE number ="
                " (SELECT number FROM jobs WHERE state = 'queued' ORDER BY number LIMIT 1) RETURNING *",
                (JobState.RUNNING, self._now()),
            ).fetchone()
            return _read_job(row) if row else None

    def note_progress(self, job_id: str, step: JobStep, done: int | None = None, total: int | None = None) -> None:
        """Record how far a running job is; does nothing for one that is not running. Gives up soon where the desk is busy."""
        with self._database.writing(_NOTE_PATIENCE) as connection:
            connection.execute(
                "UPDATE jobs SET step = ?, done = ?, total = ? WHERE id = ? AND state = 'running'", (step, done, total, job_id)
            )

    def finish(
        self,
        job_id: str,
        state: JobState,
        detail: str,
        report: Mapping[str, object] | None = None,
        document_id: str | None = None,
    ) -> None:
        """Record how a job ended, DONE or FAILED, with a German sentence; raise NotFound for an unknown job.

        `report` is what `ingest.report.Report.to_json` returns; `document_id` is of a job that was given none.
        """
        text = None if report is None else json.dumps(_shorten(report), ensure_ascii=False)
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE jobs SET state = ?, detail = ?, report = ?, finished_at = ?, document_id = coalesce(document_id, ?),"
                " step = NULL, done = NULL, total = NULL"
                " WHERE id = ?",
                (state, detail, text, self._now(), document_id, job_id),
            )
            if not changed.rowcount:
                raise NotFound(f"Einen Auftrag mit der Kennung „{job_id}“ gibt es nicht.")
            _drop_old(connection)

    def requeue_abandoned(self) -> None:
        """Queue running jobs again, whose worker has died; one that was abandoned before has failed.

        To be called by the one worker when it starts and holds the knowledge base: what is running then has nobody.
        """
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'failed', finished_at = ?, abandoned = abandoned + 1, detail = ?,"
                " step = NULL, done = NULL, total = NULL"
                " WHERE state = 'running' AND abandoned + 1 >= ?",
                (
                    self._now(),
                    "Der Auftrag ist zweimal abgebrochen, weil der Arbeitsprozess dabei endete. "
                    "Bitte die Datei und das Protokoll des Arbeitsprozesses prüfen und den Auftrag neu erteilen.",
                    _ATTEMPTS,
                ),
            )
            connection.execute(
                "UPDATE jobs SET state = 'queued', started_at = NULL, abandoned = abandoned + 1,"
                " step = NULL, done = NULL, total = NULL WHERE state = 'running'"
            )

    def _now(self) -> str:
        return self._clock().isoformat()

    def find_failed(self, since: datetime, limit: int) -> tuple[int, Sequence[Job]]:
        """Return how many jobs have failed from `since` (UTC) on and were not made good, and at most `limit`, the newest first.

        One makes another good that is done later, about the same document or file or, where neither is about one, of its kind.
        """
        with self._database.reading() as connection:
            if connection is None:
                return 0, []
            failed = f"FROM jobs WHERE state = 'failed' AND finished_at >= ? AND NOT EXISTS ({_MADE_GOOD})"
            (count,) = connection.execute(f"SELECT count(*) {failed}", (since.isoformat(),)).fetchone()  # nothing asked in it
            rows = connection.execute(
                f"SELECT {_LISTED} {failed} ORDER BY number DESC LIMIT ?",  # nothing asked in it
                (since.isoformat(), limit),
            )
            return count, [_read_job(row) for row in rows]


def _drop_old(connection: Connection) -> None:
    connection.execute(
        "DELETE FROM jobs WHERE state IN ('done', 'failed') AND number <= (SELECT max(number) FROM jobs) - ?", (KEPT_JOBS,)
    )


def _shorten(report: Mapping[str, object]) -> dict[str, object]:
    """Return the report with at most MAX_REPORTED_FILES files, those first that need a word; "files_left_out" are more."""
    files = report.get("files")
    if not isinstance(files, list) or len(files) <= MAX_REPORTED_FILES:
        return dict(report)
    telling = sorted(files, key=lambda file: not file.get("reason"))  # stable: the order of the run otherwise
    return {**report, "files": telling[:MAX_REPORTED_FILES], "files_left_out": len(files) - MAX_REPORTED_FILES}


def _read_job(row: Row) -> Job:
    return Job(
        id=row["id"],
        kind=JobKind(row["kind"]),
        state=JobState(row["state"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        started_at=_read_time(row["started_at"]),
        finished_at=_read_time(row["finished_at"]),
        document_id=row["document_id"],
        generation=row["generation"],
        file=row["file"],
        metadata=json.loads(row["metadata"]),
        detail=row["detail"],
        report=None if row["report"] is None else json.loads(row["report"]),
        step=row["step"],
        done=row["done"],
        total=row["total"],
    )


def _read_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
