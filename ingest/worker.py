"""Does what editors have asked for, job by job, as the one writer of the knowledge base while a job runs.

Every job can be done again from the start: a worker that is killed leaves it running, and the next to hold the knowledge
base finds it abandoned.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingest.disclosure import hide_folders, hide_folders_in
from ingest.errands import Errand, Outcome, run_errand, undo_upload
from ingest.job_progress import JobProgress
from ingest.sources import locate
from search_service.desk.inbox import INBOX, Inbox
from search_service.desk.jobs import Job, Jobs, JobState
from search_service.desk.presence import Presence
from search_service.errors import ChangeWissenError, DeskUnavailable, KnowledgeBaseBusy
from search_service.knowledge_base.database import DATABASE_ERROR, explain_database_error
from search_service.knowledge_base.store import KnowledgeBase

LOGGER = logging.getLogger(__name__)
POLL = 1.0  # seconds between two looks for a job, and between two tries to get a knowledge base that another process holds
UNEXPECTED = (
    "Bei diesem Auftrag trat ein unerwarteter Fehler auf (Näheres im Protokoll). Was schon aufgenommen war, ist erhalten; "
    "bitte den Auftrag noch einmal erteilen oder den Betreiber verständigen."
)

Tell = Callable[[Job, Outcome], None]
Run = Callable[[Job, Errand], Outcome]


def work(
    errand: Callable[[KnowledgeBase], Errand],
    root: Path,
    jobs: Jobs,
    stop: threading.Event,
    *,
    once: bool = False,
    poll: float = POLL,
    tell: Tell = lambda _job, _outcome: None,
    run: Run = run_errand,
) -> int:
    """Do the jobs of the knowledge base in `root` until `stop` is set, or, with `once`, until none is left.

    Returns how many have failed. The job under way is finished first. `errand` makes what a job needs of an open knowledge
    base. While another process writes, the worker waits.
    """
    failed = 0
    with Presence(root).announced() as announcement:
        while not stop.is_set():
            announcement.renew()
            try:
                job, outcome = _find_and_do(errand, root, jobs, stop, poll, run)
            except DeskUnavailable:  # what was done without being recorded is done again, and changes nothing
                if once:
                    raise
                LOGGER.exception("the desk cannot be used")
                job, outcome = None, None
            if job is not None and outcome is not None:
                failed += not outcome.is_done
                announcement.note()
                tell(job, outcome)
            elif once:
                break
            else:
                stop.wait(poll)
    return failed


def _find_and_do(
    errand: Callable[[KnowledgeBase], Errand], root: Path, jobs: Jobs, stop: threading.Event, poll: float, run: Run
) -> tuple[Job, Outcome] | tuple[None, None]:
    """Do the next job with the knowledge base open; (None, None) if there is none or `stop` was set before one was taken."""
    knowledge_base = _open(root, stop, poll) if _has_open(jobs) else None
    if knowledge_base is None:
        return None, None
    with knowledge_base:
        return _do_next(errand(knowledge_base), jobs, Inbox(root), run)


def _has_open(jobs: Jobs) -> bool:
    """Tell whether a job waits or was abandoned. Jobs are done oldest first, so that the newest is open if any is."""
    return any(job.state in (JobState.QUEUED, JobState.RUNNING) for job in jobs.list(1))


def _open(root: Path, stop: threading.Event, poll: float) -> KnowledgeBase | None:
    """Return the knowledge base as soon as nobody else writes to it; None if `stop` was set meanwhile."""
    while not stop.is_set():
        try:
            return KnowledgeBase(root)
        except KnowledgeBaseBusy:
            stop.wait(poll)
    return None


def _do_next(errand: Errand, jobs: Jobs, inbox: Inbox, run: Run) -> tuple[Job, Outcome] | tuple[None, None]:
    """Do one job, if there is one. Whoever holds the knowledge base knows that a job still running has nobody."""
    jobs.requeue_abandoned()
    _clear(errand, jobs, inbox)
    job = jobs.take_next()
    if job is None:
        return None, None
    progress = JobProgress(lambda step, done, total: jobs.note_progress(job.id, step, done, total))
    outcome = _run_safely(job, replace(errand, progress=progress), run)
    state = JobState.DONE if outcome.is_done else JobState.FAILED
    # Editors are told neither where the knowledge base nor where an operator's folders lie.
    root = locate(errand.knowledge_base.root)
    report = None if outcome.report is None else hide_folders_in(outcome.report, root)
    jobs.finish(job.id, state, hide_folders(outcome.detail, root), report, outcome.document_id)
    inbox.discard(job.id)
    return job, outcome


def _run_safely(job: Job, errand: Errand, run: Run) -> Outcome:
    try:
        return run(job, errand)
    except ChangeWissenError as error:
        return Outcome(str(error), is_done=False)
    except DATABASE_ERROR as error:
        LOGGER.exception("job %s: the catalogue failed", job.id)
        return Outcome(str(explain_database_error(error)), is_done=False)
    except Exception:  # one job must not cost the others their worker
        LOGGER.exception("unexpected error in job %s", job.id)
        return Outcome(UNEXPECTED, is_done=False)


def _clear(errand: Errand, jobs: Jobs, inbox: Inbox) -> None:
    """Empty the folders of finished jobs whose worker was killed before it could, and undo what a failed one left half done."""
    folder = errand.knowledge_base.root / INBOX
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        job = jobs.find(entry.name)
        if job is None or job.state in (JobState.QUEUED, JobState.RUNNING):
            continue  # of a job that waits, or that is being uploaded
        if job.state is JobState.FAILED:
            undo_upload(job, entry, errand.knowledge_base)
        inbox.discard(job.id)
    inbox.drop_orphans(lambda job_id: jobs.find(job_id) is not None)
