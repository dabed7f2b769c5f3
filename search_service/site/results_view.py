"""What the page of results shows, computed beforehand as flat data for its template. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from search_service.addresses import write_api_address, write_page_address
from search_service.citations import cite_passage
from search_service.explanations import explain_hit, name_relevance
from search_service.hits import FacetValue, Hit, Result
from search_service.links import FEED, begin_at_mark, file_path, page_path, source_path
from search_service.passage_view import FIELD_LABELS, LANGUAGES, Folio, list_labels, name_format, short_trail, view_folio
from search_service.queries import ALL_EDITIONS, MAX_OFFSET, MAX_QUERY_CHARACTERS, Filters, Grouping, Query, Sort
from search_service.site.source_view import LONGEST_BACK, name_source
from search_service.snippets import snippet_html
from search_service.taxonomy import label_value
from search_service.typesetting import Heading, german_date, german_number, part_title, quote_words, typeset
from search_service.variety import MOST_PER_DOCUMENT
from search_service.wording import parse_wording

OPEN_CHOICES = 5  # filter values shown at once; the rest unfolds
PAGES_AROUND = 1  # page numbers shown on each side of the current one: first, last and these fit on a phone
PROBABLE = 0.5  # the relevance from which a hit is told to fit probably, see `RELEVANCE` in search_service/explanations.py
LONGEST_HEADING = 80  # characters of a question told in a heading: two lines of it
LONGEST_LINE = 200  # and in a line of text
SORT_LABELS = {Sort.RELEVANCE: "Passendes zuerst", Sort.YEAR: "Neues zuerst"}


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class HitView:
    """One entry of the list of results."""

    passage: str  # id
    document: str  # id
    rank: int
    title: str
    heading: Heading
    link: str  # the passage on the page of its document
    folio: Folio
    facts: tuple[str, ...]  # collection, type, year, publisher
    note: str | None
    edition: str | None  # "Neuere Ausgabe vorhanden" where one answers in its place
    valid_until: str | None
    trail: tuple[str, ...]  # headings, outermost first
    snippet: str  # HTML, escaped
    source_link: str  # the source shown at the passage
    source_text: str
    file_link: str  # the source itself
    file_text: str
    citation: str
    relevance: str  # "wahrscheinlich passend"
    explanation: str  # German sentences
    also_in: tuple[Link, ...]  # documents with nearly the same passage
    more_link: str | None  # all passages of this document; None where none is held back, or the link stands at another hit


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter in the form."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """One filter in the form."""

    name: str
    label: str
    first: tuple[Choice, ...]
    rest: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter with the way back."""

    label: str
    value: str
    link_without: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """One step of the paging; number 0 stands for a gap."""

    number: int
    link: str
    current: bool


@dataclass(frozen=True, slots=True)
class ResultsView:
    """Everything the page of results shows."""

    query: Query
    asked: str  # the question as it was searched, in quotes, cut where it is long
    count: str
    fitting: bool  # False: the hits are only what comes nearest, or what holds words that stand everywhere
    doubtful: bool  # the list begins, and nothing on its first page probably fits
    telling: bool  # False: the question has no word that could be looked up, such as "und" or "???"
    spelling: Link | None  # the question in another spelling: offered, or if `corrected` already searched; in quotes
    corrected: bool
    verbatim: Link  # the question as it was typed, in quotes, searched without correction
    also_searched: tuple[tuple[str, tuple[str, ...]], ...]  # word of the question, what else was looked for
    near_topics: tuple[Link, ...]
    hits: tuple[HitView, ...]
    groups: tuple[FilterGroup, ...]
    years: tuple[Choice, ...]  # newest first
    older_editions: Choice | None  # None where there are none to include
    sorts: tuple[Choice, ...]
    chips: tuple[Chip, ...]
    link_without_filters: str
    link_with_older_editions: str
    pages: tuple[PageLink, ...]
    previous_link: str | None
    next_link: str | None
    first_link: str
    feed_link: str  # the Atom feed of this question
    notices: tuple[str, ...]
    beyond: bool  # there are hits, but none on this page


