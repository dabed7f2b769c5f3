"""Queries and filters: checked at birth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.errors import InvalidQuery
from search_service.queries import (
    FILTER_FIELDS,
    MAX_QUERY_CHARACTERS,
    Filters,
    Mode,
    Query,
    parse_filters,
    parse_mode,
    parse_years,
)


@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0"])
def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match="Frage ist leer"):
        Query(text)


def test_a_question_is_refused_rather_than_cut() -> None:
    assert len(Query("x" * MAX_QUERY_CHARACTERS).text) == 2_000
    with pytest.raises(InvalidQuery, match=r"10.000 Zeichen zu lang \(höchstens 2.000\)"):
        Query("x" * 10_000)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(InvalidQuery, match="beschädigte Zeichen"):
        Query("Pause \udcff")


@pytest.mark.parametrize(("page", "page_size"), [(0, 10), (-1, 10), (1, 0), (1, 101), (102, 10), (12, 100)])
def test_pages_beyond_the_limits_are_refused(page: int, page_size: int) -> None:
    with pytest.raises(InvalidQuery):
        Query("Pause", page=page, page_size=page_size)


@pytest.mark.parametrize(("page", "page_size"), [(1, 1), (101, 10), (11, 100)])
def test_pages_at_the_limits_are_taken(page: int, page_size: int) -> None:
    assert Query("Pause", page=page, page_size=page_size).page == page


def test_filters_are_read_as_written() -> None:
    filters = parse_filters(
        ["collection=wissen", "topic = ki", "topic=datenschutz", "year=2020..2024", "document=d1", "publisher=A=B"]
    )
    assert filters == Filters(
        {"collection": ("wissen",), "topic": ("ki", "datenschutz"), "publisher": ("A=B",)}, 2020, 2024, ("d1",)
    )
    assert filters
    assert not parse_filters([])


def test_older_editions_are_asked_for_and_are_no_restriction() -> None:
    assert parse_filters(["editions=all"]) == Filters(older_editions=True)
    assert parse_filters(["editions=newest"]) == Filters()
    assert not Filters(older_editions=True)


@pytest.mark.parametrize("expressions", [["year=2020"], ["document=d1"], ["language=de"], ["year=..1999"]])
def test_any_one_filter_restricts(expressions: list[str]) -> None:
    assert parse_filters(expressions)


@pytest.mark.parametrize(
    ("expressions", "message"),
    [
        (["farbe=rot"], "Den Filter „farbe“ gibt es nicht. Erlaubt sind: collection, .*language, document, editions und year"),
        (["collection"], "unvollständig. Schreibweise: feld=wert"),
        (["collection="], "unvollständig"),
        (["=wissen"], "gibt es nicht"),
        (["year=neulich"], "„neulich“ ist kein Jahr"),
        (["year=2020..2021..2022"], "kein Jahr"),
        (["year=" + "9" * 5000], "kein Jahr"),
        (["year=2024..2020"], "Anfang nach dem Ende"),
        (["year=2020", "year=2024"], "nur einmal"),
        (["editions=some"], "Beim Filter „editions“ gibt es „some“ nicht. Erlaubt sind: newest"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(expressions: list[str], message: str) -> None:
    with pytest.raises(InvalidQuery, match=message):
        parse_filters(expressions)


@pytest.mark.parametrize(
    ("written", "years"),
    [
        ("2024", (2024, 2024)),
        ("2020..2024", (2020, 2024)),
        ("2020..", (2020, None)),
        ("..2024", (None, 2024)),
        (" 2020 .. 2024 ", (2020, 2024)),
    ],
)
def test_years_and_spans_of_years(written: str, years: tuple[int | None, int | None]) -> None:
    assert parse_years(written) == years


def test_modes_are_read_by_name() -> None:
    assert [parse_mode(name) for name in ("hybrid", "lexical", "semantic")] == list(Mode)
    with pytest.raises(InvalidQuery, match=r"Den Modus „fuzzy“ gibt es nicht. Erlaubt sind: hybrid, lexical, semantic"):
        parse_mode("fuzzy")


@given(st.text(max_size=40))
def test_any_expression_becomes_filters_or_a_german_refusal(expression: str) -> None:
    try:
        filters = parse_filters([expression])
    except InvalidQuery as error:
        assert str(error).endswith((".", ")."))
    else:
        assert set(filters.values) <= set(FILTER_FIELDS)
