"""`<change-wissen-suche>` in a portal's page, in a real browser: another origin, a strict policy, no library."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Route, expect

from tests.portal.widget_host import Stay, search
from tests.serving import open_browser

CHECKS = {"rules": {"target-size": {"enabled": True}}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def stay(browser: Browser, host: str, wissen: str, request: pytest.FixtureRequest) -> Iterator[Stay]:
    """A window; a test may ask for options by `@pytest.mark.parametrize("stay", [...], indirect=True)`."""
    with Stay(browser, host, wissen, **getattr(request, "param", {})) as stay:
        yield stay
        assert stay.hosts <= stay.own_hosts


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_question_on_another_origin_gets_passages_with_marks_and_citation(browser, host, wissen, name):
    with Stay(browser, host.replace("127.0.0.1", name), wissen) as stay:
        first, second = stay.open_widgets()
        expect(first.locator("input[name=q]").first).to_be_hidden()  # of the plain form
        hits = search(first, "Betriebsrat bestimmt mit")
        expect(hits).to_have_count(3)
        expect(first.get_by_role("status")).to_have_text("3 von 19 Textstellen.")
        expect(hits.first.locator("[part=titel]")).to_have_text("Leitfaden Künstliche Intelligenz im Betrieb")
        expect(hits.first.locator("[part=ausschnitt] > em > mark")).to_have_text(["Betriebsrat", "bestimmt"])
        expect(hits.first.locator("[part=beleg]")).to_contain_text("S.\u00a012 (PDF-Seite 15)")
        expect(second.locator("[part=treffer]")).to_have_count(0)
        expect(first.locator("[part=alle]")).to_have_text("Alle Treffer (19)")
        stay.page.evaluate("document.body.append(document.querySelector('change-wissen-suche'))")
        moved = stay.page.locator("change-wissen-suche").last
        expect(moved.locator("[part=treffer]")).to_have_count(3)
        moved.locator("[part=titel]").first.click()
        expect(stay.page.locator("h1")).to_have_text("Leitfaden Künstliche Intelligenz im Betrieb")
        assert f"{wissen}/dokument/d0000000000000000#p" in stay.page.url
        assert stay.hosts == stay.own_hosts
        assert stay.console == []


def test_the_second_search_has_its_own_collection_looks_and_words_and_shows_markup_as_text(stay):
    first, second = stay.open_widgets()
    assert second.locator("[part=feld]").get_attribute("placeholder") == "z.\u00a0B. Übergabe"
    expect(second.locator("[part=knopf]")).to_have_text("Beispiele finden")
    hits = search(second, "Protokoll Gespräch")
    expect(hits).to_have_count(2)  # the two documents of its collections
    expect(hits.first.locator("[part=titel]")).to_have_text('Fallbericht <script>alert("x")</script> & Übergabe')
    expect(hits.first.locator("[part=ausschnitt]")).to_contain_text("Die Übergabe <b>zwischen</b> den Schichten")
    expect(hits.locator(":is(script, b)")).to_have_count(0)
    assert "collection=erfolg&collection=praxisprojekte" in str(second.locator("[part=alle]").get_attribute("href"))
    colour, font = "element => getComputedStyle(element).backgroundColor", "element => getComputedStyle(element).fontFamily"
    assert second.locator("[part=knopf]").evaluate(colour) == "rgb(106, 27, 122)"
    assert first.locator("[part=knopf]").evaluate(colour) == "rgb(10, 95, 90)"
    assert "Liberation Sans" in second.locator("[part=titel]").first.evaluate(font)
    assert "Georgia" in first.locator("[part=feld]").evaluate(font)
    stay.page.emulate_media(color_scheme="dark")
    assert second.locator("[part=knopf]").evaluate(colour) == "rgb(227, 168, 240)"
    assert first.locator("[part=knopf]").evaluate(colour) == "rgb(116, 207, 192)"
    assert stay.console == []


def test_the_page_around_hears_how_many_hits_there_are_and_not_what_was_asked(stay):
    first, second = stay.open_widgets()
    stay.page.evaluate("""() => {
        window.heard = [];
        for (const what of ["treffer", "fehler"])
            document.addEventListener(`change-wissen-suche:${what}`, (event) =>
                window.heard.push([what, event.target.id, event.detail]));
    }""")
    expect(search(first, "Quastenflosser")).to_have_count(3)
    expect(search(second, "Protokoll Gespräch")).to_have_count(2)
    second.evaluate("element => { element.shadowRoot.querySelector('input').value = 'x'.repeat(2001); element.treffer = 1; }")
    expect(second.get_by_role("status")).to_contain_text("zu lang (höchstens 2.000)")
    assert stay.page.evaluate("window.heard") == [
        ["treffer", "", {"anzahl": 19, "gezeigt": 3, "passend": False}],
        ["treffer", "erfolg", {"anzahl": 2, "gezeigt": 2, "passend": True}],
        ["fehler", "erfolg", {"status": 422}],
    ]


def test_where_nothing_fits_it_says_so_and_offers_what_is_near(stay):
    first, _ = stay.open_widgets()
    hits = search(first, "Quastenflosser Tiefsee Übergabe")
    expect(first.get_by_role("status")).to_have_text("Dazu haben wir nichts Passendes gefunden.")
    expect(hits.first).to_be_hidden()
    first.get_by_text("Was am nächsten kommt").click()
    expect(hits.first).to_be_visible()
    topics = first.locator("[part=thema]")
    expect(topics).to_have_count(5)
    address = topics.nth(1).get_attribute("href") or ""
    assert address.startswith("http")
    assert parse_qs(urlsplit(address).query) == {"q": [topics.nth(1).inner_text()]}  # on the page, in all collections


def test_a_correction_is_told_and_can_be_taken_back(stay):
    first, _ = stay.open_widgets()
    search(first, "Gedechtnis")
    expect(first.get_by_role("status")).to_contain_text("Gesucht wurde nach „Gedächtnis“.")
    first.get_by_role("button", name="Gedechtnis").click()
    expect(first.get_by_role("status")).not_to_contain_text("Gesucht wurde")
    assert "verbatim=true" in str(first.locator("[part=alle]").get_attribute("href"))


def test_the_keyboard_is_enough(stay):
    first, _ = stay.open_widgets()
    stay.page.keyboard.press("Tab")
    expect(first.locator("[part=feld]")).to_be_focused()
    stay.page.keyboard.press("Enter")
    expect(first.get_by_role("status")).to_have_text("Bitte eine Frage oder ein Stichwort eingeben.")
    stay.page.keyboard.type("Schichtplanung")
    stay.page.keyboard.press("Enter")
    expect(first.locator("[part=titel]")).to_have_count(3)
    expect(first.locator("[part=feld]")).to_be_focused()  # nobody is moved; the status is read out
    for part in ("knopf", "titel"):
        stay.page.keyboard.press("Tab")
        expect(first.locator(f"[part={part}]").first).to_be_focused()
        width = "element => getComputedStyle(element).outlineWidth"
        assert first.locator(f"[part={part}]").first.evaluate(width) == "3px"
    stay.page.keyboard.press("Escape")
    expect(first.locator("[part=feld]")).to_be_focused()
    first.locator("[part=feld]").fill("")
    expect(first.locator("[part=treffer]")).to_have_count(0)


def test_attributes_are_properties_and_take_effect_at_once(stay):
    first, _ = stay.open_widgets()
    given = first.evaluate("""element => {
        Object.assign(element, { treffer: 1, platzhalter: "Neue Frage", sammlung: "beratung", frage: "Schichtplanung" });
        return element.getAttributeNames().map((name) => [name, element[name]]);
    }""")
    assert dict(given)["treffer"] == "1"
    expect(first.locator("[part=treffer]")).to_have_count(1)
    expect(first.get_by_role("status")).to_have_text("1 von 14 Textstellen.")
    assert first.locator("[part=feld]").get_attribute("placeholder") == "Neue Frage"
    first.evaluate("element => element.removeAttribute('frage')")
    expect(first.locator("[part=treffer]")).to_have_count(0)
    stay.page.evaluate(
        """address => {
        const made = document.createElement("change-wissen-suche");
        Object.assign(made, { id: "neu", adresse: address, frage: "Schichtbuch" });
        document.querySelector("main").append(made);
        made.focus();
    }""",
        stay.service,
    )
    made = stay.page.locator("#neu")
    expect(made.locator("[part=titel]").first).to_have_text("Schichtbuch")
    made.evaluate("element => element.focus()")
    expect(made.locator("[part=feld]")).to_be_focused()
    made.evaluate("element => element.removeAttribute('adresse')")
    expect(made.locator("[part=feld]")).to_be_hidden()
    assert [kind for kind, _ in stay.console] == ["info"]


def test_a_late_answer_to_an_older_question_is_not_shown(stay):
    held: list[Route] = []
    first, _ = stay.open_widgets()
    stay.page.route("**/api/v1/search?q=Exoskelett*", lambda route: held.append(route))
    with stay.page.expect_request("**/api/v1/search?q=Exoskelett*"):
        search(first, "Exoskelett")
    with stay.page.expect_event("requestfailed") as aborted:
        search(first, "Schichtbuch")
    assert "Exoskelett" in aborted.value.url
    expect(first.locator("[part=titel]").first).to_have_text("Schichtbuch")
    with stay.page.expect_request("**/api/v1/search?q=Exoskelett*"):
        search(first, "Exoskelett")
    with stay.page.expect_event("requestfailed"):
        first.evaluate("element => element.remove()")
    assert stay.console == []


def test_the_page_has_no_violation_of_wcag_2_2_aa_in_light_and_dark_and_fits_a_small_screen(stay):
    first, second = stay.open_widgets()
    search(first, "Quastenflosser")
    first.get_by_text("Was am nächsten kommt").click()
    expect(search(second, "Protokoll Gespräch")).to_have_count(2)
    for scheme, width in (("light", 320), ("dark", 1280)):
        stay.page.emulate_media(color_scheme=scheme)
        stay.page.set_viewport_size({"width": width, "height": 800})
        assert stay.page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(stay.page, options=CHECKS)
        assert found.violations_count == 0, found.generate_report()
        assert "color-contrast" in {rule["id"] for rule in found.response["passes"]}
