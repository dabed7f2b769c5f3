"""Every task of a reader by the keyboard alone, with the focus in sight at every step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.pages.keyboard import look_where, press, reach
from tests.pages.states import QUESTION, await_drawing, open_sheet
from tests.pages.visit import Visit

COPYING = pytest.mark.parametrize("visit", [{"permissions": ["clipboard-read", "clipboard-write"]}], indirect=True)


def test_the_first_step_leads_past_the_head_and_the_next_ones_in_reading_order(visit: Visit):
    page = visit.open("/suche?q=Betriebsrat&mode=lexical")
    page.keyboard.press("Tab")
    assert look_where(page, ".skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "inhalt"
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        look_where(page, "*")
        reached.append(page.evaluate("(document.activeElement.id || document.activeElement.textContent).trim()"))
    assert reached[:3] == ["q", "Suchen", "Suchart: Nur Wörter"]
    assert "Leitfaden Künstliche Intelligenz im Betrieb" in reached[3:]


def test_searching_with_a_suggestion_filtering_sorting_and_paging(visit: Visit):
    page = visit.open("/")
    page.keyboard.press("/")
    assert look_where(page, "#q")
    page.keyboard.type("Schicht")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#treffer")).to_contain_text(chosen)

    visit.open(QUESTION)
    press(page, "nav.paging a[rel=next]", leads_to="**page=2")
    expect(page.locator("[aria-current=page]", has_text="2")).to_be_visible()
    visit.open(QUESTION)
    reach(page, "select[name=sort]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert look_where(page, "button")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("[?&]sort=year"))
    expect(page.locator("ol.hits h2").first).to_contain_text("Merkblatt 14")
    press(page, "input[name=collection][value=beratung]", "Space")
    press(page, "aside button:not(.quiet)", leads_to="**collection=beratung**")
    expect(page.get_by_role("list", name="Aktive Filter")).to_contain_text("Ch@nge Beratung")
    press(page, ".chips a")
    expect(page.get_by_role("list", name="Aktive Filter")).to_have_count(0)


@COPYING
def test_going_through_the_hits_with_single_keys_citing_remembering_and_opening(visit: Visit):
    page = visit.open(QUESTION)
    for key, number in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert look_where(page, f"li.hit:nth-child({number + 1}) [data-title] a")
    hit = page.locator("li.hit").nth(1)
    page.keyboard.press("c")
    expect(hit.locator(".citation")).to_be_visible()
    expect(page.get_by_text("Fußnote kopiert.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == hit.locator(".citation").inner_text()
    page.keyboard.press("m")
    expect(page.locator("[data-bookmark-count]")).to_have_text("1")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert look_where(page, "li.hit:nth-child(2) [data-title] a")
    title = hit.locator("[data-title]").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(title)


@COPYING
def test_opening_the_source_turning_its_pages_and_taking_the_reference_along(visit: Visit, house, tmp_path: Path):
    page = visit.open(open_sheet(house))
    await_drawing(page)
    before = page.locator("#ansicht").get_attribute("data-page")
    press(page, "a[rel=next]")
    expect(page.locator("#ansicht")).not_to_have_attribute("data-page", before or "")
    await_drawing(page)
    assert look_where(page, "a[rel=next], a[rel=prev]")
    press(page, "[data-remember]", "Space")
    expect(page.locator("[data-bookmark-count]")).to_have_text("1")
    press(page, "[data-copy=footnote]")
    expect(page.get_by_text("Fußnote kopiert.")).to_be_visible()
    assert "Qualifizierungsplanung" in page.evaluate("navigator.clipboard.readText()")

    visit.page.keyboard.press("Home")
    reach(page, "header a[href='/merkliste']", backwards=True)
    page.keyboard.press("Enter")
    expect(page.locator("li.bookmark")).to_have_count(1)
    reach(page, "button[name=format][value=ris]")
    with page.expect_download() as saving:
        page.keyboard.press("Enter")
    saving.value.save_as(tmp_path / "liste.ris")
    assert "TY  - " in (tmp_path / "liste.ris").read_text("utf-8")
    press(page, "li.bookmark [data-remove]")
    expect(page.locator("li.bookmark")).to_have_count(0)
    assert look_where(page, "[data-undo]")
