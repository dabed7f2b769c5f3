"""The search over twelve short documents: rankings a person can read, filters, facets, paging, notices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from search_service.errors import NotFound
from search_service.hits import Result
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import Filters, Grouping, Mode, Query
from search_service.searcher import POOL, Searcher
from tests.search_service.hand_made import put
from tests.stand_in_embedder import HashedWordsEmbedder

OFF = "Die Suche nach Bedeutung ist aus, gesucht wird nur nach Wörtern."


def fill(knowledge_base: KnowledgeBase) -> None:
    """Twelve documents; the stand-in's "meaning" is the whole word, so only equal forms are near each other."""
    put(
        knowledge_base,
        "fachkraft",
        ["Der Fachkräftemangel bremst das Handwerk. Fachkräfte fehlen."],
        year=2024,
        collection="wissen",
        type="study",
        sectors=("handwerk",),
        topics=("fachkraefte",),
    )
    put(
        knowledge_base,
        "azubi",
        ["Gegen den Mangel an Fachkräften hilft Ausbildung."],
        year=2022,
        collection="beratung",
        type="advice",
        topics=("fachkraefte", "qualifizierung"),
    )
    put(
        knowledge_base,
        "schicht",
        ["Gute Schichtplanung braucht Vorlauf.", "Die Planung der Schicht macht das Team.", "Pausen stehen im Schichtplan."],
        year=2023,
        collection="praxisprojekte",
        type="case_report",
        sectors=("industrie",),
        topics=("schichtplanung",),
    )
    put(
        knowledge_base,
        "dienst",
        ["Der Dienstplan hängt am Montag aus. Schichten werden getauscht."],
        year=2021,
        collection="erfolg",
        sectors=("gesundheit",),
        topics=("schichtplanung",),
    )
    put(
        knowledge_base,
        "recht",
        ["Der Betriebsrat bestimmt mit: § 87 Abs. 1 Nr. 6 BetrVG.", "Die Einigungsstelle entscheidet im Streit."],
        year=2025,
        collection="wissen",
        type="guide",
        topics=("mitbestimmung",),
        audience=("betriebsrat",),
    )
    put(
        knowledge_base,
        "wandel",
        ["Betriebsänderungen regelt § 111 BetrVG."],
        year=2025,
        collection="wissen",
        type="guide",
        topics=("mitbestimmung",),
    )
    put(
        knowledge_base,
        "sicher",
        ["IT-Sicherheit beginnt mit guten Passwörtern."],
        year=2020,
        collection="wissen",
        topics=("it-sicherheit",),
    )
    put(
        knowledge_base,
        "cobot",
        ["Der Cobot hebt schwere Teile. Das entlastet die Belegschaft."],
        year=2024,
        collection="praxisprojekte",
        sectors=("industrie",),
        topics=("robotik",),
    )
    put(
        knowledge_base,
        "haus",
        ["Die Häuser der Pflege führen Tablets ein."],
        year=2024,
        collection="erfolg",
        sectors=("gesundheit",),
        publisher="Zukunfts-HUB",
    )
    put(
        knowledge_base,
        "geld",
        ["Förderung gibt es bis zur Hälfte der Kosten."],
        collection="beratung",
        type="funding",
        topics=("foerderung",),
    )
    put(knowledge_base, "reise", ["Die Lernreise führt nach Duisburg."], year=2026, collection="lernreisen", type="event")
    put(knowledge_base, "lager", ["Im Lager liegen Handschuhscanner."], year=2024, collection="erfolg", sectors=("logistik",))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        knowledge_base.embed_missing(HashedWordsEmbedder(2048))
        knowledge_base.publish()
    return root


@pytest.fixture(scope="module")
def searcher(root: Path) -> Searcher:
    return Searcher(Reader(root), HashedWordsEmbedder(2048))


def names(result: Result) -> list[str]:
    return [hit.document.id.removeprefix("d-") for hit in result.hits]


GOLDEN = [
    ("Mangel an Fachkräften", Mode.LEXICAL, ["fachkraft", "azubi"]),
    ("Fachkräftemangel", Mode.LEXICAL, ["fachkraft", "azubi"]),
    ("FACHKRAEFTEMANGEL", Mode.LEXICAL, ["fachkraft", "azubi"]),
    ("Schichtplanung", Mode.LEXICAL, ["schicht", "dienst"]),
    ("Haus", Mode.LEXICAL, ["haus"]),
    ("§ 87", Mode.LEXICAL, ["recht"]),
    ("§ 111 BetrVG", Mode.LEXICAL, ["wandel", "recht"]),
    ("Sicherheit", Mode.LEXICAL, ["sicher"]),
    ("Foerderung", Mode.LEXICAL, ["geld"]),
    ("Quantencomputer", Mode.LEXICAL, []),
    ("die Lernreise führt nach Duisburg", Mode.SEMANTIC, ["reise"]),
    ("Gegen den Mangel an Fachkräften", Mode.SEMANTIC, ["azubi"]),
    ("Mangel an Fachkräften", Mode.HYBRID, ["fachkraft", "azubi"]),
    ("Wer hebt schwere Teile", Mode.HYBRID, ["cobot"]),
]


