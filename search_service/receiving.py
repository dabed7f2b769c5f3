"""Uploads on their way from the net to the desk: a file as it arrives, its job at the end, nothing left of a failed one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Coroutine
from typing import TypeVar

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from search_service.desk.forms import METADATA, OVERHEAD, UploadForm
from search_service.desk.inbox import Upload, check_size
from search_service.desk.jobs import make_job_id
from search_service.desk.opening import Desk
from search_service.errors import ChangeWissenError
from search_service.problems import UNREADABLE

LOGGER = logging.getLogger(__name__)
_STEP = 1_000_000  # bytes handed to a thread at once: fewer changes of thread than the 64 KiB that arrive at a time

Ordered = TypeVar("Ordered")


class Reception:
    """One upload. What it has of texts can be asked for whatever became of it."""

    def __init__(self, desk: Desk, names: Collection[str] = (METADATA,), *, is_page: bool = False) -> None:
        """Take the names of the texts beside the file.

        `is_page`: a browser sends the form of a page. A name may come several times, and the texts before a file that is too
        large are read, to be shown again.
        """
        self._desk = desk
        self._names = names
        self._is_page = is_page
        self._form: UploadForm | None = None

    @property
    def has_file(self) -> bool:
        """Whether a file has begun to arrive."""
        return self._form is not None and self._form.upload is not None

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The texts that have arrived, in order; what is not UTF-8 in them is replaced."""
        told = self._form.texts if self._form is not None else []
        return [(name, bytes(text).decode("utf-8", "replace")) for name, text in told]

    async def take(self, request: Request, order: Callable[[str, UploadForm], Ordered]) -> Ordered:
        """Bring the upload to the disk as it arrives; return what `order` does, in a thread, with all of it.

        `order` is given the id of a job to come and the form; it checks the form, finishes it and queues the job. Raises
        what `UploadForm` and `order` raise; what arrived is then deleted.
        """
        job_id, inbox = make_job_id(), self._desk.inbox
        announced = _read_length(request)

        def begin(name: str) -> Upload:
            check_size(announced - OVERHEAD, inbox.max_size)
            return inbox.receive(job_id, name, announced)

        try:
            if not self._is_page:
                check_size(announced - OVERHEAD, inbox.max_size)
            self._form = form = UploadForm(
                request.headers.get("content-type", ""),
                inbox.max_size,
                begin,
                self._names,
                repeated=self._is_page,
            )
            waiting = bytearray()
            async for content in request.stream():
                waiting += content
                if len(waiting) >= _STEP:
                    await run_in_threadpool(form.feed, bytes(waiting))
                    waiting.clear()
            return await run_in_threadpool(self._finish, form, bytes(waiting), job_id, order)
        except ClientDisconnect:
            raise HTTPException(UNREADABLE.status) from None  # nobody is left to read it
        finally:  # whoever gives the request up now does not stop it
            await asyncio.shield(run_in_threadpool(self._clear, job_id))

    def _finish(self, form: UploadForm, rest: bytes, job_id: str, order: Callable[[str, UploadForm], Ordered]) -> Ordered:
        form.feed(rest)
        self._desk.inbox.drop_orphans(lambda each: self._desk.jobs.find(each) is not None)
        return order(job_id, form)

    def _clear(self, job_id: str) -> None:
        """Delete what arrived, unless its job is queued: asked, not remembered, for a request given up may have queued it.

        What fails is logged, so that it does not stand in place of the answer; the worker finds what stays behind.
        """
        try:
            if self._form is not None:
                self._form.close()
            if self._desk.jobs.find(job_id) is None:
                self._desk.inbox.discard(job_id)
        except (OSError, ChangeWissenError):
            LOGGER.exception("what arrived for job %s cannot be cleared away", job_id)


class ReadAwayRoute(APIRoute):
    """A route whose refusals, those of the key included, take the rest of the body first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answer_or_read_away(request: Request) -> Response:
            try:
                return await answer(request)
            except ChangeWissenError:
                await read_away(request)
                raise

        return answer_or_read_away


async def read_away(request: Request) -> None:
    """Take the rest of a body that will end, so that its sender reads the refusal instead of losing the connection.

    Who waits for "100 Continue" has not begun to send.
    """
    if "content-length" not in request.headers or "expect" in request.headers:
        return
    # RuntimeError: nothing is left. HTTPException, ChangeWissenError: it is longer, or slower, than any upload may be.
    with contextlib.suppress(ClientDisconnect, RuntimeError, HTTPException, ChangeWissenError):
        async for _ in request.stream():
            pass


def _read_length(request: Request) -> int:
    """Return the length that the request announces; 0 if it announces none."""
    told = request.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 18 else 0
