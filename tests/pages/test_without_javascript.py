"""Every task of a reader with JavaScript switched off; only suggestions and the Merkliste need it."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tests.pages.house import House
from tests.pages.states import FEW, QUESTION, open_sheet, read_source
from tests.pages.visit import Visit

pytestmark = pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["off"])
EVERYDAY = "Betriebsrat bestimmt bei der Schichtplanung mit"


def test_one_searches_filters_and_opens_a_document(visit: Visit):
    page = visit.open("/")
    page.get_by_role("searchbox").fill(EVERYDAY)
    page.get_by_role("button", name="Suchen").click()
    expect(page).to_have_title(f"{EVERYDAY} – Suche – Ch@nge Wissen")
    expect(page.locator("ol.hits > li")).to_have_count(10)

    guides = page.get_by_role("checkbox", name="Leitfaden")
    guides.check()
    page.locator("aside button:not(.quiet)").click()
    expect(page.get_by_text("Art: Leitfaden")).to_be_visible()
    expect(guides).to_be_checked()
    titles = page.locator("ol.hits h2").all_inner_texts()
    assert "Leitfaden Künstliche Intelligenz im Betrieb" in titles
    assert not any("Merkblatt" in title for title in titles)
    assert page.get_by_role("searchbox").input_value() == EVERYDAY

    page.get_by_role("link", name="Filter entfernen: Art: Leitfaden").click()
    expect(guides).not_to_be_checked()

    page.get_by_role("link", name="Leitfaden Künstliche Intelligenz im Betrieb", exact=True).first.click()
    expect(page.locator("h1")).to_contain_text("Leitfaden Künstliche Intelligenz im Betrieb")
    expect(page.locator("section.passage:target")).to_have_count(1)


def test_the_way_of_searching_and_a_collection_can_be_chosen(visit: Visit):
    page = visit.open("/")
    page.get_by_text("Suchart: Wörter und Bedeutung").click()
    page.get_by_label("Nur Wörter").check()
    page.get_by_label("Ch@nge Erfolg").check()
    page.get_by_role("searchbox").fill("Übergabe")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Suchart: Nur Wörter")).to_be_visible()
    expect(page.locator("ol.hits > li")).to_have_count(1)
    expect(page.locator(".badge").first).to_have_text("Konstruierter Fallbericht")


def test_an_example_is_asked_sorted_and_turned_to_its_second_page(visit: Visit):
    page = visit.open("/")
    page.locator("ul.examples a").first.click()
    expect(page.locator("#treffer")).to_be_visible()
    visit.open(QUESTION)
    page.locator("select[name=sort]").select_option("year")
    page.get_by_role("button", name="Sortieren").click()
    expect(page.locator("ol.hits h2").first).to_contain_text("Merkblatt 14")
    page.locator("nav.paging a[rel=next]").click()
    expect(page.locator("nav.paging [aria-current=page]")).to_have_text("Seite 2")
    expect(page.locator("select[name=sort]")).to_have_value("year")


def test_what_comes_nearest_unfolds(visit: Visit):
    page = visit.open("/suche?q=Quastenflosser")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dazu haben wir nichts Passendes gefunden.")
    expect(page.locator("ol.hits > li").first).to_be_hidden()
    page.locator("details.nearest > summary").click()
    expect(page.locator("ol.hits > li").first).to_be_visible()


def test_a_correction_can_be_taken_back_and_a_new_question_is_corrected_again(visit: Visit):
    page = visit.open("/suche?q=Gedechtnis&mode=lexical")
    page.get_by_role("link", name="Gedechtnis").click()
    expect(page.get_by_text("Schreibweise: wie eingegeben")).to_be_visible()
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_text("Gesucht wurde nach")).to_be_visible()


def test_a_reference_is_read_and_taken_along_as_a_file(visit: Visit):
    page = visit.open(FEW)
    hit = page.locator("li.hit").first
    expect(hit.locator(".citation")).to_be_hidden()
    hit.locator("[data-citation] summary").click()
    expect(hit.locator(".citation")).to_be_visible()
    for name, begin in (("BibTeX", b"@"), ("RIS", b"TY  - "), ("CSL-JSON", b"[")):
        link = hit.get_by_role("link", name=name, exact=True)
        answer = page.request.get(visit.address + str(link.get_attribute("href")))
        assert answer.headers["content-disposition"].startswith("attachment"), name
        assert answer.body().lstrip().startswith(begin), name
    feed = page.locator("link[type='application/atom+xml']").get_attribute("href")
    assert page.request.get(visit.address + str(feed)).headers["content-type"].startswith("application/atom+xml")


def test_the_source_opens_at_its_page_as_a_picture_and_its_pages_turn(visit: Visit, house: House):
    page = visit.open(QUESTION)
    page.locator("li.hit a.source").first.click()
    expect(page.locator("h1")).to_be_visible()
    visit.open(open_sheet(house))
    picture = page.locator("[data-picture]")
    expect(picture).to_be_in_viewport()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    assert page.locator("[data-marks] rect").count() > 0
    expect(page.locator(".chosen .text")).to_be_visible()
    whole = page.get_by_role("link", name="Im Browser öffnen").get_attribute("href")
    number = page.locator("#seite").input_value()
    assert f"#page={number}" in str(whole)
    page.locator("a[rel=next]").click()
    expect(page.locator("#seite")).to_have_value(str(int(number) + 1))
    page.locator("#seite").fill("1")
    page.get_by_role("button", name="Zeigen").click()
    expect(page.locator("#seite")).to_have_value("1")
    assert "seite=1" in unquote(page.url)


def test_a_source_without_pages_is_read_with_the_passage_in_sight(visit: Visit, house: House):
    page = visit.open(f"{read_source(house)}#{house.reading.passages[3]}")
    chosen = page.locator(f"[data-passage={house.reading.passages[3]}]")
    expect(chosen).to_be_in_viewport()
    expect(chosen.get_by_text("Textstelle", exact=True)).to_be_visible()  # told in words, not by colour alone


def test_the_language_is_switched_and_the_bookmarks_say_what_they_need(visit: Visit):
    page = visit.open("/")
    lead = page.locator(".lead").inner_text()
    page.locator("footer").get_by_role("link", name="Einfache Sprache").click()
    assert page.locator(".lead").inner_text() != lead
    page.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name="Merkliste").click()
    expect(page.locator("noscript .status, main .status").first).to_be_visible()
    expect(page.get_by_text("JavaScript")).to_be_visible()
