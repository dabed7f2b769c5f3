"""The instruments of these tests notice what they are there for."""

from __future__ import annotations

import pytest

from search_service.guard import SECURITY_HEADERS
from tests.pages.keyboard import reach
from tests.pages.visit import Visit, find_looseness, find_overflow, find_violations

STRICT = SECURITY_HEADERS["content-security-policy"]


def test_our_policy_is_strict_and_each_way_of_loosening_it_is_noticed():
    assert find_looseness("/", STRICT) == []
    assert find_looseness("/", STRICT + "; style-src 'self' 'unsafe-inline'") == ["/: 'unsafe-inline'"]
    assert find_looseness("/", STRICT + "; script-src 'self' https://cdn.example") == ["/: https://cdn.example"]
    assert find_looseness("/", "default-src 'self'") == [
        f"/: no {name}" for name in ("base-uri", "form-action", "frame-ancestors", "object-src")
    ]
    assert "/: no default-src" in find_looseness("/", "")


def test_axe_and_the_width_of_the_page_are_looked_at(visit: Visit):
    page = visit.open("/hilfe")
    assert find_violations(page) == []
    assert find_overflow(page) is None
    page.evaluate(
        """() => {
            const text = document.querySelector("main p");
            text.style.color = "#999";
            text.style.background = "#fff";
            document.querySelector("main").append(new Image());
            const wide = document.createElement("div");
            wide.style.width = "3000px";
            wide.textContent = "breit";
            document.querySelector("main").append(wide);
        }"""
    )
    found = {violation.partition(":")[0] for violation in find_violations(page)}
    assert {"color-contrast", "image-alt"} <= found
    assert "breit" in str(find_overflow(page))


def test_a_question_to_another_host_and_an_error_in_a_script_are_faults(visit: Visit):
    page = visit.open("/hilfe")
    page.evaluate("fetch('http://127.0.0.2:9/zaehler').catch(() => console.error('kaputt'))")
    page.wait_for_timeout(200)
    faults = visit.find_faults()
    assert "kaputt" in faults
    assert any("127.0.0.2" in fault for fault in faults)  # kept off by the policy, and told
    visit.complaints.clear()
    visit.hosts.clear()


def test_a_focus_that_is_not_seen_ends_the_walk(visit: Visit):
    page = visit.open("/hilfe")
    page.evaluate("document.querySelector('header nav a').style.outline = 'none'")
    with pytest.raises(AssertionError, match="outlined"):
        reach(page, "header nav a:last-of-type")
    page.evaluate("document.querySelector('header nav a').style.outline = ''")
    with pytest.raises(AssertionError, match="not reached"):
        reach(page, "#gibt-es-nicht")
