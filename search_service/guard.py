"""What protects a reader's browser and the service: headers on every answer, safe delivery of files, cover for crashes."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
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
    """Middleware: adds the security headers to every answer and turns a crash into a plain answer without a stack trace."""

    def __init__(self, app: ASGIApp, answer_crash: Callable[[Request], Response]) -> None:
        self._app = app
        self._answer_crash = answer_crash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except Exception:
            # The path alone: the address may hold the question, which is not logged.
            LOGGER.exception("crash while answering %s %s", scope["method"], scope["path"])
            if started:
                raise
            await self._answer_crash(Request(scope))(scope, receive, send_guarded)


def answer_file(path: Path, name: str, media_type: str) -> Response:
    """Return the file at `path` under the file name `name`; ranges are honoured. `path` must exist."""
    inline = media_type in INLINE_MEDIA_TYPES
    headers = {
        "content-disposition": content_disposition(name, inline=inline),
        "content-security-policy": FILE_SECURITY_POLICY,
        "cache-control": "no-cache",  # may be kept, must be asked about: the file can be replaced or withdrawn
    }
    return FileResponse(path, headers=headers, media_type=media_type)


def content_disposition(name: str, *, inline: bool) -> str:
    """Return the header value for a file name: plain ASCII for old clients, and the name itself after RFC 8187 (was 5987)."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = "".join(character for character in last if character.isprintable()) or "dokument"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", clean)
    disposition = "inline" if inline else "attachment"
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='', errors='replace')}"
