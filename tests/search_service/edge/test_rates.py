import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.edge.policy import Policy
from search_service.edge.rates import Allowance, Bucket, Rates, take_token
from tests.search_service.edge.asgi import answer_kind, answering, ask, make_scope
from tests.search_service.served import SEARCH, problem

SIXTY = Allowance(per_minute=60, burst=3)  # one token a second


def test_a_bucket_worked_by_hand():
    first = take_token(SIXTY, None, 100.0)
    assert (first.allowed, first.remaining, first.seconds) == (True, 2, 1)
    third = take_token(SIXTY, take_token(SIXTY, first.bucket, 100.0).bucket, 100.0)
    assert (third.allowed, third.remaining, third.seconds) == (True, 0, 1)
    fourth = take_token(SIXTY, third.bucket, 100.5)
    assert (fourth.allowed, fourth.remaining, fourth.seconds) == (False, 0, 1)
    assert take_token(SIXTY, fourth.bucket, 101.0).allowed


@given(st.lists(st.floats(0, 10), max_size=60), st.integers(1, 600), st.integers(1, 20))
def test_never_more_pass_than_burst_and_rate_allow(pauses, per_minute, burst):
    allowance, bucket, now, passed = Allowance(per_minute, burst), None, 0.0, 0
    for pause in pauses:
        now += pause
        decision = take_token(allowance, bucket, now)
        bucket, passed = decision.bucket, passed + decision.allowed
        assert 0 <= decision.bucket.tokens <= burst
        assert decision.seconds >= 1
    assert passed <= burst + now * per_minute / 60 + 1e-6


@given(tokens=st.floats(0, 0.99), per_minute=st.integers(1, 600))
def test_who_waits_as_long_as_told_passes(tokens, per_minute):
    allowance = Allowance(per_minute, 5)
    refused = take_token(allowance, Bucket(tokens, 0.0), 0.0)
    assert not refused.allowed
    assert take_token(allowance, refused.bucket, float(refused.seconds)).allowed


def test_a_clock_that_stands_still_gives_nothing_away():
    assert take_token(SIXTY, Bucket(0.5, 100.0), 90.0).bucket.tokens == 0.5


def make(app, refused, proxies=0, clock=lambda: 0.0):
    return Rates(app, SIXTY, proxies, answer_kind, lambda: refused.append(1), clock)


def send(layer, client="192.0.2.1", **request):
    return asyncio.run(ask(layer, {**make_scope(**request), "client": (client, 1)}))


def test_the_fourth_request_at_once_is_refused_and_told_when_to_come_back():
    app, refused = answering(), []
    layer = make(app, refused)
    assert [send(layer).headers["ratelimit"] for _ in range(3)] == ['"client";r=2;t=1', '"client";r=1;t=2', '"client";r=0;t=1']
    answer = send(layer)
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    assert answer.headers["ratelimit-policy"] == '"client";q=60;w=60'
    assert (app.calls, len(refused)) == (3, 1)
    assert send(layer, client="192.0.2.2").status == 200


def test_clients_behind_a_trusted_proxy_are_told_apart():
    layer = make(answering(), [], proxies=1)
    statuses = [send(layer, x_forwarded_for=f"198.51.100.{number}").status for number in (1, 1, 1, 1, 2)]
    assert statuses == [200, 200, 200, 429, 200]


def test_inventing_addresses_helps_nobody():
    layer = make(answering(), [])
    assert [send(layer, x_forwarded_for=f"198.51.100.{number}").status for number in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize("path", ["/health", "/metrics", "/static/stil.css"])
def test_probes_and_static_files_cost_nothing(path):
    layer = make(answering(), [])
    assert all("ratelimit" not in send(layer, path=path).headers for _ in range(5))


def test_the_table_of_clients_is_bounded_and_holds_no_address(monkeypatch):
    monkeypatch.setattr("search_service.edge.rates.MAX_CLIENTS", 5)
    layer = make(answering(), [])
    for number in range(9):
        send(layer, client=f"192.0.2.{number}")
    assert len(layer._buckets) == 5
    assert all(len(key) == 16 and b"192" not in key for key in layer._buckets)


def test_the_service_limits_only_where_told_to(searcher, client):
    assert "ratelimit" not in client.get(SEARCH, params={"q": "Betriebsrat"}).headers
    with TestClient(create_app(searcher, policy=Policy(allowance=Allowance(6, 1)))) as limited:
        first = limited.get("/api/v1/suggest?q=Schi")
        answer = limited.get("/api/v1/suggest?q=Schi", headers={"if-none-match": first.headers["etag"]})
        assert "Retry-After" in problem(answer, 429)["detail"]
        assert re.fullmatch(r"\d+", answer.headers["retry-after"])
        assert limited.get("/health").status_code == 200
