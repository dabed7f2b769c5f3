"""The assembly of the web service: the JSON interface under `/api/v1`, the German pages, and what protects both."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from search_service.errors import ChangeWissenError
from search_service.guard import Guard
from search_service.links import API
from search_service.openapi import Service
from search_service.pages import STATIC, Pages
from search_service.problem_answers import ProblemAnswers
from search_service.problems import KINDS, MAX_BODY_BYTES
from search_service.routes.documents import create_document_routes
from search_service.routes.probes import create_probe_routes
from search_service.routes.searching import create_search_routes
from search_service.searcher import Searcher

VERSION = "1.0.0"  # of the interface, not of the program


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
