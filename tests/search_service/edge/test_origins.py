import asyncio

import pytest

from search_service.edge.origins import Origins
from search_service.edge.places import WIDGET
from tests.search_service.edge.asgi import answer_kind, answering, ask, make_scope

PORTAL = "https://portal.example.org"


def send(allowed=(PORTAL,), **request):
    app = answering()
    return asyncio.run(ask(Origins(app, allowed, answer_kind), make_scope(**request))), app.calls


def test_an_allowed_page_may_read_the_answer_and_its_headers():
    answer, _ = send(origin=PORTAL)
    assert answer.headers["access-control-allow-origin"] == PORTAL
    assert {"ETag", "RateLimit", "Retry-After", "X-Request-ID"} <= set(
        answer.headers["access-control-expose-headers"].split(", ")
    )
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "origin", ["https://boese.example", "http://portal.example.org", f"{PORTAL}:8443", f"{PORTAL}.boese.example", "null", ""]
)
def test_another_page_may_not(origin):
    answer, _ = send(origin=origin)
    assert answer.status == 200  # programs are not browsers: they get their answer
    assert "access-control-allow-origin" not in answer.headers
    assert "Origin" in answer.headers["vary"]


def test_a_preflight_is_answered_without_the_service():
    answer, calls = send(method="OPTIONS", origin=PORTAL, access_control_request_method="POST")
    assert (answer.status, answer.body, calls) == (204, b"", 0)
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-origin"] == PORTAL
    assert answer.headers["vary"].count("Origin") == 1


def test_a_preflight_of_another_page_is_refused_with_the_reason():
    answer, calls = send(method="OPTIONS", origin="https://boese.example", access_control_request_method="GET")
    assert (answer.status, calls) == (403, 0)
    assert b"fremde-herkunft" in answer.body
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/api/v1/admin/jobs", "/api/v1/admin", "/suche", "/metrics"])
def test_administration_and_pages_are_open_to_no_other_page(path):
    for method in ("GET", "OPTIONS"):
        answer, calls = send(path=path, method=method, origin=PORTAL, access_control_request_method="POST")
        assert calls == 1
        assert "access-control-allow-origin" not in answer.headers


def test_without_a_list_nothing_is_added():
    answer, _ = send(allowed=(), origin=PORTAL)
    assert not [name for name in answer.headers if name.startswith("access-control") or name == "vary"]


@pytest.mark.parametrize("allowed", [(), (PORTAL,)])
def test_every_page_may_read_the_widget_and_no_other_part(allowed):
    answer, _ = send(allowed=allowed, path=WIDGET, origin="https://fremd.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "vary" not in answer.headers
    answer, _ = send(allowed=allowed, path="/static/stil.css", origin=PORTAL)
    assert "access-control-allow-origin" not in answer.headers
