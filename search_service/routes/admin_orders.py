"""What the orders under `/api/v1/admin` have in common: how one is accepted, and how one is refused."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from search_service.admin_answers import JobAnswer, build_job_answer, job_path
from search_service.desk.jobs import Job
from search_service.problems import DESK_CLOSED, NO_KEY, NOT_ALLOWED, TOO_MANY_ATTEMPTS

TAG = "Verwaltung"
REFUSALS = (NO_KEY, NOT_ALLOWED, TOO_MANY_ATTEMPTS, DESK_CLOSED)
#: the OpenAPI entry of 202, as `documented` has those of errors
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"headers": {"Location": {"description": "Wo der Auftrag steht.", "schema": {"type": "string"}}}}
}


def accept(job: Job, response: Response, public_url: str | None) -> JobAnswer:
    """Return the job as an answer, and let `response` say where it can be asked for."""
    response.headers["location"] = (public_url or "").rstrip("/") + job_path(job.id)
    return build_job_answer(job, public_url)
