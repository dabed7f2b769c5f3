"""Single keys in a real browser: what they do, when they must not, and that they can be turned off (WCAG 2.1.4)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.pages.visit import find_violations
from tests.search_service.consultants.reading_room import HITS, NO_STORAGE, Room, focused, read_clipboard

MANY = "/suche?q=Schichtplanung&mode=lexical"
FIELDS = '<textarea id="a"></textarea><p id="b" contenteditable>x</p><p id="d" contenteditable><b tabindex="0">x</b></p>'
HELP = ("zum Suchfeld", "nächster Eintrag", "voriger Eintrag", "Eintrag öffnen", "Beleg zeigen und kopieren", "merken")
GERMAN_SLASH = "({ key: '/', code: 'Digit7', shiftKey: true, bubbles: true, cancelable: true, composed: true })"


def entry(page: Page) -> int:
    """Return the place of the entry that has the focus, from 0; -1 without one."""
    script = "[...document.querySelectorAll('[data-passage]')].indexOf(document.activeElement.closest('[data-passage]'))"
    return int(page.evaluate(script))


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def test_j_and_k_walk_through_the_entries_and_enter_opens_one(room: Room) -> None:
    page = room.open(MANY)
    page.keyboard.press("k")
    assert entry(page) == 0
    for _ in range(9):
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.closest('[data-title]') !== null")
    assert entry(page) == 9
    expect(page.locator("[data-passage]").nth(9).locator("[data-title]")).to_be_in_viewport()
    page.keyboard.press("j")
    said(page, "Das ist der letzte Eintrag dieser Seite.")
    page.keyboard.press("k")
    assert entry(page) == 8
    title = focused(page)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(title)
    expect(page.get_by_role("button", name="Tastenkürzel")).to_be_visible()  # the script is there
    page.keyboard.press("j")  # one is at the passage that the address names, the only one
    said(page, "Das ist der letzte Eintrag dieser Seite.")
    page.go_back()
    page.keyboard.press("j")
    assert entry(page) == 0


def test_c_shows_and_copies_the_citation_and_m_remembers(room: Room) -> None:
    page = room.open(HITS)
    for key in "cm":
        page.keyboard.press(key)
        said(page, "Bitte zuerst mit j einen Eintrag wählen.")
        page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("c")
    said(page, "Fußnote kopiert.")
    citation = page.locator("[data-passage]").nth(1).locator(".citation")
    expect(citation).to_be_visible()
    assert read_clipboard(page) == citation.inner_text().replace("\u00a0", " ")  # pasted elsewhere, blanks are plain
    assert entry(page) == 1
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Gemerkt")).to_have_count(1)
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Gemerkt")).to_have_count(0)
    page.keyboard.press("m")

    page.goto(f"{room.address}/merkliste")
    page.keyboard.press("j")
    page.keyboard.press("c")
    said(page, "Fußnote kopiert.")
    page.keyboard.press("m")
    assert focused(page) == "Rückgängig"


def test_the_slash_of_a_german_keyboard_leads_to_the_field_and_selects_its_text(room: Room) -> None:
    page = room.open(HITS)
    assert page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {GERMAN_SLASH}))") is False
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("j/?cm")
    expect(page.get_by_label("Ihre Frage oder ein Stichwort")).to_have_value("j/?cm")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_keys_stay_letters_wherever_somebody_writes_or_means_something_else(room: Room) -> None:
    page = room.open(HITS)
    page.evaluate(f"document.querySelector('main').insertAdjacentHTML('beforeend', `{FIELDS}`)")
    for target in ("#a", "#b", "#d b", "select", "input[type=checkbox]", "input[type=radio]"):
        page.locator(target).first.evaluate("(element) => element.focus()")
        for key in ("j", "k", "m", "/"):
            page.keyboard.press(key)
        assert page.evaluate("(target) => document.activeElement.matches(target)", target), target
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    for keys in ("Control+j", "Alt+j", "Meta+j", "Shift+J"):
        page.keyboard.press(keys)
        assert entry(page) == -1, keys


def test_the_help_traps_the_focus_gives_it_back_and_pleases_axe(room: Room) -> None:
    page = room.open(HITS)
    page.keyboard.press("j")
    before = focused(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Tastenkürzel")
    expect(dialog).to_be_visible()
    for text in HELP:
        expect(dialog).to_contain_text(text)
    assert find_violations(page) == []
    for _ in range(5):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    dialog.get_by_role("button").focus()
    page.keyboard.press("j")
    assert focused(page) == "Schließen"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert focused(page) == before
    page.keyboard.press("?")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()


def test_single_keys_can_be_turned_off_for_good_and_on_again(room: Room) -> None:
    page = room.open(HITS)
    other = page.context.new_page()
    other.goto(room.address + HITS)
    page.bring_to_front()
    page.keyboard.press("?")
    page.get_by_role("switch", name="Einzelne Tasten als Kürzel nutzen").press("Space")
    page.keyboard.press("Escape")
    other.keyboard.press("j")
    assert entry(other) == -1  # in a tab that was open before, too
    other.close()
    for _ in range(2):
        for key in ("j", "c", "m", "/", "?"):
            page.keyboard.press(key)
        assert entry(page) == -1
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert page.evaluate("document.activeElement === document.body || document.activeElement.matches('.keys-opener')")
        page.goto(room.address + HITS)
    page.get_by_role("button", name="Tastenkürzel").press("Enter")
    expect(page.get_by_role("switch")).not_to_be_checked()
    page.get_by_role("switch").press("Space")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert entry(page) == 0


def test_where_nothing_may_be_stored_the_switch_works_for_the_page_and_says_so(room: Room) -> None:
    page = room.open(HITS, NO_STORAGE)
    page.keyboard.press("?")
    page.get_by_role("switch").press("Space")
    expect(page.get_by_text("Gilt nur auf dieser Seite")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert entry(page) == -1


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_way_to_an_entry_is_smooth_only_for_who_likes_motion(room: Room, motion: str) -> None:
    page = room.open(MANY, reduced_motion=motion)
    wanted = {"reduce": "auto", "no-preference": "smooth"}[motion]
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == wanted
    for _ in range(6):
        page.keyboard.press("j")
    expect(page.locator("[data-passage]").nth(5)).to_be_in_viewport()


def test_hidden_entries_are_passed_over_and_a_page_without_any_says_so(room: Room) -> None:
    page = room.open("/suche?q=Quastenflosser")
    page.keyboard.press("j")
    said(page, "Auf dieser Seite gibt es keine Einträge.")
    page.get_by_text("Was am nächsten kommt").click()
    page.keyboard.press("j")
    assert entry(page) == 0
    page.goto(f"{room.address}/hilfe")
    page.keyboard.press("j")
    said(page, "Auf dieser Seite gibt es keine Einträge.")
