"""Whether the service lives and can answer, for supervisors and load balancers."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from search_service.answers import HealthAnswer, ReadyAnswer, build_ready_answer
from search_service.edge.clients import is_local
from search_service.edge.freshness import Look
from search_service.edge.metrics import MEDIA_TYPE, Metrics
from search_service.errors import NotFound
from search_service.openapi import documented
from search_service.problems import NOT_READY
from search_service.searcher import Searcher


def create_probe_routes(searcher: Searcher) -> APIRouter:
    """Return `/health` (the process lives) and `/ready` (it can answer), for supervisors and load balancers."""
    router = APIRouter(tags=["Betrieb"])

    @router.head("/health", include_in_schema=False)
    @router.get(
        "/health",
        operation_id="getHealth",
        summary="Läuft der Dienst?",
        description="Antwortet, solange der Prozess lebt, auch unter Last. Ob gesucht werden kann, sagt `/ready`.",
        response_description="Er läuft",
    )
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


def create_metrics_routes(metrics: Metrics, look: Look, *, is_open: bool) -> APIRouter:
    """Return `/metrics` for Prometheus; unless `is_open`, only to programs on this machine that ask directly."""
    router = APIRouter(include_in_schema=False)

    @router.head("/metrics")
    @router.get("/metrics")
    def get_metrics(request: Request) -> Response:
        if not is_open and not is_local(request.scope):
            raise NotFound(
                "Messwerte bekommen nur Programme auf demselben Rechner. "
                "Der Betreiber kann sie mit CHANGE_WISSEN_METRICS freigeben."
            )
        return Response(metrics.render(look()), media_type=MEDIA_TYPE)

    return router