@pytest.mark.parametrize(("question", "mode", "expected"), GOLDEN)
def test_golden_rankings(searcher: Searcher, question: str, mode: Mode, expected: list[str]) -> None:
    result = searcher.search(Query(question, mode))
    found = names(result)
    assert (found if mode is Mode.LEXICAL else found[: len(expected)]) == expected
    assert result.notices == ()


def test_a_hit_tells_why_it_was_found(searcher: Searcher) -> None:
    hit = searcher.search(Query("Fachkräftemangel im Handwerk")).hits[0]
    assert hit.explanation.words == ("Fachkräftemangel", "Handwerk", "Fachkräfte")
    assert hit.explanation.lexical is not None
    assert hit.explanation.lexical > 0
    assert hit.explanation.semantic is not None
    assert 0 < hit.explanation.semantic <= 1
    assert [hit.passage.text[mark.start : mark.end] for mark in hit.highlights] == [
        "Fachkräftemangel",
        "Handwerk",
        "Fachkräfte",
    ]


def test_a_channel_that_took_no_part_has_no_value(searcher: Searcher) -> None:
    lexical = searcher.search(Query("Mangel", Mode.LEXICAL)).hits[0].explanation
    semantic = searcher.search(Query("Mangel", Mode.SEMANTIC)).hits[0].explanation
    assert (lexical.semantic, semantic.lexical) == (None, None)
    assert None not in (lexical.lexical, semantic.semantic)


@pytest.mark.parametrize("mode", Mode)
def test_scores_lie_between_0_and_1_and_fall(searcher: Searcher, mode: Mode) -> None:
    hits = searcher.search(Query("Schichtplanung im Betrieb", mode)).hits
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters({"collection": ("wissen",)}), {"fachkraft", "recht", "wandel", "sicher"}),
        (Filters({"collection": ("wissen", "beratung")}), {"fachkraft", "recht", "wandel", "sicher", "azubi", "geld"}),
        (Filters({"collection": ("wissen",), "topic": ("mitbestimmung",)}), {"recht", "wandel"}),
        (Filters({"topic": ("qualifizierung",)}), {"azubi"}),
        (Filters({"sector": ("industrie",)}), {"schicht", "cobot"}),
        (Filters({"audience": ("betriebsrat",)}), {"recht"}),
        (Filters({"type": ("funding",)}), {"geld"}),
        (Filters({"publisher": ("Zukunfts-HUB",)}), {"haus"}),
        (Filters({"language": ("en",)}), set()),
        (Filters({"collection": ("gibt-es-nicht",)}), set()),
        (Filters(year_from=2025), {"recht", "wandel", "reise"}),
        (Filters(year_to=2021), {"dienst", "sicher"}),
        (Filters(year_from=2022, year_to=2023), {"azubi", "schicht"}),
        (Filters(documents=("d-geld", "d-haus")), {"geld", "haus"}),
        (Filters({"collection": ("wissen",)}, documents=("d-geld",)), set()),
    ],
)
def test_filters_restrict_to_exactly_the_documents_they_name(searcher: Searcher, filters: Filters, expected: set[str]) -> None:
    semantic = searcher.search(Query("Betrieb", Mode.SEMANTIC, filters, page_size=100))
    assert set(names(semantic)) == expected
    for mode in (Mode.LEXICAL, Mode.HYBRID):
        assert set(names(searcher.search(Query("BetrVG Planung Mangel", mode, filters, page_size=100)))) <= expected


def test_filters_do_not_change_the_order_of_what_remains(searcher: Searcher) -> None:
    everything = names(searcher.search(Query("Mangel BetrVG", Mode.LEXICAL)))
    filtered = names(searcher.search(Query("Mangel BetrVG", Mode.LEXICAL, Filters({"collection": ("wissen",)}))))
    assert filtered == [name for name in everything if name in filtered] != []


def test_facets_count_the_documents_that_were_found(searcher: Searcher) -> None:
    facets = searcher.search(Query("BetrVG", Mode.LEXICAL)).facets
    assert [(item.value, item.label, item.count) for item in facets["collection"]] == [("wissen", "Ch@nge Wissen", 2)]
    assert [(item.value, item.label, item.count) for item in facets["topic"]] == [
        ("mitbestimmung", "Mitbestimmung und Beteiligung", 2)
    ]
    assert [(item.value, item.count) for item in facets["year"]] == [("2025", 2)]
    assert [(item.value, item.count) for item in facets["audience"]] == [("betriebsrat", 1)]
    assert facets["publisher"] == ()


