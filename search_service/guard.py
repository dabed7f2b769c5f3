"""What protects a reader's browser: headers on every answer, safe delivery of files, cover for crashes."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_service.edge.freshness import matches, reduce_headers
from search_service.edge.places import WIDGET, Place, find_place
from search_service.edge.records import read_route
from search_service.links import API

LOGGER = logging.getLogger(__name__)

# OWASP's HTTP headers cheat sheet, for a service without frames or scripts of others.
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-permitted-cross-domain-policies": "none",
}
HTTPS_ONLY = "max-age=31536000"  # HSTS for a year; whether subdomains follow is for their owner to say
# The viewers built into browsers bring styles of their own and stand in their page as an object.
FILE_SECURITY_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'"
# Shown in the browser. Everything else is only ever downloaded, because it could carry active content.
INLINE_MEDIA_TYPES = ("application/pdf", "text/plain")
# Of a file name in a header. Each may take twelve bytes there, and nginx takes 4 KiB of header from a service by default.
MAX_NAME, MAX_ENDING = 120, 10


class Guard:
    """Middleware: adds the security headers to every answer. `secure`: the service is reached by https only."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cross-origin-resource-policy", find_resource_policy(scope["path"]))
                if self._secure:
                    headers.setdefault("strict-transport-security", HTTPS_ONLY)
            await send(message)

        await self._app(scope, receive, send_guarded)


class Cover:
    """Middleware: logs a crash and answers it without its trace."""

    def __init__(self, app: ASGIApp, answer_crash: Callable[[Request], Response]) -> None:
        self._app = app
        self._answer_crash = answer_crash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_noticed(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_noticed)
        except Exception:
            # The template alone: the address may hold the question, which is not logged.
            LOGGER.exception("crash while answering %s %s", scope["method"], read_route(scope))
            if started:
                raise
            response = self._answer_crash(Request(scope))
            response.headers["cache-control"] = "no-store"
            await response(scope, receive, send)


def find_resource_policy(path: str) -> str:
    """Return the `Cross-Origin-Resource-Policy`: other pages show public documents and load the widget, no more."""
    is_public = path == WIDGET or (path.startswith(f"{API}/") and find_place(path) is not Place.ADMIN)
    return "cross-origin" if is_public else "same-origin"


class _UnusableRange(Exception):
    """A `Range` header that is not understood."""


class _Unchanged(Exception):
    """The client has the file already."""


class _File(FileResponse):
    """A file that is not read for who has it, and whose refusals are answered like any other error, not in English."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = ", ".join(Headers(scope=scope).getlist("if-none-match"))
        if scope["method"] != "GET":
            scope = _drop_range(scope)  # RFC 9110, 14.2: ranges are for GET only

        async def send_checked(message: Message) -> None:
            if message["type"] == "http.response.start":
                etag = Headers(raw=message["headers"]).get("etag", "")
                if message["status"] in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT) and matches(known, etag):
                    await send({**message, "status": HTTPStatus.NOT_MODIFIED, "headers": reduce_headers(message["headers"])})
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    raise _Unchanged
                if message["status"] == HTTPStatus.BAD_REQUEST:
                    raise _UnusableRange
                if message["status"] == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    if matches(known, self.headers["etag"]):  # what the client has comes before what it asks (13.2.2)
                        raise _UnusableRange
                    told = Headers(raw=message["headers"]).get("content-range", "")
                    raise HTTPException(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers={"content-range": told})
            await send(message)

        with suppress(_Unchanged):
            try:
                await super().__call__(scope, receive, send_checked)
            except _UnusableRange:
                # RFC 9110, 14.2: a range in an unknown unit or form is ignored.
                await super().__call__(_drop_range(scope), receive, send_checked)


def _drop_range(scope: Scope) -> Scope:
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"range"]}


def answer_file(path: Path, name: str, media_type: str) -> Response:
    """Return the file at `path` under the file name `name`; ranges are honoured. `path` must exist."""
    inline = media_type in INLINE_MEDIA_TYPES
    headers = {
        "content-disposition": content_disposition(name, inline=inline),
        "content-security-policy": FILE_SECURITY_POLICY,
        "cache-control": "no-cache",  # may be kept, must be asked about: the file can be replaced or withdrawn
    }
    return _File(path, headers=headers, media_type=media_type)


def _shorten(name: str) -> str:
    """Return the name with at most `MAX_NAME` characters, its ending kept."""
    ending = PurePosixPath(name).suffix[:MAX_ENDING]
    return name if len(name) <= MAX_NAME else name[: MAX_NAME - len(ending)] + ending


def content_disposition(name: str, *, inline: bool) -> str:
    """Return the header value for a file name: plain ASCII for old clients, and the name itself after RFC 8187 (was 5987)."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = _shorten("".join(character for character in last if character.isprintable())) or "dokument"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", clean)
    disposition = "inline" if inline else "attachment"
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='', errors='replace')}"
