import asyncio

import pytest
import structlog
from starlette.responses import PlainTextResponse

from search_service.edge.request_ids import RequestIds, choose_request_id
from tests.search_service.edge.asgi import ask, make_scope
from tests.search_service.served import SEARCH, problem


@pytest.mark.parametrize(
    "offered", ["0123abcd", "9f86d081-884c-7d65-9a2f-eaa0c55ad015", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "a.b_c-d" * 9]
)
def test_a_sane_name_is_kept(offered):
    assert choose_request_id(offered) == offered


@pytest.mark.parametrize(
    "offered", [None, "", "kurz", "x" * 65, "zwei Wörter", "abc\r\nSet-Cookie: x=1", "abcdefgh\n", '"><script>', "größeres"]
)
def test_anything_else_gets_a_name_of_ours(offered):
    first, second = choose_request_id(offered), choose_request_id(offered)
    assert first != offered
    assert first != second
    assert len(first) == 32


def test_the_name_is_in_state_log_context_and_answer():
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope["state"], context=structlog.contextvars.get_contextvars())
        await PlainTextResponse("da")(scope, receive, send)

    answer = asyncio.run(ask(RequestIds(app), make_scope(x_request_id="wunsch-42")))
    assert answer.headers["x-request-id"] == seen["request_id"] == seen["context"]["request_id"] == "wunsch-42"
    assert "request_id" not in structlog.contextvars.get_contextvars()


@pytest.mark.parametrize(("path", "status"), [("/api/v1/nichts", 404), (SEARCH, 422)])
def test_a_problem_document_carries_the_name_of_its_header(client, path, status):
    answer = client.get(path)
    assert problem(answer, status)["request_id"] == answer.headers["x-request-id"]


def test_every_answer_has_a_name_of_its_own(client):
    names = [client.get(path).headers["x-request-id"] for path in ("/health", "/static/stil.css", "/", "/health")]
    assert len(set(names)) == 4
