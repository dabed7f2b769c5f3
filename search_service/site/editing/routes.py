"""The editors' pages, put together."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from search_service.access import Attempts
from search_service.desk.opening import Desk
from search_service.orders import Orders
from search_service.searcher import Searcher
from search_service.site.editing.document_pages import DocumentPages
from search_service.site.editing.entrance_pages import EntrancePages, create_closed_routes
from search_service.site.editing.frame import Frame
from search_service.site.editing.gate import Gate
from search_service.site.editing.index_pages import IndexPages
from search_service.site.editing.job_pages import JobPages
from search_service.site.editing.overview_pages import OverviewPages
from search_service.site.editing.sessions import Sessions
from search_service.site.editing.upload_pages import UploadPages
from search_service.site.renderer import Renderer


def create_editing_routes(
    searcher: Searcher, renderer: Renderer, desk: Desk | None, public_url: str | None, attempts: Attempts
) -> APIRouter:
    """Return the pages under `/pflege`; without a desk one that says that there is no administration here."""
    frame = Frame(renderer)
    if desk is None:
        return create_closed_routes(frame)

    def refuse_foreign(request: Request) -> Response:
        return frame.answer_stranger(request, "foreign.html", HTTPStatus.FORBIDDEN)

    sessions, secure = Sessions(desk.keys), (public_url or "").startswith("https:")
    gate = Gate(sessions, public_url, refuse_foreign)
    entrance = EntrancePages(frame, desk.keys, sessions, attempts, secure=secure)
    orders = Orders(searcher, desk)
    jobs = JobPages(frame, searcher, desk)
    documents = DocumentPages(frame, searcher, desk, orders)
    router = APIRouter()
    router.include_router(entrance.create_routes(), dependencies=[Depends(gate.check_origin)])
    for pages in (
        OverviewPages(frame, searcher, desk, jobs, secure=secure),
        UploadPages(frame, desk, orders, documents),
        jobs,
        documents,
        IndexPages(frame, desk, orders),
    ):
        router.include_router(pages.create_routes(), dependencies=[Depends(gate.enter)])
    return router
