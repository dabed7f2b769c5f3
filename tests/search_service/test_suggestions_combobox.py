"""The suggestions under the search field, in a real browser: keys, states for screen readers, faults of the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from search_service.api import create_app
from search_service.searcher import Searcher
from tests.serving import open_browser, serve

SUGGEST = "**/api/v1/suggest?*"
PAUSE = 400  # milliseconds: longer than the script waits behind the last key, and an answer of the small library takes


@pytest.fixture(scope="module")
def address(searcher: Searcher) -> Iterator[str]:
    with serve(create_app(searcher)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The start page in a narrow window, which must not stumble; options by `indirect`."""
    context = browser.new_context(
        locale="de-DE", viewport={"width": 320, "height": 640}, reduced_motion="reduce", **getattr(request, "param", {})
    )
    page = context.new_page()
    stumbles: list[str] = []
    page.on("pageerror", lambda error: stumbles.append(str(error)))
    page.goto(address)
    yield page
    context.close()
    assert stumbles == []


def type_in(page: Page, text: str) -> None:
    page.locator("#q").press_sequentially(text)


def state(page: Page) -> tuple[str | None, int | None, str]:
    """Return what a screen reader is told: expanded or not, the number of the active option, and what the field holds."""
    return page.evaluate("""() => {
        const field = document.activeElement;
        const options = [...document.querySelectorAll("[role=option]")];
        const active = options.findIndex((option) => option.id === field.getAttribute("aria-activedescendant"));
        const selected = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
        if (active !== selected) throw new Error(`active is ${active}, selected is ${selected}`);
        return [field.getAttribute("aria-expanded"), active < 0 ? null : active, field.value];
    }""")


