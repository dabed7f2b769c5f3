"""What a client may keep and for how long: ETag and 304 before any work is done (RFC 9110, 13), `Cache-Control`, `Vary`.

An answer follows from the state of the service and from what was asked. Both are known at once, so a question whose
answer the client has costs no search.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_service.edge.places import Place, find_place, is_page
from search_service.errors import ChangeWissenError
from search_service.language import LANGUAGE, choose_language
from search_service.searcher import Status

READING = ("GET", "HEAD")
# An answer may be kept but is asked about each time, which costs no search: a withdrawn document is gone at once.
ASK_AGAIN = "no-cache"
NOT_KEPT = "no-store"
FOR_EVER = "public, max-age=31536000, immutable"
ONE_DAY = "public, max-age=86400"
# Looking reads a file, and while searches hold Python's lock each such call may wait for it for milliseconds.
LOOK_SECONDS = 0.05
_CONTENTS = (Place.ANSWER, Place.FILE)
_CREDENTIALS = ("authorization", "x-api-key")
# Told again with a 304 (RFC 9110, 15.4.5).
_KEPT_WITH_304 = ("etag", "cache-control", "vary", "content-location", "expires", "last-modified")

Look = Callable[[], Status | None]  # the state of the service; None while it is not known, or there is none


def make_look(ask: Look, clock: Callable[[], float] = time.monotonic) -> Look:
    """Return what tells the state that `ask` tells, at most LOOK_SECONDS old; None where it raises, too."""
    seen: tuple[float, Status] | None = None

    def look() -> Status | None:
        nonlocal seen
        now = clock()
        if seen is None or now - seen[0] >= LOOK_SECONDS:
            try:
                status = ask()
            except ChangeWissenError:  # the route says what is wrong
                status = None
            seen = None if status is None else (now, status)
        return seen[1] if seen else None

    return look


class Freshness:
    """Middleware: answers 304 where the client has the answer already, and tells how long answers may be kept.

    The ETag is weak: the same answer tells another `took_ms` each time. An answer that brings an ETag of its own, such as
    a file, keeps it. One that is worked out while the state changes has the ETag of before, and is asked for again. One
    that sets a cookie is for one browser and once: a 304 in its place would not set it.
    """

    def __init__(self, app: ASGIApp, look: Look, variant: str, *, keyed: bool) -> None:
        """Take what answers follow from besides state and question: version of the program, settings.

        `keyed`: contents are for keys only. Then the key is looked at first, and a 200 becomes 304 on its way out.
        """
        self._app = app
        self._keyed = keyed
        self._look = look
        self._variant = variant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with 304 where that is enough."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        place, headers = find_place(scope["path"]), Headers(scope=scope)
        is_reading = scope["method"] in READING
        known = ", ".join(headers.getlist("if-none-match")) if is_reading else ""
        control = choose_cache_control(scope, place, keyed=self._keyed) if is_reading else NOT_KEPT
        status = self._look() if is_reading and place is Place.ANSWER else None
        etag, vary = None, "Accept, Cookie" if is_page(scope["path"]) else "Accept"
        if status is not None:
            scope.setdefault("state", {})["generation"] = status.generation
            etag = make_etag(describe_state(status, self._variant), scope)
        if not self._keyed and etag and known != "*" and matches(known, etag):
            told = {"etag": etag, "cache-control": control, "vary": vary}
            await Response(status_code=304, headers=told)(scope, receive, send)
            return
        unchanged = False

        async def send_fresh(message: Message) -> None:
            nonlocal unchanged
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                if "set-cookie" in answered:
                    answered["cache-control"] = NOT_KEPT
                elif message["status"] in (200, 206, 304):
                    answered.setdefault("cache-control", control)
                    if place is Place.ANSWER and is_reading:
                        answered.add_vary_header(vary)
                    if self._keyed and place in _CONTENTS:
                        answered.add_vary_header("Authorization, X-API-Key")
                        if answered["cache-control"] == ASK_AGAIN:  # a file says so itself
                            answered["cache-control"] = control
                    if etag and message["status"] == 200 and "etag" not in answered:
                        answered["etag"] = etag
                    unchanged = message["status"] == 200 and matches(known, answered.get("etag", ""))
                    if unchanged:
                        message = {**message, "status": 304, "headers": reduce_headers(answered.raw)}
                elif message["status"] >= 400:
                    answered.setdefault("cache-control", NOT_KEPT)
            elif unchanged:
                if message.get("more_body", False):
                    return
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        await self._app(scope, receive, send_fresh)


def describe_state(status: Status, variant: str) -> str:
    """Return what an answer follows from: the generation, whether meaning takes part, and what readers are told about both."""
    return repr((status.generation, status.updated_at, status.model, status.semantic, status.notices, variant))


def choose_cache_control(scope: Scope, place: Place, *, keyed: bool) -> str:
    """Return the `Cache-Control` of what is read at a place; `keyed` tells whether contents are for keys only."""
    if place is Place.STATIC:
        return FOR_EVER if scope.get("query_string", b"").startswith(b"v=") else ONE_DAY
    if place in (Place.PROBE, Place.ADMIN, Place.EDITING):
        return NOT_KEPT
    headers = Headers(scope=scope)
    return f"private, {ASK_AGAIN}" if keyed or any(name in headers for name in _CREDENTIALS) else ASK_AGAIN


def make_etag(state: str, scope: Scope) -> str:
    """Return the weak ETag of the answer to a request in `state`: path, parameters in any order, the kind asked for.

    Values of one name keep their order. A page follows from the language that a cookie remembers, too.
    """
    asked = sorted(
        parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True), key=lambda pair: pair[0]
    )
    accept = "".join(",".join(Headers(scope=scope).getlist("accept") or ["*/*"]).lower().split())
    text = repr((state, scope["path"], asked, accept, find_remembered_language(scope)))
    return f'W/"{hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()}"'


def find_remembered_language(scope: Scope) -> str:
    """Return the language in which a page is shown whose address asks for none; "" where nobody reads a page."""
    if not is_page(scope["path"]):
        return ""
    cookies = "; ".join(Headers(scope=scope).getlist("cookie"))
    return choose_language(None, cookie_parser(cookies).get(LANGUAGE)).value


def matches(known: str, etag: str) -> bool:
    """Tell whether a value of `If-None-Match` names `etag`, by the weak comparison (RFC 9110, 8.8.3.2)."""
    if not etag or not known:
        return False
    opaque = etag.removeprefix("W/")
    return known.strip() == "*" or any(each.strip().removeprefix("W/") == opaque for each in known.split(","))


def fingerprint_program(folder: Path) -> str:
    """Return 12 hex digits that change with any file of the program in `folder`, so that an upgrade makes answers new.

    What the set-up has fetched (`node_modules`) counts by its lock file.
    """
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(folder.rglob("*")):
        if path.suffix != ".pyc" and "node_modules" not in path.parts and path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def reduce_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return those headers of a 200 that its 304 repeats."""
    return [(name, value) for name, value in headers if name.decode("latin-1").lower() in _KEPT_WITH_304]
