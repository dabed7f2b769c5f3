"""Latency is measured by step, summed up in percentiles, and told in German."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.latency import (
    LatencyReport,
    Percentiles,
    measure_latency,
    parse_peak_rss,
    read_peak_rss,
    report_lines,
    spread,
    summarise,
    time_search,
)

STEPS = {"embedding": 0.010, "search": 0.002}


def test_percentiles_worked_by_hand():
    measured = [{"embedding": second / 100, "total": 1.0} for second in range(1, 22)]  # 0.01 ... 0.21
    report = summarise(measured, None)
    assert report.queries == 21
    assert report.steps["embedding"].p50 == pytest.approx(0.11)
    assert report.steps["embedding"].p95 == pytest.approx(0.20)


def test_the_total_is_the_wall_clock_around_the_call_and_comes_last():
    ticks = count(step=0.25)
    measured = time_search(lambda text: STEPS, ["a", "b"], clock=lambda: next(ticks))
    assert measured == [{**STEPS, "total": 0.25}, {**STEPS, "total": 0.25}]
    assert list(summarise([{"total": 1.0, "search": 0.5}], None).steps) == ["search", "total"]


def test_a_step_that_some_queries_skip_is_summed_up_over_the_others():
    report = summarise([{"search": 1.0, "total": 1.0}, {"search": 3.0, "embedding": 2.0, "total": 5.0}], None)
    assert report.steps["embedding"] == Percentiles(2.0, 2.0)
    assert report.steps["search"].p50 == 2.0


def test_queries_are_picked_at_even_distances():
    assert spread([str(number) for number in range(10)], 5) == ["0", "2", "4", "6", "8"]
    assert spread(["a", "b"], 200) == ["a", "b"]


@given(st.lists(st.integers(), unique=True, max_size=50), st.integers(0, 60))
def test_picked_queries_are_distinct_in_order_and_as_many_as_asked(numbers, limit):
    texts = [str(number) for number in numbers]
    chosen = spread(texts, limit)
    assert len(chosen) == min(limit, len(texts))
    positions = [texts.index(text) for text in chosen]
    assert positions == sorted(set(positions))


def test_the_first_queries_are_asked_once_more_before_the_clock_counts():
    asked: list[str] = []

    def search(text: str) -> dict[str, float]:
        asked.append(text)
        return STEPS

    report = measure_latency(search, [str(number) for number in range(8)])
    assert asked == ["0", "1", "2", "3", "4", *(str(number) for number in range(8))]
    assert report.queries == 8
    assert list(report.steps) == ["embedding", "search", "total"]


def test_the_peak_of_memory_is_read_from_the_process_status():
    assert parse_peak_rss("Name:\tpython\nVmHWM:\t  123456 kB\nVmRSS:\t 99 kB\n") == 123456 * 1024
    assert parse_peak_rss("Name:\tpython\n") is None


def test_without_proc_there_is_no_peak(tmp_path):
    assert read_peak_rss(tmp_path / "status") is None


def test_the_report_reads_in_german():
    steps = {
        "embedding": Percentiles(0.0123, 0.05),
        "rescoring": Percentiles(0.003, 0.004),
        "neuer Schritt": Percentiles(0.001, 0.002),
        "total": Percentiles(0.02, 0.0615),
    }
    assert report_lines(LatencyReport(200, steps, 300 * 2**20)) == [
        "200 Fragen, Millisekunden:",
        "  Einbettung der Frage: p50 12,3, p95 50,0",
        "  Nachsortieren: p50 3,0, p95 4,0",
        "  neuer Schritt: p50 1,0, p95 2,0",
        "  gesamt: p50 20,0, p95 61,5",
        "Speicher höchstens: 300 MiB",
    ]
