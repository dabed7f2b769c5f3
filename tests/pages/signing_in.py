"""How an editor comes in: by the form, with a key."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.pages.house import House
from tests.pages.workshop import Workshop


def sign_in(page: Page, house: House | Workshop) -> None:
    """Sign in on the page for editors."""
    page.goto(f"{house.whole}/pflege")
    page.get_by_label("Schlüssel").fill(house.key)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Angemeldet mit")).to_be_visible()
