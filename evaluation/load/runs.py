"""Runs under load: so many connections that ask without a pause, or so many requests a second whatever comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.load.figures import Sample
from evaluation.load.wire import Answer, Connection, ConnectionBroken

MOST_CONNECTIONS = 1_000  # at once in an open run; with all of them waiting a further request is one without an answer


@dataclass(frozen=True, slots=True)
class Target:
    """Where the service listens."""

    host: str
    port: int


async def run_closed(
    target: Target, addresses: Iterator[str], connections: int, seconds: float, etag: str | None = None
) -> list[Sample]:
    """Ask over `connections`, on each the next address once the last is answered; return one sample per request.

    Where the service refuses for being full, a connection pauses for as long as it is told to, as a good client does.
    """
    begin = time.perf_counter()
    samples: list[Sample] = []

    async def ask_on() -> None:
        async with Connection(target.host, target.port) as connection:
            while time.perf_counter() - begin < seconds:
                sample, pause = await _ask(connection, next(addresses), etag, begin, time.perf_counter())
                samples.append(sample)
                if pause:
                    await asyncio.sleep(min(pause, max(0.0, begin + seconds - time.perf_counter())))

    await asyncio.gather(*(ask_on() for _ in range(connections)))
    return samples


async def run_open(target: Target, addresses: Iterator[str], rate: float, seconds: float, seed: int = 1) -> list[Sample]:
    """Ask `rate` times a second on average for so long, however long answers take; return one sample per request.

    Visitors know nothing of each other: the gaps between them are exponential (a Poisson process, the same for a seed).
    A time counts from the moment at which the request was due, so that waiting for the service hides nothing.
    """
    free: list[Connection] = []
    every: list[Connection] = []
    begin = time.perf_counter()
    samples: list[Sample] = []

    async def ask_once(due: float) -> None:
        if not free and len(every) == MOST_CONNECTIONS:
            samples.append(Sample(due - begin, 0.0, 0))
            return
        if not free:
            every.append(Connection(target.host, target.port))
        connection = free.pop() if free else every[-1]
        samples.append((await _ask(connection, next(addresses), None, begin, due))[0])
        free.append(connection)

    due = begin
    async with asyncio.TaskGroup() as group:
        for gap in np.random.default_rng(seed).exponential(1 / rate, round(rate * seconds)):
            due += float(gap)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(ask_once(due))
    for connection in every:
        await connection.close()
    return samples


async def measure_ceiling(target: Target, connections: int, seconds: float) -> float:
    """Return how many requests a second this program manages on `/health`, which costs the service next to nothing."""
    begin = time.perf_counter()
    asked = 0

    async def ask_on() -> None:
        nonlocal asked
        async with Connection(target.host, target.port) as connection:
            while time.perf_counter() - begin < seconds:
                await connection.get("/health")
                asked += 1

    await asyncio.gather(*(ask_on() for _ in range(connections)))
    return asked / (time.perf_counter() - begin)


async def watch_memory(process_id: int, pause: float) -> list[tuple[float, int]]:
    """Return (seconds, bytes of resident memory) of a process, gathered until cancelled."""
    seen: list[tuple[float, int]] = []
    try:
        while (size := read_resident(process_id)) is not None:
            seen.append((time.perf_counter(), size))
            await asyncio.sleep(pause)
    except asyncio.CancelledError:
        pass
    return seen


def read_resident(process_id: int) -> int | None:
    """Return the resident memory of a process in bytes; None where it is not there or there is no /proc."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text("ascii", errors="replace")
    except OSError:
        return None
    lines: Iterator[str] = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return next((int(line.split()[1]) * 1024 for line in lines), None)


async def find_etag(target: Target, address: str) -> str | None:
    """Return the ETag of the answer at an address; None if it has none."""
    async with Connection(target.host, target.port) as connection:
        return (await connection.get(address)).etag


async def _ask(connection: Connection, address: str, etag: str | None, begin: float, due: float) -> tuple[Sample, float | None]:
    """Return the sample, and how long to pause before the next question if the service says so."""
    try:
        answer = await connection.get(address, etag)
    except ConnectionBroken:
        answer = Answer(0, None, 0, None)
    now = time.perf_counter()
    return Sample(now - begin, now - due, answer.status), answer.retry_after
