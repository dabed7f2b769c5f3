"""Jobs and gaps under `/api/v1/admin`: what was asked for and what became of it, and what nobody found."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from search_service.admin_answers import (
    GapsAnswer,
    JobAnswer,
    JobsAnswer,
    build_gaps_answer,
    build_job_answer,
    build_jobs_answer,
)
from search_service.admin_questions import GapsParameters, JobsParameters
from search_service.desk.opening import Desk
from search_service.errors import InvalidQuery, NotFound
from search_service.openapi import documented
from search_service.problems import INVALID_QUERY, NOT_FOUND
from search_service.routes.admin_orders import REFUSALS, TAG


def create_admin_job_routes(desk: Desk, public_url: str | None) -> APIRouter:
    """Return the list of jobs, each job with its report, and the gaps."""
    router = APIRouter(tags=[TAG])

    @router.head("/jobs", include_in_schema=False)
    @router.get(
        "/jobs",
        operation_id="listJobs",
        summary="Aufträge",
        description=(
            "Der neueste zuerst, vom Bericht nur die Summen. `before` blättert: die Kennung des letzten Auftrags der Seite "
            "davor."
        ),
        response_description="Aufträge, der neueste zuerst",
        responses=documented(INVALID_QUERY, *REFUSALS),
    )
    def list_jobs(asked: Annotated[JobsParameters, Query()]) -> JobsAnswer:
        asked.check()
        if asked.before is not None and desk.jobs.find(asked.before) is None:
            raise InvalidQuery(
                f"Einen Auftrag mit der Kennung „{asked.before[:40]}“ gibt es nicht (mehr). Bitte „before“ weglassen.",
                field="before",
            )
        return build_jobs_answer(desk.jobs.list(asked.limit + 1, asked.before), asked.limit, public_url)

    @router.head("/jobs/{job_id}", include_in_schema=False)
    @router.get(
        "/jobs/{job_id}",
        operation_id="getJob",
        summary="Ein Auftrag mit dem Bericht der Aufnahme",
        description="`state` sagt, ob er wartet, läuft, erledigt oder gescheitert ist, `detail` das Ergebnis oder den Grund.",
        response_description="Der Auftrag",
        responses=documented(NOT_FOUND, *REFUSALS),
    )
    def get_job(job_id: Annotated[str, Path(description="Kennung des Auftrags.")]) -> JobAnswer:
        job = desk.jobs.find(job_id)
        if job is None:
            raise NotFound(f"Einen Auftrag mit der Kennung „{job_id}“ gibt es nicht (mehr).")
        return build_job_answer(job, public_url)

    @router.head("/gaps", include_in_schema=False)
    @router.get(
        "/gaps",
        operation_id="listGaps",
        summary="Gesucht und nicht gefunden",
        description=(
            "Einzelne Wörter aus Fragen, zu denen nichts passte. Fragen werden nicht gespeichert; ein Wort erscheint erst, "
            "wenn es an fünf verschiedenen Tagen oder von fünf Suchenden an einem Tag gesucht wurde."
        ),
        response_description="Wörter, das an den meisten Tagen gesuchte zuerst",
        responses=documented(INVALID_QUERY, *REFUSALS),
    )
    def list_gaps(asked: Annotated[GapsParameters, Query()]) -> GapsAnswer:
        asked.check()
        return build_gaps_answer(desk.gaps.list(asked.limit))

    return router
