"""The page `/docs` in a browser: it draws the interface, asks nobody else and breaks no rule of its policy."""

from __future__ import annotations

import pytest

from search_service.api import create_app
from tests.serving import open_browser, serve


@pytest.fixture
def address(searcher):
    """Serve the small library; yield where."""
    with serve(create_app(searcher)) as address:
        yield address


def test_the_interface_is_drawn_and_tried_out_without_asking_anybody_else(address):
    with open_browser() as browser:
        page = browser.new_page()
        hosts, complaints = set(), []
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/docs")
        page.locator("#operations-Suche-suggest .opblock-summary-control").click()
        page.get_by_placeholder("q", exact=True).fill("Schicht")
        page.locator(".execute").click()
        page.locator(".live-responses-table").get_by_text("Schichtplanung").first.wait_for(timeout=15_000)
    assert hosts == {address.removeprefix("http://")}
    assert complaints == []
