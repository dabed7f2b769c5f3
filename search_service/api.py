"""The assembly of the web service: the JSON interface under `/api/v1`, the German pages, and what protects both."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from search_service.access import Attempts, SearchAccess, allow_search
from search_service.desk.opening import Desk
from search_service.edge.freshness import make_look
from search_service.edge.layers import add_layers
from search_service.edge.metrics import Metrics
from search_service.edge.policy import Policy
from search_service.errors import ChangeWissenError
from search_service.links import API
from search_service.openapi import Service
from search_service.page_images import PageImages
from search_service.pages import STATIC, Pages, load_templates
from search_service.problem_answers import ProblemAnswers
from search_service.problems import KINDS
from search_service.routes.admin import create_admin_routes
from search_service.routes.citations import create_citation_routes
from search_service.routes.documents import create_document_routes
from search_service.routes.feeds import create_feed_routes
from search_service.routes.manual import create_manual_routes
from search_service.routes.page_images import create_page_image_routes
from search_service.routes.passages import create_passage_routes
from search_service.routes.permalinks import create_permalink_routes
from search_service.routes.probes import create_metrics_routes, create_probe_routes
from search_service.routes.searching import create_search_routes
from search_service.searcher import Searcher
from search_service.unanswered import listen_to_nothing, make_listener

VERSION = "1.0.0"  # of the interface, not of the program


def create_app(
    searcher: Searcher,
    *,
    public_url: str | None = None,
    policy: Policy | None = None,
    metrics: Metrics | None = None,
    page_images: PageImages | None = None,
    desk: Desk | None = None,
    search_access: SearchAccess = SearchAccess.PUBLIC,
) -> FastAPI:
    """Return the web service over `searcher`: the JSON interface, the German pages and their static files.

    With `public_url` ("https://wissen.example.org") the links in answers are absolute; without it they start with "/".
    Nothing of a request's `Host` header goes into an answer. Without `policy` no client is limited; `metrics` are those that
    the searcher counts its searches into. Without `page_images` there are none. Without a `desk` there is no administration,
    and `search_access` cannot ask for a key.
    """
    root = (public_url or "").rstrip("/")
    policy, metrics, look = policy or Policy(), metrics or Metrics(), make_look(searcher)
    attempts = Attempts(policy.proxies)
    listener = make_listener(desk.gaps, policy.proxies) if desk else listen_to_nothing
    shown = [Depends(allow_search(desk.keys, search_access, attempts))] if desk else []
    pages = Pages(searcher, {kind.slug: f"{kind.title} ({kind.status})" for kind in KINDS}, root, listener)
    problems = ProblemAnswers(pages, root)
    app = Service(
        title="Ch@nge Wissen",
        version=VERSION,
        summary="Zitierfähige Textstellen aus der Wissensdatenbank des Zukunfts-HUB.",
        description=(
            "Eine Frage in gewöhnlichem Deutsch hinein, genaue Textstellen mit Seitenzahl und Beleg heraus. "
            "Fehler kommen als `application/problem+json` (RFC 9457). Fragen werden nicht gespeichert. "
            "Innerhalb von v1 kommen Felder hinzu; keines wird umbenannt oder entfernt."
        ),
        servers=[{"url": root}] if root else None,
        docs_url=None,  # the framework's own documentation pages load their scripts from a foreign host
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
    )
    app.add_exception_handler(ChangeWissenError, problems.for_error)
    app.add_exception_handler(HTTPException, problems.for_http)
    app.add_exception_handler(RequestValidationError, problems.for_form)
    add_layers(app, policy, problems, metrics, look, secure=root.startswith("https:"))
    for router in (
        create_search_routes(searcher, public_url, listener),
        create_document_routes(searcher, public_url),
        create_citation_routes(searcher),
        create_passage_routes(searcher, public_url),
        create_page_image_routes(searcher, page_images),
    ):
        app.include_router(router, prefix=API, dependencies=shown)
    if desk:
        app.include_router(create_admin_routes(searcher, desk, public_url, attempts), prefix=API)
    app.include_router(create_feed_routes(searcher, public_url), dependencies=shown)
    app.include_router(create_permalink_routes(searcher, public_url), dependencies=shown)
    app.include_router(create_probe_routes(searcher))
    app.include_router(create_probe_routes(searcher), prefix=API, include_in_schema=False)
    app.include_router(create_metrics_routes(metrics, look, is_open=policy.open_metrics))
    app.include_router(create_manual_routes(load_templates(), STATIC))
    app.include_router(pages.create_routes(), dependencies=shown)
    app.mount("/static", StaticFiles(directory=STATIC), "static")
    return app
