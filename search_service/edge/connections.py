"""A connection before there is a request: limits that only the server itself can hold, answered as problem documents."""

from __future__ import annotations

import asyncio
import json
import sys
from http import HTTPStatus

from h11 import RemoteProtocolError
from uvicorn.protocols.http.h11_impl import H11Protocol

from search_service.problems import BUSY, HEADERS_TOO_LARGE, PROBLEM_MEDIA_TYPE, SLOW_REQUEST, UNREADABLE, Kind

HEAD_SECONDS = 10  # for the head of a request; a phone in a tunnel takes one or two
# Closed at once, a client that is still sending would lose the answer to a reset (RFC 9112, 9.6).
LINGER_SECONDS = 1
# Some hold a file open, too: of documents `overload.FILES` of them, which leaves room within the 1,024 that a process may
# open by default; of pages and styles any, for which `serve` asks the system for more.
MAX_CONNECTIONS = 512
SEND_SECONDS = 30  # who has not taken SLOWEST_BYTES, or all there is, in this time has left or wants to hold us up
SLOWEST_BYTES = 64 * 1024  # 2 kB/s: a modem
MAX_HEAD_BYTES = 64 * 1024  # an address of 32 KiB and header fields of 16 KiB, with room to tell which was too long


class Connection(H11Protocol):
    """uvicorn's connection, which waits for a head for a limited time and refuses in German."""

    _waiting: asyncio.TimerHandle | None = None
    _sending: asyncio.TimerHandle | None = None
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's own class
        """Wait for a first request; refuse a connection too many."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # so that "paused" means that something is not taken yet, be it the last bytes
        if len(self.connections) > MAX_CONNECTIONS:
            self._refuse(BUSY)
        else:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self._refuse, SLOW_REQUEST)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; the time for a head runs from its first byte, and not anew with each."""
        if self._is_refused or self.transport.is_closing():
            return
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self._refuse, SLOW_REQUEST)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request, which is uvicorn's to limit until its first byte."""
        self._stop_waiting()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        self._stop_sending()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client to take what was sent, for a limited time."""
        super().pause_writing()
        self._limit_sending()

    def resume_writing(self) -> None:
        """Go on: the client has taken everything."""
        self._stop_sending()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; called by uvicorn while it handles the error."""
        error = sys.exc_info()[1]
        is_long = isinstance(error, RemoteProtocolError) and error.error_status_hint == HEADERS_TOO_LARGE.status
        self._refuse(HEADERS_TOO_LARGE if is_long else UNREADABLE)

    def shutdown(self) -> None:
        """End with the service."""
        if self._is_refused:
            self.transport.close()
        else:
            super().shutdown()

    def _refuse(self, kind: Kind) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self._is_refused = True
            self.transport.write(write_refusal(kind))
            self.transport.write_eof()
            self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _limit_sending(self) -> None:
        left = self.transport.get_write_buffer_size()

        def check() -> None:
            if left - self.transport.get_write_buffer_size() < SLOWEST_BYTES:
                self.transport.abort()
            else:
                self._limit_sending()

        self._stop_sending()
        self._sending = self.loop.call_later(SEND_SECONDS, check)

    def _stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def write_refusal(kind: Kind) -> bytes:
    """Return a whole HTTP/1.1 answer, to a request of which nothing is known."""
    problem = {"type": f"/hilfe#{kind.slug}", "title": kind.title, "status": int(kind.status), "detail": kind.detail}
    body = json.dumps(problem, ensure_ascii=False).encode()
    head = [
        f"HTTP/1.1 {int(kind.status)} {HTTPStatus(kind.status).phrase}",
        f"content-type: {PROBLEM_MEDIA_TYPE}",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "connection: close",
        *(["retry-after: 1"] if kind is BUSY else []),
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
