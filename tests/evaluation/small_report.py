"""A small judged set with hand-made answers, and the report on it, for the tests of tables, chart, page and gate."""

from __future__ import annotations

from functools import cache

from evaluation.honesty import Answer
from evaluation.judgements import Entry, JudgedQuery, JudgedSet
from evaluation.scoring import QualityReport, ask_all, report_quality
from evaluation.variants import LEXICAL, PLAIN, SEMANTIC, SHIPPED, Variant

JUDGED = JudgedSet(
    "klein & fein",
    tuple(Entry(name, "", name) for name in "abcd"),
    (
        JudgedQuery("q1", "Pause", "stichwort", {"a": 1}),
        JudgedQuery("q2", "Schichtplanung", "stichwort", {"b": 1, "c": 1}),
        JudgedQuery("q3", "Schihctplanung", "tippfehler", {"b": 1, "c": 1}, twin="q2"),
        JudgedQuery("q4", "Wie backe ich Brot?", "unbeantwortbar", {}),
    ),
)
FOUND = {
    (LEXICAL.name, "q1"): "a",
    (LEXICAL.name, "q2"): "",
    (LEXICAL.name, "q3"): "",
    (SEMANTIC.name, "q1"): "da",
    (SEMANTIC.name, "q2"): "bc",
    (SEMANTIC.name, "q3"): "dbc",
    (PLAIN.name, "q1"): "a",
    (PLAIN.name, "q2"): "bdc",
    (PLAIN.name, "q3"): "db",
    (SHIPPED.name, "q1"): "a",
    (SHIPPED.name, "q2"): "bc",
    (SHIPPED.name, "q3"): "bdc",
    (SHIPPED.name, "q4"): "d",
}
RELEVANCE = {"q1": 0.9, "q2": 0.8, "q3": 0.4, "q4": 0.2}
ID_OF = {query.text: query.id for query in JUDGED.queries}
VARIANTS = (LEXICAL, SEMANTIC, PLAIN, SHIPPED)


def ask(text: str, variant: Variant, limit: int) -> Answer:
    """Return the hand-made answer; below 0.3 it says that nothing fits."""
    name = ID_OF[text]
    return Answer(tuple(FOUND[variant.name, name])[:limit], RELEVANCE[name], RELEVANCE[name] >= 0.3)


@cache
def small_report() -> QualityReport:
    """Return the report on all channels."""
    return report_quality(JUDGED, ask_all(JUDGED, ask, VARIANTS))
