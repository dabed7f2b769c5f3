"""The report: means worked by hand, by kind of query, by twin, and against the shipped ranking."""

from __future__ import annotations

import pytest

from evaluation.honesty import Answer, Share
from evaluation.judgements import Entry, JudgedQuery, JudgedSet
from evaluation.scoring import Ask, QualityReport, ask_all, report_quality
from evaluation.variants import LEXICAL, SEMANTIC, SHIPPED, Variant
from search_service.errors import InvalidJudgements
from tests.evaluation.small_report import small_report

PAUSE = JudgedQuery("q1", "Pause", "stichwort", {"a": 1})
SHIFT = JudgedQuery("q2", "Schichtplanung", "kompositum", {"b": 1, "c": 1})
UNANSWERABLE = JudgedQuery("q3", "Wie backe ich Brot?", "unbeantwortbar", {})
UNJUDGED = JudgedQuery("q4", "Noch nicht bewertet", "alltag", {"a": 0})
ENTRIES = tuple(Entry(name, "", name) for name in "abcd")
JUDGED = JudgedSet("klein", ENTRIES, (PAUSE, SHIFT, UNANSWERABLE, UNJUDGED))

RANKINGS = {
    (LEXICAL, "Pause"): ("a",),  # nDCG 1, RR 1, recall 1
    (LEXICAL, "Schichtplanung"): (),  # nothing found
    (SHIPPED, "Pause"): ("d", "a"),  # nDCG 1/log2(3) = 0.6309, RR 0.5, recall 1
    (SHIPPED, "Schichtplanung"): ("b", "c"),  # nDCG 1, RR 1, recall 1
    (SHIPPED, "Wie backe ich Brot?"): ("d",),
}


def ask(text: str, variant: Variant, limit: int) -> Answer:
    return Answer(RANKINGS[variant, text][:limit])


def always(*documents: str) -> Ask:
    return lambda text, variant, limit: Answer(documents)


def report() -> QualityReport:
    return report_quality(JUDGED, ask_all(JUDGED, ask, [LEXICAL, SHIPPED]))


def test_means_are_taken_over_the_queries_that_have_an_answer():
    variants = report().variants
    assert variants["lexical"].overall.ndcg_10 == pytest.approx(0.5)
    assert variants["lexical"].overall.recall_100 == pytest.approx(0.5)
    assert variants["hybrid"].overall.ndcg_10 == pytest.approx((0.63093 + 1) / 2, abs=1e-5)
    assert variants["hybrid"].overall.mrr_10 == pytest.approx(0.75)


def test_every_variant_is_asked_of_a_query_at_once_and_only_the_last_of_an_unanswerable_one():
    asked = []

    def note(text: str, variant: Variant, limit: int) -> Answer:
        asked.append((text, variant.name, limit))
        return Answer(())

    steps: list[int] = []
    result = report_quality(JUDGED, ask_all(JUDGED, note, [LEXICAL, SEMANTIC], steps.append))
    assert (result.queries, result.without_relevant) == (2, 2)
    assert asked == [
        ("Pause", "lexical", 100),
        ("Pause", "semantic", 100),
        ("Schichtplanung", "lexical", 100),
        ("Schichtplanung", "semantic", 100),
        ("Wie backe ich Brot?", "semantic", 100),
    ]
    assert steps == [1, 1, 1, 1]


def test_each_kind_of_query_has_its_own_means():
    kinds = report().variants["hybrid"].kinds
    assert list(kinds) == ["stichwort", "kompositum"]
    assert (kinds["stichwort"].queries, kinds["stichwort"].mrr_10) == (1, 0.5)
    assert (kinds["kompositum"].queries, kinds["kompositum"].mrr_10) == (1, 1.0)


def test_recall_looks_deeper_than_ten():
    judged = JudgedSet("tief", None, (PAUSE,))
    ranking = [f"x{number}" for number in range(40)] + ["a"]
    scores = report_quality(judged, ask_all(judged, always(*ranking), [SHIPPED])).variants["hybrid"].overall
    assert (scores.ndcg_10, scores.mrr_10, scores.recall_10, scores.recall_100) == (0.0, 0.0, 0.0, 1.0)


def test_the_shipped_ranking_is_held_against_each_other_one_worked_by_hand():
    # nDCG@10 of the three queries: words 1, 0, 0; shipped 1, 1, (1 + 1/2) / (1 + 1/log2(3)) = 0.9197
    lexical, semantic, plain = small_report().comparisons
    assert [each.other for each in (lexical, semantic, plain)] == ["lexical", "semantic", "hybrid_without_rescoring"]
    assert lexical.difference == pytest.approx((0 + 1 + 0.91972) / 3, abs=1e-5)
    assert lexical.p == 0.5  # two queries differ, and two of the four sign patterns reach their sum


def test_without_the_shipped_ranking_there_is_nothing_to_hold_against():
    judged = JudgedSet("klein", None, (PAUSE,))
    assert report_quality(judged, ask_all(judged, always("a"), [LEXICAL, SEMANTIC])).comparisons == ()


def test_a_kind_with_twins_is_held_against_them_worked_by_hand():
    (gap,) = small_report().twins
    assert (gap.kind, gap.queries, gap.twins_ndcg_10) == ("tippfehler", 1, 1.0)
    assert gap.ndcg_10 == pytest.approx(0.91972, abs=1e-5)
    assert gap.ci95 == (pytest.approx(0.91972 - 1, abs=1e-5),) * 2


def test_a_twin_without_an_answer_leaves_its_pair_out():
    lonely = JudgedQuery("q5", "Puase", "tippfehler", {"a": 1}, twin="q3")
    judged = JudgedSet("klein", None, (lonely, UNANSWERABLE))
    assert report_quality(judged, ask_all(judged, always("a"), [SHIPPED])).twins == ()


def test_answers_refused_and_kept_are_part_of_the_report():
    honesty = small_report().honesty
    assert honesty is not None
    assert (honesty.variant, honesty.auroc, honesty.lost, honesty.told) == ("hybrid", 1.0, Share(0, 3), Share(1, 1))
    assert report().honesty is None  # these answers estimate no relevance


def test_the_number_of_documents_is_handed_in_where_the_set_does_not_hold_them():
    files = JudgedSet("dateien", None, (PAUSE,))
    answers = ask_all(files, always(), [LEXICAL])
    assert report_quality(files, answers).documents is None
    assert report_quality(files, answers, documents=42).documents == 42
    assert report().documents == 4


def test_a_document_named_twice_is_not_counted_twice_but_refused():
    judged = JudgedSet("klein", ENTRIES, (PAUSE,))
    with pytest.raises(ValueError, match="twice"):
        report_quality(judged, ask_all(judged, always("b", "b"), [LEXICAL]))


def test_a_set_without_any_answer_is_refused_with_the_cure():
    with pytest.raises(InvalidJudgements, match="Note über 0"):
        ask_all(JudgedSet("leer", None, (UNANSWERABLE,)), always(), [LEXICAL])
