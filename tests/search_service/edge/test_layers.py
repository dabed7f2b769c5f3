import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.edge.layers import list_templates
from search_service.edge.policy import Policy
from search_service.edge.rates import Allowance
from tests.search_service.served import SEARCH, problem
from tests.search_service.small_library import GUIDE

PORTAL = "https://portal.example.org"


def test_templates_are_listed_once_with_their_prefix(searcher):
    templates = list_templates(create_app(searcher))
    assert len(set(templates)) == len(templates)
    assert {"/api/v1/search", "/api/v1/documents/{document_id}", "/suche", "/health", "/static/*"} <= set(templates)


def test_a_page_of_the_portal_can_read_a_refusal(searcher):
    policy = Policy(origins=(PORTAL,), allowance=Allowance(6, 1))
    with TestClient(create_app(searcher, policy=policy)) as client:
        client.get("/api/v1/suggest?q=Schi", headers={"origin": PORTAL})
        refused = client.get("/api/v1/suggest?q=Schi", headers={"origin": PORTAL})
    problem(refused, 429)
    assert refused.headers["access-control-allow-origin"] == PORTAL
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert refused.json()["request_id"] == refused.headers["x-request-id"]


def test_a_preflight_costs_no_token(searcher):
    policy = Policy(origins=(PORTAL,), allowance=Allowance(6, 1))
    with TestClient(create_app(searcher, policy=policy)) as client:
        for _ in range(3):
            asked = {"origin": PORTAL, "access-control-request-method": "POST"}
            assert client.options(SEARCH, headers=asked).status_code == 204
        assert client.get("/api/v1/suggest?q=Schi").status_code == 200


def test_https_only_is_said_where_the_service_is_reached_by_https(searcher, client):
    assert "strict-transport-security" not in client.get("/health").headers
    with TestClient(create_app(searcher, public_url="https://wissen.example.org")) as secure:
        assert secure.get("/health").headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("path", "policy"),
    [(f"/api/v1/documents/{GUIDE}/file", "cross-origin"), ("/suche?q=x", "same-origin"), ("/api/v1/admin/jobs", "same-origin")],
)
def test_other_pages_may_show_public_documents_and_nothing_else(client, path, policy):
    assert client.get(path).headers["cross-origin-resource-policy"] == policy


def test_a_crash_carries_every_header(searcher):
    class Crashing(type(searcher)):
        def __init__(self):
            self.library = searcher.library

        def peek(self):
            raise ZeroDivisionError

    with TestClient(create_app(Crashing(), policy=Policy(origins=(PORTAL,)))) as client:
        answer = client.get(f"{SEARCH}?q=x", headers={"origin": PORTAL})
    assert problem(answer, 500)["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers
    assert answer.headers["access-control-allow-origin"] == PORTAL


def test_the_log_of_a_crash_names_the_template_and_not_the_address(searcher, caplog):
    class Crashing(type(searcher)):
        def __init__(self):
            self.library = None

        def peek(self):
            return None

    with TestClient(create_app(Crashing())) as client:
        problem(client.get("/api/v1/documents/Betriebsgeheimnis"), 500)
    assert "crash while answering GET /api/v1/documents/{document_id}" in caplog.text
    assert "Betriebsgeheimnis" not in caplog.messages[0]
