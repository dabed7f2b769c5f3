"""Limits on what comes before the body: the address and the header fields of a request."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from search_service.problems import ADDRESS_TOO_LONG, HEADERS_TOO_LARGE, Kind

# The longest question, 2,000 characters of which each may need twelve in an address, with room for filters.
MAX_ADDRESS = 32 * 1024
MAX_HEADERS = 16 * 1024  # names and values together; browsers send one to two thousand bytes
MAX_HEADER_COUNT = 100


class Sizes:
    """Middleware: answers 414 and 431 to what no honest client sends."""

    def __init__(self, app: ASGIApp, answer: Callable[[Request, Kind], Response]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or hand on one request."""
        kind = find_excess(scope) if scope["type"] == "http" else None
        if kind is None:
            await self._app(scope, receive, send)
        else:
            await self._answer(Request(scope), kind)(scope, receive, send)


def find_excess(scope: Scope) -> Kind | None:
    """Return what is too long in a request, None if nothing is."""
    address = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    if len(address) + len(scope.get("query_string", b"")) > MAX_ADDRESS:
        return ADDRESS_TOO_LONG
    headers = scope["headers"]
    if len(headers) > MAX_HEADER_COUNT or sum(len(name) + len(value) for name, value in headers) > MAX_HEADERS:
        return HEADERS_TOO_LARGE
    return None
