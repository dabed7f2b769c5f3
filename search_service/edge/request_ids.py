"""A name for every request, the same in its answer, in its problem document and in every line it leaves in the log."""

from __future__ import annotations

import re
import secrets

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-request-id"
# What UUIDs, ULIDs and the trace ids of proxies are made of; nothing that could end a line or a header.
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIds:
    """Middleware: takes over a sane `X-Request-ID` or makes one, puts it into `scope["state"]` and into the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = choose_request_id(Headers(scope=scope).get(HEADER))
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_named)


def choose_request_id(offered: str | None) -> str:
    """Return what the client offers if it is 8 to 64 harmless characters, else 32 random hex digits."""
    return offered if offered and _SANE.fullmatch(offered) else secrets.token_hex(16)


def read_request_id(scope: Scope) -> str | None:
    """Return the name of the request of `scope`; None outside of the middleware."""
    name = scope.get("state", {}).get("request_id")
    return name if isinstance(name, str) else None
