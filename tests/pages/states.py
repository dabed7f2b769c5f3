"""Every state that a page of ours can be in, with its address: what is looked at in every light and at every width.

A test (`test_axe_states.py`) fails where the service has a page that stands in none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.pages.house import House
from tests.search_service.small_library import CASE, GUIDE, OLD_GLOSSARY, TEXT

QUESTION = "/suche?q=Schichtplanung&mode=lexical"  # more than one page of hits
FEW = "/suche?q=%C3%9Cbergabe&mode=lexical"  # two hits: enough to see what surrounds them
REMEMBERED = "change-wissen.merkliste"  # where the browser keeps the bookmarks


@dataclass(frozen=True, slots=True)
class State:
    """One state: where it is, and what a visitor has done there before it is looked at."""

    path: str | Callable[[House], str]
    status: int = 200
    service: str = "whole"
    is_signed_in: bool = False
    act: Callable[[Page], None] | None = None

    def address(self, house: House) -> str:
        """Return the whole address in this house."""
        path = self.path if isinstance(self.path, str) else self.path(house)
        return house.address(self.service) + path


def open_suggestions(page: Page) -> None:
    page.locator("#q").press_sequentially("Schicht")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")


def open_key_help(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def remember_two(page: Page) -> None:
    """Remember two passages on the page of results and go to the list."""
    for number in (0, 1):
        page.locator("[data-remember]").nth(number).click()
    page.goto(page.url.partition("/suche")[0] + "/merkliste")
    expect(page.locator("li.bookmark")).to_have_count(2)


def await_drawing(page: Page) -> None:
    """Wait for pdf.js to have drawn the page."""
    expect(page.locator("[data-drawn]")).to_be_visible(timeout=20_000)


def show_citation(page: Page) -> None:
    page.locator("[data-citation] summary").first.click()
    expect(page.locator(".citation").first).to_be_visible()


def sign_in_wrongly(page: Page) -> None:
    page.get_by_label("Schlüssel").fill("cw_falsch")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()


def upload_wrongly(page: Page) -> None:
    """Send a year that is none and no file, past the checks that the browser makes beforehand."""
    page.evaluate("document.querySelector('form[enctype]').noValidate = true")
    page.locator("main form[enctype] summary").first.click()
    page.locator("[name=year]").fill("9999999")
    page.locator("main form[enctype] [type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()


def read_source(house: House) -> str:
    return f"/dokument/{house.reading.document}/quelle?stelle={house.reading.passages[3]}"


def open_sheet(house: House) -> str:
    return f"/dokument/{house.sheets.document}/quelle?stelle={house.sheets.passages[3]}"


STATES = {
    "start": State("/"),
    "start, plain language": State("/?sprache=einfach"),
    "start, suggestions": State("/", act=open_suggestions),
    "start, keys": State("/", act=open_key_help),
    "start, no model": State("/", service="wordless"),
    "no question": State("/suche?q="),
    "start, no index": State("/", service="empty"),
    "results": State(QUESTION),
    "results, plain language": State(f"{FEW}&sprache=einfach"),
    "results, page 2": State(f"{QUESTION}&page=2"),
    "results, beyond the last page": State(f"{QUESTION}&page=40"),
    "results, sorted": State(f"{FEW}&sort=year"),
    "results, filtered": State("/suche?q=Betriebsrat&mode=lexical&type=guide&von=2020&collection=wissen"),
    "results, citation": State("/suche?q=Mitbestimmung&mode=lexical", act=show_citation),
    "results, no model": State(FEW, service="wordless"),
    "results, no index": State("/suche?q=Schichtplanung", 503, "empty"),
    "markup": State("/suche?q=Protokoll"),
    "empty": State("/suche?q=Quastenflosser&mode=lexical"),
    "unfitting": State("/suche?q=Quastenflosser"),
    "no telling word": State("/suche?q=und"),
    "corrected": State("/suche?q=Gedechtnis&mode=lexical"),
    "sentence": State("/suche?q=Gute+Schichtplanung+braucht+Vorlauf"),
    "twin": State("/suche?q=Exoskelett"),
    "too long": State(f"/suche?q={'Donaudampfschifffahrt' * 100}", 422),
    "no such page": State("/nichts", 404),
    "dead permalink": State("/p/p0123456789abcdef", 404),
    "withdrawn passage": State(lambda house: f"/p/{house.former.passages[0]}", 410),
    "withdrawn document": State(lambda house: f"/dokument/{house.former.document}", 410),
    "document, PDF": State(lambda house: f"/dokument/{house.sheets.document}"),
    "document, guide": State(f"/dokument/{GUIDE}"),
    "document, DOCX": State(lambda house: f"/dokument/{house.reading.document}"),
    "document, markup": State(f"/dokument/{CASE}"),
    "document, TXT": State(f"/dokument/{TEXT}"),
    "document, old edition": State(f"/dokument/{OLD_GLOSSARY}"),
    "viewer, page": State(open_sheet, act=await_drawing),
    "viewer, no passage": State(lambda house: f"/dokument/{house.sheets.document}/quelle?seite=2", act=await_drawing),
    "viewer, no such page": State(lambda house: f"/dokument/{house.sheets.document}/quelle?seite=999", 404),
    "viewer, reading": State(read_source),
    "viewer, TXT": State(f"/dokument/{TEXT}/quelle"),
    "bookmarks, empty": State("/merkliste"),
    "bookmarks": State(FEW, act=remember_two),
    "help": State("/hilfe"),
    "imprint": State("/impressum"),
    "privacy": State("/datenschutz"),
    "accessibility": State("/barrierefreiheit"),
    "sign-in": State("/pflege"),
    "sign-in, refused": State("/pflege", 200, act=sign_in_wrongly),
    "editing, no desk": State("/pflege", 404, "wordless"),
    "editing": State("/pflege", is_signed_in=True),
    "editing, health": State("/pflege/gesundheit", is_signed_in=True),
    "editing, upload": State("/pflege/hochladen", is_signed_in=True),
    "editing, upload with faults": State("/pflege/hochladen", is_signed_in=True, act=upload_wrongly),
    "editing, jobs": State("/pflege/auftraege", is_signed_in=True),
    "editing, job running": State(lambda house: f"/pflege/auftraege/{house.jobs['running']}", is_signed_in=True),
    "editing, job failed": State(lambda house: f"/pflege/auftraege/{house.jobs['failed']}", is_signed_in=True),
    "editing, job done": State(lambda house: f"/pflege/auftraege/{house.jobs['done']}", is_signed_in=True),
    "editing, no such job": State("/pflege/auftraege/j0123456789abcdef", 404, is_signed_in=True),
    "editing, documents": State("/pflege/dokumente", is_signed_in=True),
    "editing, document": State(f"/pflege/dokumente/{GUIDE}", is_signed_in=True),
    "editing, withdrawal": State(f"/pflege/dokumente/{GUIDE}/zurueckziehen", is_signed_in=True),
    "editing, withdrawn": State("/pflege/zurueckgezogen", is_signed_in=True),
    "editing, generations": State("/pflege/staende", is_signed_in=True),
    "editing, rollback": State("/pflege/staende/1", is_signed_in=True),
    "editing, reindex": State("/pflege/neu-lesen", is_signed_in=True),
    "editing, gaps": State("/pflege/luecken", is_signed_in=True),
}
