from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.identifiers import find_isbn, is_sound_urn, read_doi, read_isbn, read_urn


def test_a_check_digit_worked_by_hand() -> None:
    # ISO 2108: 3 · 10 + 1 · 9 + 6 · 8 + 1 · 7 + 4 · 6 + 8 · 5 + 4 · 4 + 1 · 3 + 0 · 2 + X (10) · 1 = 187 = 17 · 11
    assert read_isbn("3-16-148410-X") == "9783161484100"


@pytest.mark.parametrize(
    ("written", "isbn"),
    [
        ("978-3-16-148410-0", "9783161484100"),
        ("ISBN 978 3 16 148410 0", "9783161484100"),
        ("urn:isbn:9783161484100", "9783161484100"),
        ("9783161484100", "9783161484100"),
        ("3161484100", None),  # the last digit of its ISBN-10 is X
        ("978-3-16-148410-1", None),
        ("978-3-16-148410-0, 0-306-40615-2", None),  # two works
        ("Tel. 0231 123456789", None),
        ("", None),
    ],
)
def test_an_isbn_is_thirteen_digits_or_nothing(written: str, isbn: str | None) -> None:
    assert read_isbn(written) == isbn


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("10.1000/xyz", "10.1000/xyz"),
        ("https://doi.org/10.5771/9783748-ABC.", "10.5771/9783748-abc"),
        ("(DOI: 10.1000/a(1)b)", "10.1000/a(1)b"),
        ("doi:10.1000/a und doi:10.1000/a", "10.1000/a"),
        ("10.1000/a; 10.1000/b", None),
        ("Seite 10.1 / 3", None),
    ],
)
def test_a_doi_is_read_without_what_stands_around_it(written: str, doi: str | None) -> None:
    assert read_doi(written) == doi


@pytest.mark.parametrize("urn", ["urn:nbn:de:gbv:7-isbn-90-6984-508-3-8", "urn:nbn:de:101:1-201102033592"])
def test_urns_of_the_national_library_are_sound(urn: str) -> None:
    assert is_sound_urn(urn)
    assert read_urn(f"Dauerhafte Adresse: {urn.upper()}.") == urn
    wrong = urn[:-1] + str((int(urn[-1]) + 1) % 10)
    assert not is_sound_urn(wrong)
    assert read_urn(wrong) is None


def test_urns_without_a_prescribed_check_digit_are_taken_as_they_are() -> None:
    assert read_urn("urn:nbn:at:at-ubw-12345") == "urn:nbn:at:at-ubw-12345"


def test_in_an_imprint_an_isbn_needs_its_label_and_the_electronic_one_is_that_of_the_file() -> None:
    assert find_isbn(["ISBN 978-3-16-148410-0"]) == "9783161484100"
    assert find_isbn(["Bestellnummer 978-3-16-148410-0"]) is None
    assert find_isbn(["ISBN (Print): 978-3-16-148410-0 ISBN (PDF): 978-0-306-40615-7"]) == "9780306406157"
    assert find_isbn(["ISBN 978-3-16-148410-0", "ISBN 978-0-306-40615-7"]) is None


@given(st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_exactly_one_last_digit_makes_an_isbn(start: str) -> None:
    number = "978" + start[3:]
    assert sum(read_isbn(f"{number}{digit}") is not None for digit in range(10)) == 1


@given(st.text(max_size=80))
def test_any_text_gives_sound_identifiers_or_none(text: str) -> None:
    for read in (read_doi, read_isbn, read_urn):
        found = read(text)
        assert found is None or read(found) == found
    assert find_isbn([text]) is None or "isbn" in text.casefold()
