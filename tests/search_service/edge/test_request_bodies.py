import asyncio

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from search_service.desk.forms import OVERHEAD
from search_service.edge.bodies import Bodies
from search_service.errors import FileTooLarge
from search_service.problems import MAX_BODY_BYTES
from tests.search_service.edge.asgi import answer_kind, ask, make_scope

UPLOAD = "/api/v1/admin/documents"


async def echo(scope, receive, send):
    body = await Request(scope, receive).body()
    await JSONResponse(len(body))(scope, receive, send)


def send(pieces, path="/api/v1/search", seconds=5.0, max_upload=100, **headers):
    layer = Bodies(echo, seconds, max_upload, answer_kind)
    scope = make_scope(path, "POST", **({"transfer_encoding": "chunked"} | headers))
    return asyncio.run(ask(layer, scope, pieces))


def test_a_question_arrives_whole_however_it_was_cut():
    assert send([b"ab", b"", b"cde"]).body == b"5"


@pytest.mark.parametrize(
    ("pieces", "length"),
    [
        ([b"x" * MAX_BODY_BYTES, b"x"], ""),
        ([b""], str(MAX_BODY_BYTES + 1)),
        ([b""], "9" * 400),
    ],
)
def test_a_question_that_is_too_long_is_refused(pieces, length):
    answer = send(pieces, content_length=length)
    assert (answer.status, answer.headers["connection"]) == (413, "close")


@pytest.mark.parametrize("length", ["-1", "viel", "²", ""])
def test_a_length_that_is_no_number_counts_for_nothing(length):
    assert send([b"abc"], content_length=length).body == b"3"


def ask_slowly(path):
    """Send one piece and then nothing more."""

    async def scenario():
        sent = []
        pieces = [{"type": "http.request", "body": b"{", "more_body": True}]

        async def receive():
            return pieces.pop() if pieces else await asyncio.Future()

        async def note(message):
            sent.append(message)

        scope = make_scope(path, "POST", content_length="10")
        await Bodies(echo, 0.01, 100, answer_kind)(scope, receive, note)
        return sent

    return asyncio.run(scenario())


def test_a_question_that_does_not_arrive_is_given_up():
    assert ask_slowly("/api/v1/search")[0]["status"] == 408


def test_an_upload_that_does_not_arrive_is_given_up_where_it_is_read():
    with pytest.raises(HTTPException) as raised:
        ask_slowly(UPLOAD)
    assert raised.value.status_code == 408


def test_an_upload_passes_piece_by_piece_up_to_its_own_limit():
    assert send([b"x" * 60, b"x" * 40], UPLOAD).body == b"100"
    with pytest.raises(FileTooLarge, match="größer als 2 MB"):
        send([b"x" * 2_000_000, b"x" * (OVERHEAD + 1)], UPLOAD, max_upload=2_000_000 + OVERHEAD)


def test_who_leaves_while_sending_costs_no_work():
    calls = []

    async def app(scope, receive, send):
        calls.append(1)

    async def receive():
        return {"type": "http.disconnect"}

    async def note(message):
        calls.append(message)

    asyncio.run(Bodies(app, 1, 1, answer_kind)(make_scope("/suche", "POST", content_length="3"), receive, note))
    assert calls == []
