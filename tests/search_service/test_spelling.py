"""Did you mean: misspelt words of a question, corrected from the vocabulary of the corpus."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.german import Splitter, load_stopwords, normalize, tokenize
from search_service.spelling import LONGEST_WORD, MOST_WORDS, Speller
from search_service.written_forms import learn_spellings

CORPUS = Path(__file__).parents[2] / "corpus"
# What a small corpus says; the words of the compounds below stand in it, most of the compounds do not.
TEXT = """
Die Schichtplanung im Betrieb. Wer eine Schichtplanung einführt, plant mit einer Software. Die Planungssoftware ist
eine Software. Die Planung der Schicht gelingt mit Planung. Zur Wiedereingliederung gehört das Gespräch,
und das Rückkehrgespräch hilft.
Nach der Wiedereingliederung folgt ein Gespräch mit dem Betriebsrat. Der Betriebsrat und die Einigungsstelle beraten die
Betriebsvereinbarung. Eine Betriebsvereinbarung regelt die Erreichbarkeit, die Arbeitszeit und das Homeoffice. Vor der
Einigungsstelle regelt der Betriebsrat die Erreichbarkeit. Die Gefährdungsbeurteilung prüft psychische Belastung; eine
Gefährdungsbeurteilung ist Pflicht. Die Beratung zur Digitalisierung und die Digitalisierung der Arbeit. Förderberatung und
Digitalisierungsprojekt. Die Weiterbildung der Beschäftigten und die Qualifizierung der Beschäftigten brauchen Zeit. Das
Werkerassistenzsystem ist ein System für die Montage, das System zeigt die Schritte.
Eine Altersstrukturanalyse ist eine Analyse.
Die IT-Sicherheit im Betrieb ist wichtig, ebenso die verlässliche Arbeitszeit und die Zeiterfassung. Die Stelle der Einigung.
"""


def count_words(text: str) -> Counter[str]:
    words = [piece for token in tokenize(text) for piece in {*token.word.split("-"), token.word.replace("-", "")}]
    return Counter(word for word in words if word not in load_stopwords())


VOCABULARY = count_words(TEXT)
SPLITTER = Splitter(VOCABULARY)


def make_speller() -> Speller:
    return Speller(VOCABULARY, SPLITTER, learn_spellings([TEXT]))


SPELLER = make_speller()


def nothing_has_hits(_: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Erreichbarkiet", "Erreichbarkeit"),
        ("erreichbarkeitt", "Erreichbarkeit"),
        ("Betriebsvereinbahrung", "Betriebsvereinbarung"),
        ("Arbetiszeit", "Arbeitszeit"),
        ("GEFAEHRDUNGSBEURTEILNG", "Gefährdungsbeurteilung"),
        ("Einigunsstelle", "Einigungsstelle"),
        ("Altersstrukturanlyse", "Altersstrukturanalyse"),
        ("Werkerassistenzsytem", "Werkerassistenzsystem"),
    ],
)
def test_a_slip_is_corrected_to_the_word_as_the_corpus_writes_it(typed: str, meant: str) -> None:
    correction = SPELLER.correct(typed)
    assert correction is not None
    assert correction.text == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Schichtplannungssoftware", "Schichtplanungssoftware"),
        ("Wiedereingliederungsgesprch", "Wiedereingliederungsgespräch"),
        ("Digitalisierungsbertung", "Digitalisierungsberatung"),
    ],
)
def test_a_slip_inside_a_compound_the_corpus_does_not_have_is_corrected_from_its_parts(typed: str, meant: str) -> None:
    assert normalize(meant) not in VOCABULARY
    correction = SPELLER.correct(typed)
    assert correction is not None
    assert correction.text == meant


@pytest.mark.parametrize(
    "word",
    [
        "Schichtplanung", "Schichtplanungen", "Planungszeit", "Siemens", "Salesforce", "onboarding", "Mikrofon",
        "Zahnarztpraxis", "Gefahrdungsbeurteilung", "Syste", "zet", "und", "§ 87",
        "2024", "ISO9001", "B2B", "", "!?", "x" * (LONGEST_WORD + 1),
    ],
)  # fmt: skip
def test_what_is_known_foreign_short_or_no_word_is_left_alone(word: str) -> None:
    assert SPELLER.correct(word) is None


def test_another_form_or_another_prefix_of_a_known_word_is_no_slip() -> None:
    vocabulary = {"ermittlung": 40, "bearbeitet": 40, "beratung": 30, "verfahren": 30, "schicht": 30, "planung": 30}
    speller = Speller(vocabulary, Splitter(vocabulary), {})
    assert speller.correct("Vermittlung") is None
    assert speller.correct("bearbeitend") is None
    assert speller.correct("Ermitlung") is not None


def test_a_word_with_hits_is_never_corrected() -> None:
    asked: list[str] = []

    def has_hits(word: str) -> bool:
        asked.append(word)
        return True

    assert SPELLER.correct_question("Wo steht die Betriebsvereinbahrung?", has_hits) is None
    assert "betriebsvereinbahrung" in asked


def test_the_rest_of_the_question_stays_as_it_was() -> None:
    question = "Regelt die  „Betriebsvereinbahrung“ – auch IT-Sicherhiet & Erreichbarkiet?"
    correction = SPELLER.correct_question(question, nothing_has_hits)
    assert correction is not None
    assert correction.text == "Regelt die  „Betriebsvereinbarung“ – auch IT-Sicherheit & Erreichbarkeit?"
    places = [(change.written, change.replacement) for change in correction.changes]
    assert places[0] == ("Betriebsvereinbahrung", "Betriebsvereinbarung")
    assert all(question[change.start : change.end] == change.written for change in correction.changes)
    assert correction.confidence == min(change.confidence for change in correction.changes)


def test_an_adjective_keeps_the_capital_of_the_question_s_first_word() -> None:
    first = SPELLER.correct_question("Verlässlihce Arbeitszeit", nothing_has_hits)
    later = SPELLER.correct_question("eine Verlässlihce Arbeitszeit", nothing_has_hits)
    assert first is not None
    assert later is not None
    assert (first.text, later.text) == ("Verlässliche Arbeitszeit", "eine verlässliche Arbeitszeit")


def test_only_so_many_words_of_a_question_are_corrected() -> None:
    correction = SPELLER.correct_question(" ".join(["Erreichbarkiet"] * (MOST_WORDS + 5)), nothing_has_hits)
    assert correction is not None
    assert len(correction.changes) == MOST_WORDS


def test_a_compound_without_another_spelling_in_the_corpus_has_none() -> None:
    assert SPELLER.correct_compounds("Planungszeit Schichtplanung Erreichbarkiet") is None


def test_without_a_vocabulary_nothing_is_corrected() -> None:
    speller = Speller({}, Splitter({}), {})
    assert speller.correct("Schichtplannung") is None
    assert speller.correct_compounds("Schichtplannung") is None


TYPED = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from([*sorted(VOCABULARY), "s", "n", "e"]), min_size=1, max_size=4).map("".join),
)


@given(TYPED, st.integers(0, 20), st.sampled_from(["", "x", "e", "n"]))
@settings(max_examples=200)
def test_a_corrected_word_is_known_and_stays_as_it_is(word: str, place: int, letter: str) -> None:
    typed = word[:place] + letter + word[place + 1 :]
    correction = SPELLER.correct_question(typed, nothing_has_hits)
    if correction is not None:
        for change in correction.changes:
            assert SPELLER.is_known(normalize(change.replacement).replace("-", ""))
        assert SPELLER.correct_question(correction.text, nothing_has_hits) is None
        assert correction == make_speller().correct_question(typed, nothing_has_hits)


@given(st.sampled_from(sorted(VOCABULARY)))
def test_a_word_of_the_corpus_is_never_corrected(word: str) -> None:
    assert SPELLER.correct(word) is None
    assert SPELLER.correct_compounds(word) is None


@given(st.text(max_size=200))
def test_a_correction_differs_from_the_question_only_at_its_changes(text: str) -> None:
    correction = SPELLER.correct_question(text, nothing_has_hits)
    if correction is not None:
        rebuilt, end = "", 0
        for change in correction.changes:
            rebuilt += text[end : change.start] + change.replacement
            end = change.end
        assert rebuilt + text[end:] == correction.text


@pytest.fixture(scope="module")
def corpus_speller() -> Speller:
    """Of the sample documents that are plain text."""
    texts = [path.read_text("utf-8") for path in sorted(CORPUS.rglob("*.md")) if path.name != "SOURCES.md"]
    vocabulary = count_words("\n".join(texts))
    return Speller(vocabulary, Splitter(vocabulary), learn_spellings(texts))


def test_a_compound_of_known_parts_is_no_mistake_but_its_usual_spelling_is_known(corpus_speller: Speller) -> None:
    assert corpus_speller.correct("Einigungstelle") is None
    other = corpus_speller.correct_compounds("Kosten der Einigungstelle")
    assert other is not None
    assert other.text == "Kosten der Einigungsstelle"


def test_the_misspelt_queries_of_the_sample_corpus_become_their_twins(corpus_speller: Speller) -> None:
    rows = [json.loads(line) for line in (CORPUS / "queries.jsonl").read_text("utf-8").splitlines()]
    texts = {row["_id"]: row["text"] for row in rows}
    right = 0
    for row in (row for row in rows if row["kind"] == "tippfehler"):
        asked = row["text"]
        correction = corpus_speller.correct_question(asked, nothing_has_hits) or corpus_speller.correct_compounds(asked)
        if correction is not None:
            assert correction.text == texts[row["twin"]]
            right += 1
    assert right >= 13  # of 18; the words of the others stand in documents of other formats only


def test_the_other_queries_of_the_sample_corpus_are_hardly_ever_corrected(corpus_speller: Speller) -> None:
    rows = [json.loads(line) for line in (CORPUS / "queries.jsonl").read_text("utf-8").splitlines()]
    clean = [row["text"] for row in rows if row["kind"] != "tippfehler"]
    corrected = [text for text in clean if corpus_speller.correct_question(text, nothing_has_hits)]
    assert len(corrected) <= 0.03 * len(clean), corrected
