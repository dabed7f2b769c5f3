"""The JSON interface under `/api/v1`, the assembly of the web service, and the only table from errors to kinds of problems."""

from __future__ import annotations

import logging
from http import HTTPMethod, HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.staticfiles import StaticFiles

from search_service.answers import (
    HealthAnswer,
    ReadyAnswer,
    SearchAnswer,
    SuggestAnswer,
    build_ready_answer,
    build_search_answer,
    build_suggest_answer,
)
from search_service.document_answers import (
    DocumentDetailAnswer,
    SimilarAnswer,
    build_document_answer,
    build_similar_answer,
)
from search_service.errors import (
    ChangeWissenError,
    InvalidQuery,
    KnowledgeBaseBusy,
    KnowledgeBaseDamaged,
    KnowledgeBaseMissing,
    ModelMismatch,
    ModelUnavailable,
    NotFound,
)
from search_service.guard import Guard, answer_file
from search_service.links import API
from search_service.pages import STATIC, Pages
from search_service.problems import (
    INTERNAL,
    INVALID_QUERY,
    KINDS,
    MAX_BODY_BYTES,
    NOT_FOUND,
    NOT_READY,
    PROBLEM_MEDIA_TYPE,
    TOO_LARGE,
    UNREADABLE,
    WRONG_METHOD,
    WRONG_RANGE,
    FieldProblem,
    Kind,
    Problem,
    explain_form,
    problem_schemas,
)
from search_service.questions import (
    SearchFilters,
    SearchParameters,
    SearchRequest,
    SimilarParameters,
    SuggestParameters,
    YearRange,
)
from search_service.searcher import Searcher

LOGGER = logging.getLogger(__name__)

VERSION = "1.0.0"  # of the interface, not of the program
RETRY_SECONDS = 30
MAX_TOLD = 3  # faults of a request named in `detail`
MAX_LISTED = 20  # faults listed in `errors`: a long list of filters must not make a long answer
PROBES = ("/health", "/ready")

DocumentId = Annotated[str, PathParameter(description="Kennung des Dokuments, wie ein Treffer sie nennt.")]
PassageId = Annotated[str, PathParameter(description="Kennung der Textstelle, wie ein Treffer sie nennt.")]

KINDS_BY_STATUS = {kind.status: kind for kind in KINDS}
KINDS_BY_ERROR: dict[type[ChangeWissenError], Kind] = {
    InvalidQuery: INVALID_QUERY,
    NotFound: NOT_FOUND,
    KnowledgeBaseMissing: NOT_READY,
    KnowledgeBaseBusy: NOT_READY,
    KnowledgeBaseDamaged: NOT_READY,
    ModelUnavailable: NOT_READY,
    ModelMismatch: NOT_READY,
}

# What may stand where, for the message about a name that is unknown there: in the address by the end of its path ...
PARAMETERS: dict[str, list[str]] = {
    "search": list(SearchParameters.model_fields),
    "suggest": list(SuggestParameters.model_fields),
    "similar": list(SimilarParameters.model_fields),
}
# ... and in the JSON of a search.
ALLOWED_NAMES: dict[str, list[str]] = {
    "body": list(SearchRequest.model_fields),
    "body/filters": list(SearchFilters.model_fields),
    "body/filters/year": list(YearRange.model_fields),
}


