"""What the viewer shows of a source: one page as a picture with its marks, or the whole text to read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from search_service.citations import PDF, cite_passage, locate_pages, name_page, name_pages
from search_service.documents import Document, Page, Passage
from search_service.guard import INLINE_MEDIA_TYPES
from search_service.links import API, file_path, page_path, source_path
from search_service.page_images import DRAWABLE, WIDTHS
from search_service.passage_view import Folio, count_shared, name_format, short_trail, view_folio
from search_service.site.passage_text import Part, drop_repeated, read_parts
from search_service.site.source_marks import Marks, mark_page
from search_service.typesetting import german_number, tell_size

BACK_TEXTS = {"/suche": "Zurück zu den Treffern"}
LONGEST_BACK = 500  # signs of the list's address that go along to the source; a long one doubled would be refused
# Passages of a text shown at once. A text of 3,000 has 2.4 MB, which a telephone lays out for seconds; 200 are a long brochure.
WHOLE = 200
AROUND = 60  # before and after the one that was looked for
SHEET_ANCHOR = "blatt"  # the picture, where a reader goes on who turns pages


@dataclass(frozen=True, slots=True)
class Source:
    """What both ways of showing have in their head."""

    document_id: str
    title: str
    document_link: str
    back: tuple[str, str] | None  # text and path of the list the reader comes from
    back_path: str | None
    file_link: str  # in a PDF at the page shown
    opens: bool  # whether browsers show the file
    file_text: str  # "PDF, 1,2 MB"


@dataclass(frozen=True, slots=True)
class PassageText:
    """One passage with its text to read."""

    id: str
    anchor: str  # its id in the page; "" where the picture has it
    is_chosen: bool
    number: int  # 1-based, in the document
    link: str  # the viewer, opened at it
    page_link: str  # the page of its document, at it
    place: str  # "S. 12 (PDF-Seite 15)", its section, or "Textstelle 7"
    folio: Folio
    headings: tuple[tuple[int, str], ...]  # those that begin at it: level of the HTML element 2 to 6, text
    trail: tuple[str, ...]
    parts: tuple[Part, ...]
    citation: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """The way to a page of the source."""

    text: str
    address: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class SheetView:
    """One page of a source, as a picture with what lies on it."""

    source: Source
    number: int  # physical
    count: int | None
    folio: Folio
    name: str  # "Seite 12", "PDF-Seite 15"
    marks: Marks
    mark_anchor: str  # the id of the marks: that of the passage, "" without one here
    image: str  # of middle width
    images: tuple[tuple[str, int], ...]  # address and width
    previous: str | None
    following: str | None
    own_pages: tuple[PageLink, ...]  # the pages of the chosen passage, if it stands on several or on another
    chosen: PassageText | None
    others: tuple[PassageText, ...]  # what else stands on the page, in reading order


@dataclass(frozen=True, slots=True)
class ReadingView:
    """A source without pictures: its text, or that part of a long one around a passage."""

    source: Source
    chosen: PassageText | None
    chosen_link: str | None  # the way to the chosen passage; None without one
    passages: tuple[PassageText, ...]
    extent: str | None  # "2.881 bis 3.000 von 3.000"; None where the text is whole
    earlier: str | None  # the way to the text before
    later: str | None


def can_show_pages(document: Document) -> bool:
    """Tell whether the document's file has pages that can be shown as they look."""
    return document.media_type in DRAWABLE


def choose_page(asked: int | None, passage: Passage | None) -> int:
    """Return the page to open: the one asked for, or that where the passage begins, or the first."""
    if asked is not None:
        return asked
    if passage is None:
        return 1
    return passage.places[0].page if passage.places else passage.pages[0].physical if passage.pages else 1


def read_way_back(address: str) -> str | None:
    """Return the path of the list a reader comes from, None if `address` is anything but one of our lists, or too long."""
    if len(address) > LONGEST_BACK:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    is_ours = not parts.scheme and not parts.netloc and parts.path in BACK_TEXTS and address.isprintable()
    return urlunsplit(("", "", parts.path, parts.query, "")) if is_ours and "\\" not in address else None


def view_sheet(
    document: Document,
    passages: Sequence[Passage],
    chosen: Passage | None,
    page: int,
    version: str,
    back: str | None = None,
) -> SheetView:
    """Return a page of a document that has some; `passages` in reading order.

    `version` is what the address of a picture names for it to be kept. `back`: see `read_way_back`.
    """
    pages = {each.physical: each for passage in passages for each in passage.pages}
    shown = pages.get(page, Page(page))
    marks = mark_page(chosen.places if chosen else (), page)
    anchor = chosen.id if chosen and marks.lines else ""
    image = f"{API}/documents/{document.id}/pages/{page}/image?v={version}&width="
    count = document.page_count

    def link(number: int) -> str:
        path = source_path(document.id, chosen.id if chosen else None, number, back).partition("#")[0]
        on_page = chosen and any(place.page == number for place in chosen.places)
        return f"{path}#{chosen.id if chosen and on_page else SHEET_ANCHOR}"

    on_page = [each for each in passages if each is not chosen and any(its.physical == page for its in each.pages)]
    own = chosen.pages if chosen and [its.physical for its in chosen.pages] != [page] else ()
    return SheetView(
        source=_view_source(document, back, page),
        number=page,
        count=count,
        folio=Folio(*name_pages((shown,), document.media_type)),
        name=name_page(shown, document.media_type),
        marks=marks,
        mark_anchor=anchor,
        image=f"{image}{WIDTHS[1]}",
        images=tuple((f"{image}{width}", width) for width in WIDTHS),
        previous=link(page - 1) if page > 1 else None,
        following=link(page + 1) if count is None or page < count else None,
        own_pages=tuple(PageLink(name_page(its, document.media_type), link(its.physical), its.physical == page) for its in own),
        chosen=_view_passage(document, chosen, chosen, back, has_anchor=not anchor) if chosen else None,
        others=tuple(_view_passage(document, each, chosen, back) for each in on_page),
    )


