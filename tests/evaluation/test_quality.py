"""The German tables, from a report that can be worked by hand."""

from __future__ import annotations

import pytest

from evaluation.judgements import JudgedQuery, JudgedSet
from evaluation.quality import (
    all_tables,
    comparison_table,
    honesty_table,
    kinds_table,
    overview_table,
    probability,
    quality_table,
    signed,
    twins_table,
)
from evaluation.scoring import QualityReport, ask_all, report_quality
from evaluation.variants import LEXICAL, SHIPPED, without
from tests.evaluation.small_report import JUDGED, ask, small_report


def bare_report() -> QualityReport:
    """A set of one query that has no kind, asked by words."""
    judged = JudgedSet("kahl", JUDGED.entries, (JudgedQuery("q1", "Pause", None, {"a": 1}),))
    return report_quality(judged, ask_all(judged, ask, [LEXICAL]))


def test_the_table_of_channels_reads_in_german():
    table = quality_table(small_report())
    assert table.heading == "klein & fein: 4 Dokumente, 3 Fragen"
    assert table.columns == ("Suche nach", "nDCG@10", "95-%-Bereich", "MRR@10", "Recall@10", "Recall@100")
    assert table.rows == (
        ("Wörter", "0,333", "0,000–1,000", "0,333", "0,333", "0,333"),
        ("Bedeutung", "0,775", "0,631–1,000", "0,667", "1,000", "1,000"),
        ("beides, ohne Nachsortieren", "0,769", "0,387–1,000", "0,833", "0,833", "0,833"),
        ("beides", "0,973", "0,920–1,000", "1,000", "1,000", "1,000"),
    )
    assert table.remarks[-1] == "1 Frage ohne passendes Dokument zählt nicht mit."


def test_the_table_of_comparisons_tells_difference_range_and_chance():
    table = comparison_table(small_report())
    assert table is not None
    assert table.heading == "klein & fein: was „beides“ voraus hat"
    assert table.rows == (
        ("Wörter", "0,333", "+0,640", "±0,000 bis +1,000", "0,500"),
        ("Bedeutung", "0,775", "+0,198", "±0,000 bis +0,369", "0,500"),
        ("beides, ohne Nachsortieren", "0,769", "+0,204", "±0,000 bis +0,533", "0,500"),
    )


def test_parts_switched_off_stand_among_the_comparisons_but_not_among_the_channels():
    judged = JudgedSet("klein", JUDGED.entries, JUDGED.queries[:2])
    answers = {variant.name: {query.id: ask(query.text, SHIPPED, 9) for query in judged.queries} for variant in (SHIPPED,)}
    report = report_quality(judged, {without("synonyms").name: answers["hybrid"], **answers})
    assert [row[0] for row in quality_table(report).rows] == ["beides"]
    compared = comparison_table(report)
    assert compared is not None
    assert [(row[0], row[2], row[4]) for row in compared.rows] == [("beides, ohne Synonyme", "±0,000", "1,000")]


def test_the_table_of_kinds_has_a_row_per_kind_and_channel():
    table = kinds_table(small_report())
    assert table is not None
    assert [row[:4] for row in table.rows] == [
        ("stichwort", "2", "Wörter", "0,500"),
        ("stichwort", "2", "Bedeutung", "0,815"),
        ("stichwort", "2", "beides, ohne Nachsortieren", "0,960"),
        ("stichwort", "2", "beides", "1,000"),
        ("tippfehler", "1", "Wörter", "0,000"),
        ("tippfehler", "1", "Bedeutung", "0,693"),
        ("tippfehler", "1", "beides, ohne Nachsortieren", "0,387"),
        ("tippfehler", "1", "beides", "0,920"),
    ]


def test_the_table_of_twins_shows_both_spellings():
    table = twins_table(small_report())
    assert table is not None
    assert table.heading == "klein & fein: dieselben Fragen, anders geschrieben (Suche nach: beides)"
    assert table.rows == (("tippfehler", "1", "0,920", "1,000", "−0,080", "−0,080 bis −0,080"),)


def test_the_table_of_unanswerable_queries_shows_shares_with_their_range():
    table = honesty_table(small_report())
    assert table is not None
    assert table.rows == (
        ("mit Antwort im Bestand (zu Unrecht)", "0 von 3", "0,0 %", "0,0–56,1 %"),
        ("ohne Antwort im Bestand (zu Recht)", "1 von 1", "100,0 %", "20,7–100,0 %"),
    )
    assert table.remarks == ("AUROC der Passung des besten Treffers: 1,000 (1 trennt vollkommen, 0,5 gar nicht).",)


def test_only_tables_with_something_to_say_are_shown():
    assert [table.heading for table in all_tables(bare_report())] == ["kahl: 4 Dokumente, 1 Frage"]
    assert len(all_tables(small_report())) == 5
    for table in all_tables(small_report()):
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_several_sets_are_shown_side_by_side_with_their_mean():
    table = overview_table([bare_report(), small_report()])
    assert table.columns == ("Suche nach", "kahl", "klein & fein", "Mittel")
    assert table.rows == (("Wörter", "1,000", "0,333", "0,667"),)


@pytest.mark.parametrize(("value", "text"), [(0.0124, "+0,012"), (-0.08, "−0,080"), (-0.0004, "±0,000"), (0.0, "±0,000")])
def test_a_difference_has_a_sign_unless_it_rounds_to_nothing(value, text):
    assert signed(value) == text


def test_a_p_value_below_a_thousandth_is_told_as_such():
    assert (probability(0.0001), probability(0.001), probability(0.25)) == ("< 0,001", "0,001", "0,250")
