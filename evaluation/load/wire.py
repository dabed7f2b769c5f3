"""A client as thin as it can be: HTTP/1.1 over one TCP connection that is kept, so that what is measured is the service."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from types import TracebackType
from typing import Self

MAX_HEAD = 64 * 1024  # bytes of the headers of an answer


class ConnectionBroken(Exception):
    """The service closed the connection, or answered what is no HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    etag: str | None
    length: int  # bytes of the body
    retry_after: float | None  # seconds to stay away; None where nothing is said


class Connection:
    """One connection; asks one question after the other. Connects when asked, and again where the service closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; a further question opens it again."""
        if self._streams:
            (_, writer), self._streams = self._streams, None
            writer.close()
            with contextlib.suppress(OSError):  # the other side was faster
                await writer.wait_closed()

    async def get(self, target: str, etag: str | None = None) -> Answer:
        """Return the answer to `GET target`, with `If-None-Match` if there is an ETag; raise ConnectionBroken."""
        condition = f"If-None-Match: {etag}\r\n" if etag else ""
        request = f"GET {target} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nAccept: application/json\r\n{condition}\r\n"
        was_open = self._streams is not None
        try:
            return await self._ask(request.encode("ascii"))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            await self.close()
            if not was_open:
                raise ConnectionBroken(str(error)) from error
        return await self.get(target, etag)  # the service had closed a connection that nobody used

    async def _ask(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, limit=MAX_HEAD)
        reader, writer = self._streams
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        status = int(first.split(" ", 2)[1])
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = await _skip_body(reader, status, headers)
        if headers.get("connection", "").lower() == "close":
            await self.close()
        told = headers.get("retry-after", "")
        return Answer(status, headers.get("etag"), length, float(told) if told.isdecimal() else None)


async def _skip_body(reader: asyncio.StreamReader, status: int, headers: dict[str, str]) -> int:
    if status in (204, 304):
        return 0
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return len(await reader.readexactly(int(headers["content-length"]) if "content-length" in headers else 0))
    whole = 0
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        await reader.readexactly(size + 2)
        whole += size
    await reader.readuntil(b"\r\n")
    return whole
