"""The reference pictures of the pages: `python -m tests.pages.screens` takes them anew."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.pages.house import House, open_house
from tests.pages.states import STATES
from tests.serving import open_browser

FOLDER = Path(__file__).parent / "screens"
SHOWN = {"start": "start", "treffer": "results", "dokument": "document, PDF", "betrachter": "viewer, page"}
HEIGHTS = {320: 1120, 1280: 1280}  # by width: what a reader sees within two screens
SCHEMES = ("light", "dark")
COLOURS = 16
SHRUNK = {320: 320, 1280: 512}  # width of the picture that is kept


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture: a page in one width and colour scheme."""

    name: str
    width: int
    scheme: str

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}-{self.width}-{'hell' if self.scheme == 'light' else 'dunkel'}.png"


SCREENS = tuple(Screen(name, width, scheme) for name in SHOWN for width in HEIGHTS for scheme in SCHEMES)


def show(browser: Browser, house: House, name: str) -> Page:
    """Open one of the pages in a window of its own."""
    state = STATES[SHOWN[name]]
    page = browser.new_context(locale="de-DE", reduced_motion="reduce").new_page()
    page.goto(state.address(house))
    if state.act:
        state.act(page)
    return page


def take(page: Page, screen: Screen) -> Image.Image:
    """Return the picture of a page, opened before, in the width and colours of `screen`."""
    page.set_viewport_size({"width": screen.width, "height": HEIGHTS[screen.width]})
    page.emulate_media(color_scheme=screen.scheme)  # type: ignore[arg-type]
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(250)  # the viewer draws anew in the new width
    if page.locator("[data-sheet]").count():
        page.locator("[data-drawn]").wait_for()
    picture = Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide")))
    return shrink(picture, SHRUNK[screen.width])


def shrink(picture: Image.Image, width: int) -> Image.Image:
    """Return the picture in this width."""
    height = round(picture.height * width / picture.width)
    return picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)


def take_all(browser: Browser, house: House) -> Iterator[tuple[Screen, Image.Image]]:
    """Yield all pictures; each page is loaded once."""
    for name in SHOWN:
        page = show(browser, house, name)
        for screen in SCREENS:
            if screen.name == name:
                yield screen, take(page, screen)
        page.context.close()


def main() -> None:
    """Take all pictures and write them into the folder."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as root, open_house(Path(root)) as house, open_browser() as browser:
        for screen, picture in take_all(browser, house):
            picture.quantize(COLOURS).save(screen.path, optimize=True)
            print(screen.path.name, f"{screen.path.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
