import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.edge.metrics import Metrics
from search_service.edge.policy import Policy
from search_service.knowledge_base.store import Reader
from search_service.problems import BUSY
from search_service.searcher import Searcher
from tests.search_service.served import SEARCH, problem
from tests.search_service.small_library import DOCUMENTS, PASSAGES, build_library


def read(text):
    """Return the samples by name and labels, as written."""
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if not line.startswith("#")}


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """A service whose searches are counted, asked from the same machine."""
    root = tmp_path_factory.mktemp("counted")
    build_library(root)
    metrics = Metrics()
    searcher = Searcher(Reader(root / "kb"), watch=metrics.count_search)
    with TestClient(create_app(searcher, metrics=metrics), base_url="http://localhost", client=("127.0.0.1", 4711)) as client:
        yield client


def test_requests_and_searches_are_counted_by_few_labels(counted):
    counted.get(SEARCH, params={"q": "Schichtplanung", "mode": "lexical"})
    counted.get(SEARCH, params={"q": "Xylophonunterricht", "mode": "lexical"})
    counted.get("/api/v1/documents/gibt-es-nicht")
    counted.get("/irgendetwas/geheimes")
    counted.request("ERFUNDEN", "/suche")
    samples = read(counted.get("/metrics").text)
    assert samples['change_wissen_requests_total{method="GET",route="/api/v1/search",status="2xx"}'] == 2
    assert samples['change_wissen_requests_total{method="GET",route="/api/v1/documents/{document_id}",status="4xx"}'] == 1
    assert samples['change_wissen_requests_total{method="GET",route="none",status="4xx"}'] == 1
    assert samples['change_wissen_requests_total{method="other",route="/suche",status="4xx"}'] == 1
    assert samples['change_wissen_request_seconds_count{route="/api/v1/search"}'] == 2
    assert samples['change_wissen_searches_total{mode="lexical",outcome="fitting"}'] == 1
    assert samples['change_wissen_searches_total{mode="lexical",outcome="nothing"}'] == 1
    assert samples['change_wissen_search_step_seconds_total{step="words"}'] > 0
    assert samples["change_wissen_requests_in_flight"] == 1  # the one that reads them


def test_the_state_of_the_service_is_told(counted):
    samples = read(counted.get("/metrics").text)
    told = [samples[f"change_wissen_{name}"] for name in ("generation", "documents", "passages", "semantic", "ready")]
    assert told == [1, DOCUMENTS, PASSAGES, 0, 1]
    assert samples["process_resident_memory_bytes"] > 0


def test_nothing_asked_stands_in_the_metrics(counted):
    counted.get(SEARCH, params={"q": "Betriebsgeheimnis"})
    counted.get("/Betriebsgeheimnis")
    text = counted.get("/metrics").text
    assert "Betriebsgeheimnis" not in text
    assert "127.0.0.1" not in text


def test_others_read_them_only_where_the_operator_says_so(searcher, client):
    assert "CHANGE_WISSEN_METRICS" in problem(client.get("/metrics"), 404)["detail"]
    with TestClient(create_app(searcher), base_url="http://localhost", client=("127.0.0.1", 1)) as local:
        assert local.get("/metrics").status_code == 200
        problem(local.get("/metrics", headers={"x-forwarded-for": "198.51.100.7"}), 404)
    with TestClient(create_app(searcher, policy=Policy(open_metrics=True))) as public:
        assert public.get("/metrics").headers["content-type"].startswith("text/plain; version=")


def test_without_a_knowledge_base_the_rest_is_still_told():
    metrics = Metrics()
    metrics.count_shed(BUSY)
    metrics.count_limited()
    samples = read(metrics.render(None).decode())
    assert samples["change_wissen_ready"] == 0
    assert samples['change_wissen_shed_total{reason="ausgelastet"}'] == 1
    assert samples["change_wissen_rate_limited_total"] == 1


def test_two_services_count_apart():
    first, second = Metrics(), Metrics()
    first.count_limited()
    assert read(second.render(None).decode())["change_wissen_rate_limited_total"] == 0
