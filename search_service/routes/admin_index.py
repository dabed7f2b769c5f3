"""The index under `/api/v1/admin`: its published states, publishing, rolling back, and what is withdrawn."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from search_service.admin_answers import (
    GenerationsAnswer,
    JobAnswer,
    WithdrawnListAnswer,
    build_generations_answer,
    build_withdrawn_answer,
)
from search_service.desk.opening import Desk
from search_service.knowledge_base.manifests import list_published
from search_service.openapi import documented
from search_service.orders import Orders
from search_service.problems import INVALID_QUERY, NOT_FOUND, NOT_READY
from search_service.routes.admin_orders import ACCEPTED, REFUSALS, TAG, accept
from search_service.searcher import Searcher


def create_admin_index_routes(searcher: Searcher, desk: Desk, public_url: str | None) -> APIRouter:
    """Return what changes and shows the index as a whole."""
    router = APIRouter(tags=[TAG])
    orders = Orders(searcher, desk)

    @router.post(
        "/reindex",
        operation_id="reindex",
        status_code=202,
        summary="Alle Dokumente neu lesen",
        description="Liest alle Dateien noch einmal und veröffentlicht das Ergebnis. Bis dahin antwortet der jetzige Stand.",
        response_description="Der Auftrag",
        responses={**ACCEPTED, **documented(*REFUSALS)},
    )
    def reindex(response: Response) -> JobAnswer:
        return accept(orders.reindex(), response, public_url)

    @router.post(
        "/publish",
        operation_id="publish",
        status_code=202,
        summary="Stand der Datenbank veröffentlichen",
        description="Nach einer Rückkehr zu einem früheren Stand gilt damit wieder der neueste.",
        response_description="Der Auftrag",
        responses={**ACCEPTED, **documented(*REFUSALS)},
    )
    def publish(response: Response) -> JobAnswer:
        return accept(orders.publish(), response, public_url)

    @router.head("/generations", include_in_schema=False)
    @router.get(
        "/generations",
        operation_id="listGenerations",
        summary="Veröffentlichte Stände",
        description="Der neueste zuerst; zu jedem, der noch vorliegt, kann zurückgekehrt werden.",
        response_description="Stände, der neueste zuerst",
        responses=documented(*REFUSALS),
    )
    def list_generations() -> GenerationsAnswer:
        return build_generations_answer(list_published(desk.root))

    @router.post(
        "/generations/{number}/rollback",
        operation_id="rollBack",
        status_code=202,
        summary="Zu einem früheren Stand zurückkehren",
        description="Der frühere Stand antwortet, bis wieder veröffentlicht wird.",
        response_description="Der Auftrag",
        responses={**ACCEPTED, **documented(NOT_FOUND, INVALID_QUERY, *REFUSALS)},
    )
    def roll_back(number: Annotated[int, Path(description="Nummer des Standes.", ge=1)], response: Response) -> JobAnswer:
        return accept(orders.roll_back(number), response, public_url)

    @router.head("/withdrawn", include_in_schema=False)
    @router.get(
        "/withdrawn",
        operation_id="listWithdrawn",
        summary="Zurückgezogene Dokumente",
        description="Mit Grund und Tag; sie lassen sich wieder zeigen.",
        response_description="Dokumente, das zuletzt zurückgezogene zuerst",
        responses=documented(*REFUSALS, NOT_READY),
    )
    def list_withdrawn() -> WithdrawnListAnswer:
        return build_withdrawn_answer(searcher.library.former_documents(), public_url)

    return router
