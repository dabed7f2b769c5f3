"""The pages of jobs: the list, and each with how far it is and what became of it."""

from __future__ import annotations

import contextlib
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from search_service.desk.jobs import Job, JobState
from search_service.desk.opening import Desk
from search_service.documents import Document
from search_service.errors import ChangeWissenError, NotFound
from search_service.searcher import Searcher
from search_service.site.editing.frame import JOBS, Frame, make_router
from search_service.site.editing.gate import BY_ITSELF, LIVE
from search_service.site.editing.job_view import JobView, is_open, view_job, view_report, view_suggested

PER_PAGE = 20
LIVE_SECONDS = 2.0  # between two looks of a script at an open job: the worker notes its progress once a second
REFRESH_SECONDS = 5  # without scripts a job's page is loaded anew as often while it is open


class JobPages:
    """The pages of jobs."""

    def __init__(self, frame: Frame, searcher: Searcher, desk: Desk) -> None:
        self._frame = frame
        self._searcher = searcher
        self._desk = desk

    def create_routes(self) -> APIRouter:
        """Return the routes."""
        return make_router(
            ("GET", JOBS.path, self.show_jobs),
            ("GET", f"{JOBS.path}/{{job_id}}", self.show_job),
            ("GET", f"{JOBS.path}/{{job_id}}{LIVE}", self.show_state),
        )

    def show_jobs(self, request: Request) -> Response:
        """Show a page of jobs, the newest first."""
        before = request.query_params.get("vor")
        jobs = self._desk.jobs.list(PER_PAGE + 1, before)
        shown = [view_job(job, self.find_title(job)) for job in jobs[:PER_PAGE]]
        older = f"{JOBS.path}?vor={shown[-1].id}" if len(jobs) > PER_PAGE else None
        return self._frame.answer(request, "jobs.html", JOBS, jobs=shown, older=older, is_first=before is None)

    def show_job(self, request: Request, job_id: str) -> Response:
        """Show one job; while it is open the page is loaded anew, unless the reader has asked it not to."""
        job = self._require(job_id)
        is_still = "halt" in request.query_params
        return self._frame.answer(
            request,
            "job.html",
            JOBS,
            HTTPStatus.OK,
            **self._values(job),
            sent_before="schon" in request.query_params,
            is_still=is_still,
            refresh=REFRESH_SECONDS,
            by_itself=BY_ITSELF,
            every=round(1000 * LIVE_SECONDS),
        )

    def show_state(self, request: Request, job_id: str) -> Response:
        """Show the part of a job's page that changes, for a script."""
        return self._frame.answer(request, "job_state.html", JOBS, HTTPStatus.OK, **self._values(self._require(job_id)))

    def find_title(self, job: Job) -> str | None:
        """Return the title of a job's document, withdrawn ones included; None where what answers now does not know it."""
        document = self._find_document(job)
        if document is not None or job.document_id is None:
            return document.metadata.title if document is not None else None
        with contextlib.suppress(ChangeWissenError):
            former = self._searcher.library.former_document(job.document_id)
            return former.title if former is not None else None
        return None

    def view(self, job: Job) -> JobView:
        """Return a job as a list shows it."""
        return view_job(job, self.find_title(job))

    def _find_document(self, job: Job) -> Document | None:
        with contextlib.suppress(ChangeWissenError):
            return self._searcher.library.document(job.document_id) if job.document_id is not None else None
        return None

    def _values(self, job: Job) -> dict[str, object]:
        open_jobs = self._desk.jobs.list_open() if job.state is JobState.QUEUED else ()
        ids = [each.id for each in open_jobs]
        document = self._find_document(job)
        return {
            "job": self.view(job),
            "report": view_report(job.report, told=job.detail or ""),
            "suggested": view_suggested(job, document.metadata.suggestions if document is not None else ()),
            "before_it": ids.index(job.id) if job.id in ids else 0,
            "nobody_works": is_open(job) and self._desk.presence.look().is_there is False,
        }

    def _require(self, job_id: str) -> Job:
        job = self._desk.jobs.find(job_id)
        if job is None:
            raise NotFound("Diesen Auftrag gibt es nicht (mehr). Bitte in der Liste der Aufträge nachsehen.")
        return job
