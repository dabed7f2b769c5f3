"""How the corpus writes its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.german import normalize
from search_service.written_forms import (
    WrittenForm,
    decode_spellings,
    encode_spellings,
    learn_spellings,
    show_compound,
    show_word,
)


def shown(*texts: str) -> dict[str, str]:
    return {word: form.text for word, form in learn_spellings(texts).items()}


def test_a_word_is_shown_as_it_is_mostly_written() -> None:
    spellings = learn_spellings(
        ["Zur Gefährdungsbeurteilung gehört mehr. Eine Gefaehrdungsbeurteilung und eine Gefährdungsbeurteilung."]
    )
    assert spellings["gefaehrdungsbeurteilung"] == WrittenForm("Gefährdungsbeurteilung", 3)


def test_the_capital_at_the_beginning_of_a_sentence_is_not_the_word_s() -> None:
    forms = shown("Verlässliche Pläne helfen. Verlässliche Zeiten auch.\nVerlässliche Dienste: die verlässliche Woche.")
    assert forms["verlaessliche"] == "verlässliche"


def test_a_word_that_only_begins_sentences_is_shown_as_there() -> None:
    assert shown("Verlässlichkeit hilft.")["verlaesslichkeit"] == "Verlässlichkeit"


def test_headings_in_capitals_do_not_decide_but_short_names_in_capitals_stay() -> None:
    forms = shown("zur DATENSCHUTZ und zur DATENSCHUTZ, mit Datenschutz in der DSGVO", "das BEM ist")
    assert (forms["datenschutz"], forms["bem"]) == ("Datenschutz", "BEM")


def test_a_hyphenated_word_is_known_by_its_parts_and_joined() -> None:
    forms = shown("für die IT-Sicherheit im Betrieb")
    assert (forms["sicherheit"], forms["itsicherheit"]) == ("Sicherheit", "IT-Sicherheit")


def test_soft_hyphens_and_separate_accents_are_not_shown() -> None:
    assert shown("die Scho\u0308n\u00adheit")["schoenheit"] == "Schönheit"


def test_stop_words_and_numbers_have_no_form() -> None:
    assert shown("und der 2024 § 87") == {}


def test_a_compound_is_written_in_one_word_with_its_links() -> None:
    spellings = learn_spellings(["die Wiedereingliederung, das Gespräch, gerecht, die IT-Sicherheit, das Konzept"])
    assert show_compound([("wiedereingliederung", "s"), ("gespraech", "")], spellings) == "Wiedereingliederungsgespräch"
    assert show_compound([("wiedereingliederung", "s"), ("gerecht", "")], spellings) == "wiedereingliederungsgerecht"
    assert show_compound([("itsicherheit", "s"), ("konzept", "")], spellings) == "IT-Sicherheitskonzept"
    assert show_compound([("konzept", ""), ("itsicherheit", "")], spellings) == "Konzept-IT-Sicherheit"


def test_a_word_the_corpus_does_not_write_has_its_umlauts_guessed() -> None:
    assert show_word("foerderung", {}) == "förderung"
    assert show_compound([("foerder", ""), ("mittel", "")], {}, is_noun=True) == "Fördermittel"


@given(st.lists(st.text(alphabet="aäAÄ ssß.-\n", max_size=20), max_size=4))
def test_every_form_reads_as_its_word(texts: list[str]) -> None:
    for word, form in learn_spellings(texts).items():
        assert normalize(form.text).replace("-", "") == word
        assert form.count >= 1


@given(st.lists(st.text(max_size=30), max_size=4))
def test_what_is_written_to_a_file_is_read_back(texts: list[str]) -> None:
    spellings = learn_spellings(texts)
    assert decode_spellings(encode_spellings(spellings)) == spellings


@pytest.mark.parametrize("content", [b"planung\tPlanung", b"planung\tPlanung\tviel", b"\xff"])
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"unpack|invalid|decode"):
        decode_spellings(content)
