"""Phrases and exclusions: which passages hold these very words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.knowledge_base.lexical import LexicalIndex, build_lexical_index
from search_service.knowledge_base.postings import PassageFields
from search_service.wording import flatten, is_phrase_in


def rows_with(phrase: str, passages: list[PassageFields]) -> list[int] | None:
    index = build_lexical_index(passages)
    rows = index.find_phrase_rows([phrase], passages.__getitem__).tolist()
    return None if index.find_phrase_candidates(phrase) is None else rows


def bodies(*texts: str) -> list[PassageFields]:
    return [PassageFields("", "", text) for text in texts]


@pytest.mark.parametrize("phrase", ["mobile Arbeit", "Mobile  Arbeit", "MOBILE\nARBEIT", "mobile-Arbeit"])
def test_a_phrase_is_found_in_its_own_forms_and_order_only(phrase: str) -> None:
    passages = bodies("Die mobile\nArbeit", "mobiles Arbeiten", "Arbeit, mobile", "mobile gute Arbeit", "mobile Arbeitszeit")
    assert rows_with(phrase, passages) == [0]


@pytest.mark.parametrize("phrase", ["Größe der IT-Sicherheit", "groesse der it sicherheit", "Gro\u0308ße der IT‑Sicherheit"])
def test_spellings_and_hyphens_do_not_matter(phrase: str) -> None:
    assert rows_with(phrase, bodies("Größe der IT-Sicherheit", "GROESSE der IT Sicherheit", "Größe und IT-Sicherheit")) == [
        0,
        1,
    ]


def test_a_phrase_stands_in_title_headings_or_body_but_not_across() -> None:
    passages = [
        PassageFields("Gute Arbeit", "", "Text"),
        PassageFields("", "Gute Arbeit", "Text"),
        PassageFields("", "", "Gute Arbeit"),
        PassageFields("Gute", "Arbeit", "Gute"),
    ]
    assert rows_with("gute Arbeit", passages) == [0, 1, 2]


def test_references_and_numbers_are_phrases_too() -> None:
    passages = bodies("nach §§ 87 BetrVG", "nach § 88 BetrVG", "Industrie 4.0 heute", "Kosten 10.000 Euro")
    assert [rows_with(each, passages) for each in ("§ 87 BetrVG", "Industrie 4.0", "10 000 Euro")] == [[0], [2], [3]]


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("§87 BetrVG", [0, 1]),
        ("§ 87 BetrVG", [0, 1]),
        ("§§ 87, 88", [2]),
        ("10.000 Euro", [3, 4]),
        ("10 000 Euro", [3, 4]),
        ("10\u00a0000 Euro", [3, 4]),
    ],
)
def test_spellings_of_numbers_and_sections_do_not_matter(phrase: str, found: list[int]) -> None:
    texts = ("nach § 87 BetrVG", "nach §87 BetrVG", "die §§ 87, 88 gelten", "10 000 Euro", "10.000 Euro", "§ 88 und 10 Euro")
    assert rows_with(phrase, bodies(*texts)) == found


def test_only_passages_with_the_words_of_all_phrases_are_read() -> None:
    passages = bodies(
        "gute Arbeit", "gute Arbeit, kurze Zeit", "Arbeit gute, kurze Zeit", "kurze Zeit", "gute Arbeit kurze Zeit"
    )
    read: list[int] = []

    def read_passage(row: int) -> PassageFields:
        read.append(row)
        return passages[row]

    index = build_lexical_index(passages)
    assert index.find_phrase_rows(["gute Arbeit", "kurze Zeit"], read_passage).tolist() == [1, 4]
    assert read == [1, 2, 4]
    read.clear()
    assert index.find_phrase_rows(["gute Arbeit", "und"], read_passage, np.array([2, 3, 4])).tolist() == [4]
    assert read == [2, 4]
    assert index.find_phrase_rows(["und", "!"], read_passage).tolist() == []
    assert read == [2, 4]


def test_a_phrase_of_stop_words_cannot_be_looked_up() -> None:
    assert rows_with("zu und ab der", bodies("zu und")) == []  # "ab" is a word the index knows
    assert rows_with("zu und", bodies("zu und")) is None
    assert rows_with("!", bodies("zu")) is None


@pytest.mark.parametrize(
    ("word", "excluded"),
    [
        ("Leiharbeit", [0, 1]),
        ("leiharbeiter", [0, 1]),
        ("Arbeit", [3]),
        ("IT-Sicherheit", [4]),
        ("Sicherheit", [4]),
        ("§ 87", [5]),
        ("Lager", []),
        ("und", []),
        ("!", []),
    ],
)
def test_an_excluded_word_takes_its_inflections_along_but_no_compounds(word: str, excluded: list[int]) -> None:
    texts = ("Leiharbeit", "Leiharbeiter", "Arbeitszeit", "Die Arbeiten", "IT-Sicherheit und", "§ 87 BetrVG")
    assert build_lexical_index(bodies(*texts)).find_word_rows(word).tolist() == excluded


WORDS = st.sampled_from(["mobile", "mobiles", "Arbeit", "Arbeiten", "der", "IT-Sicherheit", "IT", "Sicherheit", "§ 87", "4.0"])
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.lists(WORDS, min_size=1, max_size=3).map(" ".join))
def test_looking_words_up_first_loses_no_passage(texts: list[str], phrase: str) -> None:
    passages = bodies(*texts)
    found = rows_with(phrase, passages)
    reading_all = [row for row, text in enumerate(texts) if is_phrase_in(flatten(phrase), flatten(text))]
    assert found is None or found == reading_all


@given(st.lists(TEXTS, max_size=5), WORDS)
def test_what_is_excluded_holds_the_word(texts: list[str], word: str) -> None:
    index: LexicalIndex = build_lexical_index(bodies(*texts))
    scores = index.score(index.analyze(word))
    assert (scores[index.find_word_rows(word)] > 0).all()
