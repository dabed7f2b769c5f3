"""The worker: one writer among others, killed and started again."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from ingest import pipeline
from ingest.errands import Errand, Outcome
from ingest.pipeline import ingest
from ingest.worker import UNEXPECTED, work
from search_service.desk.jobs import Job, JobKind, Jobs, JobState
from search_service.errors import DeskUnavailable
from search_service.knowledge_base.store import KnowledgeBase
from tests.ingest.desk_orders import EMBEDDER, Office, QuickPool
from tests.stand_in_embedder import HashedWordsEmbedder

REPOSITORY = Path(__file__).parents[2]
# A worker that is killed between the catalogue and the index, by the system itself.
DOOMED = """
import os, signal, sys
from pathlib import Path
from ingest import pipeline
from tests.ingest.desk_orders import Office
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
pipeline.link_editions = die
Office(Path(sys.argv[1]), Path()).work()
"""


class PowerCut(BaseException):
    """Nobody catches it."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "ExtractorPool", QuickPool)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path / "kb", tmp_path / "ablage")
    office.folder.mkdir()
    (office.folder / "pausen.txt").write_text("Die alte Fassung.")
    with KnowledgeBase(office.root) as knowledge_base:
        ingest([office.folder], knowledge_base, embedder=EMBEDDER)
    return office


def break_at(office: Office, place: str) -> None:
    """Let a worker end when it comes to the function named: nothing after it is done, and the job is left running."""

    def end(*_: object, **__: object) -> None:
        raise PowerCut

    with pytest.MonkeyPatch.context() as monkeypatch, pytest.raises(PowerCut):
        monkeypatch.setattr(place, end)
        office.work()


def state_of(office: Office, job: Job) -> JobState:
    found = office.jobs.find(job.id)
    assert found is not None
    return found.state


@pytest.mark.parametrize(
    "place",
    [
        "ingest.errands.stage_sidecar",  # when it is known where the file goes
        "ingest.uploads._copy_whole",  # before anything stands in its place
        "ingest.uploads._replace_with",  # when the old file is kept aside
        "ingest.errands.ingest",  # before it is read
        "ingest.pipeline.link_editions",  # between the catalogue and the index
        "search_service.desk.jobs.Jobs.finish",  # when everything is done but said
        "search_service.desk.inbox.Inbox.discard",  # when only the inbox is to be emptied
    ],
)
def test_a_replacement_broken_off_anywhere_is_done_by_the_next_one(office: Office, place: str) -> None:
    office.done(office.upload("schicht.txt", "Die alte Schicht.", metadata={"title": "Schicht"}))
    job = office.upload("schicht.txt", "Die neue Schicht.", office.document("Schicht").id)
    break_at(office, place)
    assert office.texts()["Schicht"] in ("Die alte Schicht.", "Die neue Schicht.")
    office.upload("danach.txt", "Danach.")
    office.work()
    assert state_of(office, job) is JobState.DONE
    assert office.texts() == {"Pausen": "Die alte Fassung.", "Schicht": "Die neue Schicht.", "Danach": "Danach."}
    assert sorted(office.uploads()) == ["danach.txt", "schicht.txt", "schicht.txt.meta.yaml"]
    assert office.inbox() == []


@pytest.mark.parametrize("file", ["neu.txt", "neu.md"])
def test_what_a_broken_off_replacement_leaves_unsaid_is_not_lost(office: Office, file: str) -> None:
    office.done(office.upload("schicht.txt", "Die alte Schicht.", metadata={"title": "Schicht", "year": 2025}))
    job = office.upload(file, "Die neue Schicht.", office.document("Schicht").id, {"publisher": "HUB", "year": None})
    break_at(office, "search_service.desk.jobs.Jobs.finish")  # when the file it replaces is gone
    office.done(job)
    known = office.document("Schicht").metadata
    assert (known.publisher, known.year) == ("HUB", None)


