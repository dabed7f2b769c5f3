"""What only a real browser shows of the pages that no other test here walks by."""

from __future__ import annotations

import re
import socket
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import expect

from tests.pages.house import House
from tests.pages.states import QUESTION
from tests.pages.visit import Visit
from tests.search_service.small_library import GUIDE

FORCED = pytest.mark.parametrize("visit", [{"forced_colors": "active"}], indirect=True)


def test_the_sentence_that_answers_is_told_from_the_rest_by_more_than_colour(visit: Visit):
    page = visit.open("/suche?q=Gute+Schichtplanung+braucht+Vorlauf")
    line = "element => getComputedStyle(element).textDecorationLine + ' ' + getComputedStyle(element).textDecorationStyle"
    assert page.locator(".snippet em").first.evaluate(line) == "underline dotted"


@FORCED
def test_marks_stay_in_colours_that_the_reader_forces(visit: Visit):
    page = visit.open(QUESTION)
    mark = page.locator(".snippet mark").first
    assert mark.evaluate("element => getComputedStyle(element).borderBottomStyle") != "none"


def test_the_citation_unfolds_and_the_source_opens_at_its_page(visit: Visit):
    page = visit.open("/suche?q=" + quote("Mitbestimmung KI") + "&mode=lexical&document=" + GUIDE)
    hit = page.locator("li.hit").first
    citation = hit.locator(".citation")
    assert not citation.is_visible()
    hit.locator("[data-citation] summary").click()
    assert citation.inner_text().endswith("S.\u00a012 (PDF-Seite\u00a015).")
    source = hit.locator("a.source")
    expect(source).to_contain_text(re.compile(r"Quelle auf (S\.|Seite)\s12 ansehen"))
    assert f"/dokument/{GUIDE}/quelle?stelle=" in str(source.get_attribute("href"))
    whole = hit.locator(f"a[href='/api/v1/documents/{GUIDE}/file#page=15']")
    expect(whole).to_be_visible()
    answer = page.request.get(visit.address + f"/api/v1/documents/{GUIDE}/file")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline")


def test_a_document_opened_at_a_passage_shows_it_in_the_window(visit: Visit):
    page = visit.open("/suche?q=Einigungsstelle&mode=lexical&document=" + GUIDE)
    page.locator("ol.hits h2 a").first.click()
    target = page.locator(".passage:target")
    expect(target).to_be_in_viewport()
    expect(target).to_contain_text("Einigungsstelle")


def test_paper_shows_the_hits_without_what_one_clicks_on(visit: Visit):
    page = visit.open(QUESTION)
    page.emulate_media(media="print")
    expect(page.locator("li.hit .snippet").first).to_be_visible()
    for part in ("form.search button", "aside.filters", "footer nav"):
        expect(page.locator(part).first).to_be_hidden()


def test_a_head_request_gets_no_body(house: House):
    # Only a real server shows this: the test client does not speak HTTP.
    with socket.create_connection(urlsplit(house.whole).netloc.split(":")) as connection:
        connection.sendall(b"HEAD /api/v1/search?q=Plan HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n")
