"""Words of the question and words of the texts: spellings, slips, compounds and synonyms lead to the same hits."""

from __future__ import annotations

from pathlib import Path

import pytest

from search_service.hits import Result
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import Mode, Query
from search_service.searcher import Searcher
from search_service.spelling import SURE, Change, Correction, Speller
from search_service.synonyms import NO_SYNONYMS, Thesaurus, parse_synonyms
from tests.search_service.hand_made import put
from tests.search_service.twelve_documents import fill
from tests.stand_in_embedder import HashedWordsEmbedder

THESAURUS = parse_synonyms("Homeoffice, mobile Arbeit, Telearbeit\nAzubi, Auszubildende\nChef => Leitung\n", "test")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        put(
            knowledge_base,
            "tele",
            ["Telearbeit braucht eine Vereinbarung.", "Die Einigungsstelle prüft jede Einigung an jeder Stelle."],
        )
        put(knowledge_base, "mobil", ["Wer mobile Arbeit anbietet, findet leichter Auszubildende."])
        put(knowledge_base, "teile", ["Mobile Geräte und viel Arbeit hat die Leitung."])
        knowledge_base.embed_missing(HashedWordsEmbedder(2048))
        knowledge_base.publish()
    return root


@pytest.fixture(scope="module")
def searcher(root: Path) -> Searcher:
    return make(root, THESAURUS)


def make(root: Path, thesaurus: Thesaurus) -> Searcher:
    return Searcher(Reader(root), HashedWordsEmbedder(2048), thesaurus=thesaurus)


def names(result: Result) -> list[str]:
    return [hit.document.id.removeprefix("d-") for hit in result.hits]


def shown(result: Result) -> list[tuple[str, float]]:
    return [(hit.passage.id, hit.score) for hit in result.hits]


@pytest.mark.parametrize(
    ("question", "twin"),
    [
        ("Fachkräftemangel", "Fachkraeftemangel"),
        ("Förderung für Häuser", "Foerderung fuer Haeuser"),
        ("FACHKRÄFTEMANGEL", "fachkräftemangel"),
        ("IT-Sicherheit", "IT\u2011Sicherheit"),
        ("Passwörter", "Passwo\u0308rter"),
    ],
)
def test_spellings_of_umlauts_capitals_and_hyphens_have_the_same_ranking_by_words(
    searcher: Searcher, question: str, twin: str
) -> None:
    one, other = (searcher.search(Query(text, Mode.LEXICAL)) for text in (question, twin))
    assert shown(one) == shown(other) != []
    assert one.suggestions.did_you_mean is other.suggestions.did_you_mean is None


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("Vereinbarunk", "Vereinbarung"), ("Betriebsänderugen und Telearbeit", "Betriebsänderungen und Telearbeit")],
)
@pytest.mark.parametrize("mode", Mode)
def test_a_sure_slip_is_searched_as_it_was_meant_and_told(searcher: Searcher, slip: str, meant: str, mode: Mode) -> None:
    result, clean = searcher.search(Query(slip, mode)), searcher.search(Query(meant, mode))
    assert (result.suggestions.did_you_mean, result.suggestions.corrected) == (meant, True)
    assert shown(result) == shown(clean) != []
    assert result.fitting is clean.fitting
    assert clean.suggestions.did_you_mean is None


def test_searched_as_typed_nothing_is_corrected(searcher: Searcher) -> None:
    question = "Betriebsänderugen und Telearbeit"
    result = searcher.search(Query(question, Mode.LEXICAL, verbatim=True))
    assert (result.suggestions.did_you_mean, result.suggestions.corrected) == (None, False)
    assert names(result)[0] == "tele"
    assert "wandel" not in names(result)
    assert "wandel" in names(searcher.search(Query(question, Mode.LEXICAL)))


def test_what_stands_in_quotes_is_not_corrected(searcher: Searcher) -> None:
    result = searcher.search(Query('"Vereinbarunk"', Mode.LEXICAL))
    assert (names(result), result.suggestions.did_you_mean) == ([], None)
    assert "steht in keinem Text" in result.notices[0]


