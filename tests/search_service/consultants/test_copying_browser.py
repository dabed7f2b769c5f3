"""„Beleg kopieren“ in a real browser: with a clipboard, without one, and while the service does not answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.search_service.consultants.reading_room import CASE_HITS, HITS, Room, read_clipboard

FOOTNOTE = (
    "Redaktion Zukunfts-HUB (2025): Leitfaden Künstliche Intelligenz im Betrieb. Zukunfts-HUB Ruhr, "
    "S. 12–13 (PDF-Seiten 15–16)."
)
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
OLD_CLIPBOARD = "delete window.ClipboardItem"
NO_COMMAND = "document.execCommand = () => false"


def selected(page: Page) -> str:
    return str(page.evaluate("getSelection().toString()")).strip()


def test_every_format_is_copied_and_said_so_without_anything_moving(room: Room) -> None:
    page = room.open(HITS)
    hit = page.locator("[data-passage]").first
    before = hit.bounding_box()
    hit.get_by_role("button", name="Beleg kopieren").click()
    expect(page.get_by_role("status").filter(has_text="Fußnote kopiert.")).to_be_visible()
    expect(hit.get_by_role("button", name="Kopiert")).to_be_visible()
    assert read_clipboard(page) == FOOTNOTE
    assert hit.bounding_box() == before
    expect(hit.get_by_role("button", name="Beleg kopieren")).to_be_visible()  # again, after a while

    hit.get_by_text("Zitat").click()
    before = hit.bounding_box()
    for format, begin in (("APA", "Redaktion"), ("BibTeX", "@techreport{"), ("RIS", "TY  - RPRT"), ("CSL-JSON", "[")):
        hit.get_by_role("button", name=format).click()
        expect(page.get_by_role("status").filter(has_text=f"{format} kopiert.")).to_be_visible()
        assert read_clipboard(page).startswith(begin)
    assert hit.bounding_box() == before


@pytest.mark.parametrize("script", ["", OLD_CLIPBOARD], ids=["promised", "at once"])
def test_it_is_done_by_keyboard_alone_and_the_focus_stays(room: Room, script: str) -> None:
    page = room.open(HITS, script)
    page.get_by_text("Zitat").first.focus()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="BibTeX kopiert.")).to_be_visible()
    assert page.evaluate("document.activeElement.dataset.copy") == "bibtex"
    assert read_clipboard(page).startswith("@techreport{")


def test_markup_in_a_title_is_copied_as_text(room: Room) -> None:
    page = room.open(CASE_HITS)
    page.get_by_role("button", name="Beleg kopieren").click()
    expect(page.get_by_role("button", name="Kopiert")).to_be_visible()
    assert read_clipboard(page) == (
        'Zukunfts-HUB Ruhr (2024): Fallbericht <script>alert("x")</script> & Übergabe, Abschnitt „Vorgehen“.'
    )


def test_without_a_clipboard_the_text_is_selected_and_copied_the_old_way(room: Room) -> None:
    page = room.open(HITS, NO_CLIPBOARD)
    hit = page.locator("[data-passage]").first
    hit.get_by_role("button", name="Beleg kopieren").click()
    expect(page.get_by_role("status").filter(has_text="Fußnote kopiert.")).to_be_visible()
    assert selected(page) == FOOTNOTE
    page.get_by_label("Ihre Frage oder ein Stichwort").fill("")
    page.keyboard.press("Control+v")
    expect(page.get_by_label("Ihre Frage oder ein Stichwort")).to_have_value(FOOTNOTE)


def test_where_nothing_may_be_copied_the_text_is_selected_and_the_keys_are_told(room: Room) -> None:
    page = room.open(HITS, f"{NO_CLIPBOARD}; {NO_COMMAND}")
    hit = page.locator("[data-passage]").first
    hit.get_by_role("button", name="Beleg kopieren").click()
    expect(page.get_by_role("status").filter(has_text="Strg+C")).to_be_visible()
    assert selected(page) == FOOTNOTE
    expect(hit.locator(".citation")).to_be_visible()
    hit.get_by_role("button", name="BibTeX").click()
    expect(hit.locator("pre")).to_contain_text("@techreport{")
    assert selected(page).startswith("@techreport{")
    assert selected(page).endswith("}")


@pytest.mark.parametrize("gone", [True, False], ids=["nothing", "a proxy"])
def test_while_the_service_does_not_answer_the_footnote_is_copied_all_the_same(room: Room, gone: bool) -> None:
    page = room.open(HITS)
    page.route("**/api/v1/**", lambda route: route.abort() if gone else route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    hit = page.locator("[data-passage]").first
    hit.get_by_text("Zitat").click()
    hit.get_by_role("button", name="BibTeX").click()
    told = page.get_by_role("status").filter(has_text="Der Dienst antwortet nicht")
    expect(told).to_contain_text("BibTeX ist gerade nicht zu bekommen.")
    expect(told).to_contain_text("Die Fußnote lässt sich trotzdem kopieren.")
    hit.get_by_role("button", name="Fußnote").click()
    expect(page.get_by_role("status").filter(has_text="Fußnote kopiert.")).to_be_visible()
    assert read_clipboard(page) == FOOTNOTE


def test_what_the_service_says_about_a_withdrawn_passage_is_passed_on(room: Room) -> None:
    page = room.open(HITS)
    fold = page.locator("[data-citation]").first
    fold.evaluate("(fold) => { fold.open = true; fold.dataset.address = '/api/v1/passages/p0000000000000000/citation' }")
    fold.get_by_role("button", name="RIS").click()
    told = page.request.get(f"{room.address}/api/v1/passages/p0000000000000000/citation").json()["detail"]
    expect(page.get_by_role("status").filter(has_text="RIS ist gerade nicht")).to_contain_text(told)


def test_the_citation_of_a_whole_document_can_be_copied_too(room: Room) -> None:
    page = room.open("/dokument/d0000000000000000")
    fold = page.locator("[data-citation=d0000000000000000]")
    fold.locator("summary").click()
    fold.get_by_role("button", name="Fußnote").click()
    expect(fold.get_by_role("button", name="Kopiert")).to_be_visible()
    assert (
        read_clipboard(page) == "Redaktion Zukunfts-HUB (2025): Leitfaden Künstliche Intelligenz im Betrieb. Zukunfts-HUB Ruhr."
    )