def test_a_facet_counts_documents_however_many_passages_they_have(searcher: Searcher) -> None:
    facets = searcher.search(Query("Schicht Schichtplanung Schichtplan Schichten", Mode.LEXICAL, group_by=Grouping.NONE)).facets
    assert {item.value: item.count for item in facets["topic"]} == {"schichtplanung": 2}


@pytest.mark.parametrize("mode", [Mode.SEMANTIC, Mode.HYBRID])
@pytest.mark.parametrize("grouping", Grouping)
def test_pages_do_not_overlap_and_agree_on_totals_and_facets(searcher: Searcher, mode: Mode, grouping: Grouping) -> None:
    whole = searcher.search(Query("Betrieb", mode, page_size=100, group_by=grouping))
    pages = [searcher.search(Query("Betrieb", mode, page=page, page_size=5, group_by=grouping)) for page in (1, 2, 3, 4)]
    assert [hit.passage.id for page in pages for hit in page.hits] == [hit.passage.id for hit in whole.hits]
    assert [hit.rank for page in pages for hit in page.hits] == list(range(1, whole.total.value + 1))
    assert all((page.total, page.facets) == (whole.total, whole.facets) for page in pages)
    assert (whole.total.value, whole.total.relation) == (12 if grouping is Grouping.DOCUMENT else 15, "eq")


def test_a_page_behind_the_last_is_empty_and_says_how_many_there_are(searcher: Searcher) -> None:
    result = searcher.search(Query("BetrVG", Mode.LEXICAL, page=9))
    assert (result.hits, result.total.value) == ((), 2)


def test_passages_of_one_document_are_folded_into_the_best_or_shown_one_by_one(searcher: Searcher) -> None:
    question = "Schicht Planung Pausen"
    folded = searcher.search(Query(question, Mode.LEXICAL))
    single = searcher.search(Query(question, Mode.LEXICAL, group_by=Grouping.NONE))
    assert names(folded) == ["schicht", "dienst"]
    assert names(single).count("schicht") == 3
    assert folded.hits[0].passage == single.hits[0].passage
    assert [hit.more_in_document for hit in folded.hits] == [2, 0]
    assert (folded.total.value, single.total.value) == (2, 4)


