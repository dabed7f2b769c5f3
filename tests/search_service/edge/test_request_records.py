import logging

import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.edge.records import compile_templates, name_route
from tests.search_service.served import SEARCH, CrashingSearcher
from tests.search_service.small_library import GUIDE

TEMPLATES = compile_templates(["/", "/documents/{id}", "/documents/{id}/file", "/static/*"])


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("/documents/d1", "/documents/{id}"),
        ("/documents/d1/file", "/documents/{id}/file"),
        ("/documents/d1/geheim", "none"),
        ("/static/a/b.css", "/static/*"),
        ("/static", "none"),
        ("", "none"),
    ],
)
def test_an_address_is_recorded_as_its_template(path, template):
    assert name_route(path, TEMPLATES) == template


def lines(caplog):
    return [record for record in caplog.records if record.name == "search_service.edge.records"]


def test_every_answer_leaves_one_line_with_what_was_answered(client, caplog):
    with caplog.at_level(logging.INFO, "search_service.edge.records"):
        answer = client.get(SEARCH, params={"q": "Betriebsgeheimnis"}, headers={"accept-encoding": "identity"})
        client.get(SEARCH, params={"q": "Betriebsgeheimnis"}, headers={"if-none-match": answer.headers["etag"]})
        client.get(f"/api/v1/documents/{GUIDE}")
        client.get("/Betriebsgeheimnis")
    told = [(line.method, line.route, line.status) for line in lines(caplog)]
    assert told == [
        ("GET", "/api/v1/search", 200),
        ("GET", "/api/v1/search", 304),
        ("GET", "/api/v1/documents/{document_id}", 200),
        ("GET", "none", 404),
    ]
    first = lines(caplog)[0]
    assert (first.bytes, first.generation) == (len(answer.content), 1)
    assert first.seconds > 0
    assert not any("Betriebsgeheimnis" in str(vars(line)) or "testclient" in str(vars(line)) for line in lines(caplog))


def test_probes_are_not_logged(client, caplog):
    with caplog.at_level(logging.INFO):
        client.get("/health")
        client.get("/api/v1/ready")
    assert lines(caplog) == []


def test_a_crash_is_recorded_as_what_the_client_saw(caplog):
    with TestClient(create_app(CrashingSearcher(ZeroDivisionError("geheim")))) as client, caplog.at_level(logging.INFO):
        client.get(SEARCH, params={"q": "x"})
    assert [line.status for line in lines(caplog)] == [500]
