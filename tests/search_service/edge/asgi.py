"""What the tests of the layers share: a request without a network, and a small application behind the layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Scope

from search_service.problems import Kind


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


def make_scope(path: str = "/api/v1/search", method: str = "GET", query: str = "", **headers: str) -> Scope:
    """Return the scope of a request; `if_none_match="x"` is the header `If-None-Match: x`."""
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 4711),
        "state": {},
    }


async def ask(app: ASGIApp, scope: Scope, pieces: Iterable[bytes] = (b"",)) -> Answered:
    """Send one request whose body comes in `pieces`."""
    waiting = list(pieces)
    sent: list[Message] = []

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    assert [message["type"] for message in sent[1:]] == ["http.response.body"] * (len(sent) - 1)
    assert not sent[-1].get("more_body", False)
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answered(start["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


def answer_kind(_request: Request, kind: Kind, headers: Mapping[str, str] | None = None) -> Response:
    """Answer a refusal as the service does, without its pages."""
    return JSONResponse({"type": kind.slug}, int(kind.status), dict(headers or {}))


def answering(content: bytes = b"{}", media_type: str = "application/json", **headers: str) -> ASGIApp:
    """Return an application that always answers the same; it counts its calls in `calls`."""

    async def app(scope, receive, send):
        app.calls += 1
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await Response(content, media_type=media_type, headers=named)(scope, receive, send)

    app.calls = 0
    return app
