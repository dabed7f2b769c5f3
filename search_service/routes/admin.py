"""Everything under `/api/v1/admin`, behind a key."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from search_service.access import Attempts, require_key
from search_service.desk.keys import Scope
from search_service.desk.opening import Desk
from search_service.routes.admin_documents import create_admin_document_routes
from search_service.routes.admin_index import create_admin_index_routes
from search_service.routes.admin_jobs import create_admin_job_routes
from search_service.searcher import Searcher


def create_admin_routes(searcher: Searcher, desk: Desk, public_url: str | None, attempts: Attempts) -> APIRouter:
    """Return the administration of the knowledge base; every request needs a key for it."""
    router = APIRouter(prefix="/admin", dependencies=[Depends(require_key(desk.keys, Scope.ADMIN, attempts))])
    router.include_router(create_admin_document_routes(searcher, desk, public_url))
    router.include_router(create_admin_index_routes(searcher, desk, public_url))
    router.include_router(create_admin_job_routes(desk, public_url))
    return router
