"""The small library before a real browser, with what consultants do there; the windows keep a record of complaints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from search_service.api import create_app
from tests.search_service.small_library import build_library
from tests.serving import open_browser, serve

HITS = "/suche?q=Betriebsrat&mode=lexical"  # two passages of the guide
CASE_HITS = "/suche?q=Protokoll&mode=lexical"  # one, whose title holds markup
CLIPBOARD = ("clipboard-read", "clipboard-write")
NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {
  get() { throw new DOMException("Access is denied for this document.", "SecurityError") } });"""


@dataclass
class Room:
    """A served library and a browser."""

    root: Path
    address: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str, script: str = "", **options: Any) -> Page:
        """Open a fresh window, in which `script` runs before those of every page."""
        settings = {"locale": "de-DE", "reduced_motion": "reduce", "permissions": CLIPBOARD, **options}
        context = self.browser.new_context(**settings)
        context.set_default_timeout(5_000)
        if script:
            context.add_init_script(f"try {{ {script} }} catch {{}}")  # it runs in the empty window as well
        context.on("request", self._note_request)
        context.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        page = context.new_page()
        page.goto(self.address + path)
        return page

    def _note_request(self, request: Any) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.address).netloc:
            self.complaints.append(f"a foreign host was asked: {request.url}")

    def leave(self) -> list[str]:
        """Close all windows; return what they complained about, but for refusals, which the browser reports as errors."""
        for context in self.browser.contexts:
            context.close()
        told, self.complaints = self.complaints, []
        return [text for text in told if "Failed to load resource" not in text]


@contextmanager
def open_room(root: Path) -> Iterator[Room]:
    with serve(create_app(build_library(root))) as address, open_browser() as browser:
        yield Room(root, address, browser)


def read_clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def focused(page: Page) -> str:
    """Return the text of what has the focus, on one line."""
    return " ".join(str(page.evaluate("document.activeElement.textContent")).split())
