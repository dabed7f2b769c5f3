"""Every state in light and dark, on a phone and on a desk: axe-core finds nothing, nothing scrolls sideways, nothing leaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.pages.house import House
from tests.pages.signing_in import sign_in
from tests.pages.states import STATES
from tests.pages.visit import ALL_RULES, COLOUR_RULES, HEIGHT, WIDTHS, Visit, find_overflow, find_violations, open_folds
from tests.serving import open_browser

REACHED_BY_AN_ACT = {"/pflege/anmelden"}  # where one is sent to, or comes by sending a form
BROWSERS = 2  # side by side: looking at a page is computing, and a machine for tests has two cores at least


@pytest.fixture(scope="module")
def faults(house: House, request: pytest.FixtureRequest) -> Mapping[str, Sequence[str]]:
    """What is wrong with each state that this run asks about; looked at in two browsers side by side."""
    asked = [item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")]
    names = [name for name in STATES if name in asked]
    with ThreadPoolExecutor(BROWSERS) as pool:
        shares = list(pool.map(partial(survey, house), [names[start::BROWSERS] for start in range(BROWSERS)]))
    return {name: found for share in shares for name, found in share.items()}


def survey(house: House, names: Sequence[str]) -> dict[str, list[str]]:
    """Look at states in a browser of one's own, and return what is wrong with each."""
    with open_browser() as browser:
        context = browser.new_context()
        if any(STATES[name].is_signed_in for name in names):
            sign_in(context.new_page(), house)
        editor = context.storage_state()
        context.close()
        return {name: inspect(browser, house, name, editor if STATES[name].is_signed_in else None) for name in names}


def inspect(browser: Browser, house: House, name: str, cookies: StorageState | None) -> list[str]:
    """Return what is wrong with one state, seen with these cookies."""
    state = STATES[name]
    context = browser.new_context(locale="de-DE", reduced_motion="reduce", storage_state=cookies)
    visit = Visit(context, house.address(state.service))
    try:
        answer = visit.page.goto(state.address(house))
        if answer is None or answer.status != state.status:
            return [f"status {answer and answer.status} in place of {state.status}"]
        if state.act:
            state.act(visit.page)
        open_folds(visit.page)
        return [*look(visit.page), *visit.find_faults()]
    except Exception as error:  # told as a fault of this state, so that the others are looked at as well
        return [f"{type(error).__name__}: {error}"]
    finally:
        context.close()


def look(page: Page) -> list[str]:
    """Return the faults of the page as it stands, in every light and at every width; it is loaded once."""
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if overflow := find_overflow(page):
            faults.append(f"{width}: scrolls sideways, {overflow}")
        for scheme, rules in (("light", ALL_RULES), ("dark", COLOUR_RULES)):
            page.emulate_media(color_scheme=scheme)
            faults += [f"{width} {scheme}: {violation}" for violation in find_violations(page, rules)]
    return faults


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_accessible_fits_every_width_and_asks_nobody_else(faults: Mapping[str, Sequence[str]], name: str):
    assert not faults[name], "\n".join(faults[name])


def test_every_page_of_the_service_stands_in_a_state(house: House):
    shown = {urlsplit(state.address(house)).path for state in STATES.values()}
    patterns = {page: re.compile(re.sub(r"\{[^}]*\}", "[^/]+", page)) for page in house.pages}
    assert {page for page, pattern in patterns.items() if not any(map(pattern.fullmatch, shown))} == REACHED_BY_AN_ACT
