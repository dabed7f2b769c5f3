"""A real browser for measurements: Debian's Chromium, headless, and what its developer tools tell of a page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, CDPSession, sync_playwright

from evaluation.pages.figures import Opening, Transfer
from evaluation.served import ServiceFailed

ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
SLOWER = 4  # times: Lighthouse's stand-in for a phone in the middle of the market
SETTLE = 500  # milliseconds after the last request, for what scripts paint
# The last entry is the largest: each that is told was larger than the one before (W3C, Largest Contentful Paint).
READ_LCP = """() => new Promise(resolve => {
    new PerformanceObserver(list => resolve(list.getEntries().at(-1).startTime))
        .observe({ type: "largest-contentful-paint", buffered: true });
    setTimeout(() => resolve(null), 2000);
})"""


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Start Chromium; raise ServiceFailed where there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise ServiceFailed("Chromium fehlt. Bitte „apt-get install chromium“ ausführen.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass  # without slots: playwright marks the object whose methods it is given
class Record:
    """What the developer tools tell while a page loads."""

    asked: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # request -> address, initiator
    sizes: dict[str, int] = field(default_factory=dict)  # request -> bytes
    complaints: list[str] = field(default_factory=list)

    def note_request(self, told: dict[str, Any]) -> None:
        """Take the event that a request is sent."""
        address = str(told["request"]["url"]).partition("#")[0]
        if address.startswith(("data:", "blob:")):  # nothing goes over the wire
            return
        is_page = told.get("type") == "Document" and not self.asked
        self.asked[told["requestId"]] = (address, None if is_page else find_initiator(told["initiator"]) or told["documentURL"])

    def note_end(self, told: dict[str, Any]) -> None:
        """Take the event that a request is over."""
        self.sizes[told["requestId"]] = int(told["encodedDataLength"])

    def list_transfers(self) -> tuple[Transfer, ...]:
        """Return all requests, the first one first."""
        return tuple(
            Transfer(address, self.sizes.get(request, 0), initiator) for request, (address, initiator) in self.asked.items()
        )


def find_initiator(told: dict[str, Any]) -> str | None:
    """Return the address of what asked for something, as the developer tools tell it: a page, a style sheet or a script."""
    if told.get("url"):
        return str(told["url"]).partition("#")[0]
    stack = told.get("stack")
    while stack:
        for frame in stack["callFrames"]:
            if frame["url"]:
                return str(frame["url"])
        stack = stack.get("parent")
    return None


def open_once(browser: Browser, address: str) -> Opening:
    """Open a page in a fresh window with a slowed processor, and return what it took."""
    context = browser.new_context(locale="de-DE", viewport={"width": 390, "height": 844}, device_scale_factor=2)
    page, record = context.new_page(), Record()
    tools: CDPSession = context.new_cdp_session(page)
    tools.on("Network.requestWillBeSent", record.note_request)
    tools.on("Network.loadingFinished", record.note_end)
    tools.send("Network.enable")
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.on("console", lambda message: record.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: record.complaints.append(str(error)))
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(SETTLE)
    lcp = page.evaluate(READ_LCP)
    context.close()
    return Opening(record.list_transfers(), lcp, tuple(record.complaints))
