"""A web server on this machine whose answers a test writes down, and which remembers what it was asked."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ingest.web.fetch import Fetcher, Manners

AGENT = "ChangeWissen/0 (+mailto:wissen@example.org)"


@dataclass(frozen=True)
class Reply:
    """One answer; parts are sent one by one, without a length, until they end or nobody listens any more."""

    body: bytes = b""
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: Iterable[bytes] | None = None


Route = Reply | Callable[[Mapping[str, str]], Reply]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of visitors who hang up."""


class LocalServer:
    """`routes` maps a path with its query to a reply, or to what makes one from the request's headers."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []  # of each request, names in lower case
        self._server = _QuietServer(("127.0.0.1", 0), _make_handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[LocalServer]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _make_handler(server: LocalServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.asked.append(self.path)
            server.headers.append(headers)
            route = server.routes.get(self.path, Reply(b"nicht da", status=404))
            reply = route if isinstance(route, Reply) else route(headers)
            with contextlib.suppress(ConnectionError):
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            if reply.media_type:
                self.send_header("Content-Type", reply.media_type)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.parts is not None:
                self.send_header("Connection", "close")
                self.close_connection = True
                self.end_headers()
                for part in reply.parts:
                    self.wfile.write(part)
                return
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


class StoppedClock:
    """A clock that goes on only while somebody sleeps by it."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.time += seconds


def polite_fetcher(clock: StoppedClock | None = None, **manners: object) -> Fetcher:
    """Return a fetcher that may ask this machine and whose pauses take no time."""
    clock = clock or StoppedClock()
    chosen = Manners(AGENT, **{"allow_private": True, **manners})  # type: ignore[arg-type]  # the test's own words
    return Fetcher(chosen, sleep=clock.sleep, now=clock.now)
