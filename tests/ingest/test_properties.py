from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.properties import gather, sort_identifier


def test_the_first_text_counts_and_lists_gather_all() -> None:
    pairs = [
        ("title", "  "),
        ("title", "Arbeit  im\nWandel"),
        ("title", "Ein anderer"),
        ("authors", "Anna Alt"),
        ("authors", "Bernd Neu"),
        ("authors", "Anna Alt"),
        ("keywords", "Arbeit; KI"),
        ("keywords", None),
        ("identifier", "doi:10.1000/182"),
        ("identifier", "12345"),
    ]
    assert gather(pairs) == {
        "title": "Arbeit im Wandel",
        "doi": "10.1000/182",
        "authors": ("Anna Alt", "Bernd Neu"),
        "keywords": ("Arbeit", "KI"),
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://doi.org/10.1000/182", {"doi": "10.1000/182"}),
        ("DOI: 10.17185/duepublico/7.", {"doi": "10.17185/duepublico/7"}),
        ("urn:nbn:de:0168-ssoar-1-6", {"urn": "urn:nbn:de:0168-ssoar-1-6"}),
        ("urn:isbn:9783161484100", {"isbn": "9783161484100"}),
        ("ISBN-13: 978-3-16-148410-0", {"isbn": "978-3-16-148410-0"}),
        ("3-16-148410-X", {"isbn": "3-16-148410-X"}),
        ("urn:uuid:12345678-1234-1234-1234-123456789012", {}),
        ("https://example.org/studie-2024", {}),
    ],
)
def test_an_identifier_is_sorted_by_its_form(text: str, found: dict[str, str]) -> None:
    assert dict(sort_identifier(text)) == found


@given(st.lists(st.tuples(st.sampled_from(["title", "authors", "keywords", "identifier"]), st.none() | st.text(max_size=30))))
def test_nothing_empty_is_gathered(pairs: list[tuple[str, str | None]]) -> None:
    assert all(value and all(value) for value in gather(pairs).values())
