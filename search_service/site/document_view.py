"""What the page of a document shows, computed beforehand as flat data for its template. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search_service.citations import cite_document, cite_passage, name_pages, tell_extent
from search_service.documents import Document, Metadata, Passage
from search_service.editions import Editions, name_newer, name_older
from search_service.hits import Neighbour
from search_service.links import file_path, page_path, source_path
from search_service.passage_view import (
    FIELD_LABELS,
    LANGUAGES,
    Folio,
    count_shared,
    list_labels,
    name_format,
    short_trail,
    view_folio,
)
from search_service.site.licences import link_licence
from search_service.site.outline import Entry, Outline, build_outline
from search_service.site.passage_text import Part, read_parts
from search_service.site.source_view import name_source
from search_service.structured_data import StructuredData, describe_document
from search_service.taxonomy import VOCABULARY_OF, label_value
from search_service.typesetting import german_date, tell_size

MOST_CITED = 200  # passages: the folds and buttons of 3,000 are two thirds of a page of 7 MB


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in a document; `level` is that of the HTML element, 3 to 6."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class PassageView:
    """One passage on the page of its document, with the headings that begin at it."""

    id: str
    headings: tuple[Heading, ...]
    folio: Folio
    parts: tuple[Part, ...]
    source_link: str
    source_text: str
    citation: str | None  # None on the page of a long document


@dataclass(frozen=True, slots=True)
class EditionLink:
    """The way to another edition of the same work."""

    label: str  # "Neuere Ausgabe vorhanden", "Ältere Ausgabe"
    title: str  # with its year and format
    link: str


@dataclass(frozen=True, slots=True)
class SimilarView:
    """The way to a document about the same, at the passage where it comes nearest."""

    title: str
    link: str
    facts: tuple[str, ...]  # collection, type, year, publisher
    trail: tuple[str, ...]  # headings over the passage, outermost first


@dataclass(frozen=True, slots=True)
class DocumentView:
    """Everything the page of a document shows."""

    id: str
    title: str
    note: str | None
    citation: str
    newer: EditionLink | None
    older: tuple[EditionLink, ...]  # newest first
    facts: tuple[tuple[str, str], ...]  # label and value
    licence: tuple[str, str | None] | None  # as the metadata name it, and where its text stands, if that is known
    suggestions: tuple[tuple[str, str], ...]  # label and value, with its confidence
    origin: str | None  # where it was first published; None unless it is a web address
    file_link: str
    file_text: str
    source_link: str  # the viewer
    outline: Outline
    is_long: bool  # each passage is cited in the viewer
    passages: tuple[PassageView, ...]
    similar: tuple[SimilarView, ...]  # the nearest first
    machines: StructuredData


def view_document(
    document: Document,
    passages: Sequence[Passage],
    editions: Editions,
    similar: Iterable[Neighbour] = (),
    root: str = "",
) -> DocumentView:
    """Return the page of a document; `passages` in reading order, `similar` the nearest first.

    `root` stands before the addresses that machines are told; "" keeps them relative.
    """
    known = document.metadata
    views: list[PassageView] = []
    entries: list[tuple[int, Entry]] = []
    previous: tuple[str, ...] = ()
    is_long = len(passages) > MOST_CITED
    for passage in passages:
        trail = short_trail(passage, known)
        new = list(enumerate(trail))[count_shared(previous, trail) :]
        views.append(_view_passage(document, passage, new, is_long=is_long))
        entries += ((depth, Entry(text, passage.id, _name_place(document, passage))) for depth, text in new)
        previous = trail
    return DocumentView(
        id=document.id,
        title=known.title,
        note=known.note,
        citation=cite_document(known),
        newer=_link_edition(editions.newer, document, editions.newer) if editions.newer else None,
        older=tuple(_link_edition(document, other, other) for other in editions.older),
        facts=tuple(_list_facts(document)),
        licence=(known.license, link_licence(known.license)) if known.license else None,
        suggestions=tuple(_list_suggestions(known)),
        origin=known.source_url if known.source_url and known.source_url.startswith(("https://", "http://")) else None,
        file_link=file_path(document.id),
        file_text=f"{name_format(document)}, {tell_size(document.size)}",
        source_link=source_path(document.id),
        outline=build_outline(entries),
        is_long=is_long,
        passages=tuple(views),
        similar=tuple(_view_similar(neighbour) for neighbour in similar),
        machines=describe_document(document, root),
    )


def _view_passage(document: Document, passage: Passage, headings: Iterable[tuple[int, str]], *, is_long: bool) -> PassageView:
    return PassageView(
        id=passage.id,
        headings=tuple(Heading(text, min(3 + depth, 6)) for depth, text in headings),
        folio=view_folio(document, passage),
        parts=read_parts(passage.text),
        source_link=source_path(document.id, passage.id),
        source_text="Ansehen und zitieren" if is_long else name_source(document, passage),
        citation=None if is_long else cite_passage(document, passage).text,
    )


def _name_place(document: Document, passage: Passage) -> str:
    """Return the page where a passage begins as short as it can be told: "S. 12"."""
    main, beside = name_pages(passage.pages[:1], document.media_type) if passage.pages else (None, None)
    return main or beside or ""


def _view_similar(neighbour: Neighbour) -> SimilarView:
    document, passage = neighbour.document, neighbour.passage
    known = document.metadata
    return SimilarView(
        title=known.title,
        link=page_path(document.id, passage.id),
        facts=list_labels(known),
        trail=short_trail(passage, known),
    )


def _link_edition(newer: Document, older: Document, target: Document) -> EditionLink:
    """Return the link to `target`, which is one of the two."""
    label = name_newer(newer, older) if target is newer else name_older(newer, older)
    year = f" ({target.metadata.year})" if target.metadata.year is not None else ""
    return EditionLink(label, f"{target.metadata.title}{year}, {name_format(target)}", page_path(target.id))


def _list_suggestions(known: Metadata) -> Iterable[tuple[str, str]]:
    for each in known.suggestions:
        vocabulary = VOCABULARY_OF[each.field]
        words = f": {', '.join(f'„{word}“' for word in each.evidence)}" if each.evidence else ""
        basis = f"(aus dem Text, {round(100 * each.confidence)}\u00a0%{words})"
        yield FIELD_LABELS[vocabulary], f"Vorschlag: {label_value(vocabulary, each.value)} {basis}"


def _list_facts(document: Document) -> Iterable[tuple[str, str]]:
    known = document.metadata
    if known.authors:
        yield ("Autorinnen und Autoren" if len(known.authors) > 1 else "Verfasst von"), "; ".join(known.authors)
    if known.publisher:
        yield "Herausgeber", known.publisher
    if known.year is not None:
        yield "Jahr", str(known.year)
    if known.edition is not None:
        yield "Auflage", f"{known.edition}."
    single = {"type": known.type, "collection": known.collection}
    yield from ((FIELD_LABELS[name], label_value(name, value)) for name, value in single.items() if value)
    several = {"sector": known.sectors, "topic": known.topics, "audience": known.audience}
    for name, values in several.items():
        if values:
            yield FIELD_LABELS[name], ", ".join(label_value(name, value) for value in values)
    if known.language:
        yield "Sprache", LANGUAGES.get(known.language, known.language)
    for name, identifier in (("DOI", known.doi), ("ISBN", known.isbn), ("URN", known.urn)):
        if identifier:
            yield name, identifier
    if known.valid_until:
        yield "Gültig bis", german_date(known.valid_until)
    if document.page_count:
        yield "Umfang", tell_extent(document.page_count, document.media_type)
    yield "Aufgenommen", german_date(document.indexed_at)
