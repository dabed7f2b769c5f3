"""Load: what is asked, how it is asked over the wire, what the figures say, and a tiny run against the real service."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Iterator
from itertools import islice, repeat
from urllib.parse import parse_qs, urlsplit

import pytest

from evaluation.load.__main__ import Plan, measure, to_json
from evaluation.load.figures import (
    Figures,
    Memory,
    Report,
    Sample,
    find_capacity,
    report_lines,
    summarise,
    summarise_memory,
)
from evaluation.load.questions import Kind, vary, write_targets
from evaluation.load.runs import Target, read_resident, run_closed, run_open
from evaluation.load.wire import Answer, Connection, ConnectionBroken

TEXTS = ["Wer plant Schichten?", "Was ist KI?", "Übergabe & Wissen"]


def test_new_questions_differ_until_every_combination_is_used():
    asked = list(islice(vary(TEXTS), 3 * 8))
    assert len(set(asked)) == len(asked)
    assert [text.rpartition(" ")[0] for text in asked[:3]] == TEXTS
    words = {word for text in TEXTS for word in text.split()}
    assert {text.rpartition(" ")[2] for text in asked} == words


def test_addresses_carry_the_question_and_repeat_where_they_should():
    new = list(islice(write_targets(Kind.NEW, TEXTS), 4))
    assert parse_qs(urlsplit(new[2]).query)["q"] == [next(islice(vary(TEXTS), 2, None))]
    assert all(address.isascii() and " " not in address for address in new)
    assert len(set(islice(write_targets(Kind.REPEATED, TEXTS), 4))) == 1


def figures(kind: Kind, connections: int, answered: float, shed: float = 0.0, p99: float | None = 0.3) -> Figures:
    return Figures(kind, connections, answered, answered, 0.1, 0.2, p99, shed, 0)


def test_answered_shed_and_failed_requests_are_told_apart():
    samples = [Sample(1, 0.1, 200), Sample(2, 0.3, 304), Sample(2, 0.001, 503), Sample(2, 9.0, 500), Sample(2, 9.0, 0)]
    found = summarise(Kind.NEW, 8, samples, 2.0)
    assert (found.offered, found.answered, found.shed, found.failed) == (2.5, 1.0, 0.2, 2)
    assert (found.p50, found.p99) == (pytest.approx(0.2), pytest.approx(0.298))
    nothing = summarise(Kind.NEW, 8, [Sample(1, 0.1, 503)], 2.0)
    assert (nothing.p50, nothing.p99, nothing.answered, nothing.shed) == (None, None, 0.0, 1.0)


def test_the_capacity_is_the_best_run_of_new_questions_that_sheds_next_to_nothing():
    best = figures(Kind.NEW, 8, 50)
    runs = [figures(Kind.NEW, 1, 30), best, figures(Kind.NEW, 32, 60, shed=0.4), figures(Kind.REPEATED, 8, 500)]
    assert find_capacity(runs) is best
    assert find_capacity([runs[2]]) is runs[2]


def test_memory_is_told_by_its_ends_its_peak_and_its_slope():
    mib = 2**20
    flat = summarise_memory([(float(second), 100 * mib) for second in range(20)])
    assert flat == Memory(100 * mib, 100 * mib, 100 * mib, pytest.approx(0, abs=1))
    growing = summarise_memory([(float(second), (100 + second) * mib) for second in range(20)])
    assert growing
    assert (growing.begin, growing.end, growing.peak) == (101.5 * mib, 117.5 * mib, 119 * mib)
    assert growing.per_hour == pytest.approx(3600 * mib)
    assert summarise_memory([(0.0, mib)]) is None


def test_the_report_is_a_table_a_person_can_read():
    runs = (figures(Kind.NEW, 8, 50), figures(Kind.UNCHANGED, 8, 500))
    full = Figures(Kind.NEW, 0, 50.0, 46.0, 0.1, 0.2, 0.4, 0.08, 0)
    twice = Figures(Kind.NEW, 0, 100.0, 48.0, 0.2, 0.4, 0.6, 0.52, 0)
    mib = 2**20
    report = Report(runs, full, twice, Memory(500 * mib, 501 * mib, 510 * mib, 6.0 * mib), 600, 4000, 0.12)
    assert report.p99_ratio == pytest.approx(1.5)
    assert "\n".join(report_lines(report)) == (
        "| Anfragen | Verbindungen | Antworten/s | p50 ms | p95 ms | p99 ms | abgewiesen | Fehler |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|\n"
        "| neue Fragen | 8 | 50,0 | 100,0 | 200,0 | 300,0 | 0,0 % | 0 |\n"
        "| dieselbe mit ETag | 8 | 500,0 | 100,0 | 200,0 | 300,0 | 0,0 % | 0 |\n"
        "| neue Fragen | offen, 50,0/s | 46,0 | 100,0 | 200,0 | 400,0 | 8,0 % | 0 |\n"
        "| neue Fragen | offen, 100,0/s | 48,0 | 200,0 | 400,0 | 600,0 | 52,0 % | 0 |\n"
        "\n"
        "Kapazität: 50,0 Antworten/s auf neue Fragen bei 8 Verbindungen.\n"
        "Bei doppelter Last: 52,0 % abgewiesen, p99 der beantworteten 1,50-mal so lang wie an der Kapazität.\n"
        "Lastgenerator: höchstens 12 % eines Kerns, 4000 Anfragen/s auf /health.\n"
        "Speicher des Dienstes über 600 s: 500 MiB am Anfang, 501 MiB am Ende, höchstens 510 MiB (Anstieg 6,0 MiB je Stunde)."
    )


class Script:
    """A server that gives out prepared bytes for each request and keeps what it was asked."""

    def __init__(self, replies: Iterator[bytes]) -> None:
        self.replies = replies
        self.asked: list[str] = []
        self.connections = 0
        self.tasks: list[asyncio.Task] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.tasks.append(asyncio.current_task())
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(request.decode())
                reply = next(self.replies)
                writer.write(reply)
                await writer.drain()
                if not reply or b"close" in reply:
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def scripted(replies: Iterator[bytes], use):
    """Run `use(target)` against a script; return what it returned, and the script."""

    async def run():
        script = Script(replies)
        server = await asyncio.start_server(script.answer, "127.0.0.1", 0)
        async with server:
            try:
                result = await use(Target("127.0.0.1", server.sockets[0].getsockname()[1]))
            finally:
                await asyncio.gather(*script.tasks)
        return result, script

    return asyncio.run(run())


WHOLE = b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 2\r\n\r\n{}'
PIECES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n1\r\n \r\n0\r\n\r\n"
FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'


def test_answers_of_every_form_are_read_over_one_connection():
    async def ask(target):
        async with Connection(target.host, target.port) as connection:
            return [await connection.get("/x", '"a"') for _ in range(5)]

    answers, script = scripted(iter([WHOLE, PIECES, UNCHANGED, FULL, WHOLE]), ask)
    told = [Answer(200, '"a"', 2, None), Answer(200, None, 3, None), Answer(304, '"a"', 0, None), Answer(503, None, 0, 1.0)]
    assert answers == [*told, told[0]]
    assert script.connections == 2
    assert all(request.startswith("GET /x HTTP/1.1\r\n") and 'If-None-Match: "a"' in request for request in script.asked)


def test_a_connection_closed_while_idle_is_opened_again_and_one_closed_at_once_is_an_error():
    async def ask(target):
        async with Connection(target.host, target.port) as connection:
            return [(await connection.get("/")).status, (await connection.get("/")).status]

    assert scripted(iter([WHOLE, b"", WHOLE]), ask)[0] == [200, 200]
    with pytest.raises(ConnectionBroken):
        scripted(iter([b""]), ask)
    with pytest.raises(ConnectionBroken):
        scripted(iter([b"kein HTTP\r\n\r\n"]), ask)


def test_a_connection_that_is_refused_pauses_as_it_is_told():
    samples, script = scripted(repeat(FULL), lambda target: run_closed(target, repeat("/"), 2, 0.3))
    assert [sample.status for sample in samples] == [503, 503]
    assert len(script.asked) == 2


def test_an_open_run_asks_at_its_rate_and_counts_from_when_a_request_was_due():
    samples, _ = scripted(repeat(WHOLE), lambda target: run_open(target, repeat("/"), 50, 0.4))
    assert [sample.status for sample in samples] == [200] * 20
    refused = asyncio.run(run_open(Target("127.0.0.1", 9), repeat("/"), 50, 0.1))
    assert [sample.status for sample in refused] == [0] * 5


def test_resident_memory_is_read_and_missing_for_a_process_that_is_not_there():
    assert (read_resident(os.getpid()) or 0) > 2**20
    assert read_resident(2**22 + 1) is None


def test_a_tiny_run_measures_the_real_service(service):
    report = measure(service, os.getpid(), TEXTS, Plan((1, 2), seconds=0.3, soak=0.3, warm_up=0.1, pause=0.05))
    assert [(run.kind, run.connections) for run in report.runs] == [(kind, number) for kind in Kind for number in (1, 2)]
    assert all(run.answered > 0 and run.failed == 0 for run in (*report.runs, report.full, report.twice))
    assert report.memory is not None
    assert report.ceiling > 0
    assert json.loads(json.dumps(to_json(report)))["capacity"]["kind"] == "new"
    assert len(report_lines(report)) == 15
