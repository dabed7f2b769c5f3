"""How long a search takes: median and 95th percentile by step over the queries of a judged set, and the peak of memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Seconds = Mapping[str, float]
TimedSearch = Callable[[str], Seconds]  # query text -> seconds by step, the `Result.seconds` of the searcher

QUERIES = 200  # enough for ten queries above the 95th percentile
WARM_UP = 5  # queries asked before the clock counts: first calls load files and allocate
TOTAL = "total"  # wall clock around the whole call, next to the steps that the search reports
# Steps as the search reports them; one that is not listed is shown by its name.
STEP_LABELS = {
    "embedding": "Einbettung der Frage",
    "words": "Suche nach Wörtern",
    "meaning": "Suche nach Bedeutung",
    "rescoring": "Nachsortieren",
    "search": "Suche ohne Einbettung",
    TOTAL: "gesamt",
}


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Seconds."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class LatencyReport:
    """What was measured."""

    queries: int
    steps: dict[str, Percentiles]  # "embedding", "search", ... as the search reports them, then "total"
    peak_rss: int | None  # bytes, of the whole process since its start; None where the system does not tell


def spread(texts: Sequence[str], limit: int) -> list[str]:
    """Return at most `limit` texts at even distances over the whole sequence, so that every kind of query is met."""
    count = min(limit, len(texts))
    return [texts[position * len(texts) // count] for position in range(count)]


def time_search(
    search: TimedSearch, texts: Sequence[str], clock: Callable[[], float] = time.perf_counter
) -> list[dict[str, float]]:
    """Return the seconds by step of each query, with `total` measured around the call."""
    measured = []
    for text in texts:
        start = clock()
        steps = search(text)
        measured.append({**steps, TOTAL: clock() - start})
    return measured


def summarise(measured: Sequence[Seconds], peak_rss: int | None) -> LatencyReport:
    """Return the percentiles of every step, over the queries that report it (linear between neighbours)."""
    names = dict.fromkeys(name for steps in measured for name in steps)
    ordered = sorted(names, key=lambda name: name == TOTAL)  # stable: the steps as reported, the total last
    steps = {name: percentiles([steps[name] for steps in measured if name in steps]) for name in ordered}
    return LatencyReport(len(measured), steps, peak_rss)


def percentiles(seconds: Sequence[float]) -> Percentiles:
    """Return median and 95th percentile of at least one value."""
    p50, p95 = np.percentile(seconds, [50, 95])
    return Percentiles(float(p50), float(p95))


def parse_peak_rss(status: str) -> int | None:
    """Return VmHWM of a Linux `/proc/PID/status` in bytes, or None.

    Not `getrusage`: its ru_maxrss is handed on over exec, so a child of a large process would report its parent's peak.
    """
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) * 1024
    return None


def read_peak_rss(status: Path = Path("/proc/self/status")) -> int | None:
    """Return the peak resident memory of this process in bytes; None where there is no /proc."""
    return parse_peak_rss(status.read_text("ascii", errors="replace")) if status.exists() else None


def measure_latency(search: TimedSearch, texts: Sequence[str], limit: int = QUERIES) -> LatencyReport:
    """Warm up, time `limit` of the texts one after the other, and report; `texts` must not be empty."""
    chosen = spread(texts, limit)
    for text in chosen[:WARM_UP]:
        search(text)
    return summarise(time_search(search, chosen), read_peak_rss())


def report_lines(report: LatencyReport) -> list[str]:
    """Return the report as German lines, in milliseconds and MiB."""
    lines = [f"{report.queries} Fragen, Millisekunden:"]
    lines += [
        f"  {STEP_LABELS.get(name, name)}: p50 {milliseconds(step.p50)}, p95 {milliseconds(step.p95)}"
        for name, step in report.steps.items()
    ]
    if report.peak_rss is not None:
        lines.append(f"Speicher höchstens: {report.peak_rss / 2**20:.0f} MiB")
    return lines


def milliseconds(seconds: float) -> str:
    """Return one decimal with a decimal comma."""
    return f"{seconds * 1000:.1f}".replace(".", ",")
