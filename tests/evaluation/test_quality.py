"""The report: means worked by hand, kinds, the JSON contract and the German tables."""

import json

import pytest

from evaluation.judgements import Entry, JudgedQuery, JudgedSet
from evaluation.quality import QualityReport, evaluate, kinds_table, quality_table, to_json
from search_service.errors import InvalidJudgements
from search_service.queries import Mode

PAUSE = JudgedQuery("q1", "Pause", "stichwort", {"a": 1})
SHIFT = JudgedQuery("q2", "Schichtplanung", "kompositum", {"b": 1, "c": 1})
UNANSWERABLE = JudgedQuery("q3", "Wie backe ich Brot?", "unbeantwortbar", {})
JUDGED = JudgedSet("klein", tuple(Entry(name, "", name) for name in "abcd"), (PAUSE, SHIFT, UNANSWERABLE))

RANKINGS = {
    (Mode.LEXICAL, "Pause"): ["a"],  # nDCG 1, RR 1, recall 1
    (Mode.LEXICAL, "Schichtplanung"): [],  # nothing found
    (Mode.HYBRID, "Pause"): ["d", "a"],  # nDCG 1/log2(3) = 0.6309, RR 0.5, recall 1
    (Mode.HYBRID, "Schichtplanung"): ["b", "c"],  # nDCG 1, RR 1, recall 1
}


def search(text: str, mode: Mode, limit: int) -> list[str]:
    return RANKINGS[mode, text][:limit]


def report() -> QualityReport:
    return evaluate(JUDGED, search, [Mode.LEXICAL, Mode.HYBRID])


def test_means_are_taken_over_the_queries_that_have_an_answer():
    modes = report().modes
    assert modes[Mode.LEXICAL].overall.ndcg_10 == pytest.approx(0.5)
    assert modes[Mode.LEXICAL].overall.recall_100 == pytest.approx(0.5)
    assert modes[Mode.HYBRID].overall.ndcg_10 == pytest.approx((0.63093 + 1) / 2, abs=1e-5)
    assert modes[Mode.HYBRID].overall.mrr_10 == pytest.approx(0.75)


def test_a_query_without_an_answer_is_counted_apart_and_never_asked():
    asked = []

    def note(text: str, mode: Mode, limit: int) -> list[str]:
        asked.append((text, mode, limit))
        return []

    result = evaluate(JUDGED, note, [Mode.LEXICAL, Mode.SEMANTIC])
    assert (result.queries, result.without_relevant) == (2, 1)
    assert asked == [
        ("Pause", Mode.LEXICAL, 100),
        ("Pause", Mode.SEMANTIC, 100),
        ("Schichtplanung", Mode.LEXICAL, 100),
        ("Schichtplanung", Mode.SEMANTIC, 100),
    ]


def test_each_kind_of_query_has_its_own_means():
    kinds = report().modes[Mode.HYBRID].kinds
    assert list(kinds) == ["stichwort", "kompositum"]
    assert (kinds["stichwort"].queries, kinds["stichwort"].mrr_10) == (1, 0.5)
    assert (kinds["kompositum"].queries, kinds["kompositum"].mrr_10) == (1, 1.0)


def test_recall_looks_deeper_than_ten():
    ranking = [f"x{number}" for number in range(40)] + ["a"]
    result = evaluate(JudgedSet("tief", None, (PAUSE,)), lambda *_: ranking, [Mode.HYBRID])
    scores = result.modes[Mode.HYBRID].overall
    assert (scores.ndcg_10, scores.mrr_10, scores.recall_10, scores.recall_100) == (0.0, 0.0, 0.0, 1.0)


def test_the_json_is_the_published_contract():
    plain = JudgedSet("klein", JUDGED.entries, (JudgedQuery("q1", "Pause", None, {"a": 1}),))
    result = evaluate(plain, lambda *_: ["a"], [Mode.LEXICAL, Mode.SEMANTIC, Mode.HYBRID])
    perfect = {"ndcg@10": 1.0, "mrr@10": 1.0, "recall@10": 1.0, "recall@100": 1.0, "ci95": [1.0, 1.0]}
    assert json.loads(json.dumps(to_json(result))) == {
        "set": "klein",
        "documents": 4,
        "queries": 1,
        "modes": {"lexical": perfect, "semantic": perfect, "hybrid": perfect},
    }


def test_the_json_adds_kinds_where_the_queries_have_them():
    modes = json.loads(json.dumps(to_json(report())))["modes"]
    assert set(modes) == {"lexical", "hybrid"}
    assert set(modes["hybrid"]) == {"ndcg@10", "mrr@10", "recall@10", "recall@100", "ci95", "kinds"}
    assert modes["hybrid"]["kinds"]["stichwort"] == {
        "queries": 1,
        "ndcg@10": 0.6309,
        "mrr@10": 0.5,
        "recall@10": 1.0,
        "recall@100": 1.0,
        "ci95": [0.6309, 0.6309],
    }


def test_the_number_of_documents_is_handed_in_where_the_set_does_not_hold_them():
    files = JudgedSet("dateien", None, (PAUSE,))
    assert evaluate(files, lambda *_: [], [Mode.LEXICAL]).documents is None
    assert evaluate(files, lambda *_: [], [Mode.LEXICAL], documents=42).documents == 42


def test_the_table_reads_in_german():
    table = quality_table(report())
    assert table.heading == "klein: 4 Dokumente, 2 Fragen"
    assert table.columns == ("Suche nach", "nDCG@10", "95-%-Bereich", "MRR@10", "Recall@10", "Recall@100")
    assert table.rows[0] == ("Wörter", "0,500", "0,000–1,000", "0,500", "0,500", "0,500")
    assert table.rows[1] == ("beides", "0,815", "0,631–1,000", "0,750", "1,000", "1,000")
    assert table.remarks[-1] == "1 Frage ohne passendes Dokument zählt nicht mit."


def test_the_table_of_kinds_has_a_row_per_kind_and_mode():
    table = kinds_table(report())
    assert table is not None
    assert [row[:4] for row in table.rows] == [
        ("stichwort", "1", "Wörter", "1,000"),
        ("stichwort", "1", "beides", "0,631"),
        ("kompositum", "1", "Wörter", "0,000"),
        ("kompositum", "1", "beides", "1,000"),
    ]
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert (
        kinds_table(evaluate(JudgedSet("o", None, (JudgedQuery("q", "x", None, {"a": 1}),)), lambda *_: [], [Mode.HYBRID]))
        is None
    )


def test_progress_is_told_once_per_query():
    steps: list[int] = []
    evaluate(JUDGED, search, [Mode.LEXICAL, Mode.HYBRID], progress=steps.append)
    assert steps == [1, 1]


def test_a_document_named_twice_is_not_counted_twice_but_refused():
    with pytest.raises(ValueError, match="twice"):
        evaluate(JUDGED, lambda *_: ["b", "b"], [Mode.LEXICAL])


def test_a_set_without_any_answer_is_refused_with_the_cure():
    with pytest.raises(InvalidJudgements, match="Note über 0"):
        evaluate(JudgedSet("leer", None, (UNANSWERABLE,)), search, [Mode.LEXICAL])
