"""The only table from errors to kinds of problems, and how a problem is answered: to programs and to readers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPMethod, HTTPStatus
from typing import TypeGuard, get_args
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from search_service.access import ATTEMPTS_SECONDS
from search_service.edge.freshness import READING
from search_service.edge.request_ids import read_request_id
from search_service.errors import (
    ChangeWissenError,
    DeskUnavailable,
    FileTooLarge,
    InvalidQuery,
    KeyRefused,
    KeyTooNarrow,
    KnowledgeBaseBusy,
    KnowledgeBaseDamaged,
    KnowledgeBaseMissing,
    ModelMismatch,
    ModelUnavailable,
    NoSpace,
    NotFound,
    ServiceBusy,
    TooManyAttempts,
    UnsuitableFile,
    Withdrawn,
)
from search_service.links import API
from search_service.problems import (
    BUSY,
    DESK_CLOSED,
    FILE_TOO_LARGE,
    GONE,
    INTERNAL,
    INVALID_QUERY,
    KINDS,
    NO_KEY,
    NO_SPACE,
    NOT_ALLOWED,
    NOT_FOUND,
    NOT_READY,
    PROBLEM_MEDIA_TYPE,
    TOO_MANY_ATTEMPTS,
    UNREADABLE,
    UNSUITABLE_FILE,
    WRONG_METHOD,
    FieldProblem,
    Kind,
    Problem,
    explain_form,
    locate_fault,
)
from search_service.site.error_pages import ErrorPages

LOGGER = logging.getLogger(__name__)

RETRY_SECONDS = 30
BUSY_SECONDS = 2  # search_service.page_images: in which what waits is drawn
MAX_TOLD = 3  # faults of a request named in `detail`
MAX_LISTED = 20  # faults listed in `errors`: a long list of filters must not make a long answer
PROBES = ("/health", "/ready")

KINDS_BY_STATUS = {kind.status: kind for kind in reversed(KINDS)}  # of one status the first, which is the general one
KINDS_BY_ERROR: dict[type[ChangeWissenError], Kind] = {
    InvalidQuery: INVALID_QUERY,
    Withdrawn: GONE,  # before the error it is a kind of
    NotFound: NOT_FOUND,
    KnowledgeBaseMissing: NOT_READY,
    KnowledgeBaseBusy: NOT_READY,
    KnowledgeBaseDamaged: NOT_READY,
    ModelUnavailable: NOT_READY,
    ModelMismatch: NOT_READY,
    KeyRefused: NO_KEY,
    KeyTooNarrow: NOT_ALLOWED,
    TooManyAttempts: TOO_MANY_ATTEMPTS,
    FileTooLarge: FILE_TOO_LARGE,
    UnsuitableFile: UNSUITABLE_FILE,
    NoSpace: NO_SPACE,
    DeskUnavailable: DESK_CLOSED,
    ServiceBusy: BUSY,
}
# What a program needs to know beside the body, by kind (RFC 9110, 10.2.3 and 11.6.1).
HEADERS_BY_KIND: dict[Kind, dict[str, str]] = {
    NOT_READY: {"retry-after": str(RETRY_SECONDS)},
    DESK_CLOSED: {"retry-after": str(RETRY_SECONDS)},
    BUSY: {"retry-after": str(BUSY_SECONDS)},
    TOO_MANY_ATTEMPTS: {"retry-after": str(int(ATTEMPTS_SECONDS))},
    NO_KEY: {"www-authenticate": 'Bearer realm="Ch@nge Wissen"'},
    # The rest of an upload is not wanted: an endless one would go on for ever.
    FILE_TOO_LARGE: {"connection": "close"},
    UNSUITABLE_FILE: {"connection": "close"},
    NO_SPACE: {"connection": "close"},
}


class ProblemAnswers:
    """Errors to answers: problem documents for programs, a page in the usual layout for readers."""

    def __init__(self, pages: ErrorPages, root: str) -> None:
        """Take the address that explanations of errors start with; "" for relative ones."""
        self._pages = pages
        self._root = root

    def for_error(self, request: Request, error: Exception) -> Response:
        """Answer an error raised on purpose. What only an operator can mend goes to the log: it may name folders."""
        kind = next((kind for known, kind in KINDS_BY_ERROR.items() if isinstance(error, known)), INTERNAL)
        if kind.detail and kind is not NOT_FOUND:
            LOGGER.error("%s: %s", type(error).__name__, error)
            return self._answer(request, kind)
        errors = None
        if isinstance(error, InvalidQuery) and error.field is not None:
            errors = [locate_fault(error.field, str(error), in_address=request.method in READING)]
        return self._answer(request, kind, str(error), errors)

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
        allowed = _list_names(request.scope.get("route"))
        faults = error.errors() if isinstance(error, RequestValidationError) else ()
        kind = UNREADABLE if any(fault.get("type") == "json_invalid" for fault in faults) else INVALID_QUERY
        errors = explain_form(faults, allowed)
        return self._answer(request, kind, " ".join(error.detail for error in errors[:MAX_TOLD]), errors[:MAX_LISTED])

    def for_crash(self, request: Request) -> Response:
        """Answer an error nobody expected."""
        return self._answer(request, INTERNAL)

    def for_kind(self, request: Request, kind: Kind, headers: Mapping[str, str] | None = None) -> Response:
        """Answer what is refused before it reaches the routes."""
        return self._answer(request, kind, told=headers)

    def _answer(
        self,
        request: Request,
        kind: Kind,
        detail: str = "",
        errors: list[FieldProblem] | None = None,
        told: Mapping[str, str] | None = None,
    ) -> Response:
        path = request.url.path
        headers = HEADERS_BY_KIND.get(kind, {}) | dict(told or {})
        if not path.startswith((f"{API}/", *PROBES)):
            headers["vary"] = "accept"
            if "text/html" in request.headers.get("accept", ""):
                return self._pages.answer(request, kind, detail, headers)
        problem = Problem(
            type=f"{self._root}/hilfe#{kind.slug}",
            title=kind.title,
            status=kind.status,
            detail=detail or kind.detail,
            instance=quote(path, errors="replace"),
            errors=errors,
            request_id=read_request_id(request.scope),
        )
        content = problem.model_dump(mode="json", exclude_none=True)
        if kind is NOT_READY and path.endswith("/ready"):
            content |= {"lexical": False, "semantic": False}  # the levels of a `/ready` that succeeds
        return JSONResponse(content, kind.status, headers, PROBLEM_MEDIA_TYPE)


def _find_methods(request: Request) -> list[str]:
    """Return the methods that the address of `request` answers to."""
    routes = request.app.routes
    return [
        method.value
        for method in HTTPMethod
        if any(route.matches({**request.scope, "method": method.value})[0] is Match.FULL for route in routes)
    ]


def _list_names(route: object) -> dict[str, list[str]]:
    """Return what `route` knows, for the message about a name that it does not know.

    By place: "query" for the parameters of the address, "body" for the JSON object, "body/filters" for the object inside.
    """
    if not isinstance(route, APIRoute):
        return {}
    names: dict[str, list[str]] = {"query": []}
    for parameter in route.dependant.query_params:
        annotation = parameter.field_info.annotation
        names["query"] += list(annotation.model_fields) if _is_model(annotation) else [parameter.alias]
    for parameter in route.dependant.body_params:
        names |= _list_fields(parameter.field_info.annotation, "body")
    return names


def _list_fields(annotation: object, place: str) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for model in filter(_is_model, (annotation, *get_args(annotation))):
        names[place] = list(model.model_fields)
        for name, field in model.model_fields.items():
            names |= _list_fields(field.annotation, f"{place}/{name}")
    return names


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