def name_source(document: Document, passage: Passage) -> str:
    """Return what a link into the viewer at a passage says: the page, where one can be shown."""
    on_page = passage.pages and can_show_pages(document)
    return f"Quelle auf {name_page(passage.pages[0], document.media_type)} ansehen" if on_page else "Im Text ansehen"


def view_reading(
    document: Document,
    passages: Sequence[Passage],
    chosen: Passage | None,
    back: str | None = None,
    first: int | None = None,
) -> ReadingView:
    """Return the text of a document to read; `passages` in reading order.

    Of more than WHOLE passages those around the chosen one are shown, or those from the number `first` on, counted from 1.
    What two passages share where a paragraph was cut is shown once, with the chosen one if it is one of them.
    """
    start, end = _choose_part(len(passages), next((place for place, each in enumerate(passages) if each is chosen), 0), first)
    part = passages[start:end]
    views = []
    trail: tuple[str, ...] = ()
    for index, passage in enumerate(part):
        text = passage.text
        if index and passage is not chosen:
            text = drop_repeated(text, part[index - 1].text)
        if index + 1 < len(part) and part[index + 1] is chosen:
            text = _drop_end(text, part[index + 1].text)
        views.append(_view_passage(document, passage, chosen, back, text, trail))
        trail = short_trail(passage, document.metadata)

    def link(number: int, anchor: str) -> str:
        path = source_path(document.id, chosen.id if chosen else None, back=back, first=number)
        return f"{path.partition('#')[0]}#{anchor}"

    shown = next((each for each in views if each.is_chosen), None)
    return ReadingView(
        source=_view_source(document, back),
        chosen=shown,
        chosen_link=f"#{shown.anchor}" if shown else source_path(document.id, chosen.id, back=back) if chosen else None,
        passages=tuple(views),
        extent=" von ".join((f"{german_number(start + 1)} bis {german_number(end)}", german_number(len(passages))))
        if end - start < len(passages)
        else None,
        earlier=link(max(1, start - 2 * AROUND), passages[start - 1].id) if start else None,
        later=link(end + 1, passages[end].id) if end < len(passages) else None,
    )


def _choose_part(count: int, chosen: int, first: int | None) -> tuple[int, int]:
    """Return where the part of a text that is shown begins and ends; it is never empty unless the text is."""
    if count <= WHOLE:
        return 0, count
    length = 2 * AROUND + 1
    start = chosen - AROUND if first is None else first - 1
    start = max(0, min(start, count - length))
    return start, start + length


def _drop_end(text: str, following: str) -> str:
    """Return `text` without its end where `following` begins with the same whole sentences."""
    kept = drop_repeated(following, text)
    repeated = following[: len(following) - len(kept)].rstrip()
    return text.removesuffix(repeated).rstrip() if repeated else text


def _view_source(document: Document, back: str | None, page: int | None = None) -> Source:
    file = file_path(document.id)
    return Source(
        document_id=document.id,
        title=document.metadata.title,
        document_link=page_path(document.id),
        back=(BACK_TEXTS[back.partition("?")[0]], back) if back else None,
        back_path=back,
        file_link=f"{file}#page={page}" if page and document.media_type == PDF else file,
        opens=document.media_type in INLINE_MEDIA_TYPES,
        file_text=f"{name_format(document)}, {tell_size(document.size)}",
    )


def _view_passage(
    document: Document,
    passage: Passage,
    chosen: Passage | None,
    back: str | None,
    text: str | None = None,
    previous: Iterable[str] | None = None,
    *,
    has_anchor: bool = True,
) -> PassageText:
    """Return a passage to read: its headings are those that `previous`, the trail before it, did not have; None: none."""
    trail = short_trail(passage, document.metadata)
    citation = cite_passage(document, passage)
    return PassageText(
        id=passage.id,
        anchor=passage.id if has_anchor else "",
        is_chosen=passage is chosen,
        number=passage.ordinal + 1,
        link=source_path(document.id, passage.id, back=back),
        page_link=page_path(document.id, passage.id),
        place=_tell_place(document, passage, trail),
        folio=view_folio(document, passage),
        headings=tuple(_list_new(trail, tuple(previous))) if previous is not None else (),
        trail=trail,
        parts=read_parts(passage.text if text is None else text),
        citation=citation.text,
    )


def _list_new(trail: Sequence[str], previous: Sequence[str]) -> Iterable[tuple[int, str]]:
    shared = count_shared(previous, trail)
    return ((min(2 + depth, 6), text) for depth, text in enumerate(trail) if depth >= shared)


def _tell_place(document: Document, passage: Passage, trail: Sequence[str]) -> str:
    if passage.pages:
        return locate_pages(passage.pages, document.media_type)
    return f"Abschnitt „{trail[-1]}“" if trail else f"Textstelle {passage.ordinal + 1}"
