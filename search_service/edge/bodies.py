"""The bodies of requests: bounded in size and in the time they take to arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_service.desk.forms import OVERHEAD
from search_service.desk.inbox import check_size
from search_service.edge.places import is_upload
from search_service.problems import MAX_BODY_BYTES, SLOW_REQUEST, TOO_LARGE, Kind

Answer = Callable[[Request, Kind, Mapping[str, str]], Response]
_CLOSE = {"connection": "close"}  # what is still to come of the body is not wanted


class Bodies:
    """Middleware: reads a question whole before any work begins, so that a slow sender holds nobody up.

    A body over `MAX_BODY_BYTES` is answered with 413, one that has not arrived after `seconds` with 408. Uploads, to
    the administration or from an editors' page, are handed on piece by piece, at most `max_upload` bytes, each piece within
    `seconds`.
    """

    def __init__(self, app: ASGIApp, seconds: float, max_upload: int, answer: Answer) -> None:
        self._app = app
        self._seconds = seconds
        self._max_upload = max_upload
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read or hand on the body of one request."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
        elif is_upload(scope["path"]):
            await self._app(scope, self._bound(receive), send)
        else:
            await self._read_first(scope, receive, send)

    async def _read_first(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await asyncio.wait_for(_read(receive, _read_length(scope)), self._seconds)
        except TimeoutError:
            await self._answer(Request(scope), SLOW_REQUEST, _CLOSE)(scope, receive, send)
            return
        except _TooLarge:
            await self._answer(Request(scope), TOO_LARGE, _CLOSE)(scope, receive, send)
            return
        if body is None:
            return  # the client has gone
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_read() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, receive_read, send)

    def _bound(self, receive: Receive) -> Receive:
        """Return `receive` with limits that raise HTTPException and FileTooLarge where the body is read."""
        received, complete = 0, False

        async def receive_bounded() -> Message:
            nonlocal received, complete
            if complete:  # what is waited for now is the end of the connection
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self._seconds)
            except TimeoutError as error:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, headers=_CLOSE) from error
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > self._max_upload:
                check_size(received, self._max_upload - OVERHEAD)
            return message

        return receive_bounded


class _TooLarge(Exception):
    """A body over the limit."""


def _has_body(scope: Scope) -> bool:
    """Tell whether the request announces a body (RFC 9112, 6)."""
    headers = Headers(scope=scope)
    return "content-length" in headers or "transfer-encoding" in headers


def _read_length(scope: Scope) -> int:
    """Return the length that the client announces, 0 if none or no number."""
    told = Headers(scope=scope).get("content-length", "")
    return int(told[:20]) if told.isascii() and told.isdigit() else 0


async def _read(receive: Receive, announced: int) -> bytes | None:
    """Return the whole body; None if the client leaves before its end."""
    if announced > MAX_BODY_BYTES:
        raise _TooLarge
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise _TooLarge
        if not message.get("more_body", False):
            return bytes(body)
