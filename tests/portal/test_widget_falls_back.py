"""Where `<change-wissen-suche>` cannot work, the plain form inside it does; and what the service lets portals load."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.portal.widget_host import WIDGET, Stay, build_host, search
from tests.serving import open_browser, serve

MOST_BYTES = 12_288
HOSTILE = {
    "fitting": True,
    "total": {"value": 1, "relation": "eq"},
    "notices": [],
    "suggestions": {"did_you_mean": None, "corrected": False, "related": []},
    "hits": [
        {
            "document": {"title": "<img src=x onerror=alert(1)>"},
            "url": "javascript:alert(2)",
            "passage": {
                "snippet_html": "</em>&lt;b&gt; <img src=x onerror=alert(3)> <mark>A</mark></mark> &amp;lt; <mark onclick=x>"
            },
            "citation": {"text": "<script>alert(4)</script> S. 4"},
        }
    ],
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


def expect_plain_form_to_work(page: Page) -> None:
    """The plain form of the second search opens the results page of the service, in its collections."""
    page.get_by_label("Gute Beispiele").last.fill("Protokoll")
    page.get_by_role("button", name="Beispiele finden").click()
    expect(page).to_have_title("Protokoll – Suche – Ch@nge Wissen")
    expect(page.locator("li.hit")).to_have_count(2)


def find_closed_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_without_javascript_the_plain_form_opens_our_results(browser, host, wissen):
    with Stay(browser, host, wissen, java_script_enabled=False) as stay:
        expect_plain_form_to_work(stay.open())
        assert stay.console == []


def test_a_page_that_is_not_allowed_keeps_its_form_and_is_told_once_how_to_change_that(browser, wissen):
    with serve(build_host()) as stranger, Stay(browser, stranger, wissen) as stay:
        with stay.page.expect_console_message(lambda message: message.type == "info"):
            stay.open()
        told = [text for kind, text in stay.console if kind == "info"]
        assert len(told) == 1
        assert f"{stranger} in CHANGE_WISSEN_ORIGINS nennen" in told[0]
        errors = [text for kind, text in stay.console if kind == "error"]  # the browser's own
        assert errors
        assert all("CORS" in text or "ERR_FAILED" in text for text in errors)
        expect(stay.page.locator("[part=feld]")).to_have_count(0)
        expect_plain_form_to_work(stay.page)


def test_a_service_that_is_down_leaves_the_form(browser, host):
    with Stay(browser, host, find_closed_address()) as stay:
        stay.open()
        expect(stay.page.get_by_label("Gute Beispiele").last).to_be_editable()  # the script could not be loaded at all
        expect(stay.page.get_by_role("button", name="Suchen")).to_be_visible()


def test_a_service_that_answers_no_more_though_its_script_is_kept_leaves_the_form(browser, host, wissen):
    with Stay(browser, host, wissen) as stay:
        stay.page.route("**/api/**", lambda route: route.abort())
        with stay.page.expect_console_message(lambda message: message.type == "info") as told:
            stay.open()
        assert "ist nicht erreichbar" in told.value.text
        expect_plain_form_to_work(stay.page)


def test_a_service_that_goes_down_later_is_told_with_a_way_on(browser, host, wissen):
    with Stay(browser, host, wissen) as stay:
        first, _ = stay.open_widgets()
        stay.page.route("**/api/v1/search*", lambda route: route.abort())
        search(first, "Schichtbuch")
        expect(first.get_by_role("status")).to_contain_text("nicht erreichbar")
        expect(first.get_by_role("link", name="In Ch@nge Wissen suchen")).to_have_attribute(
            "href", f"{wissen}/suche?q=Schichtbuch"
        )
        stay.page.unroute("**/api/v1/search*")
        stay.page.route("**/api/v1/search*", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
        search(first, "Schichtbuch")
        expect(first.get_by_role("status")).to_contain_text("nicht erreichbar")


def test_who_is_writing_in_the_plain_form_is_not_interrupted(browser, host, wissen):
    with Stay(browser, host, wissen) as stay:
        held: list[Route] = []
        stay.page.route("**/api/v1/health", lambda route: held.append(route))
        with stay.page.expect_request("**/api/v1/health"):
            stay.open()
        plain = stay.page.get_by_label("Ihre Frage an die Wissensdatenbank").last
        plain.press_sequentially("Schicht")
        for route in held:
            route.continue_()
        first, second = (stay.page.locator("change-wissen-suche").nth(number) for number in (0, 1))
        second.locator("[part=feld]").wait_for()  # nobody writes there
        plain.press_sequentially("buch")
        expect(plain).to_have_value("Schichtbuch")
        plain.press("Tab")  # to the button of the same form
        expect(first.locator("[part=feld]")).to_have_count(0)
        stay.page.keyboard.press("Tab")
        expect(first.locator("[part=feld]")).to_have_value("Schichtbuch")


def test_an_answer_full_of_markup_and_odd_addresses_stays_text(browser, host, wissen):
    with Stay(browser, host, wissen) as stay:
        dialogs: list[str] = []
        stay.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        first, _ = stay.open_widgets()
        allowed = {"access-control-allow-origin": "*"}
        stay.page.route("**/api/v1/search*", lambda route: route.fulfill(json=HOSTILE, headers=allowed))
        hit = search(first, "x").first
        expect(hit.locator("[part=titel]")).to_have_text("<img src=x onerror=alert(1)>")
        expect(hit.locator("[part=titel]")).to_have_attribute("href", "")
        expect(hit.locator("[part=ausschnitt]")).to_have_text("<b> <img src=x onerror=alert(3)> A &lt; <mark onclick=x>")
        expect(hit.locator("[part=ausschnitt] *")).to_have_count(1)
        expect(hit.locator("[part=beleg]")).to_have_text("<script>alert(4)</script> S.\u00a04")
        assert dialogs == []
        assert stay.console == []


def test_the_file_given_twice_and_as_a_module_with_integrity_defines_the_element_once(browser, host, wissen):
    with Stay(browser, host, wissen) as stay:
        stay.page.goto(f"{host}/doppelt.html?dienst={wissen}")
        expect(search(stay.page.locator("change-wissen-suche").first, "Schichtbuch")).to_have_count(3)
        stay.page.wait_for_function(
            "performance.getEntriesByType('resource').filter((e) => e.initiatorType === 'script').length > 1"
        )
        assert stay.console == []


def test_what_the_readme_tells_to_copy_works_as_it_stands_with_and_without_scripts(browser, host, wissen):
    with Stay(browser, host, wissen) as stay:
        stay.page.goto(f"{host}/ausschnitt.html?dienst={wissen}")
        hits = search(stay.page.locator("change-wissen-suche"), "Betriebsrat")
        expect(hits.first.locator("[part=titel]")).to_have_text("Leitfaden Künstliche Intelligenz im Betrieb")
        expect(stay.page.get_by_role("searchbox", name="Frage oder Stichwort", exact=True)).to_have_value("Betriebsrat")
        assert stay.console == []
    with Stay(browser, host, wissen, java_script_enabled=False) as stay:
        stay.page.goto(f"{host}/ausschnitt.html?dienst={wissen}")
        stay.page.get_by_label("Frage oder Stichwort").fill("Exoskelett")
        stay.page.get_by_role("button", name="Suchen").click()
        expect(stay.page).to_have_title("Exoskelett – Suche – Ch@nge Wissen")
        assert "collection=wissen" in stay.page.url


def test_any_page_may_load_the_widget_and_no_other_part(wissen):
    widget = httpx.get(f"{wissen}/static/{WIDGET.name}", headers={"origin": "https://portal.example.org"})
    assert widget.headers["cross-origin-resource-policy"] == "cross-origin"
    assert widget.headers["access-control-allow-origin"] == "*"
    assert widget.headers["cache-control"] == "public, max-age=86400"
    assert widget.headers["content-type"].startswith("text/javascript")
    sheet = httpx.get(f"{wissen}/static/stil.css", headers={"origin": "https://portal.example.org"})
    assert sheet.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in sheet.headers


def test_the_widget_is_one_small_readable_file_that_names_no_host_and_reads_nothing_as_html():
    text = Path(WIDGET).read_text("utf-8")
    assert len(text.encode()) <= MOST_BYTES
    assert max(map(len, text.splitlines())) <= 140
    assert not re.search(r"https?://\w|innerHTML|insertAdjacentHTML|eval\(|\bimport\b|\.style\b", text)
