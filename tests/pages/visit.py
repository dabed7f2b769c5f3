"""A browser window that remembers what it asked for and complained about, and what every page of ours must keep."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

WIDTHS = (320, 1280)
HEIGHT = 800
# WCAG 2.0 to 2.2, A and AA, and what axe calls best practice. `target-size` (2.5.8) is the one rule that is off by default.
ALL_RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# A colour scheme changes colours alone: in the second one only the rules about them are asked again, at half the time.
COLOUR_RULES = {"resultTypes": ["violations"], "runOnly": ["cat.color"]}
RELAXED = ("'unsafe-inline'", "'unsafe-eval'", "'wasm-unsafe-eval'", "'unsafe-hashes'", "'strict-dynamic'")
OWN_SOURCES = ("'self'", "'none'", "data:", "blob:")


class Visit:
    """One browser window on one service."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        self.loose: list[str] = []  # addresses of pages whose security policy allows what it must not
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._note_policy)

    def open(self, path: str, status: int | None = None) -> Page:
        """Open a page and return it; with a `status` the answer must have it."""
        answer = self.page.goto(self.address + path)
        assert status is None or (answer and answer.status == status), f"{path}: {answer and answer.status}"
        return self.page

    def find_faults(self) -> list[str]:
        """Return what was asked of other hosts, what the browser complained of, and where a page's policy is not strict."""
        foreign = {host for host in self.hosts if host} - {urlsplit(self.address).netloc}
        return [*(f"asks {host}" for host in sorted(foreign)), *self.complaints, *self.loose]

    def _note_console(self, message: ConsoleMessage) -> None:
        # The browser reports the status of an error page, or that a service is down, as an error of its own.
        own = "the server responded with a status of" in message.text or "net::ERR_" in message.text
        if message.type in ("error", "warning") and not own:
            self.complaints.append(message.text)

    def _note_policy(self, response: Response) -> None:
        if response.request.resource_type == "document" and "text/html" in response.headers.get("content-type", ""):
            self.loose += find_looseness(response.url, response.headers.get("content-security-policy", ""))


def find_looseness(address: str, policy: str) -> list[str]:
    """Return what a Content-Security-Policy lacks or allows too much, for the page at `address`."""
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";") if part.strip())
    sources = [source for value in directives.values() for source in value.split()]
    faults = [f"{address}: {source}" for source in sources if source in RELAXED or source not in OWN_SOURCES]
    wanted = ("default-src", "base-uri", "form-action", "frame-ancestors", "object-src")
    return faults + [f"{address}: no {name}" for name in wanted if name not in directives]


def find_violations(page: Page, options: dict[str, Any] = ALL_RULES) -> list[str]:
    """Return what axe-core finds against the page as it stands, a line for each element."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {json.dumps(options)})")
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}, "axe did not look at colours"
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))} – {node['html'][:160]} – {tell(node)}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def tell(node: dict[str, Any]) -> str:
    """Return axe's reasons for one element."""
    return "; ".join(item["message"] for kind in ("any", "all", "none") for item in node[kind])


def find_overflow(page: Page) -> str | None:
    """Return the widest element that makes the page scroll sideways, None where nothing does."""
    return page.evaluate(
        """() => {
            const root = document.documentElement;
            if (root.scrollWidth <= root.clientWidth) return null;
            const outside = [...document.querySelectorAll("body *")].filter(
                (element) => element.getBoundingClientRect().right > root.clientWidth + 0.5);
            const told = outside.slice(0, 3).map((element) => element.outerHTML.slice(0, 120)).join(" | ");
            return `${root.scrollWidth} > ${root.clientWidth}: ${told}`;
        }"""
    )


def open_folds(page: Page) -> None:
    """Open every fold of the page."""
    page.evaluate("for (const fold of document.querySelectorAll('main details')) fold.open = true")
