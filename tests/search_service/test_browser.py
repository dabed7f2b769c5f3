"""The page in a real browser: Debian's Chromium, headless, against a real server on a free port."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from search_service.api import create_app
from tests.search_service.small_library import CASE, GUIDE, build_library
from tests.serving import open_browser, serve

STATES = {
    "start": "/",
    "results": "/suche?q=Schichtplanung&mode=lexical",
    "filtered": "/suche?q=Betriebsrat&mode=lexical&type=guide&von=2020&collection=wissen",
    "markup": "/suche?q=Protokoll",
    "nothing": "/suche?q=Quastenflosser&mode=lexical",
    "unfitting": "/suche?q=Quastenflosser",
    "corrected": "/suche?q=Gedechtnis&mode=lexical",
    "sentence": "/suche?q=Gute+Schichtplanung+braucht+Vorlauf",
    "twin": "/suche?q=Exoskelett",
    "error": f"/suche?q={'Donaudampfschifffahrt' * 100}",
    "missing": "/nichts",
    "document": f"/dokument/{GUIDE}",
    "case": f"/dokument/{CASE}",
    "help": "/hilfe",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the small library as `change-wissen serve` does; yield where."""
    with serve(create_app(build_library(tmp_path_factory.mktemp("library")))) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


class Visit:
    """One browser window that keeps a record of what it asked for and complained about."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A fresh window; a test may ask for options by `@pytest.mark.parametrize("visit", [...], indirect=True)`."""
    options = getattr(request, "param", {})
    context = browser.new_context(locale="de-DE", reduced_motion="reduce", **options)
    visit = Visit(context, address)
    yield visit
    context.close()
    assert visit.hosts <= {urlsplit(address).netloc}
    # The browser reports the status of an error page as an error of its own.
    assert [text for text in visit.complaints if "status of 4" not in text] == []


WITHOUT_SCRIPTS = pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True)


@WITHOUT_SCRIPTS
def test_one_searches_filters_and_opens_a_document_without_javascript(visit: Visit):
    page = visit.open("/")
    page.get_by_label("Ihre Frage oder ein Stichwort").fill("Betriebsrat bestimmt bei der Schichtplanung mit")
    page.get_by_role("button", name="Suchen").click()
    expect(page).to_have_title("Betriebsrat bestimmt bei der Schichtplanung mit – Suche – Ch@nge Wissen")
    expect(page.locator("ol.hits > li")).to_have_count(10)

    guides = page.get_by_role("checkbox", name="Leitfaden")
    guides.check()
    page.get_by_role("button", name="Filter anwenden").click()
    expect(page.get_by_text("Art: Leitfaden")).to_be_visible()
    expect(guides).to_be_checked()
    titles = page.locator("ol.hits h2").all_inner_texts()
    assert "Leitfaden Künstliche Intelligenz im Betrieb" in titles
    assert not any("Merkblatt" in title for title in titles)
    assert page.get_by_label("Ihre Frage oder ein Stichwort").input_value() == "Betriebsrat bestimmt bei der Schichtplanung mit"

    page.get_by_role("link", name="Filter entfernen: Art: Leitfaden").click()
    expect(guides).not_to_be_checked()

    page.get_by_role("link", name="Leitfaden Künstliche Intelligenz im Betrieb", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Leitfaden Künstliche Intelligenz im Betrieb")
    expect(page.locator("section.passage:target")).to_have_count(1)


@WITHOUT_SCRIPTS
def test_the_way_of_searching_and_a_collection_can_be_chosen(visit: Visit):
    page = visit.open("/")
    page.get_by_text("Suchart: Wörter und Bedeutung").click()
    page.get_by_label("Nur Wörter").check()
    page.get_by_label("Ch@nge Erfolg").check()
    page.get_by_label("Ihre Frage oder ein Stichwort").fill("Übergabe")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Suchart: Nur Wörter")).to_be_visible()
    expect(page.locator("ol.hits > li")).to_have_count(1)
    expect(page.locator(".badge")).to_have_text("Konstruierter Fallbericht")


@WITHOUT_SCRIPTS
def test_what_comes_nearest_unfolds_without_javascript(visit: Visit):
    page = visit.open("/suche?q=Quastenflosser")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dazu haben wir nichts Passendes gefunden.")
    expect(page.locator("ol.hits > li").first).to_be_hidden()
    page.get_by_text("Was am nächsten kommt").click()
    expect(page.locator("ol.hits > li").first).to_be_visible()


@WITHOUT_SCRIPTS
def test_a_correction_can_be_taken_back_and_a_new_question_is_corrected_again(visit: Visit):
    page = visit.open("/suche?q=Gedechtnis&mode=lexical")
    page.get_by_role("link", name="Gedechtnis").click()
    expect(page.get_by_text("Schreibweise: wie eingegeben")).to_be_visible()
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_text("Gesucht wurde nach")).to_be_visible()


