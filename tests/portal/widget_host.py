"""A portal with the widget in its page, on an origin of its own and under a strict Content-Security-Policy."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha384
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

ROOT = Path(__file__).parents[2]
WIDGET = ROOT / "search_service/static/change-wissen-suche.js"
EXAMPLE = ROOT / "clients/widget"
WRITTEN_ADDRESS = "http://127.0.0.1:8000"  # of the service, in the example
TOLD_ADDRESS = "https://wissen.example.org"  # of the service, in the README


def build_host() -> Starlette:
    """Return a portal that serves the example, asked as `/beispiel.html?dienst=http://…`, with that address written into it.

    `/doppelt.html` is the same page with the script once more, and as a module with its checksum; `/ausschnitt.html` has
    nothing but what the README tells to copy.
    """

    def show(request: Request) -> HTMLResponse:
        service = request.query_params["dienst"]
        policy = (
            f"default-src 'none'; script-src {service}; connect-src {service}; form-action {service}; style-src 'self'; "
            "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        )
        markup = (EXAMPLE / "beispiel.html").read_text("utf-8").replace(WRITTEN_ADDRESS, service)
        if request.url.path == "/doppelt.html":
            markup = markup.replace("</head>", f"{_load_again(service)}</head>")
        if request.url.path == "/ausschnitt.html":
            markup = f"<!doctype html>{read_snippet().replace(TOLD_ADDRESS, service)}"
        return HTMLResponse(markup, headers={"content-security-policy": policy})

    pages = [Route(f"/{name}.html", show) for name in ("beispiel", "doppelt", "ausschnitt")]
    return Starlette(routes=[*pages, Mount("/", StaticFiles(directory=EXAMPLE))])


def read_section() -> str:
    """Return what the README says about the widget."""
    return (ROOT / "README.md").read_text("utf-8").partition("### The search in a page of the portal")[2].partition("\n#")[0]


def read_snippet() -> str:
    """Return what the README tells to copy into a page."""
    return read_section().partition("```html\n")[2].partition("```")[0]


def _load_again(service: str) -> str:
    address = f"{service}/static/{WIDGET.name}"
    checksum = b64encode(sha384(WIDGET.read_bytes()).digest()).decode()
    return (
        f'<script src="{address}?nochmal" defer></script>'
        f'<script type="module" src="{address}" integrity="sha384-{checksum}" crossorigin></script>'
    )


class Stay:
    """A window on the portal's page that keeps a record of the hosts it asked and of what stands in its console."""

    def __init__(self, browser: Browser, host: str, service: str, **options: object) -> None:
        self.host, self.service = host, service
        self._context = browser.new_context(locale="de-DE", **options)  # type: ignore[arg-type]
        self.page: Page = self._context.new_page()
        self.hosts: set[str] = set()
        self.console: list[tuple[str, str]] = []
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("console", lambda message: self.console.append((message.type, message.text)))
        self.page.on("pageerror", lambda error: self.console.append(("pageerror", str(error))))

    def __enter__(self) -> Stay:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._context.close()

    @property
    def own_hosts(self) -> set[str]:
        """The portal and the service."""
        return {urlsplit(self.host).netloc, urlsplit(self.service).netloc}

    def open(self) -> Page:
        """Open the example."""
        self.page.goto(f"{self.host}/beispiel.html?dienst={self.service}")
        return self.page

    def open_widgets(self) -> tuple[Locator, Locator]:
        """Open the example; return its two searches once they have taken the place of the plain forms."""
        first, second = (self.open().locator("change-wissen-suche").nth(number) for number in (0, 1))
        for widget in (first, second):
            widget.locator("[part=feld]").wait_for()
        return first, second


def search(widget: Locator, question: str) -> Locator:
    """Ask the widget; return its hits."""
    widget.locator("[part=feld]").fill(question)
    widget.locator("[part=feld]").press("Enter")
    return widget.locator("[part=treffer]")
