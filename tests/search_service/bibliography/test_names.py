"""Names of authors, taken apart only where their writing tells how."""

from __future__ import annotations

import pytest
from hypothesis import given

from search_service.bibliography.items import one_line
from search_service.bibliography.names import Name, is_organisation, read_name
from tests.search_service.bibliography.cited_works import HOSTILE


@pytest.mark.parametrize(
    ("text", "family", "given"),
    [
        ("Müller, Anna", "Müller", "Anna"),
        ("Anna Müller", "Müller", "Anna"),
        ("Müller-Lüdenscheidt, Anna Maria", "Müller-Lüdenscheidt", "Anna Maria"),
        ("A. Müller", "Müller", "A."),
        ("Anna M. Müller", "Müller", "Anna M."),
        ("Anna von Berg", "von Berg", "Anna"),
        ("van der Meer, Jan", "van der Meer", "Jan"),
        ("Dr. Anna Müller", "Müller", "Anna"),
        ("Prof. Dr.-Ing. Bernd Özdemir", "Özdemir", "Bernd"),
        ("Müller, Dr. Anna", "Müller", "Anna"),
        ("Sinéad O’Connor", "O’Connor", "Sinéad"),
    ],
)
def test_a_person_has_family_and_given_name(text, family, given):
    assert read_name(text) == Name(family=family, given=given)


@pytest.mark.parametrize(
    "text",
    [
        "Redaktion Zukunfts-HUB",
        "Bundesministerium für Arbeit und Soziales",
        "Institut Arbeit",
        "Arbeit, Bildung und Forschung e. V.",
        "Müller GmbH",
        "BMAS",
        "IG BCE",
        "Ruhr-Universität Bochum",
        "Hans-Böckler-Stiftung",
        "Industrie 4.0",
        "Plattform Lernende Systeme",
        "Madonna",
        "Hans Peter Müller",  # may be Peter Müller, Hans or Müller, Hans Peter: nobody knows
        "Müller, Anna, Schmidt, Bernd",
        "Ruhr, ein langer Satz über die Region",
        ", Anna",
        "Müller,",
    ],
)
def test_whatever_is_not_surely_a_person_stays_whole(text):
    assert read_name(text) == Name(text)


def test_a_name_is_called_by_its_family_in_a_text_and_inverted_in_a_list():
    anna, team = Name(family="Müller", given="Anna"), Name("Redaktion Zukunfts-HUB")
    assert [(name.short, name.inverted) for name in (anna, team)] == [
        ("Müller", "Müller, Anna"),
        ("Redaktion Zukunfts-HUB", "Redaktion Zukunfts-HUB"),
    ]


def test_an_organisation_says_so():
    assert [is_organisation(text) for text in ("Stadt Essen", "DGB", "Anna Müller", "Hans Peter Müller")] == [
        True, True, False, False,
    ]  # fmt: skip


@given(HOSTILE.map(one_line))
def test_every_name_is_whole_or_taken_apart_and_nothing_of_it_is_lost_or_invented(text):
    name = read_name(text)
    assert (name.literal is None) == (name.family is not None) == (name.given is not None)
    if name.family is None:
        assert name.literal == text
    else:
        assert name.family in text
        assert name.given in text