class Service(FastAPI):
    """FastAPI whose OpenAPI document knows the one shape of our errors instead of the framework's."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 document; built once."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document["components"]["schemas"]
            schemas.update(problem_schemas())
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            for operations in document["paths"].values():
                for operation in operations.values():
                    if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                        del operation["responses"]["422"]
        return super().openapi()


class ProblemAnswers:
    """Errors to answers: problem documents for programs, a page in the usual layout for readers."""

    def __init__(self, pages: Pages, root: str) -> None:
        """Take the address that explanations of errors start with; "" for relative ones."""
        self._pages = pages
        self._root = root

    def for_error(self, request: Request, error: Exception) -> Response:
        """Answer an error raised on purpose. What only an operator can mend goes to the log: it may name folders."""
        kind = next((kind for known, kind in KINDS_BY_ERROR.items() if isinstance(error, known)), INTERNAL)
        if kind.detail and kind is not NOT_FOUND:
            LOGGER.error("%s: %s", type(error).__name__, error)
            return self._answer(request, kind)
        return self._answer(request, kind, str(error))

    def for_http(self, request: Request, error: Exception) -> Response:
        """Answer an error of the protocol, such as an unknown address; the framework's English text is not shown."""
        status = error.status_code if isinstance(error, HTTPException) else INTERNAL.status
        kind = KINDS_BY_STATUS.get(HTTPStatus(status), UNREADABLE)
        response = self._answer(request, kind)
        if isinstance(error, HTTPException):
            response.headers.update(error.headers or {})
        if kind is WRONG_METHOD:
            response.headers["allow"] = ", ".join(_find_methods(request))
        return response

    def for_form(self, request: Request, error: Exception) -> Response:
        """Answer a request that does not have the form of the schema."""
        allowed = ALLOWED_NAMES | {"query": PARAMETERS.get(request.url.path.rpartition("/")[2], [])}
        errors = explain_form(error.errors() if isinstance(error, RequestValidationError) else (), allowed)
        return self._answer(request, INVALID_QUERY, " ".join(error.detail for error in errors[:MAX_TOLD]), errors[:MAX_LISTED])

    def for_crash(self, request: Request) -> Response:
        """Answer an error nobody expected."""
        return self._answer(request, INTERNAL)

    def _answer(self, request: Request, kind: Kind, detail: str = "", errors: list[FieldProblem] | None = None) -> Response:
        path = request.url.path
        headers = {"retry-after": str(RETRY_SECONDS)} if kind is NOT_READY else {}
        if not path.startswith((f"{API}/", *PROBES)):
            headers["vary"] = "accept"
            if "text/html" in request.headers.get("accept", ""):
                question = request.query_params.get("q", "")
                return self._pages.answer_error(kind.status, kind.title, detail or kind.detail, question, headers)
        problem = Problem(
            type=f"{self._root}/hilfe#{kind.slug}",
            title=kind.title,
            status=kind.status,
            detail=detail or kind.detail,
            instance=quote(path),
            errors=errors,
        )
        content = problem.model_dump(mode="json", exclude_none=True)
        if kind is NOT_READY and path.endswith("/ready"):
            content |= {"lexical": False, "semantic": False}  # the levels of a `/ready` that succeeds
        return JSONResponse(content, kind.status, headers, PROBLEM_MEDIA_TYPE)


def create_app(searcher: Searcher, *, public_url: str | None = None) -> FastAPI:
    """Return the web service over `searcher`: the JSON interface, the German pages and their static files.

    With `public_url` ("https://wissen.example.org") the links in answers are absolute; without it they start with "/".
    Nothing of a request's `Host` header goes into an answer.
    """
    root = (public_url or "").rstrip("/")
    pages = Pages(searcher, {kind.slug: f"{kind.title} ({kind.status})" for kind in KINDS})
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
    app.add_middleware(Guard, answer_crash=problems.for_crash, max_body=MAX_BODY_BYTES)
    app.include_router(create_search_routes(searcher, public_url), prefix=API)
    app.include_router(create_document_routes(searcher, public_url), prefix=API)
    app.include_router(create_probe_routes(searcher))
    app.include_router(create_probe_routes(searcher), prefix=API, include_in_schema=False)
    app.include_router(pages.create_routes())
    app.mount("/static", StaticFiles(directory=STATIC), "static")
    return app


def _documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of error answers, which are problem documents."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {int(kind.status): {"description": kind.title, "content": content} for kind in kinds}


def _find_methods(request: Request) -> list[str]:
    """Return the methods that the address of `request` answers to."""
    routes = request.app.routes
    return [
        method.value
        for method in HTTPMethod
        if any(route.matches({**request.scope, "method": method.value})[0] is Match.FULL for route in routes)
    ]


