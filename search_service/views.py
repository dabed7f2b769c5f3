"""What the pages show, computed beforehand: results and documents as flat data for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from markupsafe import Markup

from search_service.answers import file_path, page_path
from search_service.citations import PDF, Citation, cite_document, cite_passage, name_page, name_pages
from search_service.documents import Document, Metadata, Passage
from search_service.hits import FacetValue, Hit, Result
from search_service.queries import MAX_OFFSET, Filters, Grouping, Query
from search_service.questions import write_page_address
from search_service.snippets import snippet_html
from search_service.taxonomy import label_value
from search_service.typesetting import german_date, german_number, tell_size

FIELD_LABELS = {
    "collection": "Sammlung",
    "type": "Art",
    "sector": "Branche",
    "topic": "Thema",
    "audience": "Für wen",
    "publisher": "Herausgeber",
    "language": "Sprache",
}
LANGUAGES = {"de": "Deutsch", "en": "Englisch"}
OPEN_CHOICES = 6  # filter values shown at once; the rest unfolds
PAGES_AROUND = 2  # page numbers shown on each side of the current one


@dataclass(frozen=True, slots=True)
class Folio:
    """The mark in the margin of a passage: its page, or the format of a file without pages."""

    main: str  # "S. 12", "PDF-Seite 15" or "DOCX"
    beside: str | None  # "PDF-Seite 15" where the printed page differs


@dataclass(frozen=True, slots=True)
class HitView:
    """One entry of the list of results."""

    rank: int
    title: str
    link: str  # the passage on the page of its document
    folio: Folio
    facts: tuple[str, ...]  # collection, type, year, publisher
    note: str | None
    valid_until: str | None
    trail: tuple[str, ...]  # headings, outermost first
    snippet: Markup
    source_link: str
    source_text: str
    citation: str
    words: tuple[str, ...]
    meaning: str | None  # closeness in meaning, as "0,87"
    more: int
    more_link: str


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
    count: str
    hits: tuple[HitView, ...]
    groups: tuple[FilterGroup, ...]
    years: tuple[Choice, ...]  # newest first
    chips: tuple[Chip, ...]
    link_without_filters: str
    pages: tuple[PageLink, ...]
    previous_link: str | None
    next_link: str | None
    first_link: str
    notices: tuple[str, ...]
    beyond: bool  # there are hits, but none on this page


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in a document; `level` is that of the HTML element, 3 to 6."""

    text: str
    level: int
    anchor: str


@dataclass(frozen=True, slots=True)
class PassageView:
    """One passage on the page of its document, with the headings that begin at it."""

    id: str
    headings: tuple[Heading, ...]
    folio: Folio
    text: str
    source_link: str | None  # None in formats that no browser opens at a place
    source_text: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class DocumentView:
    """Everything the page of a document shows."""

    title: str
    note: str | None
    citation: str
    facts: tuple[tuple[str, str], ...]  # label and value
    origin: str | None  # where it was first published; None unless it is a web address
    file_link: str
    file_text: str
    outline: tuple[Heading, ...]
    passages: tuple[PassageView, ...]


