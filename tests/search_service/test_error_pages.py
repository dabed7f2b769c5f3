"""What goes wrong, as readers see it: a calm page in their language, with the way on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.documents import make_passage_ids
from search_service.edge.policy import Policy
from search_service.edge.rates import Allowance
from search_service.errors import KnowledgeBaseMissing
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.language import Language
from search_service.problems import BUSY, INVALID_QUERY, KINDS, NOT_FOUND, TOO_MANY_REQUESTS, WRONG_METHOD
from search_service.searcher import Searcher
from search_service.site.error_view import view_error
from search_service.site.interface_texts import load_texts
from tests.search_service.page_reader import BROWSER, read, text
from tests.search_service.served import CrashingSearcher
from tests.search_service.small_library import GUIDE, build_library

EASY, STANDARD = Language.EASY, Language.STANDARD
TEXTS = {language: texts["error"] for language, texts in load_texts().items()}
LAW = "Der Betriebsrat bestimmt bei der Einführung von KI mit.\nDas folgt aus § 87 Abs. 1 Nr. 6 BetrVG."


def view(kind, detail="", language=STANDARD, here="/suche?q=x", seconds=None):
    return view_error(kind, detail, TEXTS[language], language, here=here, seconds=seconds)


@pytest.fixture(scope="module")
def client(searcher: Searcher) -> Iterator[TestClient]:
    with TestClient(create_app(searcher), headers=BROWSER) as client:
        yield client


def page_for(app, path: str, status: int, **parameters: object):
    with TestClient(app, headers=BROWSER) as client:
        return read(client, path, status, **parameters)


# --- By hand ------------------------------------------------------------------------------------------------------------


def test_what_the_error_itself_says_comes_before_what_is_said_of_its_kind():
    assert view(NOT_FOUND, "Ein Dokument d1 gibt es nicht.").told == ("Ein Dokument d1 gibt es nicht.",)
    assert view(NOT_FOUND).told == (TEXTS[STANDARD]["nicht-gefunden"],)


def test_plain_language_explains_first_and_keeps_what_the_error_says():
    told = view(INVALID_QUERY, "Die Frage ist zu lang: 2.001 Zeichen.", EASY).told
    assert told == (TEXTS[EASY]["ungueltige-anfrage"], "Die Frage ist zu lang: 2.001 Zeichen.")


def test_every_kind_of_problem_says_something_in_both_languages():
    for kind in KINDS:
        for language in Language:
            assert view(kind, "" if kind.detail else "Genaues.", language).told, (kind, language)


def test_what_passes_can_be_tried_again_and_says_when():
    busy = view(BUSY, seconds="7")
    assert (busy.again, "7 Sekunden" in busy.told[-1]) == ("/suche?q=x", True)
    assert view(BUSY, here=None).again is None
    for kind in (NOT_FOUND, INVALID_QUERY, WRONG_METHOD):
        assert view(kind, "Genaues.").again is None


def test_only_the_question_is_marked_wrong_where_it_is_wrong():
    assert [view(kind, "Genaues.").is_question_wrong for kind in (INVALID_QUERY, NOT_FOUND, BUSY)] == [True, False, False]


def test_texts_of_kinds_belong_to_kinds_there_are():
    assert {name for name in TEXTS[STANDARD] if "-" in name or name == "ausgelastet"} <= {kind.slug for kind in KINDS}


# --- Over HTTP ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_without_an_index_the_question_waits_in_its_field_for_another_try(language):
    app = create_app(CrashingSearcher(KnowledgeBaseMissing("Keine.")))
    page = page_for(app, "/suche", 503, q="Darf <b>mein</b> Chef?", sprache=language)
    assert TEXTS[language]["nicht-bereit"] in text(page)
    assert "30 Sekunden" in text(page)
    (again,) = page.xpath("//a[@class='button']")
    assert (text(again), again.get("href")) == (
        "Noch einmal versuchen", f"/suche?q=Darf+%3Cb%3Emein%3C%2Fb%3E+Chef%3F&sprache={language}"
    )  # fmt: skip
    assert page.xpath("//input[@name='q']/@value") == ["Darf <b>mein</b> Chef?"]
    assert not page.xpath("//input[@aria-invalid]")


def test_too_many_questions_are_told_when_to_come_back(searcher: Searcher):
    app = create_app(searcher, policy=Policy(allowance=Allowance(6, 1)))
    with TestClient(app, headers=BROWSER) as client:
        assert client.get("/hilfe").status_code == 200
        page = read(client, "/suche?q=x", 429)
        assert TOO_MANY_REQUESTS.title == text(page.find(".//h1"))
        assert "Sekunden können Sie es noch einmal versuchen" in text(page)
        assert "Retry-After" not in text(page)
        assert page.xpath("//a[@class='button']/@href") == ["/suche?q=x"]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("path", ["/nichts", "/dokument/unbekannt", "/p/unbekannt", "/%2e%2e/etc/passwd"])
def test_a_dead_address_leads_on_by_the_search(client: TestClient, path: str, language: Language):
    client.cookies.clear()
    page = read(client, f"{path}?sprache={language}", 404)
    assert text(page.find(".//h1")) == "Nicht gefunden"
    assert page.xpath("//form[@role='search']")
    assert page.xpath("//main//p/a/@href[starts-with(., '/hilfe')]")
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    order = [element.tag for element in page.iter("h1", "form", "footer")]
    assert order == ["h1", "form", "footer"]


@pytest.fixture
def withdrawn(tmp_path: Path) -> Iterator[TestClient]:
    searcher = build_library(tmp_path)
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        knowledge_base.withdraw(GUIDE, "Die <b>Rechtslage</b> hat sich geändert.")
        knowledge_base.publish()
    with TestClient(create_app(searcher), headers=BROWSER) as client:
        yield client


def test_a_withdrawn_document_and_links_into_it_say_so_in_both_languages(withdrawn: TestClient):
    (law,) = make_passage_ids(GUIDE, [LAW])
    for language, heading in (
        (STANDARD, "Dieses Dokument wurde zurückgezogen"),
        (EASY, "Dieses Dokument gibt es hier nicht mehr"),
    ):
        page = read(withdrawn, f"/p/{law}", 410, sprache=language)
        assert text(page.find(".//h1")) == heading
        assert "Die <b>Rechtslage</b> hat sich geändert." in text(page)
        gone = read(withdrawn, f"/dokument/{GUIDE}", 410, sprache=language)
        assert text(gone.find(".//h1")) == "Zurückgezogen"
        told = text(gone.xpath("//*[@role='alert']")[0])
        assert "zurückgezogen" in told
        assert (TEXTS[EASY]["zurueckgezogen"] in told) is (language is EASY)


def test_without_a_model_start_and_results_say_that_only_words_are_searched(tmp_path: Path):
    build_library(tmp_path)
    wordy = Searcher(Reader(tmp_path / "kb"), None, "Das Sprachmodell fehlt.")
    app = create_app(wordy)
    for path in ("/", "/suche?q=Betriebsrat"):
        assert "Das Sprachmodell fehlt." in text(page_for(app, path, 200).xpath("//*[@role='status']")[0]), path


def test_a_crash_can_be_tried_again_unless_something_was_sent(client: TestClient):
    app = create_app(CrashingSearcher(ZeroDivisionError("geheim")))
    assert page_for(app, "/suche", 500, q="x").xpath("//a[@class='button']/@href") == ["/suche?q=x"]
    sent = client.post("/suche")
    assert (sent.status_code, "Noch einmal versuchen" in sent.text) == (405, False)
