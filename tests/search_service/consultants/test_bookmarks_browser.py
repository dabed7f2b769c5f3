"""The list of bookmarks in a real browser: kept, shown, put in order, taken along, printed; and what may go wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from search_service.documents import make_passage_ids
from search_service.knowledge_base.store import KnowledgeBase
from tests.pages.visit import find_violations
from tests.search_service.consultants.reading_room import CASE_HITS, HITS, NO_STORAGE, Room, focused, read_clipboard
from tests.search_service.small_library import CASE, GUIDE

KEY = "change-wissen.merkliste"
FILES = (("BibTeX", ".bib", "@"), ("RIS", ".ris", "TY"), ("CSL-JSON", ".json", "["), ("Fußnoten", ".txt", "Redaktion"))
BROKEN = (
    "{",
    "null",
    "[]",
    '{"version": 2, "entries": [{"id": "p1"}]}',
    '{"version": 1, "entries": {"length": 3}}',
    '{"version": 1, "entries": [null, 5, "p1", {}, {"id": 7}, {"id": "javascript:alert(1)"}, {"id": "p/../x"}]}',
)
MARKUP = 'Fallbericht <script>alert("x")</script> & Übergabe'
PREFACE, LAW, STREET = make_passage_ids(
    GUIDE,
    [
        "Dieser Leitfaden hilft Betrieben bei der Einführung.",
        "Der Betriebsrat bestimmt bei der Einführung von KI mit.\nDas folgt aus § 87 Abs. 1 Nr. 6 BetrVG.",
        "Die Einigungsstelle entscheidet, wenn Betriebsrat und Arbeitgeber sich nicht einigen.",
    ],
)
(HANDOVER,) = make_passage_ids(
    CASE, ["Die Übergabe <b>zwischen</b> den Schichten gelingt mit einem Protokoll & einem Gespräch."]
)


def entry(id: str, title: str, **fields: str) -> dict[str, str]:
    return {"id": id, "document": "d0", "title": title, "citation": f"{title}.", "snippet": f"Aus {title}."} | fields


def keep(*entries: dict[str, str]) -> str:
    """Return the script that a browser with these bookmarks starts with."""
    stored = json.dumps(json.dumps({"version": 1, "entries": entries}))
    return f"localStorage.getItem('{KEY}') ?? localStorage.setItem('{KEY}', {stored})"


def tell_state(state: str, route: Route) -> None:
    route.fulfill(body=json.dumps({"state": state, "since": "2026-03-05T12:00:00Z"}), content_type="application/json")


def stored(page: Page) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = page.evaluate(f"JSON.parse(localStorage.getItem('{KEY}')).entries")
    return entries


def titles(page: Page) -> list[str]:
    return page.locator(".bookmark [data-title]").all_inner_texts()


def test_what_is_remembered_is_counted_listed_noted_and_led_back_to(room: Room) -> None:
    page = room.open(CASE_HITS)
    button = page.get_by_role("button", name="Merken")
    before = page.locator("[data-passage]").bounding_box(), button.bounding_box(), page.locator("header nav").bounding_box()
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    button = page.get_by_role("button", name="Gemerkt")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-bookmark-count]")).to_have_text("1")
    expect(page.get_by_role("status").filter(has_text="Auf der Merkliste.")).to_be_visible()
    after = page.locator("[data-passage]").bounding_box(), button.bounding_box(), page.locator("header nav").bounding_box()
    assert after == before

    page.get_by_role("link", name="Merkliste").click()
    row = page.locator(".bookmark")
    expect(row.locator("[data-title]")).to_have_text(MARKUP)
    expect(row.locator(".citation")).to_contain_text("Abschnitt „Vorgehen“")
    expect(row.locator(".snippet")).to_contain_text("<b>zwischen</b> den Schichten")
    row.get_by_label("Notiz").fill("Für Frau Ülmer <i>\nnachsehen")
    page.reload()
    expect(page.get_by_label("Notiz")).to_have_value("Für Frau Ülmer <i>\nnachsehen")
    assert page.locator("main script, main b, main i").count() == 0
    assert set(stored(page)[0]) == {"id", "document", "title", "citation", "snippet", "note", "date"}

    row.locator("[data-title]").click()
    expect(page.locator(f"#{HANDOVER}")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Gemerkt")).to_have_count(1)
    page.get_by_role("button", name="Gemerkt").click()
    expect(page.locator("[data-bookmark-count]")).to_be_hidden()
    page.get_by_role("button", name="Merken").click()  # a slip: the note is there again
    assert stored(page)[0]["note"] == "Für Frau Ülmer <i>\nnachsehen"
    page.go_back()
    page.get_by_role("button", name="Entfernen").click()
    page.go_back()
    expect(page.get_by_role("button", name="Merken")).to_have_attribute("aria-pressed", "false")


def test_entries_are_moved_taken_off_put_back_and_cleared_by_keyboard(room: Room) -> None:
    page = room.open("/merkliste", keep(entry(PREFACE, "Eins"), entry(LAW, "Zwei", note="N"), entry(STREET, "Drei")))
    rows = page.locator(".bookmark")
    rows.nth(2).locator("[data-move='-1']").press("Enter")
    assert titles(page) == ["Eins", "Drei", "Zwei"]
    assert focused(page) == "↑ Nach oben – Drei"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # at the top nothing moves any more
    assert titles(page) == ["Drei", "Eins", "Zwei"]
    expect(page.get_by_role("status").filter(has_text="Jetzt an Stelle 1 von 3.")).to_be_visible()
    rows.nth(0).locator("[data-move='1']").press("Space")
    assert titles(page) == ["Eins", "Drei", "Zwei"]

    rows.nth(1).locator("[data-remove]").press("Enter")
    assert (titles(page), focused(page)) == (["Eins", "Zwei"], "Rückgängig")
    rows.nth(0).locator("[data-remove]").press("Enter")
    rows.nth(0).locator("[data-remove]").press("Enter")
    assert (titles(page), stored(page)) == ([], [])
    for title in ("Zwei", "Drei", "Eins"):
        page.locator(".removed").filter(has_text=title).get_by_role("button").press("Enter")
        assert focused(page) == f"Entfernen – {title}"
    assert titles(page) == ["Eins", "Drei", "Zwei"]
    expect(rows.nth(2).get_by_label("Notiz")).to_have_value("N")

    clear = page.get_by_role("button", name="Alle löschen …")
    clear.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("3 Textstellen samt Notizen verschwinden")
    assert focused(page) == "Abbrechen"
    page.keyboard.press("Escape")
    assert (titles(page), focused(page)) == (["Eins", "Drei", "Zwei"], "Alle löschen …")
    clear.press("Enter")
    page.get_by_role("button", name="Alle löschen", exact=True).press("Enter")
    expect(page.get_by_text("Noch nichts gemerkt.")).to_be_visible()
    assert stored(page) == []


def test_all_of_them_are_taken_along_as_files_and_as_text(room: Room) -> None:
    page = room.open("/merkliste", keep(entry(LAW, "Eins", note="wichtig"), entry(HANDOVER, "Zwei")))
    expect(page.locator(".citation").first).to_contain_text("S. 12 (PDF-Seite 15).")  # as the service cites it today
    for label, ending, begin in (
        ("BibTeX", ".bib", "@"),
        ("RIS", ".ris", "TY"),
        ("CSL-JSON", ".json", "["),
        ("Fußnoten", ".txt", "Red"),
    ):
        with page.expect_download() as started:
            page.get_by_role("button", name=label).click()
        assert started.value.suggested_filename == f"change-wissen-literatur{ending}"
        assert started.value.path().read_text("utf-8").startswith(begin)
    page.get_by_role("button", name="Als Text kopieren").click()
    expect(page.get_by_role("status").filter(has_text="Als Text kopiert.")).to_be_visible()
    first, second = read_clipboard(page).split("\n\n")
    assert first.startswith("1. Redaktion Zukunfts-HUB (2025)")
    assert first.endswith("\n   Notiz: wichtig")
    assert second.startswith("2. Zukunfts-HUB Ruhr (2024)")


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_it_fits_the_window_and_axe_finds_nothing(room: Room, width: int, scheme: str) -> None:
    kept = keep(entry(LAW, "Ein Titel" * 30, note="wichtig"), entry("p0000000000000000", "Weg"))
    page = room.open("/merkliste", kept, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.get_by_label("Notiz").first.fill("x" * 300)
    expect(page.get_by_text("ist hier nicht bekannt")).to_be_visible()
    assert find_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("button", name="Alle löschen …").click()
    assert find_violations(page) == []


def test_print_shows_numbered_citations_with_notes_and_nothing_to_press(room: Room) -> None:
    page = room.open("/merkliste", keep(entry(LAW, "Eins", note="wichtig"), entry(HANDOVER, "Zwei")))
    expect(page.locator(".citation").first).to_contain_text("S. 12")
    page.emulate_media(media="print")
    expect(page.get_by_text("Notiz: wichtig")).to_be_visible()
    expect(page.get_by_text("Ch@nge Wissen, Stand")).to_be_visible()
    assert page.locator(".snippet").all_inner_texts() == ["Aus Eins.", "Aus Zwei."]
    shown = page.locator("button, textarea, header a, footer a, .lead").evaluate_all(
        "(found) => found.filter((each) => each.checkVisibility()).map((each) => each.outerHTML)"
    )
    assert shown == []
    counter = "(row) => getComputedStyle(row, '::before').content"
    assert page.locator(".bookmark").first.evaluate(counter) == "counter(entry)"


def test_a_text_that_has_changed_since_and_one_that_was_removed_are_told_apart(room: Room) -> None:
    page = room.open(HITS, keep(entry("pchanged", "Anders"), entry("premoved", "Weg"), entry("pbroken", "Seltsam")))
    for state in ("changed", "removed"):
        page.route(f"**/permalinks/p{state}", partial(tell_state, state))
    page.goto(f"{room.address}/merkliste")
    states = page.locator(".state")
    expect(states.nth(0)).to_have_text(
        "Das Dokument wurde am 5. März 2026 neu aufgenommen; die Textstelle steht nicht mehr so darin."
    )
    expect(states.nth(1)).to_have_text("Das Dokument wurde am 5. März 2026 aus der Wissensdatenbank entfernt.")
    page.get_by_role("button", name="BibTeX").click()
    expect(page.get_by_role("status").filter(has_text="Keine der Textstellen")).to_be_visible()


def test_other_tabs_follow_and_a_page_that_comes_back_is_up_to_date(room: Room) -> None:
    page = room.open("/merkliste", keep(entry(LAW, "Eins"), entry(STREET, "Zwei")))
    page.get_by_label("Notiz").first.fill("hier geschrieben")
    other = page.context.new_page()
    other.goto(room.address + HITS)
    expect(other.get_by_role("button", name="Gemerkt")).to_have_count(2)
    other.get_by_role("button", name="Gemerkt").first.click()
    expect(page.locator(".bookmark")).to_have_count(1)
    page.get_by_role("button", name="Entfernen").click()
    expect(other.locator("[data-bookmark-count]")).to_be_hidden()
    expect(other.get_by_role("button", name="Gemerkt")).to_have_count(0)
    # As the browser keeps a page for the back button, it hears of nothing while it sleeps.
    other.evaluate(f"localStorage.setItem('{KEY}', JSON.stringify({{ version: 1, entries: [{{ id: '{LAW}' }}] }}))")
    expect(other.get_by_role("button", name="Gemerkt")).to_have_count(0)
    other.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(other.get_by_role("button", name="Gemerkt")).to_have_count(1)


@pytest.mark.parametrize("script", [NO_STORAGE, "Storage.prototype.setItem = () => { throw new Error('full') }"])
def test_where_nothing_may_be_stored_the_list_lives_as_long_as_the_tab_and_says_so(room: Room, script: str) -> None:
    page = room.open(HITS, script)
    for _ in range(2):
        page.get_by_role("button", name="Merken").first.click()
    expect(page.get_by_role("status").filter(has_text="nur, bis Sie diesen Tab schließen")).to_be_visible()
    page.get_by_role("link", name="Merkliste").click()
    expect(page.locator("[data-fleeting]")).to_contain_text("Ihr Browser erlaubt kein Speichern")
    expect(page.locator(".bookmark")).to_have_count(2)
    page.get_by_label("Notiz").first.fill("bleibt im Tab")
    page.go_back()
    expect(page.get_by_role("button", name="Gemerkt")).to_have_count(2)
    page.go_forward()
    expect(page.get_by_label("Notiz").first).to_have_value("bleibt im Tab")


INSECURE = "Object.defineProperty(window, 'isSecureContext', { value: false });"  # as on an http address of the intranet


def test_without_https_nothing_is_left_to_the_sites_that_the_tab_goes_on_to(room: Room) -> None:
    page = room.open(HITS, INSECURE + NO_STORAGE)
    page.get_by_role("button", name="Merken").first.click()
    expect(page.get_by_role("status").filter(has_text="Das gilt nur auf dieser Seite.")).to_be_visible()
    expect(page.get_by_role("button", name="Gemerkt")).to_have_count(1)
    assert page.evaluate("window.name") == ""
    page.get_by_role("link", name="Merkliste").click()
    expect(page.locator("[data-fleeting]")).to_contain_text("gilt nur auf der Seite, auf der Sie es tun")
    expect(page.locator(".bookmark")).to_have_count(0)


@pytest.mark.parametrize("script", ["", INSECURE, INSECURE + NO_STORAGE])
def test_a_list_that_another_site_named_the_tab_with_is_not_shown(room: Room, script: str) -> None:
    planted = json.dumps({"version": 1, "entries": [entry("p1", "Untergeschoben")]})
    page = room.open("/merkliste", f"window.name = {json.dumps(KEY + planted)}; {script}")
    expect(page.locator("[data-without-scripts]")).to_have_count(0)
    expect(page.locator(".bookmark")).to_have_count(0)


def test_broken_or_foreign_content_counts_as_an_empty_list(room: Room) -> None:
    page = room.open("/merkliste")
    for content in BROKEN:
        page.evaluate(f"(content) => localStorage.setItem('{KEY}', content)", content)
        page.reload()
        expect(page.get_by_text("Noch nichts gemerkt.")).to_be_visible()


def test_odd_entries_are_shown_as_text_and_cut_and_the_list_ends_at_two_hundred(room: Room) -> None:
    odd: list[dict[str, Any]] = [
        {
            "id": "p_odd",
            "title": "<img src=x onerror=alert(1)>",
            "citation": ["x"],
            "snippet": None,
            "note": "y" * 9000,
            "date": "nie",
        },
        *({"id": f"p{number}"} for number in range(250)),
    ]
    page = room.open("/merkliste", keep(*odd))
    expect(page.locator(".tally")).to_have_text("200 Textstellen – die Liste ist voll")
    first = page.locator(".bookmark").first
    expect(first.locator("[data-title]")).to_have_text("<img src=x onerror=alert(1)>")
    assert len(first.get_by_label("Notiz").input_value()) == 2000
    expect(first.get_by_text("gemerkt am")).to_be_hidden()
    page.route("**/permalinks/*", lambda route: route.abort())
    page.goto(room.address + CASE_HITS)
    page.get_by_role("button", name="Merken").click()
    expect(page.get_by_role("status").filter(has_text="Die Merkliste ist voll (200 Einträge).")).to_be_visible()
    expect(page.get_by_role("button", name="Merken")).to_have_attribute("aria-pressed", "false")


def test_while_the_service_does_not_answer_the_list_is_there_and_can_be_worked_on(room: Room) -> None:
    page = room.open(HITS, keep(entry(LAW, "Eins"), entry(STREET, "Zwei")))
    page.route("**/api/v1/**", lambda route: route.abort())
    page.get_by_role("link", name="Merkliste").click()
    expect(page.get_by_text("Der Dienst antwortet gerade nicht. Ihre Merkliste ist da")).to_be_visible()
    page.get_by_role("button", name="Nach unten").first.click()
    assert titles(page) == ["Zwei", "Eins"]
    page.unroute("**/api/v1/**")
    told = json.dumps({"detail": "Zu viele Anfragen. Bitte in 5 Sekunden noch einmal."})
    page.route("**/api/v1/**", lambda route: route.fulfill(status=429, body=told, content_type="application/problem+json"))
    page.reload()
    expect(page.get_by_text("Bitte in 5 Sekunden noch einmal. Ihre Merkliste ist da")).to_be_visible()


def test_an_entry_that_another_tab_has_just_taken_off_can_be_taken_off_here(room: Room) -> None:
    page = room.open("/merkliste", keep(entry(LAW, "Eins")))
    # In one step: what the service says of the entries draws the list anew in between.
    page.get_by_role("button", name="Entfernen").evaluate(
        f"(button) => {{ localStorage.setItem('{KEY}', ''); button.click(); }}"
    )
    expect(page.get_by_text("Noch nichts gemerkt.")).to_be_visible()


def test_without_scripts_the_page_explains_itself(room: Room) -> None:
    page = room.open("/merkliste", java_script_enabled=False)
    expect(page.get_by_text("Die Merkliste braucht JavaScript")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


@pytest.fixture
def without_case(whole_room: Room) -> Iterator[None]:
    """The library while one of its documents is withdrawn."""
    with KnowledgeBase(whole_room.root / "kb") as knowledge_base:
        knowledge_base.withdraw(CASE, "Veraltet")
        assert knowledge_base.publish()
    yield
    with KnowledgeBase(whole_room.root / "kb") as knowledge_base:
        assert knowledge_base.restore(CASE)
        assert knowledge_base.publish()


@pytest.mark.usefixtures("without_case")
def test_passages_that_are_gone_are_said_to_be_and_stay(room: Room) -> None:
    kept = keep(entry(LAW, "Da"), entry(HANDOVER, "Zurückgezogen"), entry("p0000000000000000", "Unbekannt"))
    page = room.open("/merkliste", kept)
    expect(page.locator(".state:visible")).to_have_count(2)
    assert page.locator(".bookmark").nth(1).locator(".state").inner_text().startswith("Die Redaktion hat das Dokument am ")
    assert page.locator(".bookmark").nth(2).locator(".state").inner_text() == "Diese Textstelle ist hier nicht bekannt."
    assert titles(page) == ["Da", "Zurückgezogen", "Unbekannt"]
    with page.expect_download() as started:
        page.get_by_role("button", name="Fußnoten").click()
    assert len(started.value.path().read_text("utf-8").splitlines()) == 1
    expect(page.get_by_role("status").filter(has_text="In der Datei fehlen 2 Textstellen")).to_be_visible()
