"""Load on the service: `python -m evaluation.load --kb DIR`, or `--url` of one that runs; a Markdown table, or `--json`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from evaluation.judgements import read_queries
from evaluation.load.figures import Figures, Memory, Report, find_capacity, report_lines, summarise, summarise_memory
from evaluation.load.questions import Kind, write_target, write_targets
from evaluation.load.runs import Target, find_etag, measure_ceiling, run_closed, run_open, watch_memory
from evaluation.served import ServiceFailed, await_ready, serve
from search_service.errors import ChangeWissenError

CONNECTIONS = (1, 8, 32, 128)
WARM_UP = 3.0  # seconds of questions before anything is measured
OVERLOAD = 2.0  # times the capacity
OPEN_RUNS = 5  # times as long as the others: a p99 of independent visitors needs some hundred of them
SOAK_CONNECTIONS = 8
MEMORY_PAUSE = 0.5  # seconds between two looks at the memory


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured; times in seconds."""

    connections: tuple[int, ...] = CONNECTIONS
    seconds: float = 10.0  # of each run
    soak: float = 60.0
    warm_up: float = WARM_UP
    pause: float = MEMORY_PAUSE


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 0, or 2 if the service does not answer."""
    options = _build_parser().parse_args(arguments)
    plan = Plan(seconds=options.seconds, soak=options.soak)
    try:
        texts = [query.text for query in read_queries(options.queries)]
        if options.url:
            await_ready(options.url.rstrip("/"))
            report = measure(options.url, options.process, texts, plan)
        else:
            with serve(options.kb, {"CHANGE_WISSEN_RATE": "0"}) as served:
                report = measure(served.address, served.process_id, texts, plan)
    except (ServiceFailed, ChangeWissenError) as error:
        print(error, file=sys.stderr)
        return 2
    print(*report_lines(report), sep="\n")
    if options.json:
        options.json.write_text(json.dumps(to_json(report), ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 0


def measure(address: str, process_id: int | None, texts: Sequence[str], plan: Plan) -> Report:
    """Measure the service at `address`; its memory, too, where its process is known."""
    parts = urlsplit(address)
    return asyncio.run(_measure(Target(parts.hostname or "", parts.port or 80), process_id, texts, plan))


async def _measure(target: Target, process_id: int | None, texts: Sequence[str], plan: Plan) -> Report:
    addresses = {kind: write_targets(kind, texts) for kind in Kind}  # for all runs: a new question is new to the service
    new = addresses[Kind.NEW]
    await run_closed(target, new, SOAK_CONNECTIONS, plan.warm_up)
    ceiling = await measure_ceiling(target, SOAK_CONNECTIONS, plan.warm_up)
    etag = await find_etag(target, write_target(texts[0]))
    runs: list[Figures] = []
    generator = 0.0
    for kind in Kind:
        for connections in plan.connections:
            computed, begun = time.process_time(), time.perf_counter()
            condition = etag if kind is Kind.UNCHANGED else None
            samples = await run_closed(target, addresses[kind], connections, plan.seconds, condition)
            elapsed = time.perf_counter() - begun
            runs.append(summarise(kind, connections, samples, elapsed))
            if kind is Kind.NEW:  # on which the capacity rests
                generator = max(generator, (time.process_time() - computed) / elapsed)
            _say(runs[-1])
    capacity = max(1.0, find_capacity(runs).answered)
    full = await _measure_open(target, new, capacity, plan)
    twice = await _measure_open(target, new, OVERLOAD * capacity, plan)
    memory = await _soak(target, process_id, new, plan)
    return Report(tuple(runs), full, twice, memory, plan.soak, ceiling, generator)


async def _measure_open(target: Target, addresses: Iterator[str], rate: float, plan: Plan) -> Figures:
    begun = time.perf_counter()
    samples = await run_open(target, addresses, rate, OPEN_RUNS * plan.seconds)
    return summarise(Kind.NEW, 0, samples, time.perf_counter() - begun)


async def _soak(target: Target, process_id: int | None, addresses: Iterator[str], plan: Plan) -> Memory | None:
    if process_id is None:
        return None
    watching = asyncio.create_task(watch_memory(process_id, plan.pause))
    await run_closed(target, addresses, SOAK_CONNECTIONS, plan.soak)
    watching.cancel()
    return summarise_memory(await watching)


def to_json(report: Report) -> dict[str, object]:
    """Return the report as JSON data, in seconds and bytes."""
    return {**asdict(report), "capacity": asdict(report.capacity), "p99_ratio": report.p99_ratio}


def _say(run: Figures) -> None:
    print(f"{run.kind.value}, {run.connections}: {run.answered:.1f}/s", file=sys.stderr, flush=True)


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evaluation.load", description="Misst den Dienst unter Last.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--kb", type=Path, metavar="ORDNER", help="Wissensbasis; der Dienst wird dafür gestartet")
    where.add_argument("--url", metavar="ADRESSE", help="Adresse eines Dienstes, der schon läuft, auf dieser Maschine")
    parser.add_argument("--process", type=int, metavar="NUMMER", help="sein Prozess, um den Speicher zu beobachten")
    parser.add_argument("--queries", type=Path, default=Path("corpus/queries.jsonl"), metavar="DATEI", help="Fragen (BEIR)")
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S", help="Dauer jeder Messung (sonst 10)")
    parser.add_argument(
        "--soak", type=float, default=60.0, metavar="S", help="so lange wird der Speicher beobachtet (sonst 60)"
    )
    parser.add_argument("--json", type=Path, metavar="DATEI", help="das Ergebnis auch als JSON schreiben")
    return parser


if __name__ == "__main__":
    sys.exit(main())