def view_results(result: Result, query: Query) -> ResultsView:
    """Return the page of results; `result` answers `query`."""
    wording, spelling = parse_wording(query.text), result.suggestions.did_you_mean
    telling = wording.has_telling_words or bool(wording.phrases)
    last = max(1, -(-min(result.total.value, MAX_OFFSET + query.page_size) // query.page_size))
    return ResultsView(
        query=query,
        asked=quote_words(spelling if spelling and result.suggestions.corrected else query.text, LONGEST_HEADING),
        count=_tell_count(result, query),
        fitting=result.fitting and telling,
        doubtful=result.fitting and telling and query.page == 1 and all(hit.relevance < PROBABLE for hit in result.hits),
        telling=telling,
        spelling=_link_question(spelling, query) if spelling else None,
        corrected=result.suggestions.corrected,
        verbatim=Link(quote_words(query.text, LONGEST_LINE), search_link(replace(query, verbatim=True, page=1))),
        also_searched=tuple(result.suggestions.also_searched.items()),
        near_topics=tuple(
            Link(topic, search_link(Query(topic[:MAX_QUERY_CHARACTERS]))) for topic in result.suggestions.near_topics
        ),
        hits=tuple(_view_hits(result.hits, query)),
        groups=tuple(_view_group(name, result.facets.get(name, ()), query.filters) for name in FIELD_LABELS),
        years=_view_years(result.facets.get("year", ()), query.filters),
        older_editions=_view_older_editions(result, query.filters),
        sorts=tuple(Choice(sort.value, label, 0, sort is query.sort) for sort, label in SORT_LABELS.items()),
        chips=tuple(_list_chips(query, {hit.document.id: hit.document.metadata.title for hit in result.hits})),
        link_without_filters=_link_filtered(query, Filters()),
        link_with_older_editions=search_link(replace(query, filters=replace(query.filters, older_editions=True), page=1)),
        pages=_list_pages(query, last),
        previous_link=search_link(replace(query, page=min(query.page - 1, last))) if query.page > 1 else None,
        next_link=search_link(replace(query, page=query.page + 1)) if query.page < last else None,
        first_link=search_link(replace(query, page=1)),
        feed_link=f"{FEED}?{urlencode(write_api_address(query), errors='replace')}",
        notices=result.notices,
        beyond=not result.hits and result.total.value > 0,
    )


def search_link(query: Query) -> str:
    """Return the address of the page of results for `query`."""
    return f"/suche?{urlencode(write_page_address(query), errors='replace')}"


def _link_question(text: str, query: Query) -> Link:
    """Return the link to `text` asked in the way of `query`, with correction."""
    address = search_link(replace(query, text=text[:MAX_QUERY_CHARACTERS], verbatim=False, page=1))
    return Link(quote_words(text, LONGEST_LINE), address)


def _link_filtered(query: Query, filters: Filters) -> str:
    """Return the address of `query` with other filters."""
    # All passages make sense inside a document; without that filter the list goes back to a few of each.
    everything = query.group_by is Grouping.NONE and not filters.documents
    grouping = Grouping.SPREAD if everything else query.group_by
    return search_link(replace(query, filters=filters, group_by=grouping, page=1))


def _tell_count(result: Result, query: Query) -> str:
    """Return how many hits there are: exactly, or as the best of more than were looked at. Both can be paged through."""
    one, more = ("Dokument", "Dokumente") if query.group_by is Grouping.DOCUMENT else ("Textstelle", "Textstellen")
    number = result.total.value
    if result.total.relation != "eq" and number > 1:
        return f"Die {german_number(number)} besten {more}"
    return f"{german_number(number)} {one if number == 1 else more}"


def _view_hits(hits: Iterable[Hit], query: Query) -> Iterable[HitView]:
    """Yield the entries; the way to all passages of a document stands at the first of its hits, if some are held back."""
    most = MOST_PER_DOCUMENT.get(query.group_by)
    seen: set[str] = set()
    for hit in hits:
        more = most is not None and hit.more_in_document >= most and hit.document.id not in seen
        seen.add(hit.document.id)
        yield _view_hit(hit, query, with_more=more)


def _view_hit(hit: Hit, query: Query, *, with_more: bool) -> HitView:
    document, passage, known = hit.document, hit.passage, hit.document.metadata
    within = Filters(documents=(document.id,))
    opened, back = begin_at_mark(passage, hit.highlights), search_link(query)
    # Where a passage begins on an earlier page than its mark, the viewer is told the page.
    page = opened.pages[0].physical if opened.pages and opened.pages[0] != passage.pages[0] else None
    return HitView(
        passage=passage.id,
        document=document.id,
        rank=hit.rank,
        title=known.title,
        heading=part_title(known.title),
        link=page_path(document.id, passage.id),
        folio=view_folio(document, passage),
        facts=list_labels(known),
        note=known.note,
        edition=hit.edition,
        valid_until=german_date(known.valid_until) if known.valid_until else None,
        trail=short_trail(passage, known),
        snippet=snippet_html(replace(hit.snippet, text=typeset(hit.snippet.text))),  # as long as before: marks stay
        source_link=source_path(document.id, passage.id, page, back if len(back) <= LONGEST_BACK else None),
        source_text=name_source(document, opened),
        file_link=file_path(document.id, opened, document.media_type),
        file_text=f"Datei ({name_format(document)})",
        citation=cite_passage(document, passage).text,
        relevance=name_relevance(hit.relevance),
        explanation=explain_hit(hit),
        also_in=tuple(Link(other.metadata.title, page_path(other.id)) for other in hit.also_in),
        more_link=search_link(replace(query, filters=within, group_by=Grouping.NONE, page=1)) if with_more else None,
    )


def _view_group(name: str, found: Iterable[FacetValue], filters: Filters) -> FilterGroup:
    """Return the filter with its chosen values first, then the most frequent; chosen ones that match nothing stay visible."""
    chosen = filters.values.get(name, ())
    counted = {item.value: item for item in found}
    gone = [FacetValue(value, label_value(name, value), 0) for value in chosen if value not in counted]
    choices = [Choice(item.value, _label(name, item), item.count, item.value in chosen) for item in (*counted.values(), *gone)]
    choices.sort(key=lambda choice: not choice.chosen)
    cut = max(OPEN_CHOICES, sum(choice.chosen for choice in choices))
    if len(choices) == cut + 1:  # a fold for a single value costs more than it saves
        cut += 1
    return FilterGroup(name, FIELD_LABELS[name], tuple(choices[:cut]), tuple(choices[cut:]))


def _label(name: str, item: FacetValue) -> str:
    return LANGUAGES.get(item.value, item.label) if name == "language" else item.label


def _view_years(found: Iterable[FacetValue], filters: Filters) -> tuple[Choice, ...]:
    counts = {item.value: item.count for item in found}
    for year in (filters.year_from, filters.year_to):
        if year is not None:
            counts.setdefault(str(year), 0)
    return tuple(Choice(year, year, counts[year], False) for year in sorted(counts, key=int, reverse=True))


def _view_older_editions(result: Result, filters: Filters) -> Choice | None:
    if not result.older_editions and not filters.older_editions:
        return None
    return Choice(ALL_EDITIONS, "auch ältere Ausgaben", result.older_editions, filters.older_editions)


def _list_chips(query: Query, titles: dict[str, str]) -> Iterable[Chip]:
    filters = query.filters
    for name, chosen in filters.values.items():
        for value in chosen:
            values = {**filters.values, name: tuple(other for other in chosen if other != value)}
            label = LANGUAGES.get(value, value) if name == "language" else label_value(name, value)
            yield _chip(query, FIELD_LABELS[name], label, replace(filters, values=values))
    if filters.year_from is not None or filters.year_to is not None:
        yield _chip(query, "Jahr", _tell_years(filters), replace(filters, year_from=None, year_to=None))
    if filters.older_editions:
        yield _chip(query, "Ausgaben", "auch ältere", replace(filters, older_editions=False))
    for document in filters.documents:
        others = tuple(other for other in filters.documents if other != document)
        yield _chip(query, "Nur in", titles.get(document, "einem Dokument"), replace(filters, documents=others))
    if query.verbatim:
        yield Chip("Schreibweise", "wie eingegeben", search_link(replace(query, verbatim=False, page=1)))


def _tell_years(filters: Filters) -> str:
    if filters.year_to is None:
        return f"ab {filters.year_from}"
    if filters.year_from is None:
        return f"bis {filters.year_to}"
    return str(filters.year_to) if filters.year_from == filters.year_to else f"{filters.year_from} bis {filters.year_to}"


def _chip(query: Query, label: str, value: str, filters: Filters) -> Chip:
    return Chip(label, value, _link_filtered(query, filters))


def _list_pages(query: Query, last: int) -> tuple[PageLink, ...]:
    """Return first, last and the pages around the current one; nothing if there is only one page."""
    if last == 1:
        return ()
    wanted = {1, last, *range(query.page - PAGES_AROUND, query.page + PAGES_AROUND + 1)} & set(range(1, last + 1))
    links: list[PageLink] = []
    for number in sorted(wanted):
        if links and number - links[-1].number > 1:
            links.append(PageLink(0, "", False))
        links.append(PageLink(number, search_link(replace(query, page=number)), number == query.page))
    return tuple(links)
