import pytest

from search_service.edge.sizes import MAX_ADDRESS, MAX_HEADER_COUNT, MAX_HEADERS
from search_service.queries import MAX_QUERY_CHARACTERS
from tests.search_service.served import SEARCH, problem


def test_the_longest_question_fits_into_an_address(client):
    longest = "🎓" * MAX_QUERY_CHARACTERS
    assert client.get(SEARCH, params={"q": longest}).status_code == 200


def test_a_longer_address_is_refused_with_the_way_out(client):
    answer = client.get(f"{SEARCH}?q={'x' * MAX_ADDRESS}")
    assert "POST" in problem(answer, 414)["detail"]


@pytest.mark.parametrize(
    "headers", [{"cookie": "x" * MAX_HEADERS}, {f"x-{number}": "1" for number in range(MAX_HEADER_COUNT + 1)}]
)
def test_too_much_in_the_header_is_refused(client, headers):
    problem(client.get("/api/v1/suggest?q=Schi", headers=headers), 431)
