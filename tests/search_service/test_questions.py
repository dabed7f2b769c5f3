"""Addresses of the page and the queries they stand for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.addresses import read_page_address, write_api_address, write_page_address
from search_service.errors import InvalidQuery
from search_service.queries import FILTER_FIELDS, Filters, Grouping, Mode, Query, Sort
from search_service.questions import FeedParameters


def test_a_form_with_empty_fields_and_foreign_parameters_is_read():
    given = [
        ("q", "Plan"),
        ("von", "2020"),
        ("bis", ""),
        ("type", "guide"),
        ("type", "study"),
        ("utm_source", "x"),
        ("mode", ""),
    ]
    assert read_page_address(given) == Query("Plan", filters=Filters({"type": ("guide", "study")}, 2020, None))


def test_an_address_of_the_interface_works_on_the_page():
    assert read_page_address([("q", "Plan"), ("year", "2020..2024")]).filters == Filters({}, 2020, 2024)


def test_what_is_usual_is_left_out_of_an_address():
    assert write_page_address(Query("Plan")) == [("q", "Plan")]
    assert read_page_address([("q", "Plan"), ("verbatim", "true")]).verbatim
    assert not read_page_address([("q", "Plan"), ("verbatim", "ja")]).verbatim


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("mode", "magic", "Modus"),
        ("page", "-1", "keine Seitenzahl"),
        ("page", "9" * 5000, "außerhalb"),
        ("von", "x", "kein Jahr"),
        ("group_by", "colour", "Erlaubt sind: spread, document, none"),
        ("sort", "colour", "Erlaubt sind: relevance, year"),
    ],
)
def test_what_cannot_be_read_is_told(name, value, told):
    with pytest.raises(InvalidQuery, match=told):
        read_page_address([("q", "Plan"), (name, value)])


NAMES = st.text(st.characters(exclude_categories=("Cs", "Z", "C")), min_size=1, max_size=12)
FILTERS = st.builds(
    Filters,
    st.dictionaries(st.sampled_from(FILTER_FIELDS), st.lists(NAMES, min_size=1, max_size=3).map(tuple)),
    st.none() | st.integers(1900, 2000),
    st.none() | st.integers(2000, 2100),
    st.lists(NAMES, max_size=2).map(tuple),
    st.booleans(),
)


QUERIES = st.builds(
    Query,
    NAMES,
    st.sampled_from(Mode),
    FILTERS,
    st.integers(1, 100),
    group_by=st.sampled_from(Grouping),
    verbatim=st.booleans(),
    sort=st.sampled_from(Sort),
)


@given(QUERIES)
def test_an_address_of_the_interface_names_the_same_matches_whatever_the_order_of_filters(query):
    filters = query.filters
    shuffled = {name: (*reversed(values), values[0]) for name, values in reversed(filters.values.items())}
    other = replace(query, page=1, filters=replace(filters, values=shuffled, documents=(*reversed(filters.documents),)))
    address = write_api_address(query)
    assert write_api_address(other) == address
    given: dict[str, list[str]] = {}
    for name, value in address:
        given.setdefault(name, []).append(value)
    single = {name: value for name, (value, *_) in given.items() if name not in (*FILTER_FIELDS, "document")}
    read = FeedParameters.model_validate({**given, **single}).to_query()
    assert (read.text, read.mode, read.verbatim) == (query.text, query.mode, query.verbatim)
    assert {name: set(values) for name, values in read.filters.values.items()} == {
        name: set(values) for name, values in filters.values.items()
    }
    assert set(read.filters.documents) == set(filters.documents)
    assert (read.filters.year_from, read.filters.year_to) == (filters.year_from, filters.year_to)
    assert read.filters.older_editions == filters.older_editions


@given(QUERIES)
def test_an_address_written_is_the_query_read(query):
    assert read_page_address(write_page_address(query)) == query
