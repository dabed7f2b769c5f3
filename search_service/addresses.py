"""A question as it stands in an address: that of the page, read and written, and that of the API, written. Pure."""

from __future__ import annotations

import re

from search_service.errors import InvalidQuery
from search_service.queries import ALL_EDITIONS, FILTER_FIELDS, Grouping, Mode, Query, Sort, parse_filters, parse_mode
from search_service.typesetting import shorten

LONGEST_TOLD = 40  # characters of what is no year, told back
_YEAR = re.compile(r"[0-9]{1,4}")


def write_api_address(query: Query) -> list[tuple[str, str]]:
    """Return the parameters by which the API is asked for the matches of `query`, whatever their page, order and grouping.

    In an order of their own, so that one question has one address; defaults are left out.
    """
    filters = query.filters
    parameters = [("q", query.text)]
    if query.mode is not Mode.HYBRID:
        parameters.append(("mode", query.mode.value))
    parameters += [(name, value) for name in FILTER_FIELDS for value in sorted(set(filters.values.get(name, ())))]
    if filters.year_from is not None or filters.year_to is not None:
        first, last = ("" if year is None else str(year) for year in (filters.year_from, filters.year_to))
        parameters.append(("year", f"{first}..{last}"))
    parameters += [("document", document) for document in sorted(set(filters.documents))]
    if filters.older_editions:
        parameters.append(("editions", ALL_EDITIONS))
    if query.verbatim:
        parameters.append(("verbatim", "true"))
    return parameters


def read_question(parameters: list[tuple[str, str]]) -> str:
    """Return the question in the parameters of the page's address, the last one if there are several; "" without one."""
    return next((value for name, value in reversed(parameters) if name == "q"), "")


def read_page_address(parameters: list[tuple[str, str]]) -> Query:
    """Return the query in the parameters of the page's address.

    Unlike the API the page passes over names it does not know, because mail programs and portals add their own to links,
    and over empty values, because a form sends its empty fields. Years come as `von` and `bis`, or as `year`.
    Raises InvalidQuery.
    """
    given = [(name, value.strip()) for name, value in parameters if value.strip()]
    last = dict(given)
    expressions = [f"{name}={value}" for name, value in given if name in (*FILTER_FIELDS, "document", "editions", "year")]
    if last.keys() & {"von", "bis"}:
        expressions.append(f"year={_write_years(last.get('von', ''), last.get('bis', ''))}")
    mode = parse_mode(last.get("mode", Mode.HYBRID))
    grouping = _parse_grouping(last.get("group_by", Grouping.SPREAD))
    sort = _parse_sort(last.get("sort", Sort.RELEVANCE))
    page = last.get("page", "1")
    if not page.isdecimal():
        raise InvalidQuery(f"„{page}“ ist keine Seitenzahl. Bitte eine ganze Zahl ab 1 angeben.")
    # A number too long for any list of hits is cut to one that `Query` refuses in its own words.
    verbatim = last.get("verbatim") == "true"
    return Query(
        read_question(parameters),
        mode,
        parse_filters(expressions),
        page=int(page[:9]),
        group_by=grouping,
        verbatim=verbatim,
        sort=sort,
    )


def _write_years(first: str, last: str) -> str:
    """Return the span of two years of the form, either of which may be empty, in the API's notation; raise InvalidQuery."""
    for year in (first, last):
        if year and not _YEAR.fullmatch(year):
            raise InvalidQuery(
                f"„{shorten(year, LONGEST_TOLD)}“ ist kein Jahr. Bitte vier Ziffern, z. B. 2024.", "filters/year"
            )
    if first and last and int(first) > int(last):
        raise InvalidQuery("Das Jahr bei „von“ liegt nach dem bei „bis“. Bitte tauschen.", "filters/year")
    return f"{first}..{last}"


def _parse_grouping(value: str) -> Grouping:
    try:
        return Grouping(value)
    except ValueError:
        raise InvalidQuery(f"Die Gruppierung „{value}“ gibt es nicht. Erlaubt sind: {', '.join(Grouping)}.") from None


def _parse_sort(value: str) -> Sort:
    try:
        return Sort(value)
    except ValueError:
        raise InvalidQuery(f"Die Sortierung „{value}“ gibt es nicht. Erlaubt sind: {', '.join(Sort)}.") from None


def write_page_address(query: Query) -> list[tuple[str, str]]:
    """Return the parameters that `read_page_address` reads as `query`, but for the page size; defaults are left out."""
    parameters = [("q", query.text)]
    if query.mode is not Mode.HYBRID:
        parameters.append(("mode", query.mode.value))
    parameters += [(name, value) for name in FILTER_FIELDS for value in query.filters.values.get(name, ())]
    if query.filters.year_from is not None:
        parameters.append(("von", str(query.filters.year_from)))
    if query.filters.year_to is not None:
        parameters.append(("bis", str(query.filters.year_to)))
    parameters += [("document", document) for document in query.filters.documents]
    if query.filters.older_editions:
        parameters.append(("editions", ALL_EDITIONS))
    if query.group_by is not Grouping.SPREAD:
        parameters.append(("group_by", query.group_by.value))
    if query.verbatim:
        parameters.append(("verbatim", "true"))
    if query.sort is not Sort.RELEVANCE:
        parameters.append(("sort", query.sort.value))
    if query.page != 1:
        parameters.append(("page", str(query.page)))
    return parameters
