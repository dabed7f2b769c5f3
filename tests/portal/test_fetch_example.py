"""The example for the portal's developers, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.portal.conftest import EXAMPLE, WRITTEN_ADDRESS, build_portal
from tests.serving import open_browser, serve

SCRIPT = EXAMPLE / "suche.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


def open_example(context: BrowserContext, portal: str, service: str) -> Page:
    page = context.new_page()
    page.goto(f"{portal}/suche.html?dienst={service}")
    return page


@pytest.fixture
def page(browser: Browser, portal: str, service: str) -> Iterator[Page]:
    context = browser.new_context(locale="de-DE")
    complaints: list[str] = []
    context.on("weberror", lambda found: complaints.append(str(found.error)))
    context.on("dialog", lambda dialog: complaints.append(dialog.message))
    yield open_example(context, portal, service)
    context.close()
    assert complaints == []


def type_question(page: Page, text: str) -> None:
    page.get_by_label("Ihre Frage").press_sequentially(text)


def test_typing_finds_passages_with_their_citations(page: Page, service: str):
    type_question(page, "Betriebsrat bestimmt mit")
    first = page.locator("#wissen-treffer > li").first
    expect(first.locator("a")).to_have_text("Leitfaden Künstliche Intelligenz im Betrieb")
    assert str(first.locator("a").get_attribute("href")).startswith(f"{service}/dokument/d0000000000000000#p")
    expect(first.locator("mark").first).to_have_text("Betriebsrat")
    expect(first.locator("small")).to_contain_text("S. 12 (PDF-Seite 15)")
    first.locator("a").click()
    expect(page.locator("h1")).to_have_text("Leitfaden Künstliche Intelligenz im Betrieb")


def test_markup_in_titles_and_texts_stays_text(page: Page):
    type_question(page, "Protokoll Gespräch")
    first = page.locator("#wissen-treffer > li").first
    expect(first.locator("a")).to_have_text('Fallbericht <script>alert("x")</script> & Übergabe')
    expect(first.locator("p")).to_contain_text("<b>zwischen</b>")
    expect(page.locator("#wissen-treffer :is(script, b)")).to_have_count(0)


def test_a_question_that_is_refused_is_answered_with_what_to_do(page: Page):
    page.get_by_label("Ihre Frage").evaluate("field => { field.removeAttribute('maxlength'); field.value = 'x'.repeat(2001); }")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_role("status")).to_contain_text("zu lang (höchstens 2.000)")
    expect(page.locator("#wissen-treffer > li")).to_have_count(0)


def test_where_nothing_fits_the_example_says_so(page: Page):
    type_question(page, "Quastenflosser")
    expect(page.get_by_role("status")).to_contain_text("nichts Passendes")


def test_emptying_the_field_clears_the_answer(page: Page):
    type_question(page, "Schichtplanung")
    expect(page.locator("#wissen-treffer > li")).to_have_count(5)
    page.get_by_label("Ihre Frage").fill("")
    expect(page.locator("#wissen-treffer > li")).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("")


def test_a_late_answer_to_an_older_question_is_not_shown(page: Page):
    held: list[Route] = []
    page.route("**/api/v1/search?q=Exoskelett*", lambda route: held.append(route))
    with page.expect_request("**/api/v1/search?q=Exoskelett*"):
        type_question(page, "Exoskelett")
    with page.expect_event("requestfailed") as aborted:
        page.get_by_label("Ihre Frage").fill("Schichtbuch")
    assert "Exoskelett" in aborted.value.url
    expect(page.locator("#wissen-treffer a").first).to_have_text("Schichtbuch")
    expect(page.get_by_role("status")).not_to_contain_text("nicht erreichbar")


def test_without_the_service_the_example_says_so(page: Page):
    page.route("**/api/v1/search*", lambda route: route.abort())
    type_question(page, "Schichtplanung")
    expect(page.get_by_role("status")).to_contain_text("nicht erreichbar")


def test_a_page_that_the_service_does_not_know_is_kept_out_and_says_so(browser: Browser, service: str):
    with serve(build_portal()) as stranger, browser.new_context() as context:
        page = open_example(context, stranger, service)
        type_question(page, "Schichtplanung")
        expect(page.get_by_role("status")).to_contain_text("nicht erreichbar")
        expect(page.locator("#wissen-treffer > li")).to_have_count(0)


def test_without_javascript_the_form_opens_the_page_of_the_service(browser: Browser, portal: str, service: str):
    with browser.new_context(java_script_enabled=False) as context:
        page = open_example(context, portal, service)
        page.get_by_label("Ihre Frage").fill("Schichtbuch")
        page.keyboard.press("Enter")
        expect(page).to_have_title("Schichtbuch – Suche – Ch@nge Wissen")


def test_the_example_is_short_and_loads_nothing_from_elsewhere():
    text = SCRIPT.read_text("utf-8")
    assert len(text.splitlines()) <= 50
    assert "http" not in text
    assert text.count("innerHTML") == text.count("snippet_html") == 1
    assert (EXAMPLE / "suche.html").read_text("utf-8").count("http") == 1
    assert WRITTEN_ADDRESS in (EXAMPLE / "suche.html").read_text("utf-8")
