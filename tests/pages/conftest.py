"""The house, served; a browser; and a window for each test that checks at its end what every page must keep."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.pages.house import House, open_house
from tests.pages.visit import Visit
from tests.serving import open_browser


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The services; to be read only."""
    with open_house(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="module")  # a browser keeps a loop running that other files' tests cannot have
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, house: House, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A fresh window; a test may ask for options by `@pytest.mark.parametrize("visit", [...], indirect=True)`."""
    options = getattr(request, "param", {})
    context = browser.new_context(locale="de-DE", reduced_motion="reduce", **options)
    visit = Visit(context, house.whole)
    yield visit
    context.close()
    assert visit.find_faults() == []
