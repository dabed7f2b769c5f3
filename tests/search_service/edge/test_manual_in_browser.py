"""The page `/docs` in a browser: it draws the interface, asks nobody else and breaks no rule of its policy."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from search_service.api import create_app
from tests.search_service.test_browser import ARGUMENTS, MISSING


@pytest.fixture
def address(searcher):
    """Serve the small library; yield where."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(searcher), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


def test_the_interface_is_drawn_and_tried_out_without_asking_anybody_else(address):
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        page = browser.new_page()
        hosts, complaints = set(), []
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://{address}/docs")
        page.locator("#operations-Suche-suggest .opblock-summary-control").click()
        page.get_by_placeholder("q", exact=True).fill("Schicht")
        page.locator(".execute").click()
        page.locator(".live-responses-table").get_by_text("Schichtplanung").first.wait_for(timeout=15_000)
        browser.close()
    assert hosts == {address}
    assert complaints == []
