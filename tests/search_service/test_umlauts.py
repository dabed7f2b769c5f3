"""Umlauts typed as two letters, written as German writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.german import normalize
from search_service.umlauts import restore_umlauts
from search_service.written_forms import WrittenForm, learn_spellings

SPELLINGS = learn_spellings(["Die Straße ist aktuell neu. Die Maßnahme, das Maß.", "Goethe mag Gefährdungsbeurteilungen."])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Gefaehrdung", "Gefährdung"),  # no word of the corpus: as German mostly writes it
        ("Uebung macht Aerger", "Übung macht Ärger"),
        ("neue Quellen bauen, genauer", "neue Quellen bauen, genauer"),
        ("strasse aktuell neu", "Straße aktuell neu"),  # words of the corpus: as it writes them
        ("Massnahme an der Strasse", "Maßnahme an der Straße"),
        ("Goethe", "Goethe"),
        ("Wer Umlaute tippt (ä), schreibt Aerger so", "Wer Umlaute tippt (ä), schreibt Aerger so"),
        ("§ 87 BetrVG, 4.0 – C++", "§ 87 BetrVG, 4.0 – C++"),
        ("", ""),
    ],
)
def test_a_question_is_written_with_umlauts(typed: str, meant: str) -> None:
    assert restore_umlauts(typed, SPELLINGS) == meant


@given(st.text(max_size=60))
def test_the_words_stay_the_same_to_the_analysis_and_a_second_time_changes_nothing(text: str) -> None:
    restored = restore_umlauts(text, SPELLINGS)
    assert normalize(restored) == normalize(text)
    assert restore_umlauts(restored, SPELLINGS) == restored


def test_an_abbreviation_is_written_as_the_corpus_writes_it() -> None:
    spellings = learn_spellings(["Die DSGVO gilt. Die DSGVO schützt."])
    assert restore_umlauts("DS-GVO für KMU", spellings) == "DSGVO für KMU"
    assert restore_umlauts("IT-Sicherheit, CC-BY", spellings) == "IT-Sicherheit, CC-BY"


def test_a_word_is_written_as_the_corpus_mostly_does() -> None:
    assert restore_umlauts("strasse", {"strasse": WrittenForm("Strasse", 3)}) == "strasse"
