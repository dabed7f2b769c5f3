"""Jobs: the queue between service and worker, and what happens when workers meet or die."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.desk.database import Database
from search_service.desk.jobs import MAX_REPORTED_FILES, Job, JobKind, Jobs, JobState
from search_service.errors import NotFound

ROOT = Path(__file__).parents[3]


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(Database(tmp_path), lambda: datetime(2026, 3, 5, 12, tzinfo=UTC))


def test_a_job_goes_from_waiting_to_done(jobs: Jobs) -> None:
    added = jobs.add(JobKind.ADD, file="Leitfaden.pdf", metadata={"title": "Übergabe", "topics": ["ki"]})
    assert (added.state, added.started_at, added.detail, added.report) == ("queued", None, None, None)
    assert len(added.id) == 17
    assert jobs.find(added.id) == added
    taken = jobs.take_next()
    assert taken is not None
    assert (taken.id, taken.state, taken.metadata) == (added.id, "running", {"title": "Übergabe", "topics": ["ki"]})
    assert jobs.take_next() is None
    jobs.finish(added.id, JobState.DONE, "Aufgenommen: 12 Textstellen.", {"totals": {"indexed": 1}, "files": []})
    done = jobs.find(added.id)
    assert done is not None
    assert (done.state, done.detail, done.report) == (
        "done", "Aufgenommen: 12 Textstellen.", {"totals": {"indexed": 1}, "files": []}
    )  # fmt: skip
    assert done.created_at == done.finished_at == datetime(2026, 3, 5, 12, tzinfo=UTC)


def test_jobs_are_taken_in_the_order_they_were_given(jobs: Jobs) -> None:
    given_ids = [jobs.add(kind).id for kind in JobKind]
    taken = [job.id for job in iter(jobs.take_next, None)]
    assert taken == given_ids


def test_the_list_begins_with_the_newest_and_goes_on_before_a_job(jobs: Jobs) -> None:
    ids = [jobs.add(JobKind.WITHDRAW, document_id=f"d{number}").id for number in range(5)]
    assert [job.id for job in jobs.list(2)] == [ids[4], ids[3]]
    assert [job.id for job in jobs.list(2, before=ids[3])] == [ids[2], ids[1]]
    assert jobs.list(9, before="unbekannt") == []


def test_what_is_not_there_is_not_found(jobs: Jobs) -> None:
    assert jobs.find("j0") is None
    assert jobs.list(10) == []
    assert jobs.take_next() is None
    with pytest.raises(NotFound):
        jobs.finish("j0", JobState.DONE, "Fertig.")


def test_a_job_of_a_dead_worker_is_tried_once_more_and_then_given_up(jobs: Jobs) -> None:
    job_id, waiting = jobs.add(JobKind.ADD, file="böse.pdf").id, jobs.add(JobKind.PUBLISH).id
    for expected in (JobState.QUEUED, JobState.FAILED):
        assert take(jobs).id == job_id
        jobs.requeue_abandoned()
        found = jobs.find(job_id)
        assert found is not None
        assert found.state is expected
    assert "zweimal abgebrochen" in str(found.detail)
    assert take(jobs).id == waiting


def take(jobs: Jobs) -> Job:
    job = jobs.take_next()
    assert job is not None
    return job


def test_a_long_report_keeps_the_files_that_need_a_word(jobs: Jobs) -> None:
    job_id = jobs.add(JobKind.REINDEX).id
    files: list[dict[str, object]] = [{"path": f"{n}.pdf", "state": "unchanged", "reason": None} for n in range(3000)]
    files[2999] = {"path": "kaputt.pdf", "state": "failed", "reason": "Die Datei ist beschädigt."}
    jobs.finish(job_id, JobState.DONE, "Fertig.", {"totals": {"unchanged": 2999, "failed": 1}, "files": files})
    found = jobs.find(job_id)
    assert found is not None
    report = found.report
    assert report is not None
    kept = report["files"]
    assert isinstance(kept, list)
    assert (len(kept), kept[0], report["files_left_out"]) == (MAX_REPORTED_FILES, files[2999], 2000)
    assert report["totals"] == {"unchanged": 2999, "failed": 1}
    assert jobs.list(1)[0].report == {"totals": {"unchanged": 2999, "failed": 1}}


def test_a_job_learns_its_document_when_it_is_done_and_keeps_the_one_it_was_given(jobs: Jobs) -> None:
    added, replaced = jobs.add(JobKind.ADD, file="a.pdf").id, jobs.add(JobKind.REPLACE, document_id="d1").id
    for job_id in (added, replaced):
        jobs.finish(job_id, JobState.DONE, "Fertig.", document_id="d2")
    assert [job.document_id for job in jobs.list(2)] == ["d1", "d2"]
    assert [job.report for job in jobs.list(2)] == [None, None]


def test_no_job_is_taken_twice_by_threads(tmp_path: Path) -> None:
    jobs = Jobs(Database(tmp_path))
    ids = [jobs.add(JobKind.PUBLISH).id for _ in range(40)]

    def work(_: int) -> list[str]:
        own = Jobs(Database(tmp_path))
        return [job.id for job in iter(own.take_next, None)]

    with ThreadPoolExecutor(8) as pool:
        taken = [job_id for found in pool.map(work, range(8)) for job_id in found]
    assert sorted(taken) == sorted(ids)


def test_no_job_is_taken_twice_by_processes(tmp_path: Path) -> None:
    jobs = Jobs(Database(tmp_path))
    ids = [jobs.add(JobKind.PUBLISH).id for _ in range(40)]
    program = (
        "import sys; from pathlib import Path; from search_service.desk.database import Database\n"
        "from search_service.desk.jobs import Jobs\n"
        "jobs = Jobs(Database(Path(sys.argv[1])))\n"
        "sys.stdin.readline()\n"
        "print(*(job.id for job in iter(jobs.take_next, None)))\n"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    taken = [job_id for worker in workers for job_id in worker.communicate("\n")[0].split()]
    assert sorted(taken) == sorted(ids)


@settings(max_examples=15)
@given(steps=st.lists(st.sampled_from(["add", "take", "finish", "abandon"]), max_size=30))
def test_every_job_is_in_one_state_and_none_is_lost(tmp_path_factory: pytest.TempPathFactory, steps: list[str]) -> None:
    jobs = Jobs(Database(tmp_path_factory.mktemp("desk")))
    added: list[str] = []
    running: list[str] = []
    for step in steps:
        if step == "add":
            added.append(jobs.add(JobKind.PUBLISH).id)
        elif step == "take" and (job := jobs.take_next()):
            assert job.id not in running
            running.append(job.id)
        elif step == "finish" and running:
            jobs.finish(running.pop(), JobState.DONE, "Fertig.")
        elif step == "abandon":
            jobs.requeue_abandoned()
            running.clear()
    listed = jobs.list(100)
    assert [job.id for job in listed] == added[::-1]
    assert {job.id for job in listed if job.state is JobState.RUNNING} == set(running)


def test_failures_are_counted_from_a_day_on_and_the_latest_are_named(tmp_path: Path) -> None:
    clock = [datetime(2026, 3, 5, 12, tzinfo=UTC)]
    jobs = Jobs(Database(tmp_path), lambda: clock[0])
    assert jobs.find_failed(clock[0], 5) == (0, [])
    ids = []
    for microsecond, state in ((0, JobState.FAILED), (1, JobState.FAILED), (2, JobState.DONE), (3, JobState.FAILED)):
        clock[0] = datetime(2026, 3, 5, 12, 0, 0, microsecond, tzinfo=UTC)
        ids.append(jobs.add(JobKind.ADD, file=f"{microsecond}.pdf").id)
        jobs.finish(ids[-1], state, "…", {"totals": {}, "files": []})
    count, latest = jobs.find_failed(datetime(2026, 3, 5, 12, tzinfo=UTC), 2)
    assert (count, [job.id for job in latest]) == (3, [ids[3], ids[1]])
    assert jobs.find_failed(datetime(2026, 3, 5, 12, 0, 0, 1, tzinfo=UTC), 9)[0] == 2
