"""Walking a page by the keyboard alone, looking at every step whether one sees where one is."""

from __future__ import annotations

from playwright.sync_api import Page

MOST_STEPS = 160  # from one end of a page of ten hits with its filters to the other
WHERE = """wanted => {
    const element = document.activeElement;
    if (element === document.body) return { at: false, told: "body", outlined: true, inside: true, uncovered: true };
    const style = getComputedStyle(element);
    const box = element.getClientRects()[0] ?? element.getBoundingClientRect();
    const middle = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return {
        at: element.matches(wanted),
        told: element.outerHTML.slice(0, 160),
        // Inside a field of the browser's own, as at the calendar of a date, it draws the focus itself.
        outlined: !element.matches(":focus") || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
        inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
        uncovered: middle !== null && (element.contains(middle) || middle.contains(element)
            || middle.closest("label")?.control === element),
    };
}"""


def reach(page: Page, wanted: str, *, backwards: bool = False) -> None:
    """Press Tab until the focus is on what the CSS selector `wanted` means; every step must be seen."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if look_where(page, wanted):
            return
    raise AssertionError(f"„{wanted}“ is not reached by the keyboard on {page.url}")


def look_where(page: Page, wanted: str) -> bool:
    """Return whether the focus is on what `wanted` means; fail where it cannot be seen."""
    found = page.evaluate(WHERE, wanted)
    missing = [name for name in ("outlined", "inside", "uncovered") if not found[name]]
    assert not missing, f"the focus is not {missing} at {found['told']} on {page.url}"
    return bool(found["at"])


def press(page: Page, wanted: str, key: str = "Enter", *, leads_to: str | None = None) -> None:
    """Reach what `wanted` means and press a key there; wait for the address, a pattern, that it leads to."""
    reach(page, wanted)
    page.keyboard.press(key)
    if leads_to is not None:
        page.wait_for_url(leads_to)
