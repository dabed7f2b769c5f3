"""What goes wrong for a reader: odd questions, dead addresses, a service that lacks something or is gone, blocked storage."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.house import House
from tests.pages.states import FEW, QUESTION, await_drawing, open_sheet
from tests.pages.visit import Visit
from tests.search_service.small_library import GUIDE

ODD = {
    "markup": '<img src=x onerror="alert(1)"><script>alert(2)</script>',
    "emoji": "🙂👩‍🏭 Schichtplanung 🏭",
    "2,000 characters": "Schichtplanung " * 133,
    "quotes": "„Schichtplanung\" 'braucht' »Vorlauf",
    "template": "{{ 7 * 7 }} {% raw %}",
    "right to left": "\u202eSchichtplanung",
}


@pytest.mark.parametrize("question", ODD.values(), ids=ODD)
def test_an_odd_question_is_shown_as_it_was_typed_and_answered(visit: Visit, question: str):
    page = visit.open("/")
    page.locator("#q").fill(question)
    page.locator("#q").press("Enter")
    page.wait_for_url("**/suche?*")
    expect(page.locator("#q")).to_have_value(question)
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("main img[src=x]").count() == 0
    assert "49" not in page.locator("h1").inner_text()
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_question_too_long_is_refused_with_what_to_do_and_kept(visit: Visit):
    question = "Donaudampfschifffahrt" * 100
    page = visit.open(f"/suche?q={question}", 422)
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"2\.?000"))
    expect(page.locator("#q")).to_have_value(question)


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/p/p0123456789abcdef", 404, "keine Textstelle"),
        ("/p/%00%F0%9F%99%82", 404, ""),
        ("/dokument/../../etc/passwd", 404, ""),
        ("/dokument/%2e%2e%2fkb%2fcatalogue.sqlite/quelle", 404, ""),
        (f"/dokument/{GUIDE}/quelle?stelle=%22%3E%3Cscript%3E", 404, ""),
        (f"/dokument/{GUIDE}/quelle?seite=-1", 422, "seite"),
        (f"/dokument/{GUIDE}/quelle?zurueck=https://fremd.example/", 200, ""),
        ("/suche?q=a&page=0", 422, ""),
        ("/suche?q=a&sort=zufall", 422, ""),
        ("/merkliste?q=%ED%A0%80", 200, ""),
    ],
)
def test_a_dead_or_twisted_address_leads_back_to_the_search(visit: Visit, path: str, status: int, told: str):
    page = visit.open(path, status)
    expect(page.locator("main")).to_contain_text(told)
    expect(page.locator("header a[href='/']").first).to_be_visible()
    assert "fremd.example" not in page.evaluate("[...document.links].map(link => link.hostname)")


def test_what_was_withdrawn_says_so_when_and_why(visit: Visit, house: House):
    for path in (f"/p/{house.former.passages[0]}", f"/dokument/{house.former.document}"):
        page = visit.open(path, 410)
        expect(page.locator("main")).to_contain_text("zurückgezogen")
        expect(page.locator("#q")).to_be_visible()
    page = visit.open(f"/p/{house.former.passages[0]}", 410)
    expect(page.locator("main")).to_contain_text("Die Veranstaltung ist abgesagt.")


@pytest.mark.parametrize(
    ("service", "status", "told"),
    [("wordless", 200, "Das Sprachmodell lässt sich nicht laden."), ("empty", 503, "noch nicht geladen")],
)
def test_a_service_that_lacks_something_says_so_and_stays_usable(
    visit: Visit, house: House, service: str, status: int, told: str
):
    visit.address = house.address(service)
    page = visit.open("/")
    expect(page.locator(".status").first).to_be_visible()
    page.locator("#q").fill("Übergabe")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/suche?*")
    expect(page.locator("main")).to_contain_text(told)
    if service == "wordless":
        expect(page.locator("li.hit").first).to_be_visible()
    assert visit.open(FEW, status)
    visit.open("/hilfe", 200)


def fail(route: Route) -> None:
    route.abort("connectionrefused")


def suggest(page: Page) -> None:
    page.locator("#q").fill("")
    page.locator("#q").press_sequentially("Schich")
    page.wait_for_timeout(600)  # longer than the pause after the last key
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(page.locator("#q")).to_have_value("Schich")


def copy_as_bibtex(page: Page) -> None:
    page.locator("[data-citation] summary").first.click()
    page.locator("[data-citation] [data-copy=bibtex]").first.click()
    expect(page.get_by_role("status").filter(has_text="antwortet nicht")).to_be_visible()


def remember(page: Page) -> None:
    page.locator("[data-remember]").first.click()
    expect(page.locator("[data-bookmark-count]")).to_have_text("1")  # needs no service


@pytest.mark.parametrize("act", [suggest, copy_as_bibtex, remember])
def test_with_the_service_gone_the_open_page_says_so_or_does_without(visit: Visit, act: Callable[[Page], None]):
    page = visit.open(FEW)
    page.route("**/*", fail)
    act(page)


def test_with_the_service_gone_the_viewer_keeps_its_page_and_says_so(visit: Visit, house: House):
    page = visit.open(open_sheet(house))
    await_drawing(page)
    number = page.locator("#seite").input_value()
    page.route("**/*", fail)
    page.locator("a[rel=next]").click()
    expect(page.locator("[data-status]")).to_contain_text("nicht erreichbar")
    expect(page.locator("#seite")).to_have_value(number)
    expect(page.locator("[data-sheet] > canvas")).to_be_visible()


def test_with_the_service_gone_the_bookmarks_stay_readable(visit: Visit):
    page = visit.open(FEW)
    page.locator("[data-remember]").first.click()
    page.route("**/api/**", fail)
    visit.open("/merkliste")
    expect(page.locator("li.bookmark .citation")).to_be_visible()
    expect(page.locator("[data-outage]")).to_be_visible()


def test_where_pdf_js_fails_the_picture_stays(visit: Visit, house: House):
    visit.page.route("**/static/pdfjs/**", fail)
    page = visit.open(open_sheet(house))
    expect(page.locator("[data-status]")).to_contain_text("Bild der Seite")
    expect(page.locator("[data-picture]")).to_be_visible()
    assert page.locator("[data-picture]").evaluate("image => image.decode().then(() => image.naturalWidth)") > 300


BLOCKED = """
for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });
Object.defineProperty(document, "cookie", { get() { throw new DOMException("blocked", "SecurityError"); } });
"""


def test_with_storage_and_cookies_blocked_everything_works_and_says_how_long_it_lasts(visit: Visit):
    visit.page.add_init_script(BLOCKED)
    page = visit.open(FEW)
    page.locator("[data-remember]").first.click()
    expect(page.get_by_role("status").filter(has_text="bis Sie diesen Tab schließen")).to_be_visible()
    visit.open("/merkliste")
    expect(page.locator("li.bookmark")).to_have_count(1)
    expect(page.locator("[data-fleeting]")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.context.clear_cookies()
    visit.open("/?sprache=einfach")
    page.context.clear_cookies()
    page.locator("header").get_by_role("link", name="Hilfe").click()
    assert "sprache=einfach" in page.url


def test_the_back_button_leads_back_after_every_action(visit: Visit, house: House):
    page = visit.open("/")
    page.locator("#q").fill("Schichtplanung")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/suche?*")
    steps: list[tuple[str, str]] = []

    def step(wanted: str) -> None:
        before = page.url
        page.locator(wanted).first.click()
        page.wait_for_function("before => location.href !== before", arg=before)
        steps.append((before, wanted))

    step("nav.paging a[rel=next]")
    step("nav.paging a[rel=prev]")
    page.locator("input[name=collection][value=beratung]").check()
    step("aside button:not(.quiet)")
    step("li.hit [data-title] a")
    for before, wanted in reversed(steps):
        page.go_back()
        expect(page).to_have_url(before)
        assert wanted
    expect(page.locator("#q")).to_have_value("Schichtplanung")
    page.go_back()
    expect(page).to_have_url(f"{visit.address}/")

    visit.open(open_sheet(house))
    await_drawing(page)
    number = page.locator("#seite").input_value()
    page.locator("a[rel=next]").click()
    expect(page.locator("#seite")).not_to_have_value(number)
    page.go_back()
    expect(page.locator("#seite")).to_have_value(number)
    await_drawing(page)
    visit.open(QUESTION)
    page.locator("[data-remember]").first.click()
    visit.open("/merkliste")
    page.locator("[data-remove]").first.click()
    page.go_back()
    expect(page.locator("[data-remember]").first).to_have_attribute("aria-pressed", "false")
