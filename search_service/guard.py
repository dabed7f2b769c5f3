"""What protects a reader's browser and the service: headers on every answer, safe delivery of files, cover for crashes."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOGGER = logging.getLogger(__name__)

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
# The viewers built into browsers bring styles of their own and stand in their page as an object.
FILE_SECURITY_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'"
# Shown in the browser. Everything else is only ever downloaded, because it could carry active content.
INLINE_MEDIA_TYPES = ("application/pdf", "text/plain")


class Guard:
    """Middleware: bounds what is read, adds the security headers to every answer, and answers a crash without its trace.

    A body of more than `max_body` bytes raises HTTPException 413 where it is read, so that it is answered like any error.
    """

    def __init__(self, app: ASGIApp, answer_crash: Callable[[Request], Response], max_body: int) -> None:
        self._app = app
        self._answer_crash = answer_crash
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive_bounded, send_guarded)
        except Exception:
            # The path alone: the address may hold the question, which is not logged.
            LOGGER.exception("crash while answering %s %s", scope["method"], scope["path"])
            if started:
                raise
            await self._answer_crash(Request(scope))(scope, receive, send_guarded)


class _UnusableRange(Exception):
    """A `Range` header that is not understood."""


class _File(FileResponse):
    """A file whose refusals are answered like any other error, instead of as plain English text."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_checked(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == HTTPStatus.BAD_REQUEST:
                    raise _UnusableRange
                if message["status"] == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    told = Headers(raw=message["headers"]).get("content-range", "")
                    raise HTTPException(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers={"content-range": told})
            await send(message)

        try:
            await super().__call__(scope, receive, send_checked)
        except _UnusableRange:
            # RFC 9110, 14.2: a range in an unknown unit or form is ignored.
            rest = [(name, value) for name, value in scope["headers"] if name != b"range"]
            await super().__call__({**scope, "headers": rest}, receive, send)


def answer_file(path: Path, name: str, media_type: str) -> Response:
    """Return the file at `path` under the file name `name`; ranges are honoured. `path` must exist."""
    inline = media_type in INLINE_MEDIA_TYPES
    headers = {
        "content-disposition": content_disposition(name, inline=inline),
        "content-security-policy": FILE_SECURITY_POLICY,
        "cache-control": "no-cache",  # may be kept, must be asked about: the file can be replaced or withdrawn
    }
    return _File(path, headers=headers, media_type=media_type)


def content_disposition(name: str, *, inline: bool) -> str:
    """Return the header value for a file name: plain ASCII for old clients, and the name itself after RFC 8187 (was 5987)."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = "".join(character for character in last if character.isprintable()) or "dokument"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", clean)
    disposition = "inline" if inline else "attachment"
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='', errors='replace')}"