def view_results(result: Result, query: Query) -> ResultsView:
    """Return the page of results; `result` answers `query`."""
    last = max(1, -(-min(result.total.value, MAX_OFFSET + query.page_size) // query.page_size))
    return ResultsView(
        query=query,
        count=_tell_count(result, query),
        hits=tuple(_view_hit(hit, query) for hit in result.hits),
        groups=tuple(_view_group(name, result.facets.get(name, ()), query.filters) for name in FIELD_LABELS),
        years=_view_years(result.facets.get("year", ()), query.filters),
        chips=tuple(_list_chips(query, {hit.document.id: hit.document.metadata.title for hit in result.hits})),
        link_without_filters=search_link(replace(query, filters=Filters(), page=1)),
        pages=_list_pages(query, last),
        previous_link=search_link(replace(query, page=min(query.page - 1, last))) if query.page > 1 else None,
        next_link=search_link(replace(query, page=query.page + 1)) if query.page < last else None,
        first_link=search_link(replace(query, page=1)),
        notices=result.notices,
        beyond=not result.hits and result.total.value > 0,
    )


def view_document(document: Document, passages: Sequence[Passage]) -> DocumentView:
    """Return the page of a document; `passages` in reading order."""
    known = document.metadata
    views: list[PassageView] = []
    previous: tuple[str, ...] = ()
    for passage in passages:
        trail = _trail(passage, known)
        views.append(_view_passage(document, passage, trail, _count_shared(previous, trail)))
        previous = trail
    return DocumentView(
        title=known.title,
        note=known.note,
        citation=cite_document(known),
        facts=tuple(_list_facts(document)),
        origin=known.source_url if known.source_url and known.source_url.startswith(("https://", "http://")) else None,
        file_link=file_path(document.id),
        file_text=f"{_name_format(document)}, {tell_size(document.size)}",
        outline=tuple(heading for view in views for heading in view.headings),
        passages=tuple(views),
    )


def search_link(query: Query) -> str:
    """Return the address of the page of results for `query`."""
    return f"/suche?{urlencode(write_page_address(query), errors='replace')}"


def _tell_count(result: Result, query: Query) -> str:
    number = german_number(result.total.value)
    at_least = "Mindestens " if result.total.relation != "eq" else ""
    if query.group_by is Grouping.DOCUMENT:
        return f"{at_least}{number} {'Dokument' if result.total.value == 1 else 'Dokumente'}"
    return f"{at_least}{number} {'Textstelle' if result.total.value == 1 else 'Textstellen'}"


def _view_hit(hit: Hit, query: Query) -> HitView:
    document, passage, known = hit.document, hit.passage, hit.document.metadata
    labels = (known.collection and label_value("collection", known.collection), known.type and label_value("type", known.type))
    facts = (*labels, str(known.year) if known.year is not None else None, known.publisher)
    within = Filters(documents=(document.id,))
    semantic = hit.explanation.semantic
    return HitView(
        rank=hit.rank,
        title=known.title,
        link=page_path(document.id, passage.id),
        folio=_view_folio(document, passage),
        facts=tuple(fact for fact in facts if fact),
        note=known.note,
        valid_until=german_date(known.valid_until) if known.valid_until else None,
        trail=_trail(passage, known),
        snippet=Markup(snippet_html(hit.snippet)),  # escaped there
        source_link=file_path(document.id, passage, document.media_type),
        source_text=_tell_source(document, passage),
        citation=cite_passage(document, passage).text,
        words=tuple(dict.fromkeys(hit.explanation.words)),
        meaning=f"{semantic:.2f}".replace(".", ",") if semantic is not None else None,
        more=hit.more_in_document if query.group_by is Grouping.DOCUMENT else 0,
        more_link=search_link(replace(query, filters=within, group_by=Grouping.NONE, page=1)),
    )


def _view_folio(document: Document, passage: Passage) -> Folio:
    if not passage.pages:
        return Folio(_name_format(document), None)
    printed, in_file = name_pages(passage.pages, document.media_type)
    return Folio(printed, in_file) if printed else Folio(in_file or "", None)


def _trail(passage: Passage, known: Metadata) -> tuple[str, ...]:
    """Return the headings over a passage, without a first one that only repeats the title."""
    path = passage.heading_path
    return path[1:] if path and known.title.casefold().startswith(path[0].casefold()) else path


def _tell_source(document: Document, passage: Passage) -> str:
    if document.media_type == PDF:
        return f"Quelle auf Seite {name_page(passage.pages[0])} öffnen" if passage.pages else "Quelle öffnen"
    return "Quelle öffnen" if document.media_type == "text/plain" else f"Quelle herunterladen ({_name_format(document)})"


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


def _list_chips(query: Query, titles: dict[str, str]) -> Iterable[Chip]:
    filters = query.filters
    for name, chosen in filters.values.items():
        for value in chosen:
            values = {**filters.values, name: tuple(other for other in chosen if other != value)}
            label = LANGUAGES.get(value, value) if name == "language" else label_value(name, value)
            yield _chip(query, FIELD_LABELS[name], label, replace(filters, values=values))
    if filters.year_from is not None or filters.year_to is not None:
        span = f"{filters.year_from or '…'} bis {filters.year_to or '…'}"
        if filters.year_from == filters.year_to:
            span = str(filters.year_from)
        yield _chip(query, "Jahr", span, replace(filters, year_from=None, year_to=None))
    for document in filters.documents:
        others = tuple(other for other in filters.documents if other != document)
        yield _chip(query, "Nur in", titles.get(document, "einem Dokument"), replace(filters, documents=others))


def _chip(query: Query, label: str, value: str, filters: Filters) -> Chip:
    # Single passages make sense inside a document; without that filter the list goes back to one entry a document.
    grouping = query.group_by if filters.documents else Grouping.DOCUMENT
    return Chip(label, value, search_link(replace(query, filters=filters, group_by=grouping, page=1)))


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


def _view_passage(document: Document, passage: Passage, trail: tuple[str, ...], shared: int) -> PassageView:
    headings = tuple(Heading(text, min(3 + depth, 6), passage.id) for depth, text in enumerate(trail) if depth >= shared)
    opens = document.media_type in (PDF, "text/plain")
    return PassageView(
        id=passage.id,
        headings=headings,
        folio=_view_folio(document, passage),
        text=passage.text,
        source_link=file_path(document.id, passage, document.media_type) if opens else None,
        source_text=_tell_source(document, passage),
        citation=cite_passage(document, passage),
    )


def _count_shared(first: Sequence[str], second: Sequence[str]) -> int:
    shared = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        shared += 1
    return shared


def _list_facts(document: Document) -> Iterable[tuple[str, str]]:
    known = document.metadata
    if known.authors:
        yield ("Autorinnen und Autoren" if len(known.authors) > 1 else "Verfasst von"), "; ".join(known.authors)
    if known.publisher:
        yield "Herausgeber", known.publisher
    if known.year is not None:
        yield "Jahr", str(known.year)
    single = {"type": known.type, "collection": known.collection}
    yield from ((FIELD_LABELS[name], label_value(name, value)) for name, value in single.items() if value)
    several = {"sector": known.sectors, "topic": known.topics, "audience": known.audience}
    for name, values in several.items():
        if values:
            yield FIELD_LABELS[name], ", ".join(label_value(name, value) for value in values)
    if known.language:
        yield "Sprache", LANGUAGES.get(known.language, known.language)
    if known.license:
        yield "Lizenz", known.license
    if known.valid_until:
        yield "Gültig bis", german_date(known.valid_until)
    if document.page_count:
        yield "Umfang", f"{document.page_count} {'Seite' if document.page_count == 1 else 'Seiten'}"
    yield "Aufgenommen", german_date(document.indexed_at)


def _name_format(document: Document) -> str:
    return document.location.rsplit(".", 1)[-1].upper()[:8] if "." in document.location else "Datei"
