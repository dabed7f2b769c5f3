"""CORS: the pages that may ask the service from a browser, by an exact list (Fetch standard, section 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_service.edge.places import WIDGET, Place, find_place
from search_service.links import API
from search_service.problems import FOREIGN_ORIGIN, Kind

METHODS = "GET, HEAD, POST"
ASKED_WITH = "Accept, Authorization, Content-Type, If-None-Match, Range, X-API-Key, X-Request-ID"
SHOWN = "Content-Disposition, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
PREFLIGHT_SECONDS = 7200  # the longest that Chromium keeps the answer to a preflight


class Origins:
    """Middleware: lets the pages of `allowed` origins read what the API says; administration is open to none of them.

    Cookies play no part, so none are allowed along. Without any origin allowed nothing is added. The widget is a file without
    secrets that any page may load, also as a module or with `integrity`, for which browsers want to be allowed to read it.
    """

    def __init__(self, app: ASGIApp, allowed: Sequence[str], answer: Callable[[Request, Kind], Response]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight; hand on everything else."""
        if scope["type"] == "http" and scope["path"] == WIDGET:
            await self._app(scope, receive, _open_to_all(send))
            return
        if scope["type"] != "http" or not self._allowed or not _is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        is_allowed = origin is not None and origin in self._allowed

        async def send_opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                answered.add_vary_header("Origin")
                if origin is not None and is_allowed:
                    answered["access-control-allow-origin"] = origin
                    answered["access-control-expose-headers"] = SHOWN
            await send(message)

        if scope["method"] == "OPTIONS" and origin is not None and "access-control-request-method" in headers:
            response = _allow() if is_allowed else self._answer(Request(scope), FOREIGN_ORIGIN)
            await response(scope, receive, send_opened)
        else:
            await self._app(scope, receive, send_opened)


def _open_to_all(send: Send) -> Send:
    async def send_opened(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["access-control-allow-origin"] = "*"
        await send(message)

    return send_opened


def _is_open(path: str) -> bool:
    return path.startswith(f"{API}/") and find_place(path) is not Place.ADMIN


def _allow() -> Response:
    return Response(
        status_code=204,
        headers={
            "access-control-allow-methods": METHODS,
            "access-control-allow-headers": ASKED_WITH,
            "access-control-max-age": str(PREFLIGHT_SECONDS),
            "vary": "Access-Control-Request-Method, Access-Control-Request-Headers",
        },
    )
