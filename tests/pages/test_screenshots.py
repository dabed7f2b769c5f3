"""The pages look as in the reference pictures; `python -m tests.pages.screens` takes these anew after a wanted change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.pages.house import House
from tests.pages.likeness import is_alike, measure_brightening, measure_movement
from tests.pages.screens import FOLDER, SCREENS, SHOWN, Screen, show, take

LARGEST = 40_000  # bytes of one picture
OTHER_FONTS = ("* { font-family: serif !important }", "* { font-family: 'DejaVu Sans', Verdana, sans-serif !important }")


def write_styles(page: Page, rules: str) -> None:
    """Lay rules over those of the page, as the policy allows it: through the object model."""
    page.evaluate(
        "text => { const rules = new CSSStyleSheet(); rules.replaceSync(text); document.adoptedStyleSheets = [rules]; }",
        rules,
    )


def put_below(page: Page) -> None:
    write_styles(page, ".results, .source-columns, .front { display: block !important }")


@pytest.fixture(scope="module", params=SHOWN)
def page(request: pytest.FixtureRequest, browser: Browser, house: House) -> Iterator[tuple[str, Page]]:
    """One of the pages, loaded once for all that is done with it."""
    page = show(browser, house, request.param)
    yield request.param, page
    page.context.close()


def compare(page: Page, screen: Screen) -> str | None:
    """Return what differs from the reference picture, None where it shows the same."""
    picture, reference = take(page, screen), Image.open(screen.path)
    if is_alike(picture, reference):
        return None
    moved, brightened = measure_movement(picture, reference), measure_brightening(picture, reference)
    return f"{screen.path.name}: moved {moved:.3f}, brightened {brightened:.3f}, {picture.size} for {reference.size}"


def test_a_page_looks_as_in_its_pictures_with_these_fonts_and_with_others(page: tuple[str, Page]):
    name, shown = page
    screens = [screen for screen in SCREENS if screen.name == name]
    assert [compare(shown, screen) for screen in screens] == [None] * 4
    for fonts in OTHER_FONTS:
        write_styles(shown, fonts)
        assert [compare(shown, screen) for screen in screens if screen.scheme == "light"] == [None] * 2
    write_styles(shown, "")


@pytest.mark.parametrize("name", ["start", "treffer", "betrachter"])
def test_columns_that_fell_below_each_other_are_noticed(browser: Browser, house: House, name: str):
    shown = show(browser, house, name)
    put_below(shown)
    wide = [screen for screen in SCREENS if screen.name == name and screen.width == 1280]
    assert all(compare(shown, screen) for screen in wide)
    shown.context.close()


def test_a_missing_style_sheet_is_noticed(browser: Browser, house: House):
    shown = show(browser, house, "treffer")
    shown.evaluate("document.querySelectorAll('link[rel=stylesheet]').forEach(link => link.remove())")
    assert all(compare(shown, screen) for screen in SCREENS if screen.name == "treffer")
    shown.context.close()


def test_a_lost_colour_scheme_is_noticed():
    for screen in SCREENS:
        other = next(each for each in SCREENS if (each.name, each.width) == (screen.name, screen.width) and each != screen)
        assert not is_alike(Image.open(other.path), Image.open(screen.path)), screen.path.name


def test_the_pictures_are_those_of_the_pages_and_small():
    assert {path.name for path in FOLDER.iterdir()} == {screen.path.name for screen in SCREENS}
    assert {path.name: size for path in FOLDER.iterdir() if (size := path.stat().st_size) > LARGEST} == {}