def test_an_upload_whose_worker_is_killed_by_the_system_is_taken_in_by_the_next_one(office: Office) -> None:
    job = office.upload("neu.txt", "Ganz neu.")
    done = subprocess.run([sys.executable, "-c", DOOMED, str(office.root)], cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGKILL
    assert state_of(office, job) is JobState.RUNNING
    assert office.texts() == {"Pausen": "Die alte Fassung."}
    office.done(job)
    assert office.texts() == {"Neu": "Ganz neu.", "Pausen": "Die alte Fassung."}
    assert office.uploads() == {"neu.txt": "Ganz neu."}


def test_a_job_that_kills_two_workers_is_given_up_and_leaves_everything_as_it_was(office: Office) -> None:
    office.done(office.upload("schicht.txt", "Die alte Schicht."))
    new = office.upload("neu.txt", "Neu.")
    for _ in range(2):
        break_at(office, "ingest.errands.ingest")
    replacing = office.upload("schicht.txt", "Die neue Schicht.", office.document("Schicht").id)
    for _ in range(2):
        break_at(office, "ingest.errands.ingest")
    assert office.uploads()["schicht.txt"] == "Die neue Schicht."  # placed, but never read
    office.order(JobKind.PUBLISH)
    office.work()
    assert [state_of(office, job) for job in (new, replacing)] == [JobState.FAILED, JobState.FAILED]
    assert office.uploads() == {"schicht.txt": "Die alte Schicht."}
    assert office.texts() == {"Pausen": "Die alte Fassung.", "Schicht": "Die alte Schicht."}
    assert office.inbox() == []


def test_it_waits_while_another_process_writes_and_takes_no_job_meanwhile(office: Office) -> None:
    job = office.order(JobKind.WITHDRAW, office.document("Pausen").id)
    told, stop = threading.Event(), threading.Event()

    def tell(_job: Job, _outcome: Outcome) -> None:
        told.set()

    worker = threading.Thread(
        target=work,
        args=(lambda base: Errand(base, EMBEDDER), office.root, office.jobs, stop),
        kwargs={"poll": 0.02, "tell": tell},
    )
    with KnowledgeBase(office.root):
        worker.start()
        assert not told.wait(0.3)
        assert state_of(office, job) is JobState.QUEUED
    assert told.wait(20)
    stop.set()
    worker.join()
    assert state_of(office, job) is JobState.DONE
    with KnowledgeBase(office.root):
        pass  # nobody holds it any more


def test_a_stop_while_it_waits_leaves_the_job_to_the_next_worker(office: Office) -> None:
    job = office.order(JobKind.PUBLISH)
    stop = threading.Event()
    worker = threading.Thread(
        target=work, args=(lambda base: Errand(base, None), office.root, office.jobs, stop), kwargs={"poll": 0.02}
    )
    with KnowledgeBase(office.root):
        worker.start()
        stop.set()
        worker.join()
    assert state_of(office, job) is JobState.QUEUED


def test_a_stop_during_a_job_lets_it_end_and_takes_no_other(office: Office) -> None:
    first, second = office.order(JobKind.PUBLISH), office.order(JobKind.PUBLISH)
    stop = threading.Event()

    def run(_job: Job, _errand: Errand) -> Outcome:
        stop.set()
        return Outcome("Fertig.")

    assert work(lambda base: Errand(base, None), office.root, office.jobs, stop, run=run) == 0
    assert [state_of(office, job) for job in (first, second)] == [JobState.DONE, JobState.QUEUED]


def test_a_job_that_fails_unexpectedly_does_not_cost_the_others_their_worker(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = office.order(JobKind.PUBLISH), office.order(JobKind.PUBLISH)

    def run(job: Job, _errand: Errand) -> Outcome:
        if job.id == first.id:
            raise ZeroDivisionError
        return Outcome("Fertig.")

    assert work(lambda base: Errand(base, None), office.root, office.jobs, threading.Event(), once=True, run=run) == 1
    ended = [office.jobs.find(job.id) for job in (first, second)]
    assert [job.detail for job in ended if job] == [UNEXPECTED, "Fertig."]
    assert "unexpected error in job" in caplog.text


def test_with_another_model_text_is_still_taken_away_and_nothing_else_is_done(office: Office) -> None:
    document_id = office.document("Pausen").id
    refused = [office.order(kind, document_id) for kind in (JobKind.EDIT, JobKind.REINDEX, JobKind.RESTORE, JobKind.PUBLISH)]
    refused.append(office.upload("neu.txt", "Neu."))
    withdrawn = office.order(JobKind.WITHDRAW, document_id)
    other = HashedWordsEmbedder(16, "other@1")
    failed = work(lambda base: Errand(base, other), office.root, office.jobs, threading.Event(), once=True)
    assert failed == len(refused)
    for job in refused:
        assert "wurde mit dem Modell" in str(office.jobs.find(job.id))
    assert state_of(office, withdrawn) is JobState.DONE
    assert "Sprachmodell fehlt" not in str(office.jobs.find(withdrawn.id))
    assert office.texts() == {}
    with KnowledgeBase(office.root) as knowledge_base:
        assert knowledge_base.model == EMBEDDER.fingerprint


def test_a_desk_that_cannot_be_used_for_a_moment_does_not_end_it_and_the_job_is_done_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = office.order(JobKind.WITHDRAW, office.document("Pausen").id)
    stop, failures = threading.Event(), []
    finish = Jobs.finish

    def fail_once(
        jobs: Jobs,
        job_id: str,
        state: JobState,
        detail: str,
        report: Mapping[str, object] | None = None,
        document_id: str | None = None,
    ) -> None:
        if not failures:
            failures.append(job_id)
            raise DeskUnavailable("Belegt.")
        finish(jobs, job_id, state, detail, report, document_id)
        stop.set()

    monkeypatch.setattr(Jobs, "finish", fail_once)
    work(lambda base: Errand(base, EMBEDDER), office.root, office.jobs, stop, poll=0.01)
    assert failures == [job.id]
    assert state_of(office, job) is JobState.DONE
    assert office.texts() == {}


def test_jobs_are_done_in_the_order_they_were_given(office: Office) -> None:
    document_id = office.document("Pausen").id
    kinds = [JobKind.WITHDRAW, JobKind.RESTORE, JobKind.WITHDRAW, JobKind.RESTORE]
    jobs = [office.order(kind, document_id) for kind in kinds]
    assert office.work() == 0
    finished = [office.jobs.find(job.id) for job in jobs]
    times = [job.finished_at for job in finished if job and job.finished_at]
    assert times == sorted(times)
    assert len(times) == 4
    assert office.texts() == {"Pausen": "Die alte Fassung."}


def test_without_a_desk_there_is_nothing_to_do(office: Office) -> None:
    assert office.work() == 0
    assert not (office.root / "desk.sqlite").exists()


def test_what_is_being_uploaded_is_left_alone(office: Office) -> None:
    arriving = office.root / "inbox" / "j0123456789abcdef"
    arriving.mkdir(parents=True)
    (arriving / "halb.txt").write_text("Noch nicht")
    office.order(JobKind.PUBLISH)
    office.work()
    assert (arriving / "halb.txt").is_file()
