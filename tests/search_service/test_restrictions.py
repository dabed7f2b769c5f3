"""What quotes and exclusions demand: which passages may answer, and what is said where that cannot be done as meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.hits import Result
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.postings import PassageFields
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import Mode, Query
from search_service.restrictions import read_fields, restrict
from search_service.searcher import Searcher
from search_service.wording import parse_wording
from tests.search_service.hand_made import put
from tests.search_service.twelve_documents import fill
from tests.stand_in_embedder import HashedWordsEmbedder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        knowledge_base.embed_missing(HashedWordsEmbedder(2048))
        knowledge_base.publish()
    return root


@pytest.fixture(scope="module")
def generation(root: Path) -> Generation:
    return Reader(root).current()[0]


@pytest.fixture(scope="module")
def searcher(root: Path) -> Searcher:
    return Searcher(Reader(root), HashedWordsEmbedder(2048))


def allowed(generation: Generation, question: str) -> list[str] | None:
    """Return the texts that may answer; None: all."""
    rows = restrict(generation, parse_wording(question)).rows
    return None if rows is None else [generation.passage(int(row)).text for row in rows]


def names(result: Result) -> set[str]:
    return {hit.document.id.removeprefix("d-") for hit in result.hits}


def test_a_question_without_signs_restricts_nothing(generation: Generation) -> None:
    assert restrict(generation, parse_wording("Mangel an Fachkräften")).rows is None


def test_a_phrase_is_found_word_for_word_in_any_spelling(generation: Generation) -> None:
    azubi = "Gegen den Mangel an Fachkräften hilft Ausbildung."
    for question in ('"Mangel an Fachkräften"', "„mangel an FACHKRÄFTEN“", "»Mangel an Fachkraeften« Betrieb"):
        assert allowed(generation, question) == [azubi]
    assert allowed(generation, '"Mangel an Fachkraft"') == []
    assert allowed(generation, '"Fachkräften Mangel"') == []


def test_all_phrases_must_stand_in_a_passage(generation: Generation) -> None:
    assert allowed(generation, '"hebt schwere Teile" "entlastet die Belegschaft"') == [
        "Der Cobot hebt schwere Teile. Das entlastet die Belegschaft."
    ]
    assert allowed(generation, '"hebt schwere Teile" "Mangel an Fachkräften"') == []


def test_a_phrase_that_stands_nowhere_is_told_with_the_way_out(generation: Generation) -> None:
    assert restrict(generation, parse_wording('"schwere Cobots"')).notices == (
        "Die Wortfolge „schwere Cobots“ steht in keinem Text. Ohne Anführungszeichen wird freier gesucht.",
    )


def test_phrases_that_stand_only_apart_are_told_beside_another_notice(generation: Generation) -> None:
    nowhere_together = "Keine Textstelle enthält alle Wortfolgen zugleich. Bitte eine davon weglassen."
    stop_words = "„und der“ besteht nur aus Füllwörtern und wird nicht als Wortfolge gesucht."
    for signs, notices in (("", (nowhere_together,)), ('"und der"', (stop_words, nowhere_together))):
        wording = parse_wording(f'"hebt schwere Teile" "Mangel an Fachkräften" {signs}')
        assert restrict(generation, wording).notices == notices


def test_at_most_eight_phrases_and_exclusions_are_looked_at_and_the_rest_is_told(generation: Generation) -> None:
    phrases = '"Mangel an" "Fachkräften hilft"'
    signs = [f"-Wort{number}" for number in range(6)]
    full = restrict(generation, parse_wording(f"{phrases} {' '.join(signs)}"))
    assert full.notices == ()
    more = restrict(generation, parse_wording(f"{phrases} {' '.join(signs)} -Mangel"))
    assert (more.rows.tolist() if more.rows is not None else None) == (full.rows.tolist() if full.rows is not None else None)
    assert more.notices == (
        "Höchstens 8 Wortfolgen und Ausschlüsse werden beachtet. Nicht beachtet: „Mangel“. Bitte die Frage kürzen.",
    )
    many = restrict(generation, parse_wording(" ".join(f'"Folge {number}"' for number in range(20)) + " -Mangel"))
    assert many.notices[-1] == (
        "Höchstens 8 Wortfolgen und Ausschlüsse werden beachtet."
        " Nicht beachtet: „Folge 8“, „Folge 9“, „Folge 10“ und 10 weitere. Bitte die Frage kürzen."
    )


def test_a_phrase_of_stop_words_is_told_and_restricts_nothing(generation: Generation) -> None:
    restriction = restrict(generation, parse_wording('"und der" Mangel'))
    assert (restriction.rows, restriction.notices) == (
        None,
        ("„und der“ besteht nur aus Füllwörtern und wird nicht als Wortfolge gesucht.",),
    )


def test_excluded_words_and_phrases_are_left_out_and_compounds_that_merely_hold_them_stay(generation: Generation) -> None:
    everything = [generation.passage(row).text for row in range(generation.manifest.passages)]
    assert allowed(generation, "Schicht -Vorlauf") == [text for text in everything if "Vorlauf" not in text]
    assert allowed(generation, 'Schicht -"Planung der Schicht"') == [text for text in everything if "Planung der" not in text]
    without_plan = allowed(generation, "Schicht -Planung")
    assert without_plan is not None
    assert "Gute Schichtplanung braucht Vorlauf." in without_plan
    assert "Die Planung der Schicht macht das Team." not in without_plan
    assert allowed(generation, "Schicht -Quantencomputer") == everything
    assert allowed(generation, 'Schicht -"und der"') == everything


def test_phrase_and_exclusion_hold_together(generation: Generation) -> None:
    assert allowed(generation, '"§ 87" -Betriebsrat') == []
    assert allowed(generation, '"BetrVG" -Betriebsrat') == ["Betriebsänderungen regelt § 111 BetrVG."]


def test_what_is_asked_and_excluded_is_told_and_the_exclusion_holds(searcher: Searcher) -> None:
    result = searcher.search(Query("BetrVG -BetrVG", Mode.LEXICAL))
    assert result.hits == ()
    assert result.notices == (
        "„BetrVG“ ist gesucht und zugleich ausgeschlossen. Es gilt der Ausschluss; für die Suche bitte den Strich weglassen.",
    )


@pytest.mark.parametrize("mode", Mode)
def test_hits_facets_and_totals_keep_to_phrases_and_exclusions(searcher: Searcher, mode: Mode) -> None:
    phrase = searcher.search(Query('"Mangel an Fachkräften"', mode))
    assert (names(phrase), phrase.total.value, phrase.notices) == ({"azubi"}, 1, ())
    assert [item.value for item in phrase.facets["year"]] == ["2022"]
    without = searcher.search(Query("BetrVG -Betriebsrat", mode, page_size=100))
    assert "recht" not in {hit.document.id.removeprefix("d-") for hit in without.hits if "Betriebsrat" in hit.passage.text}
    assert "wandel" in names(without)
    assert all("Betriebsrat" not in hit.passage.text for hit in without.hits)


def test_title_and_headings_are_fields_of_their_own(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        put(knowledge_base, "a", ["regelt der Betrieb."], title="Pausen")
        knowledge_base.publish()
    generation = Reader(tmp_path).current()[0]
    fields = read_fields(generation, 0)
    assert (fields.title, fields.headings, fields.body) == ("Pausen", "", "regelt der Betrieb.")
    assert allowed(generation, '"Pausen"') == allowed(generation, '"der Betrieb"') == ["regelt der Betrieb."]
    assert allowed(generation, '"Pausen regelt"') == []


def test_what_is_read_of_a_passage_is_what_it_was_indexed_by(generation: Generation) -> None:
    for row in range(generation.manifest.passages):
        passage, document = generation.passage(row), generation.documents[int(generation.document_of[row])]
        assert read_fields(generation, row) == PassageFields(
            document.metadata.title, " ".join(passage.heading_path), passage.text
        )


PIECES = ["Mangel", '"Mangel an Fachkräften"', '"BetrVG"', "-Mangel", '-"Planung der Schicht"', "-BetrVG", "Schicht", '"und"']


@settings(max_examples=60)
@given(st.lists(st.sampled_from(PIECES), max_size=5), st.sampled_from(PIECES))
def test_every_further_sign_leaves_fewer_passages_and_none_twice(generation: Generation, pieces: list[str], more: str) -> None:
    before = restrict(generation, parse_wording(" ".join(pieces))).rows
    after = restrict(generation, parse_wording(" ".join([*pieces, more]))).rows
    if before is not None:
        assert after is not None
        assert set(after.tolist()) <= set(before.tolist())
    for rows in (before, after):
        assert rows is None or rows.tolist() == sorted(set(rows.tolist()))
