"""The assembly of the web service: the JSON interface under `/api/v1`, the German pages, and what protects both."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.security.utils import get_authorization_scheme_param
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from search_service.access import Attempts, SearchAccess, allow_search, require_key
from search_service.desk.keys import Scope
from search_service.desk.opening import Desk
from search_service.edge.freshness import make_look
from search_service.edge.layers import add_layers
from search_service.edge.metrics import Metrics
from search_service.edge.places import Place, find_place
from search_service.edge.policy import Policy
from search_service.errors import ChangeWissenError
from search_service.links import API
from search_service.openapi import Service
from search_service.operator_details import Operator
from search_service.page_images import PageImages
from search_service.problem_answers import ProblemAnswers
from search_service.problems import KINDS
from search_service.routes.admin import create_admin_routes
from search_service.routes.citations import create_citation_routes
from search_service.routes.documents import create_document_routes
from search_service.routes.feeds import create_feed_routes, create_opensearch_routes
from search_service.routes.manual import create_manual_routes
from search_service.routes.page_images import create_page_image_routes
from search_service.routes.passages import create_passage_routes
from search_service.routes.permalinks import create_permalink_routes
from search_service.routes.probes import create_metrics_routes, create_probe_routes
from search_service.routes.repetition import refuse_repetition
from search_service.routes.searching import create_search_routes
from search_service.searcher import Searcher
from search_service.site.bookmark_pages import create_bookmark_routes
from search_service.site.editing.routes import create_editing_routes
from search_service.site.error_pages import ErrorPages
from search_service.site.legal_pages import create_legal_routes
from search_service.site.pages import Pages
from search_service.site.permalink_pages import create_permalink_page_routes
from search_service.site.renderer import STATIC, Renderer, load_templates
from search_service.site.source_pages import create_source_routes
from search_service.site.viewer_files import create_viewer_file_routes, find_page_library
from search_service.unanswered import listen_to_nothing, make_listener

VERSION = "1.0.0"  # of the interface, not of the program
_Answer = Callable[[Request, Exception], Response]


def create_app(
    searcher: Searcher,
    *,
    public_url: str | None = None,
    policy: Policy | None = None,
    metrics: Metrics | None = None,
    page_images: PageImages | None = None,
    desk: Desk | None = None,
    search_access: SearchAccess = SearchAccess.PUBLIC,
    operator: Operator | None = None,
) -> FastAPI:
    """Return the web service over `searcher`: the JSON interface, the German pages and their static files.

    With `public_url` ("https://wissen.example.org") the links in answers are absolute; without it they start with "/".
    Nothing of a request's `Host` header goes into an answer. Without `policy` no client is limited; `metrics` are those that
    the searcher counts its searches into. Without `page_images` there are none. Without a `desk` there is no administration,
    and `search_access` cannot ask for a key. Without an `operator` the legal pages say that nothing is stated.
    """
    root = (public_url or "").rstrip("/")
    policy, metrics = policy or Policy(), metrics or Metrics()
    attempts = Attempts(policy.proxies)
    listener = make_listener(desk.gaps, policy.proxies) if desk else listen_to_nothing
    keyed = desk is not None and search_access is SearchAccess.KEY
    shown = [Depends(allow_search(desk.keys, search_access, attempts))] if desk else []
    renderer = Renderer(secure=root.startswith("https:"), has_desk=desk is not None)
    pages = Pages(searcher, renderer, {kind.slug: f"{kind.title} ({kind.status})" for kind in KINDS}, root, listener)
    problems = ProblemAnswers(ErrorPages(renderer), root)
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
        redirect_slashes=False,  # the framework would lead to the host that the request names
        dependencies=[Depends(refuse_repetition)],
    )
    app.add_exception_handler(ChangeWissenError, problems.for_error)
    for odd, answer in ((HTTPException, problems.for_http), (RequestValidationError, problems.for_form)):
        app.add_exception_handler(odd, _ask_for_key_first(answer, desk, search_access, attempts, problems))
    add_layers(
        app,
        policy,
        metrics,
        make_look(searcher.peek),
        refuse=problems.for_kind,
        answer_crash=problems.for_crash,
        secure=root.startswith("https:"),
        keyed=keyed,
    )
    for router in (
        create_search_routes(searcher, public_url, listener),
        create_document_routes(searcher, public_url),
        create_citation_routes(searcher, public_url),
        create_passage_routes(searcher, public_url),
        create_permalink_routes(searcher, public_url),
        create_page_image_routes(searcher, page_images),
    ):
        app.include_router(router, prefix=API, dependencies=shown)
    if desk:
        app.include_router(create_admin_routes(searcher, desk, public_url, attempts), prefix=API)
    app.include_router(create_feed_routes(searcher, public_url), dependencies=shown)
    app.include_router(create_opensearch_routes(public_url))
    app.include_router(create_permalink_page_routes(searcher, renderer), dependencies=shown)
    app.include_router(create_probe_routes(searcher))
    app.include_router(create_probe_routes(searcher), prefix=API, include_in_schema=False)
    app.include_router(create_metrics_routes(metrics, make_look(searcher.status), is_open=policy.open_metrics))
    app.include_router(create_manual_routes(load_templates(), STATIC))
    app.include_router(pages.create_routes(), dependencies=shown)
    app.include_router(create_bookmark_routes(searcher, renderer, public_url), dependencies=shown)
    viewer = create_source_routes(searcher, renderer, has_images=page_images is not None, library=find_page_library())
    app.include_router(viewer, dependencies=shown)
    app.include_router(pages.create_open_routes())
    app.include_router(create_legal_routes(renderer, operator or Operator()))
    app.include_router(create_viewer_file_routes())
    app.include_router(create_editing_routes(searcher, renderer, desk, public_url, attempts))
    app.mount("/static", StaticFiles(directory=STATIC), "static")
    return app


def _ask_for_key_first(
    answer: _Answer, desk: Desk | None, access: SearchAccess, attempts: Attempts, problems: ProblemAnswers
) -> _Answer:
    """Return `answer` for who has the key: the framework reads a JSON body, which may be odd, before it looks for one."""
    if desk is None:
        return answer
    check_admin, check_search = require_key(desk.keys, Scope.ADMIN, attempts), allow_search(desk.keys, access, attempts)

    def answer_with_key(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code != HTTPStatus.BAD_REQUEST:
            return answer(request, error)
        scheme, text = get_authorization_scheme_param(request.headers.get("authorization"))
        bearer = HTTPAuthorizationCredentials(scheme=scheme, credentials=text) if scheme.lower() == "bearer" else None
        try:
            if find_place(request.url.path) is Place.ADMIN:
                check_admin(request, bearer, request.headers.get("x-api-key"))
            elif access is SearchAccess.KEY:
                check_search(request, bearer, request.headers.get("x-api-key"))
        except ChangeWissenError as refusal:
            return problems.for_error(request, refusal)
        return answer(request, error)

    return answer_with_key
