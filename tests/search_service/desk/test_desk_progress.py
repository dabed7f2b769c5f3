"""How far a job is, on the disk: told while it runs, forgotten when it ends, and known to desks of the first format, too."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from search_service.desk import database
from search_service.desk.database import BUSY_SECONDS, DESK, DESK_FORMAT, Connection, Database
from search_service.desk.jobs import Job, JobKind, Jobs, JobState, JobStep
from search_service.desk.keys import Keys, Scope
from search_service.errors import DeskUnavailable, KeyRefused


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(Database(tmp_path))


def told(jobs: Jobs, job: Job) -> tuple[str | None, int | None, int | None]:
    found = jobs.find(job.id)
    assert found is not None
    assert jobs.list(10)[0] == found
    return found.step, found.done, found.total


def test_a_running_job_tells_its_step_and_one_that_waits_or_is_done_does_not(jobs: Jobs) -> None:
    job = jobs.add(JobKind.REINDEX)
    jobs.note_progress(job.id, JobStep.READ, 1, 9)
    assert told(jobs, job) == (None, None, None)
    jobs.take_next()
    jobs.note_progress(job.id, JobStep.READ, 1, 9)
    assert told(jobs, job) == ("Text lesen", 1, 9)
    jobs.note_progress(job.id, JobStep.PUBLISH)
    assert told(jobs, job) == ("Suchindex schreiben", None, None)
    jobs.finish(job.id, JobState.DONE, "Erledigt.")
    assert told(jobs, job) == (None, None, None)


def test_a_note_waits_for_a_busy_desk_a_moment_only(tmp_path: Path) -> None:
    patiences = []

    class Watched(Database):
        def writing(self, patience: float = BUSY_SECONDS) -> AbstractContextManager[Connection]:
            patiences.append(patience)
            return super().writing(patience)

    jobs = Jobs(Watched(tmp_path))
    job = jobs.add(JobKind.REINDEX)
    jobs.take_next()
    with closing(sqlite3.connect(tmp_path / DESK, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DeskUnavailable):
            jobs.note_progress(job.id, JobStep.READ, 1, 9)
        other.execute("ROLLBACK")
    assert patiences == [BUSY_SECONDS, BUSY_SECONDS, 0.1]
    jobs.note_progress(job.id, JobStep.READ, 2, 9)
    assert told(jobs, job) == ("Text lesen", 2, 9)


def test_an_abandoned_job_begins_anew_without_its_old_step(jobs: Jobs) -> None:
    job = jobs.add(JobKind.REINDEX)
    for _ in range(2):
        jobs.take_next()
        jobs.note_progress(job.id, JobStep.EMBED, 5, 9)
        jobs.requeue_abandoned()
        assert told(jobs, job) == (None, None, None)


def test_open_jobs_are_listed_in_the_order_of_the_queue(jobs: Jobs) -> None:
    assert jobs.list_open() == []
    first, second, third = (jobs.add(JobKind.PUBLISH) for _ in range(3))
    jobs.take_next()
    assert [job.id for job in jobs.list_open()] == [first.id, second.id, third.id]
    jobs.finish(first.id, JobState.FAILED, "Nein.")
    assert [job.id for job in jobs.list_open()] == [second.id, third.id]


def test_a_desk_of_the_first_format_is_lifted_with_its_jobs_and_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(database, "_STEPS", database._STEPS[:1])
        older.setattr(database, "DESK_FORMAT", 1)
        _, key = Keys(Database(tmp_path)).create("Portal", Scope.SEARCH)
        with Database(tmp_path).writing() as connection:
            connection.execute(
                "INSERT INTO jobs (id, kind, state, created_at, metadata)"
                " VALUES ('j1', 'publish', 'queued', '2026-01-01', '{}')"
            )
    jobs = Jobs(Database(tmp_path))
    assert [(job.id, job.step) for job in jobs.list(10)] == [("j1", None)]
    assert Keys(Database(tmp_path)).check(key).name == "Portal"
    with closing(sqlite3.connect(tmp_path / DESK)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (DESK_FORMAT,)
    taken = jobs.take_next()
    assert taken is not None
    jobs.note_progress("j1", JobStep.PUBLISH)
    assert told(jobs, taken)[0] == "Suchindex schreiben"


def test_a_key_is_looked_at_again_by_its_id(tmp_path: Path) -> None:
    keys = Keys(Database(tmp_path))
    key, _ = keys.create("Redaktion", Scope.ADMIN)
    assert keys.check_again(key.id).name == "Redaktion"
    keys.revoke(key.id)
    for key_id in (key.id, "unbekannt"):
        with pytest.raises(KeyRefused):
            keys.check_again(key_id)
