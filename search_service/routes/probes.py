"""Whether the service lives and can answer, for supervisors and load balancers."""

from __future__ import annotations

from fastapi import APIRouter

from search_service.answers import HealthAnswer, ReadyAnswer, build_ready_answer
from search_service.openapi import documented
from search_service.problems import NOT_READY
from search_service.searcher import Searcher


def create_probe_routes(searcher: Searcher) -> APIRouter:
    """Return `/health` (the process lives) and `/ready` (it can answer), for supervisors and load balancers."""
    router = APIRouter(tags=["Betrieb"])

    @router.head("/health", include_in_schema=False)
    @router.get("/health", operation_id="getHealth", summary="Läuft der Dienst?", response_description="Er läuft")
    async def get_health() -> HealthAnswer:  # not in the pool of threads, where it would wait behind searches
        return HealthAnswer()

    @router.head("/ready", include_in_schema=False)
    @router.get(
        "/ready",
        operation_id="getReady",
        summary="Kann der Dienst antworten?",
        description="Suche nach Wörtern und nach Bedeutung einzeln. 503, solange keine Wissensbasis geladen ist.",
        response_description="Er kann antworten",
        responses=documented(NOT_READY),
    )
    def get_ready() -> ReadyAnswer:
        return build_ready_answer(searcher.status())

    return router