def test_the_sentence_that_answers_is_told_from_the_rest_by_more_than_colour(visit: Visit):
    page = visit.open("/suche?q=Gute+Schichtplanung+braucht+Vorlauf")
    line = "element => getComputedStyle(element).textDecorationLine + ' ' + getComputedStyle(element).textDecorationStyle"
    assert page.locator(".snippet em").first.evaluate(line) == "underline dotted"


def test_the_citation_unfolds_and_the_source_opens_at_its_page(visit: Visit):
    page = visit.open("/suche?q=" + quote("Mitbestimmung KI") + "&mode=lexical")
    citation = page.locator(".citation").first
    assert not citation.is_visible()
    page.get_by_text("Zitat").first.click()
    assert citation.inner_text().endswith("S. 12 (PDF-Seite 15).")
    source = page.get_by_role("link", name="Quelle auf Seite 12 öffnen")
    assert source.get_attribute("href") == f"/api/v1/documents/{GUIDE}/file#page=15"
    answer = page.request.get(visit.address + f"/api/v1/documents/{GUIDE}/file")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline")


@pytest.mark.parametrize("state", STATES)
def test_nothing_scrolls_sideways_on_a_phone_or_a_desk(visit: Visit, state: str):
    page = visit.open(STATES[state])
    for details in page.locator("main details").all():
        details.evaluate("element => element.open = true")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        inner, outer = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert inner <= outer, width


NARROW_AND_DARK = {"color_scheme": "dark", "viewport": {"width": 320, "height": 800}}
WIDE_AND_LIGHT = {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}}


@pytest.mark.parametrize("visit", [NARROW_AND_DARK, WIDE_AND_LIGHT], indirect=True, ids=["dark", "light"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_no_violation_of_wcag_2_2_aa(visit: Visit, state: str):
    found = Axe().run(visit.open(STATES[state]), options={"rules": {"target-size": {"enabled": True}}})
    assert found.violations_count == 0, found.generate_report()
    assert "color-contrast" in {rule["id"] for rule in found.response["passes"]}


def test_the_keyboard_reaches_the_content_first_and_everything_in_reading_order(visit: Visit):
    page = visit.open("/suche?q=Betriebsrat&mode=lexical")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Zum Inhalt springen"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "inhalt"
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("(document.activeElement.id || document.activeElement.textContent).trim()"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", reached[-1]
    assert reached[:3] == ["q", "Suchen", "Suchart: Nur Wörter"]
    assert "Leitfaden Künstliche Intelligenz im Betrieb" in reached[3:]


def test_a_document_opened_at_a_passage_shows_it_in_the_window(visit: Visit):
    page = visit.open("/suche?q=Einigungsstelle&mode=lexical")
    page.locator("ol.hits h2 a").first.click()
    target = page.locator(".passage:target")
    expect(target).to_be_in_viewport()
    expect(target).to_contain_text("Einigungsstelle")


def test_a_head_request_gets_no_body(address: str):
    # Only a real server shows this: the test client does not speak HTTP.
    with socket.create_connection(urlsplit(address).netloc.split(":")) as connection:
        connection.sendall(b"HEAD /api/v1/search?q=Plan HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n")