def test_equal_scores_come_newest_first_and_always_in_the_same_order(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        for name, year in (("a", 2020), ("b", None), ("c", 2024), ("d", 2024)):
            put(knowledge_base, name, ["Gleicher Text über Pausen"], title="Gleich", year=year)
        knowledge_base.publish()
    searcher = Searcher(Reader(tmp_path))
    answers = [searcher.search(Query("Pausen", Mode.LEXICAL)) for _ in range(3)]
    assert [names(answer) for answer in answers] == [["c", "d", "a", "b"]] * 3
    assert {hit.score for hit in answers[0].hits} == {1}


def test_a_full_pool_says_that_there_may_be_more(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        for number in range(3):
            put(knowledge_base, f"n{number}", [f"Pausen, Regel {number} {row}" for row in range(POOL // 2)])
        knowledge_base.publish()
    total = Searcher(Reader(tmp_path)).search(Query("Pausen", Mode.LEXICAL, group_by=Grouping.NONE)).total
    assert (total.value, total.relation) == (POOL, "gte")


@pytest.mark.parametrize("question", ["und der die das", "Wie ist das?", "?!…–", "🙂", "\u200b", "'-'", "%_*\\"])
@pytest.mark.parametrize("mode", Mode)
def test_questions_without_words_are_answered(searcher: Searcher, question: str, mode: Mode) -> None:
    result = searcher.search(Query(question, mode))
    assert result.notices == ()
    assert mode is not Mode.LEXICAL or result.hits == ()
    assert all(hit.explanation.words == () for hit in result.hits)


@pytest.mark.parametrize(
    "text", ["x" * 2000, "Schichtplanung " * 133, "schichtplanung" * 142, "§" * 2000, "-" * 2000, "a\u0308" * 1000]
)
@pytest.mark.parametrize("mode", Mode)
def test_questions_of_2000_characters_are_answered(searcher: Searcher, text: str, mode: Mode) -> None:
    assert searcher.search(Query(text, mode)).total.value >= 0


@pytest.fixture(scope="module")
def root_without_vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ohne")
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        knowledge_base.publish()
    return root


@pytest.fixture(params=["no model", "not yet", "other model", "no vectors"])
def without_meaning(request: pytest.FixtureRequest, root: Path, root_without_vectors: Path) -> tuple[Searcher, str]:
    """A searcher that cannot search by meaning, and the reason it gives."""
    makers: dict[str, Callable[[], tuple[Searcher, str]]] = {
        "no model": lambda: (Searcher(Reader(root)), "Es ist kein Sprachmodell eingerichtet."),
        "not yet": lambda: (Searcher(Reader(root), None, "Das Sprachmodell wird gerade geladen."), "wird gerade geladen."),
        "other model": lambda: (
            Searcher(Reader(root), HashedWordsEmbedder(2048, "anderes@2")),
            "mit dem Modell hashed-words@1 aufgebaut, eingestellt ist anderes@2. Bitte das alte Modell einstellen oder",
        ),
        "no vectors": lambda: (
            Searcher(Reader(root_without_vectors), HashedWordsEmbedder(2048)),
            "enthält noch keine Vektoren.",
        ),
    }
    return makers[request.param]()


@pytest.mark.parametrize("mode", [Mode.HYBRID, Mode.SEMANTIC])
def test_without_meaning_words_answer_and_a_notice_says_why(without_meaning: tuple[Searcher, str], mode: Mode) -> None:
    searcher, reason = without_meaning
    result = searcher.search(Query("Mangel an Fachkräften", mode))
    assert names(result) == ["fachkraft", "azubi"]
    (notice,) = result.notices
    assert notice.startswith(OFF)
    assert reason in notice
    assert result.hits[0].explanation.lexical is not None
    assert result.hits[0].explanation.semantic is None


def test_who_asks_for_words_only_gets_no_notice(without_meaning: tuple[Searcher, str]) -> None:
    assert without_meaning[0].search(Query("Mangel", Mode.LEXICAL)).notices == ()


def test_the_status_says_whether_meaning_works(searcher: Searcher, without_meaning: tuple[Searcher, str]) -> None:
    status = searcher.status()
    assert (status.generation, status.documents, status.passages, status.model) == (1, 12, 15, "hashed-words@1")
    assert (status.semantic, status.notices) == (True, ())
    off = without_meaning[0].status()
    assert not off.semantic
    assert without_meaning[1] in off.notices[0]


def test_a_model_loaded_later_is_used_from_then_on(root: Path) -> None:
    searcher = Searcher(Reader(root), None, "Das Sprachmodell wird gerade geladen.")
    assert searcher.search(Query("Mangel")).notices != ()
    searcher.attach_embedder(HashedWordsEmbedder(2048))
    assert searcher.search(Query("Mangel")).notices == ()


def test_documents_and_passages_are_found_by_id(searcher: Searcher) -> None:
    assert searcher.document("d-schicht").metadata.year == 2023
    assert [passage.ordinal for passage in searcher.document_with_passages("d-schicht")[1]] == [0, 1, 2]
    for ask in (searcher.document, searcher.document_with_passages):
        with pytest.raises(NotFound, match="„d-fehlt“ gibt es nicht"):
            ask("d-fehlt")
    with pytest.raises(NotFound, match="Originaldatei"):
        searcher.original(searcher.document("d-schicht"))


def test_collections_are_counted_in_the_order_of_the_vocabulary(searcher: Searcher) -> None:
    assert list(searcher.collections().items()) == [
        ("praxisprojekte", 2), ("beratung", 2), ("wissen", 4), ("erfolg", 3), ("lernreisen", 1)
    ]  # fmt: skip


def test_an_empty_knowledge_base_answers_with_nothing(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        knowledge_base.publish()
    searcher = Searcher(Reader(tmp_path), HashedWordsEmbedder())
    result = searcher.search(Query("Pausen", filters=Filters({"collection": ("wissen",)})))
    assert (result.hits, result.total.value, result.total.relation) == ((), 0, "eq")
    assert searcher.status().documents == 0


def test_a_document_taken_in_without_the_model_is_found_by_its_words_and_the_rest_by_meaning(tmp_path: Path) -> None:
    embedder = HashedWordsEmbedder()
    with KnowledgeBase(tmp_path) as knowledge_base:
        put(knowledge_base, "alt", ["Pausen und Ruhezeiten im Betrieb", "Urlaub in der Probezeit"])
        knowledge_base.embed_missing(embedder)
        put(knowledge_base, "neu", ["Exoskelette am Band entlasten den Rücken"])
        knowledge_base.publish()
    searcher = Searcher(Reader(tmp_path), embedder)
    assert searcher.status().semantic
    assert searcher.search(Query("Exoskelette")).hits[0].document.id == "d-neu"
    assert searcher.search(Query("Pausen Betrieb", Mode.SEMANTIC)).hits[0].document.id == "d-alt"