@pytest.mark.parametrize("question", ["Schichtplanung", "Mangel an Fachkräften", "§ 87 BetrVG", "Planung", "Schichtteam"])
def test_words_that_have_hits_are_never_corrected(searcher: Searcher, question: str) -> None:
    assert searcher.search(Query(question, Mode.LEXICAL)).suggestions.did_you_mean is None


def test_a_slip_that_is_not_sure_is_told_and_searched_as_typed(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = searcher.search(Query("Vereinbarunk", Mode.LEXICAL, verbatim=True))
    unsure = Correction("Vereinbarung", (Change(0, 12, "Vereinbarunk", "Vereinbarung", SURE - 0.01),))
    monkeypatch.setattr(Speller, "correct_question", lambda *_: unsure)
    result = searcher.search(Query("Vereinbarunk", Mode.LEXICAL))
    assert (result.suggestions.did_you_mean, result.suggestions.corrected) == ("Vereinbarung", False)
    assert shown(result) == shown(typed)


def test_a_compound_written_in_another_way_is_searched_as_the_texts_write_it_and_told(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_typed, clean = (searcher.search(Query(text, Mode.LEXICAL)) for text in ("Einigungstelle", "Einigungsstelle"))
    assert [hit.passage.id for hit in as_typed.hits] == [hit.passage.id for hit in clean.hits] != []  # by its parts
    other = Correction("Einigungsstelle", (Change(0, 14, "Einigungstelle", "Einigungsstelle", 1.0),))
    monkeypatch.setattr(Speller, "correct_compounds", lambda *_: other)
    result = searcher.search(Query("Einigungstelle", Mode.LEXICAL))
    assert shown(result) == shown(clean)
    assert result.suggestions.also_searched == {"Einigungstelle": ("Einigungsstelle",)}
    assert result.suggestions.did_you_mean is None
    assert searcher.search(Query("Einigungstelle", Mode.LEXICAL, verbatim=True)).suggestions.also_searched == {}


def test_compound_and_its_words_find_each_other(searcher: Searcher) -> None:
    assert names(searcher.search(Query("Fachkräftemangel", Mode.LEXICAL))) == ["fachkraft", "azubi"]
    assert names(searcher.search(Query("Mangel an Fachkräften", Mode.LEXICAL))) == ["azubi", "fachkraft"]


def test_a_synonym_is_searched_too_told_and_marked(root: Path, searcher: Searcher) -> None:
    result = searcher.search(Query("Homeoffice", Mode.LEXICAL))
    assert set(names(result)) == {"mobil", "tele", "teile"}  # the words of "mobile Arbeit" need not stand side by side
    assert result.suggestions.also_searched == {"Homeoffice": ("mobile Arbeit", "Telearbeit")}
    (tele,) = [hit for hit in result.hits if hit.document.id == "d-tele"]
    assert tele.explanation.words == ("Telearbeit",)
    assert names(make(root, NO_SYNONYMS).search(Query("Homeoffice", Mode.LEXICAL))) == []


def test_a_synonym_of_one_direction_is_not_searched_the_other_way(searcher: Searcher) -> None:
    assert names(searcher.search(Query("Chef", Mode.LEXICAL))) == ["teile"]
    assert searcher.search(Query("Leitung", Mode.LEXICAL)).suggestions.also_searched == {}


def test_the_word_itself_comes_before_its_synonym(searcher: Searcher) -> None:
    assert names(searcher.search(Query("Telearbeit", Mode.LEXICAL)))[0] == "tele"
    assert names(searcher.search(Query("mobile Arbeit", Mode.LEXICAL)))[0] == "mobil"


def test_completions_come_from_titles_headings_and_words_of_the_texts(searcher: Searcher) -> None:
    assert [each.text for each in searcher.complete("Betriebsr")] == ["Betriebsrat"]
    assert [each.text for each in searcher.complete("wand")] == ["Wandel"]  # a title
    assert searcher.complete("qx") == []


def test_prepared_it_answers_the_same(root: Path, searcher: Searcher) -> None:
    prepared = make(root, THESAURUS)
    prepared.prepare()
    assert shown(prepared.search(Query("Telearbeit"))) == shown(searcher.search(Query("Telearbeit")))
