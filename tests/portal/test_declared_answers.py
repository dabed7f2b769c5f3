"""What the layers and the state of a document make of an answer stands in the OpenAPI document: statuses and headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from search_service.access import SearchAccess
from search_service.api import create_app
from search_service.desk.opening import open_desk
from search_service.edge.policy import Policy
from search_service.edge.rates import Allowance
from search_service.searcher import Searcher
from tests.portal.examples import WITHDRAWN, Examples, open_examples
from tests.search_service.small_library import build_library

NOT_LIMITED = ("getHealth", "getReady")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return build_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examples]:
    with open_examples(tmp_path_factory.mktemp("examples")) as examples:
        yield examples


def walk(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for operations in document["paths"].values():
        for method, operation in operations.items():
            yield operation["operationId"], method, operation


def find_undeclared(response: httpx.Response, operation: dict[str, Any]) -> list[str]:
    """Return what of an answer its operation does not declare: the status, or a header that a program acts on."""
    declared = operation["responses"].get(str(response.status_code))
    if declared is None:
        return [str(response.status_code)]
    told = {name.lower() for name in declared.get("headers", ())}
    sent = {"etag", "ratelimit", "ratelimit-policy", "retry-after", "x-request-id", "location"} & set(response.headers)
    return sorted(sent - told)


def test_what_is_not_declared_is_found() -> None:
    operation = {"responses": {"200": {"headers": {"ETag": {}}}}}
    assert find_undeclared(httpx.Response(410), operation) == ["410"]
    assert find_undeclared(httpx.Response(200, headers={"etag": "x", "x-request-id": "y"}), operation) == ["x-request-id"]
    assert find_undeclared(httpx.Response(200, headers={"etag": "x"}), operation) == []


def test_every_answer_to_an_example_is_declared_with_its_headers(examples: Examples) -> None:
    undeclared = {name: find_undeclared(examples.ask(name), examples.operations[name][2]) for name in examples.operations}
    assert {name: found for name, found in undeclared.items() if found} == {}


def test_what_is_asked_of_a_withdrawn_document_is_declared(examples: Examples) -> None:
    asked = 0
    for name, (method, path, operation) in examples.operations.items():
        if "{document_id}" in path:
            address = path.format(document_id=WITHDRAWN, number=1)
            body = {"json": {"note": "x"}} if method == "patch" else {"json": {}} if method == "post" else {}
            answer = examples.client.request(method, address, **body)
            assert find_undeclared(answer, operation) == [], (name, answer.text)
            asked += answer.status_code == 410
    assert asked >= 4  # the document, its file, what is similar, its citation, ...
    for name in ("getPassage", "getSimilarPassages", "getPassageCitation"):
        assert "410" in examples.operations[name][2]["responses"]


def test_an_answer_that_the_client_has_already_is_declared(examples: Examples) -> None:
    unchanged = set()
    for name, (method, path, operation) in examples.operations.items():
        first = examples.ask(name) if method == "get" else None
        if first is not None and "etag" in first.headers:
            again = examples.client.get(first.request.url, headers={"if-none-match": first.headers["etag"]})
            assert again.status_code == 304, path
            assert find_undeclared(again, operation) == [], path
            unchanged.add(name)
    declared = {name for name, _, operation in walk(examples.document) if "304" in operation["responses"]}
    assert declared == unchanged | {"getPageImage"}  # which no process draws here


def test_a_client_that_asks_too_much_reads_what_is_declared(searcher: Searcher) -> None:
    with TestClient(create_app(searcher, policy=Policy(allowance=Allowance(1, 1)))) as client:
        operation = client.app.openapi()["paths"]["/api/v1/suggest"]["get"]
        answers = [client.get("/api/v1/suggest?q=Be") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert "ratelimit" in answers[0].headers
    assert [find_undeclared(answer, operation) for answer in answers] == [[], []]


def test_only_what_is_never_limited_declares_no_limit(examples: Examples) -> None:
    free = [name for name, _, operation in walk(examples.document) if "429" not in operation["responses"]]
    assert sorted(free) == sorted(NOT_LIMITED)


def test_where_the_search_wants_a_key_the_refusal_is_declared(searcher: Searcher, tmp_path_factory: Any) -> None:
    desk = open_desk(tmp_path_factory.mktemp("desk"))
    with TestClient(create_app(searcher, desk=desk, search_access=SearchAccess.KEY)) as client:
        for name, _, operation in walk(client.app.openapi()):
            assert ("401" in operation["responses"]) is bool(operation.get("security")), name
        answer = client.get("/api/v1/search?q=x")
        assert answer.status_code == 401
        assert find_undeclared(answer, client.app.openapi()["paths"]["/api/v1/search"]["get"]) == []
