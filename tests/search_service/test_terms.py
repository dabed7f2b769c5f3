"""The terms of a question: synonyms, and what to tell and to mark of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.german import make_word_matcher, stem
from search_service.knowledge_base.lexical import LexicalIndex, build_lexical_index
from search_service.knowledge_base.postings import PassageFields
from search_service.knowledge_base.terms import REFERENCE_WEIGHT, SYNONYM_WEIGHT, also_searched, parts_to_mark, stems_to_mark
from search_service.synonyms import parse_synonyms

THESAURUS = parse_synonyms(
    """
    Homeoffice, Telearbeit, mobile Arbeit
    KI, Künstliche Intelligenz, AI
    Chef => Arbeitgeber
    BetrVG, Betriebsverfassungsgesetz
    von zu => Lager
    """,
    "test",
)


def build(*bodies: str) -> LexicalIndex:
    return build_lexical_index([PassageFields("", "", body) for body in bodies])


def ask(index: LexicalIndex, question: str) -> list[float]:
    return [float(score) for score in index.score(index.analyze(question, THESAURUS))]


def test_a_synonym_finds_less_well_than_the_word_asked_for() -> None:
    index = build("Regeln zum Homeoffice", "Regeln zur Telearbeit", "Regeln zum Lager")
    asked, synonym, other = ask(index, "Homeoffice")
    assert asked > synonym > other == 0
    assert synonym == pytest.approx(asked * SYNONYM_WEIGHT)  # both occur once: equally telling


def test_synonyms_do_not_add_up() -> None:
    index = build("Homeoffice Homeoffice", "Homeoffice Telearbeit", "Lager Halle")
    first, second, _ = ask(index, "Homeoffice")
    alone = [float(score) for score in index.score(index.analyze("Homeoffice"))]
    assert [first, second] == alone[:2]


def test_a_rare_synonym_is_worth_no_more_than_the_word_asked_for() -> None:
    index = build("KI im Betrieb", "KI im Büro", "KI in der Pflege", "AI auf Englisch", "Ein Lager")
    scores = ask(index, "KI")
    assert min(scores[:3]) > scores[3] > scores[4] == 0


def test_a_synonym_of_several_words_must_occur_with_all_of_them() -> None:
    index = build("Künstliche Intelligenz hilft", "Künstliche Blumen", "Ein Lager")
    assert [score > 0 for score in ask(index, "KI")] == [True, False, False]


def test_words_that_only_together_are_an_entry_share_its_synonyms() -> None:
    index = build("Homeoffice", "mobiles Arbeiten", "Arbeit im Lager", "Halle")
    homeoffice, mobile, half, none = ask(index, "mobile Arbeit")
    assert mobile > homeoffice > 0
    assert mobile > half > none == 0
    assert ask(index, "Arbeit")[0] == 0
    assert index.analyze("von zu", THESAURUS) == []  # an entry of stop words alone stands for nothing


def test_a_name_asked_again_and_again_has_its_synonyms_once() -> None:
    index = build("Homeoffice und Telearbeit", "mobiles Arbeiten", "Lager")
    once, often = (index.analyze("mobile Arbeit " * times, THESAURUS) for times in (1, 143))
    assert [[each.text for each in term.alternatives] for term in often] == [["Homeoffice", "Telearbeit"]] * 2
    assert index.score(often).tolist() == index.score(once).tolist()


def test_an_arrow_goes_one_way() -> None:
    index = build("Der Arbeitgeber", "Der Chef")
    assert [score > 0 for score in ask(index, "Chef")] == [True, True]
    assert [score > 0 for score in ask(index, "Arbeitgeber")] == [True, False]


def test_a_half_of_a_hyphenated_word_has_its_synonyms() -> None:
    index = build("Regelung der Telearbeit", "Ein Lager")
    assert ask(index, "Homeoffice-Regelung")[0] > ask(index, "Regelung")[0]
    assert also_searched(index.analyze("Homeoffice-Regelung", THESAURUS)) == {"Homeoffice": ("Telearbeit",)}


def test_a_reference_is_found_under_the_other_name_of_its_law() -> None:
    index = build("§ 87 des Betriebsverfassungsgesetzes", "§ 87 ArbZG, anders das Betriebsverfassungsgesetz", "Lager")
    term = index.analyze("§ 87 BetrVG", THESAURUS)[-1]
    assert (term.stem, term.weight, term.written) == ("§87 betrvg", REFERENCE_WEIGHT, "")
    first, second, none = ask(index, "§ 87 BetrVG")
    assert first > second > none == 0


def test_what_was_also_searched_is_told_in_the_words_of_question_and_file() -> None:
    index = build("Telearbeit", "mobiles Arbeiten", "Künstliche Blumen")
    terms = index.analyze("HOMEOFFICE und KI", THESAURUS)
    assert also_searched(terms) == {"HOMEOFFICE": ("Telearbeit", "mobile Arbeit")}  # nothing here is about KI
    assert also_searched(index.analyze("mobile Arbeit", THESAURUS)) == {"mobile Arbeit": ("Telearbeit",)}
    assert also_searched(index.analyze("Telearbeit")) == {}


def test_what_was_found_is_marked_synonyms_and_parts_included() -> None:
    index = build("Telearbeit und mobiles Arbeiten in der Schichtplanung", "Planung der Schicht", "KI")
    terms = index.analyze("Homeoffice Schichtplanung", THESAURUS)
    matches = make_word_matcher(stems_to_mark(terms), index.splitter, parts_to_mark(terms))
    assert [word for word in ("Telearbeit", "Planung", "Schicht", "Homeoffice") if not matches(word)] == []
    assert [word for word in ("mobiles", "Arbeiten", "KI") if matches(word)] == []


def test_an_index_tells_in_how_many_passages_a_stem_occurs_and_how_telling_it_is() -> None:
    index = build("Schichtplanung", "Planung der Schicht", "Halle")
    assert [index.holding(stem(word)) for word in ("planung", "halle", "lager")] == [2, 1, 0]
    assert 0 < index.idf(stem("planung")) < index.idf(stem("halle")) < index.idf("lager")


WORDS = st.sampled_from(
    ["Homeoffice", "Telearbeit", "mobile", "Arbeit", "KI", "Chef", "§ 87 BetrVG", "und", "KI-Chef", "Lager"]
)
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)


@given(st.lists(TEXTS, min_size=1, max_size=5), TEXTS)
def test_synonyms_only_ever_add(bodies: list[str], question: str) -> None:
    index = build(*bodies)
    without = index.score(index.analyze(question))
    assert (index.score(index.analyze(question, THESAURUS)) >= without * (1 - 1e-6)).all()


@given(st.lists(TEXTS, min_size=1, max_size=5), TEXTS)
def test_every_alternative_occurs_and_weighs_less_than_the_word(bodies: list[str], question: str) -> None:
    index = build(*bodies)
    for term in index.analyze(question, THESAURUS):
        for each in term.alternatives:
            assert all(index.holding(key) for key in each.stems)
            assert 0 < each.weight <= 1
