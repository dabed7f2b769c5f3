"""Why a hit was found, in German sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.documents import Document, Metadata, Passage
from search_service.explanations import MEANING, RELEVANCE, WORD_BY_WORD, explain_hit, join_quoted, name_relevance
from search_service.hits import Explanation, Hit, Snippet

HIT = Hit(
    rank=1,
    score=0.9,
    document=Document("d", "a.txt", "0" * 64, "text/plain", 1, None, datetime(2026, 1, 1, tzinfo=UTC), Metadata("A")),
    passage=Passage("p", "d", 0, "Mangel an Fachkräften", (), ()),
    snippet=Snippet("Mangel an Fachkräften"),
    highlights=(),
    explanation=Explanation(lexical=7.5, semantic=0.871, rescoring=0.52, words=("Mangel", "Fachkräften")),
    relevance=0.83,
)


def explain(relevance: float = 0.83, **values: object) -> str:
    return explain_hit(replace(HIT, relevance=relevance, explanation=replace(HIT.explanation, **values)))


def test_a_hit_is_explained_by_words_meaning_words_in_context_and_relevance():
    assert explain() == (
        "Enthält „Mangel“ und „Fachkräften“. Die Bedeutung passt gut. Wort für Wort passt die Stelle sehr gut. "
        "Alles zusammen: sehr wahrscheinlich passend (0,83)."
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"words": ("KI",)}, "Enthält „KI“."),
        ({"words": ("A", "B", "C")}, "Enthält „A“, „B“ und „C“."),
        ({"words": ("Plan", "plan", "PLAN", "Pläne")}, "Enthält „Plan“ und „Pläne“."),
        ({"words": tuple("ABCDEFG")}, "Enthält „A“, „B“, „C“, „D“, „E“, „F“ und „G“."),
        ({"words": tuple("ABCDEFGH")}, "Enthält „A“, „B“, „C“, „D“, „E“, „F“ und 2 weitere Wörter zur Frage."),
        ({"words": ()}, "Ihre Wörter stehen nicht in der Textstelle, aber in den Überschriften oder anderswo im Dokument."),
        ({"words": (), "lexical": 0.0}, "Keines Ihrer Wörter steht in der Textstelle."),
        ({"words": (), "lexical": None}, "Die Bedeutung passt gut."),
    ],
)
def test_the_words_that_stand_in_the_passage_are_told_first(values, told):
    assert explain(**values).startswith(told)


@pytest.mark.parametrize("cosine", [None, 0.0])
def test_without_a_vector_the_meaning_is_not_judged(cosine):
    told = explain(semantic=cosine)
    assert "Die Bedeutung wurde nicht verglichen." in told
    assert "Wort für Wort" not in told


def test_without_rescoring_nothing_is_said_of_it():
    assert "Wort für Wort" not in explain(rescoring=None)


@pytest.mark.parametrize(
    ("relevance", "name", "shown"),
    [
        (1.0, "sehr wahrscheinlich passend", "(über 0,99)"),
        (0.8, "sehr wahrscheinlich passend", "(0,80)"),
        (0.79, "wahrscheinlich passend", "(0,79)"),
        (0.5, "wahrscheinlich passend", "(0,50)"),
        (0.3, "vielleicht passend", "(0,30)"),
        (0.1, "eher nicht passend", "(0,10)"),
        (0.0, "eher nicht passend", "(unter 0,01)"),
    ],
)
def test_a_relevance_has_a_name_and_never_claims_certainty(relevance, name, shown):
    assert name_relevance(relevance) == name
    assert explain(relevance).endswith(f"Alles zusammen: {name} {shown}.")


VALUES = st.floats(-1, 1, allow_nan=False)


@given(VALUES, VALUES, st.floats(0, 1), st.lists(st.text(min_size=1)), st.none() | st.floats(0, 50))
def test_every_explanation_is_whole_sentences(cosine, rescoring, relevance, words, lexical):
    told = explain(relevance, semantic=cosine, rescoring=rescoring, words=tuple(words), lexical=lexical)
    assert told.startswith(("Enthält „", "Ihre Wörter", "Keines", "Die Bedeutung"))
    assert told.endswith(").")


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_better_relevance_never_has_a_worse_name(first, second):
    names = [name for _, name in RELEVANCE]
    assert names.index(name_relevance(max(first, second))) <= names.index(name_relevance(min(first, second)))


@pytest.mark.parametrize("scale", [MEANING, WORD_BY_WORD, RELEVANCE])
def test_scales_fall_and_end_where_values_do(scale):
    borders = [least for least, _ in scale]
    assert borders == sorted(borders, reverse=True)
    assert borders[-1] in (-1.0, 0.0)


def test_quoted_words_are_enumerated_as_in_a_sentence():
    assert [join_quoted(words) for words in ((), ("A",), ("A", "B"), ("A", "B", "C"))] == [
        "", "„A“", "„A“ und „B“", "„A“, „B“ und „C“",
    ]  # fmt: skip
