"""One line in the log and one count in the metrics for every request: what was answered, never what was asked."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence

from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_service.edge.metrics import UNKNOWN_ROUTE, Metrics
from search_service.edge.places import Place, find_place

LOGGER = logging.getLogger(__name__)
CLIENT_LEFT = 499  # as nginx counts it: the client went before there was an answer


class Records:
    """Middleware: records method, route template, status, seconds and bytes of every answer.

    The template instead of the address: neither the question nor the text of an unknown address gets into the log. Probes
    are counted and not logged, for they come every few seconds.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, list_templates: Callable[[], Iterable[str]]) -> None:
        """Take what lists the templates of all addresses, in the order in which they are tried."""
        self._app = app
        self._metrics = metrics
        self._templates = compile_templates(list_templates())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, size = time.perf_counter(), CLIENT_LEFT, 0
        route = scope.setdefault("state", {})["route"] = name_route(scope["path"], self._templates)

        async def send_recorded(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = int(message["status"])
            else:
                size += len(message.get("body", b""))
            await send(message)

        self._metrics.begin_request()
        try:
            await self._app(scope, receive, send_recorded)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.end_request(route, scope["method"], status, seconds)
            if find_place(scope["path"]) is not Place.PROBE:
                generation = scope.get("state", {}).get("generation")
                told = {"method": scope["method"], "route": route, "status": status, "seconds": round(seconds, 4)}
                LOGGER.info("answered", extra={**told, "bytes": size, "generation": generation})


def read_route(scope: Scope) -> str:
    """Return the template of the address of `scope`, which holds nothing that its sender wrote."""
    return str(scope.get("state", {}).get("route", UNKNOWN_ROUTE))


def compile_templates(templates: Iterable[str]) -> list[tuple[re.Pattern[str], str]]:
    """Return a pattern for each template of an address ("/documents/{document_id}"); one that ends with "/*" is a folder."""
    return [(compile_path(re.sub(r"/\*$", "/{rest:path}", template))[0], template) for template in templates]


def name_route(path: str, templates: Sequence[tuple[re.Pattern[str], str]]) -> str:
    """Return the first template that the address `path` fits, `UNKNOWN_ROUTE` if none."""
    return next((template for pattern, template in templates if pattern.match(path)), UNKNOWN_ROUTE)
