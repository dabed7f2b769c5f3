"""What a run under load comes to: throughput, times, what was shed, and how memory moved. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.load.questions import LABELS, Kind

SHED = 503
ANSWERED = (200, 304)
QUIET_SHARE = 0.01  # of requests shed: up to here a run counts as one that the service carries


@dataclass(frozen=True, slots=True)
class Sample:
    """One request: when it ended (seconds since the run began), how long it took, and its status; 0 without an answer."""

    ended: float
    seconds: float
    status: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One run. Times are of answered requests, in seconds; None where none was answered."""

    kind: Kind
    connections: int  # 0: as many as it takes, at a fixed rate
    offered: float  # requests per second
    answered: float  # per second
    p50: float | None
    p95: float | None
    p99: float | None
    shed: float  # share of requests answered 503
    failed: int  # requests answered otherwise or not at all


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the service in bytes over a stretch of time."""

    begin: float  # median of the first fifth
    end: float  # median of the last fifth
    peak: float
    per_hour: float  # growth: slope of the straight line through all values


@dataclass(frozen=True, slots=True)
class Report:
    """Everything measured in one go on one machine: only the ratios within it travel to another."""

    runs: tuple[Figures, ...]
    full: Figures  # asked at the capacity, by visitors who do not wait for each other
    twice: Figures  # the same at twice the capacity
    memory: Memory | None  # over the soak; None where the process is not known
    soak: float  # seconds
    ceiling: float  # requests per second that the generator of load manages on an address that costs nothing
    generator: float  # share of a core that it used at most in a run

    @property
    def capacity(self) -> Figures:
        """The run of kept connections that found the capacity."""
        return find_capacity(self.runs)

    @property
    def p99_ratio(self) -> float | None:
        """How many times longer the slowest hundredth waits at twice the capacity than at the capacity, asked alike."""
        return self.twice.p99 / self.full.p99 if self.twice.p99 is not None and self.full.p99 else None


def find_capacity(runs: Sequence[Figures]) -> Figures:
    """Return the run of new questions with the most answers per second, of those in which next to nothing was shed."""
    new = [run for run in runs if run.kind is Kind.NEW]
    return max([run for run in new if run.shed <= QUIET_SHARE] or new, key=lambda run: run.answered)


def summarise(kind: Kind, connections: int, samples: Sequence[Sample], seconds: float) -> Figures:
    """Return the figures of a run of so many seconds."""
    times = [sample.seconds for sample in samples if sample.status in ANSWERED]
    p50, p95, p99 = map(float, np.percentile(times, [50, 95, 99])) if times else (None, None, None)
    shed = sum(sample.status == SHED for sample in samples)
    return Figures(
        kind=kind,
        connections=connections,
        offered=len(samples) / seconds,
        answered=len(times) / seconds,
        p50=p50,
        p95=p95,
        p99=p99,
        shed=shed / len(samples) if samples else 0.0,
        failed=len(samples) - len(times) - shed,
    )


def summarise_memory(seen: Sequence[tuple[float, int]]) -> Memory | None:
    """Return how memory moved from (seconds, bytes); None for fewer than two values."""
    if len(seen) < 2:
        return None
    times, sizes = np.array(seen, dtype=np.float64).T
    fifth = max(1, len(seen) // 5)
    slope = float(np.polyfit(times - times[0], sizes, 1)[0]) if times[-1] > times[0] else 0.0
    return Memory(float(np.median(sizes[:fifth])), float(np.median(sizes[-fifth:])), float(sizes.max()), slope * 3600)


def report_lines(report: Report) -> list[str]:
    """Return the report as Markdown in German."""
    capacity, ratio = report.capacity, report.p99_ratio
    lines = [
        "| Anfragen | Verbindungen | Antworten/s | p50 ms | p95 ms | p99 ms | abgewiesen | Fehler |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        *map(_row, report.runs),
        _row(report.full),
        _row(report.twice),
        "",
        f"Kapazität: {decimal(capacity.answered)} Antworten/s auf neue Fragen bei {capacity.connections} Verbindungen.",
        f"Bei doppelter Last: {decimal(100 * report.twice.shed)} % abgewiesen, p99 der beantworteten "
        + (f"{decimal(ratio, 2)}-mal so lang wie an der Kapazität." if ratio is not None else "nicht messbar."),
        f"Lastgenerator: höchstens {decimal(100 * report.generator, 0)} % eines Kerns, "
        f"{decimal(report.ceiling, 0)} Anfragen/s auf /health.",
    ]
    if report.memory:
        begin, end, peak = (decimal(size / 2**20, 0) for size in (report.memory.begin, report.memory.end, report.memory.peak))
        slope = decimal(report.memory.per_hour / 2**20)
        lines.append(
            f"Speicher des Dienstes über {decimal(report.soak, 0)} s: {begin} MiB am Anfang, {end} MiB am Ende, "
            f"höchstens {peak} MiB (Anstieg {slope} MiB je Stunde)."
        )
    return lines


def _row(run: Figures) -> str:
    times = [decimal(1000 * time) if time is not None else "–" for time in (run.p50, run.p95, run.p99)]
    who = str(run.connections) if run.connections else f"offen, {decimal(run.offered)}/s"
    cells = [LABELS[run.kind], who, decimal(run.answered), *times, f"{decimal(100 * run.shed)} %", str(run.failed)]
    return f"| {' | '.join(cells)} |"


def decimal(number: float, digits: int = 1) -> str:
    """Return a number with a decimal comma."""
    return f"{number:.{digits}f}".replace(".", ",")
