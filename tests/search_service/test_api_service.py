"""The web service as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.errors import KnowledgeBaseMissing
from tests.search_service.served import SEARCH, CrashingSearcher, problem
from tests.search_service.small_library import DOCUMENTS, GUIDE


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_health_and_ready_answer_at_both_addresses(client, prefix):
    assert client.get(f"{prefix}/health").json() == {"status": "ok"}
    ready = client.get(f"{prefix}/ready").json()
    assert (ready["status"], ready["lexical"], ready["semantic"]) == ("ready", True, True)
    assert ready["documents"] == DOCUMENTS


@pytest.mark.parametrize("path", ["/ready", "/api/v1/ready"])
def test_without_a_knowledge_base_the_service_lives_but_is_not_ready(path):
    with TestClient(create_app(CrashingSearcher(KnowledgeBaseMissing("Es gibt keine Wissensbasis.")))) as client:
        answer = problem(client.get(path), 503)
        assert client.get("/health").status_code == 200
    assert (answer["lexical"], answer["semantic"]) == (False, False)


@pytest.mark.parametrize(
    "path",
    ["/", "/hilfe", "/suche?q=x", "/health", "/ready", f"{SEARCH}?q=x", f"/api/v1/documents/{GUIDE}",
     "/api/v1/suggest?q=Schi", f"/api/v1/documents/{GUIDE}/similar", "/api/v1/passages/unbekannt/similar",
     "/api/v1/documents", "/api/v1/passages/unbekannt", "/api/v1/facets", "/api/v1/feeds/search.atom?q=x", "/opensearch.xml",
     "/api/v1/suggest?q=Schi&format=opensearch",
     f"/api/v1/documents/{GUIDE}/file", f"/dokument/{GUIDE}", "/api/v1/openapi.json", "/static/stil.css", "/nichts"],
)  # fmt: skip
def test_head_works_and_every_answer_carries_the_security_headers(client, path):
    whole, head = client.get(path), client.head(path)
    assert head.status_code == whole.status_code
    assert head.headers["content-type"] == whole.headers["content-type"]
    for answer in (whole, head):
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "set-cookie" not in answer.headers


def test_links_are_absolute_only_with_a_public_address_and_never_follow_the_host_header(searcher, client):
    spoofed = client.get(SEARCH, params={"q": "Betriebsrat"}, headers={"host": "boese.example"})
    assert "boese.example" not in spoofed.text
    with TestClient(create_app(searcher, public_url="https://wissen.example.org/")) as public:
        hit = public.get(SEARCH, params={"q": "Betriebsrat"}).json()["hits"][0]
        assert hit["url"].startswith("https://wissen.example.org/dokument/")
        assert hit["source_url"].startswith("https://wissen.example.org/api/v1/documents/")
        missing = public.get("/api/v1/nichts").json()
        assert missing["type"] == "https://wissen.example.org/hilfe#nicht-gefunden"


def test_the_openapi_document_is_whole_and_german(client):
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {SEARCH, "/api/v1/suggest", "/api/v1/documents/{document_id}", "/health", "/ready"} <= set(document["paths"])
    schemas = document["components"]["schemas"]
    assert {"Problem", "FieldProblem", "SearchAnswer", "HitAnswer"} <= set(schemas)
    assert "HTTPValidationError" not in schemas
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (path, method)
            for status, response in operation["responses"].items():
                assert response["description"] not in ("", "Successful Response"), (path, method, status)
                if int(status) >= 400 and "content" in response:
                    assert list(response["content"]) == ["application/problem+json"]
            for parameter in operation.get("parameters", ()):
                assert parameter["schema"].get("description") or parameter.get("description"), (path, parameter["name"])
    assert "etwa 80" in schemas["HitAnswer"]["properties"]["relevance"]["description"]
    text = json.dumps(document)
    known = set(schemas)
    assert {reference.split('"')[0] for reference in text.split("#/components/schemas/")[1:]} <= known


def test_every_kind_of_problem_is_explained_in_the_help(client):
    help_page = client.get("/hilfe").text
    for status, path in ((404, "/api/v1/nichts"), (422, SEARCH)):
        anchor = problem(client.get(path), status)["type"].partition("#")[2]
        assert f'id="{anchor}"' in help_page


def test_package_data_is_where_the_service_looks_for_it():
    folder = Path(create_app.__code__.co_filename).parent
    assert (folder / "static" / "stil.css").is_file()
    assert (folder / "templates" / "layout.html").is_file()
