"""What the service counts, in the text form of Prometheus. Every label has few values: no question, address or key is one."""

from __future__ import annotations

from http import HTTPMethod

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from search_service.hits import Result
from search_service.problems import Kind
from search_service.queries import Query
from search_service.searcher import Status

MEDIA_TYPE = CONTENT_TYPE_LATEST
# Search takes 20 to 150 ms and a kept answer 1 ms; beyond two seconds a reader has left.
BUCKETS = (0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)
UNKNOWN_ROUTE = "none"  # an address that nothing answers to
_METHODS = frozenset(method.value for method in HTTPMethod)


class Metrics:
    """Counters of one running service, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        prefix, registry = "change_wissen", self._registry
        self._requests = Counter(f"{prefix}_requests", "Requests answered.", ["route", "method", "status"], registry=registry)
        self._seconds = Histogram(
            f"{prefix}_request_seconds", "Time to the end of the answer.", ["route"], buckets=BUCKETS, registry=registry
        )
        self._in_flight = Gauge(f"{prefix}_requests_in_flight", "Requests being answered.", registry=registry)
        self._shed = Counter(f"{prefix}_shed", "Requests refused for overload.", ["reason"], registry=registry)
        self._limited = Counter(f"{prefix}_rate_limited", "Requests refused for the client's rate.", registry=registry)
        self._searches = Counter(f"{prefix}_searches", "Searches.", ["mode", "outcome"], registry=registry)
        self._steps = Counter(f"{prefix}_search_step_seconds", "Time by step of a search.", ["step"], registry=registry)
        self._generation = Gauge(f"{prefix}_generation", "Number of the generation that answers.", registry=registry)
        self._documents = Gauge(f"{prefix}_documents", "Documents of that generation.", registry=registry)
        self._passages = Gauge(f"{prefix}_passages", "Passages of that generation.", registry=registry)
        self._semantic = Gauge(f"{prefix}_semantic", "Whether search by meaning works: 1 or 0.", registry=registry)
        self._ready = Gauge(f"{prefix}_ready", "Whether a knowledge base is loaded: 1 or 0.", registry=registry)

    def begin_request(self) -> None:
        """Count a request in."""
        self._in_flight.inc()

    def end_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request out. `route` is the template, such as "/api/v1/documents/{document_id}"."""
        self._in_flight.dec()
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, f"{status // 100}xx").inc()
        self._seconds.labels(route).observe(seconds)

    def count_shed(self, kind: Kind) -> None:
        """Count a request that was refused for overload."""
        self._shed.labels(kind.slug).inc()

    def count_limited(self) -> None:
        """Count a request that was refused because its client asks too much."""
        self._limited.inc()

    def count_search(self, query: Query, result: Result) -> None:
        """Count a search: how it was asked, whether anything fits, and the time of its steps."""
        self._searches.labels(query.mode.value, "fitting" if result.fitting else "nothing").inc()
        for step, seconds in result.seconds.items():
            self._steps.labels(step).inc(max(0.0, seconds))

    def render(self, status: Status | None) -> bytes:
        """Return everything as text; `status` is None without a knowledge base."""
        self._ready.set(status is not None)
        self._semantic.set(status is not None and status.semantic)
        if status is not None:
            self._generation.set(status.generation)
            self._documents.set(status.documents)
            self._passages.set(status.passages)
        return generate_latest(self._registry)
