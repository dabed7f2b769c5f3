"""Several editions of one work: which answers, what is counted, what API and page say of the others."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.documents import Suggestion
from search_service.embedder import Vectors
from search_service.hits import Result
from search_service.knowledge_base.dense import DenseIndex
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import Filters, Mode, Query
from search_service.searcher import Searcher
from tests.search_service.hand_made import put
from tests.stand_in_embedder import HashedWordsEmbedder

SUGGESTED = (Suggestion("type", "guide", 0.824, ("Leitfaden", "Anleitung")), Suggestion("topics", "arbeitszeit", 0.9))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        work = {"title": "Pausen regeln", "type": "guide", "collection": "wissen"}
        put(knowledge_base, "alt", ["Pausen sind zu gewähren, auch im Akkord."], year=2021, **work)
        put(knowledge_base, "mittel", ["Pausen sind zu gewähren, auch nachts."], year=2023, **work)
        put(knowledge_base, "neu", ["Pausen sind zu gewähren."], year=2025, valid_until=date(2030, 1, 1), **work)
        put(
            knowledge_base,
            "fremd",
            ["Pausen im Lager."],
            year=2024,
            collection="erfolg",
            suggestions=SUGGESTED,
            isbn="9783161484100",
        )
        knowledge_base.set_newer_editions({"d-alt": "d-neu", "d-mittel": "d-neu"})
        knowledge_base.embed_missing(HashedWordsEmbedder(2048))
        knowledge_base.publish()
    return root


@pytest.fixture(scope="module")
def searcher(root: Path) -> Searcher:
    return Searcher(Reader(root), HashedWordsEmbedder(2048))


@pytest.fixture(scope="module")
def client(searcher: Searcher) -> TestClient:
    return TestClient(create_app(searcher))


def names(result: Result) -> set[str]:
    return {hit.document.id.removeprefix("d-") for hit in result.hits}


@pytest.mark.parametrize("mode", Mode)
def test_only_the_newest_edition_answers_unless_the_older_ones_are_asked_for(searcher: Searcher, mode: Mode) -> None:
    newest = searcher.search(Query("Pausen", mode))
    assert (names(newest), newest.total.value, newest.older_editions) == ({"neu", "fremd"}, 2, 2)
    everything = searcher.search(Query("Pausen", mode, Filters(older_editions=True)))
    assert (names(everything), everything.total.value, everything.older_editions) == ({"alt", "mittel", "neu", "fremd"}, 4, 2)


def test_facets_count_what_answers(searcher: Searcher) -> None:
    def count(query: Query) -> dict[str, int]:
        return {item.value: item.count for item in searcher.search(query).facets["year"]}

    assert count(Query("Pausen")) == {"2025": 1, "2024": 1}
    assert count(Query("Pausen", filters=Filters(older_editions=True))) == {"2025": 1, "2024": 1, "2023": 1, "2021": 1}
    assert searcher.library.collections()["wissen"] == 1


def test_a_document_asked_for_by_its_id_is_searched_even_if_a_newer_edition_answers_elsewhere(searcher: Searcher) -> None:
    result = searcher.search(Query("Pausen", filters=Filters(documents=("d-alt",))))
    assert (names(result), result.older_editions) == ({"alt"}, 0)


@pytest.mark.parametrize("mode", Mode)
def test_an_older_edition_gives_way_only_to_a_newer_one_that_passes_the_same_filters(searcher: Searcher, mode: Mode) -> None:
    def ask(**filters: Any) -> tuple[set[str], int, tuple[str, ...]]:
        result = searcher.search(Query("Pausen", mode, Filters(**filters)))
        return names(result), result.older_editions, result.notices

    assert ask(year_to=2021) == ({"alt"}, 0, ())
    assert ask(year_to=2023) == ({"mittel"}, 1, ())
    assert ask(year_to=2023, older_editions=True) == ({"alt", "mittel"}, 1, ())
    assert ask(year_from=2021) == ({"neu", "fremd"}, 2, ())
    assert ask(year_to=2020)[2] == (
        "Zu diesen Filtern gibt es kein Dokument. Bitte die Schreibweise prüfen oder einen Filter weglassen.",
    )


def test_a_hit_in_an_older_edition_says_that_there_is_a_newer_one(searcher: Searcher, client: TestClient) -> None:
    result = searcher.search(Query("Pausen", filters=Filters(older_editions=True)))
    marks = {hit.document.id: hit.edition for hit in result.hits}
    newer = "Neuere Ausgabe vorhanden"
    assert marks == {"d-alt": newer, "d-mittel": newer, "d-neu": None, "d-fremd": None}
    answer = client.get("/api/v1/search", params={"q": "Pausen", "editions": "all"}).json()
    linked = {hit["document"]["id"]: hit["document"]["newer_edition"] for hit in answer["hits"]}
    assert linked == {"d-alt": "d-neu", "d-mittel": "d-neu", "d-neu": None, "d-fremd": None}


class CountingIndex(DenseIndex):
    """Counts how often it is searched."""

    def __init__(self, index: DenseIndex) -> None:
        self._inner = index
        self.searches = 0

    @property
    def row_count(self) -> int:
        return self._inner.row_count

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        return self._inner.vectors(rows)

    def score(self, query: Vectors, rows: NDArray[np.int64]) -> Vectors:
        return self._inner.score(query, rows)

    def search(self, query: Vectors, limit: int, allowed: NDArray[np.int64] | None = None) -> tuple[NDArray[np.int64], Vectors]:
        self.searches += 1
        return self._inner.search(query, limit, allowed)


@pytest.mark.parametrize("mode", [Mode.HYBRID, Mode.SEMANTIC])
def test_older_editions_cost_no_second_search(root: Path, mode: Mode) -> None:
    reader = Reader(root)
    generation, _ = reader.current()
    assert generation.dense is not None
    generation.dense = counting = CountingIndex(generation.dense)
    result = Searcher(reader, HashedWordsEmbedder(2048)).search(Query("Pausen", mode))
    assert (counting.searches, result.older_editions) == (1, 2)


@pytest.mark.parametrize("older", [3, 12, 40])
def test_older_editions_take_no_place_in_the_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: int) -> None:
    monkeypatch.setattr("search_service.candidates.POOL", 10)
    with KnowledgeBase(tmp_path) as knowledge_base:
        for number in range(older):
            put(knowledge_base, f"alt{number}", ["Pausen regeln" + f" gut{number}" * number])  # each a little further away
        for number in range(15):
            put(knowledge_base, f"neu{number}", ["Pausen regeln" + f" schlecht{number}" * (50 + number)])
        knowledge_base.set_newer_editions({f"d-alt{number}": "d-neu0" for number in range(older)})
        knowledge_base.embed_missing(HashedWordsEmbedder(2048))
        knowledge_base.publish()
    searcher = Searcher(Reader(tmp_path), HashedWordsEmbedder(2048))
    for mode in Mode:
        result = searcher.search(Query("Pausen regeln", mode, page_size=100))
        assert {name[:3] for name in names(result)} == {"neu"}
        assert result.total.value >= 10
        everything = searcher.search(Query("Pausen regeln", mode, Filters(older_editions=True), page_size=100))
        shown = [name for name in names(everything) if name.startswith("alt")]
        assert result.older_editions == everything.older_editions == len(shown)


def test_no_checkbox_without_older_editions(client: TestClient) -> None:
    assert "auch ältere Ausgaben" not in client.get("/suche", params={"q": "Lager", "mode": "lexical"}).text


def test_if_the_newer_one_is_removed_the_older_ones_answer_again(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        put(knowledge_base, "alt", ["Pausen sind zu gewähren."])
        put(knowledge_base, "neu", ["Pausen sind zu gewähren."])
        knowledge_base.set_newer_editions({"d-alt": "d-neu"})
        knowledge_base.publish()
        searcher = Searcher(Reader(tmp_path))
        assert names(searcher.search(Query("Pausen"))) == {"neu"}
        knowledge_base.remove(["d-neu"])
        knowledge_base.publish()
    assert names(searcher.search(Query("Pausen"))) == {"alt"}


def test_linking_anew_writes_only_what_changes(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        put(knowledge_base, "alt", ["Pausen"])
        put(knowledge_base, "neu", ["Pausen"])
        knowledge_base.set_newer_editions({"d-alt": "d-neu"})
        assert knowledge_base.publish() == 1
        knowledge_base.set_newer_editions({"d-alt": "d-neu"})
        assert knowledge_base.publish() is None
        knowledge_base.set_newer_editions({})
        assert knowledge_base.publish() == 2
        assert [document.newer_edition for document in knowledge_base.documents()] == [None, None]


def test_signatures_are_kept_until_their_document_is_put_again(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        put(knowledge_base, "a", ["Eins", "Zwei"])
        put(knowledge_base, "b", ["Drei"])
        knowledge_base.put_signatures(1, {"d-a": b"\x01\x02", "d-b": b""})
        assert knowledge_base.signatures(1) == {"d-a": b"\x01\x02", "d-b": b""}
        assert knowledge_base.signatures(2) == {}
        put(knowledge_base, "a", ["Eins"])
        assert knowledge_base.signatures(1) == {"d-b": b""}
        assert (knowledge_base.texts_of("d-a"), knowledge_base.texts_of("d-fehlt")) == (["Eins"], [])


def test_the_interface_names_editions_and_identifiers(client: TestClient) -> None:
    old = client.get("/api/v1/documents/d-alt").json()
    assert old["newer_edition"] == "d-neu"
    assert old["editions"] == [
        {"id": "d-neu", "title": "Pausen regeln", "year": 2025, "relation": "newer", "url": "/dokument/d-neu"}
    ]
    new = client.get("/api/v1/documents/d-neu").json()
    assert new["newer_edition"] is None
    assert [(each["id"], each["relation"]) for each in new["editions"]] == [("d-mittel", "older"), ("d-alt", "older")]
    assert client.get("/api/v1/documents/d-fremd").json()["isbn"] == "9783161484100"


def test_the_interface_takes_editions_and_refuses_what_it_does_not_know(client: TestClient) -> None:
    by_get = client.get("/api/v1/search", params={"q": "Pausen", "editions": "all"}).json()
    by_post = client.post("/api/v1/search", json={"q": "Pausen", "filters": {"editions": "all"}}).json()
    for answer in (by_get, by_post):
        answer.pop("took_ms")
    assert by_get == by_post
    assert (by_get["total"]["value"], by_get["older_editions"]) == (4, 2)
    assert client.get("/api/v1/search", params={"q": "Pausen", "editions": "some"}).status_code == 422
    assert by_get["query_id"] != client.get("/api/v1/search", params={"q": "Pausen"}).json()["query_id"]


def test_suggestions_are_shown_as_such_and_neither_counted_nor_filtered_by(client: TestClient) -> None:
    answer = client.get("/api/v1/documents/d-fremd").json()
    assert answer["type"] is None
    assert answer["suggestions"][0] == {
        "field": "type", "value": "guide", "label": "Leitfaden", "confidence": 0.82, "evidence": ["Leitfaden", "Anleitung"],
    }  # fmt: skip
    page = client.get("/dokument/d-fremd").text
    assert "Vorschlag: Leitfaden (aus dem Text, 82\u00a0%: „Leitfaden“, „Anleitung“)" in page
    guides = client.get("/api/v1/search", params={"q": "Pausen", "type": "guide"}).json()
    assert "d-fremd" not in {hit["document"]["id"] for hit in guides["hits"]}
    assert [item["count"] for item in guides["facets"]["type"] if item["value"] == "guide"] == [1]


def test_the_page_of_an_edition_leads_to_the_others(client: TestClient) -> None:
    old = client.get("/dokument/d-alt").text
    assert 'Neuere Ausgabe vorhanden: <a href="/dokument/d-neu">Pausen regeln (2025), TXT</a>' in old
    new = client.get("/dokument/d-neu").text
    assert "Neuere Ausgabe" not in new
    assert new.index("Pausen regeln (2023), TXT") < new.index("Pausen regeln (2021), TXT")
    assert new.count("<dt>Ältere Ausgabe</dt>") == 2
    assert "<dt>ISBN</dt><dd>9783161484100</dd>" in client.get("/dokument/d-fremd").text


def test_the_page_of_results_offers_and_marks_older_editions(client: TestClient) -> None:
    newest = client.get("/suche", params={"q": "Pausen"}).text
    assert "auch ältere Ausgaben" in newest
    assert '<span class="badge">Neuere Ausgabe vorhanden</span>' not in newest
    everything = client.get("/suche", params={"q": "Pausen", "editions": "all"}).text
    assert everything.count('<span class="badge">Neuere Ausgabe vorhanden</span>') == 2
    assert 'name="editions" value="all" checked' in everything
    assert "Ausgaben: auch ältere" in everything
    nothing = client.get("/suche", params={"q": "Akkord", "mode": "lexical"}).text
    assert "Auch in älteren Ausgaben suchen" in nothing
