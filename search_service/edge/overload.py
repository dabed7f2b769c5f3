"""Bounded work: so many answers are worked out at once, so many wait, and whoever comes on top is told to come back.

Without the bound, twice the load that the machine can carry means a queue that grows without end and answers nobody in
time. With it, who is let in waits for at most `waiting / workers` answers before his own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_service.edge.places import SIGN_IN, Place, find_place
from search_service.problems import BUSY, TOO_SLOW, Kind

LOGGER = logging.getLogger(__name__)

RETRY_AFTER_BUSY = 1  # seconds; the whole queue is worked off in less
RETRY_AFTER_SLOW = 10
FILES = 64  # sent at once: each holds a file open for as long as its reader takes, see `connections.MAX_CONNECTIONS`
Answer = Callable[[Request, Kind, Mapping[str, str]], Response]


class Overload:
    """Middleware: lets `workers` requests work, `waiting` wait, and answers 503 at once to the rest.

    A request that has no answer after `seconds`, waiting included, gets 503 as well; its thread cannot be stopped, so it
    keeps its place until it ends. A place is free as soon as the answer begins: sending it is no work. Documents' files
    have places of their own, FILES of them, until they are sent. Probes, static files, the administration and the editors'
    pages, which all ask for a key or a session first, have no limit; the sign-in, which looks a key up for anybody, has.
    """

    def __init__(
        self, app: ASGIApp, workers: int, waiting: int, seconds: float, answer: Answer, count_shed: Callable[[Kind], None]
    ) -> None:
        self._app = app
        self._workers = asyncio.Semaphore(workers)
        self._places = workers + waiting
        self._seconds = seconds
        self._answer = answer
        self._count_shed = count_shed
        self._inside = 0
        self._files = 0
        self._left_behind: set[asyncio.Task[None]] = set()  # answered with 503, still at work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Work out, or refuse, one answer."""
        place = find_place(scope["path"]) if scope["type"] == "http" else None
        is_work = place is Place.ANSWER or (place is Place.EDITING and scope["path"] == SIGN_IN)
        if place is Place.FILE and self._files < FILES:
            await self._send_file(scope, receive, send)
        elif not is_work and place is not Place.FILE:
            await self._app(scope, receive, send)
        elif place is Place.FILE or self._inside >= self._places:
            await self._refuse(BUSY, RETRY_AFTER_BUSY, scope, receive, send)
        else:
            await self._take_turn(scope, receive, send)

    async def _send_file(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._files += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._files -= 1

    async def _take_turn(self, scope: Scope, receive: Receive, send: Send) -> None:
        turn = _Turn()
        self._inside += 1  # before the task runs: many requests may arrive in one step of the loop
        task = asyncio.create_task(self._work(turn, scope, receive, send))
        try:
            await asyncio.wait({turn.settled}, timeout=self._seconds)
        except asyncio.CancelledError:
            task.cancel()
            if not turn.is_working:  # its task may never have taken a first step
                self._leave(turn)
            raise
        if turn.settled.done():
            await task
            return
        turn.is_over = True
        if turn.is_working:
            self._left_behind.add(task)
            task.add_done_callback(self._forget)
        else:
            task.cancel()
            self._leave(turn)
        await self._refuse(TOO_SLOW, RETRY_AFTER_SLOW, scope, receive, send)

    async def _work(self, turn: _Turn, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            if turn.is_over:
                return
            self._leave(turn)
            await send(message)

        try:
            await self._workers.acquire()
            turn.is_working = True
            await self._app(scope, receive, send_in_time)
        finally:
            self._leave(turn)

    def _leave(self, turn: _Turn) -> None:
        """Free the place of a turn; once it has been freed do nothing."""
        if turn.settled.done():
            return
        turn.settled.set_result(None)
        self._inside -= 1
        if turn.is_working:
            self._workers.release()

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._left_behind.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            LOGGER.error("crash after the time limit", exc_info=error)

    async def _refuse(self, kind: Kind, seconds: int, scope: Scope, receive: Receive, send: Send) -> None:
        self._count_shed(kind)
        await self._answer(Request(scope), kind, {"retry-after": str(seconds)})(scope, receive, send)


class _Turn:
    """One request on its way through."""

    def __init__(self) -> None:
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()  # its answer has begun, or it ended
        self.is_working = False
        self.is_over = False  # it has been answered in its place
