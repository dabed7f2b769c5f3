"""The report as JSON: the published shape, and read back what was written."""

from __future__ import annotations

import json

import pytest

from evaluation.judgements import JudgedQuery, JudgedSet
from evaluation.quality_json import read_reports, to_json, write_reports
from evaluation.scoring import ask_all, report_quality
from evaluation.variants import LEXICAL, SEMANTIC, SHIPPED
from search_service.errors import InvalidJudgements
from tests.evaluation.small_report import JUDGED, ask, small_report

PERFECT = {"ndcg@10": 1.0, "mrr@10": 1.0, "recall@10": 1.0, "recall@100": 1.0, "ci95": [1.0, 1.0]}


def test_the_json_is_the_published_contract():
    answers = {variant.name: {"q1": ask("Schichtplanung", SEMANTIC, 9)} for variant in (LEXICAL, SEMANTIC, SHIPPED)}
    plain = JudgedSet("klein", JUDGED.entries, (JudgedQuery("q1", "Pause", None, {"b": 1, "c": 1}),))
    same = {"difference": 0.0, "ci95": [0.0, 0.0], "p": 1.0}
    assert json.loads(json.dumps(to_json(report_quality(plain, answers)))) == {
        "set": "klein",
        "documents": 4,
        "queries": 1,
        "modes": {"lexical": PERFECT, "semantic": PERFECT, "hybrid": PERFECT},
        "comparisons": {"lexical": same, "semantic": same},
    }


def test_parts_that_were_not_measured_are_left_out():
    judged = JudgedSet("klein", None, (JudgedQuery("q1", "Pause", None, {"a": 1}),))
    report = to_json(report_quality(judged, ask_all(judged, ask, [LEXICAL])))
    assert report == {"set": "klein", "documents": None, "queries": 1, "modes": {"lexical": PERFECT}}


def test_kinds_twins_comparisons_and_honesty_are_added_where_they_are():
    report = json.loads(json.dumps(to_json(small_report())))
    assert list(report) == [
        "set", "documents", "queries", "without_relevant", "modes", "comparisons", "twins", "honesty"
    ]  # fmt: skip
    assert report["modes"]["hybrid"]["kinds"]["tippfehler"] == {
        "queries": 1, "ndcg@10": 0.9197, "mrr@10": 1.0, "recall@10": 1.0, "recall@100": 1.0, "ci95": [0.9197, 0.9197]
    }  # fmt: skip
    assert report["comparisons"]["semantic"] == {"difference": 0.1985, "ci95": [0.0, 0.3691], "p": 0.5}
    assert report["twins"] == {
        "tippfehler": {
            "queries": 1, "ndcg@10": 0.9197, "twins_ndcg@10": 1.0, "difference": -0.0803, "ci95": [-0.0803, -0.0803]
        }
    }  # fmt: skip
    assert report["honesty"] == {
        "mode": "hybrid",
        "auroc": 1.0,
        "lost": {"count": 0, "of": 3, "share": 0.0, "ci95": [0.0, 0.5615], "queries": []},
        "told": {"count": 1, "of": 1, "share": 1.0, "ci95": [0.2065, 1.0]},
    }


def test_what_was_written_is_read_back_and_written_the_same():
    judged = JudgedSet("ohne Arten", None, (JudgedQuery("q1", "Pause", None, {"a": 1}),))
    written = write_reports([small_report(), report_quality(judged, ask_all(judged, ask, [LEXICAL]))])
    reports = read_reports(written)
    assert [report.set for report in reports] == ["klein & fein", "ohne Arten"]
    assert reports[0].variants["hybrid"].kinds["tippfehler"].ndcg_10 == 0.9197
    assert reports[0].without_relevant == 1
    assert write_reports(reports) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "3",
        '{"set": "x"}',
        "[3]",
        '[{"set": "x", "documents": "viele", "queries": 1, "modes": {}}]',
        '[{"set": "x", "documents": 1, "queries": true, "modes": {}}]',
        '[{"set": "x", "documents": 1, "queries": 1, "modes": {"lexical": {"ndcg@10": "gut"}}}]',
        '[{"set": "x", "documents": 1, "queries": 1, "modes": [], "twins": 3}]',
    ],
)
def test_what_is_no_report_is_refused_in_german(text):
    with pytest.raises(InvalidJudgements, match="kein Bericht einer Messung"):
        read_reports(text)


@pytest.mark.parametrize("bounds", [0.5, [0.1], [0.1, 0.2, 0.3]])
def test_an_interval_is_a_pair(bounds):
    (report,) = json.loads(write_reports([small_report()]))
    report["modes"]["hybrid"]["ci95"] = bounds
    with pytest.raises(InvalidJudgements, match="no interval"):
        read_reports(json.dumps([report]))