def create_search_routes(searcher: Searcher, public_url: str | None) -> APIRouter:
    """Return search and suggestions. The endpoints are plain functions, so that they run in threads: searching is computing."""
    router = APIRouter(tags=["Suche"])

    @router.head("/search", include_in_schema=False)
    @router.get(
        "/search",
        operation_id="search",
        summary="Textstellen suchen",
        description="Die Adresse ist teilbar. Ein Filter darf mehrfach stehen („eines davon“), verschiedene gelten zugleich.",
        response_description="Treffer, Filterwerte und Hinweise",
        responses=_documented(UNREADABLE, INVALID_QUERY, NOT_READY),
    )
    def get_search(asked: Annotated[SearchParameters, Query()]) -> SearchAnswer:
        query = asked.to_query()
        return build_search_answer(searcher.search(query), query, public_url)

    @router.post(
        "/search",
        operation_id="searchWithBody",
        summary="Textstellen suchen, Anfrage als JSON",
        description="Wie `GET`, für lange Filter.",
        response_description="Treffer, Filterwerte und Hinweise",
        responses=_documented(UNREADABLE, TOO_LARGE, INVALID_QUERY, NOT_READY),
    )
    def post_search(asked: SearchRequest) -> SearchAnswer:
        query = asked.to_query()
        return build_search_answer(searcher.search(query), query, public_url)

    @router.head("/suggest", include_in_schema=False)
    @router.get(
        "/suggest",
        operation_id="suggest",
        summary="Vorschläge beim Tippen",
        description=(
            "Titel, Überschriften und Wörter aus den Dokumenten, die so beginnen; nie, was andere gefragt haben. "
            "Ein Vertipper im letzten Wort wird verziehen. Unter zwei Buchstaben ist die Liste leer."
        ),
        response_description="Vorschläge, beste zuerst",
        responses=_documented(UNREADABLE, INVALID_QUERY, NOT_READY),
    )
    def get_suggestions(asked: Annotated[SuggestParameters, Query()]) -> SuggestAnswer:
        asked.check()
        return build_suggest_answer(asked.q, searcher.complete(asked.q, asked.limit), public_url)

    return router


def create_document_routes(searcher: Searcher, public_url: str | None) -> APIRouter:
    """Return documents, their files and what is similar to them."""
    router = APIRouter(tags=["Dokumente"])

    @router.head("/documents/{document_id}", include_in_schema=False)
    @router.get(
        "/documents/{document_id}",
        operation_id="getDocument",
        summary="Angaben zu einem Dokument und Aufriss seiner Textstellen",
        response_description="Das Dokument",
        responses=_documented(NOT_FOUND, NOT_READY),
    )
    def get_document(document_id: DocumentId) -> DocumentDetailAnswer:
        return build_document_answer(*searcher.document_with_passages(document_id), public_url)

    @router.head("/documents/{document_id}/file", include_in_schema=False)
    @router.get(
        "/documents/{document_id}/file",
        operation_id="getDocumentFile",
        summary="Originaldatei",
        description="Auch in Teilen (`Range`). PDF und reiner Text öffnen sich im Browser, alles andere wird heruntergeladen.",
        response_class=Response,
        response_description="Die Datei",
        responses={
            200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
            206: {"description": "Der angeforderte Teil der Datei"},
            **_documented(NOT_FOUND, WRONG_RANGE, NOT_READY),
        },
    )
    def get_file(document_id: DocumentId) -> Response:
        document = searcher.document(document_id)
        return answer_file(searcher.original(document), document.location, document.media_type)

    @router.head("/documents/{document_id}/similar", include_in_schema=False)
    @router.get(
        "/documents/{document_id}/similar",
        operation_id="getSimilarDocuments",
        summary="Ähnliche Dokumente",
        description="Andere Dokumente zum selben Thema, je mit der Textstelle, die am nächsten kommt. Andere Ausgaben fehlen.",
        response_description="Ähnliche Dokumente, das nächste zuerst",
        responses=_documented(NOT_FOUND, INVALID_QUERY, NOT_READY),
    )
    def get_similar_documents(document_id: DocumentId, asked: Annotated[SimilarParameters, Query()]) -> SimilarAnswer:
        asked.check()
        return build_similar_answer(searcher.similar_documents(document_id, asked.limit), public_url)

    @router.head("/passages/{passage_id}/similar", include_in_schema=False)
    @router.get(
        "/passages/{passage_id}/similar",
        operation_id="getSimilarPassages",
        summary="Ähnliche Textstellen",
        description="Textstellen anderer Dokumente, in denen es um dasselbe geht, aus jedem Dokument die nächste.",
        response_description="Ähnliche Textstellen, die nächste zuerst",
        responses=_documented(NOT_FOUND, INVALID_QUERY, NOT_READY),
    )
    def get_similar_passages(passage_id: PassageId, asked: Annotated[SimilarParameters, Query()]) -> SimilarAnswer:
        asked.check()
        return build_similar_answer(searcher.similar_passages(passage_id, asked.limit), public_url)

    return router


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
        responses=_documented(NOT_READY),
    )
    def get_ready() -> ReadyAnswer:
        return build_ready_answer(searcher.status())

    return router
