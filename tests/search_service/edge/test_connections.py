import asyncio
import contextlib
import json

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from search_service.edge import connections
from search_service.edge.connections import MAX_HEAD_BYTES, Connection, write_refusal
from search_service.problems import BUSY

LONG = 20_000_000  # bytes; more than the system keeps for a connection


async def app(scope, receive, send):
    await PlainTextResponse("x" * LONG if scope["path"] == "/lang" else "da")(scope, receive, send)


@contextlib.asynccontextmanager
async def serving():
    """Serve `app` over real connections; yield a function that opens one."""
    config = uvicorn.Config(
        app, port=0, http=Connection, ws="none", lifespan="off", log_config=None, loop="asyncio",
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
    )  # fmt: skip
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]

    def connect():
        return asyncio.open_connection("127.0.0.1", port)

    connect.connections = server.server_state.connections
    try:
        yield connect
    finally:
        await server.shutdown()


def talk(*pieces, pause=0.0):
    """Send the pieces over one connection; return all that comes back until it is closed."""

    async def scenario():
        async with serving() as connect:
            reader, writer = await connect()
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            answer = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            return answer

    return asyncio.run(scenario())


def read_problem(answer, status):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"application/problem+json" in head
    assert b"connection: close" in head
    problem = json.loads(body)
    assert problem["status"] == status
    assert f"content-length: {len(body)}".encode() in head
    return problem


@pytest.mark.parametrize(
    "sent", [b"Unsinn\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\x00: y\r\n\r\n", b"\x16\x03\x01"]
)
def test_what_is_no_http_is_refused_in_german(sent):
    assert "nicht lesbar" in read_problem(talk(sent, b"\r\n\r\n"), 400)["detail"]


def test_a_head_without_end_is_refused():
    read_problem(talk(b"GET / HTTP/1.1\r\nHost: x\r\n", *[b"x: " + b"y" * 8000 + b"\r\n"] * 10), 431)


@pytest.mark.parametrize("pieces", [(), (b"GET / HT",), (b"GET / HTTP/1.1\r\n", b"Host: x\r\n", b"x: 1\r\n", b"y: 1\r\n")])
def test_who_does_not_finish_a_head_is_not_waited_for(monkeypatch, pieces):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    read_problem(talk(*pieces, pause=0.02), 408)


def test_the_second_request_of_a_connection_has_the_same_time(monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    answer = talk(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HT", pause=0.05)
    first, _, second = answer.partition(b"\r\n\r\nda")
    assert first.startswith(b"HTTP/1.1 200 OK")
    read_problem(second, 408)


def test_two_requests_of_one_connection_are_answered():
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert talk(request, last, pause=0.05).count(b"HTTP/1.1 200 OK") == 2
    assert talk(request + last).count(b"HTTP/1.1 200 OK") == 2


def test_a_connection_too_many_is_told_to_come_back(monkeypatch):
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)

    async def scenario():
        async with serving() as connect:
            _, first = await connect()
            await asyncio.sleep(0.05)
            reader, second = await connect()
            answer = await asyncio.wait_for(reader.read(), 10)
            first.close()
            second.close()
            return answer

    answer = asyncio.run(scenario())
    assert read_problem(answer, 503)["type"] == "/hilfe#ausgelastet"
    assert b"retry-after: 1" in answer


@pytest.mark.parametrize("sent", [b"", b"Connection: close\r\n"])
def test_who_does_not_take_the_answer_is_left(monkeypatch, sent):
    monkeypatch.setattr(connections, "SEND_SECONDS", 0.1)

    async def scenario():
        async with serving() as connect:
            _, writer = await connect()
            writer.transport.pause_reading()
            writer.write(b"GET /lang HTTP/1.1\r\nHost: x\r\n" + sent + b"\r\n")
            async with asyncio.timeout(10):
                while not connect.connections:
                    await asyncio.sleep(0.01)
                while connect.connections:
                    await asyncio.sleep(0.01)
            writer.transport.abort()

    asyncio.run(scenario())


def test_who_takes_the_answer_slowly_gets_all_of_it(monkeypatch):
    monkeypatch.setattr(connections, "SEND_SECONDS", 0.2)

    async def scenario():
        async with serving() as connect:
            reader, writer = await connect()
            writer.write(b"GET /lang HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            received = 0
            while piece := await reader.read(LONG // 50):
                received += len(piece)
                await asyncio.sleep(0.005)
            assert received > LONG
            writer.close()

    asyncio.run(scenario())


def test_a_refusal_worked_by_hand():
    head, _, body = write_refusal(BUSY).partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"HTTP/1.1 503 Service Unavailable"
    assert json.loads(body)["title"] == "Ausgelastet"
