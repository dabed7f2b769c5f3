"""The viewer in Chromium: the picture without scripts, pdf.js with them, and what stays when pdf.js does not work."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from ingest.page_images import ConfinedPages
from search_service import documents as words
from search_service.api import create_app
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.links import source_path
from search_service.page_image_cache import PageImageCache
from search_service.page_images import PageImages
from search_service.searcher import Searcher
from search_service.site.viewer_files import find_page_library
from tests.search_service.small_library import NarrowEmbedder
from tests.serving import open_browser, serve

MISSING = "pdf.js fehlt, die Browsertests des Betrachters laufen nicht. Bitte „make viewer“ ausführen."
WIDTH, HEIGHT, SIZE = 600, 800, 20
ONE, TWO = "Der Betriebsrat bestimmt mit.", "Auch hier."
# Helvetica, its widths per 1,000 (Adobe's AFM): the 29 signs of ONE are 12,947 wide, the 10 of TWO 4,447.
RIGHT_ONE, RIGHT_TWO = (60 + 12_947 * SIZE / 1000) / WIDTH, (300 + 4_447 * SIZE / 1000) / WIDTH
# The line stands 200 from the top; letters reach 15 above it and 4 below.
PLACES = (
    words.Place(0, len(ONE), 2, 60 / WIDTH, 185 / HEIGHT, RIGHT_ONE, 204 / HEIGHT),
    words.Place(len(ONE) + 1, len(ONE) + 1 + len(TWO), 3, 300 / WIDTH, 485 / HEIGHT, RIGHT_TWO, 504 / HEIGHT),
)
PASSAGE = words.Passage(
    "p00000000000000aa",
    "d00000000000000aa",
    0,
    f"{ONE} {TWO}",
    ("1 Recht",),
    (words.Page(2, "1", "print"), words.Page(3)),
    PLACES,
)
DARKNESS = """([x, y, width, height]) => {
  const seen = document.querySelector('[data-sheet] canvas') ?? document.querySelector('[data-picture]');
  const canvas = new OffscreenCanvas(600, 800), context = canvas.getContext('2d');
  context.drawImage(seen, 0, 0, 600, 800);
  const data = context.getImageData(x * 600, y * 800, width * 600, height * 800).data;
  return data.filter((value, index) => index % 4 === 0 && value < 128).length;
}"""
WORDS = "() => [...document.querySelectorAll('.page-words span')].map(span => span.textContent).join('')"
BOXES = """() => ['.marks .line', '.page-words span'].map(name => {
  const {left, top, right, bottom} = document.querySelector(name).getBoundingClientRect();
  return [left, top, right, bottom];
})"""


def make_pdf() -> bytes:
    """Return three pages: nothing, ONE at (60, 600), TWO at (300, 300), in a font that the file does not bring."""
    writer = PdfWriter()
    for text in ("", f"60 600 Td ({ONE})", f"300 300 Td ({TWO})"):
        page = writer.add_blank_page(WIDTH, HEIGHT)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
        )
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 {SIZE} Tf {text} Tj ET".encode() if text else b"")
        page[NameObject("/Contents")] = writer._add_object(content)
    stream = BytesIO()
    writer.write(stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if find_page_library() is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    root = tmp_path_factory.mktemp("betrachter")
    file = root / "leitfaden.pdf"
    file.write_bytes(make_pdf())
    document = words.Document(
        id=PASSAGE.document_id,
        location=str(file),
        content_hash=hashlib.sha256(file.read_bytes()).hexdigest(),
        media_type="application/pdf",
        size=file.stat().st_size,
        page_count=3,
        indexed_at=datetime(2026, 3, 5, tzinfo=UTC),
        metadata=words.Metadata(title="Leitfaden", language="de"),
    )
    with KnowledgeBase(root / "kb") as knowledge_base:
        knowledge_base.put(document, [PASSAGE], file)
        knowledge_base.embed_missing(NarrowEmbedder())
        knowledge_base.publish()
    images = PageImages(ConfinedPages(), PageImageCache(root / "bilder"))
    with serve(create_app(Searcher(Reader(root / "kb"), NarrowEmbedder()), page_images=images)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


Visit = tuple[Page, list[str], list[str]]  # what its console says, and the addresses it asks for


@contextmanager
def visit(
    browser: Browser, *, width: int = 1280, scripts: bool = True, density: int = 1
) -> Iterator[tuple[Page, list[str], list[str]]]:
    """Yield a page, what its console says, and the addresses it asks for."""
    with browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, device_scale_factor=density
    ) as context:
        page = context.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        yield page, said, asked


def wait_for_page(page: Page, number: int) -> None:
    page.wait_for_selector(f"[data-sheet][data-drawn='{number}']")


def mark(page: Page) -> list[float]:
    """Return the first marked line as fractions: left, top, width, height."""
    return [float(page.locator(".marks .line").first.get_attribute(name) or "") for name in ("x", "y", "width", "height")]


def lies_over(page: Page) -> None:
    """Check that the mark on the screen lies over the words of the text layer, each edge within 4 pixels."""
    box, text = page.evaluate(BOXES)
    assert all(abs(edge - other) < 4 for edge, other in zip((box[0], box[2]), (text[0], text[2]), strict=True)), (box, text)
    assert box[1] - 4 < text[1] < text[3] < box[3] + 8, (box, text)


def test_without_scripts_the_picture_shows_the_page_with_the_passage_marked(address, browser):
    with visit(browser, width=320, scripts=False) as (page, said, asked):
        page.goto(address + source_path(PASSAGE.document_id, PASSAGE.id))
        page.wait_for_function("() => document.querySelector('[data-picture]').naturalWidth > 0")
        assert page.evaluate(DARKNESS, mark(page)) > 50  # words under the mark,
        assert page.evaluate(DARKNESS, [0, 0.4, 1, 0.5]) == 0  # and nothing elsewhere: the right page
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        line = page.locator(".marks .line").first.bounding_box()
        assert line and 0 <= line["y"] < 900  # the fragment has brought it into view
        page.get_by_role("link", name="Nächste Seite").click()
        page.wait_for_url("**seite=3**")
        assert page.locator(".own-pages a[aria-current]").inner_text() == "PDF-Seite\u00a03"
        page.locator("#seite").fill("1")
        page.get_by_role("button", name="Zeigen").click()
        page.wait_for_url("**seite=1*")
        assert page.locator(".marks .line").count() == 0
        assert ONE in page.locator("[data-passage]").inner_text()
        assert (said, [url for url in asked if not url.startswith(address)]) == ([], [])


def test_with_scripts_pdf_js_draws_the_page_from_our_host_under_a_strict_policy(address, browser):
    with visit(browser, density=2) as (page, said, asked):
        answer = page.goto(address + source_path(PASSAGE.document_id, PASSAGE.id))
        assert answer is not None
        assert "unsafe" not in answer.headers["content-security-policy"]
        wait_for_page(page, 2)
        assert not page.locator("[data-picture]").is_visible()
        assert page.evaluate(DARKNESS, mark(page)) > 50
        width, drawn = page.evaluate(
            "[...document.querySelectorAll('[data-sheet] canvas')].flatMap(c => [c.clientWidth, c.width])"
        )
        assert abs(drawn - 2 * width) <= 2  # one point of the canvas for each of the screen
        lies_over(page)
        page.evaluate("getSelection().selectAllChildren(document.querySelector('.page-words span'))")
        assert page.evaluate("getSelection().toString()") == ONE
        assert any("/static/pdfjs/standard_fonts/" in url for url in asked)
        assert (said, [url for url in asked if not url.startswith((address, "blob:"))]) == ([], [])


def test_pages_are_turned_and_enlarged_without_loading_anew_and_back_leads_back(address, browser):
    with visit(browser) as (page, said, asked):
        page.goto(address + source_path(PASSAGE.document_id, PASSAGE.id, back="/suche?q=mit"))
        wait_for_page(page, 2)
        page.evaluate("window.same = true")
        page.get_by_role("link", name="Nächste Seite").press("Enter")
        wait_for_page(page, 3)
        assert page.evaluate(WORDS) == TWO
        lies_over(page)
        assert page.evaluate("document.activeElement.rel") == "prev"  # there is no next one to stay on
        assert page.get_by_role("link", name="Zurück zu den Treffern").get_attribute("href") == "/suche?q=mit"
        page.locator("#seite").fill("1")
        page.locator("#seite").press("Enter")
        wait_for_page(page, 1)
        assert page.locator(".marks .line").count() == 0
        page.go_back()
        wait_for_page(page, 3)
        page.go_back()
        wait_for_page(page, 2)
        assert page.evaluate(WORDS) == ONE
        lies_over(page)
        assert page.locator(".chosen [data-remember]").count() == 1  # its buttons have gone along
        narrow = page.evaluate("document.querySelector('[data-sheet]').clientWidth")
        page.get_by_role("button", name="Vergrößern").click()
        page.wait_for_function("wide => document.querySelector('[data-sheet] canvas').width > wide * 1.2", arg=narrow)
        lies_over(page)
        assert page.locator("[data-frame]").get_attribute("tabindex") == "0"
        page.get_by_role("button", name="Breite").click()
        page.wait_for_function("wide => document.querySelector('[data-sheet] canvas').width === wide", arg=narrow)
        assert page.evaluate("window.same") is True
        assert len([url for url in asked if "/image?" in url]) <= 1  # drawn here, not fetched
        assert said == []


def test_a_service_that_goes_away_is_told_and_the_page_stays(address, browser):
    with visit(browser) as (page, _, _):
        page.goto(address + source_path(PASSAGE.document_id, PASSAGE.id))
        wait_for_page(page, 2)
        page.route("**/quelle?**", lambda route: route.abort())
        page.get_by_role("link", name="Nächste Seite").click()
        page.wait_for_function("() => document.querySelector('[data-status]').textContent.includes('nicht erreichbar')")
        assert page.evaluate(WORDS) == ONE
        page.unroute("**/quelle?**")
        page.route("**/quelle?**", lambda route: route.fulfill(status=503, body="{}"))
        page.get_by_role("link", name="Nächste Seite").click()
        page.wait_for_function("() => document.querySelector('[data-status]').textContent.includes('überlastet')")
        page.unroute("**/quelle?**")
        page.get_by_role("link", name="Nächste Seite").click()
        wait_for_page(page, 3)
        assert page.locator("[data-status]").inner_text() == "Fundstelle: PDF-Seite 3"


def refuse(pattern: str) -> Callable[[Page], None]:
    return lambda page: page.route(pattern, lambda route: route.abort())


@pytest.mark.parametrize("broken", ["**/pdf.min.mjs**", "**/pdf.worker.min.mjs**", "**/file"])
def test_where_pdf_js_cannot_work_the_picture_stays_and_turns_until_it_can(address, browser, broken):
    with visit(browser) as (page, _, _):
        refuse(broken)(page)
        page.goto(address + source_path(PASSAGE.document_id, PASSAGE.id))
        page.wait_for_function("() => document.querySelector('[data-status]').textContent.includes('Bild der Seite')")
        assert page.locator("[data-picture]").is_visible()
        assert page.evaluate(DARKNESS, mark(page)) > 50
        assert page.locator("[data-sheet] canvas").count() == 0
        page.get_by_role("link", name="Nächste Seite").click()
        page.wait_for_function("() => document.querySelector('[data-picture]').src.includes('/pages/3/')")
        page.wait_for_function("() => document.querySelector('[data-picture]').naturalWidth > 0")
        assert page.evaluate(DARKNESS, mark(page)) > 20
        page.unroute(broken)  # the service is back
        page.get_by_role("link", name="Vorige Seite").click()
        wait_for_page(page, 2)
        assert "Bild der Seite" not in page.locator("[data-status]").inner_text()
        assert page.evaluate(WORDS) == ONE
