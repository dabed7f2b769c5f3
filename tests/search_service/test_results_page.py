"""The German page of results as HTML, over a real knowledge base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.hits import Total
from search_service.queries import Grouping, Mode, Query
from search_service.searcher import Searcher
from search_service.site.pages import EXAMPLES
from search_service.site.results_view import view_results
from search_service.synonyms import parse_synonyms
from tests.search_service.page_reader import BROWSER, read, text
from tests.search_service.served import ODD_QUESTIONS
from tests.search_service.small_library import CASE, GUIDE, LEAFLETS, OLD_GLOSSARY


@pytest.fixture(scope="module")
def client(searcher: Searcher) -> Iterator[TestClient]:
    with TestClient(create_app(searcher), headers=BROWSER) as client:
        yield client


@pytest.fixture(autouse=True)
def forget_language(client: TestClient) -> Iterator[None]:
    yield
    client.cookies.clear()


# --- Results ----------------------------------------------------------------------------------------------------------


def test_a_hit_shows_title_place_snippet_source_and_citation(client):
    page = read(client, "/suche", q="Mitbestimmung KI", mode="lexical")
    (hit,) = page.xpath("//ol[@class='hits']/li")
    passage = hit.get("data-passage")
    assert hit.get("data-document") == GUIDE
    assert hit.xpath(".//*[@data-title]//a/@href") == [f"/dokument/{GUIDE}#{passage}"]
    shown = text(hit)
    assert "S. 12 (PDF-Seite 15)" in shown
    assert "Ch@nge Wissen · Leitfaden · 2025 · Zukunfts-HUB Ruhr" in shown
    assert "1 Recht › 1.1 Mitbestimmung" in shown
    assert [mark.text for mark in hit.iter("mark")] == ["KI"]
    (source,) = hit.xpath(".//a[contains(., 'Quelle')]")
    assert text(source).startswith("Quelle auf Seite 12 ansehen")
    target = urlsplit(source.get("href"))
    assert (target.path, target.fragment) == (f"/dokument/{GUIDE}/quelle", passage)
    assert parse_qs(target.query) == {"stelle": [passage], "zurueck": ["/suche?q=Mitbestimmung+KI&mode=lexical"]}
    (file,) = hit.xpath(".//a[starts-with(., 'Datei (PDF)')]/@href")
    assert file.endswith("/file#page=15")
    assert text(hit.xpath(".//*[@data-citation]//*[@class='citation']")[0]).endswith("S. 12 (PDF-Seite 15).")
    assert "Enthält „KI“. Die Bedeutung wurde nicht verglichen. Alles zusammen: wahrscheinlich passend (0,57)." in shown
    assert text(hit.xpath(".//*[@class='fit']")[0]) == "Einschätzung: wahrscheinlich passend"
    assert hit.xpath(".//*[@data-actions]/@data-actions") == [passage]


def test_markup_of_documents_is_shown_and_not_obeyed(client):
    for path in (f"/suche?{urlencode({'q': 'Protokoll Gespräch'})}", f"/dokument/{CASE}"):
        page = read(client, path)
        assert 'Fallbericht <script>alert("x")</script> & Übergabe' in text(page)
        assert "<b>zwischen</b>" in text(page)


@pytest.mark.parametrize("question", ODD_QUESTIONS.values(), ids=ODD_QUESTIONS.keys())
def test_odd_questions_get_a_whole_page(client, question):
    page = read(client, "/suche", q=question)
    assert page.xpath("//ol[@class='hits']/li | //*[@role='status']/p | //div[@class='empty']")


@pytest.mark.parametrize(
    "question", ['<script>alert("x")</script>', '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "😀 §", "a&b=c#d"]
)
def test_a_question_with_markup_comes_back_as_text(client, question):
    page = read(client, "/suche", q=question)
    assert page.xpath("//input[@name='q']/@value") == [question]


def test_a_note_stands_as_a_badge_and_validity_is_told(client):
    page = read(client, "/suche", q="Protokoll Gespräch", collection="erfolg")
    assert page.xpath("//*[@class='badge']/text()") == ["Konstruierter Fallbericht"]
    assert "gültig bis 31. Dezember 2026" in text(page)


def test_filters_are_a_form_and_active_ones_can_be_taken_off_one_by_one(client):
    page = read(client, "/suche", q="Schichtplanung Betriebsrat", mode="lexical", type=["advice", "guide"], von="2012")
    checked = page.xpath("//input[@type='checkbox'][@checked]/@value")
    assert sorted(checked) == ["advice", "guide"]
    assert page.xpath("//select[@name='von']/option[@selected]/@value") == ["2012"]
    assert set(page.xpath("//aside//input/@form | //aside//select/@form | //aside//button/@form")) == {"suche"}
    chips = {text(chip): chip.get("href") for chip in page.xpath("//ul[@class='chips']//a")}
    assert set(chips) == {
        "Filter entfernen: Art: Beratung ×",
        "Filter entfernen: Art: Leitfaden ×",
        "Filter entfernen: Jahr: ab 2012 ×",
        "Alle Filter entfernen",
    }
    without = read(client, chips["Filter entfernen: Art: Leitfaden ×"])
    assert without.xpath("//input[@type='checkbox'][@checked]/@value") == ["advice"]
    assert not read(client, chips["Alle Filter entfernen"]).xpath("//ul[@class='chips']")


def test_paging_leads_through_all_hits_and_says_where_one_is(client):
    first = read(client, "/suche", q="Schichtplanung", mode="lexical")
    assert f"{LEAFLETS} Textstellen" in text(first.find(".//h1"))
    assert first.xpath("//nav[@class='paging']//a[@aria-current='page']/text()") == ["1"]
    second = read(client, first.xpath("//a[@rel='next']/@href")[0])
    assert len(second.xpath("//ol[@class='hits']/li")) == LEAFLETS - 10
    assert second.xpath("//ol[@class='hits']/@start") == ["11"]
    assert not second.xpath("//a[@rel='next']")
    assert "So viele Seiten" in text(read(client, "/suche", q="Schichtplanung", mode="lexical", page=9))


def test_further_passages_of_a_document_are_one_link_away(client):
    page = read(client, "/suche", q="Betriebsrat Einführung", mode="lexical")
    assert len(page.xpath("//ol[@class='hits']/li")) == 2
    (more,) = page.xpath("//a[contains(., 'Mehr aus diesem Dokument')]")
    inside = read(client, more.get("href"))
    assert len(inside.xpath("//ol[@class='hits']/li")) == 3
    assert "Nur in: Leitfaden Künstliche Intelligenz im Betrieb" in text(inside)
    assert not inside.xpath("//a[contains(., 'Mehr aus')]")
    (back,) = inside.xpath("//ul[@class='chips']//a/@href")
    assert len(read(client, back).xpath("//ol[@class='hits']/li")) == 2


def test_where_no_passage_is_held_back_no_link_promises_more(client):
    page = read(client, "/suche", q="Einigungsstelle", mode="lexical")
    assert page.xpath("//ol[@class='hits']/li")
    assert not page.xpath("//a[contains(., 'Mehr aus')]")


def test_a_passage_that_two_documents_share_names_the_other(client):
    page = read(client, "/suche", q="Exoskelett")
    (also,) = page.xpath("//p[@class='also']")
    assert text(also) == "Fast gleich auch in: Glossar"
    assert also.xpath("a/@href") == [f"/dokument/{OLD_GLOSSARY}"]


def test_the_sentence_that_answers_is_marked_beside_the_words(client):
    page = read(client, "/suche", q="Mitbestimmung bei KI: was sagt § 87?")
    (sentence,) = page.xpath("(//ol[@class='hits']/li)[1]//p[@class='snippet']/em")
    assert text(sentence) == "Der Betriebsrat bestimmt bei der Einführung von KI mit."


# --- Words back to who asked ------------------------------------------------------------------------------------------


def test_a_corrected_question_says_so_and_offers_the_way_back(client):
    page = read(client, "/suche", q="Gedechtnis", mode="lexical", collection="praxisprojekte")
    (line,) = page.xpath("//p[@class='spelling']")
    assert text(line) == "Gesucht wurde nach „Gedächtnis“. Stattdessen nach „Gedechtnis“ suchen."
    assert page.xpath("//input[@name='q']/@value") == ["Gedechtnis"]
    typed = read(client, line.find("a").get("href"))
    assert not typed.xpath("//p[@class='spelling']")
    chips = {text(chip): chip.get("href") for chip in typed.xpath("//ul[@class='chips']//a")}
    assert "Filter entfernen: Sammlung: Pr@xisprojekte ×" in chips
    again = read(client, chips["Filter entfernen: Schreibweise: wie eingegeben ×"])
    assert again.xpath("//p[@class='spelling']")


def test_filters_keep_the_spelling_as_typed_and_a_new_question_is_corrected_again(client):
    page = read(client, "/suche", q="Übergabe", mode="lexical", verbatim="true")
    assert page.xpath("//button[@name='verbatim']/text()") == ["Sortieren", "Filter anwenden"]
    assert not page.xpath("//input[@name='verbatim']")
    assert not read(client, "/suche", q="Übergabe", mode="lexical").xpath("//button[@name='verbatim']")


def test_an_unsure_spelling_is_offered_as_a_link(client):
    page = read(client, "/suche", q="Betribsrat", mode="lexical")
    (line,) = page.xpath("//p[@class='spelling']")
    assert text(line) == "Meinten Sie „Betriebsrat“?"
    assert read(client, line.find("a").get("href")).xpath("//ol[@class='hits']/li")


def test_what_else_was_searched_is_told(searcher):
    thesaurus = parse_synonyms("Gremium, Betriebsrat\nKI, Künstliche Intelligenz", "x")
    with TestClient(
        create_app(Searcher(searcher._reader, None, "Kein Modell.", thesaurus=thesaurus)), headers=BROWSER
    ) as client:
        page = read(client, "/suche", q="Gremium und KI")
    (line,) = page.xpath("//p[contains(@class, 'also-searched')]")
    assert text(line) == "Auch gesucht: „Gremium“ als Betriebsrat; „KI“ als Künstliche Intelligenz."


def test_where_nothing_fits_that_is_said_first_and_what_comes_nearest_is_folded_away(client):
    page = read(client, "/suche", q="Quastenflosser Tiefsee Übergabe")
    assert page.findtext(".//h1") == "Dazu haben wir nichts Passendes gefunden."
    assert "Keine Textstelle beantwortet „Quastenflosser Tiefsee Übergabe“" in text(page)
    assert "gewählten Filter" not in text(page)
    topics = page.xpath("//h2[text()='Nahe Themen']/following-sibling::ul[@class='topics']//a")
    assert len(topics) == 5
    read(client, topics[0].get("href"))
    (nearest,) = page.xpath("//details[@class='nearest']")
    assert text(nearest.find("summary")) == "Was am nächsten kommt"
    assert nearest.get("open") is None
    assert len(nearest.xpath(".//ol[@class='hits']/li")) == 10
    assert not page.xpath("//ol[@class='hits'][not(ancestor::details)]")
    assert not page.xpath("//aside")
    second = read(client, nearest.xpath(".//a[@rel='next']/@href")[0])
    assert second.xpath("//details[@class='nearest'][@open]//ol[@class='hits']/@start") == ["11"]


@pytest.mark.parametrize("question", ["asdfgh qwertz", "x" * 2000])
def test_where_there_are_no_near_topics_there_are_examples(client, question):
    page = read(client, "/suche", q=question, mode="lexical")
    assert not page.xpath("//h2[text()='Nahe Themen']")
    examples = page.xpath("//h2[text()='Zum Beispiel']/following-sibling::ul[@class='topics']//a")
    assert tuple(map(text, examples)) == EXAMPLES


def test_where_no_hit_of_the_first_page_is_probable_that_is_said(searcher):
    query = Query("Schichtplanung")
    result = searcher.search(query)

    def is_doubtful(*relevances: float, fitting: bool = True, page: int = 1) -> bool:
        hits = tuple(replace(hit, relevance=value) for hit, value in zip(result.hits, relevances, strict=False))
        return view_results(replace(result, hits=hits, fitting=fitting), replace(query, page=page)).doubtful

    assert is_doubtful(0.49, 0.2)
    assert not is_doubtful(0.2, 0.5)  # the newest come first
    assert not is_doubtful(0.2, page=2)  # the best stand on the page before
    assert not is_doubtful(0.2, fitting=False)  # the page says that nothing fits


def test_a_doubtful_list_says_so_in_both_languages(client):
    for language, sentence in (("standard", "Nichts davon passt sicher."), ("einfach", "Vielleicht passt nichts davon.")):
        doubtful = read(client, "/suche", q="Quastenflosser Stütze", sprache=language)
        assert text(doubtful.xpath("//p[@class='doubt']")[0]).startswith(sentence)
        assert not read(client, "/suche", q="Schichtplanung", sprache=language).xpath("//p[@class='doubt']")


def test_signs_and_abbreviations_stay_with_their_numbers_and_the_marks_where_they_were(client):
    hit = read(client, "/suche", q="Mitbestimmung bei KI: was sagt § 87?").xpath("(//ol[@class='hits']/li)[1]")[0]
    assert hit.xpath(".//p[@class='citation']")[0].text_content().endswith("S.\u00a012 (PDF-Seite\u00a015).")
    assert "§\u00a087" in [mark.text for mark in hit.iter("mark")]


def test_nothing_found_is_said_with_what_to_try(client):
    page = read(client, "/suche", q="Quastenflosser", mode="lexical", collection="wissen")
    assert page.findtext(".//h1") == "Dazu haben wir nichts Passendes gefunden."
    assert not page.xpath("//details[@class='nearest']")
    assert "Zu „Quastenflosser“ steht nichts in der Wissensdatenbank. Das gilt für die gewählten Filter" in text(page)
    assert page.xpath("//a[text()='Ohne Filter suchen']")


def test_a_notice_is_shown_in_a_status_box(searcher):
    by_words = Searcher(searcher._reader, None, "Das Sprachmodell fehlt.")
    with TestClient(create_app(by_words), headers=BROWSER) as client:
        for path in ("/", "/suche?q=Betriebsrat"):
            assert "Das Sprachmodell fehlt." in text(read(client, path).xpath("//*[@role='status']")[0])


def test_page_numbers_show_first_last_and_neighbours(searcher):
    result = searcher.search(Query("Schichtplanung", page_size=1, page=7))
    numbers = [page.number for page in view_results(result, Query("Schichtplanung", page_size=1, page=7)).pages]
    last = result.total.value
    assert numbers == [1, 0, 6, 7, 8, 0, last]


def test_a_chosen_filter_that_matches_nothing_can_still_be_unticked(client):
    page = read(client, "/suche", q="Betriebsrat", mode="lexical", sector="gesundheit")
    assert page.xpath("//input[@name='sector'][@checked]/@value") == ["gesundheit"]


# --- Count, order and odd questions -----------------------------------------------------------------------------------


def test_the_count_is_exact_or_that_of_the_best_and_never_a_lower_bound(searcher):
    query = Query("Schichtplanung", mode=Mode.LEXICAL)
    result = searcher.search(query)

    def tell(value: int, relation: str, grouping: Grouping = Grouping.SPREAD) -> str:
        return view_results(replace(result, total=Total(value, relation)), replace(query, group_by=grouping)).count

    assert tell(88, "gte") == "Die 88 besten Textstellen"
    assert tell(1234, "eq") == "1.234 Textstellen"
    assert [tell(1, "eq"), tell(1, "gte")] == ["1 Textstelle", "1 Textstelle"]
    assert [tell(1, "eq", Grouping.DOCUMENT), tell(9, "gte", Grouping.DOCUMENT)] == ["1 Dokument", "Die 9 besten Dokumente"]


def test_the_newest_come_first_on_request_and_stay_so_with_every_link(client):
    page = read(client, "/suche", q="Schichtplanung", mode="lexical", type="advice", sort="year")
    years = [int(text(facts).split(" · ")[2]) for facts in page.xpath("//ol[@class='hits']//p[@class='facts']")]
    assert years == list(range(2010 + LEAFLETS, 2010 + LEAFLETS - 10, -1))
    assert page.xpath("//select[@name='sort'][@form='suche']/option[@selected]/@value") == ["year"]
    (label,) = page.xpath("//label[@for=//select[@name='sort']/@id]")
    assert text(label) == "Reihenfolge"
    kept = page.xpath("//nav[@class='paging']//a/@href | //ul[@class='chips']//a/@href")
    assert len(kept) == 4
    assert all("sort=year" in link for link in kept)
    unsorted = read(client, "/suche", q="Schichtplanung", mode="lexical")
    assert unsorted.xpath("//select[@name='sort']/option[@selected]/@value") == ["relevance"]
    assert "sort=" not in " ".join(unsorted.xpath("//nav[@class='paging']//a/@href"))


def test_all_filters_can_be_chosen_with_the_number_of_their_documents(searcher):
    query = Query("Betriebsrat Übergabe Schichtplanung")
    view = view_results(searcher.search(query), query)
    counts = {group.name: {choice.label: choice.count for choice in (*group.first, *group.rest)} for group in view.groups}
    assert counts["collection"]["Ch@nge Beratung"] == counts["type"]["Beratung"] == LEAFLETS
    assert {"sector", "topic", "publisher"} <= {name for name, values in counts.items() if values}
    assert [year.value for year in view.years] == sorted((year.value for year in view.years), reverse=True)


@pytest.mark.parametrize("question", ['"Schichtplanung"', "„Schichtplanung“", "»Schichtplanung«"])
def test_quotes_of_a_question_are_not_doubled(client, question):
    page = read(client, "/suche", q=question, mode="lexical")
    assert text(page.find(".//h1")) == f"{LEAFLETS} Textstellen zu „Schichtplanung“"
    assert page.xpath("//input[@name='q']/@value") == [question]


def test_the_way_back_from_a_source_is_left_out_where_it_makes_the_address_too_long(client):
    page = read(client, "/suche", q="Schichtplanung " * 60, mode="lexical")
    sources = page.xpath("//a[@class='source']/@href")
    assert len(sources) == 10
    assert not any("zurueck" in source for source in sources)


@pytest.mark.parametrize("question", ["und", "der die das", "???", "-Schichtplanung"])
def test_a_question_without_a_word_that_tells_anything_is_asked_for_one(client, question):
    page = read(client, "/suche", q=question)
    assert page.findtext(".//h1") == "Bitte nennen Sie ein Stichwort."
    assert page.xpath("//*[@role='status']/p")
    assert not page.xpath("//ol[@class='hits'][not(ancestor::details)]")
    assert "beantwortet" not in text(page.find(".//main"))


def test_a_corrected_question_heads_the_list_as_it_was_searched(client):
    page = read(client, "/suche", q="Gedechtnis", mode="lexical")
    assert text(page.find(".//h1")) == "1 Textstelle zu „Gedächtnis“"


def test_the_page_of_results_speaks_plain_language_on_request(client):
    page = read(client, "/suche", q="Quastenflosser", mode="lexical", sprache="einfach")
    assert page.findtext(".//h1") == "Dazu haben wir nichts Passendes gefunden."
    assert "Zu „Quastenflosser“ haben wir keinen Text." in text(page)
    found = text(read(client, "/suche", q="Schichtplanung", mode="lexical", sprache="einfach"))
    assert f"{LEAFLETS} Stellen zu „Schichtplanung“" in found
    assert "Warum sehe ich das?" in found
    assert "Ordnen und auswählen" in found


def test_what_stands_for_the_question_in_a_text_is_no_placeholder_in_a_question(client):
    page = read(client, "/suche", q="Quastenflosser {frage} <xyz>", mode="lexical")
    assert "Zu „Quastenflosser {frage} <xyz>“ steht nichts" in text(page)
