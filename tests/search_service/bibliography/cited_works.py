"""What the tests of citations share: works, passages, and texts that try to break out of a format."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from search_service.bibliography.items import Entry, gather, refer
from search_service.citations import PDF
from search_service.documents import Document, Metadata, Page, Passage

STUDY = Metadata(
    "Künstliche Intelligenz im Betrieb",
    authors=("Müller, Anna", "Bernd Özdemir", "Institut Arbeit und Technik"),
    year=2025,
    publisher="Zukunfts-HUB Ruhr",
    type="study",
    language="de",
    edition=2,
    doi="10.1000/xyz_1",
    urn="urn:nbn:de:0001-2345",
    source_url="https://example.org/studie?a=1&b=2%20c",
)
PRINTED = (Page(15, "12", "print"), Page(16, "13", "print"))
FRAGMENTS = (
    "{", "}", "\\", "\n", "\r\n", "\x00", "TY  - JOUR", "\nTY  - JOUR\nER  - \n", "ER  -", "@book{x,", '"', "},", "title = {",
    "$x^2$", "%", "&", "#", "_", "~", "^", " and ", ", ", "😀", "\u200d", "\ud800", "\u202e", "\u2028", "\x85", "</script>",
    "<b>", "ß", "é", "\\input{x}", "\t", " ",
)  # fmt: skip
HOSTILE = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=12)), max_size=8).map("".join)
METADATA = st.builds(
    Metadata,
    title=HOSTILE,
    authors=st.lists(HOSTILE, max_size=3).map(tuple),
    year=st.none() | st.integers(1400, 2100),
    publisher=st.none() | HOSTILE,
    type=st.sampled_from([None, "study", "guide", "case_report", "advice", "funding", "event"]) | HOSTILE,
    language=st.none() | HOSTILE,
    doi=st.none() | HOSTILE,
    isbn=st.none() | HOSTILE,
    urn=st.none() | HOSTILE,
    source_url=st.none() | HOSTILE.map("https://example.org/".__add__),
    edition=st.none() | st.integers(1, 999),
    note=st.none() | HOSTILE,
)
PAGES = st.lists(st.builds(Page, st.integers(1, 999), st.none() | HOSTILE), max_size=3).map(tuple)


def make_document(metadata: Metadata = STUDY, media_type: str = PDF, document_id: str = "d00000000001f3a5c") -> Document:
    day = datetime(2026, 3, 5, tzinfo=UTC)
    return Document(document_id, "/a.pdf", "0" * 64, media_type, 1, None, day, metadata)


def make_passage(pages: tuple[Page, ...] = PRINTED, headings: tuple[str, ...] = ("Recht",)) -> Passage:
    return Passage("p1", "d1", 0, "Text", headings, pages)


def make_entry(metadata: Metadata = STUDY, *places: tuple[Page, ...], media_type: str = PDF) -> Entry:
    """Return the entry of a work that is cited at `places`."""
    document = make_document(metadata, media_type)
    passages = [make_passage(pages) for pages in places] or [None]
    return gather(refer(document, passage) for passage in passages)[0]