def test_the_keyboard_leads_through_the_suggestions_and_the_text_stays_as_typed(page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/suggest" in request.url else None)
    field, options = (
        page.get_by_role("combobox", name="Ihre Frage oder ein Stichwort"),
        page.locator("#vorschlaege > [role=option]"),
    )
    expect(field).to_have_attribute("aria-autocomplete", "list")
    type_in(page, "Sc")
    page.wait_for_timeout(PAUSE)
    assert asked == []  # from three signs on
    assert state(page) == ["false", None, "Sc"]
    type_in(page, "hicht")
    expect(options.first).to_be_visible()
    assert len(asked) == 1  # one question for five keys
    count = options.count()
    assert 2 <= count <= 5
    assert state(page) == ["true", None, "Schicht"]
    expect(page.get_by_role("status").filter(has_text="Vorschläge")).to_have_text(f"{count} Vorschläge")
    listed = page.get_by_role("listbox", name="Vorschläge")
    assert listed.get_attribute("id") == field.get_attribute("aria-controls")

    steps = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
        steps.append(state(page)[1])
    assert steps == [0, 1, 0, None, count - 1, None]  # round, with the field as one of the places
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    assert state(page) == ["true", None, "Schicht"]
    assert field.evaluate("field => field.selectionStart") == 0
    page.keyboard.press("End")
    assert field.evaluate("field => field.selectionStart") == len("Schicht")

    page.keyboard.press("Escape")
    assert state(page) == ["false", None, "Schicht"]
    expect(listed).to_be_hidden()
    page.keyboard.press("ArrowDown")  # asks again
    expect(listed).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert state(page) == ["false", None, ""]

    type_in(page, "Schicht")
    expect(listed).to_be_visible()
    page.keyboard.press("Tab")
    expect(listed).to_be_hidden()
    expect(field).to_have_value("Schicht")


def test_what_is_chosen_is_searched_and_the_way_back_finds_the_list_closed(page: Page):
    field, options = page.locator("#q"), page.locator("#vorschlaege > [role=option]")
    type_in(page, "Schicht")
    expect(options.first).to_be_visible()
    chosen = options.nth(1).inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/suche?*")
    assert parse_qs(urlsplit(page.url).query, keep_blank_values=True) == {"q": [chosen]}  # no defaults, nothing empty
    expect(page.locator("#q")).to_have_value(chosen)
    page.go_back()
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(options).to_have_count(0)

    field.fill("")
    type_in(page, "Merkblatt")
    expect(options.first).to_be_visible()
    pressed = options.first.inner_text()
    options.first.click()
    page.wait_for_url("**/suche?*")
    assert parse_qs(urlsplit(page.url).query)["q"] == [pressed]

    page.locator("#q").fill("")
    type_in(page, "Schich")
    expect(options.first).to_be_visible()
    page.locator("footer p").first.click()  # anywhere else
    expect(options).to_have_count(0)


def test_what_is_typed_is_not_suggested_and_the_question_goes_on_without_a_choice(page: Page):
    type_in(page, "schichtbuch")
    page.wait_for_timeout(PAUSE)
    assert "schichtbuch" not in [text.casefold() for text in page.locator("#vorschlaege > [role=option]").all_inner_texts()]
    page.keyboard.press("Enter")
    page.wait_for_url("**/suche?*")
    assert parse_qs(urlsplit(page.url).query)["q"] == ["schichtbuch"]


def answer_with(text: str, status: int = 200):
    return lambda route: route.fulfill(status=status, content_type="application/json", body=text)


FAULTS = {
    "dead": lambda route: route.abort(),
    "busy": answer_with('{"title": "Ausgelastet"}', 503),
    "no JSON": answer_with("<!doctype html>"),
    "another shape": answer_with('{"suggestions": null}'),
}


def test_a_service_that_fails_leaves_a_plain_field(page: Page):
    for fault in FAULTS.values():
        page.route(SUGGEST, fault)
        page.locator("#q").fill("")
        with page.expect_request(SUGGEST):
            type_in(page, "Betriebsrat")
        page.wait_for_timeout(PAUSE / 4)
        assert state(page) == ["false", None, "Betriebsrat"]
        expect(page.locator("#vorschlaege > [role=option]")).to_have_count(0)
        page.unroute(SUGGEST)
    page.keyboard.press("Enter")
    page.wait_for_url("**/suche?*")
    expect(page.locator("h1")).to_contain_text("Textstelle")


def test_a_late_answer_to_an_earlier_text_is_passed_over(page: Page):
    held: list[Route] = []
    page.route(SUGGEST, lambda route: held.append(route))
    for number, text in enumerate(("Bet", "rieb"), 1):
        type_in(page, text)
        while len(held) < number:
            page.wait_for_timeout(20)
    answers = [json.dumps({"suggestions": [{"text": text}]}) for text in ("alt", "neu <b>&amp;</b>")]
    held[1].fulfill(content_type="application/json", body=answers[1])
    expect(page.locator("#vorschlaege > [role=option]")).to_have_text(["neu <b>&amp;</b>"])  # as text
    held[0].fulfill(content_type="application/json", body=answers[0])
    page.wait_for_timeout(PAUSE / 4)
    expect(page.locator("#vorschlaege > [role=option]")).to_have_text(["neu <b>&amp;</b>"])
    expect(page.get_by_role("status").filter(has_text="Vorschl")).to_have_text("1 Vorschlag")


@pytest.mark.parametrize("page", [{"forced_colors": "active"}, {"color_scheme": "dark"}], indirect=True, ids=["forced", "dark"])
def test_the_open_list_is_accessible_and_fits_a_phone(page: Page):
    type_in(page, "Schicht")
    expect(page.locator("#vorschlaege > [role=option]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    inner, outer = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert inner <= outer
    assert all(option.bounding_box()["height"] >= 24 for option in page.locator("#vorschlaege > [role=option]").all())
    marked = "option => getComputedStyle(option).backgroundColor + getComputedStyle(option).fontWeight"
    first, second = (page.locator("#vorschlaege > [role=option]").nth(number).evaluate(marked) for number in (0, -1))
    assert first != second
    # Axe reads the colours of the sheet, not those that are forced over it.
    forced = page.evaluate("matchMedia('(forced-colors: active)').matches")
    found = Axe().run(page, options={"rules": {"color-contrast": {"enabled": not forced}, "target-size": {"enabled": True}}})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_the_field_is_a_plain_field(page: Page):
    field = page.get_by_role("searchbox", name="Ihre Frage oder ein Stichwort")
    field.fill("Schichtbuch")
    expect(page.get_by_role("combobox")).to_have_count(0)
    field.press("Enter")
    page.wait_for_url("**/suche?*")
    expect(page.locator("ol.hits > li").first).to_be_visible()
