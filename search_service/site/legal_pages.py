"""Imprint, privacy page and accessibility statement: what the operator states and what the program does."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from search_service.operator_details import Operator
from search_service.site.legal_view import view_accessibility, view_imprint, view_privacy
from search_service.site.renderer import Renderer


def create_legal_routes(renderer: Renderer, operator: Operator) -> APIRouter:
    """Return the routes, which no key is asked for."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    imprint, privacy, accessibility = view_imprint(operator), view_privacy(operator), view_accessibility(operator)

    @router.head("/impressum")
    @router.get("/impressum")
    def show_imprint(request: Request) -> Response:
        return renderer.answer(request, "legal_imprint.html", view=imprint)

    @router.head("/datenschutz")
    @router.get("/datenschutz")
    def show_privacy(request: Request) -> Response:
        return renderer.answer(request, "legal_privacy.html", view=privacy)

    @router.head("/barrierefreiheit")
    @router.get("/barrierefreiheit")
    def show_accessibility(request: Request) -> Response:
        return renderer.answer(request, "legal_accessibility.html", view=accessibility)

    return router
